//! Projects and their environments, under the names of today and of old.

use serde_json::{Value, json};

use crate::core::Core;
use crate::error::ApiError;
use crate::permission::{self, ENVIRONMENT};
use crate::route::Call;
use crate::state::{Environment, Project, State};

pub(super) fn list(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    core.read(|state| {
        let caller = permission::caller(state, &call.identity)?;
        let is_wanted = |project: &&Project| call.query("type").is_none_or(|kind| kind == project.kind);
        let projects = caller.projects.keys().filter_map(|id| state.projects.get(id));
        let projects: Vec<Value> = projects.filter(is_wanted).map(|project| present(state, project)).collect();
        Ok(json!({ "projects": projects }))
    })
}

pub(super) fn read(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = call.parameter("projectId");
    core.read(|state| {
        let project = member(state, call, state.projects.get(id), id)?;
        Ok(present(state, project))
    })
}

pub(super) fn find(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let slug = call.parameter("slug");
    core.read(|state| {
        let found = state.projects.values().find(|project| project.slug == slug);
        let project = found.ok_or_else(|| ApiError::NotFound(format!("Project with slug '{slug}' not found")))?;
        let project = member(state, call, Some(project), &project.id)?;
        Ok(present(state, project))
    })
}

pub(super) fn read_environment(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = call.parameter("environmentId");
    environment(core, call, id, |environment| environment.id == id)
}

pub(super) fn find_environment(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let slug = call.parameter("slug");
    environment(core, call, slug, |environment| environment.slug == slug)
}

fn environment(
    core: &Core,
    call: &Call<'_>,
    named: &str,
    is_meant: impl Fn(&&Environment) -> bool,
) -> Result<Value, ApiError> {
    let project = call.parameter("projectId");
    core.read(|state| {
        let membership = permission::enter(state, &call.identity, project)?;
        membership.require(ENVIRONMENT, "read", &[])?;
        let unknown = || ApiError::NotFound(format!("Environment '{named}' in project with ID '{project}' not found"));
        let found = membership.project.environments.iter().find(is_meant).ok_or_else(unknown)?;
        Ok(json!({
            "id": found.id,
            "name": found.name,
            "slug": found.slug,
            "position": found.position,
            "projectId": project,
            "createdAt": membership.project.created_at,
            "updatedAt": membership.project.updated_at,
        }))
    })
}

/// Lets members pass; projects of other products may be read too.
fn member<'a>(state: &State, call: &Call<'_>, project: Option<&'a Project>, id: &str) -> Result<&'a Project, ApiError> {
    let project = project.ok_or_else(|| ApiError::NotFound(format!("Project with ID '{id}' not found")))?;
    if permission::caller(state, &call.identity)?.projects.contains_key(id) {
        return Ok(project);
    }
    Err(ApiError::forbidden("You are not member of this project"))
}

fn present(state: &State, project: &Project) -> Value {
    let environment =
        |environment: &Environment| json!({ "id": environment.id, "name": environment.name, "slug": environment.slug });
    let environments: Vec<Value> = project.environments.iter().map(environment).collect();
    json!({
        "id": project.id,
        "_id": project.id,
        "name": project.name,
        "description": project.description,
        "slug": project.slug,
        "type": project.kind,
        "defaultProduct": project.kind,
        "orgId": project.organization_id.as_ref().unwrap_or(&state.organization.id),
        "version": project.version,
        "autoCapitalization": false,
        "upgradeStatus": null,
        "pitVersionLimit": 10,
        "kmsCertificateKeyId": null,
        "auditLogsRetentionDays": null,
        "hasDeleteProtection": false,
        "secretSharing": true,
        "showSnapshotsLegacy": false,
        "secretDetectionIgnoreValues": null,
        "enforceEncryptedSecretManagerSecretMetadata": false,
        "createdAt": project.created_at,
        "updatedAt": project.updated_at,
        "environments": environments,
    })
}
