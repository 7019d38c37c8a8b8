//! A rotation of any kind as data sources describe it: the same attributes for all of them, none of them secret.

use jiff::Timestamp;

use crate::catalog;
use crate::infisical::Rotation;
use crate::provider::schedule::is_overdue;
use crate::terraform::{Attribute, Nesting, Number, Type, Value};

/// What a data source tells of a rotation.
pub(super) fn attributes() -> Vec<Attribute> {
    let text = |name: &str, text: &str| Attribute::new(name, Type::String).computed().describe(text);
    let of = |name: &str, of: Type, text: &str| Attribute::new(name, of).computed().describe(text);
    let time =
        vec![of("hours", Type::Number, "Hour of the day, UTC."), of("minutes", Type::Number, "Minute of that hour.")];
    vec![
        text("id", "The rotation's ID."),
        text("type", "The kind of rotation, as the API spells it."),
        text(
            "resource_type",
            "The resource type that manages this kind; null if this provider is older than the kind.",
        ),
        text("name", "The rotation's name."),
        text("description", "What people wrote about it; null or empty if nothing."),
        text("project_id", "ID of its project."),
        text("environment", "Slug of the environment that holds the secrets."),
        text("secret_path", "Folder that holds the secrets."),
        text("folder_id", "ID of that folder."),
        text("connection_id", "ID of the app connection."),
        text("connection_name", "Name of the app connection."),
        text("connection_app", "App of the connection, such as `redis`."),
        of("auto_rotation_enabled", Type::Bool, "Whether the server rotates on schedule."),
        of("rotation_interval", Type::Number, "Days from one scheduled rotation to the next."),
        Attribute::nested("rotate_at_utc", Nesting::Single, time)
            .computed()
            .describe("Time of day of scheduled rotations."),
        text(
            "parameters_json",
            "The parameters of its kind as the API spells them, in JSON: read it with `jsondecode`.",
        ),
        of(
            "secrets_mapping",
            Type::map(Type::String),
            "Names of the secrets that hold the credentials, by the part that each holds.",
        ),
        of("active_index", Type::Number, "Which of the generated credentials, 0 or 1, the secrets hold now."),
        text("rotation_status", "How the last rotation went: `success` or `failed`."),
        text("last_rotation_message", "Why the last rotation failed; null if it did not."),
        text("last_rotated_at", "When the secrets were last rotated."),
        text("last_rotation_attempted_at", "When a rotation was last tried."),
        of("last_rotation_manual", Type::Bool, "Whether the last rotation was asked for, not scheduled."),
        text("next_rotation_at", "When the next one is due; null without automatic rotation."),
        of(
            "overdue",
            Type::Bool,
            "Whether the time of `next_rotation_at` has passed and the secrets were not rotated.",
        ),
        text("created_at", "When the rotation was created."),
        text("updated_at", "When the rotation was last changed."),
    ]
}

/// What is told of `rotation` at the time `now`.
pub(super) fn value(rotation: &Rotation, now: Timestamp) -> Value {
    let text = |text: &str| Value::string(text);
    let interval = rotation.rotation_interval.to_string().parse::<Number>().map_or(Value::Null, Value::Number);
    let resource = catalog::by_slug(&rotation.kind).map(|kind| kind.resource);
    Value::map([
        ("id", text(&rotation.id)),
        ("type", text(&rotation.kind)),
        ("resource_type", resource.into()),
        ("name", text(&rotation.name)),
        ("description", rotation.description.clone().into()),
        ("project_id", text(&rotation.project_id)),
        ("environment", text(&rotation.environment.slug)),
        ("secret_path", text(&rotation.folder.path)),
        ("folder_id", text(&rotation.folder.id)),
        ("connection_id", text(&rotation.connection.id)),
        ("connection_name", text(&rotation.connection.name)),
        ("connection_app", text(&rotation.connection.app)),
        ("auto_rotation_enabled", rotation.is_auto_rotation_enabled.into()),
        ("rotation_interval", interval),
        (
            "rotate_at_utc",
            Value::map([
                ("hours", Value::integer(rotation.rotate_at_utc.hours.into())),
                ("minutes", Value::integer(rotation.rotate_at_utc.minutes.into())),
            ]),
        ),
        ("parameters_json", rotation.parameters.to_string().into()),
        ("secrets_mapping", mapping(rotation)),
        ("active_index", Value::integer(rotation.active_index)),
        ("rotation_status", rotation.rotation_status.clone().into()),
        ("last_rotation_message", rotation.last_rotation_message.clone().into()),
        ("last_rotated_at", rotation.last_rotated_at.clone().into()),
        ("last_rotation_attempted_at", rotation.last_rotation_attempted_at.clone().into()),
        ("last_rotation_manual", rotation.is_last_rotation_manual.into()),
        ("next_rotation_at", rotation.next_rotation_at.clone().into()),
        ("overdue", is_overdue(rotation, now).into()),
        ("created_at", text(&rotation.created_at)),
        ("updated_at", text(&rotation.updated_at)),
    ])
}

/// The names of the secrets, under the keys that the kind's resource uses, or else under the API's.
fn mapping(rotation: &Rotation) -> Value {
    let fields = catalog::by_slug(&rotation.kind).map(|kind| kind.secrets).unwrap_or_default();
    let key = |wire: &str| fields.iter().find(|field| field.wire() == wire).map_or(wire, |field| field.name).to_owned();
    let members = rotation.secrets_mapping.as_object();
    let named = members.into_iter().flatten().filter_map(|(wire, name)| Some((key(wire), Value::from(name.as_str()?))));
    Value::map(named)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::terraform::{Schema, conform};

    fn rotation(kind: &str, mapping: &serde_json::Value) -> Rotation {
        serde_json::from_value(json!({
            "id": "i", "name": "orders", "type": kind, "parameters": {"ratio": 1.50}, "secretsMapping": mapping,
            "isAutoRotationEnabled": true, "activeIndex": 0, "projectId": "p", "createdAt": "c", "updatedAt": "u",
            "rotationInterval": 30, "rotateAtUtc": {"hours": 3, "minutes": 30},
            "nextRotationAt": "2026-03-10T03:30:00.000Z", "connection": {"app": "redis", "name": "cache", "id": "x"},
            "environment": {"id": "e", "name": "Production", "slug": "prod"}, "folder": {"id": "f", "path": "/orders"},
        }))
        .unwrap()
    }

    #[test]
    fn the_value_is_what_the_attributes_say() {
        let schema = Schema { attributes: attributes().into(), ..Schema::default() };
        let value = value(&rotation("redis-credentials", &json!({"username": "U"})), Timestamp::UNIX_EPOCH);
        assert_eq!(conform::conform(&schema, value.clone()), Ok(value.clone()));
        assert_eq!(value.as_map().unwrap().len(), schema.attributes.len());
        assert_eq!(value.get("resource_type").as_str(), Some("infisical_redis_rotation"));
    }

    #[test]
    fn parts_are_called_as_in_the_resource_where_there_is_one() {
        let keys = |kind| {
            let mapping = mapping(&rotation(kind, &json!({"clientId": "A", "clientSecret": "B", "odd": 1})));
            mapping.as_map().unwrap().keys().cloned().collect::<Vec<_>>()
        };
        assert_eq!(keys("okta-client-secret"), ["client_id", "client_secret"]);
        assert_eq!(keys("newer-than-this-provider"), ["clientId", "clientSecret"]);
    }
}
