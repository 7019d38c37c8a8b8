//! Keeps what a sandbox knows from one run to the next, in one file.
//!
//! The file follows the changes a moment later, so that a burst of them costs one save; what was changed in that
//! moment is lost if the process is killed, never more. Faults, the request log and rate limits are not kept.

mod file;

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use file::PersistenceError;

use crate::clock::{Clock, Moment};
use crate::core::Core;
use crate::issuers::Issued;
use crate::state::State;

/// How long a change waits for others before it is saved.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is kept.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Everything that the API knows.
    pub state: State,
    /// What the simulated third party has issued.
    pub issued: Vec<Issued>,
    clock: KeptClock,
}

/// Where the clock stood, and when by real time, so that it goes on with the same lead.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeptClock {
    now: Moment,
    real: Moment,
    is_held: bool,
}

impl Kept {
    /// Reads the file; `None` if it does not exist yet.
    pub fn load(path: &Path) -> Result<Option<Self>, PersistenceError> {
        file::load(path)
    }

    /// Makes a clock that goes on where the kept one would stand by now.
    pub fn clock(&self) -> Clock {
        let KeptClock { now, real, is_held } = self.clock;
        if is_held {
            return Clock::held(now);
        }
        let lead = now.milliseconds().saturating_sub(real.milliseconds());
        let now = Clock::real().now().milliseconds();
        Clock::running_from(Moment::from_milliseconds(now.saturating_add(lead)))
    }

    fn of(core: &Core) -> Self {
        Self {
            state: core.read(State::clone),
            issued: core.third_parties.issued(),
            clock: KeptClock { now: core.clock.now(), real: Clock::real().now(), is_held: core.clock.is_held() },
        }
    }
}

/// Saves what the core knows now.
pub fn save(core: &Core, path: &Path) -> Result<(), PersistenceError> {
    file::save(path, &Kept::of(core))
}

/// Saves after every change until it is dropped; `failed` is told when a save fails, and the next change tries again.
pub async fn keep_saved(core: &Core, path: &Path, failed: impl Fn(PersistenceError)) {
    let mut changes = core.changes();
    while changes.changed().await.is_ok() {
        tokio::time::sleep(PATIENCE).await;
        changes.mark_unchanged();
        if let Err(error) = save(core, path) {
            failed(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::rate_limit::RateLimiter;
    use crate::seed;

    fn core(clock: Clock) -> Core {
        Core::new(State::default(), clock, RateLimiter::default(), String::new())
    }

    #[test]
    fn all_that_is_kept_comes_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        assert!(Kept::load(&path).unwrap().is_none());
        let core = core(Clock::held(Moment::from_milliseconds(1_773_134_130_500)));
        core.write(|state| seed::plant(state, core.clock.now()));
        save(&core, &path).unwrap();
        let kept = Kept::load(&path).unwrap().unwrap();
        let text = |state: &State| serde_json::to_string(state).unwrap();
        assert_eq!(text(&kept.state), core.read(text));
        assert!(kept.clock().is_held());
        assert_eq!(kept.clock().now(), core.clock.now());
    }

    #[test]
    fn a_running_clock_keeps_its_lead() {
        let lead = Duration::from_secs(86_400);
        let core = core(Clock::running_from(Clock::real().now().plus(lead)));
        let kept = Kept::of(&core).clock();
        assert!(!kept.is_held());
        assert!(kept.now() >= core.clock.now());
    }

    #[tokio::test]
    async fn a_change_is_saved_a_moment_later() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let core = Arc::new(core(Clock::real()));
        let keeper = tokio::spawn({
            let (core, path) = (Arc::clone(&core), path.clone());
            async move { keep_saved(&core, &path, |error| panic!("{error}")).await }
        });
        // The keeper sees only what changes after it began to watch, so the change is repeated until it is seen.
        let mut moments = 0;
        while !path.exists() {
            moments += 1;
            core.write(|state| state.organization.name = format!("change {moments}"));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        keeper.abort();
        assert!(Kept::load(&path).unwrap().unwrap().state.organization.name.starts_with("change "));
    }
}
