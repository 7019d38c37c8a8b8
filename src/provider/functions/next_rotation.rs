//! `next_rotation`: when the server rotates next.

use jiff::Timestamp;

use crate::catalog::table::{Number, Type as Catalog};
use crate::catalog::{base, checks};
use crate::provider::schedule::Schedule;
use crate::terraform::{Function, FunctionError, Parameter, Signature, Type, Value};

/// The function.
pub(super) struct NextRotation {
    signature: Signature,
}

impl NextRotation {
    /// The function.
    pub(super) fn new() -> Self {
        let parameters = vec![
            Parameter::new(
                "last_rotated_at",
                Type::String,
                "When the secrets were last rotated, as in the attribute `last_rotated_at`: a time of RFC 3339.",
            ),
            Parameter::new(
                "interval",
                Type::Number,
                "Days from one scheduled rotation to the next: `rotation_interval`.",
            ),
            Parameter::new("hours", Type::Number, "Hour of the day, UTC: `rotate_at_utc.hours`."),
            Parameter::new("minutes", Type::Number, "Minute of that hour: `rotate_at_utc.minutes`."),
            Parameter::new(
                "manual",
                Type::Bool,
                "Whether the last rotation was asked for, not scheduled: `last_rotation_manual`. A creation counts as asked \
                 for.",
            ),
        ];
        let signature = Signature {
            title: "Computes when a rotation is due next".to_owned(),
            description: "Computes when the server rotates next after a successful rotation, as the server does: the date \
                          of the last one plus the interval, at the time of day. A rotation that was asked for at or after \
                          that time of day earns one day more. For questions such as what another interval would mean."
                .to_owned(),
            parameters,
            returns: Type::String,
        };
        Self { signature }
    }
}

impl Function for NextRotation {
    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError> {
        let [last, interval, hours, minutes, manual] = arguments else {
            return Err(FunctionError::new("Takes five arguments."));
        };
        let last: Timestamp = last.as_str().unwrap_or_default().parse().map_err(|_| {
            FunctionError::new("`last_rotated_at` must be a time such as `2026-03-10T09:15:30.500Z`.").at(0)
        })?;
        let interval = whole(interval, "interval", &["rotation_interval"]).map_err(|error| error.at(1))?;
        let hours = whole(hours, "hours", &["rotate_at_utc", "hours"]).map_err(|error| error.at(2))?;
        let minutes = whole(minutes, "minutes", &["rotate_at_utc", "minutes"]).map_err(|error| error.at(3))?;
        let next = Schedule::new(interval, hours, minutes)
            .and_then(|schedule| schedule.after(last, manual.as_bool().unwrap_or_default()));
        match next {
            Some(next) => Ok(Value::string(format!("{next:.3}"))),
            None => Err(FunctionError::new("`interval` leads beyond the end of the calendar.").at(1)),
        }
    }
}

/// The argument, judged by the rules of the resource's attribute at `path`.
fn whole(argument: &Value, name: &str, path: &[&str]) -> Result<i64, FunctionError> {
    let number = argument.as_number();
    let judged = number.and_then(|number| checks::number(&rules(path), number.to_f64(), number.is_whole()));
    match (judged, number.and_then(crate::terraform::Number::as_i64)) {
        (None, Some(number)) => Ok(number),
        (Some(complaint), _) => Err(FunctionError::new(format!("`{name}` {complaint}."))),
        (None, None) => Err(FunctionError::new(format!("`{name}` must be a whole number."))),
    }
}

fn rules(path: &[&str]) -> Number {
    let (name, parent) = path.split_last().unwrap_or((&"", &[]));
    let fields = crate::catalog::table::Object::of(base::FIELDS).members(parent);
    match fields.iter().find(|field| field.name == *name).map(|field| field.shape) {
        Some(Catalog::Number(rules)) => rules,
        _ => Number::ANY.whole(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(last: &str, numbers: [&str; 3], manual: bool) -> Result<String, FunctionError> {
        let [interval, hours, minutes] = numbers.map(|number| Value::Number(number.parse().unwrap()));
        let result = NextRotation::new().call(&[last.into(), interval, hours, minutes, manual.into()]);
        result.map(|value| value.as_str().unwrap().to_owned())
    }

    #[test]
    fn the_time_is_written_as_the_server_writes_it() {
        let last = "2026-03-10T09:15:30.500Z";
        assert_eq!(next(last, ["30", "0", "0"], true).unwrap(), "2026-04-10T00:00:00.000Z");
        assert_eq!(next(last, ["30", "0", "0"], false).unwrap(), "2026-04-09T00:00:00.000Z");
        assert_eq!(next(last, ["30", "12", "30"], true).unwrap(), "2026-04-09T12:30:00.000Z");
        assert_eq!(next("2026-03-10T23:30:00-05:00", ["1", "3", "0"], false).unwrap(), "2026-03-12T03:00:00.000Z");
    }

    #[test]
    fn each_argument_is_blamed_for_itself() {
        let last = "2026-03-10T09:15:30.500Z";
        for (last, numbers, argument, text) in [
            ("yesterday", ["30", "0", "0"], 0, "must be a time"),
            ("2026-03-10", ["30", "0", "0"], 0, "must be a time"),
            (last, ["0", "0", "0"], 1, "must be a whole number from 1"),
            (last, ["1.5", "0", "0"], 1, "must be a whole number from 1"),
            (last, ["2147483647", "0", "0"], 1, "beyond the end of the calendar"),
            (last, ["1", "24", "0"], 2, "must be a whole number from 0 to 23"),
            (last, ["1", "-1", "0"], 2, "must be a whole number from 0 to 23"),
            (last, ["1", "0", "60"], 3, "must be a whole number from 0 to 59"),
        ] {
            let error = next(last, numbers, true).unwrap_err();
            assert_eq!(error.argument, Some(argument), "{error}");
            assert!(error.text.contains(text), "{error}");
        }
    }
}
