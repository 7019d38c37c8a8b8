//! The demo project: everything that a first rotation of any kind needs, under fixed identifiers.
//!
//! The constants are for demonstrations and tests on loopback only. Seeding adds what is missing and leaves what is
//! there, so that it can be repeated on a state that is kept in a file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::state::{
    AuthMethod, Connection, Environment, Folder, Identity, MethodKind, Organization, OrganizationRole, Project,
    ProjectRole, Proof, State,
};

/// The organisation.
pub const ORGANIZATION_ID: &str = "5eed0000-0000-4000-8000-000000000001";
/// The slug of the organisation.
pub const ORGANIZATION_SLUG: &str = "demo";
/// The project.
pub const PROJECT_ID: &str = "5eed0000-0000-4000-8000-000000000010";
/// The slug of the project.
pub const PROJECT_SLUG: &str = "demo";
/// The environments: id, slug, name.
pub const ENVIRONMENTS: [(&str, &str, &str); 3] = [
    ("5eed0000-0000-4000-8000-000000000011", "dev", "Development"),
    ("5eed0000-0000-4000-8000-000000000012", "staging", "Staging"),
    ("5eed0000-0000-4000-8000-000000000013", "prod", "Production"),
];
/// The folders of each environment, parents first.
pub const FOLDERS: [&str; 4] = ["/", "/app", "/app/database", "/ci"];

/// The identity that may do everything; each login method leads to it.
pub const IDENTITY_ID: &str = "5eed0000-0000-4000-8000-000000000020";
/// Universal auth: the client id.
pub const CLIENT_ID: &str = "5eed0000-0000-4000-8000-000000000021";
/// Universal auth: the client secret.
pub const CLIENT_SECRET: &str = "demo-client-secret";
/// The JWT that the OIDC login accepts.
pub const OIDC_JWT: &str = "demo.oidc.jwt";
/// The service-account token that the Kubernetes login accepts.
pub const KUBERNETES_JWT: &str = "demo.kubernetes.jwt";
/// The JWT that the GCP login accepts.
pub const GCP_JWT: &str = "demo.gcp.jwt";
/// The JWT that the Azure login accepts.
pub const AZURE_JWT: &str = "demo.azure.jwt";
/// The JWT that the JWT login accepts.
pub const PLAIN_JWT: &str = "demo.plain.jwt";
/// The user that the LDAP login accepts.
pub const LDAP_USERNAME: &str = "demo";
/// The password of that user.
pub const LDAP_PASSWORD: &str = "demo-ldap-password";
/// The access key whose signature the AWS login accepts.
pub const AWS_ACCESS_KEY_ID: &str = "AKIADEMODEMODEMODEMO";
/// The certificate that the TLS login accepts, as a proxy in front of the server hands it on.
pub const CERTIFICATE_PEM: &str = "-----BEGIN CERTIFICATE-----\nZGVtbw==\n-----END CERTIFICATE-----\n";

/// The identity that may read rotations and nothing else.
pub const VIEWER_ID: &str = "5eed0000-0000-4000-8000-000000000030";
/// Its client id.
pub const VIEWER_CLIENT_ID: &str = "5eed0000-0000-4000-8000-000000000031";
/// Its client secret.
pub const VIEWER_CLIENT_SECRET: &str = "demo-viewer-secret";

/// The app connections: app and id. The name of each is `demo-<app>`.
pub const CONNECTIONS: [(&str, &str); 28] = [
    ("auth0", "5eed0000-0000-4000-8000-000000000101"),
    ("aws", "5eed0000-0000-4000-8000-000000000102"),
    ("azure-client-secrets", "5eed0000-0000-4000-8000-000000000103"),
    ("cloudflare", "5eed0000-0000-4000-8000-000000000104"),
    ("convex", "5eed0000-0000-4000-8000-000000000105"),
    ("databricks", "5eed0000-0000-4000-8000-000000000106"),
    ("datadog", "5eed0000-0000-4000-8000-000000000107"),
    ("dbt", "5eed0000-0000-4000-8000-000000000108"),
    ("fireworks", "5eed0000-0000-4000-8000-000000000109"),
    ("gcp", "5eed0000-0000-4000-8000-00000000010a"),
    ("hpe-ilo", "5eed0000-0000-4000-8000-00000000010b"),
    ("ldap", "5eed0000-0000-4000-8000-00000000010c"),
    ("litellm", "5eed0000-0000-4000-8000-00000000010d"),
    ("mongodb", "5eed0000-0000-4000-8000-00000000010e"),
    ("mssql", "5eed0000-0000-4000-8000-00000000010f"),
    ("mysql", "5eed0000-0000-4000-8000-000000000110"),
    ("okta", "5eed0000-0000-4000-8000-000000000111"),
    ("open-router", "5eed0000-0000-4000-8000-000000000112"),
    ("openai", "5eed0000-0000-4000-8000-000000000113"),
    ("oracledb", "5eed0000-0000-4000-8000-000000000114"),
    ("postgres", "5eed0000-0000-4000-8000-000000000115"),
    ("redis", "5eed0000-0000-4000-8000-000000000116"),
    ("salesforce", "5eed0000-0000-4000-8000-000000000117"),
    ("smb", "5eed0000-0000-4000-8000-000000000118"),
    ("snowflake", "5eed0000-0000-4000-8000-000000000119"),
    ("ssh", "5eed0000-0000-4000-8000-00000000011a"),
    ("stripe", "5eed0000-0000-4000-8000-00000000011b"),
    ("supabase", "5eed0000-0000-4000-8000-00000000011c"),
];

/// Tells the id of the demo connection of an app.
pub fn connection_id(app: &str) -> Option<&'static str> {
    CONNECTIONS.iter().find(|(name, _)| *name == app).map(|(_, id)| *id)
}

/// Tells the identifiers that a configuration needs: those of the project, of the identity and of each connection.
pub fn facts() -> Value {
    json!({
        "projectId": PROJECT_ID,
        "environments": ENVIRONMENTS.map(|(_, slug, _)| slug),
        "folders": FOLDERS,
        "identityId": IDENTITY_ID,
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        "connections": BTreeMap::from(CONNECTIONS),
    })
}

/// Adds the demo project with everything that belongs to it, where it is missing.
pub fn plant(state: &mut State, now: Moment) {
    if state.projects.is_empty() && state.identities.is_empty() {
        state.organization = Organization {
            id: ORGANIZATION_ID.to_owned(),
            name: "Demo".to_owned(),
            slug: ORGANIZATION_SLUG.to_owned(),
        };
    }
    state.projects.entry(PROJECT_ID.to_owned()).or_insert_with(|| project(now));
    for (number, (environment, slug, _)) in ENVIRONMENTS.iter().enumerate() {
        plant_folders(state, environment, slug, number, now);
    }
    for (app, id) in CONNECTIONS {
        state.connections.entry(id.to_owned()).or_insert_with(|| connection(app, id, now));
    }
    for identity in [administrator(), viewer()] {
        state.identities.entry(identity.id.clone()).or_insert(identity);
    }
}

/// Points the demo connection of an app to a real server.
pub fn connect(state: &mut State, app: &str, credentials: Value, now: Moment) {
    if let Some(connection) = connection_id(app).and_then(|id| state.connections.get_mut(id)) {
        connection.credentials = credentials;
        connection.updated_at = now;
    }
}

fn project(now: Moment) -> Project {
    let mut project = Project::new(PROJECT_ID, "Demo", PROJECT_SLUG, now);
    for (position, (id, slug, name)) in (1..).zip(ENVIRONMENTS) {
        let (id, slug, name) = (id.to_owned(), slug.to_owned(), name.to_owned());
        project.environments.push(Environment { id, name, slug, position });
    }
    project
}

fn plant_folders(state: &mut State, environment: &str, slug: &str, environment_number: usize, now: Moment) {
    for (number, path) in FOLDERS.iter().enumerate() {
        if state.folder(PROJECT_ID, slug, path).is_some() {
            continue;
        }
        let (parent, name) = path.rsplit_once('/').unwrap_or_default();
        let parent = state.folder(PROJECT_ID, slug, if parent.is_empty() { "/" } else { parent });
        let mut folder = match parent {
            Some(parent) => Folder::below(parent, name, now),
            None => Folder::root(PROJECT_ID, environment, now),
        };
        folder.id = format!("5eed0000-0000-4000-8000-0000000002{environment_number}{number}");
        state.folders.insert(folder.id.clone(), folder);
    }
}

fn connection(app: &str, id: &str, now: Moment) -> Connection {
    let mut connection = Connection::new(app, &format!("demo-{app}"), Some(PROJECT_ID), credentials(app), now);
    id.clone_into(&mut connection.id);
    connection
}

/// Plausible credentials for hosts that do not exist: the simulated third party answers for all of them.
fn credentials(app: &str) -> Value {
    let server = |port: u16| {
        json!({ "host": format!("{app}.example"), "port": port, "username": "rotator", "password": "demo",
                "database": "app", "sslEnabled": false, "sslRejectUnauthorized": true })
    };
    let instance = format!("https://{app}.example");
    match app {
        "auth0" => json!({ "domain": "demo.auth0.example", "clientId": "demo", "clientSecret": "demo",
                           "audience": "https://demo.auth0.example/api/v2/" }),
        "aws" => json!({ "accessKeyId": "AKIADEMODEMODEMOROOT", "secretAccessKey": "demo" }),
        "azure-client-secrets" => {
            json!({ "tenantId": "5eed0000-0000-4000-8000-0000000000aa", "clientId": "demo", "clientSecret": "demo" })
        }
        "cloudflare" => json!({ "accountId": "demo", "apiToken": "demo" }),
        "databricks" => json!({ "workspaceUrl": instance, "clientId": "demo", "clientSecret": "demo" }),
        "datadog" => json!({ "url": instance, "apiKey": "demo", "applicationKey": "demo" }),
        "dbt" => json!({ "instanceUrl": instance, "accountId": "1", "apiToken": "demo" }),
        "fireworks" => json!({ "accountId": "demo", "apiKey": "demo" }),
        "gcp" => json!({ "serviceAccountEmail": "rotator@demo.iam.gserviceaccount.com" }),
        "hpe-ilo" => json!({ "hostname": "ilo.example", "port": 443, "username": "rotator", "password": "demo" }),
        "ldap" => json!({ "provider": "active-directory", "url": "ldaps://ldap.example:636",
                          "dn": "CN=Rotator,DC=example,DC=com", "password": "demo" }),
        "mongodb" => server(27017),
        "mssql" => server(1433),
        "mysql" => server(3306),
        "okta" => json!({ "instanceUrl": instance, "apiToken": "demo" }),
        "open-router" | "openai" => json!({ "apiKey": "demo" }),
        "oracledb" => server(1521),
        "postgres" => server(5432),
        "redis" => server(6379),
        "salesforce" => json!({ "instanceUrl": instance, "consumerKey": "demo", "consumerSecret": "demo" }),
        "smb" => json!({ "host": "windows.example", "port": 445, "username": "rotator", "password": "demo" }),
        "snowflake" => json!({ "account": "demo-account", "username": "ROTATOR", "password": "demo" }),
        "ssh" => json!({ "host": "linux.example", "port": 22, "username": "rotator", "password": "demo" }),
        "supabase" => json!({ "instanceUrl": instance, "accessToken": "demo" }),
        _ => json!({ "instanceUrl": instance, "accessToken": "demo", "apiKey": "demo" }),
    }
}

fn administrator() -> Identity {
    let jwt = |jwt: &str| Proof::Jwt { jwt: jwt.to_owned() };
    let directory = Proof::Directory { username: LDAP_USERNAME.to_owned(), password: LDAP_PASSWORD.to_owned() };
    let methods = [
        (MethodKind::Universal, Proof::client_secret(CLIENT_ID, CLIENT_SECRET)),
        (MethodKind::Token, Proof::Given),
        (MethodKind::Oidc, jwt(OIDC_JWT)),
        (MethodKind::Kubernetes, jwt(KUBERNETES_JWT)),
        (MethodKind::Aws, Proof::SignedRequest { access_key_id: Some(AWS_ACCESS_KEY_ID.to_owned()) }),
        (MethodKind::Gcp, jwt(GCP_JWT)),
        (MethodKind::Azure, jwt(AZURE_JWT)),
        (MethodKind::Jwt, jwt(PLAIN_JWT)),
        (MethodKind::Ldap, directory),
        (MethodKind::TlsCert, Proof::Certificate { pem: CERTIFICATE_PEM.to_owned() }),
    ];
    Identity {
        id: IDENTITY_ID.to_owned(),
        name: "demo".to_owned(),
        organization_role: Some(OrganizationRole::Admin),
        projects: BTreeMap::from([(PROJECT_ID.to_owned(), ProjectRole::Admin)]),
        methods: methods.into_iter().map(|(kind, proof)| (kind, AuthMethod::new(proof))).collect(),
    }
}

fn viewer() -> Identity {
    let proof = Proof::client_secret(VIEWER_CLIENT_ID, VIEWER_CLIENT_SECRET);
    Identity {
        id: VIEWER_ID.to_owned(),
        name: "demo-viewer".to_owned(),
        organization_role: Some(OrganizationRole::NoAccess),
        projects: BTreeMap::from([(PROJECT_ID.to_owned(), ProjectRole::Viewer)]),
        methods: BTreeMap::from([(MethodKind::Universal, AuthMethod::new(proof))]),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::identifiers::is_uuid;

    const NOW: Moment = Moment::from_milliseconds(1_773_134_130_500);

    fn planted() -> State {
        let mut state = State::default();
        plant(&mut state, NOW);
        state
    }

    #[test]
    fn everything_has_an_identifier_of_its_own() {
        let state = planted();
        let project = &state.projects[PROJECT_ID];
        let environments = project.environments.iter().map(|environment| &environment.id);
        let others = state.folders.keys().chain(state.connections.keys()).chain(state.identities.keys());
        let ids: Vec<_> = environments.chain(others).collect();
        assert!(ids.iter().all(|id| is_uuid(id)), "{ids:?}");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        assert_eq!(ids.len(), 3 + 3 * FOLDERS.len() + CONNECTIONS.len() + 2);
    }

    #[test]
    fn the_folders_of_each_environment_are_a_tree() {
        let state = planted();
        for (environment, slug, _) in ENVIRONMENTS {
            for path in FOLDERS {
                let folder = state.folder(PROJECT_ID, slug, path).unwrap();
                assert_eq!(folder.environment_id, environment);
                let parent = folder.parent_id.as_ref().map(|parent| state.folders[parent].path.as_str());
                let expected = match path {
                    "/" => None,
                    "/app/database" => Some("/app"),
                    _ => Some("/"),
                };
                assert_eq!(parent, expected, "{path}");
            }
        }
    }

    #[test]
    fn every_kind_has_a_connection_that_the_api_would_have_accepted() {
        let state = planted();
        for (kind, facts) in crate::validation::kinds() {
            for app in &facts.apps {
                assert!(connection_id(app).is_some(), "{kind} needs {app}");
            }
        }
        for connection in state.connections.values() {
            let body = json!({ "name": connection.name, "method": connection.method, "projectId": PROJECT_ID,
                               "credentials": connection.credentials });
            crate::validation::connection(&connection.app, &body)
                .unwrap_or_else(|issues| panic!("{}: {issues:?}", connection.app));
        }
    }

    #[test]
    fn planting_again_changes_nothing_and_keeps_what_a_user_changed() {
        let mut state = planted();
        state.connections.get_mut(CONNECTIONS[0].1).unwrap().name = "renamed".to_owned();
        let before = serde_json::to_value(&state).unwrap();
        plant(&mut state, Moment::from_milliseconds(0));
        assert_eq!(serde_json::to_value(&state).unwrap(), before);
    }

    #[test]
    fn every_state_survives_its_text() {
        let state = planted();
        let text = serde_json::to_string(&state).unwrap();
        let read: State = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }
}
