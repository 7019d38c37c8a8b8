//! What a function implements: pure arithmetic on its arguments, which hosts call as often as they like.

use super::{Type, Value};

/// What a function takes and gives.
#[derive(Clone, Debug)]
pub struct Signature {
    /// What it does, in a few words.
    pub title: String,
    /// What it does, in Markdown.
    pub description: String,
    /// What it takes, in order. None of them may be null.
    pub parameters: Vec<Parameter>,
    /// The type of what it gives.
    pub returns: Type,
}

/// One parameter of a function.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name, for documentation and messages.
    pub name: String,
    /// Its type.
    pub of: Type,
    /// What it means, in Markdown.
    pub description: String,
}

impl Parameter {
    /// A parameter of this type.
    pub fn new(name: impl Into<String>, of: Type, description: impl Into<String>) -> Self {
        Self { name: name.into(), of, description: description.into() }
    }
}

/// Why a function has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct FunctionError {
    /// What to tell the user.
    pub text: String,
    /// Which argument is to blame, counted from 0.
    pub argument: Option<usize>,
}

impl FunctionError {
    /// An error of the call as a whole.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), argument: None }
    }

    /// The same error, blamed on an argument.
    #[must_use]
    pub fn at(self, argument: usize) -> Self {
        Self { argument: Some(argument), ..self }
    }
}

/// A function. Works unconfigured, asks nobody, and answers the same question always alike.
pub trait Function: Send + Sync {
    /// What it takes and gives.
    fn signature(&self) -> &Signature;

    /// Computes the result for arguments of the declared types: as many as there are parameters, known and not null.
    fn call(&self, arguments: &[Value]) -> Result<Value, FunctionError>;
}
