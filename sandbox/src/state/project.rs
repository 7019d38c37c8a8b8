//! Projects, their environments and the folders in them.

use serde::{Deserialize, Serialize};

use crate::clock::Moment;
use crate::identifiers;

/// A project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Unique in the organisation.
    pub slug: String,
    /// Free text.
    pub description: Option<String>,
    /// `secret-manager`, or another product for which rotations are refused.
    #[serde(rename = "type")]
    pub kind: String,
    /// Version of the secret storage; rotations need 3.
    pub version: u32,
    /// The owner; another id than the sandbox's organisation makes the project foreign.
    pub organization_id: Option<String>,
    /// In their order.
    pub environments: Vec<Environment>,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

/// An environment of a project.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Unique in the project.
    pub slug: String,
    /// Its place among the project's environments, from 1.
    pub position: usize,
}

/// A folder of an environment; the root has the path `/`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    /// UUID.
    pub id: String,
    /// The last segment of the path; `root` for the root.
    pub name: String,
    /// Canonical: a leading slash, no trailing one.
    pub path: String,
    /// Free text.
    pub description: Option<String>,
    /// The folder above, `None` for the root.
    pub parent_id: Option<String>,
    /// The environment that it belongs to.
    pub environment_id: String,
    /// The project that it belongs to.
    pub project_id: String,
    /// When it was made.
    pub created_at: Moment,
    /// When it was last changed.
    pub updated_at: Moment,
}

impl Project {
    /// Makes a secret-manager project without environments.
    pub fn new(id: &str, name: &str, slug: &str, now: Moment) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            slug: slug.to_owned(),
            description: None,
            kind: "secret-manager".to_owned(),
            version: 3,
            organization_id: None,
            environments: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Adds an environment and tells its id. Its root folder is the caller's to add.
    pub fn add_environment(&mut self, slug: &str, name: &str) -> String {
        let environment = Environment {
            id: identifiers::uuid(),
            name: name.to_owned(),
            slug: slug.to_owned(),
            position: self.environments.len() + 1,
        };
        let id = environment.id.clone();
        self.environments.push(environment);
        id
    }
}

impl Folder {
    /// Makes the root folder of an environment.
    pub fn root(project: &str, environment: &str, now: Moment) -> Self {
        Self {
            id: identifiers::uuid(),
            name: "root".to_owned(),
            path: "/".to_owned(),
            description: None,
            parent_id: None,
            environment_id: environment.to_owned(),
            project_id: project.to_owned(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Makes a folder below another.
    pub fn below(parent: &Self, name: &str, now: Moment) -> Self {
        Self {
            id: identifiers::uuid(),
            name: name.to_owned(),
            path: parent.child_path(name),
            description: None,
            parent_id: Some(parent.id.clone()),
            environment_id: parent.environment_id.clone(),
            project_id: parent.project_id.clone(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Tells the path of a folder of that name below this one.
    pub fn child_path(&self, name: &str) -> String {
        if self.path == "/" { format!("/{name}") } else { format!("{}/{name}", self.path) }
    }
}

/// Gives a path its leading slash and takes a trailing one away, as the folder endpoints do.
pub fn canonical_path(path: &str) -> String {
    let inner = path.trim().trim_start_matches('/').trim_end_matches('/');
    format!("/{inner}")
}
