//! The resource for rotations of any kind: a kind that the provider does not know, on a server that does. The real
//! provider binary, driven by the protocol against a sandbox.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, what is not there is a failure"
)]

mod judged;
mod life;
#[path = "../protocol/support/mod.rs"]
#[expect(dead_code, reason = "the protocol suite needs more of it than this one")]
mod support;

use infisical_sandbox::{seed, validation};
use plugin_driver::session::Core;
use plugin_driver::value::Value;
use serde_json::{Value as Json, json};

use support::launch;
use support::server::{ENVIRONMENT, FOLDER, Server};

/// The resource type.
pub(crate) const RESOURCE: &str = "infisical_rotation";

/// The kind that only the server knows.
pub(crate) const KIND: &str = "example-token";

/// A server that knows one kind more than the provider, and a host whose provider leads to it.
pub(crate) async fn scene() -> (Server, Core) {
    let document = include_str!("../data/added-kinds/example-token.json");
    validation::add_kinds([(KIND.to_owned(), document.to_owned())].into()).unwrap();
    let server = Server::start();
    let mut core = Core::start(launch()).await.unwrap();
    core.configure(&server.block()).unwrap();
    (server, core)
}

/// A valid configuration with `changes` to its top level.
pub(crate) fn written(changes: &Json) -> Json {
    let mut config = json!({
        "type": KIND,
        "name": "orders",
        "project_id": seed::PROJECT_ID,
        "connection_id": seed::connection_id("stripe").unwrap(),
        "environment": ENVIRONMENT,
        "secret_path": FOLDER,
        "rotation_interval": 30,
        "parameters": { "accountId": "abc123" },
        "secrets_mapping": { "tokenId": "EXAMPLE_TOKEN_ID", "token": "EXAMPLE_TOKEN" },
    });
    for (name, value) in changes.as_object().unwrap() {
        config[name] = value.clone();
    }
    config
}

/// The member of a value at a path of names.
pub(crate) fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| match value {
        Value::Dynamic(_, inner) => inner.get(name),
        value => value.get(name),
    })
}
