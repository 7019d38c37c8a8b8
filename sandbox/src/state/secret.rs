//! Secrets, ordinary ones and those that a rotation keeps up to date.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::identifiers;

/// How many former values a secret remembers.
const REMEMBERED_VERSIONS: usize = 10;

/// A shared secret of a folder; its name is the key under which the state holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// UUID; survives renaming.
    pub id: String,
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: String,
    /// Free text.
    pub comment: String,
    /// Counts the changes, from 1.
    pub version: u32,
    /// The rotation that it belongs to.
    pub rotation_id: Option<String>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
    /// The former states, oldest first.
    pub versions: VecDeque<SecretVersion>,
}

/// A former state of a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretVersion {
    /// Its number.
    pub version: u32,
    /// The name that it had.
    pub key: String,
    /// The value that it had.
    pub value: String,
    /// When it was made.
    pub created_at: Moment,
}

impl Secret {
    /// Makes the first version of a secret.
    pub fn new(key: &str, value: String, rotation: Option<&str>, now: Moment) -> Self {
        Self {
            id: identifiers::uuid(),
            key: key.to_owned(),
            value,
            comment: String::new(),
            version: 1,
            rotation_id: rotation.map(str::to_owned),
            created_at: now,
            updated_at: now,
            versions: VecDeque::new(),
        }
    }

    /// Writes a new version with another name, another value, or both.
    pub fn revise(&mut self, key: Option<&str>, value: Option<String>, now: Moment) {
        if self.versions.len() == REMEMBERED_VERSIONS {
            self.versions.pop_front();
        }
        self.versions.push_back(SecretVersion {
            version: self.version,
            key: self.key.clone(),
            value: self.value.clone(),
            created_at: self.updated_at,
        });
        self.version += 1;
        self.updated_at = now;
        if let Some(key) = key {
            key.clone_into(&mut self.key);
        }
        if let Some(value) = value {
            self.value = value;
        }
    }
}
