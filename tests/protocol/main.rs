//! The protocol suite: the real provider binary, driven as Terraform and OpenTofu drive it, over mutual TLS, against a
//! sandbox. `plugin-driver` plays the host and names each rule that an answer breaks; the modules here follow the
//! numbered checklist of `coverage`, which says for each number which test covers it or why it does not apply.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, what is not there is a failure"
)]

mod bad_input;
mod configuration;
mod coverage;
mod debug;
mod diagnostics;
mod failures;
mod handshake;
mod identities;
mod lifecycle;
mod load;
mod log;
mod plans;
mod process;
mod schema;
mod stored;
mod support;
mod write_only;
