//! When the server rotates next, computed as the server does, and whether it should have rotated by now.
//!
//! Pure arithmetic on UTC dates: what time it is now is for the caller to say.

use jiff::civil::{Time, time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::infisical::Rotation;

/// What the date of the next rotation depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    /// Days from one scheduled rotation to the next.
    pub(super) interval: i64,
    /// Time of day, UTC.
    pub(super) rotate_at: Time,
}

impl Schedule {
    /// A schedule of this many days at this time of day; `None` if there is no such time.
    pub(super) fn new(interval: i64, hours: i64, minutes: i64) -> Option<Self> {
        let hours = i8::try_from(hours).ok().filter(|hours| (0..24).contains(hours))?;
        let minutes = i8::try_from(minutes).ok().filter(|minutes| (0..60).contains(minutes))?;
        Some(Self { interval, rotate_at: time(hours, minutes, 0, 0) })
    }

    /// The next rotation after a successful one. A rotation that was asked for (a creation counts) at or after the
    /// time of day earns one day more; `None` beyond the calendar.
    pub(super) fn after(&self, last: Timestamp, manual: bool) -> Option<Timestamp> {
        let last = last.to_zoned(TimeZone::UTC).datetime();
        let to_the_minute = time(last.hour(), last.minute(), 0, 0);
        let extra = i64::from(manual && to_the_minute >= self.rotate_at);
        let days = Span::new().try_days(self.interval.checked_add(extra)?).ok()?;
        let date = last.date().checked_add(days).ok()?;
        Some(date.to_datetime(self.rotate_at).to_zoned(TimeZone::UTC).ok()?.timestamp())
    }

    /// The next rotation after a failed one: tomorrow, at the time of day.
    pub(super) fn after_failure(&self, now: Timestamp) -> Option<Timestamp> {
        let tomorrow = now.to_zoned(TimeZone::UTC).date().tomorrow().ok()?;
        Some(tomorrow.to_datetime(self.rotate_at).to_zoned(TimeZone::UTC).ok()?.timestamp())
    }
}

/// The next midnight, UTC: until then the server has queued what is due.
pub(super) fn next_midnight(now: Timestamp) -> Option<Timestamp> {
    let tomorrow = now.to_zoned(TimeZone::UTC).date().tomorrow().ok()?;
    Some(tomorrow.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Whether the server should have rotated by `now` and has not.
pub(super) fn is_overdue(rotation: &Rotation, now: Timestamp) -> bool {
    let next = rotation.next_rotation_at.as_deref().and_then(|next| next.parse::<Timestamp>().ok());
    rotation.is_auto_rotation_enabled && next.is_some_and(|next| next < now)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dates_are_those_of_the_server() {
        for (last, interval, hours, minutes, manual, next) in [
            ("2026-03-10T09:15:30.500Z", 30, 0, 0, true, "2026-04-10T00:00:00Z"),
            ("2026-03-10T09:15:30.500Z", 30, 12, 30, true, "2026-04-09T12:30:00Z"),
            ("2026-03-10T12:30:00.000Z", 1, 12, 30, true, "2026-03-12T12:30:00Z"),
            ("2026-03-10T12:29:59.999Z", 1, 12, 30, true, "2026-03-11T12:30:00Z"),
            ("2026-03-10T00:00:05.000Z", 30, 0, 0, true, "2026-04-10T00:00:00Z"),
            ("2026-03-10T00:00:05.000Z", 30, 0, 0, false, "2026-04-09T00:00:00Z"),
            ("2026-12-31T23:59:59.000Z", 1, 23, 59, true, "2027-01-02T23:59:00Z"),
        ] {
            let schedule = Schedule::new(interval, hours, minutes).unwrap();
            let computed = schedule.after(last.parse().unwrap(), manual).unwrap();
            assert_eq!(computed.to_string(), next, "{last} {interval} {hours}:{minutes} {manual}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        assert_eq!(Schedule::new(1, 24, 0), None);
        assert_eq!(Schedule::new(1, 0, -1), None);
        let schedule = Schedule::new(i64::MAX, 0, 0).unwrap();
        assert_eq!(schedule.after("2026-03-10T09:15:30Z".parse().unwrap(), true), None);
    }

    #[test]
    fn overdue_is_what_should_have_been_rotated() {
        let rotation = |is_automatic: bool| {
            let body = json!({
                "id": "i", "name": "n", "type": "t", "parameters": {}, "secretsMapping": {}, "activeIndex": 0,
                "isAutoRotationEnabled": is_automatic, "projectId": "p", "createdAt": "c", "updatedAt": "u",
                "rotationInterval": 30, "nextRotationAt": "2026-03-10T03:30:00.000Z",
                "connection": {"app": "a", "name": "c", "id": "x"}, "folder": {"id": "f", "path": "/"},
                "environment": {"id": "e", "name": "E", "slug": "e"},
            });
            serde_json::from_value::<Rotation>(body).unwrap()
        };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert!(is_overdue(&rotation(true), at("2026-03-10T03:30:01Z")));
        assert!(!is_overdue(&rotation(true), at("2026-03-10T03:30:00Z")));
        assert!(!is_overdue(&rotation(false), at("2027-01-01T00:00:00Z")));
    }
}
