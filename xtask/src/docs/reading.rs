//! Renders the pages of what is only read, and of what is done on request: data sources, ephemeral resources, functions,
//! actions and lists. Prose is the description in the schema; all else is the examples and the schema itself.

use std::io;
use std::path::{Path, PathBuf};

use terraform_provider_infisical::terraform::hcl::{Expression, block};
use terraform_provider_infisical::terraform::{Parameter, Provider, Schema, Signature};

use super::files::{self, Files};
use super::{Snippet, example, front_matter, page, schema};

/// A sort of page: where its files lie and what it is called.
struct Sort {
    folder: &'static str,
    noun: &'static str,
}

const DATA_SOURCE: Sort = Sort { folder: "data-sources", noun: "Data Source" };
const EPHEMERAL: Sort = Sort { folder: "ephemeral-resources", noun: "Ephemeral Resource" };
const ACTION: Sort = Sort { folder: "actions", noun: "Action" };
const FUNCTION: Sort = Sort { folder: "functions", noun: "Function" };
const LIST: Sort = Sort { folder: "list-resources", noun: "List Resource" };

/// The folders whose pages are all rendered here.
pub(super) fn folders() -> Vec<PathBuf> {
    [DATA_SOURCE, EPHEMERAL, FUNCTION, ACTION, LIST].iter().map(|sort| Path::new("docs").join(sort.folder)).collect()
}

/// Renders the pages of all that `provider` lets read.
pub(super) fn pages(root: &Path, provider: &dyn Provider) -> io::Result<Files> {
    let mut pages = Files::new();
    for (sort, name, schema) in objects(provider) {
        let text = object(&sort, name, schema, &examples(root, &sort, name)?);
        pages.insert(file(&sort, name.trim_start_matches("infisical_")), text);
    }
    for (name, function) in provider.functions() {
        let text = function_page(name, function.signature(), &examples(root, &FUNCTION, name)?);
        pages.insert(file(&FUNCTION, name), text);
    }
    for (name, list) in provider.lists() {
        let example = Path::new("examples").join(LIST.folder).join(name).join("list-resource.tfquery.hcl");
        let text = query(name);
        let page = object(&LIST, name, list.schema(), &[Snippet::new(&example, &text)]);
        pages.insert(file(&LIST, name.trim_start_matches("infisical_")), page);
        pages.insert(example, text);
    }
    Ok(pages)
}

/// All that has a schema, in the order of the overview.
fn objects(provider: &dyn Provider) -> Vec<(Sort, &str, &Schema)> {
    let data_sources = provider.data_sources().iter();
    let data_sources = data_sources.map(|(name, source)| (DATA_SOURCE, name.as_str(), source.schema()));
    let ephemeral = provider.ephemeral_resources().iter();
    let ephemeral = ephemeral.map(|(name, resource)| (EPHEMERAL, name.as_str(), resource.schema()));
    let actions = provider.actions().iter().map(|(name, action)| (ACTION, name.as_str(), action.schema()));
    data_sources.chain(ephemeral).chain(actions).collect()
}

/// The overview of all these pages, one a line.
pub(super) fn table(provider: &dyn Provider) -> String {
    let mut table = "| Name | What it is | What it does |\n|---|---|---|\n".to_owned();
    for (sort, name, schema) in objects(provider) {
        table += &line(&sort, name, &schema.description);
    }
    for (name, function) in provider.functions() {
        table += &line(&FUNCTION, name, &format!("{}.", function.signature().title));
    }
    table
}

/// A line of the overview: the page, and the first sentence of its description.
fn line(sort: &Sort, name: &str, description: &str) -> String {
    let page = format!("{}/{}.md", sort.folder, name.trim_start_matches("infisical_"));
    let first = description.split_inclusive(". ").next().unwrap_or_default().trim_end();
    format!("| [`{name}`]({page}) | {} | {first} |\n", sort.noun.to_lowercase())
}

fn object(sort: &Sort, name: &str, schema: &Schema, examples: &[Snippet]) -> String {
    let noun = sort.noun;
    let sections = [
        front_matter(
            &format!("{name} {noun} - terraform-provider-infisical"),
            Some("Secret Rotations"),
            &schema.description,
        ),
        format!("# {name} ({noun})\n\n{}\n", schema.description),
        page::usage(examples),
        schema::section(schema),
    ];
    sections.join("\n")
}

fn function_page(name: &str, signature: &Signature, examples: &[Snippet]) -> String {
    let typed = |parameter: &Parameter| format!("{} {}", parameter.name, schema::plain(&parameter.of).to_lowercase());
    let parameters: Vec<String> = signature.parameters.iter().map(typed).collect();
    let returns = schema::plain(&signature.returns).to_lowercase();
    let arguments = (1..).zip(&signature.parameters).map(|(number, parameter)| {
        let of = schema::plain(&parameter.of);
        format!("{number}. `{}` ({of}) {}\n", parameter.name, parameter.description)
    });
    let sections = [
        front_matter(
            &format!("{name} function - terraform-provider-infisical"),
            Some("Secret Rotations"),
            &format!("{}.", signature.title),
        ),
        format!("# function: {name}\n\n{}\n", signature.description),
        page::usage(examples),
        format!(
            "## Signature\n\n<!-- signature generated by tfplugindocs -->\n```text\n{name}({}) {returns}\n```\n",
            parameters.join(", ")
        ),
        format!("## Arguments\n\n<!-- arguments generated by tfplugindocs -->\n{}", arguments.collect::<String>()),
    ];
    sections.join("\n")
}

/// The example of a list: the search of a project.
fn query(name: &str) -> String {
    let config = vec![("project_id".to_owned(), Expression::text(example::project_id()))];
    let config = block("config", &[config]).replace('\n', "\n  ");
    format!(
        "# Needs: terraform 1.14 only\n# terraform query -generate-config-out=generated.tf\nlist \"{name}\" \"all\" {{\n  \
         provider = infisical\n\n  {}\n}}\n",
        config.trim_end()
    )
}

/// The examples of one object, the plain one first. Every object has one.
fn examples(root: &Path, sort: &Sort, name: &str) -> io::Result<Vec<Snippet>> {
    let folder = Path::new("examples").join(sort.folder).join(name);
    let mut examples =
        files::list(root, &folder)?.iter().map(|file| Snippet::read(root, file)).collect::<io::Result<Vec<_>>>()?;
    if examples.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("{}: no example", folder.display())));
    }
    examples.sort_by_key(|snippet| snippet.title.clone());
    Ok(examples)
}

fn file(sort: &Sort, name: &str) -> PathBuf {
    Path::new("docs").join(sort.folder).join(name).with_extension("md")
}
