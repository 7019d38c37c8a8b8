//! What one client does, round after round, and what it expects to be told.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::client::Client;
use crate::seed;

const BASE: &str = "/api/v2/secret-rotations/stripe-api-key";

/// The steps in the life of one rotation: mostly reads, as in real use.
pub(super) const ROUND: [Step; 18] = [
    Step::Create,
    Step::Read,
    Step::Update,
    Step::Read,
    Step::ReadSecret,
    Step::Read,
    Step::Rotate,
    Step::Read,
    Step::ReadSecret,
    Step::Update,
    Step::Read,
    Step::Read,
    Step::Rotate,
    Step::ReadSecret,
    Step::Update,
    Step::Read,
    Step::Credentials,
    Step::Delete,
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Create,
    Read,
    Update,
    Rotate,
    ReadSecret,
    Credentials,
    Delete,
}

/// A client with the rotation that it is working on.
pub(super) struct Worker {
    client: Client,
    number: usize,
    round: usize,
    expected: Expected,
    done: Done,
}

/// What the API must say about the rotation.
#[derive(Debug, Default)]
struct Expected {
    id: String,
    description: String,
    rotations: u64,
}

/// What a client has done.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) latencies: Vec<Duration>,
    pub(super) changes: usize,
}

impl Worker {
    pub(super) async fn connect(address: SocketAddr, token: &str, number: usize) -> Result<Self, String> {
        let client = Client::connect(address, token).await?;
        Ok(Self { client, number, round: 0, expected: Expected::default(), done: Done::default() })
    }

    /// Lives through whole rounds until the deadline has passed, at least one.
    pub(super) async fn run_until(mut self, deadline: Instant) -> Result<Done, String> {
        loop {
            for step in ROUND {
                self.take(step).await?;
            }
            self.round += 1;
            if Instant::now() >= deadline {
                return Ok(self.done);
            }
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), String> {
        let (name, secret) = self.names();
        let one = format!("{BASE}/{}", self.expected.id);
        let answer = match step {
            Step::Create => {
                self.expected = Expected { description: "made".to_owned(), ..Expected::default() };
                let body = json!({
                    "name": name, "projectId": seed::PROJECT_ID, "environment": "dev", "secretPath": "/app",
                    "connectionId": seed::connection_id("stripe"), "rotationInterval": 30, "description": "made",
                    "parameters": { "keyName": name, "permissions": ["charge_read"] },
                    "secretsMapping": { "apiKey": secret },
                });
                self.send("POST", BASE, Some(&body)).await?
            }
            Step::Read => self.send("GET", &one, None).await?,
            Step::Update => {
                self.expected.description = format!("change {} of {name}", self.done.changes);
                let body = json!({ "description": self.expected.description });
                self.send("PATCH", &one, Some(&body)).await?
            }
            Step::Rotate => {
                self.expected.rotations += 1;
                self.send("POST", &format!("{one}/rotate-secrets"), Some(&json!({}))).await?
            }
            Step::ReadSecret => {
                let query = format!("projectId={}&environment=dev&secretPath=/app", seed::PROJECT_ID);
                let answer = self.send("GET", &format!("/api/v4/secrets/{secret}?{query}"), None).await?;
                // Each rotation makes one more version of the same secret.
                return expect(&answer, "/secret/version", &json!(self.expected.rotations + 1));
            }
            Step::Credentials => {
                let answer = self.send("GET", &format!("{one}/generated-credentials"), None).await?;
                return expect(&answer, "/activeIndex", &json!(self.expected.rotations % 2));
            }
            Step::Delete => {
                let query = "deleteSecrets=true&revokeGeneratedCredentials=true";
                self.send("DELETE", &format!("{one}?{query}"), None).await?
            }
        };
        if step == Step::Create {
            let id = answer.pointer("/secretRotation/id").and_then(Value::as_str);
            id.ok_or("the created rotation has no id")?.clone_into(&mut self.expected.id);
        }
        expect(&answer, "/secretRotation/id", &json!(self.expected.id))?;
        expect(&answer, "/secretRotation/description", &json!(self.expected.description))?;
        expect(&answer, "/secretRotation/activeIndex", &json!(self.expected.rotations % 2))?;
        if matches!(step, Step::Update | Step::Rotate) {
            self.done.changes += 1;
        }
        Ok(())
    }

    async fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let start = Instant::now();
        let answer = self.client.call(method, path, body).await?;
        self.done.latencies.push(start.elapsed());
        Ok(answer)
    }

    /// The names of the rotation and of its secret.
    fn names(&self) -> (String, String) {
        (format!("load-{}-{}", self.number, self.round), format!("LOAD_{}_{}", self.number, self.round))
    }
}

fn expect(answer: &Value, pointer: &str, expected: &Value) -> Result<(), String> {
    match answer.pointer(pointer) {
        Some(found) if found == expected => Ok(()),
        found => Err(format!("{pointer} is {}, not {expected}", found.unwrap_or(&Value::Null))),
    }
}
