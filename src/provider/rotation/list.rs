//! Finding the rotations of one kind in a project, to be taken under management.
//!
//! All kinds of a project are found by the same call, which those who ask at about the same time share.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::catalog::{Kind, by_slug, open};
use crate::infisical::Rotation;
use crate::provider::filter;
use crate::provider::selection::KIND;
use crate::provider::session::Session;
use crate::terraform::{Context, Diagnostics, Found, ListResource, Result, Schema, Value};

use super::identity::identity;
use super::lifecycle::stored;
use super::schema::attribute;
use super::validate::validate_arguments;

/// The list of the rotations of one kind, or of those whose kinds have no resource of their own.
pub(in crate::provider) struct RotationList {
    /// None for the latter.
    kind: Option<&'static Kind>,
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl RotationList {
    /// The list of `kind`, or else of the kinds that the catalog does not know, which calls through `session`.
    pub(in crate::provider) fn new(kind: Option<&'static Kind>, session: Arc<Session>) -> Self {
        Self { kind, session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl ListResource for RotationList {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema {
            description: match self.kind {
                Some(kind) => format!(
                    "Finds the {} rotations of a project: all of them, or those that pass every filter.",
                    kind.title
                ),
                None => {
                    "Finds the rotations of a project whose kinds have no resource of their own in this release, or \
                         with `type` those of any one kind: all of them, or those that pass every filter."
                        .to_owned()
                }
            },
            attributes: filter::FIELDS
                .iter()
                // The resource type tells the kind, if it is one of its own.
                .filter(|field| self.kind.is_none() || field.name != KIND.name)
                .map(attribute)
                .collect(),
            ..Schema::default()
        })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate_arguments(filter::FIELDS, config)
    }

    async fn list(&self, context: &Context, mut config: Value) -> Result<Vec<Found>> {
        if let Some(kind) = self.kind {
            config.set(KIND.name, kind.slug.into());
        }
        let mut rotations = filter::find(&self.session, context, &config, Timestamp::now()).await?;
        if config.get(KIND.name).is_null() {
            rotations.retain(|rotation| by_slug(&rotation.kind).is_none());
        }
        let found = rotations.iter().map(|rotation| {
            let kind = self.kind.unwrap_or_else(|| open::kind(&rotation.kind));
            found(kind, rotation)
        });
        Ok(found.collect())
    }
}

fn found(kind: &'static Kind, rotation: &Rotation) -> Found {
    let Rotation { id, project_id, name, environment, folder, .. } = rotation;
    let known = Value::map([
        ("id", Value::from(id.as_str())),
        ("project_id", project_id.as_str().into()),
        ("type", rotation.kind.as_str().into()),
    ]);
    Found {
        display_name: format!("{name} ({}, {})", environment.slug, folder.path),
        identity: identity(kind, &known),
        state: stored(kind, &Value::Null, rotation),
    }
}
