//! What identifies a rotation for as long as it lives: its ID, and beside it the project that it belongs to.
//!
//! The ID alone would do. The project is there because reads of one project are answered together: with it, importing a
//! thousand rotations by identity takes one list instead of a thousand requests.

use std::sync::LazyLock;

use crate::catalog::Kind;
use crate::terraform::{Applied, IdentityAttribute, IdentitySchema, Object, Type, Value};

static SCHEMA: LazyLock<IdentitySchema> =
    LazyLock::new(|| IdentitySchema { version: 0, attributes: vec![id(), project_id()] });

static SCHEMA_WITH_KIND: LazyLock<IdentitySchema> = LazyLock::new(|| {
    let kind = attribute("type", "The kind of rotation as the API spells it.", true);
    IdentitySchema { version: 0, attributes: vec![kind, id(), project_id()] }
});

fn id() -> IdentityAttribute {
    attribute("id", "The rotation's ID.", true)
}

fn project_id() -> IdentityAttribute {
    let text = "ID of the rotation's project. Given too, many imports are answered by one request.";
    attribute("project_id", text, false)
}

fn attribute(name: &str, description: &str, required_for_import: bool) -> IdentityAttribute {
    IdentityAttribute { name: name.into(), of: Type::String, description: description.to_owned(), required_for_import }
}

/// The shape of the identity: the same for all kinds of the catalog, and with the kind where the resource type does not
/// tell it.
pub(super) fn schema(kind: &Kind) -> &'static IdentitySchema {
    if kind.is_open() { &SCHEMA_WITH_KIND } else { &SCHEMA }
}

/// The identity of the rotation with this state; none without a state.
pub(super) fn identity(kind: &Kind, state: &Value) -> Option<Value> {
    let known = |name: &str| Some(state.get(name).clone()).filter(Value::is_wholly_known).unwrap_or(Value::Null);
    state.get("id").as_str()?;
    let attributes = schema(kind).attributes.iter();
    Some(Value::map(attributes.map(|attribute| (attribute.name.as_str(), known(&attribute.name)))))
}

/// The object with the identity that its state says.
pub(super) fn identified(kind: &Kind, object: Object) -> Object {
    Object { identity: identity(kind, &object.state), ..object }
}

/// What a change led to, with the identity that its state says.
pub(super) fn settled(kind: &Kind, applied: Applied) -> Applied {
    Applied { identity: identity(kind, &applied.state), ..applied }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{KINDS, open};

    #[test]
    fn the_state_says_who_it_is() {
        let identity = |state: &Value| identity(KINDS[0], state);
        let state = Value::map([("id", "i".into()), ("project_id", "p".into()), ("name", Value::from("n"))]);
        assert_eq!(identity(&state), Some(Value::map([("id", Value::from("i")), ("project_id", "p".into())])));
        assert_eq!(identity(&Value::Null), None);
        let half = Value::map([("id", "i".into()), ("project_id", Value::unknown())]);
        assert!(identity(&half).unwrap().is_wholly_known());
    }

    #[test]
    fn of_a_kind_that_the_resource_type_does_not_tell_the_identity_does() {
        let state = Value::map([("id", "i".into()), ("type", Value::from("brand-new"))]);
        let identity = identity(open::kind("brand-new"), &state).unwrap();
        assert_eq!(identity.get("type").as_str(), Some("brand-new"));
    }
}
