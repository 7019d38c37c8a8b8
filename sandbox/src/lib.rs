//! A faithful local Infisical API: the secret rotations of all kinds and what surrounds them (logins, projects,
//! environments, folders, app connections, secrets), with the server's order of checks, status codes and bodies.
//!
//! [`Sandbox::start`] serves it; the binary of the same name does so for people and for CI. Nothing here is shared
//! with the provider: HTTP is all that the two have in common.

pub mod api;
pub mod clock;
pub mod control;
pub mod core;
pub mod error;
pub mod faults;
pub mod fields;
pub mod identifiers;
pub mod issuers;
pub mod load;
pub mod permission;
pub mod persistence;
pub mod pipeline;
pub mod rate_limit;
pub mod request_log;
pub mod rotation;
pub mod route;
pub mod seed;
pub mod server;
pub mod state;
pub mod token;
pub mod validation;

pub use server::{Options, Running, Sandbox, StartError};
