//! The API behind the provider: a sandbox that is good for every kind, and what was asked of it.

use infisical_sandbox::clock::Moment;
use infisical_sandbox::faults::{Effect, Fault};
use infisical_sandbox::request_log::Entry;
use infisical_sandbox::state::{Connection, Folder, Project, State};
use infisical_sandbox::{Options, Running, Sandbox, seed};
use serde_json::{Value as Json, json};

/// A second project, with environments and folders of the same names as the first.
pub(crate) const OTHER_PROJECT_ID: &str = "5eed0000-0000-4000-8000-000000000091";
/// Where the examples live.
pub(crate) const ENVIRONMENT: &str = "dev";
/// Where the examples live.
pub(crate) const FOLDER: &str = "/app";

/// The routes of all rotations, and of all calls.
pub(crate) const ROTATIONS: &str = "/api/v2/secret-rotations/*";

/// A running sandbox with the demo project, a second project, and two connections for each app that both can use.
pub(crate) struct Server {
    running: Running,
}

impl Server {
    /// Starts one.
    pub(crate) fn start() -> Self {
        let options = Options::default();
        let now = options.clock.now();
        let mut state = State::default();
        seed::plant(&mut state, now);
        add_twin_project(&mut state, now);
        for (app, id) in seed::CONNECTIONS {
            let credentials = state.connections[id].credentials.clone();
            for (number, shared) in shared_connections(app).into_iter().enumerate() {
                let name = format!("shared-{app}-{number}");
                let connection = Connection::new(app, &name, None, credentials.clone(), now);
                state.connections.insert(shared.clone(), Connection { id: shared, ..connection });
            }
        }
        let administrator = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
        let role = administrator.projects[seed::PROJECT_ID].clone();
        administrator.projects.insert(OTHER_PROJECT_ID.to_owned(), role);
        Self { running: Sandbox::start(Options { state, ..options }).unwrap() }
    }

    /// The provider block that leads to it.
    pub(crate) fn block(&self) -> Json {
        self.block_at(self.running.url())
    }

    /// The provider block that leads to it through another address.
    #[expect(clippy::unused_self, reason = "credentials belong to a server, even if all have the same")]
    pub(crate) fn block_at(&self, url: &str) -> Json {
        json!({
            "host": url,
            "auth": { "universal": { "client_id": seed::CLIENT_ID, "client_secret": seed::CLIENT_SECRET } },
        })
    }

    /// Its address.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.running.address()
    }

    /// Makes something go wrong once with a request.
    pub(crate) fn injure(&self, method: &str, route: &str, effect: Effect) {
        self.running.core().faults.add(Fault::once(method, route, effect));
    }

    /// Makes something go wrong with every request until [`Server::heal`].
    pub(crate) fn injure_always(&self, method: &str, route: &str, effect: Effect) {
        self.running.core().faults.add(Fault::once(method, route, effect).always());
    }

    /// Removes all faults.
    pub(crate) fn heal(&self) {
        self.running.core().faults.clear();
    }

    /// What was asked so far.
    pub(crate) fn requests(&self) -> Vec<Entry> {
        self.running.core().requests.since(0)
    }

    /// How often a method was asked for on the routes of rotations.
    pub(crate) fn count(&self, method: &str) -> usize {
        let rotations = |entry: &&Entry| entry.method == method && entry.path.starts_with("/api/v2/secret-rotations");
        self.requests().iter().filter(rotations).count()
    }

    /// Looks into what the server stores.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        self.running.core().read(look)
    }

    /// Waits until what the server stores is as told.
    #[allow(dead_code, reason = "tests/writes shares this")]
    pub(crate) async fn until(&self, is_so: impl Fn(&State) -> bool) {
        let mut changes = self.running.core().changes();
        while !self.look(&is_so) {
            changes.changed().await.unwrap();
        }
    }

    /// Changes what the server stores, behind the provider's back.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.running.core().write(change)
    }
}

/// Adds a project with the environments and folders of the demo project.
fn add_twin_project(state: &mut State, now: Moment) {
    let mut project = Project::new(OTHER_PROJECT_ID, "Other", "other", now);
    for (_, slug, name) in seed::ENVIRONMENTS {
        let environment = project.add_environment(slug, name);
        let root = Folder::root(OTHER_PROJECT_ID, &environment, now);
        let inner = ["app", "ci"].map(|name| Folder::below(&root, name, now));
        state.folders.extend(inner.into_iter().chain([root]).map(|folder| (folder.id.clone(), folder)));
    }
    state.projects.insert(OTHER_PROJECT_ID.to_owned(), project);
}

/// Two connections of an app that every project may use.
pub(crate) fn shared_connections(app: &str) -> [String; 2] {
    let id = seed::connection_id(app).unwrap();
    ["9", "a"].map(|variant| id.replacen("-8000-", &format!("-{variant}000-"), 1))
}
