//! Text from elsewhere, made fit for a message to the user.

use std::borrow::Cow;

/// The longest text that is shown, in bytes.
const LONGEST: usize = 2 * 1024;

/// The names between brackets that command lines take for colours and styles.
const STYLES: [&str; 16] = [
    "default",
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bold",
    "dim",
    "underline",
    "invert",
    "hidden",
    "reset",
    "reset_bold",
];

/// Cleans text that a server or a third party wrote: no control sequences and characters but line breaks and tabs, none
/// that reverse the direction of writing, no tokens that a command line takes for colours, bounded length.
pub fn clean(text: &str) -> String {
    clean_within(text, LONGEST)
}

/// Cleans text as [`clean`] does, to at most `longest` bytes.
pub fn clean_within(text: &str, longest: usize) -> String {
    let mut cleaned = String::with_capacity(text.len().min(longest));
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (shown, after) = if let Some(after) = after_control_sequence(rest) {
            (Cow::Borrowed(""), after)
        } else if let Some((style, after)) = style(rest) {
            (Cow::Owned(format!("({style})")), after)
        } else {
            let (shown, after) = rest.split_at(character.len_utf8());
            (Cow::Borrowed(if is_printable(character) { shown } else { "" }), after)
        };
        if cleaned.len() + shown.len() > longest - '…'.len_utf8() {
            cleaned.push('…');
            break;
        }
        cleaned.push_str(&shown);
        rest = after;
    }
    cleaned
}

fn is_printable(character: char) -> bool {
    let reverses = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    matches!(character, '\n' | '\t') || !character.is_control() && !reverses
}

/// What follows the terminal's control sequence that `text` begins with, if it begins with one.
fn after_control_sequence(text: &str) -> Option<&str> {
    let body = text.strip_prefix('\u{1b}')?;
    if let Some(parameters) = body.strip_prefix('[') {
        // Parameters, then one final character.
        let after = parameters.trim_start_matches(|character| matches!(character, ' '..='?'));
        return Some(after.strip_prefix(|character| matches!(character, '@'..='~')).unwrap_or(after));
    }
    if let Some(command) = body.strip_prefix([']', 'P', '_', '^', 'X']) {
        // Text up to a bell or the string terminator; unfinished, it swallows nothing.
        let end = command.find(['\u{7}', '\u{1b}', '\u{9c}', '\n'])?;
        let after = &command[end..];
        return Some(
            after.strip_prefix("\u{1b}\\").or_else(|| after.strip_prefix(['\u{7}', '\u{9c}'])).unwrap_or(after),
        );
    }
    None
}

/// The name of the style token that `text` begins with, and what follows it. It is shown in other brackets, for what
/// looks like a colour may be part of the message.
fn style(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('[')?.split_once(']')?;
    let colour = name.trim_matches('_');
    let colour = colour.strip_prefix("light_").or_else(|| colour.strip_prefix("dark_")).unwrap_or(colour);
    (STYLES.contains(&colour) || matches!(colour, "gray" | "blink_slow" | "blink_fast")).then_some((name, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["", "Bad request: `name` is taken.", "a\n\tb", "grüße 日本", "[WARN] [reds] [] [", "items[0]"]
        {
            assert_eq!(clean(text), text);
        }
    }

    #[test]
    fn terminals_are_not_steered() {
        let cases = [
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[1;31;4mred", "red"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;http://x\u{1b}\\link", "link"),
            ("\u{1b}]unfinished", "]unfinished"),
            ("\u{1b}[", ""),
            ("a\u{0}b\rc\u{8}d\u{7f}e\u{9b}31mf", "abcde31mf"),
            ("abc\u{202e}fed", "abcfed"),
        ];
        for (text, expected) in cases {
            assert_eq!(clean(text), expected, "{text:?}");
        }
    }

    #[test]
    fn style_tokens_lose_their_meaning() {
        assert_eq!(clean("[red]a[reset] [light_blue] [_white_] [bold]"), "(red)a(reset) (light_blue) (_white_) (bold)");
        assert_eq!(clean("[[red]red]"), "[(red)red]");
    }

    #[test]
    fn length_is_bounded() {
        for character in ["x", "ü", "日"] {
            let cleaned = clean(&character.repeat(10_000));
            assert!(cleaned.len() <= LONGEST && cleaned.len() > LONGEST - 8, "{}", cleaned.len());
            assert!(cleaned.ends_with('…'));
        }
        let just = "x".repeat(LONGEST);
        assert!(clean(&just).len() <= LONGEST);
    }

    proptest! {
        #[test]
        fn cleaning_is_done_once(text in any::<String>()) {
            let cleaned = clean(&text);
            prop_assert!(cleaned.len() <= LONGEST);
            prop_assert_eq!(clean(&cleaned), cleaned);
        }
    }
}
