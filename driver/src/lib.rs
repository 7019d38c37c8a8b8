//! Plays Terraform Core against a provider binary and names each of Core's rules that the provider breaks.
//!
//! It shares nothing but `proto/` with the provider: values, codecs and rules are written a second time here, so that a
//! mistake made once is found.

pub mod client;
pub mod core;
pub mod generate;
pub mod launch;
pub mod proto;
pub mod rule;
pub mod schema;
pub mod session;
pub mod value;
