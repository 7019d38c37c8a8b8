//! Terraform's language: values, numbers, paths, types, codecs, schemas, diagnostics, the planner and the traits that a
//! provider implements.
//!
//! Knows nothing of gRPC and nothing of Infisical. `plugin` translates the wire into this language, `provider` speaks it.

mod action;
#[cfg(test)]
mod arbitrary;
mod codec;
pub mod conform;
mod data_source;
mod diagnostics;
mod ephemeral;
mod function;
pub mod hcl;
pub mod json;
mod list;
mod members;
pub mod msgpack;
mod name;
mod number;
pub mod operations;
mod path;
pub mod planner;
mod provider;
mod schema;
mod text;
mod types;
mod value;

pub use action::{Action, Progress};
pub use codec::{DecodeError, EncodeError};
pub use data_source::DataSource;
pub use diagnostics::{Diagnostic, Diagnostics, Severity};
pub use ephemeral::{EphemeralResource, Lease, Opened};
pub use function::{Function, FunctionError, Parameter, Signature};
pub use list::{Found, ListResource};
pub use members::{Iter as MembersIter, Members};
pub use name::Name;
pub use number::{Number, NumberError};
pub use path::{AttributePath, Step};
pub use provider::{
    Applied, Capabilities, Checkpoint, Context, Imported, MoveSource, Object, Plan, Provider, Reply, Resource, Result,
    Target,
};
pub use schema::{Attribute, Attributes, Equivalence, IdentityAttribute, IdentitySchema, Mode, Nesting, Schema, Shape};
pub use text::{clean, clean_within};
pub use types::{Type, TypeError};
pub use value::{Refinement, Value};
