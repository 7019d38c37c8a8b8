//! The value model of Terraform's language: what configurations, states and plans are made of.
//!
//! Types are in [`types`], exact numbers in [`number`], paths in [`path`], the two encodings in [`msgpack`] and [`json`].
//! Nothing here knows schemas or remote calls.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use unicode_normalization::UnicodeNormalization;

pub mod json;
pub mod msgpack;
pub mod number;
pub mod path;
pub mod refinement;
pub mod types;

pub use number::Number;
pub use path::{Path, Step};
pub use types::Type;

/// Is any value. Equal values are equal here too: text is NFC-normalised, numbers are exact, sets have no order and no
/// duplicates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Is absent.
    Null,
    /// Is not known before apply.
    Unknown(Refinement),
    /// Is true or false.
    Bool(bool),
    /// Is a number.
    Number(Number),
    /// Is text in NFC.
    String(String),
    /// Holds elements of one type in order.
    List(Vec<Value>),
    /// Holds distinct elements of one type.
    Set(BTreeSet<Value>),
    /// Holds elements of one type under keys.
    Map(BTreeMap<String, Value>),
    /// Holds every attribute of an object.
    Object(BTreeMap<String, Value>),
    /// Holds the elements of a tuple.
    Tuple(Vec<Value>),
    /// Stands in a dynamic place and carries its type; the value inside is never null.
    Dynamic(Box<Type>, Box<Value>),
}

/// Keeps what is known about an unknown value, as it came: the payload of a refined unknown, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Refinement(pub Option<Bytes>);

impl Value {
    /// Returns an unknown value about which nothing is known.
    pub fn unknown() -> Self {
        Self::Unknown(Refinement::default())
    }

    /// Returns text, NFC-normalised as Core does it.
    pub fn text(text: &str) -> Self {
        Self::String(text.nfc().collect())
    }

    /// Returns an object of the given attributes.
    pub fn object<'a>(attributes: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self::Object(attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// Tells whether the value is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Tells whether the value itself is unknown; its parts may be.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Dynamic(_, value) => value.is_unknown(),
            _ => false,
        }
    }

    /// Tells whether neither the value nor any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        self.first(&Path::root(), &|value| matches!(value, Self::Unknown(_))).is_none()
    }

    /// Returns the path of the first part that is unknown.
    pub fn first_unknown(&self) -> Option<Path> {
        self.first(&Path::root(), &|value| matches!(value, Self::Unknown(_)))
    }

    /// Returns the text of a string.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns an attribute of an object or an element of a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) | Self::Map(members) => members.get(name),
            _ => None,
        }
    }

    /// Returns the part at a path. Unknown values have no parts.
    pub fn at(&self, path: &Path) -> Option<&Self> {
        path.0.iter().try_fold(self, |value, step| match (value.undressed(), step) {
            (Self::Object(attributes), Step::Attribute(name)) => attributes.get(name),
            (Self::Map(elements), Step::Key(key)) => elements.get(key),
            (Self::List(elements) | Self::Tuple(elements), Step::Index(index)) => elements.get(*index),
            _ => None,
        })
    }

    /// Returns the value with one part replaced. Objects and maps take new members; any other path that does not exist
    /// leaves the value as it is.
    #[must_use]
    pub fn with(&self, path: impl Into<Path>, part: Self) -> Self {
        let mut changed = self.clone();
        let mut steps = path.into().0;
        let Some(last) = steps.pop() else { return part };
        if let Some(parent) = steps.iter().try_fold(&mut changed, |value, step| value.part_mut(step)) {
            match (parent, last) {
                (Self::Object(members), Step::Attribute(name)) => drop(members.insert(name, part)),
                (Self::Map(members), Step::Key(key)) => drop(members.insert(key, part)),
                (parent, last) => {
                    if let Some(slot) = parent.part_mut(&last) {
                        *slot = part;
                    }
                }
            }
        }
        changed
    }

    /// Returns the value with all refinements of unknowns forgotten: Core compares plans this way.
    #[must_use]
    pub fn without_refinements(&self) -> Self {
        self.map_leaves(&|value| match value {
            Self::Unknown(_) => Some(Self::unknown()),
            _ => None,
        })
    }

    /// Returns the value with null in place of all that is unknown.
    #[must_use]
    pub fn without_unknown(&self) -> Self {
        self.map_leaves(&|value| matches!(value, Self::Unknown(_)).then_some(Self::Null))
    }

    /// Tells whether two values are the same but for the refinements of unknowns.
    pub fn same(&self, other: &Self) -> bool {
        self == other || self.without_refinements() == other.without_refinements()
    }

    /// Returns the value with each part replaced for which `replace` names another one, outermost first.
    #[must_use]
    pub fn map_leaves(&self, replace: &dyn Fn(&Self) -> Option<Self>) -> Self {
        if let Some(other) = replace(self) {
            return other;
        }
        let members = |members: &BTreeMap<String, Self>| {
            members.iter().map(|(name, value)| (name.clone(), value.map_leaves(replace))).collect()
        };
        match self {
            Self::List(elements) => Self::List(elements.iter().map(|value| value.map_leaves(replace)).collect()),
            Self::Tuple(elements) => Self::Tuple(elements.iter().map(|value| value.map_leaves(replace)).collect()),
            Self::Set(elements) => Self::Set(elements.iter().map(|value| value.map_leaves(replace)).collect()),
            Self::Map(elements) => Self::Map(members(elements)),
            Self::Object(attributes) => Self::Object(members(attributes)),
            Self::Dynamic(kind, value) => Self::Dynamic(kind.clone(), Box::new(value.map_leaves(replace))),
            leaf => leaf.clone(),
        }
    }

    /// Returns the parts of a value with the steps that lead to them.
    pub fn parts(&self) -> Vec<(Step, &Self)> {
        match self {
            Self::Object(members) => members.iter().map(|(name, part)| (Step::Attribute(name.clone()), part)).collect(),
            Self::Map(members) => members.iter().map(|(key, part)| (Step::Key(key.clone()), part)).collect(),
            Self::List(parts) | Self::Tuple(parts) => {
                parts.iter().enumerate().map(|(index, part)| (Step::Index(index), part)).collect()
            }
            Self::Set(parts) => parts.iter().map(|part| (Step::Element, part)).collect(),
            Self::Dynamic(_, value) => value.parts(),
            Self::Null | Self::Unknown(_) | Self::Bool(_) | Self::Number(_) | Self::String(_) => Vec::new(),
        }
    }

    /// Returns the value inside a dynamic one, or itself.
    pub fn undressed(&self) -> &Self {
        match self {
            Self::Dynamic(_, value) => value,
            other => other,
        }
    }

    fn first(&self, path: &Path, wanted: &dyn Fn(&Self) -> bool) -> Option<Path> {
        if wanted(self) {
            return Some(path.clone());
        }
        if let Self::Dynamic(_, value) = self {
            return value.first(path, wanted);
        }
        self.parts().into_iter().find_map(|(step, part)| part.first(&path.then(step), wanted))
    }

    fn part_mut(&mut self, step: &Step) -> Option<&mut Self> {
        match (self, step) {
            (Self::Object(attributes), Step::Attribute(name)) => attributes.get_mut(name),
            (Self::Map(elements), Step::Key(key)) => elements.get_mut(key),
            (Self::List(elements) | Self::Tuple(elements), Step::Index(index)) => elements.get_mut(*index),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Number(Number::from(integer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_and_decomposed_text_are_equal() {
        assert_eq!(Value::text("e\u{301}"), Value::text("\u{e9}"));
    }

    #[test]
    fn parts_are_found_and_replaced() {
        let value = Value::object([("users", Value::List(vec![Value::object([("name", Value::from("a"))])]))]);
        let path = Path::from("users[0].name");
        assert_eq!(value.at(&path), Some(&Value::from("a")));
        let changed = value.with("users[0].name", Value::unknown());
        assert_eq!(changed.first_unknown(), Some(path));
        assert!(value.is_wholly_known() && !changed.is_wholly_known());
        assert_eq!(value.with("users[7].name", Value::Null), value);
    }

    #[test]
    fn refinements_do_not_make_a_difference() {
        let refined = Value::List(vec![Value::Unknown(Refinement(Some(Bytes::from_static(&[0x81, 1, 0xc2]))))]);
        let plain = Value::List(vec![Value::unknown()]);
        assert!(refined != plain && refined.same(&plain));
    }
}
