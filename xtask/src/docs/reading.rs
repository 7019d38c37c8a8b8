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
        let text = object(&sort, name, schema, &examples(root, &sort, name)?)?;
        pages.insert(file(&sort, name.trim_start_matches("infisical_")), text);
    }
    for (name, function) in provider.functions() {
        let text = function_page(name, function.signature(), &examples(root, &FUNCTION, name)?);
        pages.insert(file(&FUNCTION, name), text);
    }
    for (name, list) in provider.lists() {
        let example = Path::new("examples").join(LIST.folder).join(name).join("list-resource.tfquery.hcl");
        let text = query(name);
        let page = object(&LIST, name, list.schema(), &[Snippet::new(&example, &text)])?;
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

fn object(sort: &Sort, name: &str, schema: &Schema, examples: &[Snippet]) -> io::Result<String> {
    let noun = sort.noun;
    let permissions = permissions(sort, name).ok_or_else(|| {
        io::Error::new(io::ErrorKind::NotFound, format!("{name}: nothing says what the identity needs"))
    })?;
    let sections = [
        front_matter(
            &format!("{name} {noun} - terraform-provider-infisical"),
            Some("Secret Rotations"),
            &schema.description,
        ),
        format!("# {name} ({noun})\n\n{}\n", schema.description),
        page::usage(examples),
        format!("## Permissions\n\n{permissions}\n"),
        schema::section(schema),
    ];
    Ok(sections.join("\n"))
}

/// What the machine identity needs for an object.
fn permissions(sort: &Sort, name: &str) -> Option<&'static str> {
    const READ: &str = "The machine identity needs `read` on `secret-rotation` in the project. Rotations that conditions of its role \
                        exclude are as if they did not exist.";
    Some(match name {
        _ if sort.folder == LIST.folder => READ,
        "infisical_rotation" | "infisical_rotations" => READ,
        "infisical_app_connection" => {
            "The machine identity needs `read` or `connect` on `app-connections`, of the project or of the organisation, wherever \
             the connection belongs."
        }
        "infisical_project" => "The machine identity must be a member of the project.",
        "infisical_rotation_options" => "Any machine identity that can log in may ask.",
        "infisical_rotation_credentials" => {
            "The machine identity needs `read-generated-credentials` on `secret-rotation`, and `read` on it unless `id` and `type` \
             are given. With `secrets_mapping` it needs `describeSecret` and `readValue` on `secrets` instead."
        }
        "infisical_rotate" | "infisical_reconcile" => {
            "The machine identity needs `read` and `rotate-secrets` on `secret-rotation` in the project of the rotation."
        }
        _ => return None,
    })
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
