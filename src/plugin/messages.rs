//! One message of each sort that this room has, made by the code that makes it on the wire: for the list of all messages.

use super::stop::Closed;
use super::{convert, guard, service, wire};
use crate::terraform::{Diagnostics, Type, Value};

/// The messages.
pub fn samples() -> Vec<Diagnostics> {
    let flatmap = [("id".to_owned(), "i".to_owned())].into();
    let ancient = wire::tfplugin6::RawState { json: bytes::Bytes::new(), flatmap };
    let misfit = convert::dynamic_value(&Value::from("text"), &Type::Bool).err();
    let unreadable = convert::stored(Some(&ancient), "stored state").err();
    let mut samples =
        vec![service::unknown("resource type", "infisical_example_rotation"), guard::bug(), Closed.into()];
    samples.extend([misfit, unreadable, service::newer_identity()].into_iter().flatten());
    samples
}
