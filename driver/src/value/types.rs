//! Type constraints, as the schema writes them in JSON.

use std::collections::BTreeMap;

use serde_json::Value as Json;

/// Says which values may stand in a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// Text.
    String,
    /// A number of any size and precision.
    Number,
    /// True or false.
    Bool,
    /// Any value, which carries its type with it.
    Dynamic,
    /// A sequence of elements of one type.
    List(Box<Type>),
    /// Distinct elements of one type, without order.
    Set(Box<Type>),
    /// Elements of one type under keys of text.
    Map(Box<Type>),
    /// Named attributes, each of its own type.
    Object(BTreeMap<String, Type>),
    /// A sequence of fixed length, each element of its own type.
    Tuple(Vec<Type>),
}

/// Says why a text is not a type constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a type constraint: {0}")]
pub struct TypeError(String);

impl Type {
    /// Reads a type constraint from its JSON.
    pub fn parse(json: &[u8]) -> Result<Self, TypeError> {
        let json: Json = serde_json::from_slice(json).map_err(|error| TypeError(error.to_string()))?;
        Self::from_json(&json)
    }

    /// Writes the type constraint as compact JSON.
    pub fn to_json(&self) -> String {
        self.json().to_string()
    }

    /// Tells whether this type or one inside it is dynamic.
    pub fn has_dynamic(&self) -> bool {
        match self {
            Self::Dynamic => true,
            Self::String | Self::Number | Self::Bool => false,
            Self::List(element) | Self::Set(element) | Self::Map(element) => element.has_dynamic(),
            Self::Object(attributes) => attributes.values().any(Self::has_dynamic),
            Self::Tuple(elements) => elements.iter().any(Self::has_dynamic),
        }
    }

    fn from_json(json: &Json) -> Result<Self, TypeError> {
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Ok(Self::String),
                "number" => Ok(Self::Number),
                "bool" => Ok(Self::Bool),
                "dynamic" => Ok(Self::Dynamic),
                other => Err(TypeError(format!("unknown name {other:?}"))),
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(name), Json::Object(attributes)] if name == "object" => {
                    let attributes = attributes.iter().map(|(name, json)| Ok((name.clone(), Self::from_json(json)?)));
                    attributes.collect::<Result<_, _>>().map(Self::Object)
                }
                [Json::String(name), Json::Array(elements)] if name == "tuple" => {
                    elements.iter().map(Self::from_json).collect::<Result<_, _>>().map(Self::Tuple)
                }
                [Json::String(name), element] => {
                    let element = Box::new(Self::from_json(element)?);
                    match name.as_str() {
                        "list" => Ok(Self::List(element)),
                        "set" => Ok(Self::Set(element)),
                        "map" => Ok(Self::Map(element)),
                        other => Err(TypeError(format!("unknown collection {other:?}"))),
                    }
                }
                _ => Err(TypeError(format!("{json} is not a pair of a collection's name and its contents"))),
            },
            _ => Err(TypeError(format!("{json} is neither a name nor a pair"))),
        }
    }

    fn json(&self) -> Json {
        let pair = |name: &str, contents: Json| Json::Array(vec![Json::from(name), contents]);
        match self {
            Self::String => Json::from("string"),
            Self::Number => Json::from("number"),
            Self::Bool => Json::from("bool"),
            Self::Dynamic => Json::from("dynamic"),
            Self::List(element) => pair("list", element.json()),
            Self::Set(element) => pair("set", element.json()),
            Self::Map(element) => pair("map", element.json()),
            Self::Object(attributes) => {
                let attributes = attributes.iter().map(|(name, kind)| (name.clone(), kind.json()));
                pair("object", Json::Object(attributes.collect()))
            }
            Self::Tuple(elements) => pair("tuple", Json::Array(elements.iter().map(Self::json).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_round_trips() {
        for json in [
            r#""string""#,
            r#"["list","number"]"#,
            r#"["set",["map","bool"]]"#,
            r#"["object",{"a":"dynamic","b":["tuple",["string","number"]]}]"#,
            r#"["object",{}]"#,
            r#"["tuple",[]]"#,
        ] {
            assert_eq!(Type::parse(json.as_bytes()).unwrap().to_json(), json);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for json in [
            "",
            "string",
            r#""text""#,
            r#"["list"]"#,
            r#"["list","number","number"]"#,
            r#"["object",{"a":"string"},["a"]]"#,
            r#"["heap","string"]"#,
            "{}",
            r#""string" x"#,
        ] {
            assert!(Type::parse(json.as_bytes()).is_err(), "{json}");
        }
    }
}
