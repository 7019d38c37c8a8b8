//! Renders the pages of what is only read: data sources and ephemeral resources. Prose is the description in the schema; all else is the
//! examples and the schema itself.

use std::io;
use std::path::{Path, PathBuf};

use terraform_provider_infisical::terraform::{Provider, Schema};

use super::files::{self, Files};
use super::{Snippet, front_matter, page, schema};

/// A sort of page: where its files lie and what it is called.
struct Sort {
    folder: &'static str,
    noun: &'static str,
}

const DATA_SOURCE: Sort = Sort { folder: "data-sources", noun: "Data Source" };
const EPHEMERAL: Sort = Sort { folder: "ephemeral-resources", noun: "Ephemeral Resource" };

/// The folders whose pages are all rendered here.
pub(super) fn folders() -> Vec<PathBuf> {
    [DATA_SOURCE, EPHEMERAL].iter().map(|sort| Path::new("docs").join(sort.folder)).collect()
}

/// Renders the pages of all that `provider` lets read.
pub(super) fn pages(root: &Path, provider: &dyn Provider) -> io::Result<Files> {
    let mut pages = Files::new();
    for (sort, name, schema) in objects(provider) {
        let text = object(&sort, name, schema, &examples(root, &sort, name)?);
        pages.insert(file(&sort, name.trim_start_matches("infisical_")), text);
    }
    Ok(pages)
}

/// All that has a schema, in the order of the overview.
fn objects(provider: &dyn Provider) -> Vec<(Sort, &str, &Schema)> {
    let data_sources = provider.data_sources().iter();
    let data_sources = data_sources.map(|(name, source)| (DATA_SOURCE, name.as_str(), source.schema()));
    let ephemeral = provider.ephemeral_resources().iter();
    let ephemeral = ephemeral.map(|(name, resource)| (EPHEMERAL, name.as_str(), resource.schema()));
    data_sources.chain(ephemeral).collect()
}

/// The overview of all these pages, one a line.
pub(super) fn table(provider: &dyn Provider) -> String {
    let mut table = "| Name | What it is | What it does |\n|---|---|---|\n".to_owned();
    for (sort, name, schema) in objects(provider) {
        table += &line(&sort, name, &schema.description);
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
