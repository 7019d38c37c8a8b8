//! `/api/v2/folders`, and `/api/v1/folders` where the project is called `workspaceId`.

use serde_json::{Value, json};

use crate::core::Core;
use crate::error::ApiError;
use crate::fields::Fields;
use crate::permission::{self, FOLDER};
use crate::route::Call;
use crate::state::{Folder, State, canonical_path};

pub(super) fn create(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let mut fields = Fields::of(call.body.as_ref());
    let (project, environment) = (project_of(&mut fields, call), fields.text("environment"));
    let name = fields.text("name");
    if !is_name(&name) {
        fields.complain("name", "Folder name can only contain alphanumeric characters, dashes, and underscores");
    }
    // The older route calls the path a directory as well.
    let directory = fields.optional("directory");
    let parent = canonical_path(&fields.optional("path").or(directory).unwrap_or_default());
    let description = fields.nullable("description");
    fields.finish()?;
    core.write(|state| {
        let membership = permission::enter(state, &call.identity, &project)?;
        let place = [("environment", environment.as_str()), ("secretPath", parent.as_str())];
        membership.require(FOLDER, "create", &place)?;
        check_environment(state, &project, &environment)?;
        let path = if parent == "/" { format!("/{name}") } else { format!("{parent}/{name}") };
        if state.folder(&project, &environment, &path).is_some() {
            let text = format!("Folder with name '{name}' already exists in path '{parent}'");
            return Err(ApiError::BadRequest(text));
        }
        if !path.split('/').skip(1).all(is_name) {
            let text = "Invalid secret path. Only alphanumeric characters, dashes, and underscores are allowed.";
            return Err(ApiError::BadRequest(text.to_owned()));
        }
        let id = state.ensure_folder(&project, &environment, &path, core.clock.now());
        let folder = id.and_then(|id| state.folders.get_mut(&id)).ok_or(ApiError::Internal(None))?;
        folder.description = description;
        Ok(json!({ "folder": present(folder) }))
    })
}

pub(super) fn list(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let query = |names: [&str; 2]| names.into_iter().find_map(|name| call.query(name)).unwrap_or_default().trim();
    let (project, environment) = (query(["projectId", "workspaceId"]), query(["environment", "environment"]));
    let parent = canonical_path(query(["path", "directory"]));
    let is_recursive = call.query("recursive") == Some("true");
    core.read(|state| {
        permission::enter(state, &call.identity, project)?;
        check_environment(state, project, environment)?;
        let Some(parent) = state.folder(project, environment, &parent) else { return Ok(json!({ "folders": [] })) };
        let prefix = parent.child_path("");
        let is_wanted = |folder: &&Folder| {
            let is_child = folder.parent_id.as_deref() == Some(parent.id.as_str());
            let is_below = folder.environment_id == parent.environment_id
                && folder.path.starts_with(&prefix)
                && folder.id != parent.id;
            is_child || (is_recursive && is_below)
        };
        let mut folders: Vec<&Folder> = state.folders.values().filter(is_wanted).collect();
        folders.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(json!({ "folders": folders.into_iter().map(present).collect::<Vec<_>>() }))
    })
}

pub(super) fn read(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let id = call.parameter("folderId");
    core.read(|state| {
        let unknown = || ApiError::NotFound(format!("Folder with ID '{id}' not found"));
        let folder = state.folders.get(id).ok_or_else(unknown)?;
        let membership = permission::enter(state, &call.identity, &folder.project_id)?;
        let mut shown = present(folder);
        let mut environments = membership.project.environments.iter();
        if let Some(environment) = environments.find(|environment| environment.id == folder.environment_id) {
            shown["environment"] =
                json!({ "envId": environment.id, "envName": environment.name, "envSlug": environment.slug });
        }
        Ok(json!({ "folder": shown }))
    })
}

pub(super) fn delete(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let mut fields = Fields::of(call.body.as_ref());
    let (project, environment) = (project_of(&mut fields, call), fields.text("environment"));
    let directory = fields.optional("directory");
    let parent = canonical_path(&fields.optional("path").or(directory).unwrap_or_default());
    let is_forced = fields.flag("forceDelete");
    fields.finish()?;
    let named = call.parameter("folderIdOrName");
    core.write(|state| {
        let membership = permission::enter(state, &call.identity, &project)?;
        let place = [("environment", environment.as_str()), ("secretPath", parent.as_str())];
        membership.require(FOLDER, "delete", &place)?;
        check_environment(state, &project, &environment)?;
        let below = state.folder(&project, &environment, &parent).map(|folder| folder.id.clone());
        let is_meant = |folder: &&Folder| {
            (folder.id == named || folder.name == named) && folder.parent_id.is_some() && folder.parent_id == below
        };
        let unknown =
            || ApiError::NotFound(format!("Failed to delete folder with name or ID '{named}': not found"));
        let folder = state.folders.values().find(is_meant).cloned().ok_or_else(unknown)?;
        let doomed = with_descendants(state, &folder);
        let has_contents = doomed.len() > 1
            || state.secrets.get(&folder.id).is_some_and(|secrets| !secrets.is_empty())
            || state.rotations_in(&folder.id).next().is_some();
        if has_contents && !is_forced {
            let name = &folder.name;
            return Err(ApiError::BadRequest(format!(
                "Cannot delete folder \"{name}\" because it contains resources. Use forceDelete=true to delete it forcefully."
            )));
        }
        for id in &doomed {
            state.folders.remove(id);
            state.secrets.remove(id);
            state.rotations.retain(|_, rotation| rotation.folder_id != *id);
        }
        Ok(json!({ "folder": present(&folder) }))
    })
}

/// Refuses an environment that the project lacks.
fn check_environment(state: &State, project: &str, environment: &str) -> Result<(), ApiError> {
    let text = || format!("Environment with slug '{environment}' in project with ID '{project}' not found");
    state.environment(project, environment).map(|_| ()).ok_or_else(|| ApiError::NotFound(text()))
}

fn with_descendants(state: &State, folder: &Folder) -> Vec<String> {
    let prefix = folder.child_path("");
    let is_below = |other: &&Folder| other.environment_id == folder.environment_id && other.path.starts_with(&prefix);
    let below = state.folders.values().filter(is_below).map(|folder| folder.id.clone());
    std::iter::once(folder.id.clone()).chain(below).collect()
}

fn project_of(fields: &mut Fields<'_>, call: &Call<'_>) -> String {
    let has_old_name = call.body().get("workspaceId").is_some();
    fields.text(if has_old_name { "workspaceId" } else { "projectId" })
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn present(folder: &Folder) -> Value {
    json!({
        "id": folder.id,
        "name": folder.name,
        "version": 1,
        "envId": folder.environment_id,
        "parentId": folder.parent_id,
        "path": folder.path,
        "projectId": folder.project_id,
        "description": folder.description,
        "isReserved": false,
        "createdAt": folder.created_at,
        "updatedAt": folder.updated_at,
    })
}
