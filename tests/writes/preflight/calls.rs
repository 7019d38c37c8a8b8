//! What the checks cost: few calls for many creations, none where they are off.

use std::collections::BTreeMap;

use plugin_driver::session::{Address, Configuration, Core};
use plugin_driver::value::Value;
use serde_json::{Value as Json, json};

use super::{RESOURCE, plan, requests, rotation};
use crate::support::gate::Gate;
use crate::support::server::Server;
use crate::support::{Provider, assert_clean, launch};

async fn core(block: &Json) -> Core {
    let mut core = Core::start(launch()).await.unwrap();
    core.configure(block).unwrap();
    core
}

fn creations(core: &Core, count: usize) -> Configuration {
    let of = |number: usize| {
        let config = rotation(&format!("r-{number}"), &json!({}));
        (Address::new(RESOURCE, &format!("r-{number}")), core.config(RESOURCE, &config).unwrap())
    };
    (0..count).map(of).collect()
}

fn since(server: &Server, before: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut now = requests(server);
    now.retain(|request, count| {
        *count -= before.get(request).copied().unwrap_or_default();
        *count > 0
    });
    now
}

#[tokio::test]
async fn a_hundred_creations_add_seven_calls_to_their_plan_and_none_each_to_their_apply() {
    let server = Server::start();
    let mut core = core(&server.block()).await;
    let configuration = creations(&core, 100);
    let planned = core.plan_all(&configuration).await.unwrap();
    for (address, planned) in &planned {
        assert!(planned.report.diagnostics.is_empty(), "{address}: {:?}", planned.report.diagnostics);
    }
    let once = [
        "GET /api/v1/app-connections/redis/available",
        "GET /api/v1/projects/{projectId}",
        "GET /api/v2/folders",
        "GET /api/v2/secret-rotations",
        "GET /api/v2/secret-rotations/options",
        "GET /api/v4/secrets",
        "POST /api/v1/auth/universal-auth/login",
    ];
    let plan = requests(&server);
    assert_eq!(plan, once.map(|request| (request.to_owned(), 1)).into());

    let applied = core.apply_all_planned(&planned, &configuration).await.unwrap();
    for (address, applied) in &applied {
        assert!(applied.report.diagnostics.is_empty(), "{address}: {:?}", applied.report.diagnostics);
    }
    let mut apply = since(&server, &plan);
    assert_eq!(apply.remove("POST /api/v2/secret-rotations/redis-credentials"), Some(100));
    assert_eq!(apply, once.map(|request| (request.to_owned(), 1)).into(), "the same once more, by another process");
}

#[tokio::test]
async fn with_the_checks_off_a_plan_of_creations_makes_no_call_and_needs_no_server() {
    let server = Server::start();
    let mut block = server.block();
    block["preflight"] = "off".into();
    let mut core = core(&block).await;
    let configuration = creations(&core, 10);
    for (address, planned) in core.plan_all(&configuration).await.unwrap() {
        assert!(planned.report.diagnostics.is_empty(), "{address}: {:?}", planned.report.diagnostics);
    }
    assert_eq!(server.requests(), []);
    drop(server);
    for (address, planned) in core.plan_all(&configuration).await.unwrap() {
        assert!(planned.report.diagnostics.is_empty(), "{address}: {:?}", planned.report.diagnostics);
    }
}

#[tokio::test]
async fn without_a_login_nothing_is_checked() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&json!({ "host": server.block()["host"] })).await;
    assert_eq!(plan(&provider, &rotation("new", &json!({ "environment": "qa" }))).await, []);
    assert_eq!(server.requests(), []);
    provider.end().await;
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_the_server_without_a_word() {
    let server = Server::start();
    let gate = Gate::before(server.address()).await;
    let provider = Provider::start().await;
    provider.configure(&server.block_at(gate.url())).await;
    let mut held = gate.hold("GET /api/v1/projects/");
    let config = super::value(&provider, &rotation("new", &json!({ "environment": "qa" })));
    let resource = provider.resource(RESOURCE);
    let planning = provider.plan(resource, &Value::Null, &config);
    let stopping = async {
        held.answered().await;
        provider.client.stop().await.unwrap();
    };
    let (planned, ()) = tokio::join!(planning, stopping);
    assert_clean(&planned.report);
    assert_eq!(server.count("POST"), 0);
    provider.end().await;
    drop(held);
}
