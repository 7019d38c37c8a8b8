//! What all objects of a configured provider share: the client, or why there is none.

use std::sync::{Arc, PoisonError, RwLock};

use crate::infisical::Client;
use crate::terraform::{Diagnostic, Diagnostics, Result};

use super::failure::Attempt;

/// The provider's configuration as its objects see it. It may be replaced while the process lives.
#[derive(Debug, Default)]
pub(super) struct Session {
    configured: RwLock<Configured>,
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
    Ready(Arc<Client>),
}

impl Session {
    /// Takes the newest configuration.
    pub(super) fn configure(&self, configured: Configured) {
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
    }

    /// The client, for a call that `attempt` needs.
    pub(super) fn client(&self, attempt: &Attempt) -> Result<Arc<Client>> {
        let configured = self.configured.read().unwrap_or_else(PoisonError::into_inner).clone();
        let why = match configured {
            Configured::Ready(client) => return Ok(client),
            Configured::Not => {
                "The provider has not been configured, so the API can't be called. The CLI that started it should have done \
                 that; please report it."
                    .to_owned()
            },
            Configured::Unknown(names) => format!(
                "The provider block depends on values that are not known before apply: `{}`. This step needs the API, \
                 so they must be known now: give them directly, through variables or the environment, or apply what they \
                 depend on first, with `-target`.",
                names.join("`, `")
            ),
        };
        Err(Diagnostics::from(Diagnostic::error(attempt.summary, format!("{}\n\n{why}", attempt.what))))
    }
}
