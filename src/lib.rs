//! A Terraform and OpenTofu provider for Infisical secret rotations.
//!
//! The rooms and the arrows between them are described in `ARCHITECTURE.md`; `tests/architecture.rs` keeps them true.

pub mod catalog;
pub mod infisical;
pub mod plugin;
pub mod provider;
pub mod terraform;
