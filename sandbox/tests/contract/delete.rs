//! Deleting a rotation.

use infisical_sandbox::faults::{Call, Form};
use infisical_sandbox::seed;
use serde_json::{Value, json};

use crate::world::{REDIS, World, redis};

#[tokio::test]
async fn the_answer_shows_what_was_deleted() {
    let world = World::new().await;
    let path = world.created().await;
    let before = world.read(&path).await;
    assert_eq!(world.delete(&path).await.expect(200)["secretRotation"], before);
}

#[tokio::test]
async fn flags_are_true_or_false_in_words() {
    let world = World::new().await;
    let path = world.created().await;
    for flag in ["deleteSecrets", "revokeGeneratedCredentials"] {
        for wrong in ["1", "TRUE", "yes", ""] {
            let answer = world.delete(&format!("{path}?{flag}={wrong}")).await.expect(422);
            assert_eq!(answer["message"][0]["path"], json!([flag]), "{wrong}");
        }
    }
    world.delete(&format!("{path}?deleteSecrets=false&revokeGeneratedCredentials=false")).await.expect(200);
}

#[tokio::test]
async fn the_secrets_stay_as_ordinary_ones_by_default_and_block_a_new_rotation() {
    let world = World::new().await;
    let path = world.created().await;
    world.delete(&path).await.expect(200);
    let secret = world.secret("cache-password").await.expect(200)["secret"].clone();
    assert_eq!((&secret["isRotatedSecret"], &secret["rotationId"]), (&json!(false), &Value::Null));
    let message = world.post(REDIS, &redis("cache")).await.expect(400)["message"].clone();
    assert!(message.as_str().unwrap().starts_with("The following secrets already exist"));
}

#[tokio::test]
async fn the_secrets_go_when_asked_for() {
    let world = World::new().await;
    let path = world.created().await;
    world.delete(&format!("{path}?deleteSecrets=true")).await.expect(200);
    world.secret("cache-password").await.expect(404);
    world.create(&redis("cache")).await;
}

#[tokio::test]
async fn revoked_credentials_end_and_others_stay_valid() {
    let world = World::new().await;
    for (flag, expected) in [("false", true), ("true", false)] {
        let path = world.created().await;
        world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(200);
        let all = world.get(&format!("{path}/generated-credentials")).await.expect(200);
        world.delete(&format!("{path}?deleteSecrets=true&revokeGeneratedCredentials={flag}")).await.expect(200);
        for credential in all["generatedCredentials"].as_array().unwrap() {
            let accepted = world.sandbox.core().third_parties.accepts("redis-credentials", credential);
            assert_eq!(accepted, expected);
        }
    }
}

#[tokio::test]
async fn a_failed_revocation_keeps_the_rotation() {
    let world = World::new().await;
    let path = world.created().await;
    let revoking = format!("{path}?deleteSecrets=true&revokeGeneratedCredentials=true");
    world.third_party_refuses("DELETE", Call::Revoke, Form::BadRequest);
    world.delete(&revoking).await.refuses(400, "out of order");
    world.third_party_refuses("DELETE", Call::Revoke, Form::Plain);
    world.delete(&revoking).await.refuses(500, "Something went wrong");
    world.read(&path).await;
    world.secret("cache-password").await.expect(200);
    world.delete(&revoking).await.expect(200);
}

#[tokio::test]
async fn deleting_twice_is_a_404() {
    let world = World::new().await;
    let path = world.created().await;
    world.delete(&path).await.expect(200);
    assert_eq!(world.delete(&path).await.expect(404)["error"], "NotFound");
}

#[tokio::test]
async fn a_plan_without_rotations_still_deletes() {
    let world = World::new().await;
    let path = world.created().await;
    world.arrange(|state| state.plan.secret_rotation = false);
    world.get(&path).await.expect(400);
    world.delete(&path).await.expect(200);
}

#[tokio::test]
async fn a_connection_in_use_cannot_be_deleted() {
    let world = World::new().await;
    let path = world.created().await;
    let connection = format!("/api/v1/app-connections/redis/{}", seed::connection_id("redis").unwrap());
    let text = "Cannot delete App Connection with existing connections. Remove all existing connections and try again.";
    world.delete(&connection).await.refuses(400, text);
    world.delete(&path).await.expect(200);
    world.delete(&connection).await.expect(200);
}

#[tokio::test]
async fn a_mapped_secret_can_be_neither_deleted_nor_renamed_but_changed() {
    let world = World::new().await;
    world.created().await;
    let place = json!({ "projectId": seed::PROJECT_ID, "environment": "dev", "secretPath": "/app" });
    let path = "/api/v4/secrets/cache-password";
    world.call("DELETE", path, &place).await.refuses(400, "Cannot delete rotated secrets");
    let mut renamed = place.clone();
    renamed["newSecretName"] = json!("other");
    world.patch(path, &renamed).await.refuses(400, "Cannot update rotated secret name");
    let mut changed = place;
    changed["secretValue"] = json!("by hand");
    world.patch(path, &changed).await.expect(200);
    assert_eq!(world.secret("cache-password").await.expect(200)["secret"]["secretValue"], "by hand");
}

#[tokio::test]
async fn a_rotation_goes_with_its_folder() {
    let world = World::new().await;
    let path = world.created().await;
    let body = json!({ "projectId": seed::PROJECT_ID, "environment": "dev", "path": "/" });
    let text =
        "Cannot delete folder \"app\" because it contains resources. Use forceDelete=true to delete it forcefully.";
    world.call("DELETE", "/api/v2/folders/app", &body).await.refuses(400, text);
    let mut forced = body;
    forced["forceDelete"] = json!(true);
    world.call("DELETE", "/api/v2/folders/app", &forced).await.expect(200);
    world.get(&path).await.expect(404);
}
