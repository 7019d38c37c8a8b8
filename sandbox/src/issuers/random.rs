//! Unpredictable texts over given alphabets.

use ring::rand::{SecureRandom as _, SystemRandom};

use super::ThirdPartyError;

pub(super) const ALPHANUMERIC: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub(super) const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const DIGITS: &str = "0123456789";
pub(super) const HEX: &str = "0123456789abcdef";
pub(super) const URL_SAFE: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Returns `count` random bytes.
pub(super) fn bytes(count: usize) -> Result<Vec<u8>, ThirdPartyError> {
    let mut bytes = vec![0; count];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| ThirdPartyError::Other("the system has no random numbers".to_owned()))?;
    Ok(bytes)
}

/// Returns a text of `length` characters, each drawn evenly from `alphabet`.
pub(super) fn text(alphabet: &str, length: usize) -> Result<String, ThirdPartyError> {
    let symbols: Vec<char> = alphabet.chars().collect();
    (0..length).map(|_| Ok(symbols.get(below(symbols.len())?).copied().unwrap_or_default())).collect()
}

/// Returns a number below `bound`, each equally likely; 0 for a bound of 0.
pub(super) fn below(bound: usize) -> Result<usize, ThirdPartyError> {
    let bound = bound.max(1) as u64;
    // The last, incomplete stretch of the range would favour small numbers: draw again.
    let fair = u64::MAX - u64::MAX % bound;
    loop {
        let drawn = bytes(8)?.into_iter().fold(0_u64, |number, byte| number << 8 | u64::from(byte));
        if drawn < fair {
            return Ok(usize::try_from(drawn % bound).unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_use_their_alphabet_and_differ() {
        let one = text(HEX, 64).unwrap();
        assert_eq!(one.len(), 64);
        assert!(one.chars().all(|symbol| HEX.contains(symbol)));
        assert_ne!(one, text(HEX, 64).unwrap());
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        assert!((0..200).all(|_| below(3).unwrap() < 3));
        assert_eq!(below(1).unwrap(), 0);
    }
}
