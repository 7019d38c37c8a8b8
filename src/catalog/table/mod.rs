//! The vocabulary in which every rotation kind is written down.
//!
//! Constants and `const fn` builders only: a kind is data, and so is every rule about it. The doc comment of a
//! builder or of a struct field is the style guide for what is written there. What the words *do* lives elsewhere:
//! `catalog::checks` judges single values, `provider::rotation::validate` walks a configuration.

mod field;
mod rule;
mod text;

pub use field::{
    Field, List, Literal, Number, Object, Presence, Type, choice, flag, list, number, number_choice, object, secret,
    text,
};
pub use rule::Rule;
pub use text::{Form, Pattern, TEXT, Text, Trim};

/// One kind of secret rotation: everything that sets it apart from the others.
///
/// From this record come the resource's schema, its validation, its plan defaults, the wire bodies, replacement,
/// import, the documentation page, the example and the test matrix.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// The name in the API's routes and in a response's `type`, such as `redis-credentials`.
    pub slug: &'static str,
    /// The Terraform resource type, such as `infisical_redis_rotation`.
    pub resource: &'static str,
    /// The name people read, in title case, without the word "rotation".
    pub title: &'static str,
    /// The apps of the connections that serve this kind; the first one is the usual one.
    pub connections: &'static [&'static str],
    /// Whether the previous credentials live on after a rotation.
    pub phase: Phase,
    /// The texts of the documentation page.
    pub prose: Prose,
    /// The members of `parameters`, in the order in which people fill them in.
    pub parameters: Object,
    /// The members of `secrets_mapping`: which secret receives which part of the credentials.
    pub secrets: &'static [Field],
    /// The members of `temporary_parameters`; empty where the kind has none.
    pub temporary: &'static [Field],
    /// What a rotation generates, as the generated-credentials route returns it.
    pub credentials: &'static [Credential],
    /// Rules across the whole resource. Their field paths start at the resource's root.
    pub rules: &'static [Rule],
    /// Whether the API can reconcile a password that has drifted from the stored one.
    pub reconcile: bool,
}

/// Whether old credentials outlive a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// One credential: the old value is dead as soon as the new one is set.
    Single,
    /// Two credentials in turn: the previous one works until the next rotation.
    Dual,
}

/// The texts of a kind's documentation page: full sentences, each adding what a reader can't guess.
#[derive(Clone, Copy, Debug)]
pub struct Prose {
    /// What is rotated, in one sentence: a noun phrase with a full stop.
    pub rotated: &'static str,
    /// Which connection is needed, its method, and the rights that it needs at the third party.
    pub connection: &'static str,
    /// What must exist before the first apply; empty where nothing beyond the connection is needed.
    pub prerequisites: &'static str,
    /// How long credentials live, and in which order a rotation creates, stores and removes. One paragraph an entry.
    pub phases: &'static [&'static str],
    /// What creating the resource itself changes at the third party.
    pub on_create: &'static str,
    /// What destroying with `revoke_generated_credentials` does at the third party; empty where nothing is known
    /// beyond that the generated credentials are removed.
    pub on_revoke: &'static str,
}

/// One member of the credentials that a rotation generates.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The name in the API's answer.
    pub name: &'static str,
    /// Whether the value must never be shown.
    pub secret: bool,
    /// Whether the API sends a number instead of a text.
    pub number: bool,
}

/// Describes a credential member that may be shown, such as an id or a user name.
pub const fn shown(name: &'static str) -> Credential {
    Credential { name, secret: false, number: false }
}

/// Describes a credential member that must never be shown.
pub const fn hidden(name: &'static str) -> Credential {
    Credential { name, secret: true, number: false }
}

impl Credential {
    /// Says that the API sends this member as a number.
    pub const fn numeric(self) -> Self {
        Self { number: true, ..self }
    }
}

impl Kind {
    /// Tells whether only the API knows what this kind takes.
    pub const fn is_open(&self) -> bool {
        self.parameters.open
    }

    /// The members of `secrets_mapping`, as an object.
    pub const fn mapping(&self) -> Object {
        if self.is_open() { Object::OPEN } else { Object::of(self.secrets) }
    }

    /// The members of `temporary_parameters`, as an object.
    pub const fn temporary_parameters(&self) -> Object {
        if self.is_open() { Object::OPEN } else { Object::of(self.temporary) }
    }

    /// Tells whether creating this kind may need a present password that is never stored.
    pub const fn has_temporary_parameters(&self) -> bool {
        self.is_open() || !self.temporary.is_empty()
    }
}
