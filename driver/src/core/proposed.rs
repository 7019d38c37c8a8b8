//! What Core proposes as the new state: the configuration, completed with what the provider filled in before.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Attribute, Block, NestedBlock, Nesting, Shape};
use crate::value::Value;

type Attributes = BTreeMap<String, Attribute>;

/// Returns the proposed new state of a prior state and a configuration; null for a destruction. (Clients that don't take
/// blocks which the provider fills in see no such blocks in a configuration either: the same empty collection.)
pub fn proposed_new(block: &Block, prior: &Value, config: &Value) -> Value {
    if config.is_null() {
        return Value::Null;
    }
    in_block(block, prior, config)
}

fn in_block(block: &Block, prior: &Value, config: &Value) -> Value {
    match config {
        Value::Null => return prior.clone(),
        Value::Unknown(_) => return config.clone(),
        _ => {}
    }
    let empty = block.empty();
    let prior = if prior.is_null() { &empty } else { prior };
    let mut proposed = in_attributes(&block.attributes, prior, config);
    for (name, nested) in &block.blocks {
        let (prior, config) = (member(prior, name), member(config, name));
        proposed.insert(name.clone(), in_nested_block(nested, prior, config));
    }
    Value::Object(proposed)
}

fn in_attributes(attributes: &Attributes, prior: &Value, config: &Value) -> BTreeMap<String, Value> {
    let propose = |(name, attribute): (&String, &Attribute)| {
        let (prior, config) = (member(prior, name), member(config, name));
        let proposed = match &attribute.shape {
            _ if attribute.computed && config.is_null() => {
                if came_from_configuration(attribute, prior) {
                    Value::Null
                } else {
                    prior.clone()
                }
            }
            Shape::Nested(nesting, attributes) => in_nested_attribute(*nesting, attributes, prior, config),
            Shape::Plain(_) => config.clone(),
        };
        (name.clone(), proposed)
    };
    attributes.iter().map(propose).collect()
}

fn in_nested_block(nested: &NestedBlock, prior: &Value, config: &Value) -> Value {
    // Core never proposes anything for blocks that the provider fills in, whatever there was before.
    if nested.block.computed && nested.nesting.objects(config).is_empty() && !config.is_unknown() {
        return Value::Null;
    }
    match nested.nesting {
        Nesting::Single if config.is_null() => Value::Null,
        Nesting::Single | Nesting::Group => in_block(&nested.block, prior, config),
        nesting => elements(nesting, prior, config, &Members::Block(&nested.block)),
    }
}

fn in_nested_attribute(nesting: Nesting, attributes: &Attributes, prior: &Value, config: &Value) -> Value {
    match nesting {
        Nesting::Single | Nesting::Group => Members::Attributes(attributes).propose(prior, config),
        nesting => elements(nesting, prior, config, &Members::Attributes(attributes)),
    }
}

/// Is what the elements of a collection consist of.
enum Members<'a> {
    Block(&'a Block),
    Attributes(&'a Attributes),
}

impl Members<'_> {
    fn propose(&self, prior: &Value, config: &Value) -> Value {
        match self {
            _ if config.is_unknown() => config.clone(),
            Self::Block(block) => in_block(block, prior, config),
            Self::Attributes(_) if config.is_null() => Value::Null,
            Self::Attributes(attributes) => Value::Object(in_attributes(attributes, prior, config)),
        }
    }

    /// Tells whether a prior element may have come from a configured one: all that differs is what the provider filled in.
    fn fits(&self, prior: &Value, config: &Value) -> bool {
        if prior.same(config) {
            return true;
        }
        if prior.is_null() || config.is_null() || prior.is_unknown() || config.is_unknown() {
            return false;
        }
        let (attributes, blocks) = match self {
            Self::Block(block) => (&block.attributes, Some(&block.blocks)),
            Self::Attributes(attributes) => (*attributes, None),
        };
        let attributes_fit = attributes.iter().all(|(name, attribute)| {
            let (prior, config) = (member(prior, name), member(config, name));
            prior.same(config)
                || match &attribute.shape {
                    Shape::Nested(nesting, attributes) if !config.is_null() => {
                        elements_fit(*nesting, &Members::Attributes(attributes), prior, config)
                    }
                    _ => attribute.computed && config.is_null(),
                }
        });
        let block_fits = |(name, nested): (&String, &NestedBlock)| {
            elements_fit(nested.nesting, &Members::Block(&nested.block), member(prior, name), member(config, name))
        };
        attributes_fit && blocks.is_none_or(|blocks| blocks.iter().all(block_fits))
    }
}

fn elements_fit(nesting: Nesting, members: &Members<'_>, prior: &Value, config: &Value) -> bool {
    if prior.same(config) {
        return true;
    }
    // Sets inside of sets can't be correlated: they are equal or they differ.
    if nesting == Nesting::Set || prior.is_null() || config.is_null() || prior.is_unknown() || config.is_unknown() {
        return false;
    }
    let (prior, config) = (nesting.objects(prior), nesting.objects(config));
    prior.len() == config.len()
        && prior
            .iter()
            .zip(&config)
            .all(|((there, prior), (here, config))| there == here && members.fits(prior, config))
}

fn elements(nesting: Nesting, prior: &Value, config: &Value, members: &Members<'_>) -> Value {
    match (nesting, config.undressed()) {
        (Nesting::Set, Value::Set(configured)) => {
            let mut unused: Vec<&Value> = match prior {
                Value::Set(prior) => prior.iter().collect(),
                _ => Vec::new(),
            };
            let propose = |config: &Value| {
                let found = unused.iter().position(|prior| members.fits(prior, config));
                let prior = found.map(|position| unused.remove(position));
                members.propose(prior.unwrap_or(&Value::Null), config)
            };
            Value::Set(configured.iter().map(propose).collect::<BTreeSet<_>>())
        }
        (_, Value::List(configured) | Value::Tuple(configured)) => {
            let prior = prior.undressed();
            let propose = |(index, config): (usize, &Value)| match prior {
                Value::List(prior) | Value::Tuple(prior) => {
                    prior.get(index).map_or_else(|| config.clone(), |prior| members.propose(prior, config))
                }
                _ => config.clone(),
            };
            let proposed: Vec<Value> = configured.iter().enumerate().map(propose).collect();
            like(config, proposed)
        }
        (_, Value::Map(configured)) => {
            let propose = |(key, config): (&String, &Value)| {
                let proposed = prior.get(key).map_or_else(|| config.clone(), |prior| members.propose(prior, config));
                (key.clone(), proposed)
            };
            Value::Map(configured.iter().map(propose).collect())
        }
        _ => config.clone(),
    }
}

fn like(config: &Value, elements: Vec<Value>) -> Value {
    match config {
        Value::Dynamic(kind, _) => Value::Dynamic(kind.clone(), Box::new(Value::Tuple(elements))),
        Value::Tuple(_) => Value::Tuple(elements),
        _ => Value::List(elements),
    }
}

/// Tells whether a prior value must have been configured, at least in part, so that it does not outlive its configuration:
/// an optional nested attribute with something in it that the provider can't fill in.
fn came_from_configuration(attribute: &Attribute, prior: &Value) -> bool {
    match &attribute.shape {
        Shape::Nested(nesting, attributes) if attribute.optional => holds_configured(*nesting, attributes, prior),
        _ => false,
    }
}

fn holds_configured(nesting: Nesting, attributes: &Attributes, value: &Value) -> bool {
    nesting.objects(value).into_iter().any(|(_, object)| {
        attributes.iter().any(|(name, attribute)| {
            let value = member(object, name);
            let inside = match &attribute.shape {
                Shape::Nested(nesting, attributes) => holds_configured(*nesting, attributes, value),
                Shape::Plain(_) => false,
            };
            !value.is_null() && (!attribute.computed || inside)
        })
    })
}

fn member<'a>(object: &'a Value, name: &str) -> &'a Value {
    object.get(name).unwrap_or(&Value::Null)
}
