//! `infisical_app_connection`: the ID of a connection by its name.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::catalog::table::{Field, Form, TEXT, text};
use crate::provider::failure::Attempt;
use crate::provider::rotation::normalise::normalise_members;
use crate::provider::rotation::schema::attribute;
use crate::provider::rotation::validate::validate_arguments;
use crate::provider::session::Session;
use crate::terraform::{
    Attribute, AttributePath, Context, DataSource, Diagnostic, Diagnostics, Reply, Result, Schema, Type, Value,
};

static FIELDS: &[Field] = &[
    text("name", TEXT.forms(&[Form::Slug]), "The connection's name."),
    text(
        "app",
        TEXT.untrimmed().forms(&[Form::Slug]),
        "The app that it connects to, such as `postgres`; the page of each rotation names its own.",
    ),
    text(
        "project_id",
        TEXT,
        "ID of the project that will use it: its own connections are looked through first, then the organisation's.",
    ),
];

/// The data source.
pub(super) struct AppConnection {
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl AppConnection {
    /// The data source, which calls through `session`.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl DataSource for AppConnection {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(schema)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate_arguments(FIELDS, config)
    }

    async fn read(&self, context: &Context, config: Value) -> Result<Reply<Value>> {
        let sent = normalise_members(FIELDS, &config);
        let argument = |name: &str| sent.get(name).as_str().unwrap_or_default();
        let (name, app, project) = (argument("name"), argument("app"), argument("project_id"));
        let attempt = Attempt {
            summary: "Could not find the app connection",
            what: format!(
                "Looking for the connection `{name}` of the app `{app}` in the project {project}, then in its organisation."
            ),
            kind: None,
        };
        let client = self.session.client(&attempt)?;
        let found = client.connection_by_name(&context.stop, app, project, name).await;
        let Some(connection) = found.map_err(|error| attempt.failed(&error))? else {
            let text = "There is no such connection, or the identity may neither read nor use it. Check `name`, `app` and \
                        `project_id`, and that the identity's role permits to connect it.";
            let missing = Diagnostic::error(attempt.summary, format!("{}\n\n{text}", attempt.what));
            return Err(missing.at(AttributePath::of("name")).into());
        };
        let scope = if connection.project_id.is_some() { "project" } else { "organization" };
        let mut value = config;
        value.set("id", connection.id.into());
        value.set("scope", scope.into());
        Ok(value.into())
    }
}

fn schema() -> Schema {
    let id = Attribute::new("id", Type::String).computed().describe("The connection's ID, for `connection_id`.");
    let scope = Attribute::new("scope", Type::String)
        .computed()
        .describe("To whom the connection belongs: `project` or `organization`.");
    Schema {
        description:
            "Finds an app connection by its name: the project's own one, or else the organisation's. An identity \
                      that may use the connection need not be allowed to read it. None by that name is an error."
                .to_owned(),
        attributes: FIELDS.iter().map(attribute).chain([id, scope]).collect(),
        ..Schema::default()
    }
}
