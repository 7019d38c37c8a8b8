//! Nothing is lost whatever fails: the provider against a sandbox that refuses, lies, breaks off and holds back, killed in
//! the middle, stopped while it waits, searched for secrets, and held to the server's rate limits.
//!
//! `matrix` is the table of all operations and faults. The others are stories that a table can't tell.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test, what is not there is a failure")]

mod matrix;
mod provider;
mod relay;
mod server;
mod taken;
