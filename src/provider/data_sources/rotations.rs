//! `infisical_rotations`: the rotations of a project, or some of them.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::provider::filter;
use crate::provider::rotation::schema::attribute;
use crate::provider::rotation::validate::validate_arguments;
use crate::provider::session::Session;
use crate::terraform::{Attribute, Context, DataSource, Diagnostics, Nesting, Reply, Result, Schema, Value};

use super::described;

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
        validate_arguments(filter::FIELDS, config)
    }

    async fn read(&self, context: &Context, config: Value) -> Result<Reply<Value>> {
        let now = Timestamp::now();
        let found = filter::find(&self.session, context, &config, now).await?;
        let found = found.iter().map(|rotation| described::value(rotation, now)).collect();
        let mut value = config;
        value.set("rotations", Value::List(found));
        Ok(value.into())
    }
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
        attributes: filter::FIELDS.iter().map(attribute).chain([found]).collect(),
        ..Schema::default()
    }
}
