//! The JSON form of values: how states are stored, and how tests write configurations down.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::msgpack::{DecodeError, Problem};
use super::{Number, Path, Step, Type, Value};

/// Writes a wholly known value as a state file stores it; unknown values become null.
pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Number(number) => exact_number(number),
        Value::String(text) => Json::from(text.as_str()),
        Value::List(elements) | Value::Tuple(elements) => elements.iter().map(to_json).collect(),
        Value::Set(elements) => elements.iter().map(to_json).collect(),
        Value::Map(members) | Value::Object(members) => {
            Json::Object(members.iter().map(|(name, member)| (name.clone(), to_json(member))).collect())
        }
        Value::Dynamic(kind, value) => serde_json::json!({
            "value": to_json(value),
            "type": serde_json::from_str::<Json>(&kind.to_json()).unwrap_or_default(),
        }),
    }
}

/// Reads a value of a type. What an object leaves out is null, what it has too much is an error; a number may be
/// written as text.
pub fn from_json(json: &Json, kind: &Type) -> Result<Value, DecodeError> {
    read(json, kind, &Path::root())
}

fn read(json: &Json, kind: &Type, path: &Path) -> Result<Value, DecodeError> {
    let mismatch = |text: String| DecodeError { path: path.clone(), problem: Problem::Mismatch(text) };
    match (json, kind) {
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(truth), Type::Bool) => Ok(Value::Bool(*truth)),
        (Json::Number(number), Type::Number) => number_of(&number.to_string()).map_err(mismatch),
        (Json::String(text), Type::Number) => number_of(text).map_err(mismatch),
        (Json::String(text), Type::String) => Ok(Value::text(text)),
        (Json::Array(elements), Type::List(kind)) => {
            let elements = elements.iter().enumerate().map(|(index, json)| read(json, kind, &path.index(index)));
            elements.collect::<Result<_, _>>().map(Value::List)
        }
        (Json::Array(elements), Type::Set(kind)) => {
            let elements = elements.iter().map(|json| read(json, kind, &path.then(Step::Element)));
            elements.collect::<Result<_, _>>().map(Value::Set)
        }
        (Json::Array(elements), Type::Tuple(kinds)) if elements.len() == kinds.len() => {
            let pairs = elements.iter().zip(kinds).enumerate();
            pairs
                .map(|(index, (json, kind))| read(json, kind, &path.index(index)))
                .collect::<Result<_, _>>()
                .map(Value::Tuple)
        }
        (Json::Object(members), Type::Map(kind)) => {
            let members = members.iter().map(|(key, json)| Ok((key.clone(), read(json, kind, &path.key(key))?)));
            members.collect::<Result<_, _>>().map(Value::Map)
        }
        (Json::Object(members), Type::Object(kinds)) => {
            if let Some(name) = members.keys().find(|name| !kinds.contains_key(*name)) {
                return Err(mismatch(format!("there is no attribute {name:?}")));
            }
            let attributes: Result<BTreeMap<_, _>, _> = kinds
                .iter()
                .map(|(name, kind)| {
                    let json = members.get(name).unwrap_or(&Json::Null);
                    Ok((name.clone(), read(json, kind, &path.attribute(name))?))
                })
                .collect();
            attributes.map(Value::Object)
        }
        (json, Type::Dynamic) => {
            let (kind, json) = match (json.get("type"), json.get("value")) {
                (Some(kind), Some(value)) => (Type::parse(kind.to_string().as_bytes()), value),
                _ => (Ok(natural_type(json)), json),
            };
            let kind = kind.map_err(|error| mismatch(error.to_string()))?;
            Ok(match read(json, &kind, path)? {
                Value::Null => Value::Null,
                value => Value::Dynamic(Box::new(kind), Box::new(value)),
            })
        }
        (json, kind) => Err(mismatch(format!("{json} is not a value of type {}", kind.to_json()))),
    }
}

/// Returns the type that a literal in a configuration has.
fn natural_type(json: &Json) -> Type {
    match json {
        Json::Null => Type::Dynamic,
        Json::Bool(_) => Type::Bool,
        Json::Number(_) => Type::Number,
        Json::String(_) => Type::String,
        Json::Array(elements) => Type::Tuple(elements.iter().map(natural_type).collect()),
        Json::Object(members) => {
            Type::Object(members.iter().map(|(name, json)| (name.clone(), natural_type(json))).collect())
        }
    }
}

fn number_of(text: &str) -> Result<Value, String> {
    text.parse::<Number>().map(Value::Number).map_err(|error| error.to_string())
}

fn exact_number(number: &Number) -> Json {
    serde_json::from_str(&number.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_every_digit() {
        let json: Json = serde_json::from_str("0.12345678901234567890").unwrap();
        let value = from_json(&json, &Type::Number).unwrap();
        assert_eq!(to_json(&value).to_string(), "0.1234567890123456789");
        assert_eq!(from_json(&json!("18446744073709551615"), &Type::Number), Ok(Value::Number(Number::from(u64::MAX))));
    }

    #[test]
    fn objects_are_completed_and_checked() {
        let kind = Type::parse(br#"["object",{"a":"string","b":"bool"}]"#).unwrap();
        let value = from_json(&json!({"a": "x"}), &kind).unwrap();
        assert_eq!(value, Value::object([("a", Value::from("x")), ("b", Value::Null)]));
        assert!(from_json(&json!({"c": 1}), &kind).is_err());
        assert!(from_json(&json!({"a": 1}), &kind).is_err());
    }

    #[test]
    fn dynamic_values_carry_their_type() {
        let value = from_json(&json!({"a": [1, "x"]}), &Type::Dynamic).unwrap();
        let written = to_json(&value);
        assert_eq!(written["type"], json!(["object", {"a": ["tuple", ["number", "string"]]}]));
        assert_eq!(from_json(&written, &Type::Dynamic), Ok(value));
    }
}
