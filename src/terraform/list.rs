//! What a list resource implements: finding the objects of a resource type that exist.

use async_trait::async_trait;

use super::{Context, Diagnostics, Result, Schema, Value};

/// A list of the remote objects that the resource of the same name could manage.
#[async_trait]
pub trait ListResource: Send + Sync {
    /// The attributes that say which objects are wanted.
    fn schema(&self) -> &Schema;

    /// Judges a configuration offline. Unknown values postpone a rule.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Finds the objects that `config` wants, in an order that stays.
    async fn list(&self, context: &Context, config: Value) -> Result<Vec<Found>>;
}

/// An object that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What to call it before people.
    pub display_name: String,
    /// What identifies it.
    pub identity: Option<Value>,
    /// Its attributes, or what is wrong with them.
    pub state: Result<Value>,
}
