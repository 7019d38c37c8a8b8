//! Where in a value something stands: the steps from the root of a resource, data source or provider block.

use std::fmt;

use super::Name;

/// One step of an [`AttributePath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Into an attribute of an object.
    Attribute(Name),
    /// Into the element of a map under this key.
    Key(Name),
    /// Into the element of a list at this index. Elements of sets cannot be addressed.
    Index(usize),
}

/// A way from the root to a value inside it; empty for the root itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttributePath {
    steps: Vec<Step>,
}

impl AttributePath {
    /// The path of the root.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a top-level attribute.
    pub fn of(name: impl Into<Name>) -> Self {
        Self::root().attribute(name)
    }

    /// This path, one attribute deeper.
    #[must_use]
    pub fn attribute(&self, name: impl Into<Name>) -> Self {
        self.with(Step::Attribute(name.into()))
    }

    /// This path, one map element deeper.
    #[must_use]
    pub fn key(&self, key: impl Into<Name>) -> Self {
        self.with(Step::Key(key.into()))
    }

    /// This path, one list element deeper.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.with(Step::Index(index))
    }

    /// This path, one step deeper.
    #[must_use]
    pub fn with(&self, step: Step) -> Self {
        let mut steps = self.steps.clone();
        steps.push(step);
        Self { steps }
    }

    /// The steps from the root.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether this is the path of the root.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }
}

impl FromIterator<Step> for AttributePath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

impl fmt::Display for AttributePath {
    /// Writes the path as a user would in configuration: `parameters.policies[0].zone_ids`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.steps.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => write!(formatter, "{name}")?,
                Step::Attribute(name) => write!(formatter, ".{name}")?,
                Step::Key(key) => write!(formatter, "[{key:?}]")?,
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}
