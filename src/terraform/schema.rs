//! What a provider says of its objects: attributes, their types, who sets them, and how a plan treats them.
//!
//! Nested blocks are left out on purpose: everything here is an attribute, which can be set from any expression.

use std::fmt;
use std::ops::Deref;
use std::slice;
use std::sync::{Arc, OnceLock};
use std::vec;

use super::{Name, Type, Value};

/// The attributes of a resource, data source or provider block.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// Version of the stored state's shape.
    pub version: i64,
    /// What the object is, in Markdown.
    pub description: String,
    /// Why it should not be used any more, if so.
    pub deprecation: Option<String>,
    /// The attributes.
    pub attributes: Attributes,
}

impl Schema {
    /// The type of the whole object.
    pub fn value_type(&self) -> &Type {
        self.attributes.value_type()
    }
}

/// The attributes of an object in the order of their declaration, and what follows from all of them together.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    declared: Vec<Attribute>,
    /// The places of the attributes, in the order of their names.
    by_name: Vec<usize>,
    value_type: OnceLock<Type>,
    holds_write_only: bool,
}

impl Attributes {
    /// The attributes in the order of their names, which is the one that values have.
    pub fn by_name(&self) -> impl Iterator<Item = &Attribute> {
        self.by_name.iter().map(|place| &self.declared[*place])
    }

    /// The type of an object with these attributes.
    pub fn value_type(&self) -> &Type {
        let of = |attribute: &Attribute| (attribute.name.clone(), attribute.value_type());
        self.value_type.get_or_init(|| Type::object(self.declared.iter().map(of)))
    }

    /// Whether one of them, or one inside them, is only sent and never stored.
    pub fn holds_write_only(&self) -> bool {
        self.holds_write_only
    }
}

impl From<Vec<Attribute>> for Attributes {
    fn from(declared: Vec<Attribute>) -> Self {
        let mut by_name: Vec<usize> = (0..declared.len()).collect();
        by_name.sort_by_key(|place| &declared[*place].name);
        let holds_write_only = declared.iter().any(Attribute::holds_write_only);
        Self { declared, by_name, value_type: OnceLock::new(), holds_write_only }
    }
}

impl FromIterator<Attribute> for Attributes {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Self {
        attributes.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Attributes {
    type Item = Attribute;
    type IntoIter = vec::IntoIter<Attribute>;

    fn into_iter(self) -> Self::IntoIter {
        self.declared.into_iter()
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = &'a Attribute;
    type IntoIter = slice::Iter<'a, Attribute>;

    fn into_iter(self) -> Self::IntoIter {
        self.declared.iter()
    }
}

impl Deref for Attributes {
    type Target = [Attribute];

    fn deref(&self) -> &[Attribute] {
        &self.declared
    }
}

/// One attribute of a [`Schema`] or of an object inside it.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties that builders set one at a time")]
pub struct Attribute {
    /// Its name in configuration.
    pub name: Name,
    /// What it means, in Markdown.
    pub description: String,
    /// What it holds.
    pub shape: Shape,
    /// Who sets it.
    pub mode: Mode,
    /// Whether user interfaces must not show it.
    pub sensitive: bool,
    /// Whether it is only sent, never stored.
    pub write_only: bool,
    /// Why it should not be used any more, if so.
    pub deprecation: Option<String>,
    /// The value that a plan gives it where configuration has none.
    pub default: Option<Value>,
    /// Whether changing it means a new object.
    pub replaces: bool,
    /// Whether a computed value stays what it is for as long as the object lives.
    pub stable: bool,
    /// Tells whether two known values mean the same to the server; identity where absent.
    pub equivalence: Option<Equivalence>,
}

/// What an attribute holds.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value of this type.
    Plain(Type),
    /// Objects with attributes of their own.
    Nested(Nesting, Attributes),
}

/// How many objects a nested attribute holds, and how they are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// One object.
    Single,
    /// A list of objects.
    List,
    /// A set of objects.
    Set,
    /// Objects by name.
    Map,
}

/// Who sets an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Configuration, always.
    Required,
    /// Configuration, if it likes.
    Optional,
    /// The provider, always.
    Computed,
    /// Configuration if it likes, else the provider.
    OptionalComputed,
}

/// A comparison that forgives what the server forgives.
#[derive(Clone)]
pub struct Equivalence(Arc<Same>);

type Same = dyn Fn(&Value, &Value) -> bool + Send + Sync;

impl Equivalence {
    /// An equivalence by this comparison, which gets two known values that are not null.
    pub fn new(same: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(same))
    }

    /// Whether both values mean the same.
    pub fn same(&self, one: &Value, other: &Value) -> bool {
        (self.0)(one, other)
    }
}

impl fmt::Debug for Equivalence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Equivalence")
    }
}

impl Attribute {
    /// A required attribute of this type; the builders below refine it.
    pub fn new(name: impl Into<Name>, of: Type) -> Self {
        Self::shaped(name, Shape::Plain(of))
    }

    /// A required attribute that holds objects.
    pub fn nested(name: impl Into<Name>, nesting: Nesting, attributes: impl IntoIterator<Item = Attribute>) -> Self {
        Self::shaped(name, Shape::Nested(nesting, attributes.into_iter().collect()))
    }

    fn shaped(name: impl Into<Name>, shape: Shape) -> Self {
        Self {
            name: name.into(),
            description: String::new(),
            shape,
            mode: Mode::Required,
            sensitive: false,
            write_only: false,
            deprecation: None,
            default: None,
            replaces: false,
            stable: false,
            equivalence: None,
        }
    }

    /// The type of the attribute's value.
    pub fn value_type(&self) -> Type {
        match &self.shape {
            Shape::Plain(of) => of.clone(),
            Shape::Nested(nesting, attributes) => {
                let object = attributes.value_type().clone();
                match nesting {
                    Nesting::Single => object,
                    Nesting::List => Type::list(object),
                    Nesting::Set => Type::set(object),
                    Nesting::Map => Type::map(object),
                }
            }
        }
    }

    /// Whether it, or an attribute inside it, is only sent and never stored.
    fn holds_write_only(&self) -> bool {
        self.write_only || matches!(&self.shape, Shape::Nested(_, attributes) if attributes.holds_write_only())
    }

    /// Whether the provider may set it.
    pub fn is_computed(&self) -> bool {
        matches!(self.mode, Mode::Computed | Mode::OptionalComputed)
    }

    /// The same attribute, described.
    #[must_use]
    pub fn describe(self, description: impl Into<String>) -> Self {
        Self { description: description.into(), ..self }
    }

    /// The same attribute, set by configuration if it likes.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { mode: Mode::Optional, ..self }
    }

    /// The same attribute, set by the provider.
    #[must_use]
    pub fn computed(self) -> Self {
        Self { mode: Mode::Computed, ..self }
    }

    /// The same attribute, set by configuration if it likes and else planned as `value`.
    ///
    /// The default of a nested attribute has all its attributes, null where unset.
    #[must_use]
    pub fn default(self, value: Value) -> Self {
        Self { mode: Mode::OptionalComputed, default: Some(value), ..self }
    }

    /// The same attribute, hidden in user interfaces.
    #[must_use]
    pub fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// The same attribute, sent but never stored.
    #[must_use]
    pub fn write_only(self) -> Self {
        Self { write_only: true, ..self }
    }

    /// The same attribute, of which a change means a new object.
    #[must_use]
    pub fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// The same attribute, of which the computed value never changes during the object's life.
    #[must_use]
    pub fn stable(self) -> Self {
        Self { stable: true, ..self }
    }

    /// The same attribute, compared by what the server makes of it.
    #[must_use]
    pub fn same_if(self, same: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static) -> Self {
        Self { equivalence: Some(Equivalence::new(same)), ..self }
    }
}

/// What identifies a remote object of a resource type for as long as it lives.
#[derive(Clone, Debug, Default)]
pub struct IdentitySchema {
    /// Version of the stored identity's shape.
    pub version: i64,
    /// The identifying attributes.
    pub attributes: Vec<IdentityAttribute>,
}

impl IdentitySchema {
    /// The type of the whole identity.
    pub fn value_type(&self) -> Type {
        Type::object(self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.of.clone())))
    }
}

/// One attribute of an [`IdentitySchema`].
#[derive(Clone, Debug)]
pub struct IdentityAttribute {
    /// Its name.
    pub name: Name,
    /// Its type: a primitive or a list of one.
    pub of: Type,
    /// What it is.
    pub description: String,
    /// Whether an import must give it; otherwise it may.
    pub required_for_import: bool,
}
