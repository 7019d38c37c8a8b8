//! `infisical_project`: a project and its environments.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::catalog::table::{Field, Form, TEXT, text};
use crate::provider::failure::Attempt;
use crate::provider::rotation::normalise::normalise_members;
use crate::provider::rotation::schema::attribute;
use crate::provider::rotation::validate::validate_arguments;
use crate::provider::selection::twice;
use crate::provider::session::Session;
use crate::terraform::{
    Attribute, AttributePath, Context, DataSource, Diagnostic, Diagnostics, Mode, Nesting, Reply, Result, Schema, Type,
    Value,
};

static FIELDS: &[Field] = &[
    text("id", TEXT, "The project's ID. Goes without `slug`.").optional(),
    text("slug", TEXT.forms(&[Form::Slug]), "The project's slug. Goes without `id`.").optional(),
];

/// The data source.
pub(super) struct Project {
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl Project {
    /// The data source, which calls through `session`.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl DataSource for Project {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(schema)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = validate_arguments(FIELDS, config);
        let (id, slug) = (config.get("id"), config.get("slug"));
        if id.is_null() && slug.is_null() {
            let text = "Name the project: by its `id` or by its `slug`.";
            diagnostics.push(Diagnostic::error("Missing value", text).at(AttributePath::of("id")));
        }
        if id.as_str().is_some() && slug.as_str().is_some() {
            diagnostics.push(twice("slug", "id"));
        }
        diagnostics
    }

    async fn read(&self, context: &Context, config: Value) -> Result<Reply<Value>> {
        let sent = normalise_members(FIELDS, &config);
        let (id, slug) = (sent.get("id").as_str(), sent.get("slug").as_str().unwrap_or_default());
        let attempt = Attempt {
            summary: "Could not read the project",
            what: id.map_or_else(
                || format!("Looking for the project with the slug `{slug}`."),
                |id| format!("Looking for the project with the ID {id}."),
            ),
            kind: None,
        };
        let client = self.session.client(&attempt)?;
        let found = match id {
            Some(id) => client.project(&context.stop, id).await,
            None => client.project_by_slug(&context.stop, slug).await,
        };
        let Some(project) = found.map_err(|error| attempt.failed(&error))? else {
            let text = "There is no such project, or the identity may not see it. Check the ID or the slug, and that the \
                        identity is a member of the project.";
            return Err(Diagnostic::error(attempt.summary, format!("{}\n\n{text}", attempt.what)).into());
        };
        let environments = project.environments.into_iter().map(|environment| {
            Value::map([
                ("id", Value::from(environment.id)),
                ("name", environment.name.into()),
                ("slug", environment.slug.into()),
            ])
        });
        let mut value = Value::map([
            ("id", Value::from(project.id)),
            ("slug", project.slug.into()),
            ("name", project.name.into()),
            ("type", project.purpose.into()),
            ("environments", Value::List(environments.collect())),
        ]);
        for field in FIELDS {
            let given = config.get(field.name);
            if !given.is_null() {
                value.set(field.name, given.clone());
            }
        }
        Ok(value.into())
    }
}

fn schema() -> Schema {
    let arguments = FIELDS.iter().map(|field| Attribute { mode: Mode::OptionalComputed, ..attribute(field) });
    let told = |name: &str, text: &str| Attribute::new(name, Type::String).computed().describe(text);
    let environment = vec![
        told("id", "The environment's ID."),
        told("name", "The name for people."),
        told("slug", "The slug, which the argument `environment` of rotations takes."),
    ];
    let computed = [
        told("name", "The name for people."),
        told("type", "What the project is for; rotations belong to projects of the type `secret-manager`."),
        Attribute::nested("environments", Nesting::List, environment)
            .computed()
            .describe("The environments, in the order in which the project has them."),
    ];
    Schema {
        description:
            "Reads a project and its environments, by its ID or its slug. The identity must be a member of it. A \
                      project that does not exist is an error."
                .to_owned(),
        attributes: arguments.chain(computed).collect(),
        ..Schema::default()
    }
}
