//! A sandbox of a test's own, furnished as the test's configuration expects it.

#![allow(dead_code, reason = "several test programs share this; each uses its part")]

use std::collections::BTreeMap;

use infisical_sandbox::seed;
use infisical_sandbox::state::{Connection, Environment, Folder, Project, ProjectRole, State};
use infisical_sandbox::{Options, Running, Sandbox};
use serde_json::json;

/// A running sandbox with the demo's identity, and nothing else until something is added.
pub(crate) struct World {
    sandbox: Running,
}

impl World {
    /// Starts it.
    pub(crate) fn new() -> Self {
        let options = Options::default();
        let sandbox = Sandbox::start(options).unwrap();
        let now = sandbox.core().clock.now();
        sandbox.core().write(|state| seed::plant(state, now));
        Self { sandbox }
    }

    /// What the provider finds in its environment: the address, and the login of the demo's identity.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        [
            ("INFISICAL_HOST", self.sandbox.url()),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", seed::CLIENT_ID),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", seed::CLIENT_SECRET),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// Adds a project with one environment and a folder in it, which the identity administers.
    pub(crate) fn add_project(&self, id: &str, environment: &str, path: &str) {
        let now = self.sandbox.core().clock.now();
        self.sandbox.core().write(|state| {
            let mut project = Project::new(id, "Example", "example", now);
            let environment_id = format!("{id}-{environment}");
            project.environments.push(Environment {
                id: environment_id.clone(),
                name: environment.to_owned(),
                slug: environment.to_owned(),
                position: 1,
            });
            let root = Folder::root(id, &environment_id, now);
            state.folders.insert(root.id.clone(), root);
            state.projects.insert(id.to_owned(), project);
            state.ensure_folder(id, environment, path, now).unwrap();
            let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
            identity.projects.insert(id.to_owned(), ProjectRole::Admin);
        });
    }

    /// Adds a folder to an environment.
    pub(crate) fn add_folder(&self, project: &str, environment: &str, path: &str) {
        let now = self.sandbox.core().clock.now();
        self.sandbox.core().write(|state| drop(state.ensure_folder(project, environment, path, now).unwrap()));
    }

    /// Adds a connection of an app to a project, served by the simulated third party.
    pub(crate) fn add_connection(&self, id: &str, app: &str, project: &str) {
        let now = self.sandbox.core().clock.now();
        self.sandbox.core().write(|state| {
            let mut connection = Connection::new(app, &format!("{app}-{}", &id[..4]), Some(project), json!({}), now);
            id.clone_into(&mut connection.id);
            state.connections.insert(id.to_owned(), connection);
        });
    }

    /// Changes what the server stores, behind everybody's back.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.sandbox.core().write(change)
    }

    /// The IDs of all rotations.
    pub(crate) fn rotations(&self) -> Vec<String> {
        self.sandbox.core().read(|state| state.rotations.keys().cloned().collect())
    }

    /// All secrets that rotations keep, by name, with their values.
    pub(crate) fn secrets(&self) -> BTreeMap<String, String> {
        self.sandbox.core().read(|state| {
            let secrets = state.secrets.values().flatten().filter(|(_, secret)| secret.rotation_id.is_some());
            secrets.map(|(name, secret)| (name.clone(), secret.value.clone())).collect()
        })
    }
}
