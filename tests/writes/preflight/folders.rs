//! Folders that are missing when a plan begins: made by the rotation itself, or by somebody else meanwhile.

use infisical_sandbox::faults::{Effect, Forbidden};
use infisical_sandbox::seed;
use plugin_driver::value::{Path, Value};
use serde_json::json;

use super::{RESOURCE, create, plan, provider, report, requests, rotation, told, value};
use crate::support::server::{ENVIRONMENT, Server};
use crate::support::{assert_clean, assert_failed, words};

#[tokio::test]
async fn the_rotation_makes_its_folder_if_it_is_told_to() {
    let server = Server::start();
    let provider = provider(&server, "error").await;
    let config = rotation("one", &json!({ "secret_path": "/made/by/this/", "create_folder": true }));
    assert_eq!(plan(&provider, &config).await, []);
    let state = create(&provider, &config).await;
    assert!(server.look(|state| state.folder(seed::PROJECT_ID, ENVIRONMENT, "/made/by/this").is_some()));
    // The others in it find it there.
    let beside = json!({ "secret_path": "/made/by/this", "create_folder": true });
    create(&provider, &rotation("two", &beside)).await;
    assert_eq!(plan(&provider, &rotation("three", &json!({ "secret_path": "/made/by" }))).await, []);
    let made = requests(&server).into_iter().filter(|(request, _)| request == "POST /api/v2/folders");
    assert_eq!(made.map(|(_, count)| count).sum::<usize>(), 1);

    // It is nobody's business but Terraform's: changing it changes nothing at the server.
    let writes = |server: &Server| server.requests().iter().filter(|entry| entry.method != "GET").count();
    let before = writes(&server);
    let resource = provider.resource(RESOURCE);
    let changed = value(&provider, &rotation("one", &json!({ "secret_path": "/made/by/this/" })));
    let after = provider.change(resource, &state, &changed).await;
    assert_eq!(after.get("create_folder"), Some(&Value::from(false)));
    assert_eq!(writes(&server), before);
    provider.end().await;
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told_at_its_argument() {
    let server = Server::start();
    for (mode, changes, effect, path) in [
        ("warn", json!({ "secret_path": "/new" }), Some(Effect::Forbidden(Forbidden::Permission)), "secret_path"),
        ("off", json!({ "secret_path": "/new", "environment": "qa" }), None, "environment"),
    ] {
        let provider = provider(&server, mode).await;
        if let Some(effect) = effect {
            server.injure("POST", "/api/v2/folders", effect);
        }
        let resource = provider.resource(RESOURCE);
        let config = value(&provider, &rotation("one", &changes)).with(Path::from("create_folder"), true.into());
        let planned = provider.plan(resource, &Value::Null, &config).await;
        assert_clean(&planned.report);
        let applied = provider.apply(resource, &Value::Null, &config, &planned).await;
        assert_failed(&applied.report);
        let title = "Could not create the folder of the rotation".to_owned();
        assert_eq!(told(&applied.report), [(true, path.to_owned(), title)], "{}", words(&applied.report));
        assert!(applied.state.is_null());
        assert_eq!(server.count("POST"), 0, "no rotation was tried");
        provider.end().await;
    }
}

#[tokio::test]
async fn a_folder_that_somebody_makes_meanwhile_is_not_missing() {
    let server = Server::start();
    let provider = provider(&server, "warn").await;
    let config = rotation("one", &json!({ "secret_path": "/theirs" }));
    let missing = [(false, "secret_path".to_owned(), "The folder does not exist".to_owned())];
    assert_eq!(plan(&provider, &config).await, missing);
    server.change(|state| {
        let now = state.projects[seed::PROJECT_ID].created_at;
        state.ensure_folder(seed::PROJECT_ID, ENVIRONMENT, "/theirs", now).unwrap();
    });
    assert_eq!(plan(&provider, &config).await, []);
    // The newer answer serves the next one.
    let before = server.requests().len();
    assert_eq!(plan(&provider, &rotation("two", &json!({ "secret_path": "/theirs" }))).await, []);
    assert_eq!(server.requests().len(), before);
    provider.end().await;
}

#[tokio::test]
async fn a_connection_or_a_name_that_becomes_free_meanwhile_is_not_told() {
    let server = Server::start();
    let other = provider(&server, "off").await;
    let state = create(&other, &rotation("one", &json!({ "delete_secrets": true }))).await;
    let provider = provider(&server, "warn").await;
    let config = rotation("one", &json!({}));
    assert_eq!(report(&provider, &config).await.diagnostics.len(), 3);
    let resource = other.resource(RESOURCE);
    let deleted = other.plan(resource, &state, &Value::Null).await;
    assert_clean(&other.apply(resource, &state, &Value::Null, &deleted).await.report);
    assert_eq!(plan(&provider, &config).await, []);

    let id = seed::connection_id("redis").unwrap();
    let connection = server.change(|state| state.connections.remove(id)).unwrap();
    let fresh = super::provider(&server, "warn").await;
    assert_eq!(plan(&fresh, &config).await.len(), 1);
    server.change(|state| state.connections.insert(id.to_owned(), connection));
    assert_eq!(plan(&fresh, &config).await, []);
    for provider in [other, provider, fresh] {
        provider.end().await;
    }
}
