//! Data sources: what the server knows, looked up. None of them holds a secret's value.

mod app_connection;
mod described;
mod project;
mod rotation;
mod rotation_options;
mod rotations;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::terraform::DataSource;

use super::session::Session;

/// All data sources by name, calling through `session`.
pub(super) fn all(session: &Arc<Session>) -> BTreeMap<String, Arc<dyn DataSource>> {
    let session = || Arc::clone(session);
    let sources: [(&str, Arc<dyn DataSource>); 5] = [
        ("infisical_app_connection", Arc::new(app_connection::AppConnection::new(session()))),
        ("infisical_project", Arc::new(project::Project::new(session()))),
        ("infisical_rotation", Arc::new(rotation::Rotation::new(session()))),
        ("infisical_rotation_options", Arc::new(rotation_options::RotationOptions::new(session()))),
        ("infisical_rotations", Arc::new(rotations::Rotations::new(session()))),
    ];
    sources.map(|(name, source)| (name.to_owned(), source)).into()
}
