//! `cargo xtask docs`: renders the registry's pages and the examples from the catalog and the schemas.
//!
//! Guides, and the examples that show more than one record can tell, are written by hand and only read here.

mod example;
mod files;
mod index;
mod messages;
mod page;
mod reading;
mod registry;
mod schema;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use terraform_provider_infisical::catalog::{KINDS, open};
use terraform_provider_infisical::provider::InfisicalProvider;
use terraform_provider_infisical::terraform::Provider as _;

use crate::tools::{self, Failure, Outcome};
use files::{Difference, Files};

/// Renders everything, or with `--check` only says what is not up to date.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(Failure::usage("docs takes no argument but --check".to_owned())),
    };
    let root = tools::root();
    let broken = |error: io::Error| Failure::failed(format!("the documentation can't be read or written: {error}"));
    let rendered = render(&root).map_err(broken)?;
    let owned = owned(&root).map_err(broken)?;
    let differences = files::differences(&root, &rendered, &owned).map_err(broken)?;
    if check {
        for (path, difference) in &differences {
            println!("{} {}", path.display(), difference.describe());
            if let (Difference::Stale, Some(text)) = (difference, rendered.get(path)) {
                print!("{}", files::changed_lines(&fs::read_to_string(root.join(path)).map_err(broken)?, text));
            }
        }
        if !differences.is_empty() {
            return Err(Failure::failed("the documentation is not up to date: run `cargo xtask docs` and commit"));
        }
    } else {
        files::write(&root, &rendered, &differences).map_err(broken)?;
        for (path, difference) in &differences {
            let done = if *difference == Difference::Orphaned { "removed" } else { "wrote" };
            println!("{done} {}", path.display());
        }
    }
    if !check && differences.contains_key(Path::new(registry::CATALOG)) {
        // What follows from a new kind is rendered by a program that knows it.
        return tools::cargo(["run", "--quiet", "--package", "xtask", "--", "docs"]);
    }
    println!("{} files are up to date", rendered.len());
    Ok(())
}

/// Everything that is rendered, by path below the root.
fn render(root: &Path) -> io::Result<Files> {
    let provider = InfisicalProvider::new();
    let mut rendered = Files::new();
    for kind in KINDS {
        let examples: BTreeMap<PathBuf, String> = example::examples(kind)
            .into_iter()
            .map(|example| (examples_of(kind.resource).join(example.file), example.text))
            .collect();
        if let Some(resource) = provider.resources().get(kind.resource) {
            let (usage, imports) = snippets(root, kind.resource, &examples)?;
            let name = kind.resource.trim_start_matches("infisical_");
            let page = page::page(kind, resource.schema(), &usage, &imports);
            rendered.insert(pages().join(name).with_extension("md"), page);
        }
        rendered.extend(examples);
    }
    if let Some(any) = provider.resources().get(open::RESOURCE) {
        let (usage, imports) = snippets(root, open::RESOURCE, &Files::new())?;
        rendered.insert(pages().join("rotation.md"), page::page_of_any(any.schema(), &usage, &imports));
    }
    rendered.extend(reading::pages(root, &provider)?);
    let provider_example = |file: &str| Snippet::read(root, &Path::new("examples/provider").join(file));
    let index =
        index::page(&provider, &provider_example("provider.tf")?, &provider_example("provider-beside-official.tf")?);
    rendered.insert(PathBuf::from("docs/index.md"), index);
    rendered.insert(messages::file(), messages::page()?);
    rendered.extend(registry::lists(root)?);
    Ok(rendered)
}

/// The existing files that nobody but the renderer writes.
fn owned(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut owned = Vec::new();
    for folder in [pages()].into_iter().chain(reading::folders()) {
        owned.extend(files::list(root, &folder)?);
    }
    Ok(owned)
}

/// The examples of use, the plain one first, and those of import: rendered ones and those written by hand beside them.
fn snippets(root: &Path, resource: &str, rendered: &Files) -> io::Result<(Vec<Snippet>, Vec<Snippet>)> {
    let mut texts = rendered.clone();
    for path in files::list(root, &examples_of(resource))? {
        if !texts.contains_key(&path) {
            texts.insert(path.clone(), fs::read_to_string(root.join(&path))?);
        }
    }
    let (imports, mut usage): (Vec<_>, Vec<_>) = texts
        .iter()
        .map(|(path, text)| Snippet::new(path, text))
        .partition(|snippet| snippet.file.starts_with("import"));
    usage.sort_by_key(|snippet| snippet.title.clone());
    Ok((usage, imports))
}

/// What the names of examples begin with that are variants of the plain one.
const VARIANTS: [&str; 5] = ["resource-", "data-source-", "ephemeral-resource-", "function-", "action-"];

/// An example file as it stands in a page.
struct Snippet {
    file: String,
    /// The heading above a variant; none for the plain example.
    title: Option<String>,
    /// What the block needs besides this provider and a CLI of today.
    needs: Option<String>,
    language: &'static str,
    text: String,
}

impl Snippet {
    /// Reads an example file below `root`.
    fn read(root: &Path, path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(root.join(path))
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        Ok(Self::new(path, &text))
    }

    fn new(path: &Path, text: &str) -> Self {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (needs, text) = match text.split_once('\n') {
            Some((first, rest)) if first.starts_with("# Needs: ") => {
                (Some(first.trim_start_matches("# Needs: ").to_owned()), rest.trim_start())
            }
            _ => (None, text),
        };
        let variant = VARIANTS.iter().find_map(|prefix| file.strip_prefix(prefix));
        let variant = variant.and_then(|name| name.strip_suffix(".tf"));
        let title = variant.map(|name| {
            let words = name.replace('-', " ");
            let mut characters = words.chars();
            characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
        });
        let is_script = path.extension().is_some_and(|extension| extension == "sh");
        let language = if is_script { "shell" } else { "terraform" };
        Self { file, title, needs, language, text: text.to_owned() }
    }

    /// The example as a block of code; what it needs stands above it as a comment that `tests/documentation.rs` reads.
    fn fenced(&self) -> String {
        let needs = self.needs.as_ref().map_or_else(String::new, |needs| format!("<!-- needs: {needs} -->\n"));
        format!("{needs}```{}\n{}\n```\n", self.language, self.text.trim_end())
    }
}

fn front_matter(title: &str, subcategory: Option<&str>, description: &str) -> String {
    let subcategory = subcategory.map_or_else(String::new, |name| format!("subcategory: \"{name}\"\n"));
    format!("---\npage_title: \"{title}\"\n{subcategory}description: |-\n  {description}\n---\n")
}

fn pages() -> PathBuf {
    PathBuf::from("docs/resources")
}

fn examples_of(resource: &str) -> PathBuf {
    Path::new("examples/resources").join(resource)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use terraform_provider_infisical::catalog::Kind;
    use terraform_provider_infisical::catalog::table::{Credential, Field, Object, Phase, Prose, secret, shown};
    use terraform_provider_infisical::terraform::Schema;

    use super::*;

    #[test]
    fn what_is_committed_is_up_to_date() {
        let root = tools::root();
        let rendered = render(&root).unwrap();
        let owned = owned(&root).unwrap();
        let differences = files::differences(&root, &rendered, &owned).unwrap();
        for path in differences.keys().filter(|path| rendered.contains_key(*path)) {
            let committed = fs::read_to_string(root.join(path)).unwrap_or_default();
            println!("{}:\n{}", path.display(), files::changed_lines(&committed, &rendered[path]));
        }
        assert!(differences.is_empty(), "run `cargo xtask docs`: {differences:?}");
    }

    #[test]
    fn pages_are_named_as_the_registry_finds_them() {
        let rendered = render(&tools::root()).unwrap();
        let names = KINDS.iter().map(|kind| kind.resource).chain([open::RESOURCE]);
        let resources: BTreeSet<String> =
            names.map(|name| format!("docs/resources/{}.md", name.replace("infisical_", ""))).collect();
        let pages =
            rendered.keys().map(|path| path.display().to_string()).filter(|path| path.starts_with("docs/resources"));
        assert_eq!(pages.collect::<BTreeSet<_>>(), resources);
    }

    #[test]
    fn a_record_is_all_that_a_kind_needs() {
        static SECRETS: &[Field] = &[secret("token", "Name of the secret that receives the token.", "EXAMPLE_TOKEN")];
        static CREDENTIALS: &[Credential] = &[shown("tokenId")];
        let kind = Kind {
            slug: "example-token",
            resource: "infisical_example_rotation",
            title: "Example Token",
            connections: &["example"],
            phase: Phase::Dual,
            prose: Prose {
                rotated: "A token.",
                connection: "A key.",
                prerequisites: "",
                phases: &["Two of them."],
                on_create: "A token is made.",
                on_revoke: "",
            },
            parameters: Object::of(&[]),
            secrets: SECRETS,
            temporary: &[],
            credentials: CREDENTIALS,
            rules: &[],
            reconcile: false,
        };
        let examples = example::examples(&kind);
        let names: Vec<&str> = examples.iter().map(|example| example.file).collect();
        assert_eq!(names, ["resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"]);
        assert!(
            examples[0].text.contains("  parameters = {}\n\n  secrets_mapping = {\n    token = \"EXAMPLE_TOKEN\"\n")
        );
        let page = page::page(&kind, &Schema::default(), &[Snippet::new(Path::new(names[0]), &examples[0].text)], &[]);
        for words in [
            "# infisical_example_rotation (Resource)",
            "app `example`",
            "A token is made.",
            "Two of them.",
            "`token_id`",
        ] {
            assert!(page.contains(words), "{words}");
        }
    }
}
