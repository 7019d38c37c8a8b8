//! The driver's own tests: each part alone, and all of it against a toy provider that can be told to break any rule.

#![expect(clippy::unwrap_used, reason = "what helpers of tests can't do fails the test")]

mod codec;
#[path = "../faulty/mod.rs"]
mod faulty;
mod launch;
mod properties;
mod proposed;
mod rules;
mod session;
