//! What a provider implements. `plugin` calls these traits; nothing here knows who does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio_util::sync::CancellationToken;

use super::{
    Action, AttributePath, DataSource, Diagnostics, EphemeralResource, Function, IdentitySchema, ListResource, Schema,
    Value,
};

/// Success, or the messages that say why not; at least one of them is an error.
pub type Result<T> = std::result::Result<T, Diagnostics>;

/// A successful answer and what the user should know beside it.
#[derive(Clone, Debug)]
pub struct Reply<T> {
    /// The answer.
    pub value: T,
    /// Warnings; never errors.
    pub warnings: Diagnostics,
}

impl<T> From<T> for Reply<T> {
    fn from(value: T) -> Self {
        Self { value, warnings: Diagnostics::none() }
    }
}

/// What the client on the other side understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It never stores write-only attributes. A client without this would.
    pub write_only_attributes: bool,
}

/// What surrounds one call.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// Cancelled when the user asks to stop: waits end, and what is known so far is returned.
    pub stop: CancellationToken,
    /// What the client understands.
    pub capabilities: Capabilities,
    /// Where a change leaves what it has reached so far.
    pub checkpoint: Checkpoint,
}

/// What a change has reached so far: it becomes the answer if the change itself cannot give one any more.
#[derive(Clone, Debug, Default)]
pub struct Checkpoint(Arc<Mutex<Option<Object>>>);

impl Checkpoint {
    /// Notes that `object` is what exists remotely now. To be called as soon as a creation has an id.
    pub fn reach(&self, object: Object) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(object);
    }

    /// The object noted last, if any.
    pub fn last(&self) -> Option<Object> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A resource instance as Terraform stores it.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// The attributes.
    pub state: Value,
    /// Bytes of the provider's own, kept beside the attributes.
    pub private: Vec<u8>,
    /// What identifies the remote object; present exactly if the type has an identity schema.
    pub identity: Option<Value>,
}

/// A planned change: what the generic planner made of configuration and prior state, for the resource to refine.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is stored now; null for a creation.
    pub prior: Value,
    /// What the user wrote, write-only values included; null for a destruction.
    pub config: Value,
    /// What will be; null for a destruction.
    pub planned: Value,
    /// Attributes of which the change needs a new object.
    pub replace: Vec<AttributePath>,
    /// Bytes of the provider's own, as stored; carried into apply.
    pub private: Vec<u8>,
    /// The stored identity, if any.
    pub identity: Option<Value>,
}

impl Plan {
    /// Whether nothing changes.
    pub fn is_no_op(&self) -> bool {
        self.prior == self.planned
    }

    /// Whether it makes a new object: a creation, or a replacement.
    pub fn makes_new(&self) -> bool {
        self.prior.is_null() || !self.replace.is_empty()
    }
}

/// What a change led to. With errors, `state` is what is now true remotely.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The attributes afterwards; null if there is no object.
    pub state: Value,
    /// Bytes of the provider's own.
    pub private: Vec<u8>,
    /// The identity afterwards.
    pub identity: Option<Value>,
    /// Errors and warnings.
    pub diagnostics: Diagnostics,
}

/// What the user names when importing.
#[derive(Clone, Debug)]
pub enum Target {
    /// Free text after the address.
    Id(String),
    /// The attributes of the identity; optional ones may be null.
    Identity(Value),
}

/// An imported object; attributes that a following read fills may be null.
pub type Imported = Object;

/// A stored object of another type or provider that is to become one of this type.
#[derive(Clone, Debug)]
pub struct MoveSource {
    /// Full source address of the other provider, host included.
    pub provider: String,
    /// The other type.
    pub type_name: String,
    /// Version of the stored shape.
    pub schema_version: i64,
    /// The stored attributes, in the other type's shape.
    pub state: Json,
}

/// A managed resource type.
#[async_trait]
pub trait Resource: Send + Sync {
    /// The attributes.
    fn schema(&self) -> &Schema;

    /// What identifies an object, if the type says so.
    fn identity(&self) -> Option<&IdentitySchema> {
        None
    }

    /// Judges a configuration offline. Unknown values postpone a rule.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Brings stored attributes of an older `version` into today's shape. Pure data; works unconfigured.
    fn upgrade(&self, version: i64, state: Json) -> Result<Json> {
        let _ = version;
        Ok(state)
    }

    /// Is shown each stored object when the host loads it, whether or not it is going to be read.
    fn notice(&self, stored: &Value) {
        let _ = stored;
    }

    /// Refines what the generic planner planned: replacements, guards, warnings.
    async fn plan(&self, context: &Context, plan: Plan) -> Result<Reply<Plan>>;

    /// Reads the remote object; `None` only if it is certain that there is none.
    async fn read(&self, context: &Context, object: Object) -> Result<Reply<Option<Object>>>;

    /// Creates the object that `plan` describes.
    async fn create(&self, context: &Context, plan: Plan) -> Applied;

    /// Changes the object as `plan` describes.
    async fn update(&self, context: &Context, plan: Plan) -> Applied;

    /// Deletes the object. Relies on `object.state` only: private bytes may be another object's.
    async fn delete(&self, context: &Context, object: Object) -> Applied;

    /// Finds the object that the user names.
    async fn import(&self, context: &Context, target: Target) -> Result<Reply<Imported>>;

    /// Takes over an object of another type; `None` if that type is not one that can be taken over. Works unconfigured.
    fn move_from(&self, source: &MoveSource) -> Result<Option<Reply<Object>>> {
        let _ = source;
        Ok(None)
    }
}

/// A provider: its own configuration and the objects that it offers.
#[async_trait]
pub trait Provider: Send + Sync {
    /// The attributes of the provider block.
    fn schema(&self) -> &Schema;

    /// The managed resource types by name. Cheap to call; built on first use.
    fn resources(&self) -> &BTreeMap<String, Arc<dyn Resource>>;

    /// The data sources by name.
    fn data_sources(&self) -> &BTreeMap<String, Arc<dyn DataSource>> {
        static NONE: BTreeMap<String, Arc<dyn DataSource>> = BTreeMap::new();
        &NONE
    }

    /// The ephemeral resources by name.
    fn ephemeral_resources(&self) -> &BTreeMap<String, Arc<dyn EphemeralResource>> {
        static NONE: BTreeMap<String, Arc<dyn EphemeralResource>> = BTreeMap::new();
        &NONE
    }

    /// The functions by name.
    fn functions(&self) -> &BTreeMap<String, Arc<dyn Function>> {
        static NONE: BTreeMap<String, Arc<dyn Function>> = BTreeMap::new();
        &NONE
    }

    /// The actions by name.
    fn actions(&self) -> &BTreeMap<String, Arc<dyn Action>> {
        static NONE: BTreeMap<String, Arc<dyn Action>> = BTreeMap::new();
        &NONE
    }

    /// The list resources by name: each finds objects of the resource type of its name.
    fn lists(&self) -> &BTreeMap<String, Arc<dyn ListResource>> {
        static NONE: BTreeMap<String, Arc<dyn ListResource>> = BTreeMap::new();
        &NONE
    }

    /// Judges a provider block offline, as literally written: nothing from the environment.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Takes the provider block. Makes no network call; may be called again with other values.
    fn configure(&self, config: Value) -> Diagnostics;

    /// Lets go of what the process holds elsewhere, before it ends.
    async fn release(&self);
}
