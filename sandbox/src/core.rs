//! What all requests share: the state behind its lock, the clock, the faults, the third parties and the log.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, watch};

use crate::clock::Clock;
use crate::faults::Faults;
use crate::issuers::ThirdParties;
use crate::rate_limit::RateLimiter;
use crate::request_log::RequestLog;
use crate::state::State;
use crate::validation;

/// The heart of a running sandbox.
#[derive(Debug)]
pub struct Core {
    /// Time.
    pub clock: Clock,
    /// What shall go wrong.
    pub faults: Faults,
    /// Who issues credentials.
    pub third_parties: ThirdParties,
    /// Who asked what.
    pub requests: RequestLog,
    /// Who may still ask.
    pub limits: RateLimiter,
    /// Where the API is served, without a slash at the end.
    pub url: String,
    /// Wakes the schedule when a job was queued or the clock was moved.
    pub(crate) schedule_changed: Notify,
    /// Lets one run of the schedule finish before the next begins.
    pub(crate) schedule_run: tokio::sync::Mutex<()>,
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    rotating: Mutex<BTreeSet<String>>,
    openapi: OnceLock<Bytes>,
}

impl Core {
    /// Puts a core together.
    pub fn new(state: State, clock: Clock, limits: RateLimiter, url: String) -> Self {
        Self {
            clock,
            faults: Faults::default(),
            third_parties: ThirdParties::default(),
            requests: RequestLog::default(),
            limits,
            url,
            schedule_changed: Notify::new(),
            schedule_run: tokio::sync::Mutex::new(()),
            state: Mutex::new(state),
            changes: watch::Sender::new(0),
            rotating: Mutex::new(BTreeSet::new()),
            openapi: OnceLock::new(),
        }
    }

    /// Reads the state. Nothing slow may happen inside.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state())
    }

    /// Changes the state and tells those who watch for changes. Nothing slow may happen inside.
    pub fn write<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.state());
        self.changes.send_modify(|revision| *revision += 1);
        result
    }

    /// Watches for changes of the state: the value counts them.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Takes the lock of a rotation; `None` while another rotation of the same id is under way.
    pub fn lock_rotation(&self, id: &str) -> Option<RotationLock<'_>> {
        let is_free = self.rotating().insert(id.to_owned());
        is_free.then(|| RotationLock { core: self, id: id.to_owned() })
    }

    /// Tells the OpenAPI document, which is written on first demand.
    pub fn openapi(&self) -> Bytes {
        self.openapi.get_or_init(|| validation::openapi(&self.url).to_string().into()).clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rotating(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.rotating.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps others from rotating the same id until it is dropped.
#[derive(Debug)]
pub struct RotationLock<'a> {
    core: &'a Core,
    id: String,
}

impl Drop for RotationLock<'_> {
    fn drop(&mut self) {
        self.core.rotating().remove(&self.id);
    }
}
