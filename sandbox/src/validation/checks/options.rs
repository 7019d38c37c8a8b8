//! The further options of a LiteLLM key, given as the text of a JSON object.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::super::issue::{Issue, Segment};

const MOST_KEYS: usize = 55;
const FORBIDDEN: [&str; 3] = ["allowed_routes", "permission", "object_permission"];
const RESERVED: [&str; 9] = [
    "key_alias",
    "auto_rotate",
    "rotation_interval",
    "duration",
    "send_invite_email",
    "key_type",
    "user_id",
    "team_id",
    "models",
];

/// Reports what is wrong with the options; an empty text stands for none.
pub(super) fn check(text: &str, path: &[Segment], issues: &mut Vec<Issue>) {
    if text.is_empty() {
        return;
    }
    let Ok(Keys(keys)) = serde_json::from_str(text) else {
        issues.push(Issue::custom(path, "Additional options must be the text of a JSON object"));
        return;
    };
    if keys.len() > MOST_KEYS {
        issues.push(Issue::custom(path, format!("Additional options can have at most {MOST_KEYS} keys")));
    }
    for (names, what) in [(FORBIDDEN.as_slice(), "not allowed"), (RESERVED.as_slice(), "set by other fields")] {
        let found: Vec<&str> = names.iter().copied().filter(|name| keys.contains(name.as_bytes())).collect();
        if !found.is_empty() {
            issues.push(Issue::custom(path, format!("Additional options that are {what}: {}", found.join(", "))));
        }
    }
}

/// The keys of an object. What they hold is only checked to be JSON, at any depth.
struct Keys(BTreeSet<Vec<u8>>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Keys;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Keys, A::Error> {
                let mut keys = BTreeSet::new();
                while let Some((Key(key), IgnoredAny)) = access.next_entry()? {
                    keys.insert(key);
                }
                Ok(Keys(keys))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

/// A key as bytes: JavaScript allows half a surrogate pair in it, a Rust string doesn't.
struct Key(Vec<u8>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Key;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Key, E> {
                Ok(Key(bytes.to_vec()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
                self.visit_bytes(text.as_bytes())
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issues(text: &str) -> usize {
        let mut issues = Vec::new();
        check(text, &[], &mut issues);
        issues.len()
    }

    #[test]
    fn an_object_of_any_depth() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
        for good in [
            "",
            "{}",
            "{\"max_budget\": 5}",
            "{\"a\":{\"models\":1}}",
            "{\"\\ud800\":\"\\udc00\"}",
            "{\"a\":1e999}",
            &deep,
        ] {
            assert_eq!(issues(good), 0, "{good}");
        }
        for bad in [
            "x",
            "[]",
            "1",
            "null",
            "{a:1}",
            "{\"a\":01}",
            "{\"a\":1,}",
            "{\"a\":\"\t\"}",
            "{\"a\":NaN}",
            "{} {}",
            "\u{200b}{}",
        ] {
            assert_eq!(issues(bad), 1, "{bad}");
        }
    }

    #[test]
    fn reserved_keys_are_found_after_unescaping_and_counted_once() {
        assert_eq!(issues("{\"\\u0070ermission\":1,\"models\":[]}"), 2);
        let keys = |count: usize| (0..count).map(|index| format!("\"k{index}\":1")).collect::<Vec<_>>().join(",");
        assert_eq!(issues(&format!("{{{},\"k0\":2}}", keys(55))), 0);
        assert_eq!(issues(&format!("{{{}}}", keys(56))), 1);
    }
}
