//! The rotation resource: one implementation for all kinds, directed by the catalog.
//!
//! `schema` says what it looks like, `validate` what is wrong with a configuration, `plan` what a change means,
//! `preflight` what the server would refuse of it, `lifecycle` carries it out, `state` spells what is stored,
//! `normalise` knows what the server makes of a value, `import` finds what exists and `identity` says by what it is known,
//! `list` finds all, `moved` takes over from the official provider, `wire` translates bodies.
//!
//! `any` is the resource for kinds that the catalog does not know: `open` takes their parameters as they are, and
//! `described` asks the server what they may be.

mod any;
mod described;
mod identity;
mod import;
mod lifecycle;
mod list;
mod moved;
pub mod normalise;
mod open;
mod plan;
mod preflight;
pub(super) mod schema;
mod state;
pub mod validate;
mod wire;

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::catalog::Kind;
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostics, IdentitySchema, Imported, MoveSource, Object, Plan, Reply, Resource,
    Result, Schema, Target, Value,
};

use super::session::Session;
use identity::{identified, settled};
use preflight::Checked;

pub(super) use any::AnyRotationResource;
pub(super) use import::{FORMS, ImportId, split_kind};
pub(super) use lifecycle::stored;
pub(super) use list::RotationList;

/// The resource that manages rotations of one kind.
pub(super) struct RotationResource {
    kind: &'static Kind,
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl RotationResource {
    /// The resource of `kind`, which calls through `session`.
    pub(super) fn new(kind: &'static Kind, session: Arc<Session>) -> Self {
        Self { kind, session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl Resource for RotationResource {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| schema::schema(self.kind))
    }

    fn identity(&self) -> Option<&IdentitySchema> {
        Some(identity::schema(self.kind))
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate::validate(self.kind, config)
    }

    fn notice(&self, stored: &Value) {
        if let Some(id) = stored.get("id").as_str() {
            self.session.note_managed(id);
        }
    }

    async fn plan(&self, context: &Context, plan: Plan) -> Result<Reply<Plan>> {
        let Reply { value: plan, mut warnings } = plan::refine(self.kind, plan, Timestamp::now())?;
        let checked = Checked {
            slug: self.kind.slug,
            title: self.kind.title,
            apps: self.kind.connections,
            kind_path: AttributePath::root(),
        };
        warnings.extend(Box::pin(preflight::check(&checked, &self.session, context, &plan)).await);
        if warnings.has_errors() { Err(warnings) } else { Ok(Reply { value: plan, warnings }) }
    }

    async fn read(&self, context: &Context, object: Object) -> Result<Reply<Option<Object>>> {
        let Reply { value, warnings } = lifecycle::read(self.kind, &self.session, context, object).await?;
        Ok(Reply { value: value.map(|object| identified(self.kind, object)), warnings })
    }

    async fn create(&self, context: &Context, plan: Plan) -> Applied {
        settled(self.kind, lifecycle::create(self.kind, &self.session, context, plan).await)
    }

    async fn update(&self, context: &Context, plan: Plan) -> Applied {
        settled(self.kind, lifecycle::update(self.kind, &self.session, context, plan).await)
    }

    async fn delete(&self, context: &Context, object: Object) -> Applied {
        settled(self.kind, lifecycle::delete(self.kind, &self.session, context, object).await)
    }

    async fn import(&self, context: &Context, target: Target) -> Result<Reply<Imported>> {
        let Reply { value, warnings } = import::import(self.kind, &self.session, context, target).await?;
        Ok(Reply { value: identified(self.kind, value), warnings })
    }

    fn move_from(&self, source: &MoveSource) -> Result<Option<Reply<Object>>> {
        let moved = moved::move_from(self.kind, self.schema(), source)?;
        Ok(moved.map(|Reply { value, warnings }| Reply { value: identified(self.kind, value), warnings }))
    }
}
