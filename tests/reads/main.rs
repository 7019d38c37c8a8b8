//! Reading without leaking: data sources, ephemeral resources and functions of the real provider binary, driven as a
//! host drives it, against a sandbox.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test, what is not there is a failure")]

mod data;
mod ephemeral;
mod functions;
#[path = "../protocol/support/mod.rs"]
#[allow(dead_code, reason = "shared with the protocol suite")]
mod support;
mod world;
