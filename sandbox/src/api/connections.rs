//! `/api/v1/app-connections`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use serde_json::{Map, Value, json};

use crate::core::Core;
use crate::error::ApiError;
use crate::permission::{self, CONNECTION};
use crate::route::Call;
use crate::state::{Connection, State};
use crate::validation::{self, KindFacts};

/// Apps that only the enterprise plan may use.
const ENTERPRISE_APPS: [&str; 1] = ["oracledb"];

/// The fields of credentials that may be shown.
const PUBLIC_FIELDS: [&str; 22] = [
    "accessKeyId",
    "accountId",
    "audience",
    "clientId",
    "consumerKey",
    "database",
    "domain",
    "dn",
    "host",
    "hostname",
    "instanceUrl",
    "port",
    "roleArn",
    "serviceAccountEmail",
    "sslCertificate",
    "sslEnabled",
    "sslRejectUnauthorized",
    "tenantId",
    "url",
    "username",
    "workspaceUrl",
    "account",
];

/// Finds the connection of a rotation that is to be created, or refuses in the service's order: existence, plan,
/// permission, app, scope.
pub fn usable<'a>(
    state: &'a State,
    identity: &str,
    id: &str,
    project: &str,
    facts: &KindFacts,
) -> Result<&'a Connection, ApiError> {
    let connection = state.connections.get(id).ok_or_else(|| unknown(id))?;
    check_plan(state, &connection.app)?;
    require(state, identity, connection, "connect")?;
    if !facts.apps.contains(&connection.app) {
        let wanted = facts.apps.first().map_or("", |app| display_name(app));
        let actual = display_name(&connection.app);
        let text = format!("{actual} Connection with ID {id} cannot be used to connect to {wanted}");
        return Err(ApiError::BadRequest(text));
    }
    match &connection.project_id {
        Some(owner) if owner != project => Err(ApiError::BadRequest(format!(
            "You cannot connect project App Connection with ID \"{id}\" from project with ID \"{owner}\" to project with ID \"{project}\""
        ))),
        _ => Ok(connection),
    }
}

pub(super) fn list(core: &Core, call: &Call<'_>, app: Option<&str>) -> Result<Value, ApiError> {
    core.read(|state| {
        let project = call.query("projectId");
        if let Some(project) = project {
            let membership = permission::enter(state, &call.identity, project)?;
            if !membership.permits_at_all(CONNECTION, "read-app-connections") {
                return Err(permission::denied(CONNECTION, "read-app-connections"));
            }
        } else {
            permission::require_in_organization(state, &call.identity, "read")?;
        }
        let is_wanted = |connection: &&Connection| {
            app.is_none_or(|app| connection.app == app)
                && connection.project_id.as_deref() == project
                && require(state, &call.identity, connection, "read").is_ok()
        };
        let mut found: Vec<&Connection> = state.connections.values().filter(is_wanted).collect();
        found.sort_by(|left, right| left.name.cmp(&right.name));
        let shown: Vec<Value> = found.into_iter().map(|connection| present(state, connection)).collect();
        Ok(json!({ "appConnections": shown }))
    })
}

pub(super) fn available(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let app = call.parameter("app");
    core.read(|state| {
        let project = call.query("projectId");
        if let Some(project) = project {
            if !state.projects.contains_key(project) {
                return Err(ApiError::BadRequest(format!("Could not find project with ID {project}")));
            }
            let membership = permission::enter(state, &call.identity, project)?;
            if !membership.permits_at_all(CONNECTION, "connect-app-connections") {
                return Err(permission::denied(CONNECTION, "connect-app-connections"));
            }
        }
        let is_wanted = |connection: &&Connection| {
            connection.app == app
                && connection.project_id.as_deref().is_none_or(|owner| Some(owner) == project)
                && require(state, &call.identity, connection, "connect").is_ok()
        };
        let mut found: Vec<&Connection> = state.connections.values().filter(is_wanted).collect();
        found.sort_by(|left, right| left.name.cmp(&right.name));
        let shown: Vec<Value> = found
            .into_iter()
            .map(|connection| {
                json!({
                    "app": connection.app,
                    "name": connection.name,
                    "id": connection.id,
                    "projectId": connection.project_id,
                    "orgId": state.organization.id,
                })
            })
            .collect();
        Ok(json!({ "appConnections": shown }))
    })
}

pub(super) fn read(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = connection_id(call)?;
    core.read(|state| {
        let connection = of_app(state, call.parameter("app"), &id)?;
        require(state, &call.identity, connection, "read")?;
        Ok(json!({ "appConnection": present(state, connection) }))
    })
}

pub(super) fn find(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let (app, name, project) = (call.parameter("app"), call.parameter("connectionName"), call.query("projectId"));
    core.read(|state| {
        let is_meant =
            |connection: &&Connection| connection.name == name && connection.project_id.as_deref() == project;
        let scope = if project.is_some() { "project" } else { "organization" };
        let missing =
            || ApiError::NotFound(format!("Could not find App Connection with name {name} in {scope} scope."));
        let found = state.connections.values().find(is_meant).ok_or_else(missing)?;
        require(state, &call.identity, found, "read")?;
        check_app(found, app)?;
        Ok(json!({ "appConnection": present(state, found) }))
    })
}

pub(super) async fn create(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let app = call.parameter("app");
    let body = validation::connection(app, call.body()).map_err(ApiError::invalid)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let (name, project) = (text("name").unwrap_or_default(), text("projectId"));
    core.read(|state| {
        check_plan(state, app)?;
        match project {
            Some(project) if !state.projects.contains_key(project) => {
                Err(ApiError::BadRequest(format!("Could not find project with ID {project}")))
            }
            Some(project) => {
                permission::enter(state, &call.identity, project)?.require(CONNECTION, "create-app-connections", &[])
            }
            None => permission::require_in_organization(state, &call.identity, "create"),
        }
    })?;
    let credentials = body.get("credentials").cloned().unwrap_or_default();
    core.third_parties.check_connection(app, &credentials).await.map_err(ApiError::creation_failed)?;
    core.write(|state| {
        check_name(state, name, project, None)?;
        let mut connection = Connection::new(app, name, project, credentials, core.clock.now());
        connection.description = text("description").map(str::to_owned);
        text("method").unwrap_or_default().clone_into(&mut connection.method);
        connection.is_platform_managed_credentials =
            body.get("isPlatformManagedCredentials").and_then(Value::as_bool).unwrap_or(false);
        connection.gateway_id = text("gatewayId").map(str::to_owned);
        let shown = present(state, &connection);
        state.connections.insert(connection.id.clone(), connection);
        Ok(json!({ "appConnection": shown }))
    })
}

pub(super) async fn update(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = connection_id(call)?;
    let app = call.parameter("app");
    let connection = core.read(|state| {
        let connection = of_app(state, app, &id)?;
        require(state, &call.identity, connection, "edit")?;
        Ok::<_, ApiError>(connection.clone())
    })?;
    // The whole connection, changed, is judged as a new one would be.
    let mut wanted = Map::new();
    wanted.insert("name".to_owned(), json!(connection.name));
    wanted.insert("description".to_owned(), json!(connection.description));
    wanted.insert("method".to_owned(), json!(connection.method));
    wanted.insert("credentials".to_owned(), connection.credentials.clone());
    let given = call.body().as_object().cloned().unwrap_or_default();
    wanted.extend(given.into_iter().filter(|(key, _)| matches!(key.as_str(), "name" | "description" | "credentials")));
    let wanted = validation::connection(app, &Value::Object(wanted)).map_err(ApiError::invalid)?;
    let credentials = wanted.get("credentials").cloned().unwrap_or_default();
    if credentials != connection.credentials {
        core.third_parties.check_connection(app, &credentials).await.map_err(ApiError::creation_failed)?;
    }
    core.write(|state| {
        let text = |name: &str| wanted.get(name).and_then(Value::as_str).map(str::to_owned);
        let name = text("name").unwrap_or_default();
        check_name(state, &name, connection.project_id.as_deref(), Some(&id))?;
        let now = core.clock.now();
        let stored = state.connections.get_mut(&id).ok_or_else(|| unknown(&id))?;
        stored.name = name;
        stored.description = text("description");
        stored.credentials = credentials;
        stored.updated_at = now;
        let stored = stored.clone();
        Ok(json!({ "appConnection": present(state, &stored) }))
    })
}

pub(super) fn delete(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = connection_id(call)?;
    core.write(|state| {
        let connection = of_app(state, call.parameter("app"), &id)?;
        require(state, &call.identity, connection, "delete")?;
        if state.rotations.values().any(|rotation| rotation.connection_id == id) {
            let text = "Cannot delete App Connection with existing connections. Remove all existing connections and try again.";
            return Err(ApiError::BadRequest(text.to_owned()));
        }
        let shown = present(state, connection);
        state.connections.remove(&id);
        Ok(json!({ "appConnection": shown }))
    })
}

/// Refuses an action that the role in the connection's own scope does not permit.
fn require(state: &State, identity: &str, connection: &Connection, action: &str) -> Result<(), ApiError> {
    match &connection.project_id {
        Some(project) => {
            let fields = [("connectionId", connection.id.as_str())];
            let action = format!("{action}-app-connections");
            permission::enter(state, identity, project)?.require(CONNECTION, &action, &fields)
        }
        None => permission::require_in_organization(state, identity, action),
    }
}

fn check_plan(state: &State, app: &str) -> Result<(), ApiError> {
    if state.plan.enterprise_app_connections || !ENTERPRISE_APPS.contains(&app) {
        return Ok(());
    }
    let text = "Failed to connect app due to plan restriction. Upgrade plan to access enterprise app connections.";
    Err(ApiError::BadRequest(text.to_owned()))
}

fn check_name(state: &State, name: &str, project: Option<&str>, own: Option<&str>) -> Result<(), ApiError> {
    let is_other = |connection: &Connection| {
        connection.name == name && connection.project_id.as_deref() == project && own != Some(connection.id.as_str())
    };
    if state.connections.values().any(is_other) {
        return Err(ApiError::BadRequest(format!("An App Connection with the name \"{name}\" already exists")));
    }
    Ok(())
}

fn of_app<'a>(state: &'a State, app: &str, id: &str) -> Result<&'a Connection, ApiError> {
    let connection = state.connections.get(id).ok_or_else(|| unknown(id))?;
    check_app(connection, app)?;
    Ok(connection)
}

fn check_app(connection: &Connection, app: &str) -> Result<(), ApiError> {
    if connection.app == app {
        return Ok(());
    }
    Err(ApiError::BadRequest(format!("App Connection with ID {} is not for App \"{app}\"", connection.id)))
}

fn unknown(id: &str) -> ApiError {
    ApiError::NotFound(format!("Could not find App Connection with ID {id}"))
}

fn connection_id(call: &Call<'_>) -> Result<String, ApiError> {
    match validation::uuid("connectionId", Some(call.parameter("connectionId"))) {
        Ok(id) => Ok(id.to_ascii_lowercase()),
        Err(issue) => Err(ApiError::Validation(vec![issue])),
    }
}

fn present(state: &State, connection: &Connection) -> Value {
    let is_public = |(name, _): &(&String, &Value)| PUBLIC_FIELDS.contains(&name.as_str());
    let credentials: Map<String, Value> = connection
        .credentials
        .as_object()
        .into_iter()
        .flatten()
        .filter(is_public)
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let project =
        connection.project_id.as_ref().and_then(|id| state.projects.get(id)).map(
            |project| json!({ "id": project.id, "name": project.name, "type": project.kind, "slug": project.slug }),
        );
    json!({
        "id": connection.id,
        "name": connection.name,
        "description": connection.description,
        "app": connection.app,
        "method": connection.method,
        "version": 1,
        "orgId": state.organization.id,
        "projectId": connection.project_id,
        "project": project,
        "gatewayId": connection.gateway_id,
        "isPlatformManagedCredentials": connection.is_platform_managed_credentials,
        "credentialsHash": fingerprint(&connection.credentials),
        "credentials": credentials,
        "createdAt": connection.created_at,
        "updatedAt": connection.updated_at,
    })
}

fn fingerprint(credentials: &Value) -> String {
    let hash = digest::digest(&digest::SHA256, credentials.to_string().as_bytes());
    STANDARD.encode(hash)
}

/// The server's name of an app in messages.
fn display_name(app: &str) -> &str {
    match app {
        "auth0" => "Auth0",
        "aws" => "AWS",
        "azure-client-secrets" => "Azure Client Secrets",
        "cloudflare" => "Cloudflare",
        "convex" => "Convex",
        "databricks" => "Databricks",
        "datadog" => "Datadog",
        "dbt" => "DBT",
        "fireworks" => "Fireworks",
        "gcp" => "GCP",
        "hpe-ilo" => "HPE iLO",
        "ldap" => "LDAP",
        "litellm" => "LiteLLM",
        "mongodb" => "MongoDB",
        "mssql" => "Microsoft SQL Server",
        "mysql" => "MySQL",
        "okta" => "Okta",
        "open-router" => "OpenRouter",
        "openai" => "OpenAI",
        "oracledb" => "OracleDB",
        "postgres" => "PostgreSQL",
        "redis" => "Redis",
        "salesforce" => "Salesforce",
        "smb" => "SMB",
        "snowflake" => "Snowflake",
        "ssh" => "SSH",
        "stripe" => "Stripe",
        "supabase" => "Supabase",
        other => other,
    }
}
