//! The schema documents, embedded: every file of `schemas/` is named here once.

pub(super) const BASE: &str = include_str!("../../schemas/base.json");

/// Parts that several documents share, by the name that `$ref` uses.
pub(super) const FRAGMENTS: [(&str, &str); 8] = [
    ("ip-or-cidr", include_str!("../../schemas/fragments/ip-or-cidr.json")),
    ("password-counts", include_str!("../../schemas/fragments/password-counts.json")),
    ("password-requirements", include_str!("../../schemas/fragments/password-requirements.json")),
    ("rotation-statement", include_str!("../../schemas/fragments/rotation-statement.json")),
    ("secret-name", include_str!("../../schemas/fragments/secret-name.json")),
    ("sql-connection", include_str!("../../schemas/fragments/sql-connection.json")),
    ("stripe-permission", include_str!("../../schemas/fragments/stripe-permission.json")),
    ("windows-password-requirements", include_str!("../../schemas/fragments/windows-password-requirements.json")),
];

/// The rotation kinds, by slug.
pub(super) const KINDS: [(&str, &str); 30] = [
    ("auth0-client-secret", include_str!("../../schemas/kinds/auth0-client-secret.json")),
    ("aws-iam-user-secret", include_str!("../../schemas/kinds/aws-iam-user-secret.json")),
    ("azure-client-secret", include_str!("../../schemas/kinds/azure-client-secret.json")),
    ("cloudflare-api-token", include_str!("../../schemas/kinds/cloudflare-api-token.json")),
    ("cloudflare-r2-access-key", include_str!("../../schemas/kinds/cloudflare-r2-access-key.json")),
    ("convex-access-key", include_str!("../../schemas/kinds/convex-access-key.json")),
    (
        "databricks-service-principal-secret",
        include_str!("../../schemas/kinds/databricks-service-principal-secret.json"),
    ),
    ("datadog-api-key", include_str!("../../schemas/kinds/datadog-api-key.json")),
    ("datadog-application-key-secret", include_str!("../../schemas/kinds/datadog-application-key-secret.json")),
    ("dbt-service-token", include_str!("../../schemas/kinds/dbt-service-token.json")),
    ("fireworks-api-key", include_str!("../../schemas/kinds/fireworks-api-key.json")),
    ("gcp-service-account-key", include_str!("../../schemas/kinds/gcp-service-account-key.json")),
    ("hp-ilo-local-account", include_str!("../../schemas/kinds/hp-ilo-local-account.json")),
    ("ldap-password", include_str!("../../schemas/kinds/ldap-password.json")),
    ("litellm-api-key", include_str!("../../schemas/kinds/litellm-api-key.json")),
    ("mongodb-credentials", include_str!("../../schemas/kinds/mongodb-credentials.json")),
    ("mssql-credentials", include_str!("../../schemas/kinds/mssql-credentials.json")),
    ("mysql-credentials", include_str!("../../schemas/kinds/mysql-credentials.json")),
    ("okta-client-secret", include_str!("../../schemas/kinds/okta-client-secret.json")),
    ("open-router-api-key", include_str!("../../schemas/kinds/open-router-api-key.json")),
    ("openai-service-account", include_str!("../../schemas/kinds/openai-service-account.json")),
    ("oracledb-credentials", include_str!("../../schemas/kinds/oracledb-credentials.json")),
    ("postgres-credentials", include_str!("../../schemas/kinds/postgres-credentials.json")),
    ("redis-credentials", include_str!("../../schemas/kinds/redis-credentials.json")),
    ("salesforce-oauth-credentials", include_str!("../../schemas/kinds/salesforce-oauth-credentials.json")),
    ("snowflake-user-key-pair", include_str!("../../schemas/kinds/snowflake-user-key-pair.json")),
    ("stripe-api-key", include_str!("../../schemas/kinds/stripe-api-key.json")),
    ("supabase-api-key", include_str!("../../schemas/kinds/supabase-api-key.json")),
    ("unix-linux-local-account", include_str!("../../schemas/kinds/unix-linux-local-account.json")),
    ("windows-local-account", include_str!("../../schemas/kinds/windows-local-account.json")),
];

/// The bodies that create app connections, by app; `other` stands for the apps without a document of their own.
pub(super) const CONNECTIONS: [(&str, &str); 16] = [
    ("auth0", include_str!("../../schemas/connections/auth0.json")),
    ("databricks", include_str!("../../schemas/connections/databricks.json")),
    ("datadog", include_str!("../../schemas/connections/datadog.json")),
    ("gcp", include_str!("../../schemas/connections/gcp.json")),
    ("hpe-ilo", include_str!("../../schemas/connections/hpe-ilo.json")),
    ("mssql", include_str!("../../schemas/connections/mssql.json")),
    ("mysql", include_str!("../../schemas/connections/mysql.json")),
    ("okta", include_str!("../../schemas/connections/okta.json")),
    ("oracledb", include_str!("../../schemas/connections/oracledb.json")),
    ("other", include_str!("../../schemas/connections/other.json")),
    ("postgres", include_str!("../../schemas/connections/postgres.json")),
    ("redis", include_str!("../../schemas/connections/redis.json")),
    ("salesforce", include_str!("../../schemas/connections/salesforce.json")),
    ("smb", include_str!("../../schemas/connections/smb.json")),
    ("snowflake", include_str!("../../schemas/connections/snowflake.json")),
    ("supabase", include_str!("../../schemas/connections/supabase.json")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_document_is_embedded_and_every_embedded_document_is_there() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        for (name, table) in [("fragments", FRAGMENTS.as_slice()), ("kinds", &KINDS), ("connections", &CONNECTIONS)] {
            let mut files: Vec<String> = std::fs::read_dir(folder.join(name))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            files.sort();
            let embedded: Vec<String> = table.iter().map(|(name, _)| format!("{name}.json")).collect();
            assert_eq!(embedded, files, "{name}");
            for (stem, text) in table {
                let path = folder.join(name).join(format!("{stem}.json"));
                assert_eq!(*text, std::fs::read_to_string(path).unwrap(), "{name}/{stem} holds another document");
            }
        }
    }
}
