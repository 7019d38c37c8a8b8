//! Finds the configurations in the documentation: fenced blocks of Markdown files and example files.

use std::fs;
use std::path::{Path, PathBuf};

/// One configuration as a reader sees it.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Where it stands, for messages.
    pub(crate) place: String,
    /// The page or folder that it belongs to.
    pub(crate) home: PathBuf,
    /// What it needs besides this provider and a CLI of today.
    pub(crate) needs: Vec<Need>,
    /// What sort of text it is.
    pub(crate) sort: Sort,
    /// The text itself, without the mark of its needs.
    pub(crate) text: String,
}

/// What a block needs and says so above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// Another provider.
    Provider(String),
    /// A newer CLI, as major and minor version, of Terraform and of OpenTofu.
    Cli { terraform: (u32, u32), tofu: (u32, u32) },
}

/// What sort of text a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    /// A module, or a part of one that stands for itself.
    Module,
    /// A search for objects that exist.
    Query,
    /// A file of the CLI's own tests.
    Test,
    /// Settings of the CLI itself.
    CliSettings,
}

impl Block {
    /// Whether it needs another provider.
    pub(crate) fn needs_other_provider(&self) -> bool {
        self.needs.iter().any(|need| matches!(need, Need::Provider(_)))
    }
}

/// All blocks of the project's documentation, in order of their places.
pub(crate) fn all(root: &Path) -> Vec<Block> {
    let mut blocks = Vec::new();
    for page in pages(root) {
        blocks.extend(fenced(root, &page));
    }
    for file in files(&root.join("examples"), &["tf", "hcl"]) {
        blocks.push(example(root, &file));
    }
    blocks
}

/// The Markdown files that readers are shown.
pub(crate) fn pages(root: &Path) -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.extend(files(&root.join("docs"), &["md"]));
    pages.extend(files(&root.join("sandbox"), &["md"]));
    pages.sort();
    pages
}

/// The files below `folder` with one of these extensions, sorted.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() && !path.ends_with(".terraform") && !path.ends_with("target") {
            found.extend(files(&path, extensions));
        } else if path.extension().is_some_and(|extension| extensions.iter().any(|known| extension == *known)) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The configurations in a Markdown file.
pub(crate) fn fenced(root: &Path, page: &Path) -> Vec<Block> {
    let text = fs::read_to_string(page).unwrap();
    let name = page.strip_prefix(root).unwrap();
    let mut blocks = Vec::new();
    let mut lines = text.lines().enumerate();
    let mut above = "";
    while let Some((number, line)) = lines.next() {
        if matches!(line.trim(), "```terraform" | "```hcl") {
            let body: Vec<&str> =
                lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```").collect();
            let text = body.join("\n") + "\n";
            let needs = above.trim().strip_prefix("<!-- needs: ").and_then(|rest| rest.strip_suffix(" -->"));
            blocks.push(Block {
                place: format!("{}:{}", name.display(), number + 1),
                home: name.to_owned(),
                needs: needs.map(parse_needs).unwrap_or_default(),
                sort: sort_of(&text),
                text,
            });
        }
        above = line;
    }
    blocks
}

/// The example in a file.
pub(crate) fn example(root: &Path, file: &Path) -> Block {
    let text = fs::read_to_string(file).unwrap();
    let name = file.strip_prefix(root).unwrap();
    let needs = text.lines().next().and_then(|first| first.strip_prefix("# Needs: "));
    Block {
        place: name.display().to_string(),
        home: name.parent().unwrap().to_owned(),
        needs: needs.map(parse_needs).unwrap_or_default(),
        sort: sort_of(&text),
        text,
    }
}

fn sort_of(text: &str) -> Sort {
    let starts = |word: &str| text.lines().any(|line| line.starts_with(word));
    if starts("provider_installation") {
        Sort::CliSettings
    } else if starts("list \"") {
        Sort::Query
    } else if starts("run \"") {
        Sort::Test
    } else {
        Sort::Module
    }
}

/// Reads `hashicorp/time, terraform 1.8 or tofu 1.10`. Without its own version OpenTofu has Terraform's; `terraform
/// 1.14 only` says that no OpenTofu can.
fn parse_needs(text: &str) -> Vec<Need> {
    let version = |text: &str| {
        let (major, minor) = text.split_once('.').unwrap_or_else(|| panic!("`{text}` is no version"));
        (major.parse().unwrap(), minor.parse().unwrap())
    };
    let need = |text: &str| {
        if let Some(versions) = text.strip_prefix("terraform ") {
            if let Some(terraform) = versions.strip_suffix(" only") {
                return Need::Cli { terraform: version(terraform), tofu: (u32::MAX, 0) };
            }
            let (terraform, tofu) = versions.split_once(" or tofu ").unwrap_or((versions, versions));
            return Need::Cli { terraform: version(terraform), tofu: version(tofu) };
        }
        assert!(text.contains('/') && !text.contains(' '), "`{text}` is neither a provider nor a CLI");
        Need::Provider(text.to_owned())
    };
    text.split(", ").map(need).collect()
}

#[test]
fn needs_are_read() {
    assert_eq!(
        parse_needs("hashicorp/time, terraform 1.8 or tofu 1.10, terraform 1.11, terraform 1.14 only"),
        [
            Need::Provider("hashicorp/time".to_owned()),
            Need::Cli { terraform: (1, 8), tofu: (1, 10) },
            Need::Cli { terraform: (1, 11), tofu: (1, 11) },
            Need::Cli { terraform: (1, 14), tofu: (u32::MAX, 0) },
        ]
    );
}
