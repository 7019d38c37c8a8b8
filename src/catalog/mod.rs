//! The rotation kinds as data.
//!
//! Knows nothing of Terraform, of HTTP or of any file: only what the API documents about each kind, in one vocabulary.
//! Everything that differs between kinds is read from here; nothing else in the provider may list them.

pub mod base;
pub mod checks;
mod describe;
mod fragments;
pub mod kinds;
#[cfg(test)]
mod lints;
mod lookup;
pub mod open;
pub mod openapi;
mod stripe_permissions;
pub mod table;

pub use kinds::KINDS;
pub use lookup::{by_resource, by_slug};
pub use table::{Field, Kind, Type};
