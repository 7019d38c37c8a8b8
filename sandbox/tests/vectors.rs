//! Bodies with the verdict of the published API's validation: each is judged again. The verdict has to be the same, the
//! places complained about and their order, and what would be stored to the last digit. `VECTORS` names another file
//! of the same form.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use infisical_sandbox::validation::{self, Issue};
use serde::Deserialize;
use serde_json::{Value, json};

/// A body with the places that the real validation complains about, or else what the server stores.
#[derive(Deserialize)]
struct Vector {
    kind: String,
    method: String,
    label: String,
    base: Option<Value>,
    body: Value,
    error_paths: Value,
    stored: Value,
}

#[test]
fn every_vector_agrees() -> Result<(), Box<dyn Error>> {
    let vectors = vectors()?;
    let disagreements: Vec<String> = vectors.iter().filter_map(|vector| judge(vector).err()).collect();
    println!("vectors: {} of {} agree", vectors.len() - disagreements.len(), vectors.len());
    assert!(disagreements.is_empty(), "{}", disagreements.iter().take(25).cloned().collect::<Vec<_>>().join("\n"));
    let kinds: BTreeSet<&str> = vectors.iter().map(|vector| vector.kind.as_str()).collect();
    let all: BTreeSet<&str> = validation::kinds().keys().map(String::as_str).collect();
    assert_eq!(kinds, all, "every kind has vectors");
    Ok(())
}

fn vectors() -> Result<Vec<Vector>, Box<dyn Error>> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/vectors-public.jsonl.gz");
    let path = std::env::var_os("VECTORS").map_or(own, Into::into);
    let file = File::open(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    BufReader::new(GzDecoder::new(file)).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// Compares what is said about a body with its vector, or says how they differ.
fn judge(vector: &Vector) -> Result<(), String> {
    let (found, expected) = match rotation(vector) {
        Ok(stored) => (stored, &vector.stored),
        Err(issues) => (json!(distinct_paths(&issues)), &vector.error_paths),
    };
    if found == *expected {
        return Ok(());
    }
    let Vector { kind, method, label, stored, error_paths, .. } = vector;
    Err(format!("{kind} {method} {label}\n    found {found}\n    expected {stored} {error_paths}"))
}

/// Gives the values of the rotation in the shape of the response, after the body was applied.
fn rotation(vector: &Vector) -> Result<Value, Vec<Issue>> {
    let mut values = match &vector.base {
        None => validation::create(&vector.kind, &vector.body)?,
        Some(base) => {
            let mut values = validation::create(&vector.kind, base)?;
            let changes = validation::update(&vector.kind, &vector.body)?;
            for (key, value) in changes.as_object().into_iter().flatten() {
                values[key] = value.clone();
            }
            values
        }
    };
    values["environment"] = json!({ "slug": values["environment"] });
    values["folder"] = json!({ "path": values["secretPath"] });
    if let Some(values) = values.as_object_mut() {
        values.retain(|key, _| key != "secretPath" && key != "temporaryParameters");
    }
    Ok(values)
}

/// Gives the places that are complained about, in the order of the complaints.
fn distinct_paths(issues: &[Issue]) -> Vec<Value> {
    let mut paths = Vec::new();
    for path in issues.iter().map(|issue| json!(issue.path)) {
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}
