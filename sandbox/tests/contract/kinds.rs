//! The whole life of a rotation of each kind.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use infisical_sandbox::{seed, validation};
use serde_json::{Value, json};

use crate::world::{ROTATIONS, World, path_of};

/// The published bodies with their verdicts.
pub(crate) fn vectors() -> impl Iterator<Item = Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/vectors-public.jsonl.gz");
    let lines = BufReader::new(GzDecoder::new(File::open(path).unwrap())).lines();
    lines.map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
}

/// An accepted body of each kind.
fn bodies() -> BTreeMap<String, Value> {
    let usable = vectors().filter(|vector| {
        vector["method"] == "POST"
            && vector["accepted"] == true
            && vector["label"].as_str().unwrap().starts_with("base")
    });
    let mut bodies = BTreeMap::new();
    for vector in usable {
        bodies.entry(vector["kind"].as_str().unwrap().to_owned()).or_insert_with(|| vector["body"].clone());
    }
    bodies
}

#[tokio::test]
async fn every_kind_lives_its_whole_life() {
    let world = World::new().await;
    let bodies = bodies();
    assert_eq!(bodies.keys().collect::<Vec<_>>(), validation::kinds().keys().collect::<Vec<_>>());
    for (kind, mut body) in bodies {
        let facts = &validation::kinds()[&kind];
        body["projectId"] = json!(seed::PROJECT_ID);
        body["connectionId"] = json!(seed::connection_id(&facts.apps[0]));
        body["environment"] = json!("dev");
        body["secretPath"] = json!("/app");
        let created = world.post(&format!("{ROTATIONS}/{kind}"), &body).await.expect(200);
        let path = path_of(&created["secretRotation"]);
        let changed = world
            .patch(&path, &json!({ "description": kind, "parameters": created["secretRotation"]["parameters"] }))
            .await;
        assert_eq!(changed.expect(200)["secretRotation"]["id"], created["secretRotation"]["id"]);

        let before = world.get(&format!("{path}/generated-credentials")).await.expect(200);
        let rotated = world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(200);
        assert_eq!(rotated["secretRotation"]["activeIndex"], 1, "{kind}");
        let after = world.get(&format!("{path}/generated-credentials")).await.expect(200);
        let (old, new) = (&before["generatedCredentials"][0], &after["generatedCredentials"][1]);
        assert_ne!(old, new, "{kind}");
        for field in &facts.generated {
            let value = &new[&field.name];
            assert!(if field.is_number { value.is_number() } else { value.is_string() }, "{kind} {}", field.name);
        }
        for (field, name) in created["secretRotation"]["secretsMapping"].as_object().unwrap() {
            let secret = world.secret(&name.as_str().unwrap().replace(' ', "%20")).await.expect(200);
            assert_eq!(secret["secret"]["secretValue"], new[field], "{kind} {field}");
        }
        let query = "deleteSecrets=true&revokeGeneratedCredentials=true";
        world.delete(&format!("{path}?{query}")).await.expect(200);
        assert!(!world.sandbox.core().third_parties.accepts(&kind, new), "{kind}");
    }
    let left = world
        .sandbox
        .core()
        .read(|state| state.rotations.len() + state.secrets.values().map(BTreeMap::len).sum::<usize>());
    assert_eq!(left, 0);
}
