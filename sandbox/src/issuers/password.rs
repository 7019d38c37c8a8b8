//! Generated passwords, by the `passwordRequirements` of a rotation.

use serde_json::Value;

use super::{ThirdPartyError, random};

const LOWERCASE: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPERCASE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DEFAULT_SYMBOLS: &str = "-_.~!*";

/// How long a password is and what it is made of. A class that need not occur is not used at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Requirements {
    length: usize,
    classes: Vec<(String, usize)>,
}

impl Requirements {
    /// Reads the requirements of a rotation's parameters, or the server's defaults for its kind.
    pub(super) fn of(kind: &str, parameters: &Value) -> Self {
        let default_length = if kind == "hp-ilo-local-account" { 39 } else { 48 };
        let Some(given) = parameters.get("passwordRequirements").filter(|given| given.is_object()) else {
            return Self::new(default_length, DEFAULT_SYMBOLS, [1, 1, 1, 0]);
        };
        let required = |class: &str| given.pointer(&format!("/required/{class}")).map_or(0, count);
        let symbols = given.get("allowedSymbols").and_then(Value::as_str).unwrap_or(DEFAULT_SYMBOLS);
        let length = given.get("length").map_or(default_length, count);
        Self::new(
            length,
            symbols,
            [required("lowercase"), required("uppercase"), required("digits"), required("symbols")],
        )
    }

    fn new(length: usize, symbols: &str, [lowercase, uppercase, digits, symbol_count]: [usize; 4]) -> Self {
        let classes =
            [(LOWERCASE, lowercase), (UPPERCASE, uppercase), (random::DIGITS, digits), (symbols, symbol_count)];
        let classes = classes.into_iter().filter(|(_, count)| *count > 0);
        Self { length, classes: classes.map(|(alphabet, count)| (alphabet.to_owned(), count)).collect() }
    }

    /// Generates a password that satisfies the requirements.
    pub(super) fn generate(&self) -> Result<String, ThirdPartyError> {
        let mut symbols = Vec::with_capacity(self.length);
        for (alphabet, count) in &self.classes {
            symbols.extend(random::text(alphabet, *count)?.chars());
        }
        let all: String = self.classes.iter().map(|(alphabet, _)| alphabet.as_str()).collect();
        let missing = self.length.saturating_sub(symbols.len());
        symbols.extend(random::text(&all, missing)?.chars());
        for last in (1..symbols.len()).rev() {
            symbols.swap(last, random::below(last + 1)?);
        }
        Ok(symbols.into_iter().collect())
    }
}

/// Reads a count that need not be whole: a part of a character needs a whole one.
fn count(number: &Value) -> usize {
    // The API bounds counts by the length, which is at most 250.
    let number = number.as_f64().unwrap_or_default().ceil().clamp(0.0, 250.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=250 just above")]
    let count = number as usize;
    count
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn counts(password: &str) -> [usize; 4] {
        let of = |class: fn(&char) -> bool| password.chars().filter(class).count();
        [
            of(char::is_ascii_lowercase),
            of(char::is_ascii_uppercase),
            of(char::is_ascii_digit),
            of(|symbol| !symbol.is_ascii_alphanumeric()),
        ]
    }

    #[test]
    fn defaults_are_48_letters_and_digits_without_symbols() {
        for _ in 0..50 {
            let password = Requirements::of("redis-credentials", &json!({})).generate().unwrap();
            let [lowercase, uppercase, digits, symbols] = counts(&password);
            assert_eq!(password.len(), 48);
            assert!(lowercase >= 1 && uppercase >= 1 && digits >= 1 && symbols == 0, "{password}");
        }
        assert_eq!(Requirements::of("hp-ilo-local-account", &json!({})).generate().unwrap().len(), 39);
    }

    #[test]
    fn only_required_classes_occur_and_each_as_often_as_asked() {
        let parameters = json!({ "passwordRequirements": {
            "length": 12,
            "required": { "lowercase": 0, "uppercase": 0, "digits": 5, "symbols": 4 },
            "allowedSymbols": "#%",
        } });
        for _ in 0..50 {
            let password = Requirements::of("redis-credentials", &parameters).generate().unwrap();
            let [lowercase, uppercase, digits, symbols] = counts(&password);
            assert_eq!((password.len(), lowercase, uppercase), (12, 0, 0));
            assert!(digits >= 5 && symbols >= 4, "{password}");
            assert!(password.chars().all(|symbol| symbol.is_ascii_digit() || "#%".contains(symbol)), "{password}");
        }
    }

    #[test]
    fn fractions_count_up() {
        let parameters = json!({ "passwordRequirements": {
            "length": 3.5,
            "required": { "lowercase": 1, "uppercase": 0, "digits": 0, "symbols": 0 },
        } });
        assert_eq!(Requirements::of("redis-credentials", &parameters).generate().unwrap().len(), 4);
    }
}
