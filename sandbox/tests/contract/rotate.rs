//! Rotating at a person's request.

use infisical_sandbox::faults::{Call, Effect, Form};
use infisical_sandbox::seed;
use serde_json::{Value, json};

use crate::world::{GENERATION_FAILED, ROTATIONS, World, path_of, redis};

async fn rotate(world: &World, path: &str) -> Value {
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(200)["secretRotation"].clone()
}

async fn credentials(world: &World, path: &str) -> Value {
    world.get(&format!("{path}/generated-credentials")).await.expect(200)
}

#[tokio::test]
async fn rotating_toggles_the_slots_and_keeps_the_previous_set() {
    let world = World::new().await;
    let path = world.created().await;
    let first = credentials(&world, &path).await["generatedCredentials"][0].clone();
    let rotated = rotate(&world, &path).await;
    assert_eq!(rotated["activeIndex"], 1);
    let after = credentials(&world, &path).await;
    assert_eq!(after["generatedCredentials"].as_array().unwrap().len(), 2);
    assert_eq!(after["generatedCredentials"][0], first);
    let second = after["generatedCredentials"][1].clone();
    assert_ne!(second, first);

    assert_eq!(rotate(&world, &path).await["activeIndex"], 0);
    let after = credentials(&world, &path).await;
    assert_eq!(after["generatedCredentials"].as_array().unwrap().len(), 2);
    assert_eq!(after["generatedCredentials"][1], second);
    let accepts = |credential: &Value| world.sandbox.core().third_parties.accepts("redis-credentials", credential);
    assert!(!accepts(&first), "the overwritten credentials end");
    assert!(accepts(&second));
    assert!(accepts(&after["generatedCredentials"][0]));
}

#[tokio::test]
async fn rotating_writes_a_new_version_of_the_same_secrets() {
    let world = World::new().await;
    let path = world.created().await;
    let before = world.secret("cache-password").await.expect(200)["secret"].clone();
    rotate(&world, &path).await;
    let after = world.secret("cache-password").await.expect(200)["secret"].clone();
    assert_eq!((&after["id"], &after["version"]), (&before["id"], &json!(2)));
    assert_eq!(after["secretValue"], credentials(&world, &path).await["generatedCredentials"][1]["password"]);
    let place = format!("projectId={}&environment=dev&secretPath=/app&version=1", seed::PROJECT_ID);
    let former = world.get(&format!("/api/v4/secrets/cache-password?{place}")).await.expect(200);
    assert_eq!(former["secret"]["secretValue"], before["secretValue"]);
}

#[tokio::test]
async fn rotating_updates_the_times_and_works_with_auto_rotation_off() {
    let world = World::new().await;
    let path = world.created().await;
    world.patch(&path, &json!({ "isAutoRotationEnabled": false })).await.expect(200);
    world.move_to("2026-03-15T10:00:00Z").await;
    let rotated = rotate(&world, &path).await;
    assert_eq!(rotated["lastRotatedAt"], "2026-03-15T10:00:00.000Z");
    assert_eq!(rotated["lastRotationAttemptedAt"], "2026-03-15T10:00:00.000Z");
    assert_eq!((&rotated["isLastRotationManual"], &rotated["rotationStatus"]), (&json!(true), &json!("success")));
    assert_eq!(rotated["nextRotationAt"], Value::Null);
    world.patch(&path, &json!({ "isAutoRotationEnabled": true })).await.expect(200);
    assert_eq!(world.read(&path).await["nextRotationAt"], "2026-04-15T00:00:00.000Z");
}

#[tokio::test]
async fn a_failed_rotation_is_a_500_with_the_reason_and_is_remembered() {
    let world = World::new().await;
    let path = world.created().await;
    let before = world.read(&path).await;
    world.patch(&path, &json!({ "isAutoRotationEnabled": false })).await.expect(200);
    world.move_to("2026-03-15T10:00:00Z").await;
    for form in [Form::Plain, Form::BadRequest] {
        world.third_party_refuses("POST", Call::Issue, form);
        let text = format!("{GENERATION_FAILED}out of order");
        let body = world.post(&format!("{path}/rotate-secrets"), &json!({})).await.refuses(500, &text);
        assert_eq!(body["error"], "InternalServerError");
        let after = world.read(&path).await;
        assert_eq!(after["rotationStatus"], "failed");
        assert_eq!(after["lastRotationMessage"], text);
        assert_eq!(after["lastRotationAttemptedAt"], "2026-03-15T10:00:00.000Z");
        assert_eq!(after["nextRotationAt"], "2026-03-16T00:00:00.000Z", "even with auto rotation off");
        for kept in ["activeIndex", "lastRotatedAt", "isLastRotationManual", "lastRotationJobId"] {
            assert_eq!(after[kept], before[kept], "{kept}");
        }
    }
    let healed = rotate(&world, &path).await;
    assert_eq!((&healed["rotationStatus"], &healed["lastRotationMessage"]), (&json!("success"), &Value::Null));
}

#[tokio::test]
async fn a_long_message_is_cut() {
    let world = World::new().await;
    let path = world.created().await;
    let message = "x".repeat(2000);
    world.fault("POST", Effect::ThirdParty { message, form: Form::Plain, call: Call::Issue });
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(500);
    let stored = world.read(&path).await["lastRotationMessage"].as_str().unwrap().to_owned();
    assert_eq!(stored.len(), 1024);
    assert!(stored.ends_with("x..."));
}

#[tokio::test]
async fn a_rotation_under_way_refuses_another() {
    let world = World::new().await;
    let path = world.created().await;
    let id = path.rsplit('/').next().unwrap();
    let text = "A rotation is already in progress. Please try again shortly.";
    let lock = world.sandbox.core().lock_rotation(id).unwrap();
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.refuses(400, text);
    drop(lock);
    rotate(&world, &path).await;
    world.fault("POST", Effect::LockHeld);
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.refuses(400, text);
    assert_eq!(world.read(&path).await["rotationStatus"], "success");
}

#[tokio::test]
async fn a_failing_deletion_of_the_old_key_is_reported_after_the_new_one_is_stored() {
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
    rotate(&world, &path).await;
    let before = world.secret("SUPABASE").await.expect(200)["secret"]["secretValue"].clone();
    world.third_party_refuses("POST", Call::Retire, Form::Plain);
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(500);
    let after = world.read(&path).await;
    assert_eq!((&after["activeIndex"], &after["rotationStatus"]), (&json!(0), &json!("failed")));
    assert_ne!(world.secret("SUPABASE").await.expect(200)["secret"]["secretValue"], before);
}

#[tokio::test]
async fn rotating_needs_its_own_right() {
    let world = World::new().await;
    let path = world.created().await;
    world.restrict(&[("secret-rotation", &["read", "edit"])]);
    let text = "You are not allowed to rotate-secrets on secret-rotation";
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.refuses(403, text);
}

#[tokio::test]
async fn many_rotations_at_once_lose_no_update() {
    let world = World::new().await;
    let path = world.created().await;
    let rotate = format!("{path}/rotate-secrets");
    let body = json!({});
    let answers = futures_util::future::join_all((0..30).map(|_| world.post(&rotate, &body))).await;
    let rotated = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 400)));
    assert_eq!(world.read(&path).await["activeIndex"], rotated % 2);
    assert_eq!(world.secret("cache-password").await.expect(200)["secret"]["version"], rotated + 1);
}

#[tokio::test]
async fn reconciling_replaces_the_active_password_only() {
    let world = World::new().await;
    let body = json!({
        "name": "host",
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("ssh"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "username": "deploy", "rotationMethod": "login-as-target" },
        "temporaryParameters": { "password": "initial" },
        "secretsMapping": { "username": "HOST_USER", "password": "HOST_PASSWORD" },
    });
    let created = world.post(&format!("{ROTATIONS}/unix-linux-local-account"), &body).await.expect(200);
    let created = &created["secretRotation"];
    let path = path_of(created);
    let before = credentials(&world, &path).await;
    world.move_to("2026-03-12T10:00:00Z").await;
    let answer = world.post(&format!("{path}/reconcile"), &json!({})).await.expect(200);
    assert_eq!(answer["reconciled"], true);
    assert!(answer["message"].is_string());
    let after = &answer["secretRotation"];
    assert_eq!((&after["activeIndex"], &after["nextRotationAt"]), (&json!(0), &created["nextRotationAt"]));
    assert_eq!(after["lastRotatedAt"], "2026-03-12T10:00:00.000Z");
    let now = credentials(&world, &path).await;
    assert_eq!(now["generatedCredentials"].as_array().unwrap().len(), 1);
    assert_ne!(now["generatedCredentials"], before["generatedCredentials"]);
    assert_eq!(world.secret("HOST_PASSWORD").await.expect(200)["secret"]["version"], 2);
    assert_eq!(world.secret("HOST_USER").await.expect(200)["secret"]["version"], 1);
}

#[tokio::test]
async fn only_local_accounts_reconcile_and_only_those_that_log_in_as_themselves() {
    let world = World::new().await;
    let path = path_of(&world.create(&redis("cache")).await);
    let answer = world.post(&format!("{path}/reconcile"), &json!({})).await;
    assert!(answer.expect(404).get("reqId").is_none());
    let body = json!({
        "name": "host",
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("ssh"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "username": "deploy", "rotationMethod": "login-as-root" },
        "secretsMapping": { "username": "HOST_USER", "password": "HOST_PASSWORD" },
    });
    let created = world.post(&format!("{ROTATIONS}/unix-linux-local-account"), &body).await.expect(200);
    let path = path_of(&created["secretRotation"]);
    let message = world.post(&format!("{path}/reconcile"), &json!({})).await.expect(400)["message"].clone();
    assert!(message.as_str().unwrap().starts_with("Reconcile operation is only supported for login-as-target mode"));
}
