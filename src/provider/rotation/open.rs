//! Parameters of a kind that only the API knows: values of any type, under the API's own names.
//!
//! Configuration says which members it cares about. What it does not name is left alone: it is not stored, it never
//! differs, and an update repeats it. A member that is named as `null` is one that shall not be there.

use serde_json::{Map, Value as Json};

use crate::catalog::checks::trim;
use crate::terraform::{Name, Number, Type, Value};

/// The JSON of a value. Null members are left out: to the API, absent is how nothing is said.
pub(super) fn to_json(value: &Value) -> Json {
    match value {
        Value::Null | Value::Unknown(_) => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::String(text) => Json::String(text.clone()),
        // Decimal text is a JSON number as it stands.
        Value::Number(number) => serde_json::from_str(&number.to_string()).map_or(Json::Null, Json::Number),
        Value::List(elements) => Json::Array(elements.iter().map(to_json).collect()),
        Value::Map(members) => {
            let said = members.iter().filter(|(_, member)| !bare(member).is_null());
            Json::Object(said.map(|(name, member)| (name.to_string(), to_json(member))).collect())
        }
        Value::Dynamic(typed) => to_json(&typed.1),
    }
}

/// The value that JSON holds, with its type.
pub(super) fn from_json(json: &Json) -> Value {
    typed(plain(json))
}

/// What is stored of what the server answers: the members that are stored now, in their spelling where it means the
/// same. All of them where nothing is stored.
pub(super) fn keep(before: &Value, remote: Value) -> Value {
    if before.is_null() {
        return remote;
    }
    let kept = kept(bare(before), bare(&remote));
    if kept == *bare(before) { before.clone() } else { typed(kept) }
}

/// Whether a stored value already is what is wanted: every member that is wanted has its value. Members that only the
/// stored one has are not asked about.
pub(super) fn is_as_wanted(stored: &Value, wanted: &Value) -> bool {
    match (bare(stored), bare(wanted)) {
        (Value::Map(stored), Value::Map(wanted)) => {
            wanted.iter().all(|(name, wanted)| is_as_wanted(stored.get(name).unwrap_or(&Value::Null), wanted))
        }
        (Value::List(stored), Value::List(wanted)) => {
            stored.len() == wanted.len()
                && stored.iter().zip(wanted).all(|(stored, wanted)| is_as_wanted(stored, wanted))
        }
        (stored, wanted) => means_the_same(stored, wanted),
    }
}

/// Adds to a body what the server has and `named` does not name, for updates replace objects as a whole.
pub(super) fn leave_alone(named: &Value, body: &mut Json, current: &Json) {
    let (Json::Object(members), Json::Object(current)) = (body, current) else { return };
    for (name, there) in current {
        let wanted = bare(named).as_map().and_then(|named| named.get(name));
        match (wanted, members.get_mut(name)) {
            (Some(wanted), Some(member)) => leave_alone(wanted, member, there),
            (Some(_), None) => {}
            (None, _) => drop(members.insert(name.clone(), there.clone())),
        }
    }
}

fn kept(before: &Value, remote: &Value) -> Value {
    match (before, remote) {
        (Value::Map(named), Value::Map(found)) => {
            let member = |(name, before): (&Name, &Value)| match (bare(before), found.get(name)) {
                (Value::Null, _) => Some((name.clone(), before.clone())),
                (_, None | Some(Value::Null)) => None,
                (before, Some(found)) => Some((name.clone(), kept(before, found))),
            };
            Value::Map(named.iter().filter_map(member).collect())
        }
        (Value::List(stored), Value::List(found)) => {
            let element = |(index, found): (usize, &Value)| {
                stored.get(index).map_or_else(|| found.clone(), |before| kept(bare(before), found))
            };
            Value::List(found.iter().enumerate().map(element).collect())
        }
        (before, remote) if means_the_same(before, remote) => before.clone(),
        (_, remote) => remote.clone(),
    }
}

/// Whether the server may well take two plain values for the same: it trims most texts, and it reads numbers as 64-bit
/// floats.
fn means_the_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => trim(one) == trim(other),
        (Value::Number(one), Value::Number(other)) => one == other || one.to_f64().total_cmp(&other.to_f64()).is_eq(),
        (one, other) => one == other,
    }
}

fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => number.as_str().parse::<Number>().map_or(Value::Null, Value::Number),
        Json::String(text) => Value::string(text.as_str()),
        Json::Array(elements) => Value::List(elements.iter().map(plain).collect()),
        Json::Object(members) => members_of(members),
    }
}

fn members_of(members: &Map<String, Json>) -> Value {
    Value::map(members.iter().map(|(name, member)| (name.as_str(), plain(member))))
}

fn typed(value: Value) -> Value {
    Value::Dynamic(Box::new((type_of(&value), value)))
}

fn type_of(value: &Value) -> Type {
    match value {
        Value::Null | Value::Unknown(_) | Value::Dynamic(_) => Type::Dynamic,
        Value::Bool(_) => Type::Bool,
        Value::Number(_) => Type::Number,
        Value::String(_) => Type::String,
        Value::List(elements) => Type::Tuple(elements.iter().map(type_of).collect()),
        Value::Map(members) => Type::object(members.iter().map(|(name, member)| (name.clone(), type_of(member)))),
    }
}

fn bare(value: &Value) -> &Value {
    match value {
        Value::Dynamic(typed) => bare(&typed.1),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_json_and_come_back() {
        let body: Json =
            serde_json::from_str(r#"{"name":"x","length":0.1,"required":{"digits":1},"hosts":["a","b"],"sudo":true}"#)
                .unwrap();
        let value = from_json(&body);
        assert_eq!(to_json(&value), body);
        let Value::Dynamic(value) = value else { panic!("a value of open type has its type") };
        assert_eq!(
            value.0.to_json(),
            r#"["object",{"hosts":["tuple",["string","string"]],"length":"number","name":"string","required":["object",{"digits":"number"}],"sudo":"bool"}]"#
        );
    }

    #[test]
    fn what_is_not_named_is_neither_stored_nor_compared() {
        let before = from_json(&json!({"a": " x ", "inner": {"b": 1.0}, "gone": "y", "unset": null}));
        let same = json!({"a": "x", "inner": {"b": 1, "more": 2}, "gone": "y", "unset": "default", "other": true});
        assert_eq!(keep(&before, from_json(&same)), before);
        let changed = json!({"a": "z", "inner": {"b": 1}, "unset": "default", "other": true});
        assert_eq!(
            keep(&before, from_json(&changed)),
            from_json(&json!({"a": "z", "inner": {"b": 1.0}, "unset": null}))
        );
        assert_eq!(keep(&Value::Null, from_json(&changed)), from_json(&changed));
    }

    #[test]
    fn a_stored_value_is_as_wanted_if_all_that_is_wanted_is_there() {
        let stored = from_json(&json!({"a": "x", "list": [{"b": 1, "c": 2}], "extra": true}));
        for (wanted, as_wanted) in [
            (json!({"a": " x"}), true),
            (json!({"list": [{"b": 1.0}]}), true),
            (json!({"a": "x", "absent": null}), true),
            (json!({"extra": null}), false),
            (json!({"a": "y"}), false),
            (json!({"new": 1}), false),
            (json!({"list": []}), false),
            (json!({"a": 1}), false),
        ] {
            assert_eq!(is_as_wanted(&stored, &from_json(&wanted)), as_wanted, "{wanted}");
        }
    }

    #[test]
    fn an_update_repeats_what_is_left_alone_and_drops_what_is_named_as_null() {
        let named = from_json(&json!({"a": 1, "inner": {"b": 2}, "drop": null}));
        let current = json!({"a": 0, "inner": {"b": 0, "kept": 1}, "drop": "x", "other": [1]});
        let mut body = to_json(&named);
        leave_alone(&named, &mut body, &current);
        assert_eq!(body, json!({"a": 1, "inner": {"b": 2, "kept": 1}, "other": [1]}));
    }
}
