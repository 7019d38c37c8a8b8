//! What an object or a map holds.

use std::fmt;
use std::slice;
use std::vec;

use super::{Name, Value};

/// The attributes of an object or the elements of a map: in the order of their names, each name once.
///
/// Objects come, are compared and go in this order, so most work walks through several of them side by side; that
/// makes a sorted row the fastest form.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Members {
    entries: Vec<(Name, Value)>,
}

impl Members {
    /// The members `entries`, unless one of their names is there twice: then that one.
    pub(super) fn distinct(mut entries: Vec<(Name, Value)>) -> Result<Self, Name> {
        if !are_in_order(&entries) {
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            let twice = entries.iter().zip(entries.iter().skip(1)).find(|((one, _), (next, _))| one == next);
            if let Some(((name, _), _)) = twice {
                return Err(name.clone());
            }
        }
        Ok(Self { entries })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether there is one of this name.
    pub fn contains_key(&self, name: &str) -> bool {
        self.place(name).is_ok()
    }

    /// The member of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.place(name).ok()?;
        self.entries.get(place).map(|(_, value)| value)
    }

    /// The member of this name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        let place = self.place(name).ok()?;
        self.entries.get_mut(place).map(|(_, value)| value)
    }

    /// Adds a member, or puts it in the place of the one that has its name.
    pub fn insert(&mut self, name: impl Into<Name> + AsRef<str>, value: Value) {
        match self.place(name.as_ref()) {
            Ok(place) => self.entries[place].1 = value,
            Err(place) => self.entries.insert(place, (name.into(), value)),
        }
    }

    /// The names.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Name> + Clone {
        self.entries.iter().map(|(name, _)| name)
    }

    /// The values.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &Value> + Clone {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The values, to be changed.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.entries.iter_mut().map(|(_, value)| value)
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_> {
        Iter(self.entries.iter())
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.entries.binary_search_by(|(known, _)| known.as_str().cmp(name))
    }
}

/// Whether each name comes after the one before it, so that none is there twice.
fn are_in_order(entries: &[(Name, Value)]) -> bool {
    entries.is_sorted_by(|(one, _), (next, _)| one < next)
}

/// All members in the order of their names.
#[derive(Clone, Debug)]
pub struct Iter<'a>(slice::Iter<'a, (Name, Value)>);

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a Name, &'a Value);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(name, value)| (name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<'a> IntoIterator for &'a Members {
    type Item = (&'a Name, &'a Value);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl IntoIterator for Members {
    type Item = (Name, Value);
    type IntoIter = vec::IntoIter<(Name, Value)>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

impl<N: Into<Name>> FromIterator<(N, Value)> for Members {
    /// Of several members of one name the last one counts.
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(entries: I) -> Self {
        let mut entries: Vec<(Name, Value)> = entries.into_iter().map(|(name, value)| (name.into(), value)).collect();
        if !are_in_order(&entries) {
            // Backwards, so that of equal names the last one comes first and is kept.
            entries.reverse();
            entries.sort_by(|(one, _), (other, _)| one.cmp(other));
            entries.dedup_by(|(one, _), (other, _)| one == other);
        }
        Self { entries }
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self).finish()
    }
}

/// Looks up members by names that are asked for in their order: each is found where the one before it was, one further.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    members: Option<&'a Members>,
    next: usize,
}

impl<'a> Walk<'a> {
    /// A walk through the members of `value`, if it has any.
    pub(super) fn through(value: &'a Value) -> Self {
        Self { members: value.as_map(), next: 0 }
    }

    /// The member `name`; null where there is none. Names that come out of order are found too, only not as fast.
    pub(super) fn get(&mut self, name: &Name) -> &'a Value {
        let Some(members) = self.members else { return &Value::Null };
        match members.entries.get(self.next) {
            Some((known, value)) if known == name => {
                self.next += 1;
                value
            }
            _ => members.get(name).unwrap_or(&Value::Null),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(names: &[&str]) -> Members {
        names.iter().enumerate().map(|(number, name)| (*name, Value::from(number % 2 == 0))).collect()
    }

    fn names(members: &Members) -> Vec<&str> {
        members.keys().map(Name::as_str).collect()
    }

    #[test]
    fn names_are_in_order_and_of_equal_ones_the_last_counts() {
        let all = members(&["b", "a", "c", "b"]);
        assert_eq!(names(&all), ["a", "b", "c"]);
        assert_eq!(all.get("b"), Some(&Value::Bool(false)));
        assert_eq!(all.get("d"), None);
        assert_eq!(Members::distinct(all.clone().into_iter().collect()).as_ref(), Ok(&all));
        let twice = all.clone().into_iter().chain(all).collect();
        assert_eq!(Members::distinct(twice), Err(Name::from("a")));
    }

    #[test]
    fn members_come_and_change() {
        let mut all = members(&["b"]);
        all.insert("c", Value::Null);
        all.insert("a", Value::Null);
        all.insert("b", Value::Null);
        assert_eq!(names(&all), ["a", "b", "c"]);
        assert!(all.values().all(Value::is_null));
    }

    #[test]
    fn a_walk_finds_what_a_search_finds() {
        let value = Value::Map(members(&["a", "c", "d"]));
        let mut walk = Walk::through(&value);
        for name in ["a", "b", "c", "a", "d", "e"].map(Name::from) {
            assert_eq!(walk.get(&name), value.get(&name), "{name}");
        }
        assert_eq!(Walk::through(&Value::Null).get(&"a".into()), &Value::Null);
    }
}
