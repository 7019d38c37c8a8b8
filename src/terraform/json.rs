//! Values as JSON, directed by their type: the form in which the host stores them.

use std::collections::BTreeMap;
use std::iter;

use serde_json::{Map, Value as Json};

use super::codec::{DecodeError, EncodeError, MOST_DEPTH, MOST_VALUES, Problem};
use super::value::{distinct, normalized};
use super::{Name, Number, Step, Type, Value};

/// What becomes of attributes that the type does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extras {
    /// They are an error.
    Refused,
    /// They are left out: stored state may have been written by another version.
    Dropped,
}

/// Reads JSON of bounded size and depth; numbers keep their digits.
pub fn parse(bytes: &[u8]) -> Result<Json, DecodeError> {
    if most_values(bytes) > MOST_VALUES {
        return Err(Problem::new(format!("the text holds more than {MOST_VALUES} values")).into());
    }
    serde_json::from_slice(bytes).map_err(|error| Problem::new(without_content(&error)).into())
}

/// Makes a value of type `of` from JSON.
///
/// As the host does, takes missing attributes for null, and reads bools, numbers and strings from each other's text.
pub fn decode(json: &Json, of: &Type, extras: Extras) -> Result<Value, DecodeError> {
    Ok(read(json, of, extras, MOST_DEPTH)?)
}

/// Makes JSON of a wholly known value of type `of`.
pub fn encode(value: &Value, of: &Type) -> Result<Json, EncodeError> {
    Ok(write(value, of)?)
}

/// Counts what may begin or separate values, outside of texts: at least as many as there are values.
fn most_values(json: &[u8]) -> usize {
    let (mut values, mut in_text, mut escaped) = (1, false, false);
    for byte in json {
        match (byte, in_text) {
            (_, true) if escaped => escaped = false,
            (b'\\', true) => escaped = true,
            (b'"', _) => in_text = !in_text,
            (b',' | b':' | b'[' | b'{', false) => values += 1,
            _ => {}
        }
    }
    values
}

/// The parser's message without what it quotes: that may be a secret.
fn without_content(error: &serde_json::Error) -> String {
    let what =
        if error.is_eof() { "the JSON text ends too early" } else { "the text is not JSON, or nested too deeply" };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

fn read(json: &Json, of: &Type, extras: Extras, depth: usize) -> Result<Value, Problem> {
    let depth = depth.checked_sub(1).ok_or_else(|| Problem::new("nested too deeply"))?;
    match (of, json) {
        (_, Json::Null) => Ok(Value::Null),
        (Type::Bool, Json::Bool(flag)) => Ok(Value::Bool(*flag)),
        (Type::Bool, Json::String(text)) => match text.as_str() {
            "true" | "1" => Ok(Value::Bool(true)),
            "false" | "0" => Ok(Value::Bool(false)),
            _ => Err(Problem::new("a bool is required, and the string is none")),
        },
        (Type::Number, Json::Number(number)) => read_number(number.as_str()),
        (Type::Number, Json::String(text)) => read_number(text),
        (Type::String, Json::String(text)) => Ok(Value::string(text)),
        (Type::String, Json::Number(number)) => Ok(Value::string(number.as_str())),
        (Type::String, Json::Bool(flag)) => Ok(Value::string(flag.to_string())),
        (Type::List(of), Json::Array(elements)) => {
            read_elements(elements, iter::repeat(&**of), extras, depth).map(Value::List)
        }
        (Type::Set(of), Json::Array(elements)) => {
            read_elements(elements, iter::repeat(&**of), extras, depth).map(Value::set_of)
        }
        (Type::Tuple(types), Json::Array(elements)) if types.len() == elements.len() => {
            read_elements(elements, types, extras, depth).map(Value::List)
        }
        (Type::Map(of), Json::Object(entries)) => {
            let read = |(key, json): (&String, &Json)| {
                let value = read(json, of, extras, depth).map_err(|problem| problem.within(Step::Key(key.into())))?;
                Ok((Name::from(&*normalized(key.into())), value))
            };
            entries.iter().map(read).collect::<Result<_, Problem>>().map(Value::Map)
        }
        (Type::Object(types), Json::Object(attributes)) => read_object(attributes, types, extras, depth),
        (Type::Dynamic, Json::Object(typed)) => read_dynamic(typed, extras, depth),
        (of, json) => Err(Problem::new(format!("{} is required, not {}", of.noun(), noun(json)))),
    }
}

fn read_number(text: &str) -> Result<Value, Problem> {
    text.parse::<Number>().map(Value::Number).map_err(|error| Problem::new(error.to_string()))
}

fn read_elements<'t>(
    elements: &[Json],
    types: impl IntoIterator<Item = &'t Type>,
    extras: Extras,
    depth: usize,
) -> Result<Vec<Value>, Problem> {
    let read = |(index, (json, of))| {
        read(json, of, extras, depth).map_err(|problem: Problem| problem.within(Step::Index(index)))
    };
    elements.iter().zip(types).enumerate().map(read).collect()
}

fn read_object(
    attributes: &Map<String, Json>,
    types: &BTreeMap<Name, Type>,
    extras: Extras,
    depth: usize,
) -> Result<Value, Problem> {
    if extras == Extras::Refused && attributes.keys().any(|name| !types.contains_key(name.as_str())) {
        return Err(Problem::new("there is an attribute that the type does not have"));
    }
    let read = |(name, of): (&Name, &Type)| {
        let value = read(attributes.get(name.as_str()).unwrap_or(&Json::Null), of, extras, depth);
        Ok((name.clone(), value.map_err(|problem| problem.within(Step::Attribute(name.clone())))?))
    };
    types.iter().map(read).collect::<Result<_, Problem>>().map(Value::Map)
}

fn read_dynamic(typed: &Map<String, Json>, extras: Extras, depth: usize) -> Result<Value, Problem> {
    let (Some(of), Some(json), 2) = (typed.get("type"), typed.get("value"), typed.len()) else {
        return Err(Problem::new("a value of open type is an object of its type and its value"));
    };
    let of = Type::from_json(of.to_string().as_bytes()).map_err(|error| Problem::new(error.to_string()))?;
    let value = read(json, &of, extras, depth)?;
    Ok(Value::Dynamic(Box::new((of, value))))
}

fn noun(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a bool",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

fn write(value: &Value, of: &Type) -> Result<Json, Problem> {
    match (of, value) {
        (_, Value::Null) => Ok(Json::Null),
        (Type::Bool, Value::Bool(flag)) => Ok(Json::Bool(*flag)),
        (Type::Number, Value::Number(number)) => {
            let number = number.to_string().parse().map(Json::Number);
            number.map_err(|_| Problem::new("the number has no JSON form"))
        }
        (Type::String, Value::String(text)) => Ok(Json::from(&**text)),
        (Type::List(of), Value::List(elements)) => write_elements(elements, iter::repeat(&**of)),
        (Type::Set(of), Value::List(elements)) => write_elements(&distinct(elements.clone()), iter::repeat(&**of)),
        (Type::Tuple(types), Value::List(elements)) if types.len() == elements.len() => write_elements(elements, types),
        (Type::Map(of), Value::Map(entries)) => {
            let write = |(key, value): (&Name, &Value)| {
                let json = write(value, of).map_err(|problem| problem.within(Step::Key(key.clone())))?;
                Ok((key.to_string(), json))
            };
            entries.iter().map(write).collect::<Result<_, _>>().map(Json::Object)
        }
        (Type::Object(types), Value::Map(attributes)) => {
            if attributes.keys().any(|name| !types.contains_key(name.as_str())) {
                return Err(Problem::new("there is an attribute that the type does not have"));
            }
            let write = |(name, of): (&Name, &Type)| {
                let json = attributes.get(name).ok_or_else(|| Problem::new("the attribute is missing"));
                let json = json.and_then(|value| write(value, of));
                Ok((name.to_string(), json.map_err(|problem| problem.within(Step::Attribute(name.clone())))?))
            };
            types.iter().map(write).collect::<Result<_, _>>().map(Json::Object)
        }
        (Type::Dynamic, Value::Dynamic(typed)) => {
            let (of, value) = &**typed;
            let json = write(value, of)?;
            Ok(serde_json::json!({ "type": of.to_json_value(), "value": json }))
        }
        (of, value) => Err(Problem::new(format!("{} is required, not {}", of.noun(), value.noun()))),
    }
}

fn write_elements<'t>(elements: &[Value], types: impl IntoIterator<Item = &'t Type>) -> Result<Json, Problem> {
    let write = |(index, (value, of))| write(value, of).map_err(|problem: Problem| problem.within(Step::Index(index)));
    elements.iter().zip(types).enumerate().map(write).collect::<Result<_, _>>().map(Json::Array)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::{any_type, any_typed};
    use super::*;

    fn read_text(json: &str, of: &Type, extras: Extras) -> Result<Value, String> {
        let json = parse(json.as_bytes()).map_err(|error| error.to_string())?;
        decode(&json, of, extras).map_err(|error| error.to_string())
    }

    fn stored(json: &str, of: &Type) -> Result<Value, String> {
        read_text(json, of, Extras::Dropped)
    }

    #[test]
    fn numbers_keep_their_digits() {
        for text in ["0.1", "0.12345678901234567890", "9007199254740993", "18446744073709551615", "1e400", "-0.0"] {
            let expected = Value::Number(text.parse().unwrap());
            assert_eq!(stored(text, &Type::Number), Ok(expected.clone()), "{text}");
            assert_eq!(stored(&format!("\"{text}\""), &Type::Number), Ok(expected.clone()), "{text}");
            let written = encode(&expected, &Type::Number).unwrap().to_string();
            assert_eq!(stored(&written, &Type::Number), Ok(expected), "{text}");
        }
        assert!(stored("1e999999999", &Type::Number).is_err());
        assert!(stored("\"many\"", &Type::Number).is_err());
    }

    #[test]
    fn primitives_are_read_from_each_others_text() {
        assert_eq!(stored("5", &Type::String), Ok("5".into()));
        assert_eq!(stored("1.50", &Type::String), Ok("1.50".into()));
        assert_eq!(stored("true", &Type::String), Ok("true".into()));
        assert_eq!(stored("\"true\"", &Type::Bool), Ok(Value::Bool(true)));
        assert_eq!(stored("\"0\"", &Type::Bool), Ok(Value::Bool(false)));
        assert_eq!(stored("\"yes\"", &Type::Bool), Err("a bool is required, and the string is none".to_owned()));
        assert_eq!(stored("1", &Type::Bool), Err("a bool is required, not a number".to_owned()));
    }

    #[test]
    fn stored_state_of_another_version_is_read() {
        let of = Type::object([
            ("name".to_owned(), Type::String),
            ("new".to_owned(), Type::list(Type::Bool)),
            ("inner".to_owned(), Type::list(Type::object([("size".to_owned(), Type::Number)]))),
        ]);
        let json = r#" { "name": "x", "gone": {"a": [1]}, "inner": [ {"size": "7", "gone": null} ] } "#;
        let expected = Value::map([
            ("name", "x".into()),
            ("new", Value::Null),
            ("inner", Value::List(vec![Value::map([("size", Value::integer(7))])])),
        ]);
        assert_eq!(stored(json, &of), Ok(expected));
        assert!(read_text(json, &of, Extras::Refused).is_err());
        assert_eq!(stored("null", &of), Ok(Value::Null));
        assert_eq!(
            stored(r#"{"inner": [{"size": 1}, {"size": []}]}"#, &of),
            Err("inner[1].size: a number is required, not an array".to_owned())
        );
    }

    #[test]
    fn text_that_is_not_json_is_refused_without_quoting_it() {
        for text in ["", "{", "[1,]", "{\"password\":hunter2}", "nul", "\"a\" 1"] {
            let error = parse(text.as_bytes()).unwrap_err().to_string();
            assert!(!error.contains("hunter"), "{error}");
        }
    }

    #[test]
    fn depth_and_number_of_values_are_bounded() {
        for levels in [1_000, 1_000_000] {
            assert!(parse("[".repeat(levels).as_bytes()).is_err());
            assert!(parse("{\"a\":".repeat(levels).as_bytes()).is_err());
        }
        let many = format!("[{}0]", "0,".repeat(MOST_VALUES));
        assert!(parse(many.as_bytes()).unwrap_err().reason.contains("values"));
        let long = format!("\"{}\\\"{}\"", ",".repeat(MOST_VALUES), "[".repeat(MOST_VALUES));
        assert!(parse(long.as_bytes()).is_ok(), "text is one value, whatever is in it");
        let open = format!("{}null{}", r#"{"type":"dynamic","value":"#.repeat(60), "}".repeat(60));
        assert!(stored(&open, &Type::Dynamic).is_ok());
    }

    #[test]
    fn unknown_values_have_no_json_form() {
        assert!(encode(&Value::unknown(), &Type::String).is_err());
    }

    proptest! {
        #[test]
        fn values_survive_storage((of, value) in any_typed(false)) {
            let json = encode(&value, &of).unwrap();
            let parsed = parse(json.to_string().as_bytes()).unwrap();
            prop_assert_eq!(decode(&parsed, &of, Extras::Refused), Ok(value));
        }

        #[test]
        fn values_of_another_type_never_panic((of, value) in any_typed(false), other in any_type()) {
            let json = encode(&value, &of).unwrap();
            if let Ok(value) = decode(&json, &other, Extras::Dropped) {
                prop_assert!(encode(&value, &other).is_ok(), "what is read can be written");
            }
        }
    }
}
