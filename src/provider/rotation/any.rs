//! The resource for rotations of any kind, one that is newer than this release too: its `type` says which, its
//! parameters have the API's own names.
//!
//! Nothing here knows a kind. While it plans, the server itself is asked how it describes the kind, and the ordinary
//! validation judges by that; where the server can't be asked, the API judges when the plan is applied.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::catalog::table::{Field, Form, TEXT, text};
use crate::catalog::{Kind, open};
use crate::provider::session::Session;
use crate::terraform::{
    Applied, Attribute, AttributePath, Context, Diagnostics, IdentitySchema, Imported, Object, Plan, Reply, Resource,
    Result, Schema, Target, Value,
};

use super::described::Descriptions;
use super::identity::{self, identified, settled};
use super::preflight::{self, Checked};
use super::validate::{validate, validate_arguments, validate_change};
use super::{import, lifecycle, plan, schema};

/// The argument that says which kind it is.
static TYPE: [Field; 1] = [text(
    "type",
    TEXT.untrimmed().forms(&[Form::Slug]),
    "The kind of rotation as the API spells it, such as `redis-credentials`. The data source \
     `infisical_rotation_options` lists the kinds that the server knows.",
)
.immutable()];

/// The resource that manages rotations of any kind.
pub(in crate::provider) struct AnyRotationResource {
    session: Arc<Session>,
    descriptions: Descriptions,
    schema: OnceLock<Schema>,
}

impl AnyRotationResource {
    /// The resource, which calls through `session`.
    pub(in crate::provider) fn new(session: Arc<Session>) -> Self {
        Self { session, descriptions: Descriptions::default(), schema: OnceLock::new() }
    }

    /// Judges what the plan sends by the server's own description of the kind.
    async fn judge(&self, context: &Context, kind: &Kind, plan: &Plan) -> Diagnostics {
        let Some((client, _)) = self.session.checks() else { return Diagnostics::none() };
        let Some(described) = self.descriptions.of(&client, &context.stop, kind.slug).await else {
            return Diagnostics::none();
        };
        if plan.makes_new() { validate(described, &plan.config) } else { validate_change(described, &plan.config) }
    }
}

#[async_trait]
impl Resource for AnyRotationResource {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(any_schema)
    }

    fn identity(&self) -> Option<&IdentitySchema> {
        Some(identity::schema(open::kind("")))
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = validate_arguments(&TYPE, config);
        diagnostics.extend(validate(kind_of(config), config));
        diagnostics
    }

    fn notice(&self, stored: &Value) {
        if let Some(id) = stored.get("id").as_str() {
            self.session.note_managed(id);
        }
    }

    async fn plan(&self, context: &Context, plan: Plan) -> Result<Reply<Plan>> {
        let named = if plan.planned.is_null() { &plan.prior } else { &plan.planned };
        let (kind, named) = (kind_of(named), named.get("type").clone());
        let Reply { value: mut plan, mut warnings } = plan::refine(kind, plan, Timestamp::now())?;
        if plan.planned.is_null() || plan.is_no_op() {
            return Ok(Reply { value: plan, warnings });
        }
        let is_known = !named.is_unknown();
        plan.planned.set("type", named);
        let sends = ["parameters", "secrets_mapping"];
        let judged = plan.makes_new() || sends.iter().any(|name| plan.prior.get(name) != plan.planned.get(name));
        if is_known && judged {
            warnings.extend(self.judge(context, kind, &plan).await);
            let kind_path = AttributePath::of("type");
            let checked = Checked { slug: kind.slug, title: kind.title, apps: kind.connections, kind_path };
            warnings.extend(Box::pin(preflight::check(&checked, &self.session, context, &plan)).await);
        }
        if warnings.has_errors() { Err(warnings) } else { Ok(Reply { value: plan, warnings }) }
    }

    async fn read(&self, context: &Context, object: Object) -> Result<Reply<Option<Object>>> {
        let kind = kind_of(&object.state);
        let Reply { value, warnings } = lifecycle::read(kind, &self.session, context, object).await?;
        Ok(Reply { value: value.map(|object| identified(kind, object)), warnings })
    }

    async fn create(&self, context: &Context, plan: Plan) -> Applied {
        let kind = kind_of(&plan.planned);
        settled(kind, lifecycle::create(kind, &self.session, context, plan).await)
    }

    async fn update(&self, context: &Context, plan: Plan) -> Applied {
        let kind = kind_of(&plan.prior);
        settled(kind, lifecycle::update(kind, &self.session, context, plan).await)
    }

    async fn delete(&self, context: &Context, object: Object) -> Applied {
        let kind = kind_of(&object.state);
        settled(kind, lifecycle::delete(kind, &self.session, context, object).await)
    }

    async fn import(&self, context: &Context, target: Target) -> Result<Reply<Imported>> {
        let (kind, target) = import::named_with_kind(target)?;
        let Reply { value, warnings } = import::import(kind, &self.session, context, target).await?;
        Ok(Reply { value: identified(kind, value), warnings })
    }
}

/// The kind that a configuration or a state names; one without a name where it is not known.
fn kind_of(value: &Value) -> &'static Kind {
    open::kind(value.get("type").as_str().unwrap_or_default())
}

fn any_schema() -> Schema {
    let mut schema = schema::schema(open::kind(""));
    "Rotates what any kind of rotation rotates, including kinds that are newer than this release. Where there is a \
     resource of the kind's own, prefer it: it knows the kind before the server is asked."
        .clone_into(&mut schema.description);
    let adapted = |attribute: Attribute| match attribute.name.as_str() {
        "type" => schema::attribute(&TYPE[0]),
        "parameters" => attribute.describe(described(
            "What is rotated, and how: an object with the API's own names, such as `permissionScope`.",
        )),
        "secrets_mapping" => attribute.describe(described(
            "Names of the secrets that receive the credentials, by the API's own names of these, in the folder of \
             `secret_path`. Creation makes them, so none of them may exist there yet; a later change renames them and \
             keeps their values.",
        )),
        _ => attribute,
    };
    schema.attributes = schema.attributes.into_iter().map(adapted).collect();
    schema
}

fn described(what: &str) -> String {
    format!(
        "{what} Members that are not named are left to the server; one that is named as `null` is taken away. While it \
         plans, the provider asks the server how it describes the kind, and judges by that."
    )
}
