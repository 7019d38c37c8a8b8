//! Finding rotations.

use infisical_sandbox::seed;
use infisical_sandbox::state::{ProjectRole, Rule};
use serde_json::{Value, json};

use crate::world::{REDIS, ROTATIONS, World, redis, redis_with};

const UNKNOWN: &str = "5eed0000-0000-4000-8000-00000000ffff";

fn by_name(kind: &str, name: &str, path: &str, environment: &str) -> String {
    let project = seed::PROJECT_ID;
    format!("{ROTATIONS}/{kind}/rotation-name/{name}?projectId={project}&secretPath={path}&environment={environment}")
}

#[tokio::test]
async fn an_unknown_id_is_a_404_with_quotes_before_any_permission() {
    let world = World::new().await;
    world.set_role(ProjectRole::NoAccess);
    let text = format!("Could not find Redis Credentials Rotation with ID \"{UNKNOWN}\"");
    assert_eq!(world.get(&format!("{REDIS}/{UNKNOWN}")).await.refuses(404, &text)["error"], "NotFound");
}

#[tokio::test]
async fn a_known_id_without_the_right_is_a_403() {
    let world = World::new().await;
    let path = world.created().await;
    world.set_role(ProjectRole::NoAccess);
    world.get(&path).await.refuses(403, "You are not allowed to read on secret-rotation");
    world.get(&path.replace("redis-credentials", "postgres-credentials")).await.expect(403);
}

#[tokio::test]
async fn another_kind_is_a_400_and_a_sibling_of_the_same_app_a_500() {
    let world = World::new().await;
    let path = world.created().await;
    let id = path.rsplit('/').next().unwrap();
    let text = format!("Secret Rotation with ID \"{id}\" is not configured for PostgreSQL Credentials");
    world.get(&path.replace("redis-credentials", "postgres-credentials")).await.refuses(400, &text);

    let body = json!({
        "name": "dd",
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("datadog"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "name": "orders" },
        "secretsMapping": { "apiKey": "DD_KEY", "apiKeyId": "DD_ID" },
    });
    let created = world.post(&format!("{ROTATIONS}/datadog-api-key"), &body).await.expect(200);
    let id = created["secretRotation"]["id"].as_str().unwrap();
    let sibling = format!("{ROTATIONS}/datadog-application-key-secret/{id}");
    world.get(&sibling).await.refuses(500, "Something went wrong");
}

#[tokio::test]
async fn by_name_all_three_parts_of_the_place_are_required() {
    let world = World::new().await;
    let answer = world.get(&format!("{REDIS}/rotation-name/cache")).await.expect(422);
    let paths: Vec<&Value> = answer["message"].as_array().unwrap().iter().map(|issue| &issue["path"][0]).collect();
    assert_eq!(paths, ["projectId", "secretPath", "environment"]);
}

#[tokio::test]
async fn by_name_finds_what_by_id_finds() {
    let world = World::new().await;
    let path = world.created().await;
    let found = world.get(&by_name("redis-credentials", "cache", "/app", "dev")).await.expect(200);
    assert_eq!(found["secretRotation"], world.read(&path).await);
}

#[tokio::test]
async fn by_name_a_missing_folder_is_a_400_and_a_missing_rotation_a_404() {
    let world = World::new().await;
    world.created().await;
    let text = |path: &str, environment: &str| {
        format!(
            "Could not find folder with path \"{path}\" in environment \"{environment}\" for project with ID \"{}\"",
            seed::PROJECT_ID
        )
    };
    world.get(&by_name("redis-credentials", "cache", "/nope", "dev")).await.refuses(400, &text("/nope", "dev"));
    world.get(&by_name("redis-credentials", "cache", "/app", "nope")).await.refuses(400, &text("/app", "nope"));
    // The query's path is taken as it is.
    world.get(&by_name("redis-credentials", "cache", "/app/", "dev")).await.refuses(400, &text("/app/", "dev"));
    let text = "Could not find Redis Credentials Rotation with name \"nope\"";
    world.get(&by_name("redis-credentials", "nope", "/app", "dev")).await.refuses(404, text);
    world.get(&by_name("postgres-credentials", "cache", "/app", "dev")).await.expect(400);
}

#[tokio::test]
async fn lists_are_whole_and_kept_apart_by_kind_and_project() {
    let world = World::new().await;
    world.create(&redis("one")).await;
    world.create(&redis("two")).await;
    let list = async |path: &str| {
        let answer = world.get(&format!("{path}?projectId={}", seed::PROJECT_ID)).await.expect(200);
        answer["secretRotations"].as_array().unwrap().clone()
    };
    assert_eq!(list(REDIS).await.len(), 2);
    assert_eq!(list(ROTATIONS).await.len(), 2);
    assert_eq!(list(&format!("{ROTATIONS}/okta-client-secret")).await.len(), 0);
    let path = crate::world::path_of(&list(REDIS).await[0]);
    assert_eq!(list(REDIS).await[0], world.read(&path).await);
    world.get(REDIS).await.expect(422);
}

#[tokio::test]
async fn lists_leave_out_what_the_caller_may_not_read() {
    let world = World::new().await;
    world.create(&redis("one")).await;
    world.create(&redis_with("environment", json!("prod"))).await;
    let rule = Rule {
        subject: "secret-rotation".to_owned(),
        actions: vec!["read".to_owned()],
        inverted: false,
        conditions: [("environment".to_owned(), json!({ "$ne": "prod" }))].into(),
    };
    world.set_role(ProjectRole::Custom(vec![rule]));
    let list = format!("{ROTATIONS}?projectId={}", seed::PROJECT_ID);
    let listed = world.get(&list).await.expect(200);
    let names: Vec<&Value> = listed["secretRotations"].as_array().unwrap().iter().map(|found| &found["name"]).collect();
    assert_eq!(names, ["one"]);
    world.set_role(ProjectRole::NoAccess);
    world.get(&list).await.refuses(403, "You are not allowed to read on secret-rotation");
}
