//! What identifies a rotation for as long as it lives: its ID, and beside it the project that it belongs to.
//!
//! The ID alone would do. The project is there because reads of one project are answered together: with it, importing a
//! thousand rotations by identity takes one list instead of a thousand requests.

use std::sync::LazyLock;

use crate::terraform::{Applied, IdentityAttribute, IdentitySchema, Object, Type, Value};

static SCHEMA: LazyLock<IdentitySchema> = LazyLock::new(|| IdentitySchema {
    version: 0,
    attributes: vec![
        IdentityAttribute {
            name: "id".to_owned(),
            of: Type::String,
            description: "The rotation's ID.".to_owned(),
            required_for_import: true,
        },
        IdentityAttribute {
            name: "project_id".to_owned(),
            of: Type::String,
            description: "ID of the rotation's project. Given too, many imports are answered by one request."
                .to_owned(),
            required_for_import: false,
        },
    ],
});

/// The shape of the identity, the same for all kinds.
pub(super) fn schema() -> &'static IdentitySchema {
    &SCHEMA
}

/// The identity of the rotation with this state; none without a state.
pub(super) fn identity(state: &Value) -> Option<Value> {
    let known = |name: &str| Some(state.get(name).clone()).filter(Value::is_wholly_known).unwrap_or(Value::Null);
    state.get("id").as_str()?;
    Some(Value::map(SCHEMA.attributes.iter().map(|attribute| (attribute.name.as_str(), known(&attribute.name)))))
}

/// The object with the identity that its state says.
pub(super) fn identified(object: Object) -> Object {
    Object { identity: identity(&object.state), ..object }
}

/// What a change led to, with the identity that its state says.
pub(super) fn settled(applied: Applied) -> Applied {
    Applied { identity: identity(&applied.state), ..applied }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_says_who_it_is() {
        let state = Value::map([("id", "i".into()), ("project_id", "p".into()), ("name", Value::from("n"))]);
        assert_eq!(identity(&state), Some(Value::map([("id", Value::from("i")), ("project_id", "p".into())])));
        assert_eq!(identity(&Value::Null), None);
        let half = Value::map([("id", "i".into()), ("project_id", Value::unknown())]);
        assert!(identity(&half).unwrap().is_wholly_known());
    }
}
