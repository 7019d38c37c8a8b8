//! Projects, environments, folders, app connections, secrets, options and the OpenAPI document.

use infisical_sandbox::seed;
use infisical_sandbox::state::{OrganizationRole, ProjectRole};
use serde_json::{Value, json};

use crate::world::{NOW, World, moment};

const PROJECT: &str = seed::PROJECT_ID;

#[tokio::test]
async fn projects_are_wrapped_as_each_route_does_it() {
    let world = World::new().await;
    let wrapped = world.get(&format!("/api/v1/projects/{PROJECT}")).await.expect(200)["project"].clone();
    assert_eq!(
        (&wrapped["id"], &wrapped["_id"], &wrapped["type"]),
        (&json!(PROJECT), &json!(PROJECT), &json!("secret-manager"))
    );
    let slugs: Vec<&Value> = wrapped["environments"].as_array().unwrap().iter().map(|one| &one["slug"]).collect();
    assert_eq!(slugs, ["dev", "staging", "prod"]);
    assert_eq!(world.get(&format!("/api/v1/projects/slug/{}", seed::PROJECT_SLUG)).await.expect(200), wrapped);
    assert_eq!(world.get(&format!("/api/v1/workspace/{PROJECT}")).await.expect(200)["workspace"], wrapped);
    assert_eq!(world.get(&format!("/api/v2/workspace/{}", seed::PROJECT_SLUG)).await.expect(200), wrapped);
    let listed = world.get("/api/v1/projects?type=secret-manager").await.expect(200);
    assert_eq!(listed["projects"], json!([wrapped]));
    assert_eq!(world.get("/api/v1/projects/nope").await.expect(404)["error"], "NotFound");
    world.get("/api/v1/projects/slug/nope").await.expect(404);
}

#[tokio::test]
async fn environments_are_found_by_id_and_by_slug() {
    let world = World::new().await;
    let (id, slug, _) = seed::ENVIRONMENTS[0];
    let by_id = world.get(&format!("/api/v1/projects/{PROJECT}/environments/{id}")).await.expect(200);
    let by_slug = world.get(&format!("/api/v1/projects/{PROJECT}/environments/slug/{slug}")).await.expect(200);
    assert_eq!(by_id["environment"], by_slug);
    assert_eq!((&by_slug["slug"], &by_slug["position"]), (&json!("dev"), &json!(1)));
    world.get(&format!("/api/v1/projects/{PROJECT}/environments/slug/nope")).await.expect(404);
}

#[tokio::test]
async fn folders_are_created_with_their_parents() {
    let world = World::new().await;
    let body = json!({ "projectId": PROJECT, "environment": "dev", "name": "leaf", "path": "new/deep/" });
    let created = world.post("/api/v2/folders", &body).await.expect(200)["folder"].clone();
    assert_eq!((&created["name"], &created["path"]), (&json!("leaf"), &json!("/new/deep/leaf")));
    let text = "Folder with name 'leaf' already exists in path '/new/deep'";
    world.post("/api/v2/folders", &body).await.refuses(400, text);
    let mut elsewhere = body.clone();
    elsewhere["environment"] = json!("nope");
    let text = format!("Environment with slug 'nope' in project with ID '{PROJECT}' not found");
    world.post("/api/v2/folders", &elsewhere).await.refuses(404, &text);
    let mut unnamed = body;
    unnamed["name"] = json!("a b");
    world.post("/api/v2/folders", &unnamed).await.expect(422);
    let shown = world.get(&format!("/api/v2/folders/{}", created["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(shown["folder"]["environment"]["envSlug"], "dev");
}

#[tokio::test]
async fn folders_are_listed_below_a_parent() {
    let world = World::new().await;
    let list = async |query: &str| {
        let place = format!("projectId={PROJECT}&environment=dev{query}");
        let answer = world.get(&format!("/api/v2/folders?{place}")).await.expect(200);
        let paths = answer["folders"].as_array().unwrap().iter().map(|folder| folder["path"].clone());
        Value::Array(paths.collect())
    };
    assert_eq!(list("").await, json!(["/app", "/ci"]));
    assert_eq!(list("&recursive=true").await, json!(["/app", "/app/database", "/ci"]));
    assert_eq!(list("&path=/app").await, json!(["/app/database"]));
    assert_eq!(list("&path=/nope").await, json!([]));
    world.get(&format!("/api/v2/folders?projectId={PROJECT}&environment=nope")).await.expect(404);
    let old = world.get(&format!("/api/v1/folders?workspaceId={PROJECT}&environment=dev&path=/")).await.expect(200);
    assert_eq!(old["folders"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_empty_folder_is_deleted_by_name_or_id() {
    let world = World::new().await;
    let body = json!({ "projectId": PROJECT, "environment": "dev", "path": "/app" });
    world.call("DELETE", "/api/v2/folders/database", &body).await.expect(200);
    world.call("DELETE", "/api/v2/folders/database", &body).await.expect(404);
}

#[tokio::test]
async fn connections_are_created_and_shown_without_their_secrets() {
    let world = World::new().await;
    let body = json!({
        "name": "cache", "method": "username-and-password", "projectId": PROJECT,
        "credentials": { "host": "Cache.Internal", "port": "6379", "username": "default", "password": "hidden-word",
                         "sslEnabled": false, "sslRejectUnauthorized": false },
    });
    let answer = world.post("/api/v1/app-connections/redis", &body).await;
    assert!(!answer.text.contains("hidden-word"));
    let created = answer.expect(200)["appConnection"].clone();
    assert_eq!(created["credentials"]["host"], "cache.internal");
    assert_eq!((&created["app"], &created["project"]["slug"]), (&json!("redis"), &json!("demo")));
    let text = "An App Connection with the name \"cache\" already exists";
    world.post("/api/v1/app-connections/redis", &body).await.refuses(400, text);
    let path = format!("/api/v1/app-connections/redis/{}", created["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200)["appConnection"], created);
    let renamed = world.patch(&path, &json!({ "name": "renamed" })).await.expect(200);
    assert_eq!(renamed["appConnection"]["name"], "renamed");
    world.post("/api/v1/app-connections/redis", &json!({ "name": "x" })).await.expect(422);
    world.delete(&path).await.expect(200);
    world.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_connection_is_found_by_name_in_one_scope_at_a_time() {
    let world = World::new().await;
    world.arrange(|state| state.add_connection("redis", "shared", None, json!({}), moment(NOW)));
    let path = |name: &str| format!("/api/v1/app-connections/redis/connection-name/{name}");
    world.get(&path("shared")).await.expect(200);
    let text = "Could not find App Connection with name demo-redis in organization scope.";
    world.get(&path("demo-redis")).await.refuses(404, text);
    world.get(&format!("{}?projectId={PROJECT}", path("demo-redis"))).await.expect(200);
    let text = "Could not find App Connection with name shared in project scope.";
    world.get(&format!("{}?projectId={PROJECT}", path("shared"))).await.refuses(404, text);
    let postgres = "/api/v1/app-connections/postgres/connection-name/shared";
    let message = world.get(postgres).await.expect(400)["message"].clone();
    assert!(message.as_str().unwrap().ends_with("is not for App \"postgres\""));
}

#[tokio::test]
async fn available_connections_are_those_that_may_be_used_though_not_seen() {
    let world = World::new().await;
    world.arrange(|state| {
        state.add_connection("redis", "shared", None, json!({}), moment(NOW));
        let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
        identity.organization_role = Some(OrganizationRole::Member);
    });
    world.set_role(ProjectRole::Member);
    let names = async |query: &str| {
        let answer = world.get(&format!("/api/v1/app-connections/redis/available{query}")).await.expect(200);
        let names = answer["appConnections"].as_array().unwrap().iter().map(|one| one["name"].clone());
        Value::Array(names.collect())
    };
    assert_eq!(names(&format!("?projectId={PROJECT}")).await, json!(["demo-redis", "shared"]));
    assert_eq!(names("").await, json!(["shared"]));
    let text = "You are not allowed to read on app-connections";
    world.get("/api/v1/app-connections/redis").await.refuses(403, text);
    let text = "Could not find project with ID nope";
    world.get("/api/v1/app-connections/redis/available?projectId=nope").await.refuses(400, text);
}

#[tokio::test]
async fn connections_are_listed_by_name() {
    let world = World::new().await;
    let listed = world.get(&format!("/api/v1/app-connections?projectId={PROJECT}")).await.expect(200);
    let names: Vec<&str> =
        listed["appConnections"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), seed::CONNECTIONS.len());
    assert!(names.is_sorted());
    let redis = world.get(&format!("/api/v1/app-connections/redis?projectId={PROJECT}")).await.expect(200);
    assert_eq!(redis["appConnections"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn secrets_are_read_by_both_generations_of_routes() {
    let world = World::new().await;
    world.created().await;
    let place = "environment=dev&secretPath=/app";
    let new = world.get(&format!("/api/v4/secrets?projectId={PROJECT}&{place}")).await.expect(200);
    let old = world.get(&format!("/api/v3/secrets/raw?workspaceId={PROJECT}&{place}")).await.expect(200);
    assert_eq!(new, old);
    assert_eq!(new["secrets"].as_array().unwrap().len(), 2);
    let name = "cache-password";
    let new = world.get(&format!("/api/v4/secrets/{name}?projectId={PROJECT}&{place}")).await.expect(200);
    let old = world.get(&format!("/api/v3/secrets/raw/{name}?workspaceId={PROJECT}&{place}")).await.expect(200);
    assert_eq!(new, old);
    let message = world.get(&format!("/api/v4/secrets?projectId={PROJECT}&environment=dev&secretPath=/nope")).await;
    let message = message.expect(404)["message"].clone();
    assert!(message.as_str().unwrap().starts_with("Folder with path '/nope' in environment 'dev' was not found."));
}

#[tokio::test]
async fn secrets_below_a_folder_tell_theirs_and_the_rotation_that_writes_them() {
    let world = World::new().await;
    let path = world.created().await;
    let id = path.rsplit('/').next().unwrap();
    let list = async |path: &str, query: &str| {
        let place = format!("projectId={PROJECT}&environment=dev&secretPath={path}{query}");
        let answer = world.get(&format!("/api/v4/secrets?{place}&viewSecretValue=false")).await.expect(200);
        let secrets = answer["secrets"].as_array().unwrap().iter();
        Value::Array(secrets.map(|secret| json!([secret["secretPath"], secret["rotationId"]])).collect())
    };
    assert_eq!(list("/", "").await, json!([]));
    assert_eq!(list("/", "&recursive=true").await, json!([["/app", id], ["/app", id]]));
    assert_eq!(list("/ci", "&recursive=true").await, json!([]));
}

#[tokio::test]
async fn names_of_secrets_can_be_seen_without_the_right_to_their_values() {
    let world = World::new().await;
    world.created().await;
    world.restrict(&[("secrets", &["describeSecret"])]);
    let path = format!("/api/v4/secrets?projectId={PROJECT}&environment=dev&secretPath=/app");
    world.get(&path).await.refuses(403, "You are not allowed to readValue on secrets");
    let answer = world.get(&format!("{path}&viewSecretValue=false")).await.expect(200);
    for secret in answer["secrets"].as_array().unwrap() {
        assert_eq!(
            (&secret["secretValueHidden"], &secret["secretValue"]),
            (&json!(true), &json!("<hidden-by-infisical>"))
        );
    }
}

#[tokio::test]
async fn options_list_all_kinds_by_name() {
    let world = World::new().await;
    let answer = world.get("/api/v2/secret-rotations/options").await.expect(200);
    let options = answer["secretRotationOptions"].as_array().unwrap();
    assert_eq!(options.len(), infisical_sandbox::validation::kinds().len());
    assert!(options.is_sorted_by_key(|option| option["name"].as_str()));
    let redis = options.iter().find(|option| option["type"] == "redis-credentials").unwrap();
    assert_eq!(
        *redis,
        json!({ "name": "Redis Credentials", "type": "redis-credentials", "connection": "redis",
                "template": { "secretsMapping": { "username": "REDIS_USERNAME", "password": "REDIS_PASSWORD" } } })
    );
}

#[tokio::test]
async fn the_openapi_document_needs_no_token() {
    let world = World::new().await;
    let answer = world.client.send("GET", "/api/docs/json", &[], b"").await.expect(200);
    assert_eq!(answer["servers"][0]["url"], world.sandbox.url());
    let paths = answer["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/v2/secret-rotations/redis-credentials"));
}
