//! Time as the sandbox sees it: moments with the API's millisecond precision, and a clock that can be moved or held.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time in whole milliseconds since 1970, written as the API writes it: `2026-03-10T09:15:30.500Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

impl Moment {
    /// Makes a moment from milliseconds since 1970.
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Makes a moment from a civil date and time in UTC; `None` beyond the year 9999.
    pub fn from_utc(date: Date, time: Time) -> Option<Self> {
        let timestamp = Offset::UTC.to_timestamp(DateTime::from_parts(date, time)).ok()?;
        Some(Self(timestamp.as_millisecond()))
    }

    /// Reads an RFC 3339 text with any offset.
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|timestamp| Self(timestamp.as_millisecond()))
    }

    /// Tells the milliseconds since 1970.
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Tells the whole seconds since 1970, as token claims carry them.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Tells the date and time in UTC.
    pub fn utc(self) -> DateTime {
        Offset::UTC.to_datetime(self.timestamp())
    }

    /// Adds a span; stops at the last representable moment.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Tells the span since `earlier`, zero when that lies in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Tells the midnight (UTC) that follows this moment.
    #[must_use]
    pub const fn next_midnight(self) -> Self {
        const DAY: i64 = 86_400_000;
        Self((self.0.div_euclid(DAY) + 1).saturating_mul(DAY))
    }

    /// Writes the moment as an HTTP `Date` header carries it.
    pub fn http_date(self) -> String {
        self.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.timestamp().strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("\"{text}\" is not an RFC 3339 time")))
    }
}

/// The sandbox's clock: it runs with real time from wherever it was set, or is held still.
#[derive(Debug)]
pub struct Clock {
    mode: Mutex<Mode>,
}

#[derive(Clone, Copy, Debug)]
enum Mode {
    Running { offset: i64 },
    Held { at: Moment },
}

impl Clock {
    /// Makes a clock that shows real time.
    pub const fn real() -> Self {
        Self { mode: Mutex::new(Mode::Running { offset: 0 }) }
    }

    /// Makes a clock that stands still at `at` until it is moved.
    pub const fn held(at: Moment) -> Self {
        Self { mode: Mutex::new(Mode::Held { at }) }
    }

    /// Makes a clock that starts at `at` and runs.
    pub fn running_from(at: Moment) -> Self {
        let clock = Self::real();
        clock.run_from(at);
        clock
    }

    /// Tells the time.
    pub fn now(&self) -> Moment {
        match *self.lock() {
            Mode::Running { offset } => Moment(real_milliseconds().saturating_add(offset)),
            Mode::Held { at } => at,
        }
    }

    /// Tells whether the clock stands still.
    pub fn is_held(&self) -> bool {
        matches!(*self.lock(), Mode::Held { .. })
    }

    /// Sets the time and keeps the mode: a held clock stays held, a running one goes on running.
    pub fn set(&self, at: Moment) {
        if self.is_held() { self.hold(at) } else { self.run_from(at) }
    }

    /// Holds the clock still at `at`.
    pub fn hold(&self, at: Moment) {
        *self.lock() = Mode::Held { at };
    }

    /// Lets the clock run from `at`.
    pub fn run_from(&self, at: Moment) {
        *self.lock() = Mode::Running { offset: at.0.saturating_sub(real_milliseconds()) };
    }

    fn lock(&self) -> MutexGuard<'_, Mode> {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn real_milliseconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_with_exactly_three_decimals() {
        let moment = Moment::parse("2026-03-10T09:15:30.5Z").unwrap();
        assert_eq!(moment.to_string(), "2026-03-10T09:15:30.500Z");
        assert_eq!(moment.http_date(), "Tue, 10 Mar 2026 09:15:30 GMT");
        assert_eq!(moment.next_midnight().to_string(), "2026-03-11T00:00:00.000Z");
    }

    #[test]
    fn midnight_itself_is_followed_by_the_next_one() {
        let midnight = Moment::parse("2026-03-10T00:00:00Z").unwrap();
        assert_eq!(midnight.next_midnight().to_string(), "2026-03-11T00:00:00.000Z");
    }

    #[test]
    fn a_held_clock_stays_where_it_was_put() {
        let at = Moment::parse("2026-01-01T00:00:00Z").unwrap();
        let clock = Clock::held(at);
        assert_eq!(clock.now(), at);
        clock.set(at.plus(Duration::from_secs(60)));
        assert_eq!(clock.now().to_string(), "2026-01-01T00:01:00.000Z");
        assert!(clock.is_held());
        clock.run_from(at);
        assert!(clock.now() >= at);
        assert!(!clock.is_held());
    }
}
