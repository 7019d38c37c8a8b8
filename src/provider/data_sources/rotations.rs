//! `infisical_rotations`: the rotations of a project, or some of them.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::catalog::table::{Field, Form, TEXT, choice, flag, text};
use crate::infisical::Rotation;
use crate::provider::failure::Attempt;
use crate::provider::rotation::normalise::normalise_members;
use crate::provider::rotation::schema::attribute;
use crate::provider::rotation::validate::validate_arguments;
use crate::provider::selection::{KIND, is_same_folder};
use crate::provider::session::Session;
use crate::terraform::{Attribute, Context, DataSource, Diagnostics, Nesting, Reply, Result, Schema, Value};

use super::described;

static FIELDS: &[Field] = &[
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

/// The data source.
pub(super) struct Rotations {
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl Rotations {
    /// The data source, which calls through `session`.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl DataSource for Rotations {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(schema)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate_arguments(FIELDS, config)
    }

    async fn read(&self, context: &Context, config: Value) -> Result<Reply<Value>> {
        let wanted = normalise_members(FIELDS, &config);
        let project = wanted.get("project_id").as_str().unwrap_or_default();
        let attempt = Attempt {
            summary: "Could not list the rotations",
            what: format!("Listing the rotations of the project {project}."),
            kind: None,
        };
        let client = self.session.client(&attempt)?;
        let rotations = client.project_rotations(&context.stop, project).await;
        let rotations = rotations.map_err(|error| attempt.failed(&error))?;
        let now = Timestamp::now();
        let found = rotations.iter().filter(|rotation| is_wanted(&wanted, rotation, now));
        let found = found.map(|rotation| described::value(rotation, now)).collect();
        let mut value = config;
        value.set("rotations", Value::List(found));
        Ok(value.into())
    }
}

/// Whether a rotation passes every filter that is set.
fn is_wanted(wanted: &Value, rotation: &Rotation, now: Timestamp) -> bool {
    let passes = |name: &str, actual: &str| wanted.get(name).as_str().is_none_or(|wanted| wanted == actual);
    passes("type", &rotation.kind)
        && passes("environment", &rotation.environment.slug)
        && passes("status", rotation.rotation_status.as_deref().unwrap_or_default())
        && wanted.get("secret_path").as_str().is_none_or(|path| is_same_folder(path, &rotation.folder.path))
        && wanted.get("overdue").as_bool().is_none_or(|wanted| wanted == described::is_overdue(rotation, now))
}

fn schema() -> Schema {
    let found = Attribute::nested("rotations", Nesting::List, described::attributes())
        .computed()
        .describe("The rotations by name. Those that the identity may not read are not among them.");
    Schema {
        description:
            "Lists the rotations of a project, all of them or those that pass every filter. No secret is among \
                      what it tells. Finding none is no error."
                .to_owned(),
        attributes: FIELDS.iter().map(attribute).chain([found]).collect(),
        ..Schema::default()
    }
}
