//! All routes: method, template, rate class, who may ask, and the handler behind.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use http::Method;

use super::percent::decode;
use crate::rate_limit::Class;
use crate::state::MethodKind;
use crate::validation;

/// A route.
#[derive(Debug)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path; `{name}` stands for one segment.
    pub template: &'static str,
    /// What it counts as.
    pub class: Class,
    /// Who may ask.
    pub access: Access,
    /// The handler.
    pub endpoint: Endpoint,
}

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a token.
    Anyone,
    /// A machine identity.
    Identity,
}

/// The handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table below says what each is")]
pub enum Endpoint {
    Status,
    OpenApi,
    Login(MethodKind),
    RenewToken,
    RevokeToken,
    ListOptions,
    ListRotations,
    ListRotationsOfKind,
    CreateRotation,
    ReadRotation,
    FindRotation,
    UpdateRotation,
    DeleteRotation,
    ReadCredentials,
    Rotate,
    Reconcile,
    ListProjects,
    ReadProject,
    FindProject,
    ReadWorkspace,
    FindWorkspace,
    ReadEnvironment,
    FindEnvironment,
    CreateFolder,
    ListFolders,
    ReadFolder,
    DeleteFolder,
    ListConnections,
    ListConnectionsOfApp,
    ListAvailableConnections,
    ReadConnection,
    FindConnection,
    CreateConnection,
    UpdateConnection,
    DeleteConnection,
    ListSecrets,
    ReadSecret,
    CreateSecret,
    UpdateSecret,
    DeleteSecret,
}

/// A request's route and the variable parts of its path.
#[derive(Debug)]
pub struct Matched {
    /// The route.
    pub route: &'static Route,
    pub(crate) parameters: BTreeMap<&'static str, String>,
}

impl Matched {
    /// Tells the route's template as the server has it: one for each kind and each app.
    pub fn template(&self) -> String {
        let fill = |template: String, name: &str| match self.parameters.get(name) {
            Some(value) => template.replace(&format!("{{{name}}}"), value),
            None => template,
        };
        fill(fill(self.route.template.to_owned(), "kind"), "app")
    }
}

/// Finds the route of a request. A slash at the end makes no difference.
pub fn find(method: &Method, path: &str) -> Option<Matched> {
    let path = path.strip_suffix('/').unwrap_or(path);
    ROUTES.iter().filter(|route| route.method == method.as_str()).find_map(|route| {
        let parameters = matches(route.template, path)?;
        is_served(route.endpoint, &parameters).then_some(Matched { route, parameters })
    })
}

/// Only kinds and apps that the server knows have routes.
fn is_served(endpoint: Endpoint, parameters: &BTreeMap<&'static str, String>) -> bool {
    let kind = parameters.get("kind").map(|kind| validation::kinds().get(kind));
    let kind_is_served = match kind {
        None => true,
        Some(facts) => facts.is_some_and(|facts| facts.reconcile || endpoint != Endpoint::Reconcile),
    };
    kind_is_served && parameters.get("app").is_none_or(|app| is_app(app))
}

/// Tells whether the server has connections to an app.
fn is_app(app: &str) -> bool {
    static APPS: LazyLock<BTreeSet<&'static str>> =
        LazyLock::new(|| validation::kinds().values().flat_map(|facts| &facts.apps).map(String::as_str).collect());
    APPS.contains(app)
}

fn matches(template: &'static str, path: &str) -> Option<BTreeMap<&'static str, String>> {
    let mut parameters = BTreeMap::new();
    let mut wanted = template.split('/');
    let mut given = path.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => match wanted.strip_prefix('{').and_then(|wanted| wanted.strip_suffix('}')) {
                Some(name) if !given.is_empty() => {
                    parameters.insert(name, decode(given));
                }
                None if wanted == given => {}
                _ => return None,
            },
            _ => return None,
        }
    }
}

const fn route(
    method: &'static str,
    template: &'static str,
    class: Class,
    access: Access,
    endpoint: Endpoint,
) -> Route {
    Route { method, template, class, access, endpoint }
}

const fn get(template: &'static str, class: Class, endpoint: Endpoint) -> Route {
    route("GET", template, class, Access::Identity, endpoint)
}

const fn post(template: &'static str, class: Class, endpoint: Endpoint) -> Route {
    route("POST", template, class, Access::Identity, endpoint)
}

const fn patch(template: &'static str, class: Class, endpoint: Endpoint) -> Route {
    route("PATCH", template, class, Access::Identity, endpoint)
}

const fn delete(template: &'static str, class: Class, endpoint: Endpoint) -> Route {
    route("DELETE", template, class, Access::Identity, endpoint)
}

const fn login(template: &'static str, method: MethodKind) -> Route {
    route("POST", template, Class::Write, Access::Anyone, Endpoint::Login(method))
}

/// The routes. Where two match, the first wins: fixed segments stand before variable ones.
static ROUTES: &[Route] = &[
    route("GET", "/api/status", Class::Unlimited, Access::Anyone, Endpoint::Status),
    route("GET", "/api/docs/json", Class::Unlimited, Access::Anyone, Endpoint::OpenApi),
    // Logins and tokens.
    login("/api/v1/auth/universal-auth/login", MethodKind::Universal),
    login("/api/v1/auth/oidc-auth/login", MethodKind::Oidc),
    login("/api/v1/auth/kubernetes-auth/login", MethodKind::Kubernetes),
    login("/api/v1/auth/aws-auth/login", MethodKind::Aws),
    login("/api/v1/auth/gcp-auth/login", MethodKind::Gcp),
    login("/api/v1/auth/azure-auth/login", MethodKind::Azure),
    login("/api/v1/auth/jwt-auth/login", MethodKind::Jwt),
    login("/api/v1/auth/ldap-auth/login", MethodKind::Ldap),
    login("/api/v1/auth/tls-cert-auth/login", MethodKind::TlsCert),
    route("POST", "/api/v1/auth/token/renew", Class::Write, Access::Anyone, Endpoint::RenewToken),
    route("POST", "/api/v1/auth/token/revoke", Class::Write, Access::Anyone, Endpoint::RevokeToken),
    // Rotations.
    get("/api/v2/secret-rotations/options", Class::Read, Endpoint::ListOptions),
    get("/api/v2/secret-rotations", Class::Read, Endpoint::ListRotations),
    get("/api/v2/secret-rotations/{kind}", Class::Read, Endpoint::ListRotationsOfKind),
    post("/api/v2/secret-rotations/{kind}", Class::Write, Endpoint::CreateRotation),
    get("/api/v2/secret-rotations/{kind}/rotation-name/{rotationName}", Class::Read, Endpoint::FindRotation),
    get("/api/v2/secret-rotations/{kind}/{rotationId}", Class::Read, Endpoint::ReadRotation),
    patch("/api/v2/secret-rotations/{kind}/{rotationId}", Class::Write, Endpoint::UpdateRotation),
    delete("/api/v2/secret-rotations/{kind}/{rotationId}", Class::Write, Endpoint::DeleteRotation),
    get("/api/v2/secret-rotations/{kind}/{rotationId}/generated-credentials", Class::Read, Endpoint::ReadCredentials),
    post("/api/v2/secret-rotations/{kind}/{rotationId}/rotate-secrets", Class::Write, Endpoint::Rotate),
    post("/api/v2/secret-rotations/{kind}/{rotationId}/reconcile", Class::Write, Endpoint::Reconcile),
    // Projects and environments, under their names of today and of old.
    get("/api/v1/projects", Class::Read, Endpoint::ListProjects),
    get("/api/v1/projects/slug/{slug}", Class::Read, Endpoint::FindProject),
    get("/api/v1/projects/{projectId}", Class::Read, Endpoint::ReadProject),
    get("/api/v1/projects/{projectId}/environments/slug/{slug}", Class::Read, Endpoint::FindEnvironment),
    get("/api/v1/projects/{projectId}/environments/{environmentId}", Class::Read, Endpoint::ReadEnvironment),
    get("/api/v1/workspace/{projectId}", Class::Read, Endpoint::ReadWorkspace),
    get("/api/v1/workspace/{projectId}/environments/{environmentId}", Class::Read, Endpoint::ReadEnvironment),
    get("/api/v2/workspace/{slug}", Class::Read, Endpoint::FindWorkspace),
    // Folders.
    post("/api/v2/folders", Class::Secret, Endpoint::CreateFolder),
    get("/api/v2/folders", Class::Read, Endpoint::ListFolders),
    get("/api/v2/folders/{folderId}", Class::Read, Endpoint::ReadFolder),
    delete("/api/v2/folders/{folderIdOrName}", Class::Secret, Endpoint::DeleteFolder),
    post("/api/v1/folders", Class::Secret, Endpoint::CreateFolder),
    get("/api/v1/folders", Class::Read, Endpoint::ListFolders),
    get("/api/v1/folders/{folderId}", Class::Read, Endpoint::ReadFolder),
    delete("/api/v1/folders/{folderIdOrName}", Class::Secret, Endpoint::DeleteFolder),
    // App connections.
    get("/api/v1/app-connections", Class::Read, Endpoint::ListConnections),
    get("/api/v1/app-connections/{app}", Class::Read, Endpoint::ListConnectionsOfApp),
    post("/api/v1/app-connections/{app}", Class::Write, Endpoint::CreateConnection),
    get("/api/v1/app-connections/{app}/available", Class::Read, Endpoint::ListAvailableConnections),
    get("/api/v1/app-connections/{app}/connection-name/{connectionName}", Class::Read, Endpoint::FindConnection),
    get("/api/v1/app-connections/{app}/{connectionId}", Class::Read, Endpoint::ReadConnection),
    patch("/api/v1/app-connections/{app}/{connectionId}", Class::Write, Endpoint::UpdateConnection),
    delete("/api/v1/app-connections/{app}/{connectionId}", Class::Write, Endpoint::DeleteConnection),
    // Secrets, and the deprecated way to read them.
    get("/api/v4/secrets", Class::Secret, Endpoint::ListSecrets),
    get("/api/v4/secrets/{secretName}", Class::Secret, Endpoint::ReadSecret),
    post("/api/v4/secrets/{secretName}", Class::Secret, Endpoint::CreateSecret),
    patch("/api/v4/secrets/{secretName}", Class::Secret, Endpoint::UpdateSecret),
    delete("/api/v4/secrets/{secretName}", Class::Secret, Endpoint::DeleteSecret),
    get("/api/v3/secrets/raw", Class::Secret, Endpoint::ListSecrets),
    get("/api/v3/secrets/raw/{secretName}", Class::Secret, Endpoint::ReadSecret),
];
