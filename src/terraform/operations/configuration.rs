//! Configurations: judging a written one, and writing one for an object that exists.

use super::super::{Attribute, Capabilities, Diagnostic, Diagnostics, Mode, Nesting, Resource, Shape, Value, conform};

/// Judges a configuration offline.
///
/// Refuses write-only values from a client that does not know what they are: it would store them.
pub fn validate(resource: &dyn Resource, capabilities: Capabilities, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::none();
    if !capabilities.write_only_attributes {
        for path in conform::write_only_values(resource.schema(), config) {
            let text = format!(
                "`{path}` is write-only: its value is sent to the server and stored nowhere. The CLI that runs here is \
                 older than write-only arguments and would keep it in state, in clear. Use Terraform 1.11, OpenTofu 1.11 or \
                 later, or leave `{path}` out."
            );
            diagnostics.push(Diagnostic::error("Write-only argument needs a newer CLI", text).at(path));
        }
    }
    diagnostics.extend(resource.validate(config));
    diagnostics
}

/// Makes a configuration that describes the object `state`: what only the provider sets is left out, and so is what a
/// default would set anyway.
pub fn generate_config(resource: &dyn Resource, state: &Value) -> Value {
    object(&resource.schema().attributes, state)
}

fn object(attributes: &[Attribute], state: &Value) -> Value {
    let Value::Map(values) = state else { return state.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = values.get(&attribute.name).unwrap_or(&Value::Null);
        let left_out =
            attribute.mode == Mode::Computed || attribute.write_only || attribute.default.as_ref() == Some(value);
        (&attribute.name, if left_out { Value::Null } else { configured(attribute, value) })
    }))
}

fn configured(attribute: &Attribute, value: &Value) -> Value {
    match (&attribute.shape, value) {
        (Shape::Nested(Nesting::Single, attributes), value) => object(attributes, value),
        (Shape::Nested(Nesting::Set, attributes), Value::List(objects)) => {
            Value::set_of(objects.iter().map(|state| object(attributes, state)).collect())
        }
        (Shape::Nested(_, attributes), Value::List(objects)) => {
            Value::List(objects.iter().map(|state| object(attributes, state)).collect())
        }
        (Shape::Nested(_, attributes), Value::Map(objects)) => {
            Value::map(objects.iter().map(|(key, state)| (key, object(attributes, state))))
        }
        _ => value.clone(),
    }
}
