//! The OpenAPI document of the rotation routes, made from the same schemas that judge the bodies. It shows what such
//! a document of the API shows: the `x-` words stay out, and with them every rule that is written in code.

use serde_json::{Map, Value, json};

use super::registry::{KindFacts, KindSchemas, registry};
use super::schema::Schema;

const ROOT: &str = "/api/v2/secret-rotations";

/// Gives the OpenAPI 3.0.3 document of a server at this URL. It has over a megabyte: make it once.
pub fn openapi(server: &str) -> Value {
    let registry = registry();
    let mut paths = Paths::default();
    let rotations: Vec<Value> = registry.schemas.values().map(|schemas| schemas.rotation.to_openapi()).collect();
    let options: Vec<Value> = registry.facts.values().map(option_schema).collect();
    paths.add(
        format!("{ROOT}/options"),
        "get",
        Operation::new("listSecretRotationOptions", "List the kinds of rotations that the server knows.")
            .answers(&object(&json!({ "secretRotationOptions": list(&any_of(&options)) }))),
    );
    paths.add(
        ROOT.to_owned(),
        "get",
        Operation::new("listSecretRotations", "List the rotations of all kinds in a project.")
            .query("projectId", &text(), true, "The project whose rotations are listed.")
            .answers(&object(&json!({ "secretRotations": list(&any_of(&rotations)) }))),
    );
    for (slug, facts) in &registry.facts {
        if let Some(schemas) = registry.schemas.get(slug) {
            paths.add_kind(facts, schemas);
        }
    }
    json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Infisical API",
            "description": "The secret rotation routes of the API.",
            "version": "0.0.1",
        },
        "servers": [{ "url": server, "description": "Local server" }],
        "security": [],
        "paths": paths.0,
    })
}

#[derive(Default)]
struct Paths(Map<String, Value>);

impl Paths {
    fn add(&mut self, path: String, method: &str, operation: Operation) {
        let path = self.0.entry(path).or_insert_with(|| json!({}));
        path[method] = Value::Object(operation.0);
    }

    fn add_kind(&mut self, facts: &KindFacts, schemas: &KindSchemas) {
        let title = format!("{} Rotation", facts.title);
        let name: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
        let root = format!("{ROOT}/{}", facts.slug);
        let by_id = format!("{root}/{{rotationId}}");
        let rotation = schemas.rotation.to_openapi();
        let single = object(&json!({ "secretRotation": &rotation }));
        let identified = |operation: String, description: String| {
            Operation::new(&operation, &description).parameter(
                "path",
                "rotationId",
                &json!({ "type": "string", "format": "uuid" }),
                true,
                &format!("The ID of the {title}."),
            )
        };

        let list_all = Operation::new(&format!("list{name}s"), &format!("List the {title}s of a project."))
            .query("projectId", &text(), true, "The project whose rotations are listed.")
            .answers(&object(&json!({ "secretRotations": list(&rotation) })));
        self.add(root.clone(), "get", list_all);
        let create =
            Operation::new(&format!("create{name}"), &format!("Create a {title}, with its first credentials."))
                .body(&schemas.create)
                .answers(&single);
        self.add(root.clone(), "post", create);

        let read = identified(format!("get{name}ById"), format!("Read a {title}.")).answers(&single);
        self.add(by_id.clone(), "get", read);
        let update =
            identified(format!("update{name}"), format!("Change a {title}.")).body(&schemas.update).answers(&single);
        self.add(by_id.clone(), "patch", update);
        let delete = identified(format!("delete{name}"), format!("Delete a {title}."))
            .query("deleteSecrets", &switch(), false, "Whether the mapped secrets are deleted too.")
            .query("revokeGeneratedCredentials", &switch(), false, "Whether the credentials are revoked first.")
            .answers(&single);
        self.add(by_id.clone(), "delete", delete);

        let by_name = Operation::new(&format!("get{name}ByName"), &format!("Read a {title} by its name."))
            .parameter("path", "rotationName", &text(), true, &format!("The name of the {title}."))
            .query("projectId", &text(), true, "The project of the rotation.")
            .query("secretPath", &text(), true, "The path of the rotation's folder.")
            .query("environment", &text(), true, "The slug of the rotation's environment.")
            .answers(&single);
        self.add(format!("{root}/rotation-name/{{rotationName}}"), "get", by_name);

        let credentials = object(&json!({
            "generatedCredentials": {
                "type": "array",
                "items": schemas.credentials.to_openapi(),
                "minItems": 1,
                "maxItems": 2,
            },
            "activeIndex": { "type": "number" },
            "rotationId": { "type": "string", "format": "uuid" },
            "type": { "type": "string", "enum": [facts.slug] },
        }));
        let read_credentials = identified(
            format!("get{name}GeneratedCredentials"),
            format!("Read the generated credentials of a {title}."),
        )
        .answers(&credentials);
        self.add(format!("{by_id}/generated-credentials"), "get", read_credentials);
        let rotate = identified(format!("rotate{name}"), format!("Generate new credentials for a {title} now."))
            .answers(&single);
        self.add(format!("{by_id}/rotate-secrets"), "post", rotate);
        if facts.reconcile {
            let reconciled = object(&json!({
                "message": { "type": "string" },
                "reconciled": { "type": "boolean" },
                "secretRotation": rotation,
            }));
            let reconcile = identified(
                format!("reconcile{name}"),
                format!("Set the password of a {title} through its connection."),
            )
            .answers(&reconciled);
            self.add(format!("{by_id}/reconcile"), "post", reconcile);
        }
    }
}

struct Operation(Map<String, Value>);

impl Operation {
    fn new(id: &str, description: &str) -> Self {
        let mut operation = Map::new();
        operation.insert("tags".to_owned(), json!(["Secret Rotations"]));
        operation.insert("operationId".to_owned(), json!(id));
        operation.insert("description".to_owned(), json!(description));
        Self(operation)
    }

    fn query(self, name: &str, schema: &Value, required: bool, description: &str) -> Self {
        self.parameter("query", name, schema, required, description)
    }

    fn parameter(mut self, place: &str, name: &str, schema: &Value, required: bool, description: &str) -> Self {
        let parameter =
            json!({ "in": place, "name": name, "schema": schema, "required": required, "description": description });
        let parameters = self.0.entry("parameters").or_insert_with(|| json!([]));
        if let Some(parameters) = parameters.as_array_mut() {
            parameters.push(parameter);
        }
        self
    }

    fn body(mut self, schema: &Schema) -> Self {
        let content = json!({ "application/json": { "schema": schema.to_openapi() } });
        self.0.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
        self
    }

    fn answers(mut self, schema: &Value) -> Self {
        let mut responses = Map::new();
        responses.insert("200".to_owned(), response(schema));
        for status in [400, 401, 403, 404, 422, 500] {
            responses.insert(status.to_string(), response(&error(status)));
        }
        self.0.insert("responses".to_owned(), Value::Object(responses));
        self
    }
}

fn response(schema: &Value) -> Value {
    json!({ "description": "Default Response", "content": { "application/json": { "schema": schema } } })
}

/// Gives the body of a refusal. The message of a 422 is a list, which the API leaves open; refusals of the request and
/// of the permission may carry details.
fn error(status: u16) -> Value {
    let mut properties = json!({
        "reqId": { "type": "string" },
        "statusCode": { "type": "number", "enum": [status] },
        "message": { "type": "string" },
        "error": { "type": "string" },
    });
    let mut required = vec!["reqId", "statusCode", "message", "error"];
    if status == 422 {
        properties["message"] = json!({});
        required.retain(|key| *key != "message");
    }
    if matches!(status, 400 | 403) {
        properties["details"] = json!({});
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn object(properties: &Value) -> Value {
    let required: Vec<String> =
        properties.as_object().map(|object| object.keys().cloned().collect()).unwrap_or_default();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn any_of(schemas: &[Value]) -> Value {
    json!({ "anyOf": schemas })
}

fn text() -> Value {
    json!({ "type": "string", "minLength": 1 })
}

fn switch() -> Value {
    json!({ "type": "string", "enum": ["true", "false"], "default": "false" })
}

/// Gives the schema of a kind's entry in the list of options: what is fixed as a choice of one, the template by shape.
fn option_schema(facts: &KindFacts) -> Value {
    let option = facts.template.as_object().into_iter().flatten();
    let properties: Map<String, Value> = option
        .map(|(key, value)| {
            let is_fixed = value.is_string();
            let schema = if is_fixed { json!({ "type": "string", "enum": [value] }) } else { shape(value) };
            (key.clone(), schema)
        })
        .collect();
    object(&Value::Object(properties))
}

fn shape(value: &Value) -> Value {
    match value {
        Value::Object(entries) => object(&entries.iter().map(|(key, value)| (key.clone(), shape(value))).collect()),
        Value::Array(_) => list(&json!({ "type": "string" })),
        _ => json!({ "type": "string" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The redis page of the published description, as far as the route and the schemas go.
    #[test]
    fn a_create_looks_as_published() {
        let document = openapi("http://localhost:8080");
        let create = &document["paths"]["/api/v2/secret-rotations/redis-credentials"]["post"];
        assert_eq!(create["operationId"], "createRedisCredentialsRotation");
        let body = &create["requestBody"]["content"]["application/json"]["schema"];
        let properties = &body["properties"];
        let keys = ["name", "projectId", "connectionId", "environment", "secretPath", "rotationInterval", "parameters"];
        let required: Vec<&str> = keys.into_iter().chain(["secretsMapping"]).collect();
        assert_eq!(body["required"], json!(required));
        assert_eq!(body["additionalProperties"], false);
        assert_eq!(properties["description"]["nullable"], true);
        assert_eq!(properties["description"]["maxLength"], 256);
        assert_eq!(properties["connectionId"]["format"], "uuid");
        assert_eq!(properties["isAutoRotationEnabled"]["default"], true);
        assert_eq!(properties["rotationInterval"]["minimum"].to_string(), "1");
        assert_eq!(properties["rotateAtUtc"]["properties"]["hours"]["maximum"].to_string(), "23");
        let symbols = &properties["parameters"]["properties"]["passwordRequirements"]["properties"]["allowedSymbols"];
        assert_eq!(symbols["pattern"], r#"[!@#$%^&*()_+\-=\[\]{};':"\\|,.<>\/?~]"#);
        let answer =
            &create["responses"]["200"]["content"]["application/json"]["schema"]["properties"]["secretRotation"];
        assert_eq!(answer["properties"]["connection"]["properties"]["app"]["enum"], json!(["redis"]));
        assert_eq!(answer["properties"]["type"]["enum"], json!(["redis-credentials"]));
        assert_eq!(answer["required"].as_array().unwrap().len(), 18);
    }

    #[test]
    fn every_kind_has_its_routes_and_no_word_of_our_own_shows() {
        let document = openapi("http://localhost:8080");
        let paths = document["paths"].as_object().unwrap();
        let operations: usize = paths.values().map(|path| path.as_object().unwrap().len()).sum();
        let kinds = crate::validation::kinds();
        let reconciled = kinds.values().filter(|facts| facts.reconcile).count();
        assert_eq!(operations, 2 + kinds.len() * 8 + reconciled, "options, list, 8 a kind, reconcile for some");
        let text = document.to_string();
        assert!(!text.contains("\"x-") && !text.contains("$ref"));
        let ilo = &paths["/api/v2/secret-rotations/hp-ilo-local-account/{rotationId}/reconcile"]["post"];
        assert_eq!(ilo["operationId"], "reconcileHPiLOLocalAccountRotation");
        let limit = &paths["/api/v2/secret-rotations/open-router-api-key"]["post"]["requestBody"]["content"]["application/json"]
            ["schema"]["properties"]["parameters"]["properties"]["limit"];
        assert_eq!((limit["exclusiveMinimum"].clone(), limit["nullable"].clone()), (json!(true), json!(true)));
    }

    #[test]
    fn a_change_takes_fewer_keys_and_requires_none() {
        let document = openapi("http://localhost:8080");
        let path = &document["paths"]["/api/v2/secret-rotations/ldap-password/{rotationId}"];
        let body = &path["patch"]["requestBody"]["content"]["application/json"]["schema"];
        let keys: Vec<&String> = body["properties"].as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 7, "{keys:?}");
        assert!(body.get("required").is_none() && body["properties"]["isAutoRotationEnabled"].get("default").is_none());
    }
}
