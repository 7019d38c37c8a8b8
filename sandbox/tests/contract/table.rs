//! Keeps `CONTRACT.md` true: every test that it names exists, and every test of the contract is named.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn the_table_and_the_tests_agree() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("CONTRACT.md")).unwrap();
    let named: BTreeSet<String> = document
        .lines()
        .filter(|line| line.starts_with("| "))
        .filter_map(|line| line.rsplit('`').nth(1).map(str::to_owned))
        .collect();
    let mut existing = BTreeSet::new();
    for file in fs::read_dir(root.join("tests/contract")).unwrap() {
        let path = file.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(&path).unwrap();
        for part in source.split("#[tokio::test]\nasync fn ").skip(1) {
            existing.insert(format!("{module}::{}", part.split('(').next().unwrap()));
        }
    }
    assert!(existing.len() > 50, "the tests were found");
    let missing: Vec<_> = named.difference(&existing).collect();
    let unlisted: Vec<_> = existing.difference(&named).collect();
    assert!(missing.is_empty(), "CONTRACT.md names tests that do not exist: {missing:#?}");
    assert!(unlisted.is_empty(), "CONTRACT.md does not name these tests: {unlisted:#?}");
}
