//! The meaning of a schema for a value, rule by rule as the server's validation library does it.
//!
//! A value ends in one of three states. It is *right*; it is *flawed* (a limit, a pattern or a check is broken: the
//! complaint is noted and everything around the value is still looked at); or it is *unusable* (wrong type, missing,
//! not among the options: checks of the objects and arrays around it are left out, for they could not read it).

use serde_json::{Map, Value};

use super::checks;
use super::issue::{Issue, Limit, Segment, alternatives};
use super::javascript;
use super::schema::{Format, Kind, Schema, Transform};

/// Judges a value: gives what the server makes of it, or every complaint.
pub(super) fn evaluate(schema: &Schema, value: &Value) -> Result<Value, Vec<Issue>> {
    let mut run = Run::default();
    match run.value(schema, Some(value)) {
        Some(value) if run.issues.is_empty() => Ok(value),
        _ => Err(run.issues),
    }
}

#[derive(Default)]
struct Run {
    path: Vec<Segment>,
    issues: Vec<Issue>,
}

impl Run {
    /// Gives the value with its changes, or `None` where it is unusable.
    fn value(&mut self, schema: &Schema, value: Option<&Value>) -> Option<Value> {
        if schema.nullable && value == Some(&Value::Null) {
            return Some(Value::Null);
        }
        let before = self.issues.len();
        let mut value = if schema.any_of.is_empty() { self.typed(schema, value)? } else { self.union(schema, value)? };
        for check in &schema.checks {
            checks::run(*check, &value, &self.path, &mut self.issues);
        }
        if self.issues.len() == before
            && let Some(transform) = schema.transform
        {
            value = transformed(transform, value);
        }
        Some(value)
    }

    fn typed(&mut self, schema: &Schema, value: Option<&Value>) -> Option<Value> {
        let Some(kind) = schema.kind else {
            return self.anything(value);
        };
        if kind == Kind::Number && schema.coerce {
            let number = javascript::coerce(value);
            if number.is_nan() {
                self.issues.push(Issue::not_a_number(&self.path));
                return None;
            }
            self.number_limits(schema, number);
            return Some(javascript::number(number));
        }
        match (kind, value) {
            (Kind::Object, Some(Value::Object(object))) => self.object(schema, object),
            (Kind::Array, Some(Value::Array(items))) => self.array(schema, items),
            (Kind::String, Some(Value::String(text))) if !schema.options.is_empty() => self.option(schema, text),
            (Kind::String, Some(Value::String(text))) => Some(self.text(schema, text)),
            (Kind::Number, Some(Value::Number(number))) => self.number(schema, javascript::float(number)),
            (Kind::Boolean, Some(boolean @ Value::Bool(_))) => self.literal(schema, boolean),
            _ => {
                let expected =
                    if schema.options.is_empty() { kind.name().to_owned() } else { alternatives(&schema.options) };
                self.issues.push(Issue::invalid_type(&self.path, &expected, value));
                None
            }
        }
    }

    fn anything(&mut self, value: Option<&Value>) -> Option<Value> {
        if value.is_none() {
            self.issues.push(Issue::invalid_type(&self.path, "any", value));
        }
        value.cloned()
    }

    fn union(&mut self, schema: &Schema, value: Option<&Value>) -> Option<Value> {
        let mut complaints = Vec::new();
        for branch in &schema.any_of {
            let mut attempt = Self { path: self.path.clone(), issues: Vec::new() };
            let result = attempt.value(branch, value);
            if result.is_some() && attempt.issues.is_empty() {
                return result;
            }
            complaints.push(attempt.issues);
        }
        self.issues.push(Issue::invalid_union(&self.path, complaints));
        None
    }

    fn object(&mut self, schema: &Schema, object: &Map<String, Value>) -> Option<Value> {
        let mut result = if schema.additional_properties { object.clone() } else { Map::new() };
        let mut usable = true;
        for (key, property) in &schema.properties.0 {
            let stated = object.get(key);
            if stated.is_none() && !schema.required.contains(key) {
                if let Some(default) = property.default.as_ref().or(property.service_default.as_ref()) {
                    result.insert(key.clone(), default.clone());
                }
                continue;
            }
            self.path.push(Segment::Key(key.clone()));
            match self.value(property, stated) {
                Some(value) if property.transform == Some(Transform::OmitBlank) && value == "" => {}
                Some(value) => {
                    result.insert(key.clone(), value);
                }
                None => usable = false,
            }
            self.path.pop();
        }
        usable.then_some(Value::Object(result))
    }

    fn array(&mut self, schema: &Schema, items: &[Value]) -> Option<Value> {
        let limit = |code, value: usize| Limit { code, subject: "array", value: value.into(), inclusive: true };
        if let Some(minimum) = schema.min_items.filter(|minimum| items.len() < *minimum) {
            self.issues.push(Issue::limit(&self.path, limit("too_small", minimum)));
        }
        if let Some(maximum) = schema.max_items.filter(|maximum| items.len() > *maximum) {
            self.issues.push(Issue::limit(&self.path, limit("too_big", maximum)));
        }
        let Some(item_schema) = &schema.items else {
            return Some(Value::Array(items.to_vec()));
        };
        let mut result = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(Segment::Index(index));
            result.extend(self.value(item_schema, Some(item)));
            self.path.pop();
        }
        (result.len() == items.len()).then_some(Value::Array(result))
    }

    fn text(&mut self, schema: &Schema, text: &str) -> Value {
        let text = if schema.trim { javascript::trim(text) } else { text };
        let length = javascript::length(text);
        let limit = |code, value: usize| Limit { code, subject: "string", value: value.into(), inclusive: true };
        if let Some(minimum) = schema.min_length.filter(|minimum| length < *minimum) {
            self.issues.push(Issue::limit(&self.path, limit("too_small", minimum)));
        }
        if let Some(maximum) = schema.max_length.filter(|maximum| length > *maximum) {
            self.issues.push(Issue::limit(&self.path, limit("too_big", maximum)));
        }
        if schema.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(text)) {
            self.issues.push(Issue::invalid_text(&self.path, "regex"));
        }
        let well_formed = match schema.format {
            Some(Format::Uuid) => checks::is_uuid(text),
            Some(Format::Email) => checks::is_email(text),
            Some(Format::DateTime) | None => true,
        };
        if !well_formed {
            let name = schema.format.map_or("", Format::name);
            self.issues.push(Issue::invalid_text(&self.path, name));
        }
        text.into()
    }

    fn option(&mut self, schema: &Schema, text: &str) -> Option<Value> {
        if schema.options.iter().any(|option| option == text) {
            return Some(text.into());
        }
        self.issues.push(Issue::invalid_option(&self.path, &schema.options, text));
        None
    }

    fn number(&mut self, schema: &Schema, number: f64) -> Option<Value> {
        let value = javascript::number(number);
        if !schema.options.is_empty() {
            return self.literal(schema, &value);
        }
        self.number_limits(schema, number);
        Some(value)
    }

    fn literal(&mut self, schema: &Schema, value: &Value) -> Option<Value> {
        match schema.options.first() {
            Some(expected) if !schema.options.contains(value) => {
                self.issues.push(Issue::invalid_literal(&self.path, expected, value));
                None
            }
            _ => Some(value.clone()),
        }
    }

    fn number_limits(&mut self, schema: &Schema, number: f64) {
        let limit =
            |code, value, inclusive| Limit { code, subject: "number", value: javascript::number(value), inclusive };
        if let Some(minimum) = schema.minimum
            && (number < minimum || schema.exclusive_minimum && number <= minimum)
        {
            self.issues.push(Issue::limit(&self.path, limit("too_small", minimum, !schema.exclusive_minimum)));
        }
        if let Some(maximum) = schema.maximum.filter(|maximum| number > *maximum) {
            self.issues.push(Issue::limit(&self.path, limit("too_big", maximum, true)));
        }
    }
}

fn transformed(transform: Transform, value: Value) -> Value {
    match (transform, value) {
        (Transform::SecretPath, Value::String(path)) => {
            let stripped = path.strip_suffix('/').filter(|rest| !rest.is_empty());
            stripped.map_or(path.clone(), str::to_owned).into()
        }
        (Transform::LowerCase, Value::String(text)) => text.to_lowercase().into(),
        (Transform::Distinct, Value::Array(items)) => {
            let mut kept: Vec<Value> = Vec::with_capacity(items.len());
            for item in items {
                if !kept.contains(&item) {
                    kept.push(item);
                }
            }
            kept.into()
        }
        (_, value) => value,
    }
}
