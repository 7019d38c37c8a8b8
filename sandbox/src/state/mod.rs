//! What the sandbox knows: one serialisable tree of ordered maps, and the questions that several endpoints ask it.
//!
//! No clock, no HTTP and no third party here: a change of state is a plain function of what it is given.

mod connection;
mod identity;
mod project;
mod rotation;
mod secret;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use connection::Connection;
pub use identity::{
    AccessToken, AuthMethod, ClientSecret, Failures, Identity, MethodKind, OrganizationRole, ProjectRole, Proof, Rule,
};
pub use project::{Environment, Folder, Project, canonical_path};
pub use rotation::{QueuedJob, RotateAt, Rotation, Status};
pub use secret::{Secret, SecretVersion};

use crate::clock::Moment;
use crate::identifiers;

/// Everything that outlives a request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// The one organisation.
    pub organization: Organization,
    /// What the organisation's plan allows.
    pub plan: Plan,
    /// Signs access tokens; random for each new state.
    pub signing_key: String,
    /// Projects by id.
    pub projects: BTreeMap<String, Project>,
    /// Folders by id, each environment's root among them.
    pub folders: BTreeMap<String, Folder>,
    /// App connections by id.
    pub connections: BTreeMap<String, Connection>,
    /// Secrets by folder id, then by name.
    pub secrets: BTreeMap<String, BTreeMap<String, Secret>>,
    /// Rotations by id.
    pub rotations: BTreeMap<String, Rotation>,
    /// Machine identities by id.
    pub identities: BTreeMap<String, Identity>,
    /// Access tokens that were issued, by id.
    pub tokens: BTreeMap<String, AccessToken>,
    /// Up to when the daily job has picked what is due; `None` before its first run.
    pub scheduled_until: Option<Moment>,
}

/// The organisation that owns everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Organization {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// What `organizationSlug` in a login must equal.
    pub slug: String,
}

/// The switches of the organisation's plan.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Whether secret rotations may be used.
    pub secret_rotation: bool,
    /// Whether connections of enterprise-only apps (oracledb) may be used.
    pub enterprise_app_connections: bool,
}

impl Default for State {
    fn default() -> Self {
        Self {
            organization: Organization {
                id: identifiers::uuid(),
                name: "Sandbox".to_owned(),
                slug: "sandbox".to_owned(),
            },
            plan: Plan { secret_rotation: true, enterprise_app_connections: true },
            signing_key: identifiers::alphanumeric(48),
            projects: BTreeMap::new(),
            folders: BTreeMap::new(),
            connections: BTreeMap::new(),
            secrets: BTreeMap::new(),
            rotations: BTreeMap::new(),
            identities: BTreeMap::new(),
            tokens: BTreeMap::new(),
            scheduled_until: None,
        }
    }
}

impl State {
    /// Adds a project with environments given as (slug, name) and tells its id.
    pub fn add_project(&mut self, name: &str, slug: &str, environments: &[(&str, &str)], now: Moment) -> String {
        let id = identifiers::uuid();
        let mut project = Project::new(&id, name, slug, now);
        for (slug, name) in environments {
            let environment = project.add_environment(slug, name);
            let root = Folder::root(&id, &environment, now);
            self.folders.insert(root.id.clone(), root);
        }
        self.projects.insert(id.clone(), project);
        id
    }

    /// Adds a connection and tells its id; `project` is `None` for one of the whole organisation.
    pub fn add_connection(
        &mut self,
        app: &str,
        name: &str,
        project: Option<&str>,
        credentials: serde_json::Value,
        now: Moment,
    ) -> String {
        let connection = Connection::new(app, name, project, credentials, now);
        let id = connection.id.clone();
        self.connections.insert(id.clone(), connection);
        id
    }

    /// Adds an identity without any login method and tells its id.
    pub fn add_identity(&mut self, name: &str, role: OrganizationRole) -> String {
        let identity = Identity::new(name, role);
        let id = identity.id.clone();
        self.identities.insert(id.clone(), identity);
        id
    }

    /// Finds the environment of a project by its slug.
    pub fn environment(&self, project: &str, slug: &str) -> Option<&Environment> {
        self.projects.get(project)?.environments.iter().find(|environment| environment.slug == slug)
    }

    /// Finds a folder by its canonical path (`/` or `/a/b`).
    pub fn folder(&self, project: &str, environment: &str, path: &str) -> Option<&Folder> {
        let environment = self.environment(project, environment)?;
        self.folders.values().find(|folder| folder.environment_id == environment.id && folder.path == path)
    }

    /// Finds or makes a folder with all its parents and tells its id; `None` without such an environment.
    pub fn ensure_folder(&mut self, project: &str, environment: &str, path: &str, now: Moment) -> Option<String> {
        let environment = self.environment(project, environment)?.clone();
        let mut current = self.folder(project, &environment.slug, "/")?.clone();
        for name in path.split('/').filter(|segment| !segment.is_empty()) {
            let wanted = current.child_path(name);
            current = if let Some(folder) = self.folder(project, &environment.slug, &wanted) {
                folder.clone()
            } else {
                let folder = Folder::below(&current, name, now);
                self.folders.insert(folder.id.clone(), folder.clone());
                folder
            };
        }
        Some(current.id)
    }

    /// Finds the secret of that name in a folder.
    pub fn secret(&self, folder: &str, name: &str) -> Option<&Secret> {
        self.secrets.get(folder)?.get(name)
    }

    /// Tells the rotations of a folder.
    pub fn rotations_in(&self, folder: &str) -> impl Iterator<Item = &Rotation> {
        self.rotations.values().filter(move |rotation| rotation.folder_id == folder)
    }
}
