//! What all objects of a configured provider share: the client, or why there is none, and what it was seen to manage.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::infisical::Client;
use crate::terraform::{Diagnostic, Diagnostics, Result};

use super::configuration::Preflight;
use super::failure::Attempt;

/// The provider's configuration as its objects see it. It may be replaced while the process lives.
#[derive(Debug, Default)]
pub(super) struct Session {
    configured: RwLock<Configured>,
    managed: Mutex<BTreeSet<String>>,
    outage_told: AtomicBool,
}

/// How far the provider is configured.
#[derive(Clone, Debug, Default)]
pub(super) enum Configured {
    /// Not at all: schemas, validation, upgrades and moves work all the same.
    #[default]
    Not,
    /// These arguments of the provider block are not known yet. Plans that need no call work all the same.
    Unknown(Vec<String>),
    /// Ready to call; nothing has been sent yet.
    Ready(Arc<Client>, Preflight),
}

impl Session {
    /// Takes the newest configuration.
    pub(super) fn configure(&self, configured: Configured) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
        self.outage_told.store(false, Ordering::SeqCst);
    }

    /// The client, for a call that `attempt` needs.
    pub(super) fn client(&self, attempt: &Attempt) -> Result<Arc<Client>> {
        let why = match self.configured() {
            Configured::Ready(client, _) => return Ok(client),
            Configured::Not => {
                "The provider has not been configured, so the API can't be called. The CLI that started it \
                                should have done that; please report it."
                    .to_owned()
            }
            Configured::Unknown(names) => format!(
                "The provider block depends on values that are not known before apply: `{}`. This step needs the API, \
                 so they must be known now: give them directly, through variables or the environment, or apply what they \
                 depend on first, with `-target`.",
                names.join("`, `")
            ),
        };
        Err(Diagnostics::from(Diagnostic::error(attempt.summary, format!("{}\n\n{why}", attempt.what))))
    }

    /// The client for checks of plans, if there are to be any and it can call.
    pub(super) fn checks(&self) -> Option<(Arc<Client>, Preflight)> {
        match self.configured() {
            Configured::Ready(client, preflight) if preflight != Preflight::Off && client.has_login() => {
                Some((client, preflight))
            }
            _ => None,
        }
    }

    /// Notes that the rotation is in the state that this process works on.
    pub(super) fn note_managed(&self, id: &str) {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// Whether the rotation was seen to be in the state that this process works on.
    pub(super) fn is_managed(&self, id: &str) -> bool {
        self.managed.lock().unwrap_or_else(PoisonError::into_inner).contains(id)
    }

    /// Whether nobody has yet been told that plans can't be checked. From now on somebody has.
    pub(super) fn is_first_outage(&self) -> bool {
        !self.outage_told.swap(true, Ordering::SeqCst)
    }

    fn configured(&self) -> Configured {
        self.configured.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
