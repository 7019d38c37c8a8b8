//! The third parties against real servers: what they issue logs in, and what the rules end does not.
//!
//! `redis-server` and `PostgreSQL` are started by the tests on free ports and in directories of their own. Where one is
//! not installed, or may not run as this user, its tests say so and do nothing.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod api;
mod postgres;
mod redis;
mod servers;
#[allow(dead_code, reason = "each test program needs another part of it")]
#[path = "../support/wire.rs"]
mod wire;

use infisical_sandbox::clock::Moment;
use infisical_sandbox::issuers::{Job, ThirdParties, ThirdPartyError};
use serde_json::Value;

/// Plays the server's part in the life of one rotation: keeps the slots and turns them.
struct Rotation {
    kind: &'static str,
    app: &'static str,
    connection: Value,
    parameters: Value,
    slots: Vec<Value>,
    active: usize,
}

impl Rotation {
    async fn create(
        kind: &'static str,
        app: &'static str,
        connection: Value,
        parameters: Value,
    ) -> Result<Self, ThirdPartyError> {
        let mut rotation = Self { kind, app, connection, parameters, slots: Vec::new(), active: 0 };
        let first = ThirdParties::default().issue(&rotation.job(0)).await?;
        rotation.slots.push(first);
        Ok(rotation)
    }

    async fn rotate(&mut self) -> Result<(), ThirdPartyError> {
        let slot = (self.active + 1) % 2;
        let new = ThirdParties::default().issue(&self.job(slot)).await?;
        if slot < self.slots.len() {
            self.slots[slot] = new;
        } else {
            self.slots.push(new);
        }
        self.active = slot;
        Ok(())
    }

    async fn revoke(&self) -> Result<(), ThirdPartyError> {
        ThirdParties::default().revoke(&self.job(self.active), &self.slots).await
    }

    fn job(&self, slot: usize) -> Job<'_> {
        Job {
            kind: self.kind,
            app: self.app,
            connection_id: "11111111-1111-4111-8111-111111111111",
            connection: &self.connection,
            parameters: &self.parameters,
            temporary: None,
            slots: &self.slots,
            slot,
            now: Moment::from_milliseconds(1_773_134_130_500),
        }
    }
}

/// A text field of a credential.
fn text<'a>(credential: &'a Value, name: &str) -> &'a str {
    credential[name].as_str().unwrap()
}
