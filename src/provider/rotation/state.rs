//! What Terraform stores of a rotation: the server's facts in the user's spelling.
//!
//! Where the server's value and the one stored before mean the same, the stored one stays, so that no refresh ever
//! shows a difference that is none.

use std::collections::BTreeMap;

use crate::catalog::table::{Field, Type};
use crate::catalog::{Kind, base};
use crate::infisical::Rotation;
use crate::terraform::Value;

use super::normalise::{equivalent, normalise};
use super::open;
use super::wire::{self, Mismatch};

/// Attributes that the server knows nothing of, and what they are where nothing was stored.
const LOCAL: [(&str, Value); 4] = [
    ("rotation_triggers", Value::Null),
    ("create_folder", Value::Bool(false)),
    ("delete_secrets", Value::Bool(false)),
    ("revoke_generated_credentials", Value::Bool(false)),
];

/// The state of `rotation`, spelled as in `before` where that means the same. `before` is null on import.
pub(super) fn state(kind: &'static Kind, before: &Value, rotation: &Rotation) -> Result<Value, Mismatch> {
    let mut state = computed(rotation).to_vec();
    for (field, remote) in base_values(rotation)? {
        state.push((field.name, keep(field, before.get(field.name), remote)));
    }
    let groups = [
        ("parameters", kind.parameters, &rotation.parameters),
        ("secrets_mapping", kind.mapping(), &rotation.secrets_mapping),
    ];
    for (name, object, json) in groups {
        let remote = wire::from_json(&object, json, name)?;
        let kept = if object.open {
            open::keep(before.get(name), remote)
        } else {
            keep_members(object.fields, before.get(name), &remote)
        };
        state.push((name, kept));
    }
    if kind.has_temporary_parameters() {
        state.push(("temporary_parameters", Value::Null));
    }
    for (name, unset) in LOCAL {
        let stored = before.get(name);
        state.push((name, if stored.is_null() { unset } else { stored.clone() }));
    }
    Ok(Value::map(state))
}

/// What the server alone tells.
fn computed(rotation: &Rotation) -> [(&'static str, Value); 13] {
    [
        ("id", Value::string(rotation.id.as_str())),
        ("type", Value::string(rotation.kind.as_str())),
        ("folder_id", Value::string(rotation.folder.id.as_str())),
        ("created_at", Value::string(rotation.created_at.as_str())),
        ("connection_name", Value::string(rotation.connection.name.as_str())),
        ("active_index", Value::integer(rotation.active_index)),
        ("rotation_status", rotation.rotation_status.clone().into()),
        ("last_rotation_message", rotation.last_rotation_message.clone().into()),
        ("last_rotated_at", rotation.last_rotated_at.clone().into()),
        ("last_rotation_attempted_at", rotation.last_rotation_attempted_at.clone().into()),
        ("next_rotation_at", rotation.next_rotation_at.clone().into()),
        ("last_rotation_manual", Value::Bool(rotation.is_last_rotation_manual)),
        ("updated_at", Value::string(rotation.updated_at.as_str())),
    ]
}

/// The shared fields, of which an answer nests some that a request has flat.
fn base_values(rotation: &Rotation) -> Result<Vec<(&'static Field, Value)>, Mismatch> {
    let at = rotation.rotate_at_utc;
    let interval = wire::number(&rotation.rotation_interval).map_err(|mismatch| mismatch.within("rotationInterval"))?;
    let mut values = BTreeMap::from([
        ("name", Value::string(rotation.name.as_str())),
        ("description", rotation.description.clone().into()),
        ("project_id", Value::string(rotation.project_id.as_str())),
        ("connection_id", Value::string(rotation.connection.id.as_str())),
        ("environment", Value::string(rotation.environment.slug.as_str())),
        ("secret_path", Value::string(rotation.folder.path.as_str())),
        ("auto_rotation_enabled", Value::Bool(rotation.is_auto_rotation_enabled)),
        ("rotation_interval", interval),
        (
            "rotate_at_utc",
            Value::map([("hours", Value::integer(at.hours.into())), ("minutes", Value::integer(at.minutes.into()))]),
        ),
    ]);
    Ok(base::FIELDS.iter().map(|field| (field, values.remove(field.name).unwrap_or(Value::Null))).collect())
}

/// The stored value where the server's means the same, else the server's.
fn keep(field: &Field, before: &Value, remote: Value) -> Value {
    match (&field.shape, before, &remote) {
        (Type::Object(object), Value::Map(_), Value::Map(_)) => keep_members(object.fields, before, &remote),
        // The server stores "" for what is blank and may spell out what it assumes; absent says both.
        (_, Value::Null, _) if is_blank(&remote) || assumes(field, &remote) => Value::Null,
        (_, Value::Null, _) => remote,
        _ if equivalent(field, before, &remote) => before.clone(),
        (Type::List(list), Value::List(stored), Value::List(elements)) => {
            // Elements that did not change keep their spelling beside those that did.
            let element = |(index, element): (usize, &Value)| match (list.item, stored.get(index)) {
                (Type::Object(object), Some(stored)) => keep_members(object.fields, stored, element),
                (item, Some(stored)) if normalise(item, stored) == normalise(item, element) => stored.clone(),
                _ => element.clone(),
            };
            Value::List(elements.iter().enumerate().map(element).collect())
        }
        _ => remote,
    }
}

fn keep_members(fields: &'static [Field], before: &Value, remote: &Value) -> Value {
    if before.is_null() {
        return remote.clone();
    }
    Value::map(
        fields.iter().map(|field| (field.name, keep(field, before.get(field.name), remote.get(field.name).clone()))),
    )
}

fn assumes(field: &Field, remote: &Value) -> bool {
    field.assumed_default().is_some() && equivalent(field, &Value::Null, remote)
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::catalog::by_slug;

    fn rotation(kind: &str, changes: &Json) -> Rotation {
        let mut body = json!({
            "id": "i", "name": "orders", "description": null, "type": kind, "parameters": {}, "secretsMapping": {},
            "isAutoRotationEnabled": true, "activeIndex": 0, "folderId": "f", "connectionId": "c", "projectId": "p",
            "createdAt": "t", "updatedAt": "t", "rotationInterval": 30, "rotateAtUtc": {"hours": 0, "minutes": 0},
            "rotationStatus": "success", "lastRotationAttemptedAt": "t", "lastRotatedAt": "t", "nextRotationAt": "t",
            "isLastRotationManual": true, "lastRotationMessage": null, "connection": {"app": "a", "name": "n", "id": "c"},
            "environment": {"id": "e", "name": "Production", "slug": "prod"}, "folder": {"id": "f", "path": "/orders"},
        });
        for (key, value) in changes.as_object().unwrap() {
            body[key] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    fn refreshed(slug: &str, before: &Value, changes: &Json) -> Value {
        state(by_slug(slug).unwrap(), before, &rotation(slug, changes)).unwrap()
    }

    #[test]
    fn the_spelling_of_the_configuration_stays() {
        let before = Value::map([
            ("secret_path", Value::from(" /orders/ ")),
            ("name", Value::from("\u{feff}orders ")),
            ("description", Value::from("  ")),
            ("parameters", Value::map([("permission_scope", Value::from(" ~* +@all "))])),
        ]);
        let state = refreshed(
            "redis-credentials",
            &before,
            &json!({"description": "", "parameters": {"permissionScope": "~* +@all"}}),
        );
        for name in ["secret_path", "name", "description"] {
            assert_eq!(state.get(name), before.get(name), "{name}");
        }
        assert_eq!(state.get("parameters").get("permission_scope"), &Value::from(" ~* +@all "));
    }

    #[test]
    fn what_differs_is_shown() {
        let before = Value::map([
            ("name", Value::from("orders")),
            ("rotation_interval", Value::integer(30)),
            ("parameters", Value::map([("permission_scope", Value::from("~*"))])),
        ]);
        let remote = json!({"name": "renamed", "rotationInterval": 7, "parameters": {"permissionScope": "~other"}});
        let state = refreshed("redis-credentials", &before, &remote);
        assert_eq!(state.get("name"), &Value::from("renamed"));
        assert_eq!(state.get("rotation_interval"), &Value::integer(7));
        assert_eq!(state.get("parameters").get("permission_scope"), &Value::from("~other"));
    }

    #[test]
    fn what_the_server_assumes_stays_unsaid() {
        let before = Value::map([("parameters", Value::map([("dn", Value::from("CN=a,DC=b"))]))]);
        let spelled = json!({"parameters": {"dn": "CN=a,DC=b", "rotationMethod": "connection-principal"}});
        let state = refreshed("ldap-password", &before, &spelled);
        assert_eq!(state.get("parameters").get("rotation_method"), &Value::Null);
        let other = json!({"parameters": {"dn": "CN=a,DC=b", "rotationMethod": "target-principal"}});
        let state = refreshed("ldap-password", &before, &other);
        assert_eq!(state.get("parameters").get("rotation_method"), &Value::from("target-principal"));
    }

    #[test]
    fn an_import_takes_everything_from_the_server() {
        let remote =
            json!({"description": "", "parameters": {"dn": "CN=a,DC=b", "rotationMethod": "connection-principal"}});
        let state = refreshed("ldap-password", &Value::Null, &remote);
        assert_eq!(state.get("description"), &Value::Null);
        assert_eq!(state.get("auto_rotation_enabled"), &Value::Bool(true));
        assert_eq!(state.get("parameters").get("rotation_method"), &Value::from("connection-principal"));
        assert_eq!(state.get("delete_secrets"), &Value::Bool(false));
        assert_eq!(state.get("rotation_triggers"), &Value::Null);
        assert_eq!(state.get("temporary_parameters"), &Value::Null);
    }

    #[test]
    fn elements_that_did_not_change_keep_their_spelling() {
        let bucket = |name: &str| Value::map([("name", Value::from(name)), ("jurisdiction", Value::from("default"))]);
        let before = Value::map([(
            "parameters",
            Value::map([("buckets", Value::List(vec![bucket(" media "), bucket("logs")]))]),
        )]);
        let remote = json!({"parameters": {"name": "n", "accessLevel": "object-read", "buckets": [
            {"name": "media", "jurisdiction": "default"}, {"name": "other", "jurisdiction": "default"},
        ]}});
        let state = refreshed("cloudflare-r2-access-key", &before, &remote);
        let buckets = state.get("parameters").get("buckets").as_list().unwrap();
        assert_eq!(buckets[0].get("name"), &Value::from(" media "));
        assert_eq!(buckets[1].get("name"), &Value::from("other"));
    }
}
