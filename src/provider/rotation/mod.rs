//! The rotation resource: one implementation for all kinds of the catalog.

pub mod normalise;
pub mod validate;
