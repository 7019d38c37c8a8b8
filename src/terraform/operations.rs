//! What the host's requests mean in Terraform's language, for anything that a provider offers.
//!
//! Each function here asks a [`Resource`], or one of its kin, the right question and makes its answer what the host demands: complete, of
//! the schema's types, without write-only values, known where it must be, with an identity exactly if the type has one.
//! A resource that breaks these rules gets an error here, where it can be read, and not somewhere in the host.

mod action;
mod change;
mod configuration;
mod data;
mod ephemeral;
mod existing;
mod function;
mod list;
#[cfg(test)]
mod tests;

pub use action::{invoke, validate_action};
pub use change::{Change, Planned, apply, plan};
pub use configuration::{generate_config, validate};
pub use data::{read_data, validate_data};
pub use ephemeral::{close, open, renew, validate_ephemeral};
pub use existing::{import, move_state, read, upgrade};
pub use function::call;
pub use list::{Listed, Listing, list, validate_list};

use super::conform::{self, Misfit};
use super::{AttributePath, Diagnostic, Diagnostics, Resource, Value};

/// Completes a state that a resource answered with, and takes out what is never stored. Says what did not fit.
fn complete(resource: &dyn Resource, state: Value) -> (Value, Diagnostics) {
    let (state, misfits) = conform::fit(resource.schema(), state);
    (conform::without_write_only(resource.schema(), state), misfits.into_iter().map(misfit).collect())
}

/// Settles a state that has to be wholly known: what is unknown becomes null and is told.
fn known(state: Value) -> (Value, Diagnostics) {
    if state.is_wholly_known() {
        return (state, Diagnostics::none());
    }
    let text = "After the operation the provider still does not know a value, which it must by then.";
    (conform::nulls_for_unknowns(state), defect("The provider left a value unknown", text).into())
}

/// Settles the identity of an existing object: the resource's answer, else the one that is stored.
///
/// None for a type without identity, which hosts do not survive; an error where a type with identity has none.
fn identify(resource: &dyn Resource, answer: Option<Value>, stored: Option<Value>) -> (Option<Value>, Diagnostics) {
    let Some(schema) = resource.identity() else {
        return (None, Diagnostics::none());
    };
    let is_known = |identity: &Value| !identity.is_null() && identity.is_wholly_known();
    let Some(identity) = answer.filter(is_known).or(stored.filter(is_known)) else {
        let text = "The provider did not say what identifies the object, which it must for a resource of this type.";
        return (None, defect("The provider gave no identity", text).into());
    };
    let (identity, misfits) = conform::fit_type(&schema.value_type(), identity);
    // Paths of an identity lead nowhere in the configuration.
    let told = misfits.into_iter().map(|found| Diagnostic { path: AttributePath::root(), ..misfit(found) });
    (Some(identity), told.collect())
}

fn misfit(misfit: Misfit) -> Diagnostic {
    let text = format!("Its value at `{}` is wrong: {}.", misfit.path, misfit.reason);
    defect("The provider's answer does not fit its own schema", &text).at(misfit.path)
}

/// An error that no user can help.
fn defect(summary: &str, text: &str) -> Diagnostic {
    Diagnostic::error(summary, format!("{text} This is a bug in the provider; please report it."))
}

/// The value, unless an error was found beside it.
fn unless_errors<T>(value: T, found: Diagnostics) -> super::Result<T> {
    if found.has_errors() { Err(found) } else { Ok(value) }
}
