//! Guesses which of the known values was meant.

use super::trim;

/// Finds the known value that differs from the given one in case or white space, or else in a few letters.
pub(super) fn closest(values: impl Iterator<Item = &'static str> + Clone, given: &str) -> Option<&'static str> {
    let given = trim(given).to_lowercase();
    // A longer text can't be a slip of the pen, and the distance takes time that grows with it.
    let most = values.clone().map(str::len).max()? + 3;
    if given.is_empty() || given.len() > most {
        return None;
    }
    let (distance, value) = values.map(|value| (distance(&value.to_lowercase(), &given), value)).min()?;
    (distance <= 1 + value.len() / 5).then_some(value)
}

/// The least number of letters to insert, delete or replace that turns one text into the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (position, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = position + 1;
        for (index, candidate) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *candidate);
            diagonal = row[index + 1];
            row[index + 1] = replaced.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let values = ["object-read", "object-read-write", "eu", "default", "permissionScope"];
        for (given, meant) in [
            ("Object-Read ", Some("object-read")),
            ("object_read_write", Some("object-read-write")),
            ("EU", Some("eu")),
            ("defualt", Some("default")),
            ("permission_scope", Some("permissionScope")),
            ("fedramp", None),
            ("", None),
        ] {
            assert_eq!(closest(values.into_iter(), given), meant, "{given}");
        }
        assert_eq!(closest(values.into_iter(), &"object-read".repeat(1000)), None);
    }
}
