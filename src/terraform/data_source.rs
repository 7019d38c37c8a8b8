//! What a data source implements: something that is looked up, and changes nothing.

use async_trait::async_trait;

use super::{Context, Diagnostics, Reply, Result, Schema, Value};

/// A data source.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// The attributes: what the user names it by, and what is found.
    fn schema(&self) -> &Schema;

    /// Judges a configuration offline. Unknown values postpone a rule.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Looks up what `config` names. Answers the configuration with all that was found, wholly known.
    async fn read(&self, context: &Context, config: Value) -> Result<Reply<Value>>;
}
