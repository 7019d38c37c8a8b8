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
mod stripe_permissions;
pub mod table;

pub use kinds::KINDS;
pub use table::{Field, Kind, Type};

/// Finds a kind by its slug in the API, such as `redis-credentials`.
pub fn by_slug(slug: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.slug == slug)
}

/// Finds a kind by its Terraform resource type, such as `infisical_redis_rotation`.
pub fn by_resource(resource: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.resource == resource)
}
