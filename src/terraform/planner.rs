//! The generic planner: what a configuration makes of a stored object, from the schema alone.
//!
//! Knows defaults, computed and stable attributes, write-only ones, spellings that mean the same, and replacement. What
//! a resource knows beyond its schema it adds afterwards, in its own `plan`.

use std::collections::BTreeSet;

use super::members::Walk;
use super::{Attribute, AttributePath, Attributes, Members, Nesting, Schema, Shape, Value};

/// What the schema alone says of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What will be; equal to the prior state if nothing changes.
    pub planned: Value,
    /// Attributes of which the change needs a new object.
    pub replace: Vec<AttributePath>,
}

/// Plans the change from `prior` (null: a creation) to `config` (null: a destruction).
///
/// `proposed` is the host's merge of both: the configuration where it says something, else the prior computed value.
///
/// Where the configuration is null, a computed attribute gets its default; one without a default keeps its prior value
/// if nothing changes at all, and is unknown otherwise unless it is stable. Where prior and configured value mean the
/// same to the server, the prior spelling stays. A collection that is compared as a whole stays only if it is wholly
/// known: with an unknown element it is planned as configured, for that is all that the host lets a plan say of it.
pub fn plan(schema: &Schema, prior: &Value, config: &Value, proposed: &Value) -> Proposal {
    let attributes = &schema.attributes;
    let settled = object(attributes, prior, config, proposed, Computed::Kept);
    if settled == *prior {
        return Proposal { planned: settled, replace: Vec::new() };
    }
    let mut replace = Vec::new();
    if !prior.is_null() && !config.is_null() {
        find_replacements(attributes, prior, &settled, &AttributePath::root(), &mut replace);
    }
    Proposal { planned: object(attributes, prior, config, proposed, Computed::Unsettled), replace }
}

/// What becomes of computed attributes that neither the configuration nor a default sets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Computed {
    /// They keep the proposed value, which is the prior one.
    Kept,
    /// The change may change them.
    Unsettled,
}

fn object(attributes: &Attributes, prior: &Value, config: &Value, proposed: &Value, computed: Computed) -> Value {
    match config {
        Value::Null => Value::Null,
        Value::Map(_) => {
            let [mut prior, mut config, mut proposed] = [prior, config, proposed].map(Walk::through);
            Value::map(attributes.by_name().map(|attribute| {
                let name = &attribute.name;
                (name, planned(attribute, prior.get(name), config.get(name), proposed.get(name), computed))
            }))
        }
        _ => Value::unknown(),
    }
}

fn planned(attribute: &Attribute, prior: &Value, config: &Value, proposed: &Value, computed: Computed) -> Value {
    if attribute.write_only {
        return Value::Null;
    }
    let wanted = match (config, &attribute.shape) {
        (Value::Null, _) if attribute.is_computed() => match &attribute.default {
            Some(default) => default.clone(),
            None if computed == Computed::Kept => return proposed.clone(),
            None if attribute.stable && !proposed.is_null() => return proposed.clone(),
            None => return Value::unknown(),
        },
        (Value::Null, _) => return Value::Null,
        (Value::Unknown(_), _) => return Value::unknown(),
        (_, Shape::Plain(_)) => config.clone(),
        (_, Shape::Nested(nesting, attributes)) => nested(*nesting, attributes, prior, config, proposed, computed),
    };
    if means_the_same(attribute, prior, &wanted) { prior.clone() } else { wanted }
}

fn means_the_same(attribute: &Attribute, prior: &Value, wanted: &Value) -> bool {
    attribute.equivalence.as_ref().is_some_and(|equivalence| {
        let comparable = |value: &Value| !value.is_null() && value.is_wholly_known();
        comparable(prior) && comparable(wanted) && equivalence.same(prior, wanted)
    })
}

/// Plans the objects of a nested attribute: those of the configuration, each beside the prior one at its place.
fn nested(
    nesting: Nesting,
    attributes: &Attributes,
    prior: &Value,
    config: &Value,
    proposed: &Value,
    computed: Computed,
) -> Value {
    match (nesting, config) {
        (Nesting::List, Value::List(configs)) => {
            let planned = configs.iter().enumerate().map(|(index, config)| {
                object(attributes, element(prior, index), config, element(proposed, index), computed)
            });
            Value::List(planned.collect())
        }
        (Nesting::Map, Value::Map(configs)) => {
            let planned = configs
                .iter()
                .map(|(key, config)| (key, object(attributes, prior.get(key), config, proposed.get(key), computed)));
            Value::map(planned)
        }
        // Elements of a set have no place. The host has already paired those of the configuration with prior ones.
        (Nesting::Set, Value::List(configs)) => {
            let planned = proposed.as_list().unwrap_or(configs).iter().map(|proposed| {
                let config = configs.iter().find(|config| comes_from(attributes, proposed, config));
                object(attributes, proposed, config.unwrap_or(proposed), proposed, computed)
            });
            Value::set_of(planned.collect())
        }
        _ => object(attributes, prior, config, proposed, computed),
    }
}

fn element(list: &Value, index: usize) -> &Value {
    list.as_list().and_then(|elements| elements.get(index)).unwrap_or(&Value::Null)
}

/// Whether a proposed element of a set can be this configured one, with computed attributes filled in.
fn comes_from(attributes: &[Attribute], proposed: &Value, config: &Value) -> bool {
    let fits = |attribute: &Attribute| {
        let config = config.get(&attribute.name);
        config == proposed.get(&attribute.name) || config.is_null() && attribute.is_computed()
    };
    proposed == config || config.as_map().is_some() && attributes.iter().all(fits)
}

/// Finds the attributes whose change means a new object. An unknown value counts as a change.
fn find_replacements(
    attributes: &[Attribute],
    prior: &Value,
    planned: &Value,
    path: &AttributePath,
    found: &mut Vec<AttributePath>,
) {
    if planned.is_unknown() {
        if any_replaces(attributes) {
            found.push(path.clone());
        }
        return;
    }
    for attribute in attributes {
        let (before, after) = (prior.get(&attribute.name), planned.get(&attribute.name));
        if before == after {
            continue;
        }
        let path = path.attribute(&attribute.name);
        match &attribute.shape {
            _ if attribute.replaces => found.push(path),
            Shape::Plain(_) => {}
            Shape::Nested(_, attributes) if !any_replaces(attributes) => {}
            Shape::Nested(_, _) if after.is_unknown() => found.push(path),
            Shape::Nested(Nesting::Single, attributes) => find_replacements(attributes, before, after, &path, found),
            Shape::Nested(Nesting::List, attributes) => {
                let length = |list: &Value| list.as_list().map_or(0, <[_]>::len);
                for index in 0..length(before).max(length(after)) {
                    let (before, after) = (element(before, index), element(after, index));
                    find_replacements(attributes, before, after, &path.index(index), found);
                }
            }
            Shape::Nested(Nesting::Map, attributes) => {
                let keys = |map| Value::as_map(map).into_iter().flat_map(Members::keys);
                for key in keys(before).chain(keys(after)).collect::<BTreeSet<_>>() {
                    find_replacements(attributes, before.get(key), after.get(key), &path.key(key), found);
                }
            }
            // Elements of a set cannot be addressed.
            Shape::Nested(Nesting::Set, _) => found.push(path),
        }
    }
}

fn any_replaces(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.replaces || matches!(&attribute.shape, Shape::Nested(_, attributes) if any_replaces(attributes))
    })
}

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod tests;
