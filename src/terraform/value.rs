//! Values as Terraform knows them: known, null or not yet known.

use std::borrow::Cow;
use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::{AttributePath, Members, Name, Number, Step, Type};

/// A value of any type.
///
/// Lists, sets and tuples share one form, so do maps and objects: the schema tells them apart where it matters.
/// Elements of a set are kept in order (the one that `Ord` gives, which means nothing else) and without duplicates.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// No value.
    Null,
    /// A value that will be known later, with what is known of it by now; build it with [`Value::refined`].
    Unknown(Option<Box<Refinement>>),
    /// `true` or `false`.
    Bool(bool),
    /// A decimal number.
    Number(Number),
    /// Text in NFC; build it with [`Value::string`].
    String(String),
    /// The elements of a list, a set or a tuple.
    List(Vec<Value>),
    /// The elements of a map or the attributes of an object.
    Map(Members),
    /// A value together with its type, where the schema leaves the type open.
    Dynamic(Box<(Type, Value)>),
}

/// What is known of an unknown value. Read from requests; answers carry none.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinement {
    /// The value will not be null.
    pub not_null: bool,
    /// The text will begin with this.
    pub prefix: Option<String>,
    /// The collection will have at least this many elements.
    pub least_elements: Option<u64>,
    /// The collection will have at most this many elements.
    pub most_elements: Option<u64>,
}

static NULL: Value = Value::Null;

impl Value {
    /// An unknown value of which nothing is known.
    pub fn unknown() -> Self {
        Self::Unknown(None)
    }

    /// An unknown value of which this is known.
    pub fn refined(refinement: Refinement) -> Self {
        Self::Unknown((refinement != Refinement::default()).then(|| Box::new(refinement)))
    }

    /// Text, brought into NFC.
    pub fn string(text: impl Into<String>) -> Self {
        Self::String(normalized(Cow::Owned(text.into())).into_owned())
    }

    /// A set: its elements in order, known duplicates merged.
    pub fn set_of(elements: Vec<Value>) -> Self {
        Self::List(distinct(elements))
    }

    /// What the value is, in the words of types; for messages.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Unknown(_) => "an unknown value",
            Self::Bool(_) => "a bool",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::List(_) => "a sequence",
            Self::Map(_) => "a map",
            Self::Dynamic(_) => "a value of open type",
        }
    }

    /// A whole number.
    pub fn integer(number: i64) -> Self {
        Self::Number(Number::from(number))
    }

    /// An object or a map.
    pub fn map<N: Into<Name>>(entries: impl IntoIterator<Item = (N, Value)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }

    /// Whether there is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether the value itself (not only something inside it) is not known yet.
    pub fn is_unknown(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Dynamic(typed) => typed.1.is_unknown(),
            _ => false,
        }
    }

    /// Whether the value and all that is inside it are known.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Self::Unknown(_) => false,
            Self::List(elements) => elements.iter().all(Self::is_wholly_known),
            Self::Map(entries) => entries.values().all(Self::is_wholly_known),
            Self::Dynamic(typed) => typed.1.is_wholly_known(),
            _ => true,
        }
    }

    /// The attribute or map element `name`; null where there is none.
    pub fn get(&self, name: &str) -> &Value {
        match self {
            Self::Map(entries) => entries.get(name).unwrap_or(&NULL),
            Self::Dynamic(typed) => typed.1.get(name),
            _ => &NULL,
        }
    }

    /// Sets the attribute or map element `name`. Does nothing on a value that has no elements by name.
    pub fn set(&mut self, name: &str, value: Value) {
        if let Self::Map(entries) = self {
            entries.insert(name, value);
        }
    }

    /// The value at `path`, if the path exists in this value.
    pub fn at(&self, path: &AttributePath) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match (value, step) {
            (Self::Map(entries), Step::Attribute(name) | Step::Key(name)) => entries.get(name),
            (Self::List(elements), Step::Index(index)) => elements.get(*index),
            (Self::Dynamic(typed), _) => typed.1.at(&AttributePath::from_iter([step.clone()])),
            _ => None,
        })
    }

    /// The text, if this is known text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Dynamic(typed) => typed.1.as_str(),
            _ => None,
        }
    }

    /// The truth value, if this is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Dynamic(typed) => typed.1.as_bool(),
            _ => None,
        }
    }

    /// The number, if this is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            Self::Dynamic(typed) => typed.1.as_number(),
            _ => None,
        }
    }

    /// The elements, if this is a known list, set or tuple.
    pub fn as_list(&self) -> Option<&[Value]> {
        match self {
            Self::List(elements) => Some(elements),
            Self::Dynamic(typed) => typed.1.as_list(),
            _ => None,
        }
    }

    /// The elements by name, if this is a known map or object.
    pub fn as_map(&self) -> Option<&Members> {
        match self {
            Self::Map(entries) => Some(entries),
            Self::Dynamic(typed) => typed.1.as_map(),
            _ => None,
        }
    }
}

/// The text in Unicode's NFC form, as Terraform has all text.
pub(super) fn normalized(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        text
    } else {
        Cow::Owned(text.nfc().collect())
    }
}

/// The elements of a set in order, known duplicates merged. Unknown ones may turn out to differ.
pub(super) fn distinct(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort();
    elements.dedup_by(|one, other| one == other && one.is_wholly_known());
    elements
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::string(text)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl fmt::Debug for Value {
    /// Shows the shape only: any text may be a secret, and debug output ends in logs.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Unknown(_) => formatter.write_str("unknown"),
            Self::Bool(_) => formatter.write_str("bool"),
            Self::Number(_) => formatter.write_str("number"),
            Self::String(text) => write!(formatter, "string({} bytes)", text.len()),
            Self::List(elements) => formatter.debug_list().entries(elements).finish(),
            Self::Map(members) => members.fmt(formatter),
            Self::Dynamic(typed) => write!(formatter, "dynamic({:?})", typed.1),
        }
    }
}
