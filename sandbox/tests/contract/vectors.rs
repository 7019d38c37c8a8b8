//! The published bodies and verdicts once more, this time over HTTP: what validation accepts becomes a rotation that
//! reads back as the real server stores it, and what it rejects is a 422.

use infisical_sandbox::{seed, validation};
use serde_json::{Value, json};

use crate::kinds::vectors;
use crate::world::{NOW, ROTATIONS, World, moment, path_of};

#[tokio::test]
async fn every_vector_agrees_over_http() {
    let world = World::new().await;
    let untouched = world.arrange(|state| state.clone());
    let mut judged = 0;
    let mut disagreements = Vec::new();
    for vector in vectors() {
        judged += 1;
        if let Err(reason) = judge(&world, &vector).await {
            disagreements.push(format!("{} {}: {reason}", vector["kind"], vector["label"]));
        }
        world.arrange(|state| *state = untouched.clone());
    }
    assert!(judged > 5_000, "{judged} vectors were found");
    let shown = disagreements.iter().take(25).cloned().collect::<Vec<_>>().join("\n");
    assert!(disagreements.is_empty(), "{} of {judged} disagree:\n{shown}", disagreements.len());
}

async fn judge(world: &World, vector: &Value) -> Result<(), String> {
    let kind = vector["kind"].as_str().unwrap();
    let (body, stored) = (&vector["body"], &vector["stored"]);
    let is_change = vector["method"] == "PATCH";
    let first = if is_change { &vector["base"] } else { body };
    // The place that the body names exists, as far as such a place can exist.
    let normalised = validation::create(kind, first).ok();
    if let Some(wish) = &normalised {
        prepare(world, kind, wish);
    }
    let created = world.post(&format!("{ROTATIONS}/{kind}"), first).await;
    let path = normalised.as_ref().and_then(|wish| wish["secretPath"].as_str()).unwrap_or("/");
    if normalised.is_some() && !validation::secret_path_is_valid(path) {
        return expect(created.status, 400);
    }
    let answer = if is_change {
        expect(created.status, 200)?;
        world.patch(&path_of(&created.body["secretRotation"]), body).await
    } else {
        created
    };
    let facts = &validation::kinds()[kind];
    let changes = |name: &String| {
        is_change && normalised.as_ref().is_some_and(|first| first["parameters"][name] != stored["parameters"][name])
    };
    // The verdicts are those of a server that does not know yet that these parameters cannot change.
    if vector["accepted"] == true && facts.immutable.iter().any(changes) {
        return expect(answer.status, 400);
    }
    if vector["accepted"] == false {
        return expect(answer.status, 422);
    }
    expect(answer.status, 200).map_err(|reason| format!("{reason}: {}", answer.text))?;
    let shown = &answer.body["secretRotation"];
    let differs = |(key, wanted): &(&String, &Value)| match key.as_str() {
        "environment" => shown["environment"]["slug"] != wanted["slug"],
        "folder" => shown["folder"]["path"] != wanted["path"],
        // Identifiers are compared without regard to case, and shown as they are stored.
        "connectionId" => !shown["connectionId"].as_str().unwrap().eq_ignore_ascii_case(wanted.as_str().unwrap()),
        key => shown[key] != **wanted,
    };
    match stored.as_object().unwrap().iter().find(differs) {
        None => Ok(()),
        Some((key, wanted)) => Err(format!("{key} is {} and not {wanted}", shown[key])),
    }
}

fn prepare(world: &World, kind: &str, wish: &Value) {
    let text = |key: &str| wish[key].as_str().unwrap();
    world.arrange(|state| {
        let id = text("projectId");
        if !state.projects.contains_key(id) {
            let made = state.add_project("P", "p", &[], moment(NOW));
            let mut project = state.projects.remove(&made).unwrap();
            id.clone_into(&mut project.id);
            state.projects.insert(id.to_owned(), project);
            let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
            identity.projects.insert(id.to_owned(), infisical_sandbox::state::ProjectRole::Admin);
        }
        let slug = text("environment");
        if state.environment(id, slug).is_none() {
            let environment = state.projects.get_mut(id).unwrap().add_environment(slug, slug);
            let root = infisical_sandbox::state::Folder::root(id, &environment, moment(NOW));
            state.folders.insert(root.id.clone(), root);
        }
        if validation::secret_path_is_valid(text("secretPath")) {
            state.ensure_folder(id, slug, text("secretPath"), moment(NOW)).unwrap();
        }
        let connection = text("connectionId").to_ascii_lowercase();
        let app = &validation::kinds()[kind].apps[0];
        let mut made = infisical_sandbox::state::Connection::new(app, "c", None, json!({}), moment(NOW));
        made.id.clone_from(&connection);
        state.connections.insert(connection, made);
    });
}

fn expect(found: u16, wanted: u16) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{found} and not {wanted}")) }
}
