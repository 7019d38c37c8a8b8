//! The secrets that a rotation keeps up to date.

use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::error::ApiError;
use crate::state::{Rotation, Secret, State};
use crate::validation;

/// Tells the names of the mapped secrets.
pub(super) fn names(mapping: &Map<String, Value>) -> Vec<&str> {
    mapping.values().filter_map(Value::as_str).collect()
}

/// Refuses a mapping that uses a name twice or names of secrets that exist; `own` ones are no obstacle.
pub(super) fn check(
    state: &State,
    folder: &str,
    path: &str,
    mapping: &Map<String, Value>,
    own: &[&str],
) -> Result<(), ApiError> {
    if let Some(text) = validation::duplicate_mapping(&Value::Object(mapping.clone())) {
        return Err(ApiError::BadRequest(text));
    }
    let taken: Vec<&str> =
        names(mapping).into_iter().filter(|name| !own.contains(name) && state.secret(folder, name).is_some()).collect();
    if taken.is_empty() {
        return Ok(());
    }
    let taken = taken.join(", ");
    Err(ApiError::BadRequest(format!("The following secrets already exist at the path \"{path}\": {taken}")))
}

/// Creates the mapped secrets or writes a new version of each.
pub(super) fn store(state: &mut State, rotation: &Rotation, credentials: &Value, now: Moment) {
    for field in rotation.secrets_mapping.keys() {
        store_one(state, rotation, field, credentials, now);
    }
}

/// Creates the secret that one field of the credentials is mapped to, or writes a new version of it.
pub(super) fn store_one(state: &mut State, rotation: &Rotation, field: &str, credentials: &Value, now: Moment) {
    let Some(name) = rotation.secrets_mapping.get(field).and_then(Value::as_str) else { return };
    let value = match credentials.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let folder = state.secrets.entry(rotation.folder_id.clone()).or_default();
    match folder.get_mut(name) {
        Some(secret) => secret.revise(None, Some(value), now),
        None => {
            folder.insert(name.to_owned(), Secret::new(name, value, Some(&rotation.id), now));
        }
    }
}

/// Renames the mapped secrets from one mapping to another; values and ids stay.
pub(super) fn rename(state: &mut State, folder: &str, from: &Map<String, Value>, to: &Map<String, Value>, now: Moment) {
    let folder = state.secrets.entry(folder.to_owned()).or_default();
    let changed = from.iter().filter_map(|(field, old)| {
        let (old, new) = (old.as_str()?, to.get(field)?.as_str()?);
        (old != new).then_some((old, new))
    });
    // All are taken out before any is put back, so that names may change places.
    let moved: Vec<(&str, Secret)> =
        changed.filter_map(|(old, new)| folder.remove(old).map(|secret| (new, secret))).collect();
    for (name, mut secret) in moved {
        secret.revise(Some(name), None, now);
        folder.insert(name.to_owned(), secret);
    }
}

/// Ends the tie between a rotation and its secrets: they go with it, or stay as ordinary ones.
pub(super) fn release(state: &mut State, rotation: &Rotation, are_deleted: bool) {
    let Some(folder) = state.secrets.get_mut(&rotation.folder_id) else { return };
    let is_own = |secret: &Secret| secret.rotation_id.as_deref() == Some(rotation.id.as_str());
    if are_deleted {
        folder.retain(|_, secret| !is_own(secret));
    }
    for secret in folder.values_mut().filter(|secret| is_own(secret)) {
        secret.rotation_id = None;
    }
}
