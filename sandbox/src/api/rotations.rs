//! `/api/v2/secret-rotations`.

use serde_json::{Value, json};

use crate::core::Core;
use crate::error::ApiError;
use crate::fields::gather;
use crate::rotation::{self, Deletion};
use crate::route::Call;
use crate::validation;

pub(super) fn list(core: &Core, call: &Call<'_>, kind: Option<&str>) -> Result<Value, ApiError> {
    let project = required(call, "projectId")?;
    Ok(json!({ "secretRotations": rotation::list(core, &call.identity, kind, &project)? }))
}

pub(super) async fn create(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let kind = call.parameter("kind");
    let body = validation::create(kind, call.body()).map_err(ApiError::invalid)?;
    let created = rotation::create(core, &call.identity, kind, &body, call.interference).await?;
    Ok(json!({ "secretRotation": created }))
}

pub(super) fn read(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = rotation_id(call)?;
    core.read(|state| {
        let found = rotation::by_id(state, &call.identity, call.parameter("kind"), &id, "read")?;
        Ok(json!({ "secretRotation": rotation::present(state, found) }))
    })
}

pub(super) fn find(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let name = validation::text("rotationName", Some(call.parameter("rotationName")));
    let name = name.map_err(|issue| ApiError::Validation(vec![issue]))?;
    let query = |name| validation::text(name, call.query(name));
    let [project, path, environment] = gather([query("projectId"), query("secretPath"), query("environment")])?;
    let place = (project.as_str(), environment.as_str(), path.as_str());
    core.read(|state| {
        let found = rotation::by_name(state, &call.identity, call.parameter("kind"), &name, place)?;
        Ok(json!({ "secretRotation": rotation::present(state, found) }))
    })
}

pub(super) fn update(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = rotation_id(call)?;
    let kind = call.parameter("kind");
    let body = validation::update(kind, call.body()).map_err(ApiError::invalid)?;
    let changed = rotation::change(core, &call.identity, kind, &id, &body)?;
    Ok(json!({ "secretRotation": changed }))
}

pub(super) async fn delete(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = rotation_id(call)?;
    let query = |name| validation::flag(name, call.query(name));
    let [secrets, credentials] = gather([query("deleteSecrets"), query("revokeGeneratedCredentials")])?;
    let deletion = Deletion { secrets, credentials };
    let kind = call.parameter("kind");
    let deleted = rotation::delete(core, &call.identity, kind, &id, deletion, call.interference).await?;
    Ok(json!({ "secretRotation": deleted }))
}

pub(super) fn credentials(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = rotation_id(call)?;
    core.read(|state| {
        let action = "read-generated-credentials";
        let found = rotation::by_id(state, &call.identity, call.parameter("kind"), &id, action)?;
        Ok(json!({
            "generatedCredentials": found.generated_credentials,
            "activeIndex": found.active_index,
            "rotationId": found.id,
            "type": found.kind,
        }))
    })
}

pub(super) async fn rotate(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = rotation_id(call)?;
    let kind = call.parameter("kind");
    let rotated = rotation::rotate_now(core, &call.identity, kind, &id, call.interference).await?;
    Ok(json!({ "secretRotation": rotated }))
}

pub(super) async fn reconcile(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = rotation_id(call)?;
    rotation::reconcile(core, &call.identity, call.parameter("kind"), &id, call.interference).await
}

/// Takes the id out of the path; any case is accepted, as by the database.
fn rotation_id(call: &Call<'_>) -> Result<String, ApiError> {
    match validation::uuid("rotationId", Some(call.parameter("rotationId"))) {
        Ok(id) => Ok(id.to_ascii_lowercase()),
        Err(issue) => Err(ApiError::Validation(vec![issue])),
    }
}

fn required(call: &Call<'_>, name: &str) -> Result<String, ApiError> {
    validation::text(name, call.query(name)).map_err(|issue| ApiError::Validation(vec![issue]))
}
