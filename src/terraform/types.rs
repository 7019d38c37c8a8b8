//! Type constraints of values, and their compact JSON form.

use std::collections::BTreeMap;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `true` or `false`.
    Bool,
    /// A decimal number of any precision.
    Number,
    /// Text, always in Unicode's NFC form.
    String,
    /// A value that carries its own type.
    Dynamic,
    /// An ordered sequence of one type.
    List(Box<Type>),
    /// An unordered collection of one type, without duplicates.
    Set(Box<Type>),
    /// Values of one type by name.
    Map(Box<Type>),
    /// A fixed set of named attributes.
    Object(BTreeMap<String, Type>),
    /// A fixed sequence of types.
    Tuple(Vec<Type>),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Self {
        Self::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Self {
        Self::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object(attributes: impl IntoIterator<Item = (String, Type)>) -> Self {
        Self::Object(attributes.into_iter().collect())
    }
}
