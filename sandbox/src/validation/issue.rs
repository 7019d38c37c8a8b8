//! The complaint about one place of a body, in the words of the server's validation library.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// One step of the way to a value: the key of an object or the index of an array.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// The key of an object.
    Key(String),
    /// The index of an array, from 0.
    Index(usize),
}

/// A complaint as it stands in the `message` array of a 422 answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Issue {
    /// The kind of complaint, such as `invalid_type` or `too_small`.
    pub code: &'static str,
    /// The way from the body to the value complained about.
    pub path: Vec<Segment>,
    /// The complaint in words.
    pub message: String,
    /// What the code adds to it: expected and received types, limits, options.
    pub details: Map<String, Value>,
}

impl Issue {
    /// Makes a complaint without further details.
    pub fn new(code: &'static str, path: &[Segment], message: impl Into<String>) -> Self {
        Self { code, path: path.to_vec(), message: message.into(), details: Map::new() }
    }

    /// Makes the complaint of a rule that the vocabulary of schemas doesn't know.
    pub fn custom(path: &[Segment], message: impl Into<String>) -> Self {
        Self::new("custom", path, message)
    }

    /// Says whether the server's validation stumbles over the value instead of judging it: the answer is then 500
    /// "Something went wrong", not 422.
    pub fn is_server_fault(&self) -> bool {
        self.code == SERVER_FAULT
    }

    /// Gives the complaint in the form of the 422 answer.
    pub fn to_json(&self) -> Value {
        let mut object = self.details.clone();
        object.insert("code".to_owned(), json!(self.code));
        object.insert("path".to_owned(), json!(self.path));
        object.insert("message".to_owned(), json!(self.message));
        Value::Object(object)
    }

    pub(super) fn server_fault(path: &[Segment], message: impl Into<String>) -> Self {
        Self::new(SERVER_FAULT, path, message)
    }

    pub(super) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    pub(super) fn invalid_type(path: &[Segment], expected: &str, received: Option<&Value>) -> Self {
        let received = type_of(received);
        let message = match received {
            "undefined" => "Required".to_owned(),
            _ => format!("Expected {expected}, received {received}"),
        };
        Self::new("invalid_type", path, message).with("expected", expected).with("received", received)
    }

    pub(super) fn not_a_number(path: &[Segment]) -> Self {
        Self::new("invalid_type", path, "Expected number, received nan")
            .with("expected", "number")
            .with("received", "nan")
    }

    pub(super) fn limit(path: &[Segment], limit: Limit<'_>) -> Self {
        let Limit { code, subject, value, inclusive } = limit;
        let bound = if code == "too_small" { "minimum" } else { "maximum" };
        let words = match (subject, code) {
            ("string", "too_small") => format!("String must contain at least {value} character(s)"),
            ("string", _) => format!("String must contain at most {value} character(s)"),
            ("array", "too_small") => format!("Array must contain at least {value} element(s)"),
            ("array", _) => format!("Array must contain at most {value} element(s)"),
            (_, "too_small") if inclusive => format!("Number must be greater than or equal to {value}"),
            (_, "too_small") => format!("Number must be greater than {value}"),
            _ => format!("Number must be less than or equal to {value}"),
        };
        Self::new(code, path, words)
            .with(bound, value)
            .with("type", subject)
            .with("inclusive", inclusive)
            .with("exact", false)
    }

    pub(super) fn invalid_text(path: &[Segment], validation: &str) -> Self {
        let message = match validation {
            "regex" => "Invalid".to_owned(),
            _ => format!("Invalid {validation}"),
        };
        Self::new("invalid_string", path, message).with("validation", validation)
    }

    pub(super) fn invalid_option(path: &[Segment], options: &[Value], received: &str) -> Self {
        let message = format!("Invalid enum value. Expected {}, received '{received}'", alternatives(options));
        Self::new("invalid_enum_value", path, message).with("received", received).with("options", options.to_vec())
    }

    pub(super) fn invalid_literal(path: &[Segment], expected: &Value, received: &Value) -> Self {
        Self::new("invalid_literal", path, format!("Invalid literal value, expected {expected}"))
            .with("expected", expected.clone())
            .with("received", received.clone())
    }

    pub(super) fn invalid_union(path: &[Segment], branches: Vec<Vec<Issue>>) -> Self {
        let errors: Vec<Value> =
            branches.into_iter().map(|issues| json!({ "issues": issues, "name": "ZodError" })).collect();
        Self::new("invalid_union", path, "Invalid input").with("unionErrors", errors)
    }
}

/// The limit of a length, a count or a number that a value breaks.
pub(super) struct Limit<'a> {
    /// `too_small` or `too_big`.
    pub(super) code: &'static str,
    /// `string`, `array` or `number`.
    pub(super) subject: &'a str,
    /// The limit itself.
    pub(super) value: Value,
    /// Whether the limit itself is allowed.
    pub(super) inclusive: bool,
}

/// Lists the options of a choice as the server words them: `'a' | 'b'`.
pub(super) fn alternatives(options: &[Value]) -> String {
    let options: Vec<String> = options
        .iter()
        .map(|option| option.as_str().map_or_else(|| option.to_string(), |text| format!("'{text}'")))
        .collect();
    options.join(" | ")
}

const SERVER_FAULT: &str = "server_fault";

fn type_of(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

impl Serialize for Issue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}

impl Serialize for Segment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Key(key) => serializer.serialize_str(key),
            Self::Index(index) => index.serialize(serializer),
        }
    }
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Self::Key(key.to_owned())
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) => formatter.write_str(key),
            Self::Index(index) => write!(formatter, "{index}"),
        }
    }
}
