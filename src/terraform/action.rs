//! What an action implements: something that is done on request, and stores nothing.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::{Context, Diagnostics, Schema, Value};

/// An action.
#[async_trait]
pub trait Action: Send + Sync {
    /// The attributes that say what it is done to.
    fn schema(&self) -> &Schema;

    /// Judges a configuration offline. Unknown values postpone a rule.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Does it, at most once. `config` is known. What is to be told meanwhile goes through `progress`.
    async fn invoke(&self, context: &Context, config: Value, progress: &Progress) -> Diagnostics;
}

/// Tells the user how far an action is.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// Progress that goes where `tell` takes it.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells one sentence.
    pub fn tell(&self, text: &str) {
        (self.0)(text);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Progress")
    }
}
