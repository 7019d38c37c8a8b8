//! Waiting: interrupted by the user's stop, told to the user when it is long, and how long before the next attempt.

use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Error;

/// From this length on a wait is told at INFO.
const WORTH_TELLING: Duration = Duration::from_secs(5);

/// The first wait after a failure; each further one is twice as long, up to [`LONGEST_STEP`].
const FIRST_STEP: Duration = Duration::from_millis(250);
const LONGEST_STEP: Duration = Duration::from_secs(8);

/// Sleeps until `until`, or returns [`Error::Stopped`] as soon as the user stops.
pub(super) async fn wait_until(stop: &CancellationToken, until: Instant) -> Result<(), Error> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(Error::Stopped),
        () = tokio::time::sleep_until(until) => Ok(()),
    }
}

/// Tells the user about a wait that is long enough to be wondered at.
pub(super) fn tell(wait: Duration, reason: &str) {
    if wait > WORTH_TELLING {
        tracing::info!(seconds = wait.as_secs(), "waiting: {reason}");
    } else {
        tracing::debug!(milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX), "waiting: {reason}");
    }
}

/// The waits of one call: they grow, they are jittered, and together they stay within a limit.
#[derive(Debug)]
pub(super) struct BackOff {
    step: Duration,
    left: Duration,
    attempts_left: u32,
}

impl BackOff {
    /// Waits that add up to at most `limit`, before at most `attempts` further attempts.
    pub(super) fn new(limit: Duration, attempts: u32) -> Self {
        Self { step: FIRST_STEP, left: limit, attempts_left: attempts }
    }

    /// The wait before the next attempt, at least as long as `told`; `None` if no further attempt is to be made.
    pub(super) fn next(&mut self, told: Option<Duration>) -> Option<Duration> {
        if self.attempts_left == 0 || self.left.is_zero() {
            return None;
        }
        let wait = match told {
            Some(told) if told > self.left => return None,
            Some(told) => told.max(jittered(FIRST_STEP)),
            None => jittered(self.step),
        };
        let wait = wait.min(self.left);
        self.attempts_left -= 1;
        self.left -= wait;
        self.step = (self.step * 2).min(LONGEST_STEP);
        Some(wait)
    }
}

/// Between half of `step` and all of it, so that processes that failed together don't return together.
pub(super) fn jittered(step: Duration) -> Duration {
    let mut bytes = [0; 2];
    // Without randomness the wait is merely not spread.
    let share = SystemRandom::new().fill(&mut bytes).map_or(1.0, |()| f64::from(u16::from_le_bytes(bytes)) / 65_536.0);
    step.mul_f64(0.5 + share / 2.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{BackOff, jittered};

    #[test]
    fn waits_grow_and_stay_within_the_limit() {
        let mut back_off = BackOff::new(Duration::from_secs(10), 100);
        let waits: Vec<_> = std::iter::from_fn(|| back_off.next(None)).collect();
        assert_eq!(waits.iter().sum::<Duration>(), Duration::from_secs(10));
        assert!(waits[0] >= Duration::from_millis(125) && waits[0] <= Duration::from_millis(250), "{waits:?}");
        assert!(waits[3] > waits[0]);
    }

    #[test]
    fn a_told_wait_is_kept_or_refused_but_never_shortened() {
        let mut back_off = BackOff::new(Duration::from_secs(10), 5);
        assert_eq!(back_off.next(Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(back_off.next(Some(Duration::from_secs(7))), None);
    }

    #[test]
    fn attempts_are_counted() {
        let mut back_off = BackOff::new(Duration::from_secs(1_000), 2);
        assert_eq!(std::iter::from_fn(|| back_off.next(None)).count(), 2);
    }

    #[test]
    fn jitter_stays_within_half_and_whole() {
        for _ in 0..100 {
            let wait = jittered(Duration::from_secs(8));
            assert!(wait >= Duration::from_secs(4) && wait <= Duration::from_secs(8));
        }
    }
}
