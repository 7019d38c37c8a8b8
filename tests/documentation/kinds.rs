//! How much a new kind of rotation takes: its record and the sandbox's document are written, all else is rendered.
//!
//! A file that names each kind would have to be touched for the next one. So every text of the project is searched for
//! every kind, and what names them must be known here, with the reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use regex_lite::Regex;
use terraform_provider_infisical::catalog::{KINDS, Kind};

use super::{blocks, root};

/// What is written for a kind.
const WRITTEN: [&str; 2] = ["src/catalog/kinds/{file}.rs", "sandbox/schemas/kinds/{slug}.json"];

/// What `cargo xtask docs` renders and names every kind. A name that ends with `/` means all files below it.
const RENDERED: &[&str] = &[
    "docs/index.md",
    "docs/list-resources/{name}.md",
    "docs/resources/{name}.md",
    "examples/list-resources/{resource}/",
    "examples/resources/{resource}/",
    "sandbox/src/validation/kinds.rs",
    "src/catalog/kinds/mod.rs",
];

/// What names many kinds and needs no line for a new one, with the reason.
const SETTLED: &[(&str, &str)] = &[
    ("CHANGELOG.md", "the history of releases, to which every change of any sort adds"),
    ("docs/guides/migrating-from-infisical.md", "the kinds that the official provider has"),
    ("tests/documentation/messages.md", "rendered: the messages that only some kinds tell"),
    ("tests/data/", "copies of the API's description at one time: a newer kind is skipped aloud"),
    ("sandbox/src/issuers/", "how some credentials look and live where that does not follow from the document"),
    ("sandbox/src/validation/", "checks that no schema can say, for the kinds that have them"),
];

/// In how many files of this share of the kinds may a file be an illustration: a guide, an example, a test of one of them.
const ILLUSTRATION: usize = 10;

#[test]
fn a_new_kind_is_one_record_and_one_document() {
    let texts = texts();
    let mut namers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for kind in KINDS {
        let words = Regex::new(&format!(
            r"(^|[^a-z0-9_-])({}|{}|{}|{})($|[^a-z0-9_-])",
            kind.slug,
            file(kind),
            kind.resource,
            name(kind)
        ))
        .unwrap();
        let mut named: BTreeSet<String> = BTreeSet::new();
        for (path, text) in &texts {
            let mentions = [kind.slug, &file(kind), name(kind)].iter().any(|word| text.contains(word));
            if (mentions && words.is_match(text)) || path.split(['/', '.']).any(|part| part == kind.slug) {
                named.insert(path.clone());
                namers.entry(path.clone()).or_default().insert(kind.slug);
            }
        }
        for needed in WRITTEN.iter().chain(RENDERED) {
            let needed = filled(needed, kind);
            assert!(named.iter().any(|path| path.starts_with(&needed)), "{}: {needed} does not name it", kind.slug);
        }
    }
    let is_known = |path: &str, kind: &Kind| {
        WRITTEN.iter().chain(RENDERED).any(|known| path.starts_with(&filled(known, kind)))
            || SETTLED.iter().any(|(known, _)| path.starts_with(known))
    };
    for (path, kinds) in &namers {
        let unknown: Vec<&str> = KINDS
            .iter()
            .filter(|kind| kinds.contains(kind.slug) && !is_known(path, kind))
            .map(|kind| kind.slug)
            .collect();
        assert!(
            unknown.len() < ILLUSTRATION,
            "{path} names {} of {} kinds, so a new one would have to be added: make it read the catalog, render it, or \
             say in this test why not",
            unknown.len(),
            KINDS.len()
        );
    }
    for (known, reason) in SETTLED {
        assert!(namers.keys().any(|path| path.starts_with(known)), "{known} ({reason}) names no kind any more");
    }
    println!(
        "figure: documentation: a new kind is {} files to write; {} more are rendered; {} files were searched",
        WRITTEN.len(),
        RENDERED.len(),
        texts.len()
    );
}

#[test]
fn the_checklist_names_what_is_written() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let list = architecture.split("\n## How to add a kind\n").nth(1).unwrap().split("\n## ").next().unwrap();
    for folder in ["src/catalog/kinds/", "sandbox/schemas/kinds/", "cargo xtask docs"] {
        assert!(list.contains(folder), "the checklist does not name `{folder}`");
    }
}

/// All texts of the project but what the compiler makes, by path.
fn texts() -> BTreeMap<String, String> {
    let root = root();
    let files = blocks::files(&root, &["hcl", "json", "md", "rs", "sh", "tf", "toml", "yaml", "yml"]);
    let path = |file: &Path| file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    files.iter().map(|file| (path(file), fs::read_to_string(file).unwrap())).collect()
}

fn filled(pattern: &str, kind: &Kind) -> String {
    pattern
        .replace("{file}", &file(kind))
        .replace("{slug}", kind.slug)
        .replace("{name}", name(kind))
        .replace("{resource}", kind.resource)
}

fn file(kind: &Kind) -> String {
    kind.slug.replace('-', "_")
}

fn name(kind: &Kind) -> &'static str {
    kind.resource.trim_start_matches("infisical_")
}
