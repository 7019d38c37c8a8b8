//! The client of the Infisical API: what can be asked of the server, and everything that makes asking reliable: logins,
//! repetition, rate limits, and questions that are answered together.
//!
//! Knows nothing of Terraform. Parameters and mappings pass through as JSON: what they mean is the catalog's affair.

mod ambiguity;
mod answer;
mod auth;
mod batching;
mod client;
pub mod environment;
mod error;
mod look;
mod neighbours;
mod outcome;
mod pacing;
mod request;
mod rotations;
mod secret;
mod settings;
mod survey;
mod tls;
mod transport;
mod waiting;
mod wire;

pub use client::Client;
pub use error::{ApiFailure, Error, Issue, PathStep};
pub use neighbours::{Connection, Folder, Place, Project, ProjectEnvironment, SecretName, SecretValue};
pub use outcome::{Created, Deleted};
pub use secret::Secret;
pub use settings::{DEFAULT_HOST, Login, Settings, SettingsError};
pub use survey::{Holder, Moment, SecretHolder, Sight};
pub use wire::{
    GeneratedCredentials, NewRotation, RotateAtUtc, Rotation, RotationChange, RotationConnection, RotationEnvironment,
    RotationFolder, RotationOption,
};
