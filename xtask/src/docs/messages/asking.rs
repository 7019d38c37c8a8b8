//! Asking the provider, with samples of what it may be asked and of what a server may answer.

use serde_json::{Value as Json, json};
use terraform_provider_infisical::infisical::environment::Environment;
use terraform_provider_infisical::provider::InfisicalProvider;
use terraform_provider_infisical::terraform::operations::{self, Change};
use terraform_provider_infisical::terraform::{
    Context, Diagnostics, Provider as _, Resource, Schema, Value, json as state_json,
};

use super::server::Server;
use super::{ID, Message, messages};

pub(super) const POSTGRES: &str = "infisical_postgres_rotation";
pub(super) const PROJECT: &str = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
pub(super) const CONNECTION: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

/// The messages of all these.
pub(super) fn of(told: impl IntoIterator<Item = Diagnostics>) -> Vec<Message> {
    told.into_iter().flat_map(messages).collect()
}

/// The provider in an environment without any variable but these.
pub(super) fn provider(variables: &'static [(&'static str, &'static str)]) -> InfisicalProvider {
    let environment =
        move |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let environment: std::sync::Arc<dyn Environment> = std::sync::Arc::new(environment);
    InfisicalProvider::in_environment(environment)
}

/// The provider, calling `server`, in this mode of the preflight.
pub(super) fn asked(server: &Server, preflight: &str) -> InfisicalProvider {
    let provider = provider(&[]);
    let block =
        json!({ "host": server.address, "auth": { "token": "t" }, "max_retry_wait": 1, "preflight": preflight });
    provider.configure(value(provider.schema(), &block));
    provider
}

/// A value of the schema's type, with null for all that `json` leaves out.
pub(super) fn value(schema: &Schema, json: &Json) -> Value {
    state_json::decode(json, schema.value_type(), state_json::Extras::Dropped).unwrap_or(Value::Null)
}

/// The configuration of the samples, with `change` laid over it.
pub(super) fn config(change: &Json) -> Json {
    let mut config = json!({
        "name": "orders", "project_id": PROJECT, "connection_id": CONNECTION, "environment": "prod", "secret_path": "/orders",
        "rotation_interval": 30,
        "parameters": { "username1": "orders_a", "username2": "orders_b" },
        "secrets_mapping": { "username": "ORDERS_DB_USERNAME", "password": "ORDERS_DB_PASSWORD" },
    });
    lay_over(&mut config, change);
    config
}

pub(super) fn lay_over(below: &mut Json, above: &Json) {
    if let (Json::Object(below), Json::Object(above)) = (below, above) {
        below.extend(above.clone());
    }
}

pub(super) fn resource(provider: &InfisicalProvider, name: &str) -> Option<std::sync::Arc<dyn Resource>> {
    provider.resources().get(name).cloned()
}

/// A change from what is stored to what is configured; from or to nothing where one is null.
fn change(resource: &dyn Resource, prior: &Json, config: &Json) -> Change {
    let [prior, config] = [prior, config].map(|json| value(resource.schema(), json));
    let mut planned = config.clone();
    for attribute in resource.schema().attributes.iter().filter(|attribute| attribute.is_computed()) {
        if !planned.is_null() && config.get(&attribute.name).is_null() {
            planned.set(&attribute.name, prior.get(&attribute.name).clone());
        }
    }
    Change { prior, config, planned, private: Vec::new(), identity: None }
}

pub(super) async fn planned(resource: &dyn Resource, prior: &Json, config: &Json) -> Diagnostics {
    match operations::plan(resource, &Context::default(), change(resource, prior, config)).await {
        Ok(reply) => reply.warnings,
        Err(told) => told,
    }
}

/// Applies a change that was planned in this moment.
pub(super) async fn applied(resource: &dyn Resource, prior: &Json, config: &Json) -> Diagnostics {
    let mut change = change(resource, prior, config);
    match operations::plan(resource, &Context::default(), change.clone()).await {
        Ok(reply) => change.planned = reply.value.state,
        Err(told) => return told,
    }
    operations::apply(resource, &Context::default(), change).await.diagnostics
}

/// The rotation as the API shows it, with `change` laid over it.
fn shown(change: &Json) -> Json {
    let mut rotation = json!({
        "id": ID, "type": "postgres-credentials", "name": "orders", "description": null, "projectId": PROJECT,
        "connection": { "app": "postgres", "name": "orders", "id": CONNECTION },
        "environment": { "slug": "prod", "name": "Production", "id": "e" }, "folder": { "id": "f", "path": "/orders" },
        "isAutoRotationEnabled": true, "rotationInterval": 30, "rotateAtUtc": { "hours": 0, "minutes": 0 },
        "parameters": { "username1": "orders_a", "username2": "orders_b" },
        "secretsMapping": { "username": "ORDERS_DB_USERNAME", "password": "ORDERS_DB_PASSWORD" },
        "activeIndex": 0, "rotationStatus": "success", "lastRotationMessage": null,
        "lastRotatedAt": "2020-03-10T09:15:30.500Z", "lastRotationAttemptedAt": "2020-03-10T09:15:30.500Z",
        "nextRotationAt": "2020-04-10T00:00:00.000Z", "isLastRotationManual": true,
        "createdAt": "2999-03-10T09:15:30.500Z", "updatedAt": "2020-03-10T09:15:30.500Z",
    });
    lay_over(&mut rotation, change);
    rotation
}

#[expect(clippy::unnecessary_wraps, reason = "what a script answers")]
pub(super) fn found(change: &Json) -> Option<(u16, Json)> {
    Some((200, json!({ "secretRotation": shown(change) })))
}

#[expect(clippy::unnecessary_wraps, reason = "what a script answers")]
pub(super) fn refused(status: u16, name: &str, message: &str) -> Option<(u16, Json)> {
    let body = json!({ "reqId": "req-8sKd02mPqLx7Vz", "statusCode": status, "message": message, "error": name });
    Some((status, body))
}
