//! How the toy provider plans and makes what it fills in.

use std::collections::BTreeMap;

use plugin_driver::schema::{Attribute, Block, Nesting, Shape};
use plugin_driver::value::{Path, Type, Value};

/// Returns a value with one element more in a list.
pub(super) fn grown(value: &Value, name: &str, element: &Value) -> Value {
    match value.get(name) {
        Some(Value::List(elements)) => {
            let elements = elements.iter().chain([element]).cloned().collect();
            value.with(Path::from(name), Value::List(elements))
        }
        _ => value.clone(),
    }
}

/// Plans unknown values for what the provider fills in and has not filled in yet.
pub(super) fn fill_unknown(block: &Block, config: &Value, proposed: &Value) -> Value {
    let Value::Object(members) = proposed else { return proposed.clone() };
    let mut planned = fill_attributes(&block.attributes, config, members);
    for (name, nested) in &block.blocks {
        let fill = |config: &Value, proposed: &Value| fill_unknown(&nested.block, config, proposed);
        fill_member(&mut planned, name, nested.nesting, config, &fill);
    }
    Value::Object(planned)
}

fn fill_attributes(
    attributes: &BTreeMap<String, Attribute>,
    config: &Value,
    proposed: &BTreeMap<String, Value>,
) -> BTreeMap<String, Value> {
    let mut planned = proposed.clone();
    for (name, attribute) in attributes {
        let unset = |object: Option<&Value>| object.is_none_or(Value::is_null);
        if attribute.computed && unset(config.get(name)) && unset(proposed.get(name)) {
            planned.insert(name.clone(), Value::unknown());
        } else if let Shape::Nested(nesting, attributes) = &attribute.shape {
            let fill = |config: &Value, proposed: &Value| match proposed {
                Value::Object(members) => Value::Object(fill_attributes(attributes, config, members)),
                other => other.clone(),
            };
            fill_member(&mut planned, name, *nesting, config, &fill);
        }
    }
    planned
}

fn fill_member(
    planned: &mut BTreeMap<String, Value>,
    name: &str,
    nesting: Nesting,
    config: &Value,
    fill: &dyn Fn(&Value, &Value) -> Value,
) {
    let Some(member) = planned.get_mut(name) else { return };
    let config = config.get(name).unwrap_or(&Value::Null);
    match (nesting, &mut *member) {
        (Nesting::Single | Nesting::Group, object) => *object = fill(config, object),
        // Only what is configured can be unknown or null in an element, so its own attributes tell enough.
        (_, Value::List(elements)) => elements.iter_mut().for_each(|element| *element = fill(element, element)),
        (_, Value::Map(elements)) => elements.values_mut().for_each(|element| *element = fill(element, element)),
        (_, Value::Set(elements)) => *elements = elements.iter().map(|element| fill(element, element)).collect(),
        _ => {}
    }
}

/// Makes a value for each unknown one.
pub(super) fn make(planned: &Value, kind: &Type, text: &str) -> Value {
    match (planned, kind) {
        (Value::Unknown(_), Type::Number) => Value::from(7),
        (Value::Unknown(_), _) => Value::from(text),
        (Value::Object(members), Type::Object(kinds)) => {
            let made = members.iter().map(|(name, member)| {
                (name.clone(), kinds.get(name).map_or(Value::Null, |kind| make(member, kind, text)))
            });
            Value::Object(made.collect())
        }
        (Value::List(elements), Type::List(kind)) => {
            Value::List(elements.iter().map(|it| make(it, kind, text)).collect())
        }
        (Value::Set(elements), Type::Set(kind)) => Value::Set(elements.iter().map(|it| make(it, kind, text)).collect()),
        (Value::Map(elements), Type::Map(kind)) => {
            Value::Map(elements.iter().map(|(key, it)| (key.clone(), make(it, kind, text))).collect())
        }
        (other, _) => other.clone(),
    }
}
