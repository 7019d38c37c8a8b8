//! The host's side of planning, written from its published rules and independent of the planner: what it proposes, and
//! what it accepts.

use super::super::{Attribute, Mode, Name, Nesting, Shape, Value};

/// What the host proposes: the configuration where it says something, else prior computed values.
pub(super) fn proposed_new(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    let Value::Map(configs) = config else { return config.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let (prior, config) = (prior.get(&attribute.name), configs.get(&attribute.name).unwrap());
        let computed = matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed);
        let value = match &attribute.shape {
            _ if computed && config.is_null() => {
                if was_configured(attribute, prior) {
                    Value::Null
                } else {
                    prior.clone()
                }
            }
            Shape::Nested(nesting, attributes) => proposed_nested(*nesting, attributes, prior, config),
            Shape::Plain(_) => config.clone(),
        };
        (attribute.name.clone(), value)
    }))
}

/// Whether a prior object holds something that only a configuration can have put there.
fn was_configured(attribute: &Attribute, prior: &Value) -> bool {
    fn holds(attributes: &[Attribute], object: &Value) -> bool {
        attributes.iter().any(|attribute| {
            let value = object.get(&attribute.name);
            let settable_only = matches!(attribute.mode, Mode::Optional | Mode::Required);
            !value.is_null() && (settable_only || was_configured(attribute, value))
        })
    }
    match (&attribute.shape, prior) {
        _ if attribute.mode != Mode::OptionalComputed => false,
        (Shape::Nested(Nesting::Single, attributes), object) => holds(attributes, object),
        (Shape::Nested(_, attributes), Value::List(objects)) => objects.iter().any(|object| holds(attributes, object)),
        (Shape::Nested(_, attributes), Value::Map(objects)) => objects.values().any(|object| holds(attributes, object)),
        _ => false,
    }
}

fn proposed_nested(nesting: Nesting, attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    match (nesting, config) {
        (Nesting::Single, _) => proposed_new(attributes, prior, config),
        (Nesting::List, Value::List(configs)) => {
            let priors = prior.as_list().unwrap_or_default();
            let merged = configs
                .iter()
                .enumerate()
                .map(|(index, config)| proposed_new(attributes, priors.get(index).unwrap_or(&Value::Null), config));
            Value::List(merged.collect())
        }
        (Nesting::Map, Value::Map(configs)) => {
            Value::map(configs.iter().map(|(key, config)| (key, proposed_new(attributes, prior.get(key), config))))
        }
        (Nesting::Set, Value::List(configs)) => {
            let merged = configs.iter().map(|config| {
                let of_config = |prior: &&Value| could_come_from(attributes, prior, config);
                let prior = prior.as_list().unwrap_or_default().iter().find(of_config);
                proposed_new(attributes, prior.unwrap_or(&Value::Null), config)
            });
            Value::set_of(merged.collect())
        }
        _ => config.clone(),
    }
}

fn could_come_from(attributes: &[Attribute], prior: &Value, config: &Value) -> bool {
    attributes.iter().all(|attribute| {
        let (prior, config) = (prior.get(&attribute.name), config.get(&attribute.name));
        let computed = matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed);
        prior == config || computed && config.is_null()
    })
}

/// Whether the host accepts a plan; the first thing that it would complain about otherwise.
pub(super) fn plan_valid(
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Result<(), String> {
    match (config, planned) {
        (Value::Null, Value::Null) => Ok(()),
        (Value::Null, _) => Err("planned for existence but config wants absence".to_owned()),
        (_, Value::Null) => Err("planned for absence but config wants existence".to_owned()),
        (Value::Map(_), Value::Map(values)) => {
            let names: Vec<_> = values.keys().map(Name::as_str).collect();
            let mut expected: Vec<_> = attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            expected.sort_unstable();
            if names != expected {
                return Err("other attributes than the schema's".to_owned());
            }
            attributes.iter().try_for_each(|attribute| {
                let name = &attribute.name;
                attribute_valid(attribute, prior.get(name), config.get(name), planned.get(name))
                    .map_err(|error| format!(".{name}{error}"))
            })
        }
        (config, planned) if same(config, planned) => Ok(()),
        _ => Err(": an object that config does not have".to_owned()),
    }
}

fn attribute_valid(attribute: &Attribute, prior: &Value, config: &Value, planned: &Value) -> Result<(), String> {
    let computed = matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed);
    if attribute.write_only {
        return if planned.is_null() { Ok(()) } else { Err(": a value for a write-only attribute".to_owned()) };
    }
    if same(planned, config) || planned == prior && !prior.is_null() && !config.is_null() {
        return Ok(());
    }
    match (&attribute.shape, config) {
        _ if attribute.mode == Mode::Computed => Ok(()),
        (_, Value::Null) if computed => Ok(()),
        (_, Value::Null) => Err(": a value for a non-computed attribute".to_owned()),
        (Shape::Plain(_), _) => Err(": neither the configured nor the prior value".to_owned()),
        _ if planned.is_unknown() => Err(": unknown for a configured value".to_owned()),
        (Shape::Nested(nesting, attributes), _) => nested_valid(*nesting, attributes, prior, config, planned),
    }
}

fn nested_valid(
    nesting: Nesting,
    attributes: &[Attribute],
    prior: &Value,
    config: &Value,
    planned: &Value,
) -> Result<(), String> {
    match (nesting, config, planned) {
        (Nesting::Single, ..) => plan_valid(attributes, prior, config, planned),
        (Nesting::List, Value::List(configs), Value::List(plans)) if configs.len() == plans.len() => {
            let priors = prior.as_list().unwrap_or_default();
            configs.iter().zip(plans).enumerate().try_for_each(|(index, (config, planned))| {
                plan_valid(attributes, priors.get(index).unwrap_or(&Value::Null), config, planned)
                    .map_err(|error| format!("[{index}]{error}"))
            })
        }
        (Nesting::Map, Value::Map(configs), Value::Map(plans)) if configs.keys().eq(plans.keys()) => {
            configs.iter().try_for_each(|(key, config)| {
                plan_valid(attributes, prior.get(key), config, plans.get(key).unwrap())
                    .map_err(|error| format!("[{key}]{error}"))
            })
        }
        (Nesting::Set, Value::List(configs), Value::List(plans)) if plans.len() <= configs.len() => Ok(()),
        _ => Err(": other elements than configured".to_owned()),
    }
}

/// Equality that takes all unknown values for the same: the host ignores what is known of them.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Unknown(_), Value::Unknown(_)) => true,
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            one.keys().eq(other.keys()) && one.iter().all(|(key, value)| same(value, other.get(key).unwrap()))
        }
        (one, other) => one == other,
    }
}

/// Whether a second plan, or a result, keeps what a first plan promised.
pub(super) fn keeps_promise(attributes: &[Attribute], promised: &Value, kept: &Value) -> Result<(), String> {
    let (Value::Map(before), Value::Map(after)) = (promised, kept) else {
        return if promised.is_unknown() || promised == kept { Ok(()) } else { Err(": another value".to_owned()) };
    };
    attributes.iter().try_for_each(|attribute| {
        let (promised, kept) = (before.get(&attribute.name).unwrap(), after.get(&attribute.name).unwrap());
        let result = match (&attribute.shape, promised, kept) {
            (Shape::Nested(Nesting::Single, attributes), ..) => keeps_promise(attributes, promised, kept),
            (Shape::Nested(Nesting::List, attributes), Value::List(before), Value::List(after))
                if before.len() == after.len() =>
            {
                before.iter().zip(after).try_for_each(|(promised, kept)| keeps_promise(attributes, promised, kept))
            }
            (Shape::Nested(Nesting::Map, attributes), Value::Map(before), Value::Map(after))
                if before.keys().eq(after.keys()) =>
            {
                before
                    .iter()
                    .try_for_each(|(key, promised)| keeps_promise(attributes, promised, after.get(key).unwrap()))
            }
            // Elements of sets have no place by which they could be compared.
            (Shape::Nested(Nesting::Set, _), ..) => Ok(()),
            _ => leaf_kept(promised, kept),
        };
        result.map_err(|error| format!(".{}{error}", attribute.name))
    })
}

fn leaf_kept(promised: &Value, kept: &Value) -> Result<(), String> {
    match (promised, kept) {
        (Value::Unknown(_), _) => Ok(()),
        (Value::List(before), Value::List(after)) if before.len() == after.len() => {
            before.iter().zip(after).try_for_each(|(promised, kept)| leaf_kept(promised, kept))
        }
        (Value::Map(before), Value::Map(after)) if before.keys().eq(after.keys()) => {
            before.values().zip(after.values()).try_for_each(|(promised, kept)| leaf_kept(promised, kept))
        }
        (before, after) if before == after => Ok(()),
        _ => Err(": another value".to_owned()),
    }
}
