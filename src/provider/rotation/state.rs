//! What Terraform stores of a rotation: the server's facts in the user's spelling.
//!
//! Where the server's value and the one stored before mean the same, the stored one stays, so that no refresh ever
//! shows a difference that is none.

use serde_json::json;

use crate::catalog::table::{Field, Object, Type};
use crate::catalog::{Kind, base};
use crate::infisical::Rotation;
use crate::terraform::Value;

use super::normalise::{equivalent, normalise};
use super::wire::{self, Mismatch};

/// Attributes that the server knows nothing of, and what they are where nothing was stored.
const LOCAL: [(&str, Value); 3] = [
    ("rotation_triggers", Value::Null),
    ("delete_secrets", Value::Bool(false)),
    ("revoke_generated_credentials", Value::Bool(false)),
];

/// The state of `rotation`, spelled as in `before` where that means the same. `before` is null on import.
pub(super) fn state(kind: &'static Kind, before: &Value, rotation: &Rotation) -> Result<Value, Mismatch> {
    let mut state = computed(rotation);
    for (field, remote) in base_values(rotation)? {
        state.set(field.name, keep(field, before.get(field.name), remote));
    }
    let groups = [
        ("parameters", kind.parameters, &rotation.parameters),
        ("secrets_mapping", Object::of(kind.secrets), &rotation.secrets_mapping),
    ];
    for (name, object, json) in groups {
        let remote = wire::from_json(&object, json, name)?;
        state.set(name, keep_members(object.fields, before.get(name), &remote));
    }
    if kind.has_temporary_parameters() {
        state.set("temporary_parameters", Value::Null);
    }
    for (name, unset) in LOCAL {
        let stored = before.get(name);
        state.set(name, if stored.is_null() { unset } else { stored.clone() });
    }
    Ok(state)
}

/// What the server alone tells.
fn computed(rotation: &Rotation) -> Value {
    Value::map([
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
    ])
}

/// The shared fields, read through the same table that writes them. The answer nests some that a request has flat.
fn base_values(rotation: &Rotation) -> Result<Vec<(&'static Field, Value)>, Mismatch> {
    let flat = json!({
        "name": rotation.name,
        "description": rotation.description,
        "projectId": rotation.project_id,
        "connectionId": rotation.connection.id,
        "environment": rotation.environment.slug,
        "secretPath": rotation.folder.path,
        "isAutoRotationEnabled": rotation.is_auto_rotation_enabled,
        "rotationInterval": rotation.rotation_interval,
        "rotateAtUtc": {"hours": rotation.rotate_at_utc.hours, "minutes": rotation.rotate_at_utc.minutes},
    });
    let values = wire::from_json(&Object::of(base::FIELDS), &flat, "secretRotation")?;
    Ok(base::FIELDS.iter().map(|field| (field, values.get(field.name).clone())).collect())
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
