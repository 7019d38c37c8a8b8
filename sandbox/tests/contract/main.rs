//! What the sandbox promises about the API, statement by statement. `CONTRACT.md` lists the statements and the test of
//! each; `table` keeps that list true.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod client;
mod create;
mod credentials;
mod delete;
mod errors;
mod kinds;
mod logins;
mod lookup;
mod neighbours;
mod pipeline;
mod rate_limits;
mod rotate;
mod schedule;
mod table;
mod update;
mod vectors;
mod world;
