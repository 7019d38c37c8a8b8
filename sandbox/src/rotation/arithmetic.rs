//! When a rotation is due next.

use jiff::Span;
use jiff::civil::{Date, Time};
use serde_json::Number;

use crate::clock::Moment;
use crate::state::{RotateAt, Rotation, Status};

/// Computes `nextRotationAt` of a rotation as it stands.
pub fn next_rotation(rotation: &Rotation, now: Moment) -> Option<Moment> {
    if !rotation.is_auto_rotation_enabled {
        None
    } else if rotation.rotation_status == Status::Failed {
        tomorrow(&rotation.rotate_at_utc, now)
    } else {
        after_success(
            rotation.last_rotated_at,
            &rotation.rotation_interval,
            &rotation.rotate_at_utc,
            rotation.is_last_rotation_manual,
        )
    }
}

/// Computes when to try again after a failure: tomorrow at the set time.
pub fn tomorrow(at: &RotateAt, now: Moment) -> Option<Moment> {
    days_after(now, 1, at)
}

/// Computes the time after a rotation that went well: `interval` days later at the set time, and a day more when a
/// person rotated at or after that time of day.
fn after_success(last: Moment, interval: &Number, at: &RotateAt, was_manual: bool) -> Option<Moment> {
    let time = last.utc().time();
    let of_day = (f64::from(time.hour()), f64::from(time.minute()));
    let set = (number(&at.hours), number(&at.minutes));
    let extra = i64::from(was_manual && of_day >= set);
    days_after(last, truncate(number(interval)).saturating_add(extra), at)
}

/// The time of day `at`, so many days after the UTC date of a moment; `None` beyond the calendar.
fn days_after(moment: Moment, days: i64, at: &RotateAt) -> Option<Moment> {
    let date: Date = moment.utc().date().checked_add(Span::new().try_days(days).ok()?).ok()?;
    let part = |number_: &Number| i8::try_from(truncate(number(number_))).ok();
    Moment::from_utc(date, Time::new(part(&at.hours)?, part(&at.minutes)?, 0, 0).ok()?)
}

fn number(number: &Number) -> f64 {
    number.as_f64().unwrap_or(0.0)
}

/// Cuts the fraction off, as the date arithmetic of the server's language does.
fn truncate(number: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and so far away there is no date")]
    let whole = number.trunc() as i64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    fn at(hours: i64, minutes: i64) -> RotateAt {
        RotateAt { hours: hours.into(), minutes: minutes.into() }
    }

    #[test]
    fn the_seven_published_examples() {
        for (last, interval, hours, minutes, manual, next) in [
            ("2026-03-10T09:15:30.500Z", 30, 0, 0, true, "2026-04-10T00:00:00.000Z"),
            ("2026-03-10T09:15:30.500Z", 30, 12, 30, true, "2026-04-09T12:30:00.000Z"),
            ("2026-03-10T12:30:00.000Z", 1, 12, 30, true, "2026-03-12T12:30:00.000Z"),
            ("2026-03-10T12:29:59.999Z", 1, 12, 30, true, "2026-03-11T12:30:00.000Z"),
            ("2026-03-10T00:00:05.000Z", 30, 0, 0, true, "2026-04-10T00:00:00.000Z"),
            ("2026-03-10T00:00:05.000Z", 30, 0, 0, false, "2026-04-09T00:00:00.000Z"),
            ("2026-12-31T23:59:59.000Z", 1, 23, 59, true, "2027-01-02T23:59:00.000Z"),
        ] {
            let computed = after_success(moment(last), &Number::from(interval), &at(hours, minutes), manual);
            assert_eq!(computed.unwrap().to_string(), next, "{last} {interval} {hours}:{minutes} {manual}");
        }
    }

    #[test]
    fn fractions_are_cut_off_and_the_calendar_ends() {
        let last = moment("2026-03-10T09:15:30.500Z");
        let interval = |text: &str| text.parse::<Number>().unwrap();
        let next = after_success(last, &interval("1.9"), &at(12, 0), true);
        assert_eq!(next.unwrap().to_string(), "2026-03-11T12:00:00.000Z");
        assert_eq!(after_success(last, &interval("1e308"), &at(0, 0), true), None);
        assert_eq!(after_success(last, &interval("9007199254740992"), &at(0, 0), true), None);
    }

    #[test]
    fn a_failure_is_tried_again_tomorrow() {
        let next = tomorrow(&at(2, 30), moment("2026-02-28T23:00:00Z"));
        assert_eq!(next.unwrap().to_string(), "2026-03-01T02:30:00.000Z");
    }
}
