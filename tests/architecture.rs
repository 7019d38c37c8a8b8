//! Keeps the arrows of `ARCHITECTURE.md` true: which room may use which, and who may know what.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms of the provider and the rooms that each may use. `main` may use all.
const ARROWS: &[(&str, &[&str])] = &[
    ("terraform", &[]),
    ("catalog", &[]),
    ("infisical", &[]),
    ("plugin", &["terraform"]),
    ("provider", &["terraform", "catalog", "infisical"]),
];

/// Words that only the named rooms may contain, with the reason that a reader of a failure will see.
const KNOWLEDGE: &[(&str, &[&str], &str)] = &[
    ("tonic::", &["plugin"], "only plugin/ knows gRPC"),
    ("prost::", &["plugin"], "only plugin/ knows the wire's message types"),
    ("reqwest::", &["infisical"], "only infisical/ speaks HTTP"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            rust_files(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
    found.sort();
}

/// The source text of a room's file without comments, so that prose may name any room.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The rooms that `text` names by a path from the crate's root.
fn rooms_used(text: &str) -> BTreeSet<&'static str> {
    let names = |room: &str| {
        ["crate::", "terraform_provider_infisical::"].iter().any(|root| text.contains(&format!("{root}{room}")))
            || text.split("crate::{").skip(1).any(|list| {
                let list = list.split(';').next().unwrap_or_default();
                list.split([',', '{', '}']).any(|item| item.trim().split("::").next() == Some(room))
            })
    };
    ARROWS.iter().map(|(room, _)| *room).filter(|room| names(room)).collect()
}

#[test]
fn arrows_run_one_way() {
    let mut wrong = BTreeMap::new();
    for (room, allowed) in ARROWS {
        let mut files = Vec::new();
        rust_files(&root().join("src").join(room), &mut files);
        assert!(!files.is_empty(), "src/{room} holds no code");
        for file in files {
            for used in rooms_used(&code(&file)) {
                if used != *room && !allowed.contains(&used) {
                    wrong.insert(file.clone(), format!("{room} must not use {used}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_room_is_on_the_map() {
    let rooms: BTreeSet<String> = fs::read_dir(root().join("src"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let on_map: BTreeSet<String> = ARROWS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(rooms, on_map);
}

#[test]
fn knowledge_stays_in_its_room() {
    let mut wrong = Vec::new();
    for (room, _) in ARROWS {
        let mut files = Vec::new();
        rust_files(&root().join("src").join(room), &mut files);
        for file in files {
            let text = code(&file);
            for (word, rooms, reason) in KNOWLEDGE {
                if !rooms.contains(room) && text.contains(word) {
                    wrong.push(format!("{}: {word} ({reason})", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_sandbox_and_the_provider_share_no_code() {
    let manifest = fs::read_to_string(root().join("sandbox/Cargo.toml")).unwrap();
    assert!(!manifest.contains("terraform-provider-infisical"), "the sandbox must not depend on the provider");
    let provider = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let dependencies = provider.split("[dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    for member in ["infisical-sandbox", "plugin-driver"] {
        assert!(!dependencies.contains(member), "the provider itself must not depend on {member}");
    }
    let driver = fs::read_to_string(root().join("driver/Cargo.toml")).unwrap();
    assert!(!driver.contains("terraform-provider-infisical"), "the driver must not depend on the provider");
}

#[test]
fn a_kind_file_is_data_only() {
    let mut files = Vec::new();
    rust_files(&root().join("src/catalog/kinds"), &mut files);
    for file in files.iter().filter(|file| !file.ends_with("mod.rs")) {
        let text = code(file);
        for word in ["fn ", "impl ", "macro_rules", "unsafe", "async"] {
            let found =
                text.lines().any(|line| line.trim_start().starts_with(word) || line.contains(&format!(" {word}")));
            assert!(!found, "{}: a kind file holds data only, but has `{word}`", file.display());
        }
    }
}
