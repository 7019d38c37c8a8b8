//! What JavaScript means by white space, by the length of a text and by a number: the server is written in it, so
//! its bodies are judged and printed that way.

use serde_json::{Number, Value};

/// Removes what `String.prototype.trim` removes from both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Counts UTF-16 units, as `String.prototype.length` does.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Reads a JSON number as the 64-bit float that JavaScript makes of it.
pub(super) fn float(number: &Number) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

/// Prints a float as `JSON.stringify` does: shortest digits, no fraction where there is none, null where it is not
/// finite.
pub(super) fn number(value: f64) -> Value {
    if !value.is_finite() {
        return Value::Null;
    }
    digits(value).parse::<Number>().map_or(Value::Null, Value::Number)
}

/// Converts a value as the function `Number` does; `None` stands for an absent value.
pub(super) fn coerce(value: Option<&Value>) -> f64 {
    match value {
        None | Some(Value::Object(_)) => f64::NAN,
        Some(Value::Null | Value::Bool(false)) => 0.0,
        Some(Value::Bool(true)) => 1.0,
        Some(Value::Number(number)) => float(number),
        Some(Value::String(text)) => parse(text),
        Some(Value::Array(items)) => match items.as_slice() {
            [] | [Value::Null] => 0.0,
            [Value::Bool(_)] => f64::NAN,
            [only] => coerce(Some(only)),
            _ => f64::NAN,
        },
    }
}

/// Reads the leading whole number of a text as `parseInt(text, 10)` does: white space and a sign may stand before
/// it, anything may follow.
pub(super) fn parse_int(text: &str) -> Option<f64> {
    let text = text.trim_start_matches(is_space);
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse::<f64>().ok().map(|value| sign * value)
}

pub(super) fn is_space(character: char) -> bool {
    matches!(
        character,
        '\u{9}'..='\u{d}'
            | ' '
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
            | '\u{feff}'
    )
}

fn parse(text: &str) -> f64 {
    let text = trim(text);
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(rest) = text.get(..2).filter(|start| start.eq_ignore_ascii_case(prefix)).and(text.get(2..)) {
            let digits: Option<Vec<u32>> = rest.chars().map(|digit| digit.to_digit(radix)).collect();
            return match digits {
                Some(digits) if !digits.is_empty() => {
                    digits.into_iter().fold(0.0, |sum, digit| sum * f64::from(radix) + f64::from(digit))
                }
                _ => f64::NAN,
            };
        }
    }
    match text.strip_prefix(['+', '-']).unwrap_or(text) {
        "Infinity" => {}
        // Rust also reads "inf" and "nan", in any case; JavaScript reads neither.
        rest if rest.starts_with(|first: char| first.is_ascii_digit() || first == '.') => {}
        _ => return f64::NAN,
    }
    text.parse().unwrap_or(f64::NAN)
}

/// Takes the shortest digits that name the float from `serde_json`, whose choice among equally short ones is
/// JavaScript's (Rust's own is not), and sets them as JavaScript does.
fn digits(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let printed = Value::from(value.abs()).to_string();
    let sign = if value < 0.0 { "-" } else { "" };
    let (mantissa, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches('0');
    let size = |text: &str| i32::try_from(text.len()).unwrap_or(i32::MAX);
    let point = size(whole) - (size(&all) - size(significant)) + exponent.parse::<i32>().unwrap_or_default();
    let exponent = point - 1;
    let digits = significant.trim_end_matches('0');
    let count = size(digits);
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let split = usize::try_from(point).unwrap_or_default();
    match point {
        _ if count <= point && point <= 21 => format!("{sign}{digits}{}", zeros(point - count)),
        1..=21 => format!("{sign}{}.{}", &digits[..split], &digits[split..]),
        -5..=0 => format!("{sign}0.{}{digits}", zeros(-point)),
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let plus = if exponent < 0 { "-" } else { "+" };
            format!("{sign}{first}{dot}{rest}e{plus}{}", exponent.abs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn trims_what_javascript_trims() {
        for removed in ["\u{feff}", "\u{a0}", "\u{1680}", "\u{2000}", "\u{200a}", "\u{2028}", "\u{2029}", "\u{202f}"] {
            assert_eq!(trim(&format!("{removed}a{removed}")), "a", "{removed:?}");
        }
        for kept in ["\u{85}", "\u{200b}", "\u{2060}", "\u{180e}", "\u{1f}"] {
            assert_eq!(trim(kept), kept, "{kept:?}");
        }
    }

    #[test]
    fn prints_numbers_as_javascript_does() {
        for (value, printed) in [
            (0.0, "0"),
            (-0.0, "0"),
            (30.0, "30"),
            (-7.25, "-7.25"),
            (0.000_001, "0.000001"),
            (0.000_000_1, "1e-7"),
            (1.5e-7, "1.5e-7"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (3_160_031_252_512_365.0 / 4.0, "790007813128091.2"),
            (1e-5, "0.00001"),
        ] {
            assert_eq!(number(value).to_string(), printed);
        }
        assert_eq!(number(f64::INFINITY), Value::Null);
    }

    #[test]
    fn coerces_as_the_number_function_does() {
        for (value, expected) in [
            (json!("30"), 30.0),
            (json!(" 1e3\n"), 1000.0),
            (json!(""), 0.0),
            (json!("0x1F"), 31.0),
            (json!("-Infinity"), f64::NEG_INFINITY),
            (json!(".5"), 0.5),
            (json!(true), 1.0),
            (json!(null), 0.0),
            (json!([]), 0.0),
            (json!(["7"]), 7.0),
        ] {
            assert_eq!(coerce(Some(&value)).to_bits(), expected.to_bits(), "{value}");
        }
        for value in [
            json!("inf"),
            json!("NaN"),
            json!("1_000"),
            json!("0x"),
            json!("5 days"),
            json!({}),
            json!([1, 2]),
            json!([true]),
        ] {
            assert!(coerce(Some(&value)).is_nan(), "{value}");
        }
        assert!(coerce(None).is_nan());
    }

    #[test]
    fn reads_the_leading_whole_number() {
        assert_eq!(parse_int(" +8abc"), Some(8.0));
        assert_eq!(parse_int("-0"), Some(0.0));
        assert_eq!(parse_int("1e1"), Some(1.0));
        assert_eq!(parse_int("abc"), None);
        assert_eq!(parse_int("- 1"), None);
    }
}
