//! The token of the process: obtained by one login on first need, shared by all calls, renewed by a fresh login before
//! it expires and once after the server has refused it.

#[cfg(feature = "aws")]
mod aws;
mod azure;
mod elsewhere;
mod google;
mod login;
mod token;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::{Error, Login};
pub(super) use token::Token;

/// How often in a row a fresh token may be refused before no further login is tried.
const MOST_REFUSALS: u32 = 2;

/// Keeps the session of the process.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    state: Mutex<State>,
}

/// A token in use, and the session that it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Bearer {
    pub(super) token: Arc<Token>,
    session: Arc<Session>,
}

#[derive(Debug, Default)]
struct State {
    session: Arc<Session>,
    /// Sessions whose token was refused before it was ever accepted, without a better one in between.
    refused: u32,
}

/// One login and what it gave. The cell is what makes it single: whoever comes while it is under way waits for it, and
/// if the one who began it is cancelled, the next one takes over.
#[derive(Debug, Default)]
struct Session {
    outcome: OnceCell<Result<Arc<Token>, Error>>,
    accepted: AtomicBool,
}

impl Keeper {
    /// The token for the next request.
    pub(super) async fn bearer(&self, client: &Client, stop: &CancellationToken) -> Result<Bearer, Error> {
        loop {
            let session = self.state().session.clone();
            let is_new = !session.outcome.initialized();
            let outcome =
                session.outcome.get_or_init(|| async { login::log_in(client, stop).await.map(Arc::new) }).await.clone();
            match outcome {
                // A token that expires at once serves at least the call that asked for it.
                Ok(token) if is_new || !token.is_expiring() => return Ok(Bearer { token, session }),
                Ok(_) => self.replace(&session),
                // A stop of somebody else, such as of the call that began the login, isn't ours.
                Err(error) if error.is_stopped() && !stop.is_cancelled() => self.replace(&session),
                Err(error) => {
                    // A refused login is never tried again: a few of them lock the identity out.
                    if error.is_transient() || error.is_stopped() {
                        self.replace(&session);
                    }
                    return Err(error);
                }
            }
        }
    }

    /// Notes that the server knows the token.
    pub(super) fn accepted(&self, bearer: &Bearer) {
        if !bearer.session.accepted.swap(true, Ordering::Relaxed) {
            self.state().refused = 0;
        }
    }

    /// Notes that the server refused the token with `error`. Returns whether another one may be had.
    pub(super) fn refused(&self, login: Option<&Login>, bearer: &Bearer, error: &Error) -> bool {
        if matches!(login, Some(Login::Token(_)) | None) {
            return false;
        }
        let mut state = self.state();
        if !Arc::ptr_eq(&state.session, &bearer.session) {
            return true;
        }
        if bearer.session.accepted.load(Ordering::Relaxed) {
            state.refused = 0;
        }
        state.refused += 1;
        let session = Session::default();
        let may_log_in = state.refused < MOST_REFUSALS;
        if !may_log_in {
            // Fresh tokens are refused as well: from here on every call gets this answer without asking again.
            let _ = session.outcome.set(Err(error.clone()));
        }
        state.session = Arc::new(session);
        may_log_in
    }

    fn replace(&self, session: &Arc<Session>) {
        let mut state = self.state();
        if Arc::ptr_eq(&state.session, session) {
            state.session = Arc::default();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
