//! Recognises the text of a JSON object, as JavaScript's parser does: any depth, keys compared after unescaping.

use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;

use super::Complaint;

/// Judges a text that is blank or a JSON object.
pub(super) fn judge(text: &str, max_keys: usize, refused: &'static [&'static str]) -> Result<(), Complaint> {
    if text.is_empty() {
        return Ok(());
    }
    let keys = top_level_keys(text).ok_or(Complaint::NotAJsonObject)?;
    if let Some(key) = refused.iter().find(|refused| keys.contains(**refused)) {
        return Err(Complaint::RefusedKey { key });
    }
    if keys.len() > max_keys { Err(Complaint::TooManyKeys { max: max_keys, keys: keys.len() }) } else { Ok(()) }
}

/// The keys of the object that the text is; none if it is no JSON object. A key that holds half of a surrogate pair is
/// kept with a replacement character: only its being there and its not being another key matter.
fn top_level_keys(text: &str) -> Option<BTreeSet<String>> {
    let mut reader = Reader { rest: text.chars().peekable() };
    let mut keys = BTreeSet::new();
    reader.skip_space();
    if reader.rest.peek() != Some(&'{') {
        return None;
    }
    // The brackets that are still open: nesting is limited by the text alone, so the call stack must not hold it.
    let mut open: Vec<char> = Vec::new();
    loop {
        // Here a value begins.
        reader.skip_space();
        let closed = match reader.rest.peek()? {
            '{' | '[' => {
                let bracket = reader.rest.next()?;
                reader.skip_space();
                let is_empty = reader.rest.next_if_eq(&closing(bracket)).is_some();
                if !is_empty {
                    open.push(bracket);
                    reader.key_if_in_object(&open, &mut keys)?;
                }
                is_empty
            }
            _ => {
                reader.scalar()?;
                true
            }
        };
        if !closed {
            continue;
        }
        // Here a value has ended: close what ends with it, then go on to the next one.
        loop {
            reader.skip_space();
            let Some(bracket) = open.last() else { return reader.rest.next().is_none().then_some(keys) };
            let next = reader.rest.next()?;
            if next == closing(*bracket) {
                open.pop();
            } else if next == ',' {
                reader.key_if_in_object(&open, &mut keys)?;
                break;
            } else {
                return None;
            }
        }
    }
}

fn closing(bracket: char) -> char {
    if bracket == '{' { '}' } else { ']' }
}

struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|character| matches!(character, ' ' | '\t' | '\n' | '\r')).is_some() {}
    }

    /// Reads `"key":` if the innermost bracket is an object's, and keeps the key if it is the outermost one.
    fn key_if_in_object(&mut self, open: &[char], keys: &mut BTreeSet<String>) -> Option<()> {
        if open.last() != Some(&'{') {
            return Some(());
        }
        self.skip_space();
        let key = self.string()?;
        if open.len() == 1 {
            keys.insert(key);
        }
        self.skip_space();
        self.rest.next_if_eq(&':').map(|_| ())
    }

    fn scalar(&mut self) -> Option<()> {
        match self.rest.peek()? {
            '"' => self.string().map(|_| ()),
            't' => self.word("true"),
            'f' => self.word("false"),
            'n' => self.word("null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &str) -> Option<()> {
        word.chars().all(|expected| self.rest.next_if_eq(&expected).is_some()).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.rest.next_if_eq(&'-');
        if self.rest.next_if_eq(&'0').is_none() {
            self.digits()?;
        }
        if self.rest.next_if_eq(&'.').is_some() {
            self.digits()?;
        }
        if self.rest.next_if(|character| matches!(character, 'e' | 'E')).is_some() {
            self.rest.next_if(|character| matches!(character, '+' | '-'));
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        self.rest.next_if(char::is_ascii_digit)?;
        while self.rest.next_if(char::is_ascii_digit).is_some() {}
        Some(())
    }

    fn string(&mut self) -> Option<String> {
        self.rest.next_if_eq(&'"')?;
        let mut units = Vec::new();
        loop {
            match self.rest.next()? {
                '"' => return Some(String::from_utf16_lossy(&units)),
                '\\' => units.push(self.escape()?),
                '\0'..='\u{1f}' => return None,
                character => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
            }
        }
    }

    fn escape(&mut self) -> Option<u16> {
        Some(match self.rest.next()? {
            'b' => 0x08,
            't' => 0x09,
            'n' => 0x0a,
            'f' => 0x0c,
            'r' => 0x0d,
            'u' => {
                let mut unit = 0;
                for _ in 0..4 {
                    unit = unit << 4 | u16::try_from(self.rest.next()?.to_digit(16)?).ok()?;
                }
                unit
            }
            character @ ('"' | '\\' | '/') => u16::try_from(u32::from(character)).ok()?,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Option<Vec<String>> {
        top_level_keys(text).map(|keys| keys.into_iter().collect())
    }

    #[test]
    fn only_objects_are_objects() {
        for text in [
            "{}",
            " { } ",
            r#"{"a":1}"#,
            r#"{"a":[],"b":{"c":[1,{"d":null}]},"e":-0.5e+7}"#,
            r#"{"a":"\ud800"}"#,
            "{\"a\":\"\u{2028}\"}",
        ] {
            assert!(keys(text).is_some(), "{text}");
        }
        for text in [
            "x",
            "[]",
            "1",
            "null",
            "\"{}\"",
            "{",
            "{}}",
            "{a:1}",
            "{'a':1}",
            r#"{"a":1,}"#,
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":.5}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\x"}"#,
            "{\"a\":\"\t\"}",
            "{} // c",
            r#"{"a":[1,]}"#,
            r#"{"a":[1}"#,
            r#"{"a":tru}"#,
            "\u{a0}{}",
            "{}{}",
        ] {
            assert!(keys(text).is_none(), "{text}");
        }
    }

    #[test]
    fn depth_is_no_limit() {
        let depth = 100_000;
        let text = format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(keys(&text).unwrap(), ["a"]);
    }

    #[test]
    fn keys_are_those_of_the_outermost_object_unescaped_and_counted_once() {
        assert_eq!(keys(r#"{"\u0061":1,"a":2,"b":{"c":1}}"#).unwrap(), ["a", "b"]);
        assert_eq!(
            judge(r#"{"\u0070ermission":1}"#, 5, &["permission"]),
            Err(Complaint::RefusedKey { key: "permission" })
        );
        assert_eq!(judge(r#"{"a":{"permission":1}}"#, 5, &["permission"]), Ok(()));
        assert_eq!(judge(r#"{"a":1,"b":1}"#, 1, &[]), Err(Complaint::TooManyKeys { max: 1, keys: 2 }));
        assert_eq!(judge("", 1, &[]), Ok(()));
    }
}
