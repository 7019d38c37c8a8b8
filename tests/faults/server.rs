//! The server behind the provider: a sandbox, what it stores, and what it was asked.

use std::net::SocketAddr;
use std::sync::Arc;

use infisical_sandbox::core::Core;
use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::state::{Rotation, State};
use infisical_sandbox::{Options, Running, Sandbox, seed};
use serde_json::{Value as Json, json};

/// The route of all rotations, which also lists them.
pub(crate) const ROTATIONS: &str = "/api/v2/secret-rotations";
/// The slug of the kind that these tests use: no rule of its own is in the way.
pub(crate) const KIND: &str = "redis-credentials";
/// Its resource type.
pub(crate) const RESOURCE: &str = "infisical_redis_rotation";
/// Where the tests' rotations lie.
pub(crate) const ENVIRONMENT: &str = "dev";
/// Where the tests' rotations lie.
pub(crate) const FOLDER: &str = "/app";

/// A sandbox with the demo project.
pub(crate) struct Server {
    running: Running,
}

/// What a provider block may say about patience, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// `request_timeout`.
    pub(crate) request: u64,
    /// `max_retry_wait`.
    pub(crate) retry: u64,
}

impl Patience {
    /// Enough for any machine: nothing times out that is not meant to.
    pub(crate) const AMPLE: Self = Self { request: 60, retry: 60 };
}

impl Server {
    /// Starts one without rate limits.
    pub(crate) fn start() -> Self {
        Self::limited(None)
    }

    /// Starts one with these rate limits.
    pub(crate) fn limited(rate_limits: Option<RateLimits>) -> Self {
        let mut options = Options { rate_limits, ..Options::default() };
        seed::plant(&mut options.state, options.clock.now());
        Self { running: Sandbox::start(options).unwrap() }
    }

    /// What is inside.
    pub(crate) fn core(&self) -> &Arc<Core> {
        self.running.core()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// The provider block that leads to it.
    pub(crate) fn block(&self, patience: Patience) -> Json {
        block(self.running.url(), patience)
    }

    /// All rotations.
    pub(crate) fn rotations(&self) -> Vec<Rotation> {
        self.core().read(|state| state.rotations.values().cloned().collect())
    }

    /// How often the third party was made to issue a credential.
    pub(crate) fn issued(&self) -> usize {
        self.core().third_parties.issued().len()
    }

    /// How often a rotation has written its secrets: once when it was created, and once for each rotation since.
    pub(crate) fn written(&self, rotation: &Rotation) -> u32 {
        self.core().read(|state: &State| {
            let secrets = state.secrets.values().flat_map(|folder| folder.values());
            let versions = secrets.filter(|it| it.rotation_id.as_ref() == Some(&rotation.id)).map(|it| it.version);
            versions.max().unwrap_or_default()
        })
    }

    /// How many requests have come whose method and path are as told.
    pub(crate) fn count(&self, is_meant: impl Fn(&str, &str) -> bool) -> usize {
        self.core().requests.since(0).iter().filter(|entry| is_meant(&entry.method, &entry.path)).count()
    }
}

/// The provider block that leads to the demo project at an address. Plans ask for nothing: the requests of the operation
/// that is tried are the only ones that a fault can meet. What plans ask for is tried in `tests/writes/preflight`.
pub(crate) fn block(url: &str, patience: Patience) -> Json {
    json!({
        "host": url,
        "auth": { "universal": { "client_id": seed::CLIENT_ID, "client_secret": seed::CLIENT_SECRET } },
        "request_timeout": patience.request,
        "max_retry_wait": patience.retry,
        "preflight": "off",
    })
}

/// The configuration of a rotation, with secrets of its own.
pub(crate) fn rotation(name: &str) -> Json {
    let secret = name.to_uppercase().replace('-', "_");
    json!({
        "name": name,
        "project_id": seed::PROJECT_ID,
        "connection_id": seed::connection_id("redis"),
        "environment": ENVIRONMENT,
        "secret_path": FOLDER,
        "rotation_interval": 30,
        "parameters": { "permission_scope": "~* +@read" },
        "secrets_mapping": { "username": format!("{secret}_USERNAME"), "password": format!("{secret}_PASSWORD") },
        "delete_secrets": true,
    })
}
