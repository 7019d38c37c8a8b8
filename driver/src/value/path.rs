//! Paths into values, as diagnostics, replacements and violations name them.

use std::fmt;

/// Is one step from a value into one of its parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Goes to an attribute of an object, or to its blocks of that name.
    Attribute(String),
    /// Goes to an element of a map.
    Key(String),
    /// Goes to an element of a list or tuple.
    Index(usize),
    /// Goes to some element of a set; the wire cannot say so, only violations do.
    Element,
}

/// Names a place in a value, from its root.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// Names the value itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// Goes on to an attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Self {
        self.then(Step::Attribute(name.to_owned()))
    }

    /// Goes on to an element of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.then(Step::Index(index))
    }

    /// Goes on to an element of a map.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.then(Step::Key(key.to_owned()))
    }

    /// Goes on by one step.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }
}

/// Reads `a.b[0]["key"]`; whatever is not an index or a quoted key is an attribute's name.
impl From<&str> for Path {
    fn from(text: &str) -> Self {
        let mut steps = Vec::new();
        for part in text.split(['.', '[']).filter(|part| !part.is_empty()) {
            let part = part.strip_suffix(']').unwrap_or(part);
            steps.push(if let Ok(index) = part.parse() {
                Step::Index(index)
            } else if let Some(key) = part.strip_prefix('"') {
                Step::Key(key.trim_end_matches('"').to_owned())
            } else {
                Step::Attribute(part.to_owned())
            });
        }
        Self(steps)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => formatter.write_str(name)?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
                Step::Element => formatter.write_str("[*]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_steps_agree() {
        let path = Path::root().attribute("users").index(2).attribute("tags").key("team");
        assert_eq!(path.to_string(), "users[2].tags[\"team\"]");
        assert_eq!(Path::from("users[2].tags[\"team\"]"), path);
        assert_eq!(Path::from(""), Path::root());
    }
}
