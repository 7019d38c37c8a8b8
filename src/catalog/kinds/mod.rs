//! The registry: one data-only file for each kind, named as its slug with underscores.

mod ldap_password;
mod redis_credentials;
mod supabase_api_key;

use super::table::Kind;

/// All rotation kinds, sorted by slug.
pub static KINDS: &[&Kind] = &[&ldap_password::KIND, &redis_credentials::KIND, &supabase_api_key::KIND];
