//! Between configuration values and the JSON of the API, directed by the catalog.
//!
//! Knows the names on both sides and nothing of calls: `lifecycle` sends what is made here.

use serde_json::Value as Json;

use crate::catalog::table::{Field, Object, Type};
use crate::terraform::Value;

use super::open;

/// What the API answered where the catalog expects something else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` in the answer is {found}, expected {expected}")]
pub(super) struct Mismatch {
    path: String,
    expected: &'static str,
    found: &'static str,
}

/// The JSON object of these members. Null members are left out: to the API, absent is how nothing is said.
pub(super) fn to_json(object: &Object, value: &Value) -> Json {
    if object.open {
        return open::to_json(value);
    }
    let members = object.fields.iter().filter_map(|field| {
        let member = value.get(field.name);
        (!member.is_null()).then(|| (field.wire().into_owned(), field_to_json(&field.shape, member)))
    });
    Json::Object(members.collect())
}

/// The JSON of one value.
pub(super) fn field_to_json(shape: &Type, value: &Value) -> Json {
    match (shape, value) {
        (Type::Object(object), Value::Map(_)) => to_json(object, value),
        (Type::List(list), Value::List(elements)) => {
            Json::Array(elements.iter().map(|element| field_to_json(list.item, element)).collect())
        }
        (_, value) => open::to_json(value),
    }
}

/// The value of these members in `json`, which stands at `path`; null where the API sent none. Keys that the catalog does
/// not know are left.
pub(super) fn from_json(object: &Object, json: &Json, path: &str) -> Result<Value, Mismatch> {
    members_from_json(object, json).map_err(|mismatch| mismatch.within(path))
}

fn members_from_json(object: &Object, json: &Json) -> Result<Value, Mismatch> {
    let members = json.as_object().ok_or_else(|| Mismatch::new("an object", found(json)))?;
    if object.open {
        return Ok(open::from_json(json));
    }
    let read = |field: &Field| {
        let wire = field.wire();
        match members.get(wire.as_ref()) {
            None | Some(Json::Null) => Ok((field.name, Value::Null)),
            Some(json) => match field_from_json(&field.shape, json) {
                Ok(value) => Ok((field.name, value)),
                Err(mismatch) => Err(mismatch.within(&wire)),
            },
        }
    };
    Ok(Value::map(object.fields.iter().map(read).collect::<Result<Vec<_>, _>>()?))
}

/// The value of one field.
fn field_from_json(shape: &Type, json: &Json) -> Result<Value, Mismatch> {
    match (shape, json) {
        (Type::Text(_) | Type::Choice(_), Json::String(text)) => Ok(Value::string(text.as_str())),
        (Type::Number(_) | Type::NumberChoice(_), Json::Number(number)) => self::number(number),
        (Type::Flag, Json::Bool(flag)) => Ok(Value::Bool(*flag)),
        (Type::Object(object), json) => members_from_json(object, json),
        (Type::Any, json) => Ok(open::from_json(json)),
        (Type::List(list), Json::Array(elements)) => elements
            .iter()
            .enumerate()
            .map(|(index, element)| {
                field_from_json(list.item, element).map_err(|mismatch| mismatch.within(&format!("[{index}]")))
            })
            .collect::<Result<_, _>>()
            .map(Value::List),
        (shape, json) => Err(Mismatch::new(shape.noun(), found(json))),
    }
}

/// The value of a number, with all its digits.
pub(super) fn number(number: &serde_json::Number) -> Result<Value, Mismatch> {
    number.as_str().parse().map(Value::Number).map_err(|_| Mismatch::new("a number", "an unreadable one"))
}

impl Mismatch {
    fn new(expected: &'static str, found: &'static str) -> Self {
        Self { path: String::new(), expected, found }
    }

    /// The same mismatch, seen from one level further out.
    pub(super) fn within(self, step: &str) -> Self {
        let separator = if self.path.is_empty() || self.path.starts_with('[') { "" } else { "." };
        Self { path: format!("{step}{separator}{}", self.path), ..self }
    }
}

fn found(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "true or false",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::catalog::by_slug;

    fn parameters(slug: &str) -> &'static Object {
        &by_slug(slug).unwrap().parameters
    }

    #[test]
    fn values_become_the_bodies_of_the_api_and_come_back() {
        let body = json!({
            "permissionScope": "~* +@all",
            "passwordRequirements": {"length": 32, "required": {"digits": 1, "lowercase": 1, "uppercase": 1, "symbols": 0}},
        });
        let value = from_json(parameters("redis-credentials"), &body, "parameters").unwrap();
        assert_eq!(value.get("password_requirements").get("length"), &Value::integer(32));
        assert_eq!(value.get("password_requirements").get("allowed_symbols"), &Value::Null);
        assert_eq!(to_json(parameters("redis-credentials"), &value), body);
    }

    #[test]
    fn numbers_keep_every_digit() {
        let body: Json = serde_json::from_str(r#"{"length": 0.12345678901234567890123}"#).unwrap();
        let number = field_from_json(&Type::Number(crate::catalog::table::Number::ANY), &body["length"]).unwrap();
        assert_eq!(field_to_json(&Type::Number(crate::catalog::table::Number::ANY), &number), body["length"]);
    }

    #[test]
    fn an_answer_of_another_shape_is_named() {
        let body = json!({"permissionScope": 5});
        let error = from_json(parameters("redis-credentials"), &body, "parameters").unwrap_err();
        assert_eq!(error.to_string(), "`parameters.permissionScope` in the answer is a number, expected a text");
        let body = json!({"buckets": [{"name": "a"}, {"name": true}]});
        let error = from_json(parameters("cloudflare-r2-access-key"), &body, "parameters").unwrap_err();
        let told = "`parameters.buckets[1].name` in the answer is true or false, expected a text";
        assert_eq!(error.to_string(), told);
        let error = from_json(parameters("redis-credentials"), &Json::Null, "parameters").unwrap_err();
        assert_eq!(error.to_string(), "`parameters` in the answer is null, expected an object");
    }
}
