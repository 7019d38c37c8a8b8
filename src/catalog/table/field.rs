//! Fields, their types and their literals.

use std::borrow::Cow;

use super::rule::Rule;
use super::text::{Form, TEXT, Text};

/// One attribute: its names, its type, and what the documentation says about it.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The attribute's name: lower case, words separated by `_`.
    pub name: &'static str,
    /// The name in the API's bodies where it is not simply `name` in camel case.
    pub irregular_wire: Option<&'static str>,
    /// What values it takes.
    pub shape: Type,
    /// Whether it must be given, and what an absent one means.
    pub presence: Presence,
    /// Whether the API takes `null`. An absent value and `null` mean the same to Terraform.
    pub nullable: bool,
    /// Whether a change needs another rotation: the API refuses or ignores it on update.
    pub immutable: bool,
    /// Whether the value must never be shown.
    pub sensitive: bool,
    /// What to put there, where to find it, what its effect is. Full sentences; neither the name again, nor the
    /// type, nor the default, nor limits that the type knows: the generator prints those.
    pub description: &'static str,
    /// A realistic value for the example; it passes the field's own checks. Objects, and lists of them, leave it to
    /// their members.
    pub example: Option<Literal>,
}

/// Whether a field must be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It must be given.
    Required,
    /// It may be left out, and is then absent at the server too.
    Optional,
    /// It may be left out; the server then stores this value, so it is planned.
    Default(Literal),
    /// It may be left out; the server stores nothing but acts as if this value were given. An absent value equals it.
    Assumed(Literal),
}

/// A constant value: a default or an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A text.
    Text(&'static str),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Flag(bool),
    /// Values in order.
    List(&'static [Literal]),
    /// Members by attribute name.
    Object(&'static [(&'static str, Literal)]),
}

/// What values a field takes.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// A text.
    Text(Text),
    /// One of some texts, compared exactly: nothing is trimmed, case counts.
    Choice(&'static [&'static str]),
    /// One of some whole numbers.
    NumberChoice(&'static [i64]),
    /// A number.
    Number(Number),
    /// `true` or `false`.
    Flag,
    /// Values in order. The server judges order and duplicates, so it is never a set.
    List(List),
    /// A nested object.
    Object(Object),
    /// A value that only the API knows how to judge. No kind of the catalog uses it: it stands where a server describes
    /// what this vocabulary has no word for.
    Any,
}

/// The rules of a number. The server reads numbers as 64-bit floats, so the limits are compared as such.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    /// The least value.
    pub min: Option<f64>,
    /// A value that must be exceeded.
    pub above: Option<f64>,
    /// The greatest value.
    pub max: Option<f64>,
    /// Whether fractions are refused.
    pub whole: bool,
}

/// The rules of a list.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct List {
    /// What each element is.
    pub item: &'static Type,
    /// The least number of elements.
    pub min: usize,
    /// The greatest number of elements, counted before duplicates are dropped.
    pub max: Option<usize>,
    /// Names of members that together must differ between elements, after normalisation; empty if elements may repeat.
    pub unique_by: &'static [&'static str],
    /// Whether the server drops repeated elements and keeps the first of each.
    pub drops_duplicates: bool,
}

/// The members of a nested object and the rules between them.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// The members, in the order of the documentation.
    pub fields: &'static [Field],
    /// Rules between members; their paths start at this object.
    pub rules: &'static [Rule],
    /// Whether only the API knows the members: any are taken, under the API's own names. See `catalog::open`.
    pub open: bool,
}

/// Starts a text field. Give the rules as `TEXT` with what differs.
pub const fn text(name: &'static str, rules: Text, description: &'static str) -> Field {
    Field::new(name, Type::Text(rules), description)
}

/// Starts a field that takes one of some texts. List them in the API's order; say in the description what each means.
pub const fn choice(name: &'static str, values: &'static [&'static str], description: &'static str) -> Field {
    Field::new(name, Type::Choice(values), description)
}

/// Starts a field that takes one of some whole numbers.
pub const fn number_choice(name: &'static str, values: &'static [i64], description: &'static str) -> Field {
    Field::new(name, Type::NumberChoice(values), description)
}

/// Starts a number field. Give the limits as `Number::ANY` with what differs, and the unit in the description.
pub const fn number(name: &'static str, rules: Number, description: &'static str) -> Field {
    Field::new(name, Type::Number(rules), description)
}

/// Starts a truth value. The description says what `true` does.
pub const fn flag(name: &'static str, description: &'static str) -> Field {
    Field::new(name, Type::Flag, description)
}

/// Starts a list. The description speaks of all elements together.
pub const fn list(name: &'static str, rules: List, description: &'static str) -> Field {
    Field::new(name, Type::List(rules), description)
}

/// Starts a nested object. The description says what its absence means.
pub const fn object(name: &'static str, rules: Object, description: &'static str) -> Field {
    Field::new(name, Type::Object(rules), description)
}

/// Starts a member of `secrets_mapping`: the name of the secret that receives one part of the credentials. The
/// description says which part, the example is the name that a team would choose.
pub const fn secret(name: &'static str, description: &'static str, example: &'static str) -> Field {
    text(name, TEXT.forms(&[Form::SecretName]), description).example(example)
}

impl Field {
    /// Starts a required field.
    const fn new(name: &'static str, shape: Type, description: &'static str) -> Self {
        Self {
            name,
            irregular_wire: None,
            shape,
            presence: Presence::Required,
            nullable: false,
            immutable: false,
            sensitive: false,
            description,
            example: None,
        }
    }

    /// Names the field in the API's bodies, only where camel case of its name is not it. Say why in a comment.
    pub const fn wire_as(self, wire: &'static str) -> Self {
        Self { irregular_wire: Some(wire), ..self }
    }

    /// Allows the field to be left out. The description says what happens then.
    pub const fn optional(self) -> Self {
        Self { presence: Presence::Optional, ..self }
    }

    /// Allows the field to be left out where the server then *stores* the given value.
    pub const fn default(self, value: Literal) -> Self {
        Self { presence: Presence::Default(value), ..self }
    }

    /// Allows the field to be left out where the server then stores nothing and *acts* as if the value were given.
    pub const fn assumed(self, value: Literal) -> Self {
        Self { presence: Presence::Assumed(value), ..self }
    }

    /// Says that the API takes `null` for it.
    pub const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Says that a change replaces the rotation.
    pub const fn immutable(self) -> Self {
        Self { immutable: true, ..self }
    }

    /// Says that the value must never be shown.
    pub const fn sensitive(self) -> Self {
        Self { sensitive: true, ..self }
    }

    /// Gives a realistic text: obviously made up, never a real account, host or key.
    pub const fn example(self, value: &'static str) -> Self {
        self.example_value(Literal::Text(value))
    }

    /// Gives a realistic value that is no text.
    pub const fn example_value(self, value: Literal) -> Self {
        Self { example: Some(value), ..self }
    }

    /// The field's name in the API's bodies.
    pub fn wire(&self) -> Cow<'static, str> {
        match self.irregular_wire {
            Some(wire) => Cow::Borrowed(wire),
            None if self.name.contains('_') => Cow::Owned(camel_case(self.name)),
            None => Cow::Borrowed(self.name),
        }
    }

    /// Tells whether the field must be given.
    pub const fn is_required(&self) -> bool {
        matches!(self.presence, Presence::Required)
    }

    /// The value that the server stores when the field is left out.
    pub const fn planned_default(&self) -> Option<Literal> {
        match self.presence {
            Presence::Default(value) => Some(value),
            _ => None,
        }
    }

    /// The value that the server assumes, without storing it, when the field is left out.
    pub const fn assumed_default(&self) -> Option<Literal> {
        match self.presence {
            Presence::Assumed(value) => Some(value),
            _ => None,
        }
    }

    /// The members of an object, or of a list's elements; none for other types.
    pub const fn members(&self) -> &'static [Field] {
        match self.shape.object() {
            Some(object) => object.fields,
            None => &[],
        }
    }
}

impl Type {
    /// The object that this type is, or that a list of this type holds.
    pub const fn object(&self) -> Option<Object> {
        match self {
            Self::Object(object) | Self::List(List { item: Self::Object(object), .. }) => Some(*object),
            _ => None,
        }
    }
}

impl Number {
    /// Any number.
    pub const ANY: Self = Self { min: None, above: None, max: None, whole: false };

    /// Sets the least value.
    pub const fn min(self, min: f64) -> Self {
        Self { min: Some(min), ..self }
    }

    /// Sets a value that must be exceeded.
    pub const fn above(self, above: f64) -> Self {
        Self { above: Some(above), ..self }
    }

    /// Sets the greatest value.
    pub const fn max(self, max: f64) -> Self {
        Self { max: Some(max), ..self }
    }

    /// Refuses fractions.
    pub const fn whole(self) -> Self {
        Self { whole: true, ..self }
    }
}

impl List {
    /// A list of any length.
    pub const fn of(item: &'static Type) -> Self {
        Self { item, min: 0, max: None, unique_by: &[], drops_duplicates: false }
    }

    /// Sets the least number of elements.
    pub const fn min(self, min: usize) -> Self {
        Self { min, ..self }
    }

    /// Sets the greatest number of elements, repeated ones included.
    pub const fn max(self, max: usize) -> Self {
        Self { max: Some(max), ..self }
    }

    /// Demands that the named members together differ between elements.
    pub const fn unique_by(self, members: &'static [&'static str]) -> Self {
        Self { unique_by: members, ..self }
    }

    /// Says that the server keeps only the first of equal elements.
    pub const fn drops_duplicates(self) -> Self {
        Self { drops_duplicates: true, ..self }
    }
}

impl Object {
    /// An object of which only the API knows the members.
    pub const OPEN: Self = Self { fields: &[], rules: &[], open: true };

    /// An object with the given members.
    pub const fn of(fields: &'static [Field]) -> Self {
        Self { fields, rules: &[], open: false }
    }

    /// Adds rules between the members.
    pub const fn rules(self, rules: &'static [Rule]) -> Self {
        Self { rules, ..self }
    }

    /// The members of the object at a path of names, through nested objects and the elements of lists; this object's
    /// own for the empty path.
    pub fn members(&self, path: &[&str]) -> &'static [Field] {
        let Some((name, rest)) = path.split_first() else { return self.fields };
        let object = self.fields.iter().find(|field| field.name == *name).and_then(|field| field.shape.object());
        object.map(|object| object.members(rest)).unwrap_or_default()
    }
}

/// Turns `snake_case` into `camelCase`.
fn camel_case(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        if character == '_' {
            upper = true;
        } else if upper {
            camel.push(character.to_ascii_uppercase());
            upper = false;
        } else {
            camel.push(character);
        }
    }
    camel
}
