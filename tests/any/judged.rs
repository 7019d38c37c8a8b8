//! What the server's own description makes of a configuration while it is planned.

use infisical_sandbox::faults::Effect;
use plugin_driver::client::Diagnostic;
use plugin_driver::value::Value;
use plugin_driver::value::json::from_json;
use serde_json::{Value as Json, json};

use crate::support::{Provider, assert_failed, assert_succeeded};
use crate::{RESOURCE, scene, written};

const DOCUMENT: &str = "/api/docs/json";

fn place(told: &Diagnostic) -> String {
    told.path.as_ref().map(ToString::to_string).unwrap_or_default()
}

#[tokio::test]
async fn what_the_server_describes_is_judged_by_the_plan_with_its_place() {
    let (_server, mut core) = scene().await;
    let parameters = |parameters: Json| json!({ "parameters": parameters });
    for (changes, expected) in [
        (parameters(json!({})), vec!["parameters.accountId: `parameters.accountId` needs a value."]),
        (parameters(json!({ "accountId": 5 })), vec!["parameters.accountId: `parameters.accountId` must be a text."]),
        (
            parameters(json!({ "accountId": "A B", "days": 91, "level": "Write" })),
            vec![
                "parameters.accountId: `parameters.accountId` must have a match of the expression `^[a-z0-9]+$`.",
                "parameters.days: `parameters.days` must be a number from 1 to 90.",
                "parameters.level: `parameters.level` must be `read` or `write`, spelt exactly so; did you mean `write`?",
            ],
        ),
        (
            parameters(json!({ "accountId": "a", "account_id": "a", "network": { "open": "yes" } })),
            vec![
                "parameters.network.open: `parameters.network.open` must be true or false.",
                "parameters.network.zone: `parameters.network.zone` needs a value.",
                "parameters.account_id: `parameters.account_id` is not among what the server takes here, and would be \
                 ignored; did you mean `accountId`?",
            ],
        ),
        (
            json!({ "secrets_mapping": { "tokenId": "A", "token": " A " } }),
            vec![
                "secrets_mapping.tokenId: `secrets_mapping.tokenId` names the same secret as `token`; white space at \
                 the ends doesn't count: give each its own name.",
            ],
        ),
        (
            json!({ "secrets_mapping": { "tokenId": "A", "token": "B/C" } }),
            vec![
                "secrets_mapping.token: `secrets_mapping.token` must not contain `:` or `/`: no secret can be named so.",
            ],
        ),
    ] {
        let config = core.config(RESOURCE, &written(&changes)).unwrap();
        let planned = core.plan(RESOURCE, "x", &config).await.unwrap();
        assert_failed(&planned.report);
        let told: Vec<String> =
            planned.report.errors().map(|error| format!("{}: {}", place(error), error.detail)).collect();
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_process_asks_for_the_description_once() {
    let (server, _core) = scene().await;
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    let resource = provider.resource(RESOURCE);
    for name in ["one", "other"] {
        let config = written(&json!({ "name": name, "parameters": { "accountId": "A" } }));
        let config = from_json(&config, &resource.object.kind()).unwrap();
        assert_failed(&provider.plan(resource, &Value::Null, &config).await.report);
    }
    let asked = server.requests().iter().filter(|request| request.path.starts_with(DOCUMENT)).count();
    assert_eq!(asked, 1);
    provider.end().await;
}

#[tokio::test]
async fn offline_the_arguments_that_all_kinds_share_are_judged() {
    let (server, mut core) = scene().await;
    let changes = json!({ "type": "Example Token", "parameters": "x", "name": "Not a slug" });
    let config = core.config(RESOURCE, &written(&changes)).unwrap();
    let report = core.validate(RESOURCE, &config).await.unwrap();
    let places: Vec<String> = report.errors().map(place).collect();
    assert_eq!(places, ["type", "name", "parameters"]);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn where_the_server_can_not_be_asked_the_api_judges_at_apply() {
    let (server, mut core) = scene().await;
    server.injure_always("GET", DOCUMENT, Effect::Html { status: 404, after_commit: false });
    let config = core.config(RESOURCE, &written(&json!({ "parameters": { "accountId": "A B" } }))).unwrap();
    let planned = core.plan(RESOURCE, "x", &config).await.unwrap();
    assert_succeeded(&planned.report);
    let applied = core.apply_planned(RESOURCE, "x", &planned, &config).await.unwrap();
    assert_failed(&applied.report);
    let places: Vec<String> = applied.report.errors().map(place).collect();
    assert_eq!(places, ["parameters.accountId"], "the API's complaint has its place too");
}

#[tokio::test]
async fn a_kind_that_the_server_does_not_know_is_refused_by_the_plan() {
    let (_server, mut core) = scene().await;
    let config = core.config(RESOURCE, &written(&json!({ "type": "no-such-kind" }))).unwrap();
    let planned = core.plan(RESOURCE, "x", &config).await.unwrap();
    assert_failed(&planned.report);
    assert_eq!(planned.report.errors().map(place).collect::<Vec<_>>(), ["type"]);
}
