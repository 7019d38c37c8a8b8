//! The provider block: validation, configuration without the network, the environment behind it, and what works
//! before it.

use infisical_sandbox::seed;
use plugin_driver::client::{ImportTarget, MoveRequest};
use plugin_driver::generate::with_each_unknown;
use plugin_driver::value::{Value, json};
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::by_slug;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::support::kinds::{Extent, example, example_json};
use crate::support::server::Server;
use crate::support::{Provider, assert_clean, assert_failed, assert_lawful, assert_succeeded, launch, words};

const REDIS: &str = "infisical_redis_rotation";
const ID: &str = "00000000-0000-4000-8000-000000000000";

/// A block that uses everything that can be said together.
fn full_block() -> Json {
    json!({
        "host": "https://infisical.example",
        "auth": { "organization_slug": "demo", "universal": { "client_id": "i", "client_secret": "s" } },
        "request_timeout": 30, "max_retry_wait": 60, "max_concurrent_requests": 4, "batch_reads": false,
    })
}

#[tokio::test]
async fn nothing_and_everything_unknown_are_valid_blocks() {
    let provider = Provider::start().await;
    let block = &provider.schema.provider.block;
    let full = provider.block(&full_block());
    let all_unknown = Value::Object(block.attributes.keys().map(|name| (name.clone(), Value::unknown())).collect());
    let unknown = with_each_unknown(block, &full);
    assert!(unknown.len() > 8, "{unknown:?}");
    let blocks = unknown.into_iter().map(|variation| variation.config);
    for config in blocks.chain([block.empty(), all_unknown, full]) {
        assert_clean(&provider.client.validate_provider(&provider.schema, &config).await.unwrap());
        assert_clean(&provider.client.configure(&provider.schema, &config).await.unwrap());
    }
    provider.end().await;
}

#[tokio::test]
async fn all_that_is_wrong_with_a_block_is_told_at_once_and_in_order() {
    let provider = Provider::start().await;
    let block = provider.block(&json!({
        "host": "infisical.example", "request_timeout": 0, "max_retry_wait": 1.5, "max_concurrent_requests": -1,
        "ca_certificate_pem": "a", "ca_certificate_path": "b",
        "auth": { "token": "t", "universal": { "client_id": "i", "client_secret": "s" } },
    }));
    let mut answers = Vec::new();
    for _ in 0..2 {
        let report = provider.client.validate_provider(&provider.schema, &block).await.unwrap();
        assert_failed(&report);
        let paths = report.errors().map(|told| told.path.as_ref().unwrap().to_string()).collect::<Vec<_>>();
        answers.push(paths);
    }
    assert_eq!(answers[0], answers[1]);
    let mut told = answers.swap_remove(0);
    told.sort();
    assert_eq!(
        told,
        ["auth", "ca_certificate_path", "host", "max_concurrent_requests", "max_retry_wait", "request_timeout"]
    );
    provider.end().await;
}

#[tokio::test]
async fn what_is_not_known_yet_stops_no_plan_and_is_named_when_a_call_needs_it() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(REDIS);
    let config = example(resource, kind, Extent::Full, "x");
    let block = provider.block(&full_block());
    for (path, unknown) in
        [("host", "host"), ("auth.universal.client_secret", "auth.universal.client_secret"), ("auth", "auth")]
    {
        let configured =
            provider.client.configure(&provider.schema, &block.with(path, Value::unknown())).await.unwrap();
        assert_clean(&configured);
        let planned = provider.plan(resource, &Value::Null, &config).await;
        assert_succeeded(&planned.report);
        let imported = provider.client.import(resource, &ImportTarget::Id(ID.to_owned())).await.unwrap().report;
        assert_failed(&imported);
        assert!(words(&imported).contains(&format!("`{unknown}`")), "{}", words(&imported));
        let applied = provider.apply(resource, &Value::Null, &config, &planned).await;
        assert_failed(&applied.report);
        assert!(words(&applied.report).contains(&format!("`{unknown}`")) && applied.state.is_null());
    }
    provider.end().await;
}

#[tokio::test]
async fn configuring_makes_no_connection() {
    // A connection would be accepted and wait in vain; the test sees it in the queue.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(REDIS);
    for auth in [
        json!({ "token": "t" }),
        json!({ "universal": { "client_id": "i", "client_secret": "s" } }),
        json!({ "aws_iam": { "identity_id": ID } }),
        json!({ "gcp_id_token": { "identity_id": ID } }),
        json!({ "azure": { "identity_id": ID } }),
    ] {
        // Checks of creations are the one thing about a plan that would ask.
        provider.configure(&json!({ "host": host, "auth": auth, "preflight": "off" })).await;
        assert_succeeded(
            &provider.plan(resource, &Value::Null, &example(resource, kind, Extent::Full, "x")).await.report,
        );
    }
    // Something that does need the server is the first thing that it hears of.
    provider.configure(&json!({ "host": host, "auth": { "token": "t" } })).await;
    let (client, clone) = (provider.client.clone(), resource.clone());
    let import = tokio::spawn(async move { client.import(&clone, &ImportTarget::Id(ID.to_owned())).await });
    let (mut connection, _) = listener.accept().await.unwrap();
    let mut head = [0; 4096];
    let length = connection.read(&mut head).await.unwrap();
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    assert!(head.starts_with("GET /api/v2/secret-rotations/redis-credentials/"), "{head}");
    let another = futures_util::FutureExt::now_or_never(listener.accept());
    assert!(another.is_none());
    provider.client.stop().await.unwrap();
    assert_failed(&import.await.unwrap().unwrap().report);
    provider.end().await;
}

/// Imports something that is not there: the words tell whether the server was reached and let the provider in.
async fn knock(provider: &Provider, block: &Json) -> String {
    let block = provider.block(block);
    let mut report = provider.client.configure(&provider.schema, &block).await.unwrap();
    let imported = provider.client.import(provider.resource(REDIS), &ImportTarget::Id(ID.to_owned())).await.unwrap();
    report.absorb(imported.report);
    assert_failed(&report);
    words(&report)
}

#[tokio::test]
async fn the_environment_completes_the_block_and_the_block_beats_the_environment() {
    const REACHED: &str = "There is no such rotation";
    let server = Server::start();
    let url = server.block()["host"].as_str().unwrap().to_owned();
    let everything = launch()
        .environment("INFISICAL_HOST", &url)
        .environment("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", seed::CLIENT_ID)
        .environment("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", seed::CLIENT_SECRET);
    let provider = Provider::launched(&everything).await;
    let said = knock(&provider, &json!({})).await;
    assert!(said.contains(REACHED), "{said}");
    let said = knock(&provider, &json!({ "auth": { "universal": { "client_id": seed::CLIENT_ID } } })).await;
    assert!(said.contains(REACHED), "completed member by member: {said}");
    let said = knock(&provider, &json!({ "auth": { "token": "wrong" } })).await;
    assert!(!said.contains(REACHED), "the block's login, not the environment's: {said}");
    let said = knock(&provider, &json!({ "host": "http://127.0.0.1:9", "max_retry_wait": 1 })).await;
    assert!(!said.contains(REACHED), "the block's host, not the environment's: {said}");
    provider.end().await;

    // A token comes before a client; a method that is named comes before both.
    let with_token = everything.clone().environment("INFISICAL_TOKEN", "wrong");
    let provider = Provider::launched(&with_token).await;
    assert!(!knock(&provider, &json!({})).await.contains(REACHED));
    provider.end().await;
    let provider = Provider::launched(&with_token.environment("INFISICAL_AUTH_METHOD", "universal")).await;
    let said = knock(&provider, &json!({})).await;
    assert!(said.contains(REACHED), "{said}");
    provider.end().await;

    // Blank variables are none.
    let blank = launch().environment("INFISICAL_HOST", " ").environment("INFISICAL_TOKEN", "");
    let provider = Provider::launched(&blank).await;
    let said = knock(&provider, &server.block()).await;
    assert!(said.contains(REACHED), "{said}");
    provider.end().await;
}

#[tokio::test]
async fn without_any_login_the_message_says_how_to_give_one() {
    let server = Server::start();
    let provider = Provider::start().await;
    let said = knock(&provider, &json!({ "host": server.block()["host"] })).await;
    assert!(said.contains("auth"), "{said}");
    assert_eq!(server.requests(), []);
    provider.end().await;
}

#[tokio::test]
async fn what_needs_no_server_works_before_configuration_and_the_rest_says_what_is_missing() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(REDIS);
    let config = example(resource, kind, Extent::Full, "x");
    let client = &provider.client;
    assert_clean(&client.validate_resource(resource, &config).await.unwrap());
    let planned = provider.plan(resource, &Value::Null, &config).await;
    assert_succeeded(&planned.report);

    let mut stored = example_json(kind, Extent::Full, "x");
    stored["id"] = ID.into();
    let stored = stored.to_string();
    let upgraded = client.upgrade_state(resource, 0, stored.as_bytes()).await.unwrap();
    assert_clean(&upgraded.report);
    let request = MoveRequest {
        provider: "registry.terraform.io/infisical-rotations/infisical".to_owned(),
        type_name: REDIS.to_owned(),
        version: 0,
        state: stored,
        private: [].as_slice().into(),
        identity: None,
    };
    assert_clean(&client.move_state(resource, &request).await.unwrap().report);
    assert_clean(&client.generate_config(resource, &upgraded.state).await.unwrap().report);
    assert_eq!(client.stop().await.unwrap(), "");

    let applied = provider.apply(resource, &Value::Null, &config, &planned).await;
    let read = client.read(resource, &upgraded.state, &[].as_slice().into(), None).await.unwrap();
    let imported = client.import(resource, &ImportTarget::Id(ID.to_owned())).await.unwrap();
    for report in [&applied.report, &read.report, &imported.report] {
        assert_failed(report);
        assert!(words(report).contains("not been configured"), "{}", words(report));
    }
    assert_lawful(&read.report);
    provider.end().await;
}

#[tokio::test]
async fn module_metadata_makes_no_difference() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    assert!(provider.schema.provider_meta.is_none());
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(REDIS);
    let config = example(resource, kind, Extent::Full, "x");
    let plain = provider.plan(resource, &Value::Null, &config).await;
    for meta in [Value::Null, Value::object([("module", Value::from("m"))])] {
        let client = provider.client.clone().with_provider_meta(Some(meta));
        let answer =
            client.plan(resource, &crate::support::plan_request(resource, &Value::Null, &config)).await.unwrap();
        assert_eq!((&answer.state, &answer.private), (&plain.state, &plain.private));
        assert_succeeded(&answer.report);
    }
    assert_eq!(json::to_json(&config)["name"], "redis-credentials-x");
    provider.end().await;
}
