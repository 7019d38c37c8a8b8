//! Every finding: where it is told, how bad it is in each mode, and what to do about it.

use infisical_sandbox::faults::{Effect, NotFound};
use infisical_sandbox::seed;
use infisical_sandbox::state::Secret;
use serde_json::{Value as Json, json};

use super::{create, plan, provider, report, rotation};
use crate::support::server::{ENVIRONMENT, FOLDER, OTHER_PROJECT_ID, Server, shared_connections};
use crate::support::words;

const OPTIONS: &str = "/api/v2/secret-rotations/options";

/// A server where the rotation `taken` and the secret `STATIC` exist.
async fn scene() -> Server {
    let server = Server::start();
    let other = provider(&server, "off").await;
    create(&other, &rotation("taken", &json!({}))).await;
    other.end().await;
    server.change(|state| {
        let folder = state.folder(seed::PROJECT_ID, ENVIRONMENT, FOLDER).unwrap().clone();
        let secret = Secret::new("STATIC", "value".to_owned(), None, folder.created_at);
        state.secrets.entry(folder.id).or_default().insert("STATIC".to_owned(), secret);
    });
    server
}

/// Changes of a good configuration, whether each finding is certain, where it is told, and a part of the words.
fn findings() -> Vec<(Json, bool, &'static str, &'static str)> {
    vec![
        (
            json!({ "connection_id": "3c90c3cc-0d44-4b50-8888-8dd25736052a" }),
            true,
            "connection_id",
            "There is no app connection with the ID 3c90c3cc-0d44-4b50-8888-8dd25736052a.",
        ),
        (json!({ "connection_id": seed::connection_id("mysql") }), true, "connection_id", "is not of the app `redis`"),
        (
            // It exists, and belongs to the first project.
            json!({ "project_id": OTHER_PROJECT_ID }),
            true,
            "connection_id",
            "(5eed0000-0000-4000-8000-000000000116) belongs to the project 5eed0000-0000-4000-8000-000000000010",
        ),
        (json!({ "environment": "qa" }), false, "environment", "it has `dev`, `staging`, `prod`."),
        (
            json!({ "secret_path": "/nowhere" }),
            false,
            "secret_path",
            "There is no folder `/nowhere` in the environment",
        ),
        (json!({ "name": " taken " }), false, "name", "  terraform import infisical_redis_rotation.NAME "),
        (
            json!({ "secrets_mapping": { "username": "FREE", "password": "STATIC" } }),
            false,
            "secrets_mapping.password",
            "No rotation writes it",
        ),
        (
            json!({ "secrets_mapping": { "username": "TAKEN_USERNAME ", "password": "FREE" } }),
            false,
            "secrets_mapping.username",
            "It is written by the rotation with the ID ",
        ),
    ]
}

#[tokio::test]
async fn each_is_told_at_its_attribute_and_as_the_mode_says() {
    let server = scene().await;
    for mode in ["warn", "error", "off"] {
        for (changes, is_certain, path, text) in findings() {
            let provider = provider(&server, mode).await;
            let report = report(&provider, &rotation("new", &changes)).await;
            provider.end().await;
            let told = super::told(&report);
            let told: Vec<(bool, &str)> = told.iter().map(|(is_error, path, _)| (*is_error, path.as_str())).collect();
            if mode == "off" {
                assert_eq!(told, [], "{path}");
                continue;
            }
            assert_eq!(told, [(is_certain || mode == "error", path)], "{mode}: {}", words(&report));
            assert!(words(&report).contains(text), "{text}: {}", words(&report));
        }
    }
}

#[tokio::test]
async fn several_are_told_in_the_order_of_the_attributes() {
    let server = scene().await;
    let provider = provider(&server, "warn").await;
    let config = rotation(
        "taken",
        &json!({
            "connection_id": seed::connection_id("mysql"),
            "secrets_mapping": { "username": "TAKEN_USERNAME", "password": "STATIC" },
        }),
    );
    let report = report(&provider, &config).await;
    let paths: Vec<String> = super::told(&report).into_iter().map(|(_, path, _)| path).collect();
    assert_eq!(paths, ["name", "connection_id", "secrets_mapping.password", "secrets_mapping.username"]);
    // A host that merges equal titles shows the first only.
    assert!(words(&report).contains("The same is true of `TAKEN_USERNAME`."), "{}", words(&report));
    provider.end().await;
}

#[tokio::test]
async fn in_a_missing_environment_nothing_else_is_looked_for() {
    let server = Server::start();
    let provider = provider(&server, "warn").await;
    let told = plan(&provider, &rotation("new", &json!({ "environment": "qa", "secret_path": "/nowhere" }))).await;
    assert_eq!(told, [(false, "environment".to_owned(), "The environment does not exist".to_owned())]);
    provider.end().await;
}

#[tokio::test]
async fn a_kind_that_the_server_lacks_is_an_error() {
    for effect in [
        Effect::Status {
            status: 200,
            message: None,
            body: Some(json!({ "secretRotationOptions": [
                { "name": "PostgreSQL Credentials", "type": "postgres-credentials", "connection": "postgres", "template": {} },
            ] })),
            headers: std::collections::BTreeMap::new(),
            after_commit: false,
        },
        Effect::NotFound(NotFound::Route),
    ] {
        let server = Server::start();
        server.injure_always("GET", OPTIONS, effect);
        let provider = provider(&server, "warn").await;
        let report = report(&provider, &rotation("new", &json!({}))).await;
        let told = super::told(&report);
        assert_eq!(told, [(true, String::new(), "The server does not know this kind of rotation".to_owned())]);
        assert!(words(&report).contains("`redis-credentials`"), "{}", words(&report));
        provider.end().await;
    }
}

#[tokio::test]
async fn a_connection_that_may_not_be_used_is_an_error() {
    let server = Server::start();
    // Its own list leaves it out, and it can be seen all the same.
    let list = json!({ "appConnections": [] });
    let effect = Effect::Status {
        status: 200,
        message: None,
        body: Some(list),
        headers: std::collections::BTreeMap::new(),
        after_commit: false,
    };
    server.injure_always("GET", "/api/v1/app-connections/redis/available", effect);
    let provider = provider(&server, "warn").await;
    let told = plan(&provider, &rotation("new", &json!({}))).await;
    assert_eq!(told, [(true, "connection_id".to_owned(), "The app connection may not be used".to_owned())]);
    provider.end().await;
}

#[tokio::test]
async fn one_of_the_right_app_is_good_in_any_spelling_and_from_any_scope() {
    let server = Server::start();
    let provider = provider(&server, "error").await;
    let shared = &shared_connections("redis")[0];
    for id in [shared.to_uppercase().as_str(), shared, seed::connection_id("redis").unwrap()] {
        assert_eq!(plan(&provider, &rotation("new", &json!({ "connection_id": id }))).await, [], "{id}");
    }
    provider.end().await;
}

#[tokio::test]
async fn a_refused_login_is_told_once_and_never_repeated() {
    let server = Server::start();
    let provider = super::Provider::start().await;
    let mut block = server.block();
    block["auth"]["universal"]["client_secret"] = "wrong".into();
    provider.configure(&block).await;
    for (name, count) in [("one", 1), ("two", 0), ("three", 0)] {
        assert_eq!(plan(&provider, &rotation(name, &json!({}))).await.len(), count);
    }
    assert_eq!(server.requests().len(), 1, "three failures would lock the identity out");
    provider.end().await;
}

#[tokio::test]
async fn an_outage_is_told_once_and_as_the_mode_says() {
    for (mode, is_error) in [("warn", false), ("error", true)] {
        let server = Server::start();
        let refused = Effect::Status {
            status: 400,
            message: Some("The project is of another type.".to_owned()),
            body: None,
            headers: std::collections::BTreeMap::new(),
            after_commit: false,
        };
        server.injure_always("GET", "/api/v1/projects/*", refused);
        let provider = super::Provider::start().await;
        let mut block = server.block();
        block["preflight"] = mode.into();
        provider.configure(&block).await;
        let told = plan(&provider, &rotation("new", &json!({}))).await;
        let title = "The plan could not be checked against the server";
        assert_eq!(told, [(is_error, String::new(), title.to_owned())]);
        let asked = server.requests().len();
        assert_eq!(plan(&provider, &rotation("other", &json!({}))).await, []);
        assert_eq!(server.requests().len(), asked, "the failure serves all");
        provider.end().await;
    }
}
