//! Makes configurations for property tests: random ones of a schema's shape, and variations of a given one.
//!
//! Everything follows from a seed, so that a failure can be repeated.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Attribute, Block, Nesting, Shape};
use crate::value::{Number, Path, Step, Type, Value};

/// Texts that providers get wrong: empty, blank, decomposed, beyond the basic plane, quoted, templated.
const TEXTS: [&str; 12] =
    ["", " ", "plain", " padded ", "e\u{301}", "\u{1f512}", "\"quoted\"", "${x}", "two\nlines", "0", "null", "/a/b"];
/// Numbers that providers get wrong: fractions that are no binary floats, and integers beyond 53 and 64 bits.
const NUMBERS: [&str; 10] =
    ["0", "1", "-1", "0.1", "-2.5", "9007199254740993", "9223372036854775807", "18446744073709551615", "1e30", "1e-7"];

/// Is a small deterministic source of random numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Random(u64);

/// Names a value for an attribute where the generator should not choose one.
pub type Choice<'a> = &'a dyn Fn(&Path, &Attribute, &mut Random) -> Option<Value>;

/// Is a configuration that differs from another one in one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Variation {
    /// The place.
    pub path: Path,
    /// The whole configuration with the other value in that place.
    pub config: Value,
}

impl Random {
    /// Starts from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub fn next_number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below a bound, 0 for the bound 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next_number() % bound).unwrap_or(0)
    }

    /// Returns one of several things, nothing only if there are none.
    pub fn one_of<'a, T>(&mut self, things: &'a [T]) -> Option<&'a T> {
        things.get(self.below(things.len()))
    }
}

/// Makes a configuration of a schema's shape: required attributes always, optional ones now and then.
pub fn configuration(block: &Block, seed: u64) -> Value {
    configuration_with(block, seed, &|_, _, _| None)
}

/// Makes a configuration, with values from `choice` wherever it names one: what a provider accepts in an attribute is
/// more than its type says.
pub fn configuration_with(block: &Block, seed: u64, choice: Choice<'_>) -> Value {
    Generator { random: Random::new(seed), choice }.block(block, &Path::root())
}

/// Makes a random value of a type, never null or unknown on the outside.
pub fn value(kind: &Type, random: &mut Random) -> Value {
    let mut generator = Generator { random: random.clone(), choice: &|_, _, _| None };
    let value = generator.value(kind, 2);
    *random = generator.random;
    value
}

/// Returns a configuration once for each position, that position unknown: attributes at each depth, elements of
/// collections, and whole collections of blocks.
pub fn with_each_unknown(block: &Block, config: &Value) -> Vec<Variation> {
    in_block(block, config, &Path::root(), &|_, _| vec![Value::unknown()], true)
}

/// Returns a configuration once for each optional attribute that is set, that attribute null.
pub fn with_each_removed(block: &Block, config: &Value) -> Vec<Variation> {
    let remove = |attribute: Option<&Attribute>, value: &Value| match attribute {
        Some(attribute) if attribute.optional && !value.is_null() => vec![Value::Null],
        _ => Vec::new(),
    };
    in_block(block, config, &Path::root(), &remove, false)
}

/// Returns a configuration once for each configurable attribute, that attribute with another random value.
pub fn with_each_changed(block: &Block, config: &Value, seed: u64) -> Vec<Variation> {
    let change = |attribute: Option<&Attribute>, value: &Value| {
        let Some(Attribute { shape: Shape::Plain(kind), .. }) = attribute else { return Vec::new() };
        let mut random = Random::new(seed);
        let others = (0..8).map(|_| self::value(kind, &mut random)).find(|other| other != value);
        others.into_iter().collect()
    };
    in_block(block, config, &Path::root(), &change, false)
}

struct Generator<'a> {
    random: Random,
    choice: Choice<'a>,
}

impl Generator<'_> {
    fn block(&mut self, block: &Block, path: &Path) -> Value {
        let Value::Object(mut members) = self.attributes(&block.attributes, path) else { return Value::Null };
        for (name, nested) in &block.blocks {
            let least = usize::try_from(nested.min_items).unwrap_or(0);
            let most = usize::try_from(nested.max_items).ok().filter(|most| *most > 0).unwrap_or(2).min(least + 2);
            let path = path.attribute(name);
            let count = if nested.block.computed { 0 } else { least + self.random.below(most + 1 - least) };
            let member = match nested.nesting {
                Nesting::Group => self.block(&nested.block, &path),
                nesting => {
                    self.collection(nesting, count, &path, &mut |generator, path| generator.block(&nested.block, path))
                }
            };
            members.insert(name.clone(), if member.is_null() { nested.empty() } else { member });
        }
        block.with_block_collections(&Value::Object(members))
    }

    fn attributes(&mut self, attributes: &BTreeMap<String, Attribute>, path: &Path) -> Value {
        let mut members = BTreeMap::new();
        for (name, attribute) in attributes {
            let path = path.attribute(name);
            let member = if !attribute.required && !attribute.optional {
                Value::Null
            } else if let Some(chosen) = (self.choice)(&path, attribute, &mut self.random) {
                chosen
            } else if attribute.required || self.random.below(3) > 0 {
                self.attribute(attribute, &path)
            } else {
                Value::Null
            };
            members.insert(name.clone(), member);
        }
        Value::Object(members)
    }

    fn attribute(&mut self, attribute: &Attribute, path: &Path) -> Value {
        match &attribute.shape {
            Shape::Plain(kind) => self.value(kind, 2),
            Shape::Nested(nesting, attributes) => {
                let count = if *nesting == Nesting::Single { 1 } else { self.random.below(3) };
                self.collection(*nesting, count, path, &mut |generator, path| generator.attributes(attributes, path))
            }
        }
    }

    fn collection(
        &mut self,
        nesting: Nesting,
        count: usize,
        path: &Path,
        make: &mut dyn FnMut(&mut Self, &Path) -> Value,
    ) -> Value {
        match nesting {
            Nesting::Single | Nesting::Group if count == 0 => Value::Null,
            Nesting::Single | Nesting::Group => make(self, path),
            Nesting::List => Value::List((0..count).map(|index| make(self, &path.index(index))).collect()),
            Nesting::Set => Value::Set((0..count).map(|_| make(self, &path.then(Step::Element))).collect()),
            Nesting::Map => {
                let keys = (0..count).map(|number| format!("key{number}"));
                Value::Map(keys.map(|key| (key.clone(), make(self, &path.key(&key)))).collect())
            }
        }
    }

    fn value(&mut self, kind: &Type, depth: usize) -> Value {
        let count = if depth == 0 { 0 } else { self.random.below(3) };
        match kind {
            Type::String => Value::text(self.random.one_of(&TEXTS).copied().unwrap_or_default()),
            Type::Number => {
                let text = self.random.one_of(&NUMBERS).copied().unwrap_or_default();
                Value::Number(text.parse().unwrap_or_else(|_| Number::from(0_i64)))
            }
            Type::Bool => Value::Bool(self.random.below(2) == 0),
            Type::Dynamic => {
                let kind = match self.random.below(if depth == 0 { 3 } else { 5 }) {
                    0 => Type::String,
                    1 => Type::Number,
                    2 => Type::Bool,
                    3 => Type::Tuple(vec![Type::String, Type::Number]),
                    _ => Type::Object(BTreeMap::from([("inner".to_owned(), Type::Tuple(vec![Type::Bool]))])),
                };
                let value = self.value(&kind, depth.saturating_sub(1));
                Value::Dynamic(Box::new(kind), Box::new(value))
            }
            Type::List(element) => Value::List((0..count).map(|_| self.value(element, depth - 1)).collect()),
            Type::Set(element) => Value::Set((0..count).map(|_| self.value(element, depth - 1)).collect()),
            Type::Map(element) => {
                Value::Map((0..count).map(|number| (format!("key{number}"), self.value(element, depth - 1))).collect())
            }
            Type::Object(attributes) => {
                let depth = depth.saturating_sub(1);
                Value::Object(attributes.iter().map(|(name, kind)| (name.clone(), self.value(kind, depth))).collect())
            }
            Type::Tuple(kinds) => {
                Value::Tuple(kinds.iter().map(|kind| self.value(kind, depth.saturating_sub(1))).collect())
            }
        }
    }
}

/// Names other values for a place; an attribute is given where the place is one.
type Change<'a> = &'a dyn Fn(Option<&Attribute>, &Value) -> Vec<Value>;

fn in_block(block: &Block, value: &Value, path: &Path, change: Change<'_>, parts_too: bool) -> Vec<Variation> {
    let mut variations = in_attributes(&block.attributes, value, path, change, parts_too);
    for (name, nested) in &block.blocks {
        let (Some(member), path) = (value.get(name), path.attribute(name)) else { continue };
        if nested.block.computed {
            continue;
        }
        // Only a whole collection of blocks can be unknown: what repeats them is.
        if parts_too && !matches!(nested.nesting, Nesting::Single | Nesting::Group) {
            for other in change(None, member) {
                variations.push(Variation { path: path.clone(), config: value.with(Path::from(name.as_str()), other) });
            }
        }
        for (steps, object) in nested.nesting.objects(member) {
            let path = join(&path, &steps);
            for inner in in_block(&nested.block, object, &path, change, parts_too) {
                let member = replaced(member, &steps, object, inner.config);
                variations.push(Variation { path: inner.path, config: value.with(Path::from(name.as_str()), member) });
            }
        }
    }
    variations
}

fn in_attributes(
    attributes: &BTreeMap<String, Attribute>,
    value: &Value,
    path: &Path,
    change: Change<'_>,
    parts_too: bool,
) -> Vec<Variation> {
    let mut variations = Vec::new();
    for (name, attribute) in attributes.iter().filter(|(_, attribute)| attribute.required || attribute.optional) {
        let (Some(member), path) = (value.get(name), path.attribute(name)) else { continue };
        let mut add = |path: Path, member: Value| {
            variations.push(Variation { path, config: value.with(Path(vec![Step::Attribute(name.clone())]), member) });
        };
        for other in change(Some(attribute), member) {
            add(path.clone(), other);
        }
        match &attribute.shape {
            Shape::Plain(_) if parts_too => {
                for inner in in_parts(member, &path, change) {
                    add(inner.path, inner.config);
                }
            }
            Shape::Plain(_) => {}
            Shape::Nested(nesting, attributes) => {
                for (steps, object) in nesting.objects(member) {
                    for inner in in_attributes(attributes, object, &join(&path, &steps), change, parts_too) {
                        add(inner.path, replaced(member, &steps, object, inner.config));
                    }
                }
            }
        }
    }
    variations
}

fn in_parts(value: &Value, path: &Path, change: Change<'_>) -> Vec<Variation> {
    let mut variations = Vec::new();
    for (step, part) in value.parts() {
        let (path, steps) = (path.then(step.clone()), Path(vec![step]));
        for other in change(None, part) {
            variations.push(Variation { path: path.clone(), config: replaced(value, &steps, part, other) });
        }
        for inner in in_parts(part, &path, change) {
            variations.push(Variation { path: inner.path, config: replaced(value, &steps, part, inner.config) });
        }
    }
    variations
}

fn replaced(collection: &Value, steps: &Path, old: &Value, new: Value) -> Value {
    match collection {
        Value::Set(elements) => {
            let others: BTreeSet<Value> = elements.iter().filter(|element| *element != old).cloned().collect();
            Value::Set(others.into_iter().chain([new]).collect())
        }
        Value::Dynamic(kind, value) => Value::Dynamic(kind.clone(), Box::new(replaced(value, steps, old, new))),
        collection => collection.with(steps.clone(), new),
    }
}

fn join(path: &Path, more: &Path) -> Path {
    Path(path.0.iter().chain(&more.0).cloned().collect())
}
