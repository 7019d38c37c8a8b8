//! A sandbox with the demo project and a clock that stands still, and the bodies that the tests send.

use infisical_sandbox::clock::{Clock, Moment};
use infisical_sandbox::faults::{Call, Effect, Fault, Form};
use infisical_sandbox::rotation::schedule;
use infisical_sandbox::state::{MethodKind, ProjectRole, Rule, State};
use infisical_sandbox::{Options, Running, Sandbox, seed};
use serde_json::{Value, json};

use crate::client::{Answer, Client};

/// When most tests happen.
pub(crate) const NOW: &str = "2026-03-10T09:15:30.500Z";
pub(crate) const ROTATIONS: &str = "/api/v2/secret-rotations";
pub(crate) const REDIS: &str = "/api/v2/secret-rotations/redis-credentials";
pub(crate) const GENERATION_FAILED: &str =
    "Infisical encountered an issue while generating credentials with the configured inputs: ";

/// A sandbox and somebody who is logged in.
pub(crate) struct World {
    pub(crate) sandbox: Running,
    pub(crate) client: Client,
    pub(crate) token: String,
}

impl World {
    /// Starts a sandbox with the demo project and logs its administrator in.
    pub(crate) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// The same with other options.
    pub(crate) async fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        let now = moment(NOW);
        let mut state = State::default();
        seed::plant(&mut state, now);
        let mut options = Options { clock: Clock::held(now), state, ..Options::default() };
        adjust(&mut options);
        let sandbox = Sandbox::start(options).unwrap();
        let client = Client::new(sandbox.url());
        let mut world = Self { sandbox, client, token: String::new() };
        world.token = world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
        world
    }

    /// The same with tokens that last for years, for tests that move the clock far.
    pub(crate) async fn lasting() -> Self {
        Self::with(|options| {
            let identity = options.state.identities.get_mut(seed::IDENTITY_ID).unwrap();
            identity.methods.get_mut(&MethodKind::Universal).unwrap().access_token_ttl = 10 * 365 * 86_400;
        })
        .await
    }

    /// Logs in by universal auth and gives the token.
    pub(crate) async fn log_in(&self, client_id: &str, secret: &str) -> String {
        let body = json!({ "clientId": client_id, "clientSecret": secret });
        let answer = self.anonymous("POST", "/api/v1/auth/universal-auth/login", &body).await.expect(200);
        answer["accessToken"].as_str().unwrap().to_owned()
    }

    /// Sends a JSON body, or none for `null`, with the token.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    pub(crate) async fn call_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {token}");
        let mut headers = vec![("authorization", authorization.as_str())];
        if body.is_null() {
            return self.client.send(method, path, &headers, b"").await;
        }
        headers.push(("content-type", "application/json"));
        self.client.send(method, path, &headers, body.to_string().as_bytes()).await
    }

    /// Sends a JSON body without a token.
    pub(crate) async fn anonymous(&self, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.client.send(method, path, &headers, body.to_string().as_bytes()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, body).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call("PATCH", path, body).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &Value::Null).await
    }

    /// Creates a rotation and gives it as the answer shows it.
    pub(crate) async fn create(&self, body: &Value) -> Value {
        self.post(REDIS, body).await.expect(200)["secretRotation"].clone()
    }

    /// Creates the usual rotation and gives its path.
    pub(crate) async fn created(&self) -> String {
        path_of(&self.create(&redis("cache")).await)
    }

    /// Reads a rotation by its path.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.get(path).await.expect(200)["secretRotation"].clone()
    }

    /// Reads a secret of the folder `/app` in `dev`.
    pub(crate) async fn secret(&self, name: &str) -> Answer {
        let place = format!("projectId={}&environment=dev&secretPath=/app", seed::PROJECT_ID);
        self.get(&format!("/api/v4/secrets/{name}?{place}")).await
    }

    /// Creates an ordinary secret in the folder `/app` of `dev`.
    pub(crate) async fn put_secret(&self, name: &str, value: &str) {
        let body =
            json!({ "projectId": seed::PROJECT_ID, "environment": "dev", "secretPath": "/app", "secretValue": value });
        self.post(&format!("/api/v4/secrets/{name}"), &body).await.expect(200);
    }

    /// Changes what exists behind the API's back.
    pub(crate) fn arrange<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        self.sandbox.core().write(change)
    }

    /// Gives the administrator a role of his own in the demo project.
    pub(crate) fn restrict(&self, rules: &[(&str, &[&str])]) {
        let rule = |(subject, actions): &(&str, &[&str])| Rule {
            subject: (*subject).to_owned(),
            actions: actions.iter().map(|action| (*action).to_owned()).collect(),
            inverted: false,
            conditions: [].into(),
        };
        self.set_role(ProjectRole::Custom(rules.iter().map(rule).collect()));
    }

    pub(crate) fn set_role(&self, role: ProjectRole) {
        self.arrange(|state| {
            let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
            identity.projects.insert(seed::PROJECT_ID.to_owned(), role);
        });
    }

    /// Injects a fault for the next request of this method.
    pub(crate) fn fault(&self, method: &str, effect: Effect) {
        self.sandbox.core().faults.add(Fault::once(method, "*", effect));
    }

    /// Lets the third party refuse once.
    pub(crate) fn third_party_refuses(&self, method: &str, call: Call, form: Form) {
        self.fault(method, Effect::ThirdParty { message: "out of order".to_owned(), form, call });
    }

    /// Moves the clock and lets everything happen that is due by then.
    pub(crate) async fn move_to(&self, time: &str) {
        schedule::move_clock(self.sandbox.core(), moment(time)).await;
    }

    /// Waits until the sandbox, by itself, has brought about what is asked for.
    pub(crate) async fn until(&self, is_so: impl Fn(&State) -> bool) {
        let mut changes = self.sandbox.core().changes();
        while !self.sandbox.core().read(&is_so) {
            changes.changed().await.unwrap();
        }
    }
}

pub(crate) fn moment(text: &str) -> Moment {
    Moment::parse(text).unwrap()
}

/// The body of a Redis rotation in `/app` of `dev`.
pub(crate) fn redis(name: &str) -> Value {
    json!({
        "name": name,
        "projectId": seed::PROJECT_ID,
        "connectionId": seed::connection_id("redis"),
        "environment": "dev",
        "secretPath": "/app",
        "rotationInterval": 30,
        "parameters": { "permissionScope": "~* +@all" },
        "secretsMapping": { "username": format!("{name}-user"), "password": format!("{name}-password") },
    })
}

/// The same with one key changed.
pub(crate) fn redis_with(key: &str, value: Value) -> Value {
    let mut body = redis("cache");
    body[key] = value;
    body
}

/// The path of a rotation.
pub(crate) fn path_of(rotation: &Value) -> String {
    format!("{ROTATIONS}/{}/{}", rotation["type"].as_str().unwrap(), rotation["id"].as_str().unwrap())
}
