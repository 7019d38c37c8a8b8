//! Bodies with the verdict of the published API's validation: each is judged again. The verdict has to be the same, the
//! places complained about and their order, and what would be stored to the last digit. `VECTORS` names another file
//! of the same form.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use infisical_sandbox::validation::{self, Issue};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Vector {
    kind: String,
    method: String,
    label: String,
    base: Option<Value>,
    body: Value,
    accepted: bool,
    error_paths: Vec<Value>,
    stored: Option<Value>,
}

#[test]
fn every_vector_agrees() {
    let vectors = vectors();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut disagreements = Vec::new();
    for vector in &vectors {
        *kinds.entry(&vector.kind).or_default() += 1;
        if let Err(difference) = judge(vector) {
            disagreements.push(format!("{} {} {}\n    {difference}", vector.kind, vector.method, vector.label));
        }
    }
    let total = vectors.len();
    println!("vectors: {} of {total} agree", total - disagreements.len());
    assert!(disagreements.is_empty(), "{}", disagreements.iter().take(25).cloned().collect::<Vec<_>>().join("\n"));
    let all: BTreeSet<&str> = validation::kinds().keys().map(String::as_str).collect();
    assert_eq!(kinds.into_keys().collect::<BTreeSet<_>>(), all, "every kind has vectors");
}

fn vectors() -> Vec<Vector> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/vectors-public.jsonl.gz");
    let path = std::env::var_os("VECTORS").map_or(own, Into::into);
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file)).lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn judge(vector: &Vector) -> Result<(), String> {
    let verdict = match &vector.base {
        None => validation::create(&vector.kind, &vector.body),
        Some(_) => validation::update(&vector.kind, &vector.body),
    };
    match (verdict, vector.accepted) {
        (Ok(body), true) => {
            let stored = stored(vector, body);
            let expected = vector.stored.as_ref().unwrap();
            if stored == *expected { Ok(()) } else { Err(format!("stored {stored}\n  expected {expected}")) }
        }
        (Err(issues), false) => {
            let paths = distinct_paths(&issues);
            if paths == vector.error_paths {
                Ok(())
            } else {
                Err(format!("paths {}, expected {}", json!(paths), json!(vector.error_paths)))
            }
        }
        (Ok(_), false) => Err(format!("accepted, expected {}", json!(vector.error_paths))),
        (Err(issues), true) => Err(format!("rejected: {}", json!(issues))),
    }
}

/// Gives the values of a rotation, in the shape of the response, after the body was applied.
fn stored(vector: &Vector, body: Value) -> Value {
    let mut values = match &vector.base {
        None => body,
        Some(base) => {
            let mut values = validation::create(&vector.kind, base).expect("the base is right");
            let changes = body.as_object().unwrap().clone();
            values.as_object_mut().unwrap().extend(changes);
            values
        }
    };
    let object = values.as_object_mut().unwrap();
    object.remove("temporaryParameters");
    let slug = object.remove("environment").unwrap();
    let path = object.remove("secretPath").unwrap();
    object.insert("environment".to_owned(), json!({ "slug": slug }));
    object.insert("folder".to_owned(), json!({ "path": path }));
    values
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
