//! The vocabulary of the schema documents: a small part of JSON Schema as OpenAPI 3.0 spells it, and `x-` words for
//! what only the server's validation knows. A word that isn't listed here is refused when a document is read.
//! What the words mean for a value is written in `evaluate`.

use std::collections::BTreeMap;
use std::fmt;

use regex_lite::Regex;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use super::checks::Check;

/// One schema: what a value has to be and what becomes of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the documents, said or not said")]
pub(super) struct Schema {
    /// Names a fragment that stands here; only `description` and `x-default` may be said beside it.
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    pub(super) description: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Kind>,
    pub(super) format: Option<Format>,
    /// The keys of an object, in the order in which their complaints are reported.
    #[serde(default)]
    pub(super) properties: Properties,
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// What happens to keys that aren't listed: they are dropped, unless this says true.
    #[serde(default)]
    pub(super) additional_properties: bool,
    pub(super) items: Option<Box<Schema>>,
    #[serde(default)]
    pub(super) any_of: Vec<Schema>,
    #[serde(default, rename = "enum")]
    pub(super) options: Vec<Value>,
    #[serde(default, deserialize_with = "present")]
    pub(super) default: Option<Value>,
    #[serde(default)]
    pub(super) nullable: bool,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) pattern: Option<Pattern>,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    #[serde(default)]
    pub(super) exclusive_minimum: bool,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    /// Trims a text before anything else is asked of it.
    #[serde(default, rename = "x-trim")]
    pub(super) trim: bool,
    /// Converts the value to a number first.
    #[serde(default, rename = "x-coerce")]
    pub(super) coerce: bool,
    /// Names rules that are written in Rust.
    #[serde(default, rename = "x-check")]
    pub(super) checks: Vec<Check>,
    /// Changes a value that nothing was wrong with.
    #[serde(rename = "x-transform")]
    pub(super) transform: Option<Transform>,
    /// A default that the service applies itself, so that the OpenAPI document doesn't show it.
    #[serde(default, rename = "x-default", deserialize_with = "present")]
    pub(super) service_default: Option<Value>,
    /// Marks the parts of generated credentials that are secret.
    #[serde(default, rename = "x-secret")]
    pub(super) secret: bool,
}

impl Schema {
    /// Puts the fragments where they are named.
    pub(super) fn resolve(&mut self, fragments: &BTreeMap<String, Schema>) -> Result<(), String> {
        if let Some(name) = self.reference.take() {
            let fragment = fragments.get(&name).ok_or_else(|| format!("there is no fragment {name:?}"))?;
            let stated = std::mem::replace(self, fragment.clone());
            self.description = stated.description.or_else(|| self.description.take());
            self.service_default = stated.service_default.or_else(|| self.service_default.take());
        }
        let children = self.properties.0.iter_mut().map(|(_, schema)| schema);
        for child in children.chain(self.items.as_deref_mut()).chain(&mut self.any_of) {
            child.resolve(fragments)?;
        }
        Ok(())
    }

    /// Gives the schema as OpenAPI 3.0 shows it: without the `x-` words.
    pub(super) fn to_openapi(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(key.to_owned(), value);
            }
        };
        let is_object = self.kind == Some(Kind::Object);
        put("type", self.kind.map(|kind| kind.name().into()));
        put("format", self.format.map(|format| format.name().into()));
        put("description", self.description.clone().map(Value::String));
        put("properties", is_object.then(|| self.properties.to_openapi()));
        put("required", (!self.required.is_empty()).then(|| self.required.clone().into()));
        put("additionalProperties", is_object.then(|| self.additional_properties.into()));
        put("items", self.items.as_ref().map(|items| items.to_openapi()));
        put("anyOf", (!self.any_of.is_empty()).then(|| self.any_of.iter().map(Self::to_openapi).collect()));
        put("enum", (!self.options.is_empty()).then(|| self.options.clone().into()));
        put("default", self.default.clone());
        put("nullable", self.nullable.then_some(true.into()));
        put("minLength", self.min_length.map(Value::from));
        put("maxLength", self.max_length.map(Value::from));
        put("pattern", self.pattern.as_ref().map(|pattern| pattern.source.clone().into()));
        put("minimum", self.minimum.map(super::javascript::number));
        put("maximum", self.maximum.map(super::javascript::number));
        put("exclusiveMinimum", self.exclusive_minimum.then_some(true.into()));
        put("minItems", self.min_items.map(Value::from));
        put("maxItems", self.max_items.map(Value::from));
        Value::Object(object)
    }
}

/// The type of a JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Object,
    Array,
    String,
    Number,
    Boolean,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "array",
            Self::String => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }
}

/// The form of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Format {
    Uuid,
    Email,
    DateTime,
}

impl Format {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Email => "email",
            Self::DateTime => "date-time",
        }
    }
}

/// A change of a value that is otherwise right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Transform {
    /// Removes one trailing slash, unless nothing else is there.
    SecretPath,
    /// Removes what an array has said before.
    Distinct,
    /// Writes a text in lower case.
    LowerCase,
    /// Leaves an empty text out of its object.
    OmitBlank,
}

/// A pattern, anchored only where it says so.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    source: String,
    regex: Regex,
}

impl Pattern {
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let source = String::deserialize(deserializer)?;
        let regex = Regex::new(&source).map_err(D::Error::custom)?;
        Ok(Self { source, regex })
    }
}

/// The keys of an object with their schemas, in the order of the document.
#[derive(Debug, Clone, Default)]
pub(super) struct Properties(pub(super) Vec<(String, Schema)>);

impl Properties {
    fn to_openapi(&self) -> Value {
        self.0.iter().map(|(key, schema)| (key.clone(), schema.to_openapi())).collect()
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Properties;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of schemas")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Properties, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = access.next_entry()? {
                    entries.push(entry);
                }
                Ok(Properties(entries))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// Keeps a stated null apart from an absent word.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
