//! What the two codecs, MessagePack and JSON, have in common: their errors and their limits.

use super::{AttributePath, Step};

/// How deep a value may be nested: far beyond any schema, well within the stack.
pub(super) const MOST_DEPTH: usize = 128;

/// The most values one message may hold, so that a few bytes each never become a hundred.
pub(super) const MOST_VALUES: usize = 1 << 20;

/// Why bytes are not a value of the expected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", prefix(path))]
pub struct DecodeError {
    /// Where in the value.
    pub path: AttributePath,
    /// What is wrong there; never the value itself.
    pub reason: String,
}

/// Why a value cannot be written as the expected type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", prefix(path))]
pub struct EncodeError {
    /// Where in the value.
    pub path: AttributePath,
    /// What is wrong there; never the value itself.
    pub reason: String,
}

fn prefix(path: &AttributePath) -> String {
    if path.is_root() { String::new() } else { format!("{path}: ") }
}

/// A problem on its way out of a nested value: each level adds its step.
#[derive(Debug)]
pub(super) struct Problem {
    /// The steps, innermost first.
    steps: Vec<Step>,
    reason: String,
}

impl Problem {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { steps: Vec::new(), reason: reason.into() }
    }

    /// The same problem, seen from one level further out.
    pub(super) fn within(mut self, step: Step) -> Self {
        self.lies_within(step);
        self
    }

    /// Notes that the problem lies within `step`, seen from one level further out.
    pub(super) fn lies_within(&mut self, step: Step) {
        self.steps.push(step);
    }

    fn path(steps: Vec<Step>) -> AttributePath {
        steps.into_iter().rev().collect()
    }
}

impl From<Problem> for DecodeError {
    fn from(problem: Problem) -> Self {
        Self { path: Problem::path(problem.steps), reason: problem.reason }
    }
}

impl From<Problem> for EncodeError {
    fn from(problem: Problem) -> Self {
        Self { path: Problem::path(problem.steps), reason: problem.reason }
    }
}
