//! The registry: one data-only file for each kind, named as its slug with underscores. Rendered by `cargo xtask docs`.

mod auth0_client_secret;
mod aws_iam_user_secret;
mod azure_client_secret;
mod cloudflare_api_token;
mod cloudflare_r2_access_key;
mod convex_access_key;
mod databricks_service_principal_secret;
mod datadog_api_key;
mod datadog_application_key_secret;
mod dbt_service_token;
mod fireworks_api_key;
mod gcp_service_account_key;
mod hp_ilo_local_account;
mod ldap_password;
mod litellm_api_key;
mod mongodb_credentials;
mod mssql_credentials;
mod mysql_credentials;
mod okta_client_secret;
mod open_router_api_key;
mod openai_service_account;
mod oracledb_credentials;
mod postgres_credentials;
mod redis_credentials;
mod salesforce_oauth_credentials;
mod snowflake_user_key_pair;
mod stripe_api_key;
mod supabase_api_key;
mod unix_linux_local_account;
mod windows_local_account;

use super::table::Kind;

/// All rotation kinds, sorted by slug.
pub static KINDS: &[&Kind] = &[
    &auth0_client_secret::KIND,
    &aws_iam_user_secret::KIND,
    &azure_client_secret::KIND,
    &cloudflare_api_token::KIND,
    &cloudflare_r2_access_key::KIND,
    &convex_access_key::KIND,
    &databricks_service_principal_secret::KIND,
    &datadog_api_key::KIND,
    &datadog_application_key_secret::KIND,
    &dbt_service_token::KIND,
    &fireworks_api_key::KIND,
    &gcp_service_account_key::KIND,
    &hp_ilo_local_account::KIND,
    &ldap_password::KIND,
    &litellm_api_key::KIND,
    &mongodb_credentials::KIND,
    &mssql_credentials::KIND,
    &mysql_credentials::KIND,
    &okta_client_secret::KIND,
    &open_router_api_key::KIND,
    &openai_service_account::KIND,
    &oracledb_credentials::KIND,
    &postgres_credentials::KIND,
    &redis_credentials::KIND,
    &salesforce_oauth_credentials::KIND,
    &snowflake_user_key_pair::KIND,
    &stripe_api_key::KIND,
    &supabase_api_key::KIND,
    &unix_linux_local_account::KIND,
    &windows_local_account::KIND,
];
