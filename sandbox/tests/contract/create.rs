//! Creating a rotation.

use infisical_sandbox::faults::{Call, Form};
use infisical_sandbox::seed;
use infisical_sandbox::state::{OrganizationRole, ProjectRole};
use serde_json::{Value, json};

use crate::world::{GENERATION_FAILED, NOW, REDIS, World, moment, redis, redis_with};

const OTHER: &str = "5eed0000-0000-4000-8000-00000000ffff";

#[tokio::test]
async fn a_created_rotation_is_answered_with_200_and_everything_known() {
    let world = World::new().await;
    let created = world.create(&redis("cache")).await;
    assert_eq!(created["type"], "redis-credentials");
    assert_eq!(created["description"], Value::Null);
    assert_eq!(created["isAutoRotationEnabled"], true);
    assert_eq!(created["activeIndex"], 0);
    assert_eq!(created["rotationInterval"], 30);
    assert_eq!(created["rotateAtUtc"], json!({ "hours": 0, "minutes": 0 }));
    assert_eq!(created["rotationStatus"], "success");
    assert_eq!(created["lastRotationJobId"], Value::Null);
    assert_eq!(created["lastRotationMessage"], Value::Null);
    assert_eq!(created["isLastRotationManual"], true);
    for time in ["createdAt", "updatedAt", "lastRotatedAt", "lastRotationAttemptedAt"] {
        assert_eq!(created[time], NOW, "{time}");
    }
    assert_eq!(created["nextRotationAt"], "2026-04-10T00:00:00.000Z");
    let connection = seed::connection_id("redis").unwrap();
    assert_eq!(created["connection"], json!({ "app": "redis", "name": "demo-redis", "id": connection }));
    assert_eq!(created["connectionId"], connection);
    assert_eq!(
        (&created["environment"]["slug"], &created["environment"]["name"]),
        (&json!("dev"), &json!("Development"))
    );
    assert_eq!(created["folder"]["path"], "/app");
    assert_eq!(created["folder"]["id"], created["folderId"]);
    assert_eq!(created["projectId"], seed::PROJECT_ID);
    for hidden in ["temporaryParameters", "generatedCredentials", "environmentId", "queued"] {
        assert!(created.get(hidden).is_none(), "{hidden}");
    }
}

#[tokio::test]
async fn a_plan_without_rotations_refuses_first() {
    let world = World::new().await;
    world.arrange(|state| state.plan.secret_rotation = false);
    let text = "Failed to create secret rotation due to plan restriction. Upgrade plan to create secret rotations.";
    world.post(REDIS, &redis_with("projectId", json!("nope"))).await.refuses(400, text);
}

#[tokio::test]
async fn an_unknown_project_is_a_404() {
    let world = World::new().await;
    let answer = world.post(REDIS, &redis_with("projectId", json!("nope"))).await;
    assert_eq!(answer.refuses(404, "Project with nope not found")["error"], "NotFound");
}

#[tokio::test]
async fn a_project_of_another_organization_is_a_403() {
    let world = World::new().await;
    world.arrange(|state| {
        state.projects.get_mut(seed::PROJECT_ID).unwrap().organization_id = Some(OTHER.to_owned());
    });
    let answer = world.post(REDIS, &redis("cache")).await;
    let body = answer.refuses(403, "You are not allowed to access this resource");
    assert_eq!(body["error"], "This project does not belong to your selected organization.");
}

#[tokio::test]
async fn a_project_of_another_product_is_a_400() {
    let world = World::new().await;
    world.arrange(|state| state.projects.get_mut(seed::PROJECT_ID).unwrap().kind = "kms".to_owned());
    let text = "The project is of type kms. Operations of type secret-manager are not allowed.";
    world.post(REDIS, &redis("cache")).await.refuses(400, text);
}

#[tokio::test]
async fn somebody_who_is_no_member_is_refused() {
    let world = World::new().await;
    world.arrange(|state| state.identities.get_mut(seed::IDENTITY_ID).unwrap().projects.clear());
    let answer = world.post(REDIS, &redis("cache")).await;
    let body = answer.refuses(403, "You are not allowed to access this resource");
    assert_eq!(body["error"], "You are not member of this project");
}

#[tokio::test]
async fn a_project_with_old_storage_is_a_400() {
    let world = World::new().await;
    world.arrange(|state| state.projects.get_mut(seed::PROJECT_ID).unwrap().version = 2);
    let body = world.post(REDIS, &redis("cache")).await.expect(400);
    assert!(body["message"].as_str().unwrap().starts_with("Project version does not support Secret Rotation V2."));
}

#[tokio::test]
async fn the_right_to_create_is_checked_before_the_folder() {
    let world = World::new().await;
    world.set_role(ProjectRole::Member);
    let answer = world.post(REDIS, &redis_with("secretPath", json!("/nope"))).await;
    let body = answer.refuses(403, "You are not allowed to create on secret-rotation");
    assert_eq!(body["error"], "PermissionDenied");
    let detail = json!({ "action": "create", "inverted": false, "subject": "secret-rotation", "conditions": {} });
    assert_eq!(body["details"], json!([detail]));
}

#[tokio::test]
async fn a_path_with_other_characters_is_refused() {
    let world = World::new().await;
    let text = "Invalid secret path. Only alphanumeric characters, dashes, and underscores are allowed.";
    for path in ["/a b", "/a.b", "/ä"] {
        world.post(REDIS, &redis_with("secretPath", json!(path))).await.refuses(400, text);
    }
}

#[tokio::test]
async fn a_missing_folder_or_environment_is_a_400() {
    let world = World::new().await;
    let text = |path: &str, environment: &str| {
        format!(
            "Could not find folder with path \"{path}\" in environment \"{environment}\" for project with ID \"{}\"",
            seed::PROJECT_ID
        )
    };
    for path in ["/nope", "app", "/app//database", "//"] {
        let sent = redis_with("secretPath", json!(path));
        let stored = if path == "//" { "/" } else { path };
        let answer = world.post(REDIS, &sent).await;
        if stored == "/" {
            answer.expect(200);
        } else {
            answer.refuses(400, &text(path, "dev"));
        }
    }
    world.post(REDIS, &redis_with("environment", json!("nope"))).await.refuses(400, &text("/app", "nope"));
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_secret_path_is_dropped() {
    let world = World::new().await;
    let created = world.create(&redis_with("secretPath", json!(" /app/database/ "))).await;
    assert_eq!(created["folder"]["path"], "/app/database");
}

#[tokio::test]
async fn an_unknown_connection_is_a_404_after_the_folder() {
    let world = World::new().await;
    let mut body = redis_with("connectionId", json!(OTHER));
    world.post(REDIS, &body).await.refuses(404, &format!("Could not find App Connection with ID {OTHER}"));
    body["secretPath"] = json!("/nope");
    world.post(REDIS, &body).await.expect(400);
}

#[tokio::test]
async fn an_enterprise_app_needs_its_plan() {
    let world = World::new().await;
    world.arrange(|state| state.plan.enterprise_app_connections = false);
    let body = redis_with("connectionId", json!(seed::connection_id("oracledb")));
    let answer = world.post(REDIS, &body).await.expect(400);
    assert!(answer["message"].as_str().unwrap().starts_with("Failed to connect app due to plan restriction."));
}

#[tokio::test]
async fn the_right_to_connect_is_judged_in_the_scope_of_the_connection() {
    let world = World::new().await;
    world.restrict(&[("secret-rotation", &["create"])]);
    let text = "You are not allowed to connect-app-connections on app-connections";
    world.post(REDIS, &redis("cache")).await.refuses(403, text);

    let shared = world.arrange(|state| {
        state.identities.get_mut(seed::IDENTITY_ID).unwrap().organization_role = Some(OrganizationRole::NoAccess);
        state.add_connection("redis", "shared", None, json!({}), moment(NOW))
    });
    let body = redis_with("connectionId", json!(shared));
    world.post(REDIS, &body).await.refuses(403, "You are not allowed to connect on app-connections");
    world.arrange(|state| {
        state.identities.get_mut(seed::IDENTITY_ID).unwrap().organization_role = Some(OrganizationRole::Member);
    });
    world.post(REDIS, &body).await.expect(200);
}

#[tokio::test]
async fn a_connection_of_another_app_is_refused() {
    let world = World::new().await;
    let id = seed::connection_id("postgres").unwrap();
    let text = format!("PostgreSQL Connection with ID {id} cannot be used to connect to Redis");
    world.post(REDIS, &redis_with("connectionId", json!(id))).await.refuses(400, &text);
}

#[tokio::test]
async fn a_connection_of_another_project_is_refused() {
    let world = World::new().await;
    let (other, connection) = world.arrange(|state| {
        let other = state.add_project("Other", "other", &[("dev", "Development")], moment(NOW));
        let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
        identity.projects.insert(other.clone(), ProjectRole::Admin);
        let connection = state.add_connection("redis", "theirs", Some(&other), json!({}), moment(NOW));
        (other, connection)
    });
    let text = format!(
        "You cannot connect project App Connection with ID \"{connection}\" from project with ID \"{other}\" to project with ID \"{}\"",
        seed::PROJECT_ID
    );
    world.post(REDIS, &redis_with("connectionId", json!(connection))).await.refuses(400, &text);
}

#[tokio::test]
async fn a_name_is_free_once_in_a_folder_across_all_kinds() {
    let world = World::new().await;
    world.created().await;
    let body = json!({
        "name": "cache",
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("supabase"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "projectRef": "abcdefghijklmnopqrst", "keyType": "secret" },
        "secretsMapping": { "apiKey": "SUPABASE" },
    });
    let text = "A Secret Rotation with the name \"cache\" already exists at the secret path \"/app\"";
    world.post("/api/v2/secret-rotations/supabase-api-key", &body).await.refuses(400, text);
    world.create(&redis_with("environment", json!("prod"))).await;
}

#[tokio::test]
async fn mapped_names_must_differ() {
    let world = World::new().await;
    let body = redis_with("secretsMapping", json!({ "username": "A", "password": " A " }));
    let text = "Secrets mapping keys must be unique. \"A, A\" contains duplicate keys.";
    world.post(REDIS, &body).await.refuses(400, text);
}

#[tokio::test]
async fn mapped_secrets_must_not_exist() {
    let world = World::new().await;
    world.put_secret("A", "1").await;
    world.put_secret("B", "2").await;
    let body = redis_with("secretsMapping", json!({ "username": "A", "password": "B" }));
    let message = world.post(REDIS, &body).await.expect(400)["message"].clone();
    let text = "The following secrets already exist at the path \"/app\": ";
    assert!([format!("{text}A, B"), format!("{text}B, A")].iter().any(|expected| message == *expected), "{message}");
}

#[tokio::test]
async fn a_third_party_that_refuses_leaves_nothing_behind() {
    let world = World::new().await;
    world.third_party_refuses("POST", Call::Issue, Form::BadRequest);
    world.post(REDIS, &redis("cache")).await.refuses(400, "out of order");
    world.third_party_refuses("POST", Call::Issue, Form::Plain);
    world.post(REDIS, &redis("cache")).await.refuses(400, &format!("{GENERATION_FAILED}out of order"));
    let listed = world.get(&format!("{REDIS}?projectId={}", seed::PROJECT_ID)).await.expect(200);
    assert_eq!(listed["secretRotations"], json!([]));
    world.secret("cache-password").await.expect(404);
    world.create(&redis("cache")).await;
}

#[tokio::test]
async fn the_mapped_secrets_hold_the_credentials() {
    let world = World::new().await;
    let created = world.create(&redis("cache")).await;
    let path = crate::world::path_of(&created);
    let credentials = world.get(&format!("{path}/generated-credentials")).await.expect(200);
    let password = world.secret("cache-password").await.expect(200)["secret"].clone();
    assert_eq!(password["secretValue"], credentials["generatedCredentials"][0]["password"]);
    assert_eq!((&password["isRotatedSecret"], &password["rotationId"]), (&json!(true), &created["id"]));
    assert_eq!(password["version"], 1);
}

#[tokio::test]
async fn of_creates_that_race_for_a_name_one_wins() {
    let world = World::new().await;
    let body = redis("cache");
    let answers = futures_util::future::join_all((0..20).map(|_| world.post(REDIS, &body))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 19, "{statuses:?}");
    let listed = world.get(&format!("{REDIS}?projectId={}", seed::PROJECT_ID)).await.expect(200);
    assert_eq!(listed["secretRotations"].as_array().unwrap().len(), 1);
}
