//! What a refined unknown promises about the value that it becomes.

use super::msgpack::{Item, Reader};
use super::{Number, Refinement, Value};

/// Is what is promised about an unknown value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promise {
    /// Whether it becomes null: certainly, certainly not, or perhaps.
    pub null: Option<bool>,
    /// The text that it begins with.
    pub prefix: Option<String>,
    /// The least number that it becomes, and whether this very number is allowed.
    pub lower: Option<(Number, bool)>,
    /// The greatest number that it becomes, and whether this very number is allowed.
    pub upper: Option<(Number, bool)>,
    /// The least length of the collection that it becomes.
    pub shortest: Option<Number>,
    /// The greatest length of the collection that it becomes.
    pub longest: Option<Number>,
}

impl Promise {
    /// Reads the payload of a refined unknown. What is not understood promises nothing.
    pub fn read(refinement: &Refinement) -> Self {
        let mut promise = Self::default();
        if let Some(payload) = &refinement.0 {
            // A payload that breaks off has promised what came before.
            let _complete = promise.fill(&mut Reader::new(payload));
        }
        promise
    }

    /// Says how a value breaks the promise.
    pub fn broken_by(&self, value: &Value) -> Option<String> {
        let number = |length: usize| Number::from(u64::try_from(length).unwrap_or(u64::MAX));
        match value {
            Value::Unknown(_) => None,
            Value::Null => (self.null == Some(false)).then(|| "promised not to be null".to_owned()),
            _ if self.null == Some(true) => Some("promised to be null".to_owned()),
            Value::String(text) => {
                let prefix = self.prefix.as_ref().filter(|prefix| !text.starts_with(prefix.as_str()))?;
                Some(format!("promised to begin with {prefix:?}"))
            }
            Value::Number(actual) => {
                let below = self
                    .lower
                    .as_ref()
                    .is_some_and(|(bound, inclusive)| actual < bound || !inclusive && actual == bound);
                let above = self
                    .upper
                    .as_ref()
                    .is_some_and(|(bound, inclusive)| actual > bound || !inclusive && actual == bound);
                (below || above).then(|| "out of the promised range".to_owned())
            }
            Value::List(_) | Value::Set(_) | Value::Map(_) => {
                let length = number(value.parts().len());
                let short = self.shortest.as_ref().is_some_and(|bound| length < *bound);
                let long = self.longest.as_ref().is_some_and(|bound| length > *bound);
                (short || long).then(|| "out of the promised length".to_owned())
            }
            _ => None,
        }
    }

    fn fill(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let Item::Map(entries) = reader.item().ok()? else { return None };
        for _ in 0..entries {
            let Item::Number(key) = reader.item().ok()? else { return None };
            match (key.as_i64()?, reader.item().ok()?) {
                (1, Item::Bool(null)) => self.null = Some(null),
                (2, Item::Text(prefix)) => self.prefix = Some(prefix),
                (3, Item::Array(2)) => self.lower = Some(bound(reader)?),
                (4, Item::Array(2)) => self.upper = Some(bound(reader)?),
                (5, Item::Number(length)) => self.shortest = Some(length),
                (6, Item::Number(length)) => self.longest = Some(length),
                (_, Item::Array(_) | Item::Map(_)) => return None,
                _ => {}
            }
        }
        Some(())
    }
}

fn bound(reader: &mut Reader<'_>) -> Option<(Number, bool)> {
    let number = match reader.item().ok()? {
        Item::Number(number) => number,
        Item::Text(text) => text.parse().ok()?,
        _ => return None,
    };
    let Item::Bool(inclusive) = reader.item().ok()? else { return None };
    Some((number, inclusive))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn promise(payload: &'static [u8]) -> Promise {
        Promise::read(&Refinement(Some(Bytes::from_static(payload))))
    }

    #[test]
    fn each_promise_is_read_and_kept_or_broken() {
        let not_null = promise(&[0x81, 1, 0xc2]);
        assert!(not_null.broken_by(&Value::Null).is_some() && not_null.broken_by(&Value::from("x")).is_none());
        let null = promise(&[0x81, 1, 0xc3]);
        assert!(null.broken_by(&Value::from("x")).is_some() && null.broken_by(&Value::Null).is_none());
        let prefix = promise(&[0x82, 1, 0xc2, 2, 0xa2, b'i', b'-']);
        assert!(prefix.broken_by(&Value::from("x")).is_some() && prefix.broken_by(&Value::from("i-1")).is_none());
        let range = promise(&[0x82, 3, 0x92, 1, 0xc3, 4, 0x92, 5, 0xc2]);
        for (number, broken) in [(0, true), (1, false), (4, false), (5, true)] {
            assert_eq!(range.broken_by(&Value::from(number)).is_some(), broken, "{number}");
        }
        let lengths = promise(&[0x82, 5, 1, 6, 2]);
        for (length, broken) in [(0, true), (1, false), (2, false), (3, true)] {
            assert_eq!(lengths.broken_by(&Value::List(vec![Value::Null; length])).is_some(), broken, "{length}");
        }
        assert_eq!(promise(&[0x81, 9, 0xc2]), Promise::default());
    }
}
