//! Judges single values by the vocabulary's rules, and says in words what is wrong.
//!
//! Works on plain texts and numbers. Which value stands where, what is unknown and how a user is told is the business
//! of `provider::rotation::validate`.

mod complaint;
mod forms;
mod json_object;
mod suggestion;
mod template;

use super::table::{Form, List, Number, Object, Text, Trim};

pub use complaint::Complaint;
pub use forms::is_uuid;

/// Judges a text: its length, then its forms. Several complaints may be true at once.
pub fn text(rules: &Text, value: &str) -> Vec<Complaint> {
    let value = stripped(rules, value);
    let units = length(value);
    if units < rules.min {
        return vec![if units == 0 { Complaint::Blank } else { Complaint::TooShort { min: rules.min, units } }];
    }
    // Which length counts is not known for a text with white space at its ends, so its limit is no more than advice.
    let is_certain = rules.trim != Trim::Unconfirmed || trim(value) == value;
    let exceeded = |max: Option<usize>| max.filter(|max| units > *max);
    let too_long = match exceeded(rules.max) {
        Some(max) if is_certain => Some(Complaint::TooLong { max, units }),
        advised => advised.or(exceeded(rules.advised_max)).map(|max| Complaint::LongerThanAdvised { max, units }),
    };
    // Where it is not known whether white space counts, a form may hold for either reading.
    let judged = |form| {
        forms::judge(form, value)
            .or_else(|complaint| if is_certain { Err(complaint) } else { forms::judge(form, trim(value)) })
    };
    too_long.into_iter().chain(rules.forms.iter().filter_map(|form| judged(form).err())).collect()
}

/// Judges a choice. Nothing is trimmed, case counts.
pub fn choice(values: &'static [&'static str], value: &str) -> Option<Complaint> {
    let known = values.contains(&value);
    (!known).then(|| Complaint::NotAmong { values, meant: suggestion::closest(values.iter().copied(), value) })
}

/// Judges the name of an object's member.
pub fn member(object: &Object, name: &str) -> Option<Complaint> {
    let names = object.fields.iter().map(|field| field.name);
    let known = object.open || names.clone().any(|known| known == name);
    (!known).then(|| Complaint::NotDescribed { meant: suggestion::closest(names, name) })
}

/// Judges a choice among whole numbers.
pub fn number_choice(values: &'static [i64], value: Option<i64>) -> Option<Complaint> {
    (!value.is_some_and(|value| values.contains(&value))).then_some(Complaint::NotAmongNumbers { values })
}

/// Judges a number, given as the 64-bit float that the server will see, and whether it was written without a fraction.
pub fn number(rules: &Number, value: f64, is_whole: bool) -> Option<Complaint> {
    let within = value.is_finite()
        && rules.min.is_none_or(|min| value >= min)
        && rules.above.is_none_or(|above| value > above)
        && rules.max.is_none_or(|max| value <= max);
    (!within || (rules.whole && !is_whole)).then_some(Complaint::OutOfRange { limits: *rules })
}

/// Judges the number of a list's elements.
pub fn list_length(rules: &List, elements: usize) -> Option<Complaint> {
    let within = elements >= rules.min && rules.max.is_none_or(|max| elements <= max);
    (!within).then_some(Complaint::ListLength { min: rules.min, max: rules.max, elements })
}

/// The text as the server stores it.
pub fn stored_text<'a>(rules: &Text, value: &'a str) -> &'a str {
    let value = stripped(rules, value);
    if rules.forms.contains(&Form::FolderPath) { forms::without_trailing_slash(value) } else { value }
}

fn stripped<'a>(rules: &Text, value: &'a str) -> &'a str {
    if rules.trim == Trim::Stripped { trim(value) } else { value }
}

/// Strips the white space that JavaScript's `trim` strips.
///
/// Rust's own idea of white space differs in two characters: it includes U+0085 and excludes U+FEFF.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|character: char| character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}'))
}

/// The length as JavaScript counts it, in UTF-16 units.
pub fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::table::TEXT;

    #[test]
    fn trimming_is_that_of_javascript() {
        let stripped = "\t\n\u{b}\u{c}\r \u{a0}\u{1680}\u{2000}\u{2001}\u{2002}\u{2003}\u{2004}\u{2005}\u{2006}\
                        \u{2007}\u{2008}\u{2009}\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";
        assert_eq!(trim(&format!("{stripped}a b{stripped}")), "a b");
        for kept in ['\u{85}', '\u{200b}', '\u{2060}', '\u{180e}', '\u{1f}', '\u{200e}', '\u{ad}'] {
            let text = format!("{kept}a{kept}");
            assert_eq!(trim(&text), text, "{kept:?} stays");
        }
    }

    #[test]
    fn lengths_count_utf16_units_after_trimming() {
        let rules = TEXT.max(4);
        assert!(text(&rules, " \u{1f600}\u{1f600} ").is_empty());
        assert_eq!(text(&rules, "\u{1f600}\u{1f600}a"), [Complaint::TooLong { max: 4, units: 5 }]);
        assert_eq!(text(&rules, " \u{feff} "), [Complaint::Blank]);
        assert!(text(&rules.blank(), " ").is_empty());
        assert_eq!(text(&rules.untrimmed(), " abcd"), [Complaint::TooLong { max: 4, units: 5 }]);
    }

    #[test]
    fn doubtful_limits_are_advice() {
        let rules = TEXT.trim_unconfirmed().max(4);
        assert_eq!(text(&rules, "abcde"), [Complaint::TooLong { max: 4, units: 5 }]);
        assert_eq!(text(&rules, " abcd"), [Complaint::LongerThanAdvised { max: 4, units: 5 }]);
        assert!(text(&rules, " ").is_empty());
        assert_eq!(text(&rules, ""), [Complaint::Blank]);
        assert!(text(&rules.forms(&[Form::Slug]), " ab ").is_empty());
        assert_eq!(text(&rules.forms(&[Form::Slug]), " A ").len(), 1);
        assert_eq!(text(&TEXT.advised_max(4), "abcde"), [Complaint::LongerThanAdvised { max: 4, units: 5 }]);
        assert!(Complaint::LongerThanAdvised { max: 4, units: 5 }.is_warning());
    }

    #[test]
    fn a_choice_in_another_spelling_is_recognised_but_not_accepted() {
        assert_eq!(choice(&["zones", "account"], "zones"), None);
        let complaint = choice(&["zones", "account"], " Zones").unwrap();
        assert_eq!(complaint.to_string(), "must be `zones` or `account`, spelt exactly so; did you mean `zones`?");
    }

    #[test]
    fn limits_of_numbers_are_inclusive_unless_they_must_be_exceeded() {
        let days = Number::ANY.min(1.0).max(30.0).whole();
        assert_eq!(number(&days, 1.0, true), None);
        assert_eq!(number(&days, 30.0, true), None);
        assert!(number(&days, 0.0, true).is_some());
        assert!(number(&days, 31.0, true).is_some());
        assert!(number(&days, 1.5, false).is_some());
        assert!(number(&Number::ANY.above(0.0), 0.0, true).is_some());
        assert_eq!(number(&Number::ANY.above(0.0), 5e-324, false), None);
    }
}
