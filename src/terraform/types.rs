//! Type constraints of values, and their compact JSON form.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::Name;

/// How deep a type may be nested: far beyond any schema, well within the stack.
const MOST_DEPTH: usize = 64;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A decimal number of any precision.
    Number,
    /// Text, always in Unicode's NFC form.
    String,
    /// A value that carries its own type.
    Dynamic,
    /// An ordered sequence of one type.
    List(Box<Type>),
    /// An unordered collection of one type, without duplicates.
    Set(Box<Type>),
    /// Values of one type by name.
    Map(Box<Type>),
    /// A fixed set of named attributes.
    Object(BTreeMap<Name, Type>),
    /// A fixed sequence of types.
    Tuple(Vec<Type>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<N: Into<Name>>(attributes: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, of)| (name.into(), of)).collect())
    }

    /// What a value of the type is called in a message.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Dynamic => "a value with its type",
            Self::List(_) => "a list",
            Self::Set(_) => "a set",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
            Self::Tuple(_) => "a tuple",
        }
    }

    /// Reads the JSON form of a type constraint: `"string"`, `["list","number"]`, `["object",{"a":"bool"}]`.
    pub fn from_json(json: &[u8]) -> Result<Self, TypeError> {
        let json: Json = serde_json::from_slice(json).map_err(|error| TypeError(error.to_string()))?;
        read(&json, MOST_DEPTH)
    }

    /// Writes the compact JSON form of the type constraint.
    pub fn to_json(&self) -> String {
        self.to_json_value().to_string()
    }

    pub(super) fn to_json_value(&self) -> Json {
        write(self)
    }
}

/// Why a text is not a type constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a type constraint: {0}")]
pub struct TypeError(String);

fn read(json: &Json, depth: usize) -> Result<Type, TypeError> {
    let refuse = |reason: &str| Err(TypeError(reason.to_owned()));
    let Some(depth) = depth.checked_sub(1) else {
        return refuse("nested too deeply");
    };
    match json {
        Json::String(name) => match name.as_str() {
            "bool" => Ok(Type::Bool),
            "number" => Ok(Type::Number),
            "string" => Ok(Type::String),
            "dynamic" => Ok(Type::Dynamic),
            _ => refuse("no primitive type has this name"),
        },
        Json::Array(parts) => match parts.as_slice() {
            [Json::String(kind), of] => match (kind.as_str(), of) {
                ("list", of) => Ok(Type::list(read(of, depth)?)),
                ("set", of) => Ok(Type::set(read(of, depth)?)),
                ("map", of) => Ok(Type::map(read(of, depth)?)),
                ("object", Json::Object(attributes)) => attributes
                    .iter()
                    .map(|(name, of)| Ok((Name::from(name), read(of, depth)?)))
                    .collect::<Result<_, _>>()
                    .map(Type::Object),
                ("tuple", Json::Array(elements)) => {
                    elements.iter().map(|of| read(of, depth)).collect::<Result<_, _>>().map(Type::Tuple)
                }
                _ => refuse("no complex type is written like this"),
            },
            _ => refuse("a complex type is a pair of its kind and what it holds"),
        },
        _ => refuse("a type is a name or a pair"),
    }
}

fn write(of: &Type) -> Json {
    let pair = |kind: &str, of: Json| Json::Array(vec![Json::from(kind), of]);
    match of {
        Type::Bool => Json::from("bool"),
        Type::Number => Json::from("number"),
        Type::String => Json::from("string"),
        Type::Dynamic => Json::from("dynamic"),
        Type::List(of) => pair("list", write(of)),
        Type::Set(of) => pair("set", write(of)),
        Type::Map(of) => pair("map", write(of)),
        Type::Object(attributes) => {
            pair("object", attributes.iter().map(|(name, of)| (name.to_string(), write(of))).collect())
        }
        Type::Tuple(elements) => pair("tuple", elements.iter().map(write).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_and_written() {
        let forms = [
            (r#""bool""#, Type::Bool),
            (r#""number""#, Type::Number),
            (r#""string""#, Type::String),
            (r#""dynamic""#, Type::Dynamic),
            (r#"["list","string"]"#, Type::list(Type::String)),
            (r#"["set",["map","number"]]"#, Type::set(Type::map(Type::Number))),
            (r#"["tuple",["bool","string"]]"#, Type::Tuple(vec![Type::Bool, Type::String])),
            (r#"["tuple",[]]"#, Type::Tuple(vec![])),
            (
                r#"["object",{"a":"bool","b":["list","dynamic"]}]"#,
                Type::object([("b".to_owned(), Type::list(Type::Dynamic)), ("a".to_owned(), Type::Bool)]),
            ),
        ];
        for (text, of) in forms {
            assert_eq!(Type::from_json(text.as_bytes()), Ok(of.clone()), "{text}");
            assert_eq!(of.to_json(), text);
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let texts = [
            "",
            "string",
            r#""text""#,
            "5",
            "null",
            r#"["list"]"#,
            r#"["list","string","string"]"#,
            r#"["array","string"]"#,
            r#"["object",["string"]]"#,
            r#"["object",{"a":"string"},["a"]]"#,
            r#"["tuple","string"]"#,
            r#""string" 1"#,
        ];
        for text in texts {
            assert!(Type::from_json(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        for (depth, fits) in [(MOST_DEPTH - 1, true), (MOST_DEPTH, false), (100_000, false)] {
            let text = format!("{}\"bool\"{}", r#"["list","#.repeat(depth), "]".repeat(depth));
            assert_eq!(Type::from_json(text.as_bytes()).is_ok(), fits, "{depth} levels");
        }
    }
}
