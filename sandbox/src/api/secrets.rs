//! `/api/v4/secrets`, and `/api/v3/secrets/raw` for reading, where the project is called `workspaceId`.

use serde_json::{Value, json};

use crate::core::Core;
use crate::error::ApiError;
use crate::fields::Fields;
use crate::permission::{self, Membership, SECRET};
use crate::route::Call;
use crate::state::{Folder, Secret, SecretVersion, State, canonical_path};

pub(super) fn list(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let place = Place::of_query(call)?;
    let shows_values = call.query("viewSecretValue") != Some("false");
    let is_recursive = call.query("recursive") == Some("true");
    core.read(|state| {
        let membership = permission::enter(state, &call.identity, &place.project)?;
        let top = place.folder(state)?;
        place.require(&membership, "describeSecret", None)?;
        if shows_values {
            place.require(&membership, "readValue", None)?;
        }
        let prefix = top.child_path("");
        let is_below =
            |folder: &&Folder| folder.environment_id == top.environment_id && folder.path.starts_with(&prefix);
        let below = state.folders.values().filter(is_below).filter(|folder| is_recursive && folder.id != top.id);
        let secrets: Vec<Value> = std::iter::once(top)
            .chain(below)
            .flat_map(|folder| {
                state
                    .secrets
                    .get(&folder.id)
                    .into_iter()
                    .flat_map(|all| all.values())
                    .map(move |secret| (folder, secret))
            })
            .map(|(folder, secret)| present(&place, folder, secret, shows_values))
            .collect();
        Ok(json!({ "secrets": secrets, "imports": [] }))
    })
}

pub(super) fn read(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let place = Place::of_query(call)?;
    let name = call.parameter("secretName");
    let shows_value = call.query("viewSecretValue") != Some("false");
    core.read(|state| {
        let membership = permission::enter(state, &call.identity, &place.project)?;
        let folder = place.folder(state)?;
        place.require(&membership, "describeSecret", Some(name))?;
        if shows_value {
            place.require(&membership, "readValue", Some(name))?;
        }
        let secret = state.secret(&folder.id, name).ok_or_else(|| unknown(name))?;
        let secret = match call.query("version").map(str::parse::<u32>) {
            Some(Ok(version)) if version != secret.version => as_of(secret, version).ok_or_else(|| unknown(name))?,
            _ => secret.clone(),
        };
        Ok(json!({ "secret": present(&place, folder, &secret, shows_value) }))
    })
}

pub(super) fn create(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let mut fields = Fields::of(call.body.as_ref());
    let place = Place::of_body(&mut fields);
    let value = fields.optional("secretValue").unwrap_or_default();
    let comment = fields.optional("secretComment").unwrap_or_default();
    fields.finish()?;
    let name = call.parameter("secretName").trim();
    if name.is_empty() || name.contains([':', '/']) {
        return Err(ApiError::BadRequest(format!("Secret name cannot contain colon or slash: {name}")));
    }
    core.write(|state| {
        let membership = permission::enter(state, &call.identity, &place.project)?;
        let folder = place.folder(state)?.clone();
        place.require(&membership, "create", Some(name))?;
        if state.secret(&folder.id, name).is_some() {
            return Err(ApiError::BadRequest("Secret already exist".to_owned()));
        }
        let mut secret = Secret::new(name, trim_value(&value), None, core.clock.now());
        comment.trim().clone_into(&mut secret.comment);
        let shown = present(&place, &folder, &secret, true);
        state.secrets.entry(folder.id).or_default().insert(name.to_owned(), secret);
        Ok(json!({ "secret": shown }))
    })
}

pub(super) fn update(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let mut fields = Fields::of(call.body.as_ref());
    let place = Place::of_body(&mut fields);
    let value = fields.optional("secretValue");
    let new_name = fields.optional("newSecretName");
    fields.finish()?;
    let name = call.parameter("secretName");
    core.write(|state| {
        let membership = permission::enter(state, &call.identity, &place.project)?;
        let folder = place.folder(state)?.clone();
        place.require(&membership, "edit", Some(name))?;
        let secret = state.secret(&folder.id, name).ok_or_else(|| unknown(name))?;
        let new_name = new_name.as_deref().map(str::trim).filter(|new| *new != name);
        if new_name.is_some() && secret.rotation_id.is_some() {
            return Err(ApiError::BadRequest("Cannot update rotated secret name".to_owned()));
        }
        if new_name.is_some_and(|new| state.secret(&folder.id, new).is_some()) {
            return Err(ApiError::BadRequest("Secret with the new name already exist".to_owned()));
        }
        let all = state.secrets.entry(folder.id.clone()).or_default();
        let mut secret = all.remove(name).ok_or_else(|| unknown(name))?;
        secret.revise(new_name, value.as_deref().map(trim_value), core.clock.now());
        let shown = present(&place, &folder, &secret, true);
        all.insert(secret.key.clone(), secret);
        Ok(json!({ "secret": shown }))
    })
}

pub(super) fn delete(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let mut fields = Fields::of(call.body.as_ref());
    let place = Place::of_body(&mut fields);
    fields.finish()?;
    let name = call.parameter("secretName");
    core.write(|state| {
        let membership = permission::enter(state, &call.identity, &place.project)?;
        let folder = place.folder(state)?.clone();
        place.require(&membership, "delete", Some(name))?;
        let secret = state.secret(&folder.id, name).ok_or_else(|| unknown(name))?;
        if secret.rotation_id.is_some() {
            return Err(ApiError::BadRequest("Cannot delete rotated secrets".to_owned()));
        }
        let shown = present(&place, &folder, secret, true);
        if let Some(all) = state.secrets.get_mut(&folder.id) {
            all.remove(name);
        }
        Ok(json!({ "secret": shown }))
    })
}

/// Where secrets are looked for.
struct Place {
    project: String,
    environment: String,
    path: String,
}

impl Place {
    fn of_query(call: &Call<'_>) -> Result<Self, ApiError> {
        let query = |names: [&str; 2]| names.into_iter().find_map(|name| call.query(name)).map(str::trim);
        let missing = || ApiError::BadRequest("Missing project id or environment".to_owned());
        Ok(Self {
            project: query(["projectId", "workspaceId"]).ok_or_else(missing)?.to_owned(),
            environment: call.query("environment").map(str::trim).ok_or_else(missing)?.to_owned(),
            path: canonical_path(call.query("secretPath").unwrap_or_default()),
        })
    }

    fn of_body(fields: &mut Fields<'_>) -> Self {
        Self {
            project: fields.text("projectId"),
            environment: fields.text("environment"),
            path: canonical_path(&fields.optional("secretPath").unwrap_or_default()),
        }
    }

    fn folder<'a>(&self, state: &'a State) -> Result<&'a Folder, ApiError> {
        let Self { project, environment, path } = self;
        state.folder(project, environment, path).ok_or_else(|| {
            ApiError::NotFound(format!(
                "Folder with path '{path}' in environment '{environment}' was not found. Please ensure the environment slug and secret path is correct."
            ))
        })
    }

    fn require(&self, membership: &Membership<'_>, action: &str, name: Option<&str>) -> Result<(), ApiError> {
        let place = [("environment", self.environment.as_str()), ("secretPath", self.path.as_str())];
        let mut fields = place.to_vec();
        fields.extend(name.map(|name| ("secretName", name)));
        membership.require(SECRET, action, &fields)
    }
}

/// Trims a value as the server does: all white space, but one line break at the end stays.
fn trim_value(value: &str) -> String {
    let trimmed = value.trim();
    if value.ends_with('\n') && !trimmed.is_empty() { format!("{trimmed}\n") } else { trimmed.to_owned() }
}

fn as_of(secret: &Secret, version: u32) -> Option<Secret> {
    let former: &SecretVersion = secret.versions.iter().find(|former| former.version == version)?;
    Some(Secret {
        version,
        key: former.key.clone(),
        value: former.value.clone(),
        updated_at: former.created_at,
        ..secret.clone()
    })
}

fn unknown(name: &str) -> ApiError {
    ApiError::NotFound(format!("Secret with name '{name}' not found"))
}

fn present(place: &Place, folder: &Folder, secret: &Secret, shows_value: bool) -> Value {
    let value = if shows_value { secret.value.as_str() } else { "<hidden-by-infisical>" };
    json!({
        "id": secret.id,
        "_id": secret.id,
        "workspace": place.project,
        "environment": place.environment,
        "version": secret.version,
        "type": "shared",
        "secretKey": secret.key,
        "secretValue": value,
        "secretValueHidden": !shows_value,
        "secretComment": secret.comment,
        "secretPath": folder.path,
        "secretReminderNote": null,
        "secretReminderRepeatDays": null,
        "skipMultilineEncoding": false,
        "secretMetadata": [],
        "tags": [],
        "isRotatedSecret": secret.rotation_id.is_some(),
        "rotationId": secret.rotation_id,
        "createdAt": secret.created_at,
        "updatedAt": secret.updated_at,
    })
}
