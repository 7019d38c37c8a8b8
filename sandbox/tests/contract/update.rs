//! Changing a rotation.

use infisical_sandbox::seed;
use serde_json::{Value, json};

use crate::world::{NOW, REDIS, ROTATIONS, World, path_of, redis};

#[tokio::test]
async fn only_what_is_sent_changes() {
    let world = World::new().await;
    let path = world.created().await;
    let before = world.read(&path).await;
    let after = world.patch(&path, &json!({})).await.expect(200)["secretRotation"].clone();
    assert_eq!(after, before);
    let after = world.patch(&path, &json!({ "name": "other", "description": " d " })).await.expect(200);
    let after = &after["secretRotation"];
    assert_eq!((&after["name"], &after["description"], &after["id"]), (&json!("other"), &json!("d"), &before["id"]));
    assert_eq!(after["parameters"], before["parameters"]);
    let after = world.patch(&path, &json!({ "description": "" })).await.expect(200);
    assert_eq!(after["secretRotation"]["description"], "");
    let after = world.patch(&path, &json!({ "description": null })).await.expect(200);
    assert_eq!(after["secretRotation"]["description"], Value::Null);
}

#[tokio::test]
async fn the_place_and_the_connection_are_ignored_with_200() {
    let world = World::new().await;
    let path = world.created().await;
    let before = world.read(&path).await;
    let body = json!({ "connectionId": "nonsense", "environment": "prod", "secretPath": "/ci", "projectId": 7,
                       "temporaryParameters": { "password": "x" } });
    let after = world.patch(&path, &body).await.expect(200)["secretRotation"].clone();
    assert_eq!(after, before);
}

#[tokio::test]
async fn parameters_are_replaced_as_a_whole_and_act_from_the_next_rotation() {
    let world = World::new().await;
    let requirements =
        json!({ "length": 20, "required": { "digits": 1, "lowercase": 1, "uppercase": 1, "symbols": 0 } });
    let mut body = redis("cache");
    body["parameters"]["passwordRequirements"] = requirements;
    let path = path_of(&world.create(&body).await);
    let before = world.get(&format!("{path}/generated-credentials")).await.expect(200);
    assert_eq!(before["generatedCredentials"][0]["password"].as_str().unwrap().len(), 20);
    let changed = json!({ "parameters": { "permissionScope": "+get" } });
    let after = world.patch(&path, &changed).await.expect(200);
    assert_eq!(after["secretRotation"]["parameters"], changed["parameters"]);
    assert_eq!(world.get(&format!("{path}/generated-credentials")).await.expect(200), before);
}

#[tokio::test]
async fn immutable_parameters_cannot_change_and_absence_is_a_change() {
    let world = World::new().await;
    let body = json!({
        "name": "people",
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("ldap"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "dn": "CN=Jane,DC=example", "rotationMethod": "connection-principal" },
        "secretsMapping": { "dn": "LDAP_DN", "password": "LDAP_PASSWORD" },
    });
    let created = world.post(&format!("{ROTATIONS}/ldap-password"), &body).await.expect(200);
    let path = path_of(&created["secretRotation"]);
    let text = "Cannot update rotation method or DN";
    let absent = json!({ "parameters": { "dn": "CN=Jane,DC=example" } });
    let other = json!({ "parameters": { "dn": "CN=John,DC=example", "rotationMethod": "connection-principal" } });
    world.patch(&path, &absent).await.refuses(400, text);
    world.patch(&path, &other).await.refuses(400, text);
    world.patch(&path, &json!({ "parameters": body["parameters"] })).await.expect(200);
}

#[tokio::test]
async fn immutability_is_judged_before_permission() {
    let world = World::new().await;
    let body = json!({
        "name": "keys",
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("supabase"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "projectRef": "abcdefghijklmnopqrst", "keyType": "secret" },
        "secretsMapping": { "apiKey": "SUPABASE" },
    });
    let created = world.post(&format!("{ROTATIONS}/supabase-api-key"), &body).await.expect(200);
    let path = path_of(&created["secretRotation"]);
    world.restrict(&[("secret-rotation", &["read"])]);
    let changed = json!({ "parameters": { "projectRef": "abcdefghijklmnopqrst", "keyType": "publishable" } });
    world.patch(&path, &changed).await.refuses(400, "Cannot update project reference or key type");
    let text = "You are not allowed to edit on secret-rotation";
    world.patch(&path, &json!({ "name": "other" })).await.refuses(403, text);
}

#[tokio::test]
async fn a_changed_mapping_renames_the_secrets() {
    let world = World::new().await;
    let path = world.created().await;
    let before = world.secret("cache-password").await.expect(200)["secret"].clone();
    let mapping = json!({ "username": "cache-user", "password": "NEW" });
    world.patch(&path, &json!({ "secretsMapping": mapping })).await.expect(200);
    world.secret("cache-password").await.expect(404);
    let after = world.secret("NEW").await.expect(200)["secret"].clone();
    assert_eq!((&after["id"], &after["secretValue"]), (&before["id"], &before["secretValue"]));
    assert_eq!((&before["version"], &after["version"]), (&json!(1), &json!(2)));
    assert_eq!(world.secret("cache-user").await.expect(200)["secret"]["version"], 1);

    let user = world.secret("cache-user").await.expect(200)["secret"]["secretValue"].clone();
    let swapped = json!({ "username": "NEW", "password": "cache-user" });
    world.patch(&path, &json!({ "secretsMapping": swapped })).await.expect(200);
    assert_eq!(world.secret("NEW").await.expect(200)["secret"]["secretValue"], user);
}

#[tokio::test]
async fn a_changed_mapping_meets_the_same_conflicts() {
    let world = World::new().await;
    let path = world.created().await;
    world.put_secret("TAKEN", "x").await;
    let taken = json!({ "secretsMapping": { "username": "cache-user", "password": "TAKEN" } });
    let text = "The following secrets already exist at the path \"/app\": TAKEN";
    world.patch(&path, &taken).await.refuses(400, text);
    let doubled = json!({ "secretsMapping": { "username": "X", "password": "X" } });
    let text = "Secrets mapping keys must be unique. \"X, X\" contains duplicate keys.";
    world.patch(&path, &doubled).await.refuses(400, text);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused() {
    let world = World::new().await;
    let path = world.created().await;
    world.create(&redis("other")).await;
    let text = "A Secret Rotation with the name \"other\" already exists at the secret path \"/app\"";
    world.patch(&path, &json!({ "name": "other" })).await.refuses(400, text);
    world.patch(&path, &json!({ "name": "cache" })).await.expect(200);
}

#[tokio::test]
async fn the_next_rotation_is_computed_anew() {
    let world = World::new().await;
    let path = world.created().await;
    let next =
        async |body: Value| world.patch(&path, &body).await.expect(200)["secretRotation"]["nextRotationAt"].clone();
    assert_eq!(next(json!({ "rotationInterval": 10 })).await, "2026-03-21T00:00:00.000Z");
    assert_eq!(next(json!({ "rotateAtUtc": { "hours": 12, "minutes": 30 } })).await, "2026-03-20T12:30:00.000Z");
    assert_eq!(next(json!({ "isAutoRotationEnabled": false })).await, Value::Null);
    assert_eq!(next(json!({ "isAutoRotationEnabled": true })).await, "2026-03-20T12:30:00.000Z");
}

#[tokio::test]
async fn a_change_that_makes_a_rotation_overdue_rotates_within_moments() {
    let world = World::new().await;
    let path = world.created().await;
    world.move_to("2026-03-20T10:00:00Z").await;
    let answer = world.patch(&path, &json!({ "rotationInterval": 1 })).await.expect(200);
    assert_eq!(answer["secretRotation"]["nextRotationAt"], "2026-03-12T00:00:00.000Z");
    assert_eq!(answer["secretRotation"]["lastRotatedAt"], NOW);
    world.until(|state| state.rotations.values().all(|rotation| rotation.active_index == 1)).await;
    let after = world.read(&path).await;
    assert_eq!(after["lastRotatedAt"], "2026-03-20T10:00:00.000Z");
    assert_eq!((&after["activeIndex"], &after["isLastRotationManual"]), (&json!(1), &json!(true)));
    assert!(after["lastRotationJobId"].is_string());
    assert_eq!(after["nextRotationAt"], "2026-03-22T00:00:00.000Z");
}

#[tokio::test]
async fn a_change_that_makes_a_rotation_due_today_queues_it() {
    let world = World::new().await;
    let path = world.created().await;
    world.move_to("2026-03-11T10:00:00Z").await;
    let body = json!({ "rotationInterval": 1, "rotateAtUtc": { "hours": 18, "minutes": 0 } });
    world.patch(&path, &body).await.expect(200);
    world.move_to("2026-03-11T17:59:59Z").await;
    assert_eq!(world.read(&path).await["activeIndex"], 0);
    world.move_to("2026-03-11T18:00:00Z").await;
    let after = world.read(&path).await;
    assert_eq!(after["lastRotatedAt"], "2026-03-11T18:00:00.000Z");
    assert_eq!((&after["activeIndex"], &after["isLastRotationManual"]), (&json!(1), &json!(true)));
}

#[tokio::test]
async fn an_unknown_id_is_named_without_quotes() {
    let world = World::new().await;
    let id = "5eed0000-0000-4000-8000-00000000ffff";
    let text = format!("Could not find Redis Credentials Rotation with ID {id}");
    world.patch(&format!("{REDIS}/{id}"), &json!({})).await.refuses(404, &text);
}
