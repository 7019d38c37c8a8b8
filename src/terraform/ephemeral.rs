//! What an ephemeral resource implements: something that exists for one run and is stored nowhere.

use std::time::SystemTime;

use async_trait::async_trait;

use super::{Context, Diagnostics, Reply, Result, Schema, Value};

/// An ephemeral resource that was opened.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The configuration with all that was opened, wholly known.
    pub value: Value,
    /// What it takes to renew and to close it.
    pub lease: Lease,
}

/// For how long something is open, and what it takes to renew and to close it.
#[derive(Clone, Debug, Default)]
pub struct Lease {
    /// Bytes of the provider's own. A renewal may change them; a close gets these or those of any renewal.
    pub private: Vec<u8>,
    /// When it has to be renewed; never, if absent.
    pub renew_at: Option<SystemTime>,
}

/// An ephemeral resource.
#[async_trait]
pub trait EphemeralResource: Send + Sync {
    /// The attributes: what the user asks for, and what is opened.
    fn schema(&self) -> &Schema;

    /// Judges a configuration offline. Unknown values postpone a rule.
    fn validate(&self, config: &Value) -> Diagnostics;

    /// Opens what `config` names, in plan and again in apply.
    async fn open(&self, context: &Context, config: Value) -> Result<Reply<Opened>>;

    /// Makes what is open last longer. Only called where a lease says when.
    async fn renew(&self, context: &Context, private: Vec<u8>) -> Result<Reply<Lease>> {
        let _ = context;
        Ok(Lease { private, renew_at: None }.into())
    }

    /// Gives back what was opened, within ten seconds. Not certain to be called; may be called twice.
    async fn close(&self, context: &Context, private: Vec<u8>) -> Diagnostics {
        let _ = (context, private);
        Diagnostics::none()
    }
}
