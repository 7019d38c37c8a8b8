//! Judges request bodies as the server's validation does: by JSON Schema documents (`schemas/`) and by the rules that
//! a schema can't express. What only the service refuses (a folder that isn't there, names in use) is decided
//! elsewhere, but for two helpers that need nothing but the body.

mod checks;
mod documents;
mod evaluate;
mod issue;
mod javascript;
mod kinds;
mod openapi;
mod parameters;
mod registry;
mod schema;
mod service;
mod template;

use std::collections::BTreeMap;

use serde_json::Value;

use evaluate::evaluate;
use registry::registry;

pub use issue::{Issue, Segment};
pub use openapi::openapi;
pub use parameters::{flag, slug, text, uuid};
pub use registry::{CredentialField, KindFacts, add_kinds};
pub use service::{duplicate_mapping, secret_path_is_valid};

/// Judges the body that creates a rotation. Gives it as the service sees it: texts trimmed, the path normalised,
/// defaults filled in (`description` null and `rotateAtUtc` midnight among them), unknown keys dropped, numbers
/// printed as JavaScript prints them.
pub fn create(kind: &str, body: &Value) -> Result<Value, Vec<Issue>> {
    judge(kind, body, |schemas| &schemas.create)
}

/// Judges the body that changes a rotation. Gives the keys that a change accepts, as [`create`] would give them; every
/// other key is dropped, and nothing is filled in for keys that are absent.
pub fn update(kind: &str, body: &Value) -> Result<Value, Vec<Issue>> {
    judge(kind, body, |schemas| &schemas.update)
}

/// Judges the body that creates an app connection.
pub fn connection(app: &str, body: &Value) -> Result<Value, Vec<Issue>> {
    let connections = &registry().connections;
    match connections.get(app).or_else(|| connections.get("other")) {
        Some(schema) => evaluate(schema, body),
        None => Err(unknown(app)),
    }
}

/// Lists the rotation kinds by slug.
pub fn kinds() -> &'static BTreeMap<String, KindFacts> {
    &registry().facts
}

fn judge(kind: &str, body: &Value, schema: fn(&registry::KindSchemas) -> &schema::Schema) -> Result<Value, Vec<Issue>> {
    match registry().schemas.get(kind) {
        Some(schemas) => evaluate(schema(schemas), body),
        None => Err(unknown(kind)),
    }
}

/// No route leads here with an unknown kind; the complaint is for callers within the program.
fn unknown(name: &str) -> Vec<Issue> {
    vec![Issue::custom(&[], format!("There is no schema for {name:?}"))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn places(issues: &[Issue]) -> Vec<String> {
        let place = |issue: &Issue| issue.path.iter().map(ToString::to_string).collect::<Vec<_>>().join(".");
        issues.iter().map(place).collect()
    }

    fn redis() -> Value {
        json!({
            "name": " cache ",
            "projectId": "p",
            "connectionId": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
            "environment": "dev",
            "secretPath": "/a/",
            "rotationInterval": "30",
            "parameters": { "permissionScope": "~*", "other": 1 },
            "secretsMapping": { "username": "U", "password": "P" },
            "other": 1,
        })
    }

    #[test]
    fn a_body_comes_back_as_the_service_sees_it() {
        let body = create("redis-credentials", &redis()).unwrap();
        assert_eq!(
            body,
            json!({
                "name": "cache",
                "description": null,
                "projectId": "p",
                "connectionId": "3c90c3cc-0d44-4b50-8888-8dd25736052a",
                "environment": "dev",
                "secretPath": "/a",
                "isAutoRotationEnabled": true,
                "rotationInterval": 30,
                "rotateAtUtc": { "hours": 0, "minutes": 0 },
                "parameters": { "permissionScope": "~*" },
                "secretsMapping": { "username": "U", "password": "P" },
            })
        );
    }

    #[test]
    fn complaints_read_as_the_server_words_them() {
        let mut body = redis();
        body["name"] = json!("");
        body["rotationInterval"] = json!("soon");
        body["parameters"] = json!({});
        let issues = create("redis-credentials", &body).unwrap_err();
        assert_eq!(
            json!(issues),
            json!([
                {
                    "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
                    "message": "String must contain at least 1 character(s)", "path": ["name"],
                },
                { "code": "custom", "message": "Must be slug friendly", "path": ["name"] },
                {
                    "code": "invalid_type", "expected": "number", "received": "nan",
                    "message": "Expected number, received nan", "path": ["rotationInterval"],
                },
                {
                    "code": "invalid_type", "expected": "string", "received": "undefined",
                    "message": "Required", "path": ["parameters", "permissionScope"],
                },
            ])
        );
        let issues = create("redis-credentials", &json!([])).unwrap_err();
        assert_eq!(issues[0].message, "Expected object, received array");
    }

    #[test]
    fn a_change_keeps_to_its_keys() {
        let body = json!({ "connectionId": 1, "secretPath": "", "temporaryParameters": 1, "description": null });
        assert_eq!(update("ldap-password", &body).unwrap(), json!({ "description": null }));
        let body = json!({ "rotationInterval": null, "secretsMapping": { "dn": "D" } });
        let issues = update("ldap-password", &body).unwrap_err();
        assert_eq!(places(&issues), ["rotationInterval", "secretsMapping.password"]);
    }

    #[test]
    fn checks_of_an_object_wait_for_its_parts() {
        let body = |parameters: Value| {
            let mut body = redis();
            body["secretsMapping"] = json!({ "username": "U", "password": "P" });
            body["parameters"] = parameters;
            body
        };
        let flawed = body(json!({ "username": "a b", "rotationMethod": "login-as-target" }));
        let issues = create("windows-local-account", &flawed).unwrap_err();
        assert_eq!(places(&issues), ["parameters.username", "temporaryParameters.password"]);
        let unusable = body(json!({ "username": 1, "rotationMethod": "login-as-target" }));
        let issues = create("windows-local-account", &unusable).unwrap_err();
        assert_eq!(places(&issues), ["parameters.username"]);
    }

    #[test]
    fn a_template_with_a_syntax_error_is_a_fault_of_the_server() {
        let mut body = redis();
        body["parameters"] =
            json!({ "username1": "a", "username2": "b", "rotationStatement": "{{username}} {{password}} {{#if}}" });
        let issues = create("postgres-credentials", &body).unwrap_err();
        assert!(issues.iter().any(Issue::is_server_fault), "{issues:?}");
    }

    #[test]
    fn app_connections() {
        let credentials = json!({
            "host": "Cache.Internal", "port": "6379", "username": "default", "password": "p",
            "sslEnabled": false, "sslRejectUnauthorized": false, "sslCertificate": " ",
        });
        let body = json!({ "name": "cache", "method": "username-and-password", "credentials": credentials });
        let redis = connection("redis", &body).unwrap();
        assert_eq!(
            redis["credentials"],
            json!({
                "host": "cache.internal", "port": 6379, "username": "default", "password": "p",
                "sslEnabled": false, "sslRejectUnauthorized": false,
            })
        );
        assert_eq!((&redis["isPlatformManagedCredentials"], &redis["description"]), (&json!(false), &Value::Null));
        let mut managed = body.clone();
        managed["isPlatformManagedCredentials"] = json!(true);
        managed["gatewayId"] = json!("3c90c3cc-0d44-4b50-8888-8dd25736052a");
        let issues = connection("redis", &managed).unwrap_err();
        assert_eq!(places(&issues), ["isPlatformManagedCredentials", "gatewayId"]);

        let issues = connection("postgres", &managed).unwrap_err();
        assert_eq!(places(&issues), ["credentials.database"]);
        managed["credentials"]["database"] = json!("app");
        assert_eq!(connection("postgres", &managed).unwrap()["isPlatformManagedCredentials"], true);

        let body = json!({ "name": "key", "method": "api-key", "credentials": { "apiKey": "k", "more": [1] } });
        assert_eq!(connection("openai", &body).unwrap()["credentials"], body["credentials"]);
        assert_eq!(places(&connection("openai", &json!({})).unwrap_err()), ["name", "method", "credentials"]);
    }
}
