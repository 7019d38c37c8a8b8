//! A faithful local Infisical API: the secret rotations of all kinds and what surrounds them (logins, projects,
//! environments, folders, app connections, secrets), with the server's order of checks, status codes and bodies.
//!
//! [`Sandbox::start`] serves it on loopback; the binary of the same name does so for people and for CI. Nothing here
//! is shared with the provider: HTTP is all that the two have in common.

pub mod clock;
pub mod faults;
pub mod identifiers;
pub mod persistence;
pub mod seed;
pub mod state;
pub mod third_party;
pub mod validation;
