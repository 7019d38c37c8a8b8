//! Where a plan says nothing: lack of permission, what is not known, and the rotation itself.

use bytes::Bytes;
use infisical_sandbox::faults::{Effect, Forbidden};
use infisical_sandbox::seed;
use plugin_driver::value::{Path, Value, json as stored};
use serde_json::json;

use super::{RESOURCE, create, plan, provider, requests, rotation, told, value};
use crate::support::server::{Server, shared_connections};
use crate::support::{Provider, assert_clean, assert_succeeded};

#[tokio::test]
async fn who_may_not_look_is_told_nothing() {
    let server = Server::start();
    let viewer = Provider::start().await;
    let login = json!({ "client_id": seed::VIEWER_CLIENT_ID, "client_secret": seed::VIEWER_CLIENT_SECRET });
    viewer
        .configure(&json!({ "host": server.block()["host"], "auth": { "universal": login }, "preflight": "error" }))
        .await;
    assert_eq!(plan(&viewer, &rotation("new", &json!({}))).await, []);
    viewer.end().await;

    for route in ["/api/v1/projects/*", "/api/v2/secret-rotations", "/api/v2/folders", "/api/v4/secrets"] {
        let provider = provider(&server, "error").await;
        server.injure_always("GET", route, Effect::Forbidden(Forbidden::Permission));
        assert_eq!(plan(&provider, &rotation("new", &json!({}))).await, [], "{route}");
        server.heal();
        provider.end().await;
    }
    // What is certain is said all the same: there is no such connection, whoever asks.
    let provider = provider(&server, "warn").await;
    server.injure_always("GET", "/api/v1/app-connections/redis/available", Effect::Forbidden(Forbidden::Permission));
    assert_eq!(plan(&provider, &rotation("new", &json!({}))).await, []);
    let missing = rotation("new", &json!({ "connection_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a" }));
    assert_eq!(
        plan(&provider, &missing).await,
        [(true, "connection_id".to_owned(), "The app connection does not exist".to_owned())]
    );
    provider.end().await;
}

#[tokio::test]
async fn who_may_look_into_one_folder_only_is_told_of_that_one() {
    let server = Server::start();
    let other = provider(&server, "off").await;
    create(&other, &rotation("taken", &json!({}))).await;
    other.end().await;
    // The whole environment is refused, its folders one by one are not.
    server.injure("GET", "/api/v4/secrets", Effect::Forbidden(Forbidden::Permission));
    server.injure("GET", "/api/v2/folders", Effect::Forbidden(Forbidden::Permission));
    let provider = provider(&server, "warn").await;
    assert_eq!(plan(&provider, &rotation("new", &json!({}))).await, []);
    let mapping = json!({ "secrets_mapping": { "username": "FREE", "password": "TAKEN_PASSWORD" } });
    server.injure("GET", "/api/v4/secrets", Effect::Forbidden(Forbidden::Permission));
    let told = plan(&provider, &rotation("new", &mapping)).await;
    assert_eq!(told.iter().map(|(_, path, _)| path.as_str()).collect::<Vec<_>>(), ["secrets_mapping.password"]);
    provider.end().await;
}

#[tokio::test]
async fn what_is_not_known_is_not_checked() {
    let server = Server::start();
    let provider = provider(&server, "error").await;
    let resource = provider.resource(RESOURCE);
    // Each of these is wrong as long as nothing else is unknown.
    let wrong = json!({ "environment": "qa", "connection_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a" });
    let config = value(&provider, &rotation("new", &wrong));
    let unknown = |names: &[&str]| {
        names.iter().fold(config.clone(), |config, name| config.with(Path::from(*name), Value::unknown()))
    };
    for (names, expected) in [
        (["connection_id", "environment"].as_slice(), [].as_slice()),
        (&["connection_id", "project_id"], &[]),
        (&["environment", "project_id"], &["connection_id"]),
        (&["environment"], &["connection_id"]),
        (&["connection_id"], &["environment"]),
        (&["connection_id", "name", "secret_path", "secrets_mapping"], &["environment"]),
    ] {
        let planned = provider.plan(resource, &Value::Null, &unknown(names)).await;
        let paths: Vec<String> = told(&planned.report).into_iter().map(|(_, path, _)| path).collect();
        assert_eq!(paths, expected, "{names:?} unknown");
    }
    provider.end().await;
}

#[tokio::test]
async fn the_rotation_itself_is_not_in_its_own_way() {
    let server = Server::start();
    let provider = provider(&server, "error").await;
    let resource = provider.resource(RESOURCE);
    let config = rotation("one", &json!({ "delete_secrets": true }));
    let state = create(&provider, &config).await;
    // A replacement in the same folder: everything that it wants is held by the one that it replaces.
    let replaced = rotation("one", &json!({ "delete_secrets": true, "connection_id": shared_connections("redis")[0] }));
    let planned = provider.plan(resource, &state, &value(&provider, &replaced)).await;
    assert!(!planned.requires_replace.is_empty());
    assert_clean(&planned.report);
    // Then the host deletes the old one, and asks once more before it creates the new one.
    let deleted = provider.plan(resource, &state, &Value::Null).await;
    assert_succeeded(&provider.apply(resource, &state, &Value::Null, &deleted).await.report);
    assert_eq!(plan(&provider, &replaced).await, []);
    create(&provider, &replaced).await;
    provider.end().await;
}

#[tokio::test]
async fn what_is_in_state_may_make_way() {
    let server = Server::start();
    let other = provider(&server, "off").await;
    let config = rotation("one", &json!({ "delete_secrets": true }));
    let state = create(&other, &config).await;
    other.end().await;

    // A tainted object is planned as a creation, after it was loaded and perhaps read.
    let stranger = provider(&server, "warn").await;
    assert_eq!(plan(&stranger, &config).await.len(), 3);
    stranger.end().await;
    let refreshing = provider(&server, "error").await;
    refreshing.client.read(refreshing.resource(RESOURCE), &state, &Bytes::new(), None).await.unwrap();
    assert_eq!(plan(&refreshing, &config).await, []);
    refreshing.end().await;
    let loading = provider(&server, "error").await;
    let stored = stored::to_json(&state).to_string();
    loading.client.upgrade_state(loading.resource(RESOURCE), 0, stored.as_bytes()).await.unwrap();
    assert_eq!(plan(&loading, &config).await, []);
    loading.end().await;
}

#[tokio::test]
async fn updates_and_destructions_are_not_checked() {
    let server = Server::start();
    let provider = provider(&server, "error").await;
    let resource = provider.resource(RESOURCE);
    let state = create(&provider, &rotation("one", &json!({}))).await;
    let before = requests(&server);
    let changed = value(&provider, &rotation("one", &json!({ "rotation_interval": 60 })));
    assert_clean(&provider.plan(resource, &state, &changed).await.report);
    assert_clean(&provider.plan(resource, &state, &Value::Null).await.report);
    assert_eq!(requests(&server), before);
    provider.end().await;
}
