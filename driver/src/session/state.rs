//! What Core remembers between commands.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

use crate::value::Value;

/// Names a resource of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The resource type.
    pub type_name: String,
    /// The name in the configuration.
    pub name: String,
}

impl Address {
    /// Names a resource.
    pub fn new(type_name: &str, name: &str) -> Self {
        Self { type_name: type_name.to_owned(), name: name.to_owned() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.type_name, self.name)
    }
}

/// Is a stored object.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance {
    /// The version of the schema that it was stored with.
    pub version: i64,
    /// The attributes.
    pub state: Value,
    /// The provider's private bytes.
    pub private: Bytes,
    /// What identifies the remote object.
    pub identity: Option<Value>,
    /// Whether its creation failed, so that the next plan replaces it.
    pub tainted: bool,
}

/// Is all that is stored.
pub type State = BTreeMap<Address, Instance>;

/// Is a configuration: the resources that shall be there.
pub type Configuration = BTreeMap<Address, Value>;
