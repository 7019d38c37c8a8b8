//! `GET /api/v2/secret-rotations/options`: which kinds the server knows.

use serde_json::{Value, json};

use crate::validation::{self, KindFacts};

/// Lists the kinds with their templates, sorted by name.
pub(super) fn list() -> Value {
    let mut options: Vec<&Value> = validation::kinds().values().map(|facts: &KindFacts| &facts.template).collect();
    options.sort_by_key(|option| option.get("name").and_then(Value::as_str));
    json!({ "secretRotationOptions": options })
}
