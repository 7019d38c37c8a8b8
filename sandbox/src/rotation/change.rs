//! Changing a rotation.

use serde_json::Value;

use super::{arithmetic, create, lookup, mapping};
use crate::core::Core;
use crate::error::ApiError;
use crate::identifiers;
use crate::state::{QueuedJob, Rotation, State};
use crate::validation::KindFacts;

/// Changes a rotation by a body that validation has normalised.
pub fn change(core: &Core, identity: &str, kind: &str, id: &str, body: &Value) -> Result<Value, ApiError> {
    let facts = lookup::facts(kind)?;
    let shown = core.write(|state| {
        let (rotation, path) = check(state, identity, facts, id, body)?;
        let now = core.clock.now();
        let mut changed = rotation.clone();
        apply(&mut changed, body);
        create::check_name(state, &rotation.folder_id, &path, &changed.name, Some(&rotation.id))?;
        changed.next_rotation_at = arithmetic::next_rotation(&changed, now);
        // What is due before the daily job looks again is queued at once; what is overdue runs within moments.
        if let Some(due) = changed.next_rotation_at.filter(|due| *due < now.next_midnight()) {
            let rotated_before = changed.last_rotated_at;
            let id = identifiers::uuid();
            changed.queued = Some(QueuedJob { id, due: due.max(now), manual: true, rotated_before });
        }
        changed.updated_at = now;
        mapping::rename(state, &rotation.folder_id, &rotation.secrets_mapping, &changed.secrets_mapping, now);
        let shown = lookup::present(state, &changed);
        state.rotations.insert(changed.id.clone(), changed);
        Ok(shown)
    })?;
    core.schedule_changed.notify_one();
    Ok(shown)
}

/// Checks in the service's order and gives the rotation and its path.
fn check(
    state: &State,
    identity: &str,
    facts: &KindFacts,
    id: &str,
    body: &Value,
) -> Result<(Rotation, String), ApiError> {
    lookup::check_plan(state, "update secret rotation")?;
    let unknown = || ApiError::NotFound(format!("Could not find {} Rotation with ID {id}", facts.title));
    let rotation = state.rotations.get(id).ok_or_else(unknown)?;
    if let Some(parameters) = body.get("parameters") {
        // An absent parameter differs from a stored one.
        let differs = |name: &String| parameters.get(name) != rotation.parameters.get(name);
        if facts.immutable.iter().any(differs) {
            return Err(ApiError::BadRequest(facts.immutable_text.clone().unwrap_or_default()));
        }
    }
    lookup::permit(state, identity, rotation, "edit")?;
    lookup::check_kind(state, rotation, facts.slug)?;
    let path = state.folders.get(&rotation.folder_id).map(|folder| folder.path.clone()).unwrap_or_default();
    if let Some(wanted) = body.get("secretsMapping").and_then(Value::as_object) {
        let own = mapping::names(&rotation.secrets_mapping);
        mapping::check(state, &rotation.folder_id, &path, wanted, &own)?;
    }
    Ok((rotation.clone(), path))
}

fn apply(rotation: &mut Rotation, body: &Value) {
    if let Some(name) = body.get("name").and_then(Value::as_str) {
        name.clone_into(&mut rotation.name);
    }
    if let Some(description) = body.get("description") {
        rotation.description = description.as_str().map(str::to_owned);
    }
    if let Some(is_enabled) = body.get("isAutoRotationEnabled").and_then(Value::as_bool) {
        rotation.is_auto_rotation_enabled = is_enabled;
    }
    if let Some(interval) = body.get("rotationInterval").and_then(Value::as_number) {
        rotation.rotation_interval = interval.clone();
    }
    if let Some(rotate_at) = create::rotate_at(body) {
        rotation.rotate_at_utc = rotate_at;
    }
    if let Some(parameters) = body.get("parameters") {
        rotation.parameters = parameters.clone();
    }
    if let Some(mapping) = body.get("secretsMapping").and_then(Value::as_object) {
        rotation.secrets_mapping.clone_from(mapping);
    }
}
