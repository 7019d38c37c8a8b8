//! The schema documents, embedded: every file of `schemas/` is named here once, those of the kinds in `kinds`.

pub(super) use super::kinds::KINDS;

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
        for (name, table) in [("fragments", FRAGMENTS.as_slice()), ("kinds", KINDS), ("connections", &CONNECTIONS)] {
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
