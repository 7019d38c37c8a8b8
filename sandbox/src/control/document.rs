//! The short form in which projects, connections, identities and secrets are declared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;
use crate::clock::Moment;
use crate::identifiers;
use crate::state::{
    AuthMethod, Connection, Folder, Identity, MethodKind, OrganizationRole, Project, ProjectRole, Proof, Secret, State,
    canonical_path,
};

/// What shall exist. What exists already (by id, or by its name where no id is given) is left as it is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Document {
    projects: Vec<ProjectEntry>,
    connections: Vec<ConnectionEntry>,
    identities: Vec<IdentityEntry>,
    secrets: Vec<SecretEntry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ProjectEntry {
    id: Option<String>,
    name: Option<String>,
    slug: String,
    #[serde(default = "secret_manager", rename = "type")]
    kind: String,
    #[serde(default = "current_version")]
    version: u32,
    organization_id: Option<String>,
    /// Slugs.
    #[serde(default = "usual_environments")]
    environments: Vec<String>,
    /// Paths that exist in every environment.
    #[serde(default)]
    folders: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConnectionEntry {
    id: Option<String>,
    app: String,
    name: String,
    /// Id or slug; absent for one of the organisation.
    project: Option<String>,
    #[serde(default = "nothing")]
    credentials: Value,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IdentityEntry {
    id: Option<String>,
    name: String,
    /// Absent for no member.
    organization_role: Option<OrganizationRole>,
    /// Id or slug to role.
    #[serde(default)]
    projects: BTreeMap<String, ProjectRole>,
    #[serde(default)]
    methods: BTreeMap<MethodKind, MethodEntry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MethodEntry {
    proof: Proof,
    access_token_ttl: Option<u64>,
    access_token_max_ttl: Option<u64>,
    #[serde(default)]
    access_token_num_uses_limit: u64,
    #[serde(default)]
    access_token_period: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SecretEntry {
    /// Id or slug.
    project: String,
    environment: String,
    #[serde(default = "root")]
    path: String,
    name: String,
    #[serde(default)]
    value: String,
}

/// The ids of what was declared, by slug or name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Planted {
    /// Projects by slug.
    pub projects: BTreeMap<String, String>,
    /// Connections by name.
    pub connections: BTreeMap<String, String>,
    /// Identities by name.
    pub identities: BTreeMap<String, String>,
}

impl Document {
    /// Adds what is missing. Nothing is changed if any part is refused.
    pub(super) fn plant(self, state: &mut State, now: Moment) -> Result<Planted, Refusal> {
        let mut grown = state.clone();
        let mut planted = Planted::default();
        for entry in self.projects {
            let slug = entry.slug.clone();
            planted.projects.insert(slug, entry.plant(&mut grown, now)?);
        }
        for entry in self.connections {
            let name = entry.name.clone();
            planted.connections.insert(name, entry.plant(&mut grown, now)?);
        }
        for entry in self.identities {
            let name = entry.name.clone();
            planted.identities.insert(name, entry.plant(&mut grown)?);
        }
        for entry in self.secrets {
            entry.plant(&mut grown, now)?;
        }
        *state = grown;
        Ok(planted)
    }
}

impl ProjectEntry {
    fn plant(self, state: &mut State, now: Moment) -> Result<String, Refusal> {
        let existing = match &self.id {
            Some(id) => state.projects.get(id),
            None => state.projects.values().find(|project| project.slug == self.slug),
        };
        let id = existing.map(|project| project.id.clone()).or(self.id).unwrap_or_else(identifiers::uuid);
        let name = self.name.unwrap_or_else(|| self.slug.clone());
        let project = state.projects.entry(id.clone()).or_insert_with(|| {
            let mut project = Project::new(&id, &name, &self.slug, now);
            project.kind = self.kind;
            project.version = self.version;
            project.organization_id = self.organization_id;
            project
        });
        for slug in &self.environments {
            if project.environments.iter().all(|environment| environment.slug != *slug) {
                let environment = project.add_environment(slug, slug);
                let root = Folder::root(&id, &environment, now);
                state.folders.insert(root.id.clone(), root);
            }
        }
        for slug in &self.environments {
            for path in &self.folders {
                state
                    .ensure_folder(&id, slug, path, now)
                    .ok_or_else(|| Refusal::bad_request(format!("the environment {slug} has no root folder")))?;
            }
        }
        Ok(id)
    }
}

impl ConnectionEntry {
    fn plant(self, state: &mut State, now: Moment) -> Result<String, Refusal> {
        let project = self.project.as_deref().map(|project| find_project(state, project)).transpose()?;
        let existing = match &self.id {
            Some(id) => state.connections.get(id),
            None => state
                .connections
                .values()
                .find(|other| other.name == self.name && other.app == self.app && other.project_id == project),
        };
        if let Some(existing) = existing {
            return Ok(existing.id.clone());
        }
        let mut connection = Connection::new(&self.app, &self.name, project.as_deref(), self.credentials, now);
        if let Some(id) = self.id {
            connection.id = id;
        }
        let id = connection.id.clone();
        state.connections.insert(id.clone(), connection);
        Ok(id)
    }
}

impl IdentityEntry {
    fn plant(self, state: &mut State) -> Result<String, Refusal> {
        let existing = match &self.id {
            Some(id) => state.identities.get(id),
            None => state.identities.values().find(|identity| identity.name == self.name),
        };
        if let Some(existing) = existing {
            return Ok(existing.id.clone());
        }
        let projects = self.projects.into_iter().map(|(project, role)| Ok((find_project(state, &project)?, role)));
        let identity = Identity {
            id: self.id.unwrap_or_else(identifiers::uuid),
            name: self.name,
            organization_role: self.organization_role,
            projects: projects.collect::<Result<_, Refusal>>()?,
            methods: self.methods.into_iter().map(|(kind, entry)| (kind, entry.method())).collect(),
        };
        let id = identity.id.clone();
        state.identities.insert(id.clone(), identity);
        Ok(id)
    }
}

impl MethodEntry {
    fn method(self) -> AuthMethod {
        let usual = AuthMethod::new(self.proof);
        AuthMethod {
            access_token_ttl: self.access_token_ttl.unwrap_or(usual.access_token_ttl),
            access_token_max_ttl: self.access_token_max_ttl.unwrap_or(usual.access_token_max_ttl),
            access_token_num_uses_limit: self.access_token_num_uses_limit,
            access_token_period: self.access_token_period,
            ..usual
        }
    }
}

impl SecretEntry {
    fn plant(self, state: &mut State, now: Moment) -> Result<(), Refusal> {
        let project = find_project(state, &self.project)?;
        let path = canonical_path(&self.path);
        let folder = state.ensure_folder(&project, &self.environment, &path, now).ok_or_else(|| {
            Refusal::bad_request(format!("the project {} has no environment {}", self.project, self.environment))
        })?;
        let secrets = state.secrets.entry(folder).or_default();
        secrets.entry(self.name.clone()).or_insert_with(|| Secret::new(&self.name, self.value, None, now));
        Ok(())
    }
}

/// Finds a project by its id or its slug.
pub(super) fn find_project(state: &State, name: &str) -> Result<String, Refusal> {
    if state.projects.contains_key(name) {
        return Ok(name.to_owned());
    }
    let by_slug = state.projects.values().find(|project| project.slug == name);
    by_slug.map(|project| project.id.clone()).ok_or_else(|| Refusal::bad_request(format!("there is no project {name}")))
}

fn secret_manager() -> String {
    "secret-manager".to_owned()
}

const fn current_version() -> u32 {
    3
}

fn usual_environments() -> Vec<String> {
    ["dev", "staging", "prod"].map(str::to_owned).into()
}

fn nothing() -> Value {
    json!({})
}

fn root() -> String {
    "/".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_milliseconds(0);

    fn plant(state: &mut State, document: Value) -> Result<Planted, Refusal> {
        serde_json::from_value::<Document>(document).unwrap().plant(state, NOW)
    }

    fn whole() -> Value {
        json!({
            "projects": [{ "slug": "shop", "environments": ["dev"], "folders": ["/a/b"] }],
            "connections": [{ "app": "redis", "name": "cache", "project": "shop", "credentials": { "port": 1 } },
                            { "app": "okta", "name": "people" }],
            "identities": [{ "name": "ci", "organizationRole": "member", "projects": { "shop": "admin" },
                "methods": { "universal": { "accessTokenTtl": 60,
                    "proof": { "kind": "clientSecret", "clientId": "id",
                               "secrets": [{ "secret": "s", "expiresAt": null, "numUsesLimit": 0, "numUses": 0 }] } } } }],
            "secrets": [{ "project": "shop", "environment": "dev", "path": "/a/b/", "name": "TAKEN", "value": "v" }],
        })
    }

    #[test]
    fn a_document_is_planted_once() {
        let mut state = State::default();
        let planted = plant(&mut state, whole()).unwrap();
        let project = &planted.projects["shop"];
        let folder = state.folder(project, "dev", "/a/b").unwrap();
        assert_eq!(state.secret(&folder.id, "TAKEN").unwrap().value, "v");
        assert_eq!(state.connections[&planted.connections["cache"]].project_id.as_ref(), Some(project));
        assert_eq!(state.connections[&planted.connections["people"]].project_id, None);
        let identity = &state.identities[&planted.identities["ci"]];
        assert_eq!(identity.projects[project], ProjectRole::Admin);
        assert_eq!(identity.methods[&MethodKind::Universal].access_token_ttl, 60);

        let before = serde_json::to_string(&state).unwrap();
        assert_eq!(plant(&mut state, whole()).unwrap(), planted);
        assert_eq!(serde_json::to_string(&state).unwrap(), before);
    }

    #[test]
    fn a_refused_document_changes_nothing() {
        let mut state = State::default();
        let document = json!({
            "projects": [{ "slug": "shop" }],
            "connections": [{ "app": "redis", "name": "cache", "project": "absent" }],
        });
        assert_eq!(plant(&mut state, document).unwrap_err().message, "there is no project absent");
        assert!(state.projects.is_empty());
    }

    #[test]
    fn a_misspelt_key_is_refused() {
        let misspelt = json!({ "projects": [{ "slug": "shop", "folder": [] }] });
        assert!(serde_json::from_value::<Document>(misspelt).is_err());
    }
}
