//! Keeps `COVERAGE.md` beside this file true: it says which test holds which number of the conformance checklist for
//! providers, and which numbers do not apply because the provider lacks what they are about.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use plugin_driver::schema::{Block, Nesting, ProviderSchema, Shape};
use plugin_driver::value::Type;

use crate::support::Provider;

/// How many numbers the checklist has.
const NUMBERS: u32 = 120;
/// How the document says that a number does not apply.
const LACKS: &str = "does not apply: the provider has no ";
/// How it says that something else than a test of this workspace's suites looks after it.
const ELSEWHERE: &str = "not here: ";

/// Whether a provider has what a number may be about.
type IsThere = fn(&ProviderSchema) -> bool;

/// What a provider may lack, in the words of the document.
const CONTENTS: [(&str, IsThere); 7] = [
    ("actions", |schema| !schema.actions.is_empty()),
    ("blocks", |schema| schema.resources.values().any(|resource| !resource.object.block.blocks.is_empty())),
    ("data sources", |schema| !schema.data_sources.is_empty()),
    ("ephemeral resources", |schema| !schema.ephemeral_resources.is_empty()),
    ("functions", |schema| !schema.functions.is_empty()),
    ("identities", |schema| schema.resources.values().any(|resource| resource.identity.is_some())),
    ("list resources", |schema| !schema.list_resources.is_empty()),
];

struct Row {
    number: u32,
    held: String,
}

/// The rows of the table in the document.
fn rows() -> Vec<Row> {
    let document = fs::read_to_string(file("tests/protocol/COVERAGE.md")).unwrap();
    let rows = document.lines().filter_map(|line| {
        let [_, number, demand, held, _] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else { return None };
        let number = number.parse().ok()?;
        assert!(!demand.is_empty(), "{number}");
        Some(Row { number, held: held.to_owned() })
    });
    rows.collect()
}

fn file(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The tests that a cell names: each stands between backticks.
fn tests(held: &str) -> Vec<&str> {
    held.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_number_is_there_once_and_in_order() {
    let numbers: Vec<u32> = rows().iter().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=NUMBERS).collect::<Vec<_>>());
}

#[test]
fn every_number_is_held_by_tests_that_exist_or_has_a_reason() {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut checked = 0;
    for Row { number, held } in rows() {
        if held.starts_with(LACKS) || held.starts_with(ELSEWHERE) {
            continue;
        }
        let tests = tests(&held);
        assert!(!tests.is_empty(), "{number}: {held}");
        for test in tests {
            let (place, name) = test.rsplit_once("::").unwrap();
            let path = if place.contains('/') { place.to_owned() } else { format!("tests/protocol/{place}.rs") };
            let text = files.entry(path.clone()).or_insert_with(|| {
                fs::read_to_string(file(&path)).unwrap_or_else(|error| panic!("{number}: {path}: {error}"))
            });
            assert!(is_test(text, name), "{number}: {path} has no test {name}");
            checked += 1;
        }
    }
    assert!(checked > 100, "{checked}");
}

/// Whether a function of this name is there and marked as a test.
fn is_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let starts = [format!("fn {name}("), format!("async fn {name}(")];
    lines.windows(2).any(|pair| {
        ["#[test]", "#[tokio::test]"].contains(&pair[0]) && starts.iter().any(|start| pair[1].starts_with(start))
    })
}

#[tokio::test]
async fn what_is_said_to_be_missing_is_missing() {
    let provider = Provider::start().await;
    for Row { number, held } in rows() {
        let Some(content) = held.strip_prefix(LACKS) else { continue };
        let (_, is_there) = CONTENTS.iter().find(|(name, _)| *name == content).unwrap();
        assert!(!is_there(&provider.schema), "{number}: the provider has {content} by now, and something to test");
    }
    // One row leans on the tests of the codec and the planner, because no attribute is of such a type.
    for resource in provider.schema.resources.values() {
        assert!(!holds_sets(&resource.object.block), "{}", resource.object.name);
    }
    provider.end().await;
}

fn holds_sets(block: &Block) -> bool {
    let mut waiting: Vec<_> = block.attributes.values().collect();
    while let Some(attribute) = waiting.pop() {
        match &attribute.shape {
            Shape::Plain(Type::Set(_)) | Shape::Nested(Nesting::Set, _) => return true,
            Shape::Plain(_) => {}
            Shape::Nested(_, inner) => waiting.extend(inner.values()),
        }
    }
    false
}
