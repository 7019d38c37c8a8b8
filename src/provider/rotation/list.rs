//! Finding the rotations of one kind in a project, to be taken under management.
//!
//! All kinds of a project are found by the same call, which those who ask at about the same time share.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::catalog::Kind;
use crate::infisical::Rotation;
use crate::provider::filter;
use crate::provider::selection::KIND;
use crate::provider::session::Session;
use crate::terraform::{Context, Diagnostics, Found, ListResource, Result, Schema, Value};

use super::identity::identity;
use super::lifecycle::stored;
use super::schema::attribute;
use super::validate::validate_arguments;

/// The list of the rotations of one kind.
pub(in crate::provider) struct RotationList {
    kind: &'static Kind,
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl RotationList {
    /// The list of `kind`, which calls through `session`.
    pub(in crate::provider) fn new(kind: &'static Kind, session: Arc<Session>) -> Self {
        Self { kind, session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl ListResource for RotationList {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema {
            description: format!(
                "Finds the {} rotations of a project: all of them, or those that pass every filter.",
                self.kind.title
            ),
            // The kind is that of the resource type.
            attributes: filter::FIELDS.iter().filter(|field| field.name != KIND.name).map(attribute).collect(),
            ..Schema::default()
        })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate_arguments(filter::FIELDS, config)
    }

    async fn list(&self, context: &Context, mut config: Value) -> Result<Vec<Found>> {
        config.set(KIND.name, self.kind.slug.into());
        let found = filter::find(&self.session, context, &config, Timestamp::now()).await?;
        Ok(found.iter().map(|rotation| self.found(rotation)).collect())
    }
}

impl RotationList {
    fn found(&self, rotation: &Rotation) -> Found {
        let Rotation { id, project_id, name, environment, folder, .. } = rotation;
        let known = Value::map([("id", Value::from(id.as_str())), ("project_id", project_id.as_str().into())]);
        Found {
            display_name: format!("{name} ({}, {})", environment.slug, folder.path),
            identity: identity(&known),
            state: stored(self.kind, &Value::Null, rotation),
        }
    }
}
