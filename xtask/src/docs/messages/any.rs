//! What is said of a rotation whose kind only the server knows.

use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::{open, openapi};
use terraform_provider_infisical::provider::rotation::validate::validate;
use terraform_provider_infisical::terraform::Value;

use super::Message;
use super::asking::{config, lay_over, of, provider, resource, value};

/// What the server's own description of a kind refuses.
pub(super) fn all() -> Vec<Message> {
    let text = json!({ "type": "string" });
    let parameters = json!({ "type": "object", "properties": { "accountId": text, "days": { "type": "number" } } });
    let schema = json!({ "type": "object", "properties": { "parameters": parameters } });
    let body = json!({ "content": { "application/json": { "schema": schema } } });
    let document = json!({ "paths": { "/api/v2/secret-rotations/brand-new": { "post": { "requestBody": body } } } });
    let provider = provider(&[]);
    let Some(resource) = resource(&provider, open::RESOURCE) else { return Vec::new() };
    let described = openapi::describe(&document, "brand-new").map(|described| described.kind);
    let configs = [json!({ "account_id": "a", "days": "seven" }), json!({ "accountId": 5 })].map(|parameters| {
        let config = config(&json!({ "type": "brand-new", "secrets_mapping": {}, "parameters": parameters }));
        let mut typed = config.clone();
        lay_over(&mut typed, &json!({ "parameters": null, "secrets_mapping": null }));
        let mut typed = value(resource.schema(), &typed);
        typed.set("parameters", plain(&config["parameters"]));
        typed.set("secrets_mapping", Value::map::<&str>([]));
        typed
    });
    let told = configs.iter().filter_map(|config| described.map(|kind| validate(kind, config)));
    let offline = resource.validate(&value(
        resource.schema(),
        &config(&json!({ "type": "Brand New", "parameters": null, "secrets_mapping": null })),
    ));
    of(told.chain([offline]))
}

/// A value of open type.
fn plain(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::from(text.as_str()),
        Json::Number(number) => number.as_i64().map_or(Value::Null, Value::integer),
        Json::Object(members) => Value::map(members.iter().map(|(name, member)| (name.as_str(), plain(member)))),
        _ => Value::Null,
    }
}
