//! The actions: what is done to a rotation on request, without a change of its configuration.
//!
//! `infisical_rotate` issues new credentials, `infisical_reconcile` sets the password of a local account anew. Both name
//! the rotation as the data source does.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::catalog::{KINDS, by_slug};
use crate::infisical::Rotation;
use crate::terraform::{
    Action, Attribute, AttributePath, Context, Diagnostic, Diagnostics, Mode, Progress, Schema, Value,
};

use super::failure::Attempt;
use super::rotation::schema::attribute;
use super::selection::{self, Selection};
use super::session::Session;

/// All actions by name.
pub(super) fn all(session: &Arc<Session>) -> BTreeMap<String, Arc<dyn Action>> {
    let action = |deed: Deed| -> (String, Arc<dyn Action>) {
        let action = RotationAction { deed, session: Arc::clone(session), schema: OnceLock::new() };
        (deed.name().to_owned(), Arc::new(action))
    };
    [Deed::Rotate, Deed::Reconcile].map(action).into()
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Rotate,
    Reconcile,
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Self::Rotate => "infisical_rotate",
            Self::Reconcile => "infisical_reconcile",
        }
    }

    fn description(self) -> String {
        match self {
            Self::Rotate => {
                "Rotates the secrets of one rotation of any kind now, once for each invocation. The server \
                             issues new credentials and stores them in the mapped secrets before the action ends."
                    .to_owned()
            }
            Self::Reconcile => format!(
                "Sets the password of a local account anew with the help of the connection's own user, where the account \
                 can't log in with the stored password any more. For rotations of the types {} whose `rotation_method` is \
                 `login-as-target`.",
                reconcilable()
            ),
        }
    }

    /// What is told if it fails while the rotation is looked for.
    fn attempt(self, selection: &Selection) -> Attempt {
        let (what, kind) = (format!("Looking for {}.", selection.describe()), None);
        match self {
            Self::Rotate => Attempt { summary: "Could not rotate the secrets", what, kind },
            Self::Reconcile => Attempt { summary: "Could not reconcile the password", what, kind },
        }
    }
}

/// An action on one rotation.
struct RotationAction {
    deed: Deed,
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

#[async_trait]
impl Action for RotationAction {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(|| Schema {
            description: self.deed.description(),
            attributes: arguments().into(),
            ..Schema::default()
        })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = selection::validate(config);
        if let (Deed::Reconcile, Some(kind)) = (self.deed, config.get("type").as_str()) {
            // A type that is newer than this provider is left to the server.
            if by_slug(kind).is_some_and(|kind| !kind.reconcile) {
                let text = format!(
                    "Only rotations of the types {} can be reconciled. Use the action `infisical_rotate` instead.",
                    reconcilable()
                );
                diagnostics
                    .push(Diagnostic::error("This type can't be reconciled", text).at(AttributePath::of("type")));
            }
        }
        diagnostics
    }

    async fn invoke(&self, context: &Context, config: Value, progress: &Progress) -> Diagnostics {
        self.act(context, &config, progress).await.err().unwrap_or_default()
    }
}

impl RotationAction {
    async fn act(&self, context: &Context, config: &Value, progress: &Progress) -> Result<(), Diagnostics> {
        let selection = Selection::read(config)?;
        let mut attempt = self.deed.attempt(&selection);
        let client = self.session.client(&attempt)?;
        let found = selection.find_now(&client, &context.stop).await.map_err(|error| attempt.failed(&error))?;
        let Some(before) = found else {
            let text = "There is no such rotation, or the identity may not see it. Check what it is named by, and that the \
                        identity's role has `read` on `secret-rotation`.";
            return Err(Diagnostic::error(attempt.summary, format!("{}\n\n{text}", attempt.what)).into());
        };
        let what = named(&before);
        attempt.what = match self.deed {
            Deed::Rotate => format!("Rotating the secrets of {what}."),
            Deed::Reconcile => format!("Reconciling the password of {what}."),
        };
        progress.tell(&attempt.what);
        let outcome = match self.deed {
            Deed::Rotate => client.rotate(&context.stop, &before.kind, &before).await,
            Deed::Reconcile => client.reconcile(&context.stop, &before.kind, &before).await,
        };
        let after = outcome.map_err(|error| attempt.failed(&error))?;
        progress.tell(&changes(self.deed, &before, &after));
        Ok(())
    }
}

/// The arguments that name the rotation. A default would be the host's to know, and an action has none.
fn arguments() -> Vec<Attribute> {
    let optional = |attribute: Attribute| Attribute { mode: Mode::Optional, default: None, ..attribute };
    selection::FIELDS.iter().map(attribute).map(optional).collect()
}

/// The rotation by the names that a reader knows it by.
fn named(rotation: &Rotation) -> String {
    let title = by_slug(&rotation.kind).map_or(rotation.kind.as_str(), |kind| kind.title);
    format!(
        "the {title} rotation `{}` in `{}` of the environment `{}` (ID {})",
        rotation.name, rotation.folder.path, rotation.environment.slug, rotation.id
    )
}

/// What the action changed, in one sentence: it is the last that users of some hosts see of it.
fn changes(deed: Deed, before: &Rotation, after: &Rotation) -> String {
    let time = |time: &Option<String>| time.clone().unwrap_or_else(|| "never".to_owned());
    let rotated_at =
        format!("last rotated at {} (before: {})", time(&after.last_rotated_at), time(&before.last_rotated_at));
    match deed {
        Deed::Rotate => format!(
            "Rotated `{}`: active index {} -> {}, {rotated_at}, next rotation at {}.",
            before.name,
            before.active_index,
            after.active_index,
            time(&after.next_rotation_at)
        ),
        Deed::Reconcile => {
            format!("Reconciled `{}`: active index {}, {rotated_at}.", before.name, after.active_index)
        }
    }
}

/// The types whose passwords can be reconciled, as a message names them.
fn reconcilable() -> String {
    let kinds = KINDS.iter().filter(|kind| kind.reconcile).map(|kind| format!("`{}`", kind.slug));
    kinds.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(deed: Deed, config: &Value) -> Vec<String> {
        let action = all(&Arc::default()).remove(deed.name()).unwrap();
        action.validate(config).iter().map(|told| format!("{}: {}", told.path, told.summary)).collect()
    }

    #[test]
    fn only_local_accounts_can_be_reconciled() {
        let config =
            |kind: Value| Value::map([("id", Value::from("3c90c3cc-0d44-4b50-8888-8dd25736052a")), ("type", kind)]);
        for kind in KINDS {
            let expected = if kind.reconcile { vec![] } else { vec!["type: This type can't be reconciled".to_owned()] };
            assert_eq!(complaints(Deed::Reconcile, &config(kind.slug.into())), expected, "{}", kind.slug);
            assert_eq!(complaints(Deed::Rotate, &config(kind.slug.into())), [""; 0], "{}", kind.slug);
        }
        for unsaid in [Value::Null, Value::unknown(), "newer-than-this".into()] {
            assert_eq!(complaints(Deed::Reconcile, &config(unsaid)), [""; 0]);
        }
        assert_eq!(complaints(Deed::Rotate, &Value::Null), ["id: Missing value"]);
    }

    #[test]
    fn no_argument_of_an_action_is_computed() {
        assert!(arguments().iter().all(|argument| argument.mode == Mode::Optional && argument.default.is_none()));
    }
}
