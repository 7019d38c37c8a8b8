//! App connections: how the server reaches a third party.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Moment;
use crate::identifiers;

/// An app connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// UUID.
    pub id: String,
    /// Unique in its scope.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// The third party: `redis`, `postgres`, ...
    pub app: String,
    /// How it signs in there: `username-and-password`, ...
    pub method: String,
    /// Everything that the caller gave, secret parts included.
    pub credentials: Value,
    /// The project that it belongs to; `None` for the whole organisation.
    pub project_id: Option<String>,
    /// Whether the server owns the credentials.
    pub is_platform_managed_credentials: bool,
    /// The gateway through which it connects.
    pub gateway_id: Option<String>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

impl Connection {
    /// Makes a connection; its method follows from the app where the app has a usual one.
    pub fn new(app: &str, name: &str, project: Option<&str>, credentials: Value, now: Moment) -> Self {
        let method = match app {
            "redis" | "postgres" | "mssql" | "mysql" | "oracledb" | "mongodb" => "username-and-password",
            "auth0" | "salesforce" => "client-credentials",
            "okta" => "api-token",
            "supabase" => "access-token",
            "smb" => "credentials",
            "snowflake" => "username-and-token",
            _ => "default",
        };
        Self {
            id: identifiers::uuid(),
            name: name.to_owned(),
            description: None,
            app: app.to_owned(),
            method: method.to_owned(),
            credentials,
            project_id: project.map(str::to_owned),
            is_platform_managed_credentials: false,
            gateway_id: None,
            created_at: now,
            updated_at: now,
        }
    }
}
