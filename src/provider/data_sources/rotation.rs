//! `infisical_rotation`: one rotation of any kind.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::provider::failure::Attempt;
use crate::provider::rotation::schema::attribute;
use crate::provider::selection::{self, Selection};
use crate::provider::session::Session;
use crate::terraform::{Attribute, Context, DataSource, Diagnostic, Diagnostics, Mode, Reply, Result, Schema, Value};

use super::described;

/// The data source.
pub(super) struct Rotation {
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl Rotation {
    /// The data source, which calls through `session`.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl DataSource for Rotation {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(schema)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        selection::validate(config)
    }

    async fn read(&self, context: &Context, config: Value) -> Result<Reply<Value>> {
        let selection = Selection::read(&config)?;
        let attempt = Attempt {
            summary: "Could not read the rotation",
            what: format!("Looking for {}.", selection.describe()),
            kind: None,
        };
        let client = self.session.client(&attempt)?;
        let found = selection.find(&client, &context.stop).await.map_err(|error| attempt.failed(&error))?;
        let Some(rotation) = found else {
            let text = "There is no such rotation, or the identity may not see it. Check what it is named by, and that the \
                        identity's role has `read` on `secret-rotation`.";
            return Err(Diagnostic::error(attempt.summary, format!("{}\n\n{text}", attempt.what)).into());
        };
        let mut value = described::value(&rotation, Timestamp::now());
        // What was configured stays as it was written.
        for field in selection::FIELDS {
            let given = config.get(field.name);
            if !given.is_null() {
                value.set(field.name, given.clone());
            }
        }
        Ok(value.into())
    }
}

fn schema() -> Schema {
    let arguments =
        selection::FIELDS.iter().map(|field| Attribute { mode: Mode::OptionalComputed, ..attribute(field) });
    let is_argument = |told: &Attribute| selection::FIELDS.iter().any(|field| field.name == told.name);
    let told = described::attributes().into_iter().filter(|told| !is_argument(told));
    Schema {
        description:
            "Reads one rotation of any kind: its settings, its schedule and how the last rotation went. No secret \
                      is among it. A rotation that does not exist is an error."
                .to_owned(),
        attributes: arguments.chain(told).collect(),
        ..Schema::default()
    }
}
