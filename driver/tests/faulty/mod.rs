//! A small provider that keeps all rules, and one [`Fault`] after the other that it can be given.
//!
//! Served inside the test for the rules, and as a process of its own (`process.rs`) for launch and TLS.

mod changes;
mod distort;
pub(crate) mod fault;
mod planning;
pub(crate) mod provider;
pub(crate) mod schema;
pub(crate) mod server;
mod wrap;

pub(crate) use fault::Fault;
