//! Exact decimal numbers: what Core means by a number, never passed through a binary float on the way.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// Bounds how many digits [`Number`] writes out before it falls back to an exponent.
const PLAIN_DIGITS: i64 = 2_000;

/// Is an exact decimal number in normal form, so that equal numbers are equal values.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    /// Decimal digits without leading or trailing zeros; empty for zero.
    digits: String,
    /// The power of ten that the digits, read as an integer, are multiplied with.
    exponent: i64,
}

/// Says that a text is not a decimal number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a decimal number")]
pub struct NotANumber(pub String);

impl Number {
    /// Takes over a binary float exactly as Core reads it: whole numbers by their exact value, all others by the
    /// shortest decimal text that names them. Infinities and NaN are not numbers.
    pub fn from_float(float: f64) -> Option<Self> {
        if !float.is_finite() {
            return None;
        }
        let text = if float.fract() == 0.0 { format!("{float:.0}") } else { format!("{float:e}") };
        text.parse().ok()
    }

    /// Returns the number as `i64` if it is whole and in range.
    pub fn as_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.exponent > 19 { None } else { self.to_string().parse().ok() }
    }

    /// Returns the nearest binary float if the number is exactly that float.
    pub fn as_exact_float(&self) -> Option<f64> {
        let float: f64 = self.to_string().parse().ok().filter(|float: &f64| float.is_finite())?;
        // A double has at most 1,074 fractional digits, so this text is its exact value.
        let exact: Self = format!("{float:.1074}").parse().ok()?;
        (exact == *self).then_some(float)
    }

    fn whole(negative: bool, written: &str) -> Self {
        let digits = written.trim_end_matches('0');
        let dropped_zeros = if digits.is_empty() { 0 } else { written.len() - digits.len() };
        Self { negative, digits: digits.to_owned(), exponent: i64::try_from(dropped_zeros).unwrap_or(0) }
    }

    fn magnitude(&self) -> i64 {
        self.exponent.saturating_add(i64::try_from(self.digits.len()).unwrap_or(i64::MAX))
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    fn from_str(text: &str) -> Result<Self, NotANumber> {
        let fail = || NotANumber(text.to_owned());
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, power) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, power)) => (mantissa, power.parse::<i64>().map_err(|_| fail())?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(fail());
        }
        let written = format!("{whole}{fraction}");
        let shortened = written.trim_end_matches('0');
        let digits = shortened.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Ok(Self::from(0_i64));
        }
        let length = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        let dropped_zeros = length(&written) - length(shortened);
        let exponent = power.checked_sub(length(fraction)).and_then(|power| power.checked_add(dropped_zeros));
        Ok(Self { negative, digits, exponent: exponent.ok_or_else(fail)? })
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::whole(integer < 0, &integer.unsigned_abs().to_string())
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self::whole(false, &integer.to_string())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return formatter.write_str("0");
        }
        if self.negative {
            formatter.write_str("-")?;
        }
        if self.exponent.abs() > PLAIN_DIGITS {
            return write!(formatter, "{}e{}", self.digits, self.exponent);
        }
        let exponent = isize::try_from(self.exponent).unwrap_or(0);
        let Ok(fraction) = usize::try_from(-exponent) else {
            return write!(formatter, "{}{}", self.digits, "0".repeat(exponent.unsigned_abs()));
        };
        match self.digits.len().checked_sub(fraction) {
            _ if fraction == 0 => formatter.write_str(&self.digits),
            Some(0) | None => write!(formatter, "0.{}{}", "0".repeat(fraction - self.digits.len()), self.digits),
            Some(point) => write!(formatter, "{}.{}", &self.digits[..point], &self.digits[point..]),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_size = || self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| match sign(self) {
            0 => Ordering::Equal,
            1 => by_size(),
            _ => by_size().reverse(),
        })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn one_number_has_one_form() {
        for (left, right) in
            [("1.50", "1.5"), ("0.0", "-0"), ("1e3", "1000"), ("1200e-2", "12"), ("007", "7"), ("1E+2", "100")]
        {
            assert_eq!(number(left), number(right));
        }
        assert_eq!(number("100"), Number::from(100_i64));
        assert_eq!(number("0"), Number::from(0_i64));
        assert_eq!(number("18446744073709551615"), Number::from(u64::MAX));
    }

    #[test]
    fn text_survives() {
        for text in ["0", "-1", "0.1", "12.34", "0.00012", "9007199254740993", "0.12345678901234567890123", "-0.5"] {
            assert_eq!(
                number(text).to_string(),
                text.trim_end_matches('0').to_owned() + if text == "0" { "0" } else { "" }
            );
        }
        assert_eq!(number("1e30").to_string(), "1000000000000000000000000000000");
        assert_eq!(number("1e999999").to_string(), "1e999999");
    }

    #[test]
    fn floats_are_read_as_core_reads_them() {
        assert_eq!(Number::from_float(0.1), Some(number("0.1")));
        assert_eq!(Number::from_float(-0.0), Some(number("0")));
        assert_eq!(Number::from_float(1e30), Some(number("1000000000000000019884624838656")));
        assert_eq!(Number::from_float(f64::NAN), None);
        assert_eq!(number("0.5").as_exact_float(), Some(0.5));
        assert_eq!(number("0.1").as_exact_float(), None);
        assert_eq!(number("1e400").as_exact_float(), None);
    }

    #[test]
    fn order_is_by_size() {
        let sorted = ["-10", "-9.5", "-0.1", "0", "0.09", "0.1", "2", "10", "1e3"];
        for pair in sorted.windows(2) {
            assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "-", ".", "1e", "0x10", "NaN", "inf", "1 ", "+1", "1e99999999999999999999"] {
            assert!(text.parse::<Number>().is_err(), "{text:?}");
        }
    }
}
