//! Each fault once, injected through the control API and seen from outside: what the client gets, and what the server
//! has done.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod delivery;
mod third_party;
#[path = "../support/wire.rs"]
mod wire;

use infisical_sandbox::{Options, Running, Sandbox, seed};
use serde_json::{Value, json};

use wire::{Answer, exchange};

const ROTATIONS: &str = "/api/v2/secret-rotations/stripe-api-key";

/// A sandbox with the demo project, and a token for it.
struct Scene {
    sandbox: Running,
    token: String,
}

impl Scene {
    fn set() -> Self {
        let mut options = Options::default();
        seed::plant(&mut options.state, options.clock.now());
        let sandbox = Sandbox::start(options).unwrap();
        let body = json!({ "clientId": seed::CLIENT_ID, "clientSecret": seed::CLIENT_SECRET });
        let login = exchange(sandbox.address(), "POST", "/api/v1/auth/universal-auth/login", None, Some(&body));
        let token = login.unwrap().json()["accessToken"].as_str().unwrap().to_owned();
        Self { sandbox, token }
    }

    /// Injects a fault: everything but the effect is optional.
    fn inject(&self, fault: &Value) {
        let answer = exchange(self.sandbox.address(), "POST", "/_sandbox/faults", None, Some(fault)).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Sends a request; `None` when the connection was closed without an answer.
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        exchange(self.sandbox.address(), method, path, Some(&self.token), body)
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).expect("an answer")
    }

    fn create(&self, name: &str) -> Option<Answer> {
        self.send("POST", ROTATIONS, Some(&body(name)))
    }

    /// Creates a rotation and tells its id.
    fn created(&self, name: &str) -> String {
        let answer = self.create(name).expect("an answer");
        answer.json()["secretRotation"]["id"].as_str().expect("an id").to_owned()
    }

    fn rotate(&self, id: &str) -> Answer {
        self.send("POST", &format!("{ROTATIONS}/{id}/rotate-secrets"), Some(&json!({}))).expect("an answer")
    }

    /// The rotation as the API shows it.
    fn rotation(&self, id: &str) -> Value {
        self.get(&format!("{ROTATIONS}/{id}")).json()["secretRotation"].clone()
    }

    fn names(&self) -> Vec<String> {
        let core = self.sandbox.core();
        core.read(|state| state.rotations.values().map(|rotation| rotation.name.clone()).collect())
    }

    /// The faults that have not been spent.
    fn waiting(&self) -> usize {
        self.sandbox.core().faults.list().len()
    }
}

fn body(name: &str) -> Value {
    json!({
        "name": name, "projectId": seed::PROJECT_ID, "environment": "dev", "secretPath": "/app",
        "connectionId": seed::connection_id("stripe"), "rotationInterval": 30,
        "parameters": { "keyName": name, "permissions": ["charge_read"] },
        "secretsMapping": { "apiKey": name.to_uppercase().replace('-', "_") },
    })
}
