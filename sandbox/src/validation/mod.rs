//! Judges request bodies as the server's validation does: by JSON Schema documents (`schemas/`) and by the rules that
//! a schema can't express. What only the service refuses (a folder that isn't there, names in use) is decided
//! elsewhere, but for two helpers that need nothing but the body.

mod checks;
mod documents;
mod evaluate;
mod issue;
mod javascript;
mod openapi;
mod parameters;
mod registry;
mod schema;
mod service;
mod template;

use std::collections::BTreeMap;

use serde_json::Value;

use evaluate::evaluate;
use registry::registry;

pub use issue::{Issue, Segment};
pub use openapi::openapi;
pub use parameters::{flag, slug, text, uuid};
pub use registry::{CredentialField, KindFacts};
pub use service::{duplicate_mapping, secret_path_is_valid};

/// Judges the body that creates a rotation. Gives it as the service sees it: texts trimmed, the path normalised,
/// defaults filled in (`description` null and `rotateAtUtc` midnight among them), unknown keys dropped, numbers
/// printed as JavaScript prints them.
pub fn create(kind: &str, body: &Value) -> Result<Value, Vec<Issue>> {
    judge(kind, body, |schemas| &schemas.create)
}

/// Judges the body that changes a rotation. Gives the keys that a change accepts, as [`create`] would give them; every
/// other key is dropped, and nothing is filled in for keys that are absent.
pub fn update(kind: &str, body: &Value) -> Result<Value, Vec<Issue>> {
    judge(kind, body, |schemas| &schemas.update)
}

/// Judges the body that creates an app connection.
pub fn connection(app: &str, body: &Value) -> Result<Value, Vec<Issue>> {
    let connections = &registry().connections;
    match connections.get(app).or_else(|| connections.get("other")) {
        Some(schema) => evaluate(schema, body),
        None => Err(unknown(app)),
    }
}

/// Lists the rotation kinds by slug.
pub fn kinds() -> &'static BTreeMap<String, KindFacts> {
    &registry().facts
}

fn judge(kind: &str, body: &Value, schema: fn(&registry::KindSchemas) -> &schema::Schema) -> Result<Value, Vec<Issue>> {
    match registry().schemas.get(kind) {
        Some(schemas) => evaluate(schema(schemas), body),
        None => Err(unknown(kind)),
    }
}

/// No route leads here with an unknown kind; the complaint is for callers within the program.
fn unknown(name: &str) -> Vec<Issue> {
    vec![Issue::custom(&[], format!("There is no schema for {name:?}"))]
}
