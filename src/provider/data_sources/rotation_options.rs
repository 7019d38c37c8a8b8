//! `infisical_rotation_options`: what the server supports.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::catalog;
use crate::infisical::RotationOption;
use crate::provider::failure::Attempt;
use crate::provider::session::Session;
use crate::terraform::{Attribute, Context, DataSource, Diagnostics, Nesting, Reply, Result, Schema, Type, Value};

/// The data source.
pub(super) struct RotationOptions {
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl RotationOptions {
    /// The data source, which calls through `session`.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl DataSource for RotationOptions {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(schema)
    }

    fn validate(&self, _config: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    async fn read(&self, context: &Context, _config: Value) -> Result<Reply<Value>> {
        let attempt = Attempt {
            summary: "Could not read the rotation options",
            what: "Asking the server which kinds of rotations it supports.".to_owned(),
            kind: None,
        };
        let client = self.session.client(&attempt)?;
        let mut options = client.rotation_options(&context.stop).await.map_err(|error| attempt.failed(&error))?;
        options.sort_by(|one, other| one.kind.cmp(&other.kind));
        let types = options.iter().map(|option| Value::from(option.kind.as_str())).collect();
        let options = options.iter().map(described).collect();
        Ok(Value::map([("types", Value::set_of(types)), ("options", Value::List(options))]).into())
    }
}

fn described(option: &RotationOption) -> Value {
    let resource = catalog::by_slug(&option.kind).map(|kind| kind.resource);
    Value::map([
        ("type", Value::from(option.kind.as_str())),
        ("name", option.name.as_str().into()),
        ("connection_app", option.connection.clone().into()),
        ("resource_type", resource.into()),
        ("template_json", option.template.to_string().into()),
    ])
}

fn schema() -> Schema {
    let told = |name: &str, text: &str| Attribute::new(name, Type::String).computed().describe(text);
    let option = vec![
        told("type", "The kind, as the API spells it."),
        told("name", "The name for people."),
        told("connection_app", "The app of the connection that it needs."),
        told(
            "resource_type",
            "The resource type that manages this kind; null if this provider is older than the kind.",
        ),
        told(
            "template_json",
            "What the server suggests, in JSON: names of secrets, and statements where databases need them.",
        ),
    ];
    let types = Attribute::new("types", Type::set(Type::String))
        .computed()
        .describe("All kinds that the server supports, for conditions such as `contains`.");
    let options =
        Attribute::nested("options", Nesting::List, option).computed().describe("The kinds, sorted by `type`.");
    Schema {
        description:
            "Tells which kinds of rotations the server supports: an older self-hosted server has fewer than this \
                      provider."
                .to_owned(),
        attributes: vec![types, options].into(),
        ..Schema::default()
    }
}
