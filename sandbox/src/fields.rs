//! Reads the small bodies, those of logins, folders and secrets, and complains as the server's validation does. The
//! bodies of rotations and connections have schema documents instead.

use serde_json::{Map, Value};

use crate::error::ApiError;
use crate::validation::{self, Issue, Segment};

/// A body that is being read; it gathers all complaints.
#[derive(Debug)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    issues: Vec<Issue>,
}

impl<'a> Fields<'a> {
    /// Begins to read a body.
    pub fn of(body: Option<&'a Value>) -> Self {
        let object = body.and_then(Value::as_object);
        let issues = if object.is_none() { vec![wrong_type(&[], "object", body)] } else { Vec::new() };
        Self { object, issues }
    }

    /// Takes a required text, trimmed and not empty.
    pub fn text(&mut self, name: &str) -> String {
        let value = self.string(name, true);
        self.checked(value.map(|value| validation::text(name, Some(value))))
    }

    /// Takes a required text as it is.
    pub fn raw(&mut self, name: &str) -> String {
        self.string(name, true).unwrap_or_default().to_owned()
    }

    /// Takes a required UUID.
    pub fn uuid(&mut self, name: &str) -> String {
        let value = self.string(name, true);
        self.checked(value.map(|value| validation::uuid(name, Some(value))))
    }

    /// Takes a required slug of up to 64 characters.
    pub fn slug(&mut self, name: &str) -> String {
        let value = self.string(name, true);
        self.checked(value.map(|value| validation::slug(name, Some(value))))
    }

    /// Takes a slug that may be absent.
    pub fn optional_slug(&mut self, name: &str) -> Option<String> {
        let value = self.string(name, false)?;
        Some(self.checked(Some(validation::slug(name, Some(value)))))
    }

    /// Takes a text that may be absent, as it is.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        self.string(name, false).map(str::to_owned)
    }

    /// Takes a text that may be absent or null, as it is.
    pub fn nullable(&mut self, name: &str) -> Option<String> {
        if self.get(name) == Some(&Value::Null) { None } else { self.optional(name) }
    }

    /// Takes a flag that may be absent.
    pub fn flag(&mut self, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            other => {
                self.issues.push(wrong_type(&[Segment::from(name)], "boolean", other));
                false
            }
        }
    }

    /// Adds a complaint about a field.
    pub fn complain(&mut self, name: &str, message: &str) {
        self.issues.push(Issue::custom(&[Segment::from(name)], message));
    }

    /// Ends reading: 422 if there was anything to complain about.
    pub fn finish(self) -> Result<(), ApiError> {
        if self.issues.is_empty() { Ok(()) } else { Err(ApiError::Validation(self.issues)) }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.and_then(|object| object.get(name))
    }

    fn string(&mut self, name: &str, is_required: bool) -> Option<&'a str> {
        match self.get(name) {
            Some(Value::String(text)) => Some(text),
            // Nothing is required of the fields of a body that is no object: one complaint is enough.
            None if !is_required || self.object.is_none() => None,
            other => {
                self.issues.push(wrong_type(&[Segment::from(name)], "string", other));
                None
            }
        }
    }

    fn checked(&mut self, result: Option<Result<String, Issue>>) -> String {
        match result {
            Some(Ok(text)) => text,
            Some(Err(issue)) => {
                self.issues.push(issue);
                String::new()
            }
            None => String::new(),
        }
    }
}

/// Gives the values of route parameters and queries, or all complaints about them.
pub fn gather<T, const N: usize>(results: [Result<T, Issue>; N]) -> Result<[T; N], ApiError> {
    let mut issues = Vec::new();
    let values: Vec<T> =
        results.into_iter().filter_map(|result| result.map_err(|issue| issues.push(issue)).ok()).collect();
    values.try_into().map_err(|_| ApiError::Validation(issues))
}

fn wrong_type(path: &[Segment], expected: &str, value: Option<&Value>) -> Issue {
    let received = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    let message = match value {
        None => "Required".to_owned(),
        Some(_) => format!("Expected {expected}, received {received}"),
    };
    let mut issue = Issue::new("invalid_type", path, message);
    issue.details.insert("expected".to_owned(), expected.into());
    issue.details.insert("received".to_owned(), received.into());
    issue
}
