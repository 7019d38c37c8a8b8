//! The kinds that an OpenAPI document of the API describes, in the catalog's own vocabulary.
//!
//! With this a kind that is newer than a release is judged by the same checks as those of the catalog, and the catalog
//! can be compared with a server (`drift`). Attributes have the API's own names here. A document shows less than the
//! catalog knows: no trimming, no rules between members, nothing that only the service checks.
//!
//! Pure data in, pure data out: who fetches the document lives elsewhere. Records live as long as the process; whoever
//! translates keeps the result.

mod drift;
mod schema;

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::open::{bare, leaked};
use super::table::{Field, Form, Kind, Object, Type};
use schema::Translator;

pub use drift::{Difference, drift};

/// Under which the kinds' routes are.
const ROUTES: &str = "/api/v2/secret-rotations/";

/// A kind as a document describes it.
#[derive(Clone, Debug)]
pub struct Described {
    /// The kind, with the API's own names as attributes.
    pub kind: &'static Kind,
    /// The members of the body beside the kind's own ones.
    pub shared: &'static [Field],
    /// What is described in words that the vocabulary lacks, each with its place: the API alone judges it.
    pub untold: Vec<String>,
}

/// The slugs of the kinds that a document describes.
pub fn slugs(document: &Json) -> BTreeSet<&str> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .filter(|(_, operations)| operations.get("post").is_some())
        .filter_map(|(path, _)| path.trim_end_matches('/').strip_prefix(ROUTES))
        .filter(|slug| !slug.is_empty() && !slug.contains(['/', '{']))
        .collect()
}

/// The kind with this slug as a document describes its creation; `None` if it doesn't.
pub fn describe(document: &Json, slug: &str) -> Option<Described> {
    let operation = document["paths"].get(format!("{ROUTES}{slug}"))?.get("post")?;
    let mut translator = Translator::new(document);
    let body = translator.resolved(&operation["requestBody"]["content"]["application/json"]["schema"]);
    body["properties"].as_object()?;
    let Type::Object(body) = translator.shape(body, "") else { return None };
    let (own, shared): (Vec<Field>, Vec<Field>) = body.fields.iter().partition(|field| OWN.contains(&field.name));
    let object = |name: &str| match own.iter().find(|field| field.name == name).map(|field| field.shape) {
        Some(Type::Object(object)) => object,
        Some(_) => Object::OPEN,
        None => Object::of(&[]),
    };
    let kind = Kind {
        connections: apps(&mut translator, operation),
        parameters: object("parameters"),
        secrets: names_of_secrets(object("secretsMapping").fields),
        temporary: object("temporaryParameters").fields,
        ..bare(leaked(slug))
    };
    Some(Described { kind: Box::leak(Box::new(kind)), shared: Vec::leak(shared), untold: translator.untold })
}

/// The members of a body that each kind has of its own.
const OWN: [&str; 3] = ["parameters", "secretsMapping", "temporaryParameters"];

/// The apps whose connections serve the kind, as the answer names them.
fn apps<'a>(translator: &mut Translator<'a>, operation: &'a Json) -> &'static [&'static str] {
    let mut schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    for name in ["secretRotation", "connection", "app"] {
        schema = &translator.resolved(schema)["properties"][name];
    }
    match translator.shape(schema, "") {
        Type::Choice(apps) => apps,
        _ => &[],
    }
}

/// The mapping's members with what holds for every kind and no document shows: they name secrets.
fn names_of_secrets(fields: &[Field]) -> &'static [Field] {
    let named = |field: &Field| match field.shape {
        Type::Text(rules) => Field { shape: Type::Text(rules.forms(&[Form::SecretName])), ..*field },
        _ => *field,
    };
    Vec::leak(fields.iter().map(named).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::table::{Literal, Presence};

    fn document() -> Json {
        let text = json!({"type": "string", "minLength": 1});
        let parameters = json!({
            "type": "object",
            "properties": {
                "accountId": {"type": "string", "minLength": 1, "maxLength": 20, "pattern": "^[a-z]+$"},
                "level": {"type": "string", "enum": ["read", "write"], "default": "read"},
                "bits": {"anyOf": [{"type": "number", "enum": [2048]}, {"type": "number", "enum": [4096]}]},
                "days": {"type": "integer", "minimum": 1, "maximum": 30},
                "above": {"type": "number", "minimum": 0, "exclusiveMinimum": true, "nullable": true},
                "hosts": {"type": "array", "items": text, "minItems": 1, "maxItems": 3},
                "tags": {"type": "object", "additionalProperties": {"type": "string"}},
                "either": {"oneOf": [{"type": "string"}, {"type": "number"}]},
                "shared": {"$ref": "#/components/schemas/Shared"},
            },
            "required": ["accountId", "days"],
        });
        let app = json!({"type": "string", "enum": ["brand-new"]});
        let answer =
            json!({"properties": {"secretRotation": {"properties": {"connection": {"properties": {"app": app}}}}}});
        json!({
            "openapi": "3.0.3",
            "components": {"schemas": {"Shared": {"type": "boolean", "default": false}}},
            "paths": {
                "/api/v2/secret-rotations/options": {"get": {}},
                "/api/v2/secret-rotations/brand-new/{rotationId}": {"patch": {}},
                "/api/v2/secret-rotations/brand-new": {"get": {}, "post": {
                    "requestBody": {"content": {"application/json": {"schema": {
                        "type": "object",
                        "properties": {
                            "name": text, "parameters": parameters,
                            "secretsMapping": {"type": "object", "properties": {"token": text}, "required": ["token"]},
                        },
                        "required": ["name", "parameters", "secretsMapping"],
                    }}}},
                    "responses": {"200": {"content": {"application/json": {"schema": answer}}}},
                }},
            },
        })
    }

    #[test]
    fn a_kind_is_what_has_a_creation() {
        assert_eq!(slugs(&document()), BTreeSet::from(["brand-new"]));
        assert!(describe(&document(), "options").is_none() && describe(&document(), "absent").is_none());
        assert!(slugs(&json!({})).is_empty());
    }

    #[test]
    fn what_is_described_becomes_the_vocabulary() {
        let Described { kind, shared, untold } = describe(&document(), "brand-new").unwrap();
        assert_eq!((kind.slug, kind.connections), ("brand-new", ["brand-new"].as_slice()));
        assert_eq!(shared.iter().map(|field| field.name).collect::<Vec<_>>(), ["name"]);
        let field = |name: &str| *kind.parameters.fields.iter().find(|field| field.name == name).unwrap();
        let Type::Text(account) = field("accountId").shape else { panic!("no text") };
        assert_eq!((account.min, account.max, account.forms.len()), (1, Some(20), 1));
        assert!(field("accountId").is_required() && field("days").is_required() && !field("hosts").is_required());
        assert_eq!(field("accountId").wire(), "accountId");
        assert_eq!(field("level").presence, Presence::Default(Literal::Text("read")));
        assert!(matches!(field("level").shape, Type::Choice(["read", "write"])));
        assert!(matches!(field("bits").shape, Type::NumberChoice([2048, 4096])));
        assert!(matches!(field("days").shape, Type::Number(days) if days.whole && days.max == Some(30.0)));
        assert!(matches!(field("above").shape, Type::Number(above) if above.above == Some(0.0) && above.min.is_none()));
        assert!(field("above").nullable);
        assert!(matches!(field("hosts").shape, Type::List(hosts) if hosts.min == 1 && hosts.max == Some(3)));
        assert_eq!(field("shared").presence, Presence::Default(Literal::Flag(false)));
        assert!(matches!((field("tags").shape, field("either").shape), (Type::Any, Type::Any)));
        assert_eq!(untold, ["`parameters.either`: one of several types", "`parameters.tags`: an object of any keys"]);
        assert!(matches!(kind.secrets[0].shape, Type::Text(text) if text.forms == [Form::SecretName]));
    }
}
