//! Decimal numbers, exact from the wire to the API and back.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The most digits a number may have: beyond what Terraform itself keeps (512 bits), and enough for any binary floating
/// point number to the last digit.
const MOST_DIGITS: usize = 800;
/// The largest power of ten that a number may be scaled by.
const MOST_EXPONENT: i64 = 100_000;

/// A decimal number in canonical form: equal numbers are equal values, however they were written.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Number {
    negative: bool,
    /// Significant digits without leading or trailing zeros; empty for zero.
    digits: Box<str>,
    /// The power of ten that the digits, read as a whole number, are multiplied by.
    exponent: i64,
}

/// Why a text is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The text has another form.
    #[error("not a decimal number")]
    Malformed,
    /// The number has more digits, or is larger or smaller, than can be meant.
    #[error("a number of more than {MOST_DIGITS} digits or beyond 10^{MOST_EXPONENT}")]
    TooLarge,
}

impl Number {
    /// The number as a whole number of 64 bits, if it is one.
    pub fn as_i64(&self) -> Option<i64> {
        self.whole_digits()?.parse().ok()
    }

    /// The number as a non-negative whole number of 64 bits, if it is one.
    pub fn as_u64(&self) -> Option<u64> {
        self.whole_digits()?.parse().ok()
    }

    /// Whether there is no fraction.
    pub fn is_whole(&self) -> bool {
        self.exponent >= 0
    }

    /// Whether this is a whole number of at most fifteen digits: binary floating point numbers hold these as they are.
    pub fn is_short_integer(&self) -> bool {
        self.is_whole() && self.magnitude() <= 15
    }

    /// The nearest binary floating point number: for comparing with what the API computes, never for storing.
    pub fn to_f64(&self) -> f64 {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}e{}", if self.digits.is_empty() { "0" } else { &self.digits }, self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    /// The very number that a binary floating point number stands for, to its last digit. Infinities and NaN are none.
    pub fn from_f64(number: f64) -> Option<Self> {
        number.is_finite().then(|| format!("{number:.MOST_DIGITS$e}").parse().ok()).flatten()
    }

    /// The number as a binary floating point number, if one stands for exactly this number.
    pub fn as_f64(&self) -> Option<f64> {
        let number = self.to_f64();
        (Self::from_f64(number).as_ref() == Some(self)).then_some(number)
    }

    /// The signed digits of a whole number that is small enough to be written out.
    fn whole_digits(&self) -> Option<String> {
        let zeros = usize::try_from(self.exponent).ok().filter(|zeros| *zeros <= 20)?;
        let sign = if self.negative { "-" } else { "" };
        let digits = if self.digits.is_empty() { "0" } else { &self.digits };
        Some(format!("{sign}{digits}{}", "0".repeat(zeros)))
    }

    /// The power of ten just above the number's size, for comparison.
    fn magnitude(&self) -> i64 {
        self.exponent.saturating_add(i64::try_from(self.digits.len()).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Number {
    fn from(number: i64) -> Self {
        Self::canonical(number < 0, &number.unsigned_abs().to_string(), 0)
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        Self::canonical(false, &number.to_string(), 0)
    }
}

impl Number {
    fn canonical(negative: bool, digits: &str, exponent: i64) -> Self {
        let digits = digits.trim_start_matches('0');
        let significant = digits.trim_end_matches('0');
        if significant.is_empty() {
            return Self { negative: false, digits: Box::default(), exponent: 0 };
        }
        let dropped = i64::try_from(digits.len() - significant.len()).unwrap_or(i64::MAX);
        Self { negative, digits: significant.into(), exponent: exponent.saturating_add(dropped) }
    }
}

impl FromStr for Number {
    type Err = NumberError;

    /// Reads `-12.5e3` and its like: what JSON and Terraform's wire allow, and a leading `+`.
    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (negative, unsigned) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && fraction.is_empty() || !all_digits(whole) || !all_digits(fraction) {
            return Err(NumberError::Malformed);
        }
        let scale = i64::try_from(fraction.len()).map_err(|_| NumberError::TooLarge)?;
        let number = Self::canonical(negative, &format!("{whole}{fraction}"), exponent.saturating_sub(scale));
        let in_range = number.digits.len() <= MOST_DIGITS && number.magnitude().abs() <= MOST_EXPONENT;
        if in_range { Ok(number) } else { Err(NumberError::TooLarge) }
    }
}

fn read_exponent(text: &str) -> Result<i64, NumberError> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    text.strip_prefix('+').unwrap_or(text).parse().map_err(|_| NumberError::TooLarge)
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| i8::from(!number.digits.is_empty()) * if number.negative { -1 } else { 1 };
        let by_size = || self.magnitude().cmp(&other.magnitude()).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { by_size().reverse() } else { by_size() })
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    /// Writes plain decimal text up to forty digits, and an exponent beyond.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.digits.is_empty() {
            return formatter.write_str("0");
        }
        let sign = if self.negative { "-" } else { "" };
        let magnitude = self.magnitude();
        match (self.exponent, magnitude) {
            (0..=40, _) => {
                let zeros = "0".repeat(usize::try_from(self.exponent).unwrap_or(0));
                write!(formatter, "{sign}{}{zeros}", self.digits)
            }
            (_, 1..) if self.exponent < 0 => {
                let (whole, fraction) = self.digits.split_at(usize::try_from(magnitude).unwrap_or(0));
                write!(formatter, "{sign}{whole}.{fraction}")
            }
            (_, -40..=0) => {
                let zeros = "0".repeat(usize::try_from(-magnitude).unwrap_or(0));
                write!(formatter, "{sign}0.{zeros}{}", self.digits)
            }
            _ => write!(formatter, "{sign}{}e{}", self.digits, self.exponent),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        for (one, other) in [("1", "1.0"), ("1e3", "1000"), ("0.10", "1E-1"), ("-0", "0"), ("100e-2", "1"), ("+5", "5")]
        {
            assert_eq!(number(one), number(other), "{one} and {other}");
        }
        assert_ne!(number("0.1"), number("0.10000000000000000001"));
    }

    #[test]
    fn text_survives() {
        for text in ["0", "-1", "0.1", "9007199254740993", "0.12345678901234567890123", "18446744073709551615", "1e300"]
        {
            assert_eq!(number(text).to_string().parse::<Number>().unwrap(), number(text), "{text}");
        }
        assert_eq!(number("1e30").to_string(), format!("1{}", "0".repeat(30)));
        assert_eq!(number("-12.50").to_string(), "-12.5");
        assert_eq!(number("0.00120").to_string(), "0.0012");
    }

    #[test]
    fn order_is_by_value() {
        let sorted = ["-1e9", "-2", "-1.5", "0", "0.001", "0.1", "1", "2", "10", "1e9"].map(number);
        assert!(sorted.is_sorted());
    }

    #[test]
    fn only_numbers_are_read() {
        for text in ["", "-", ".", "1e", "e5", "0x10", "1_000", "NaN", "Infinity", " 1", "1 ", "1.2.3", "--1"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::Malformed), "{text}");
        }
        for text in ["1e999999999", "1e-999999999", "1e99999999999999999999"] {
            assert_eq!(text.parse::<Number>(), Err(NumberError::TooLarge), "{text}");
        }
        assert_eq!("9".repeat(801).parse::<Number>(), Err(NumberError::TooLarge));
    }

    #[test]
    fn whole_numbers_of_64_bits_are_told_apart() {
        assert_eq!(number("9223372036854775807").as_i64(), Some(i64::MAX));
        assert_eq!(number("-9223372036854775808").as_i64(), Some(i64::MIN));
        assert_eq!(number("9223372036854775808").as_i64(), None);
        assert_eq!(number("18446744073709551615").as_u64(), Some(u64::MAX));
        assert_eq!(number("1.5").as_i64(), None);
        assert_eq!(number("3e2").as_i64(), Some(300));
    }

    #[test]
    fn binary_floating_point_is_read_to_the_last_digit() {
        assert_eq!(Number::from_f64(0.5), Some(number("0.5")));
        assert_eq!(Number::from_f64(-0.0), Some(number("0")));
        assert_eq!(Number::from_f64(2f64.powi(-50)), Some(number("8.8817841970012523233890533447265625e-16")));
        for extreme in [f64::MIN_POSITIVE, 5e-324, 1.0 + f64::EPSILON, f64::MAX, 0.1] {
            assert_eq!(Number::from_f64(extreme).unwrap().as_f64(), Some(extreme), "{extreme:e}");
        }
        assert_eq!(number("0.1").as_f64(), None, "no binary number is one tenth");
        assert_eq!(number("0.25").as_f64(), Some(0.25));
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::INFINITY), None);
    }
}
