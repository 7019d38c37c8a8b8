//! Which rotations of a project are wanted: the arguments that say so, and finding those that pass.

use jiff::Timestamp;

use crate::catalog::table::{Field, Form, TEXT, choice, flag, text};
use crate::infisical::Rotation;
use crate::terraform::{Context, Result, Value};

use super::failure::Attempt;
use super::rotation::normalise::normalise_members;
use super::schedule::is_overdue;
use super::selection::{KIND, is_same_folder};
use super::session::Session;

/// The arguments: the project, and what is left out of it.
pub(super) static FIELDS: &[Field] = &[
    text("project_id", TEXT, "ID of the project whose rotations are listed."),
    KIND,
    text("environment", TEXT.forms(&[Form::Slug]), "Lists only rotations of the environment with this slug.")
        .optional(),
    text(
        "secret_path",
        TEXT.forms(&[Form::FolderPath]),
        "Lists only rotations of this folder; those of the folders in it are not among them.",
    )
    .optional(),
    choice("status", &["success", "failed"], "Lists only rotations whose last rotation went so.").optional(),
    flag(
        "overdue",
        "Lists only rotations that should have been rotated by now and were not, or with `false` only the others.",
    )
    .optional(),
];

/// The rotations of the project that pass every filter of `config`, by their names.
pub(super) async fn find(
    session: &Session,
    context: &Context,
    config: &Value,
    now: Timestamp,
) -> Result<Vec<Rotation>> {
    let wanted = normalise_members(FIELDS, config);
    let project = wanted.get("project_id").as_str().unwrap_or_default();
    let attempt = Attempt {
        summary: "Could not list the rotations",
        what: format!("Listing the rotations of the project {project}."),
        kind: None,
    };
    let client = session.client(&attempt)?;
    let rotations = client.project_rotations(&context.stop, project).await;
    let mut rotations = rotations.map_err(|error| attempt.failed(&error))?;
    rotations.retain(|rotation| is_wanted(&wanted, rotation, now));
    Ok(rotations)
}

/// Whether a rotation passes every filter that is set.
fn is_wanted(wanted: &Value, rotation: &Rotation, now: Timestamp) -> bool {
    let passes = |name: &str, actual: &str| wanted.get(name).as_str().is_none_or(|wanted| wanted == actual);
    passes("type", &rotation.kind)
        && passes("environment", &rotation.environment.slug)
        && passes("status", rotation.rotation_status.as_deref().unwrap_or_default())
        && wanted.get("secret_path").as_str().is_none_or(|path| is_same_folder(path, &rotation.folder.path))
        && wanted.get("overdue").as_bool().is_none_or(|wanted| wanted == is_overdue(rotation, now))
}
