//! The bodies of the rotation routes, as the API writes them.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

/// A rotation as the server describes it: the same object in every answer. Times stay the text that the server wrote.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rotation {
    /// The rotation's id.
    pub id: String,
    /// The kind, such as `redis-credentials`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The name, unique within the folder across all kinds.
    pub name: String,
    /// What people wrote about it.
    #[serde(default)]
    pub description: Option<String>,
    /// The project that it belongs to.
    pub project_id: String,
    /// The app connection that it works through.
    pub connection: RotationConnection,
    /// The environment whose secrets it writes.
    pub environment: RotationEnvironment,
    /// The folder whose secrets it writes.
    pub folder: RotationFolder,
    /// Whether the server rotates on its own.
    pub is_auto_rotation_enabled: bool,
    /// Days between two rotations.
    pub rotation_interval: Number,
    /// The time of day of the server's own rotations.
    #[serde(default, deserialize_with = "null_as_default")]
    pub rotate_at_utc: RotateAtUtc,
    /// What the kind needs to know about the third party.
    pub parameters: Value,
    /// The names of the secrets that it writes.
    pub secrets_mapping: Value,
    /// Which of the two sets of credentials is in use.
    pub active_index: i64,
    /// How the last rotation ended: `success` or `failed`.
    #[serde(default)]
    pub rotation_status: Option<String>,
    /// Why the last rotation failed.
    #[serde(default)]
    pub last_rotation_message: Option<String>,
    /// When the credentials were last issued.
    #[serde(default)]
    pub last_rotated_at: Option<String>,
    /// When that was last tried.
    #[serde(default)]
    pub last_rotation_attempted_at: Option<String>,
    /// When the server will rotate on its own; absent where it won't.
    #[serde(default)]
    pub next_rotation_at: Option<String>,
    /// Whether the last rotation was asked for rather than scheduled. Creation counts as asked for.
    #[serde(default)]
    pub is_last_rotation_manual: bool,
    /// When it was created.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// The app connection of a [`Rotation`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RotationConnection {
    /// The app, such as `redis`.
    pub app: String,
    /// The connection's name.
    pub name: String,
    /// The connection's id.
    pub id: String,
}

/// The environment of a [`Rotation`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RotationEnvironment {
    /// The slug, such as `prod`.
    pub slug: String,
    /// The name, such as `Production`.
    pub name: String,
    /// The environment's id.
    pub id: String,
}

/// The folder of a [`Rotation`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RotationFolder {
    /// The folder's id.
    pub id: String,
    /// The canonical path: a leading slash and no trailing one.
    pub path: String,
}

/// A time of day in UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RotateAtUtc {
    /// 0 to 23.
    pub hours: u32,
    /// 0 to 59.
    pub minutes: u32,
}

/// What a creation asks for.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewRotation {
    /// The name, unique within the folder across all kinds.
    pub name: String,
    /// What people should know about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The project.
    pub project_id: String,
    /// The app connection.
    pub connection_id: String,
    /// The slug of the environment.
    pub environment: String,
    /// The path of the folder, which has to exist.
    pub secret_path: String,
    /// Whether the server shall rotate on its own.
    pub is_auto_rotation_enabled: bool,
    /// Days between two rotations.
    pub rotation_interval: Number,
    /// The time of day of the server's own rotations.
    pub rotate_at_utc: RotateAtUtc,
    /// What the kind needs to know about the third party.
    pub parameters: Value,
    /// The names of the secrets to write.
    pub secrets_mapping: Value,
    /// What the creation alone needs, such as a present password. It is never stored and never printed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporary_parameters: Option<Value>,
}

impl fmt::Debug for NewRotation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewRotation")
            .field("name", &self.name)
            .field("project_id", &self.project_id)
            .field("environment", &self.environment)
            .field("secret_path", &self.secret_path)
            .finish_non_exhaustive()
    }
}

/// What an update changes; what is `None` stays as it is.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationChange {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The description; `Some(None)` removes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<String>>,
    /// Whether the server rotates on its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_auto_rotation_enabled: Option<bool>,
    /// Days between two rotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_interval: Option<Number>,
    /// The time of day of the server's own rotations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate_at_utc: Option<RotateAtUtc>,
    /// The parameters, replaced as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// The mapping, replaced as a whole: the secrets are renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets_mapping: Option<Value>,
}

/// The credentials that a rotation has issued: one set after its creation, two from its first rotation on.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GeneratedCredentials {
    /// Each set, with the fields of the kind. All of it is secret.
    pub generated_credentials: Vec<Value>,
    /// Which set is in use.
    pub active_index: i64,
    /// The rotation's id.
    pub rotation_id: String,
    /// The rotation's kind.
    #[serde(rename = "type")]
    pub kind: String,
}

impl GeneratedCredentials {
    /// The set in use.
    pub fn active(&self) -> Option<&Value> {
        usize::try_from(self.active_index).ok().and_then(|index| self.generated_credentials.get(index))
    }
}

impl fmt::Debug for GeneratedCredentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("GeneratedCredentials")
            .field("rotation_id", &self.rotation_id)
            .field("kind", &self.kind)
            .field("active_index", &self.active_index)
            .finish_non_exhaustive()
    }
}

/// One kind that the server supports.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RotationOption {
    /// The name for people.
    pub name: String,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The app of its connection.
    #[serde(default)]
    pub connection: Option<String>,
    /// What the server suggests: the names of the secrets, and statements for databases.
    #[serde(default)]
    pub template: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OneRotation {
    pub(super) secret_rotation: Rotation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManyRotations {
    pub(super) secret_rotations: Vec<Rotation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ManyOptions {
    pub(super) secret_rotation_options: Vec<RotationOption>,
}

fn null_as_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RotateAtUtc, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{RotateAtUtc, Rotation, RotationChange};

    #[test]
    fn numbers_keep_their_text_and_a_missing_time_of_day_is_midnight() {
        let text = r#"{"id":"i","name":"n","description":null,"type":"redis-credentials","parameters":{"ratio":0.10},
            "secretsMapping":{},"isAutoRotationEnabled":true,"activeIndex":0,"projectId":"p","createdAt":"c","updatedAt":"u",
            "rotationInterval":1.50,"rotateAtUtc":null,"connection":{"app":"redis","name":"c","id":"i"},
            "environment":{"id":"i","name":"Production","slug":"prod"},"folder":{"id":"f","path":"/"},"brandNew":{"a":[1]}}"#;
        let rotation: Rotation = serde_json::from_str(text).unwrap();
        assert_eq!(rotation.rotation_interval.to_string(), "1.50");
        assert_eq!(rotation.parameters["ratio"].to_string(), "0.10");
        assert_eq!(rotation.rotate_at_utc, RotateAtUtc { hours: 0, minutes: 0 });
        assert_eq!(rotation.next_rotation_at, None);
    }

    #[test]
    fn a_change_writes_only_what_changes_and_null_removes_the_description() {
        let change = RotationChange {
            description: Some(None),
            is_auto_rotation_enabled: Some(false),
            ..RotationChange::default()
        };
        assert_eq!(
            serde_json::to_value(&change).unwrap(),
            json!({"description": null, "isAutoRotationEnabled": false})
        );
    }
}
