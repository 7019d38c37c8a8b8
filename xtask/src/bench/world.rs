//! The sandbox that a measurement talks to: a demo project, as slow and as strict as the measurement wants it.

use std::time::Duration;

use infisical_sandbox::faults::{Effect, Fault};
use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::{Options, Running, Sandbox, seed};

use crate::tools::{Failure, Outcome};

/// A sandbox within this process.
pub(super) struct World {
    sandbox: Running,
}

impl World {
    /// Starts a sandbox with the demo project that takes `latency` to answer.
    pub(super) fn start(latency: Duration) -> Outcome<Self> {
        let sandbox = Sandbox::start(Options::default())
            .map_err(|error| Failure::failed(format!("the sandbox does not start: {error}")))?;
        let now = sandbox.core().clock.now();
        sandbox.core().write(|state| seed::plant(state, now));
        if !latency.is_zero() {
            let milliseconds = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
            let delay = Effect::Delay { milliseconds, after_commit: false };
            sandbox.core().faults.add(Fault::once("*", "*", delay).always());
        }
        Ok(Self { sandbox })
    }

    /// Limits requests as Infisical Cloud does on its free plan, counting from now.
    pub(super) fn limit(&self) -> RateLimits {
        let limits = RateLimits::default();
        self.sandbox.core().limits.set(Some(limits));
        limits
    }

    /// The variables with which a provider finds the sandbox and logs in.
    pub(super) fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("INFISICAL_HOST", self.sandbox.url().to_owned()),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", seed::CLIENT_ID.to_owned()),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", seed::CLIENT_SECRET.to_owned()),
        ]
    }

    /// How many requests have come in so far.
    pub(super) fn requests(&self) -> u64 {
        self.sandbox.core().requests.last()
    }

    /// How many requests after the first `before` were refused because there were too many.
    pub(super) fn refused_since(&self, before: u64) -> usize {
        let entries = self.sandbox.core().requests.since(before);
        entries.iter().filter(|entry| entry.status == Some(429)).count()
    }

    /// How many rotations there are.
    pub(super) fn rotations(&self) -> usize {
        self.sandbox.core().read(|state| state.rotations.len())
    }
}
