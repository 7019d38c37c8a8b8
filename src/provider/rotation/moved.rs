//! Taking over, by a `moved` block, a rotation that the official provider `infisical/infisical` manages, or one that the
//! resource for any kind managed until this kind got one of its own.
//!
//! Pure data: the stored attributes are read into our schema, whose names follow the official ones. What they say may be
//! stale, because that provider plans changes that the server ignores, and incomplete, because the resource for any kind
//! leaves alone what is not named; the refresh that follows a move corrects it.

use crate::catalog::{Kind, open};
use crate::terraform::{Diagnostic, MoveSource, Object, Reply, Result, Schema, Value, json};

use super::wire;

/// The provider that a rotation can be moved from, under whatever registry's host.
const SOURCE: &str = "infisical/infisical";
/// This provider itself.
const SELF: &str = "infisical-rotations/infisical";
/// What the names of its rotation resources start with; the kind's slug follows, with underscores.
const PREFIX: &str = "infisical_secret_rotation_";

/// The object that `source` becomes; `None` if it is no rotation of this kind.
pub(super) fn move_from(kind: &'static Kind, schema: &Schema, source: &MoveSource) -> Result<Option<Reply<Object>>> {
    let provider = source.provider.split_once('/').map_or(source.provider.as_str(), |(_host, name)| name);
    let slug = source.type_name.strip_prefix(PREFIX).map(|name| name.replace('_', "-"));
    let is_official = provider == SOURCE && slug.as_deref() == Some(kind.slug);
    let is_any = provider == SELF && source.type_name == open::RESOURCE && source.state["type"] == kind.slug;
    if !is_official && !is_any {
        return Ok(None);
    }
    let refused = |what: String| {
        let detail = format!(
            "Moving `{}` of {} to `{}`: {what}. Remove the `moved` block, take the old resource out of state and import \
             the rotation by its ID instead.",
            source.type_name, source.provider, kind.resource
        );
        Diagnostic::error("Could not move the rotation", detail)
    };
    if source.schema_version != 0 {
        return Err(
            refused(format!("its state has version {}, of which only 0 is known", source.schema_version)).into()
        );
    }
    let unreadable = |error: String| refused(format!("its state can't be read: {error}"));
    let mut stored = source.state.clone();
    let mut groups = Vec::new();
    if is_any {
        for (name, object) in [("parameters", kind.parameters), ("secrets_mapping", kind.mapping())] {
            // A value of open type is stored beside its type.
            let members = stored[name].take();
            let members = wire::from_json(&object, &members["value"], name);
            groups.push((name, members.map_err(|mismatch| unreadable(mismatch.to_string()))?));
        }
    }
    let mut state = json::decode(&stored, schema.value_type(), json::Extras::Dropped)
        .map_err(|error| unreadable(error.to_string()))?;
    for (name, members) in groups {
        state.set(name, members);
    }
    if state.get("id").as_str().is_none_or(str::is_empty) {
        return Err(refused("its state holds no ID".to_owned()).into());
    }
    if state.get("description").as_str() == Some("") {
        state.set("description", Value::Null);
    }
    // The official resource keeps the present password in state, in clear; here it is write-only.
    if kind.has_temporary_parameters() {
        state.set("temporary_parameters", Value::Null);
    }
    state.set("type", Value::string(kind.slug));
    for name in ["delete_secrets", "revoke_generated_credentials"] {
        if state.get(name).is_null() {
            state.set(name, Value::Bool(false));
        }
    }
    Ok(Some(Object { state, private: Vec::new(), identity: None }.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::json as body;

    use super::*;
    use crate::catalog::by_slug;
    use crate::provider::rotation::schema::schema;

    fn source(provider: &str, type_name: &str, state: serde_json::Value) -> MoveSource {
        MoveSource { provider: provider.to_owned(), type_name: type_name.to_owned(), schema_version: 0, state }
    }

    fn ldap() -> serde_json::Value {
        body!({
            "auto_rotation_enabled": true, "connection_id": "c", "description": "", "environment": "dev", "id": "i", "name": "ldap",
            "parameters": {"dn": "CN=J,DC=x", "password_requirements": {"allowed_symbols": "-_.~!*", "length": 48,
                "required": {"digits": 1, "lowercase": 1, "symbols": 0, "uppercase": 1}}, "rotation_method": "connection-principal"},
            "project_id": "p", "rotate_at_utc": {"hours": 2, "minutes": 0}, "rotation_interval": 30, "secret_path": "/",
            "secrets_mapping": {"dn": "LDAP_DN", "password": "LDAP_PASSWORD"}, "temporary_parameters": {"password": "hunter2"},
            "unheard_of": [1, 2]
        })
    }

    #[test]
    fn a_rotation_of_the_official_provider_is_taken_over_under_any_host() {
        let kind = by_slug("ldap-password").unwrap();
        for host in ["registry.terraform.io", "registry.opentofu.org"] {
            let source =
                source(&format!("{host}/infisical/infisical"), "infisical_secret_rotation_ldap_password", ldap());
            let moved = move_from(kind, &schema(kind), &source).unwrap().unwrap().value.state;
            assert_eq!(moved.get("parameters").get("password_requirements").get("length"), &Value::integer(48));
            assert_eq!(moved.get("description"), &Value::Null);
            assert_eq!(moved.get("temporary_parameters"), &Value::Null);
            assert_eq!(moved.get("delete_secrets"), &Value::Bool(false));
            assert!(moved.is_wholly_known());
        }
    }

    #[test]
    fn other_providers_types_and_versions_are_not() {
        let kind = by_slug("ldap-password").unwrap();
        for (provider, type_name) in [
            ("registry.terraform.io/hashicorp/null", "infisical_secret_rotation_ldap_password"),
            ("registry.terraform.io/infisical/infisical", "infisical_secret_rotation_mysql_credentials"),
            ("registry.terraform.io/infisical/infisical", "infisical_secret"),
        ] {
            assert!(move_from(kind, &schema(kind), &source(provider, type_name, ldap())).unwrap().is_none());
        }
        let newer = MoveSource {
            schema_version: 1,
            ..source("h/infisical/infisical", "infisical_secret_rotation_ldap_password", ldap())
        };
        assert!(move_from(kind, &schema(kind), &newer).is_err());
        let nameless = source("h/infisical/infisical", "infisical_secret_rotation_ldap_password", body!({"id": ""}));
        assert!(move_from(kind, &schema(kind), &nameless).is_err());
    }
}
