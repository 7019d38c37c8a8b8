//! What only newer hosts ask for and no `terraform` of today's pipelines needs: identities, lists and actions. The
//! real provider binary, driven by the protocol against a sandbox.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, what is not there is a failure"
)]

mod actions;
mod identity;
mod lists;
mod preflight;
#[path = "../protocol/support/mod.rs"]
#[expect(dead_code, reason = "the protocol suite needs more of it than this one")]
mod support;
