//! Finding rotations, and the form in which the API shows them.

use serde_json::{Value, json};

use crate::core::Core;
use crate::error::ApiError;
use crate::permission::{self, Membership, ROTATION};
use crate::state::{Folder, Rotation, State};
use crate::validation::{self, KindFacts};

/// The 400 for an organisation whose plan lacks rotations, for an operation in the service's words.
pub(super) fn check_plan(state: &State, operation: &str) -> Result<(), ApiError> {
    if state.plan.secret_rotation {
        return Ok(());
    }
    let plural = format!("{}s", operation.trim_end_matches('s'));
    Err(ApiError::BadRequest(format!("Failed to {operation} due to plan restriction. Upgrade plan to {plural}.")))
}

/// Tells what is known of a kind whose route exists.
pub(super) fn facts(kind: &str) -> Result<&'static KindFacts, ApiError> {
    validation::kinds().get(kind).ok_or(ApiError::Internal(None))
}

/// Finds a folder by the path that a rotation names, or refuses as the service does.
pub fn find_folder<'a>(state: &'a State, project: &str, environment: &str, path: &str) -> Result<&'a Folder, ApiError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/');
    if !path.bytes().all(is_plain) {
        let text = "Invalid secret path. Only alphanumeric characters, dashes, and underscores are allowed.";
        return Err(ApiError::BadRequest(text.to_owned()));
    }
    state.folder(project, environment, path).ok_or_else(|| {
        ApiError::BadRequest(format!(
            "Could not find folder with path \"{path}\" in environment \"{environment}\" for project with ID \"{project}\""
        ))
    })
}

/// Finds a rotation by id for an action: existence, then the right to see it, then its kind.
pub fn by_id<'a>(
    state: &'a State,
    identity: &str,
    kind: &str,
    id: &str,
    action: &str,
) -> Result<&'a Rotation, ApiError> {
    let rotation = known(state, kind, id)?;
    permit(state, identity, rotation, action)?;
    check_kind(state, rotation, kind)?;
    Ok(rotation)
}

/// Finds a rotation that exists, whoever may see it.
pub(super) fn known<'a>(state: &'a State, kind: &str, id: &str) -> Result<&'a Rotation, ApiError> {
    check_plan(state, "get secret rotation")?;
    let title = &facts(kind)?.title;
    let unknown = || ApiError::NotFound(format!("Could not find {title} Rotation with ID \"{id}\""));
    state.rotations.get(id).ok_or_else(unknown)
}

/// Finds a rotation by its name and place.
pub fn by_name<'a>(
    state: &'a State,
    identity: &str,
    kind: &str,
    name: &str,
    (project, environment, path): (&str, &str, &str),
) -> Result<&'a Rotation, ApiError> {
    check_plan(state, "get secret rotation")?;
    let title = &facts(kind)?.title;
    permission::enter(state, identity, project)?;
    let folder = find_folder(state, project, environment, path)?;
    let unknown = || ApiError::NotFound(format!("Could not find {title} Rotation with name \"{name}\""));
    let rotation = state.rotations_in(&folder.id).find(|rotation| rotation.name == name).ok_or_else(unknown)?;
    permit(state, identity, rotation, "read")?;
    check_kind(state, rotation, kind)?;
    Ok(rotation)
}

/// Lists the rotations of a project that the caller may read, of one kind or of all.
pub fn list(core: &Core, identity: &str, kind: Option<&str>, project: &str) -> Result<Vec<Value>, ApiError> {
    core.read(|state| {
        check_plan(state, "list secret rotations")?;
        let membership = permission::enter(state, identity, project)?;
        if !membership.permits_at_all(ROTATION, "read") {
            return Err(permission::denied(ROTATION, "read"));
        }
        let is_asked_for =
            |rotation: &&Rotation| rotation.project_id == project && kind.is_none_or(|kind| rotation.kind == kind);
        let is_visible = |rotation: &&Rotation| may(state, &membership, rotation, "read");
        Ok(state
            .rotations
            .values()
            .filter(is_asked_for)
            .filter(is_visible)
            .map(|found| present(state, found))
            .collect())
    })
}

/// Refuses an action on a rotation that the caller's role in its project does not permit.
pub(super) fn permit(state: &State, identity: &str, rotation: &Rotation, action: &str) -> Result<(), ApiError> {
    let membership = permission::enter(state, identity, &rotation.project_id)?;
    if may(state, &membership, rotation, action) { Ok(()) } else { Err(permission::denied(ROTATION, action)) }
}

/// Refuses the route of another kind. The service compares the connection's app only; a sibling kind of the same app
/// passes, and its answer then fails on the way out.
pub(super) fn check_kind(state: &State, rotation: &Rotation, kind: &str) -> Result<(), ApiError> {
    let facts = facts(kind)?;
    let app = state.connections.get(&rotation.connection_id).map(|connection| &connection.app);
    if app.is_none_or(|app| !facts.apps.contains(app)) {
        let text = format!("Secret Rotation with ID \"{}\" is not configured for {}", rotation.id, facts.title);
        return Err(ApiError::BadRequest(text));
    }
    if rotation.kind == kind { Ok(()) } else { Err(ApiError::Internal(None)) }
}

/// Shows a rotation as the API does.
pub fn present(state: &State, rotation: &Rotation) -> Value {
    let connection = state.connections.get(&rotation.connection_id);
    let folder = state.folders.get(&rotation.folder_id);
    let environment = environment(state, rotation);
    json!({
        "id": rotation.id,
        "name": rotation.name,
        "description": rotation.description,
        "type": rotation.kind,
        "parameters": rotation.parameters,
        "secretsMapping": rotation.secrets_mapping,
        "isAutoRotationEnabled": rotation.is_auto_rotation_enabled,
        "activeIndex": rotation.active_index,
        "folderId": rotation.folder_id,
        "connectionId": rotation.connection_id,
        "projectId": rotation.project_id,
        "createdAt": rotation.created_at,
        "updatedAt": rotation.updated_at,
        "rotationInterval": rotation.rotation_interval,
        "rotateAtUtc": rotation.rotate_at_utc,
        "rotationStatus": rotation.rotation_status,
        "lastRotationAttemptedAt": rotation.last_rotation_attempted_at,
        "lastRotatedAt": rotation.last_rotated_at,
        "lastRotationJobId": rotation.last_rotation_job_id,
        "nextRotationAt": rotation.next_rotation_at,
        "isLastRotationManual": rotation.is_last_rotation_manual,
        "lastRotationMessage": rotation.last_rotation_message,
        "connection": {
            "app": connection.map(|connection| &connection.app),
            "name": connection.map(|connection| &connection.name),
            "id": rotation.connection_id,
        },
        "environment": {
            "id": rotation.environment_id,
            "name": environment.map(|environment| &environment.name),
            "slug": environment.map(|environment| &environment.slug),
        },
        "folder": { "id": rotation.folder_id, "path": folder.map(|folder| &folder.path) },
    })
}

fn environment<'a>(state: &'a State, rotation: &Rotation) -> Option<&'a crate::state::Environment> {
    let project = state.projects.get(&rotation.project_id)?;
    project.environments.iter().find(|environment| environment.id == rotation.environment_id)
}

fn may(state: &State, membership: &Membership<'_>, rotation: &Rotation, action: &str) -> bool {
    let slug = environment(state, rotation).map_or("", |environment| &environment.slug);
    let path = state.folders.get(&rotation.folder_id).map_or("", |folder| &folder.path);
    let fields = [("environment", slug), ("secretPath", path), ("connectionId", rotation.connection_id.as_str())];
    membership.permits(ROTATION, action, &fields)
}
