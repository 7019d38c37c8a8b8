//! What a plan of a creation finds out at the server, and what it costs.

mod calls;
mod findings;
mod folders;
mod silence;

use std::collections::BTreeMap;

use infisical_sandbox::seed;
use plugin_driver::client::{Report, Severity};
use plugin_driver::value::{Value, json};
use serde_json::{Value as Json, json};

use crate::support::server::{ENVIRONMENT, FOLDER, Server};
use crate::support::{Provider, assert_lawful};

const RESOURCE: &str = "infisical_redis_rotation";

/// The configuration of a rotation, with secrets of its own and with these changes.
fn rotation(name: &str, changes: &Json) -> Json {
    let secret = name.to_uppercase().replace('-', "_");
    let mut config = json!({
        "name": name,
        "project_id": seed::PROJECT_ID,
        "connection_id": seed::connection_id("redis"),
        "environment": ENVIRONMENT,
        "secret_path": FOLDER,
        "rotation_interval": 30,
        "parameters": { "permission_scope": "~* +@read" },
        "secrets_mapping": { "username": format!("{secret}_USERNAME"), "password": format!("{secret}_PASSWORD") },
    });
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    config
}

/// A provider that checks plans in this mode.
async fn provider(server: &Server, mode: &str) -> Provider {
    let provider = Provider::start().await;
    let mut block = server.block();
    block["preflight"] = mode.into();
    provider.configure(&block).await;
    provider
}

fn value(provider: &Provider, config: &Json) -> Value {
    json::from_json(config, &provider.resource(RESOURCE).object.kind()).unwrap()
}

/// Plans the creation. Tells what is told: whether each is an error, where, and the title.
async fn plan(provider: &Provider, config: &Json) -> Vec<(bool, String, String)> {
    let report = report(provider, config).await;
    told(&report)
}

async fn report(provider: &Provider, config: &Json) -> Report {
    let planned = provider.plan(provider.resource(RESOURCE), &Value::Null, &value(provider, config)).await;
    assert_lawful(&planned.report);
    planned.report
}

fn told(report: &Report) -> Vec<(bool, String, String)> {
    let told = report.diagnostics.iter().map(|told| {
        let path = told.path.as_ref().map(ToString::to_string).unwrap_or_default();
        (told.severity == Severity::Error, path, told.summary.clone())
    });
    told.collect()
}

/// Creates the rotation and returns its state.
async fn create(provider: &Provider, config: &Json) -> Value {
    provider.change(provider.resource(RESOURCE), &Value::Null, &value(provider, config)).await
}

/// The requests so far, by method and route.
fn requests(server: &Server) -> BTreeMap<String, usize> {
    let mut requests = BTreeMap::new();
    for entry in server.requests() {
        *requests.entry(format!("{} {}", entry.method, entry.route.unwrap_or(entry.path))).or_default() += 1;
    }
    requests
}
