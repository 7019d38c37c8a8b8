//! The sandbox as the quickstart uses it: its own program, started for the story, asked over HTTP.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use infisical_sandbox::seed;
use serde_json::json;

use crate::http::Api;
use crate::tools::{Failure, Outcome, could_not_start};

/// The project of the story.
pub(super) const PROJECT_ID: &str = seed::PROJECT_ID;

/// The connection to Redis of the demo project.
pub(super) fn connection_id() -> &'static str {
    seed::connection_id("redis").unwrap_or_default()
}

/// A running sandbox; it ends with this value.
pub(super) struct Sandbox {
    process: Child,
    environment: BTreeMap<String, String>,
    api: Api,
}

/// What the application reads from Infisical.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub(super) username: String,
    pub(super) password: String,
}

impl Sandbox {
    /// Starts the program beside `provider`, with its demo project, and a real Redis if there is one.
    pub(super) fn start(provider: &Path, redis: Option<&str>) -> Outcome<Self> {
        let program = provider.with_file_name(format!("infisical-sandbox{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(program);
        command.args(["--seed", "--listen", "127.0.0.1:0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        if let Some(address) = redis {
            command.args(["--redis", address]);
        }
        let mut process = command.spawn().map_err(|error| could_not_start("the sandbox", &error))?;
        let output = process.stdout.take().ok_or_else(|| Failure::failed("the sandbox has no output"))?;
        let mut environment = BTreeMap::new();
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        for line in lines.by_ref() {
            if let Some((name, value)) = line.trim().strip_prefix("export ").and_then(|line| line.split_once('=')) {
                environment.insert(name.to_owned(), value.trim_matches(['\'', '"']).to_owned());
            } else if !environment.is_empty() {
                break;
            }
        }
        // What it prints later must not block it.
        std::thread::spawn(move || lines.for_each(drop));
        let host = environment.get("INFISICAL_HOST").cloned();
        let mut sandbox = Self { process, environment, api: Api::new(host.as_deref().unwrap_or_default()) };
        if host.is_none() {
            return Err(Failure::failed("the sandbox did not say where it listens"));
        }
        sandbox.log_in()?;
        Ok(sandbox)
    }

    /// Where it listens.
    pub(super) fn url(&self) -> &str {
        self.environment.get("INFISICAL_HOST").map_or("", String::as_str)
    }

    /// The variables with which the provider finds it.
    pub(super) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// The two secrets, as an application would read them.
    pub(super) fn credentials(&self) -> Outcome<Credentials> {
        let secret = |name: &str| {
            let place = format!("projectId={PROJECT_ID}&environment=dev&secretPath=/");
            let path = format!("/api/v4/secrets/{name}?{place}&viewSecretValue=true");
            let answer = self.api.get(&path)?;
            let value = answer["secret"]["secretValue"].as_str().map(str::to_owned);
            value.ok_or_else(|| Failure::failed(format!("the secret {name} has no value")))
        };
        Ok(Credentials { username: secret("ORDERS_REDIS_USERNAME")?, password: secret("ORDERS_REDIS_PASSWORD")? })
    }

    /// Whether any rotation is left.
    pub(super) fn has_rotations(&self) -> Outcome<bool> {
        let answer = self.api.get(&format!("/api/v2/secret-rotations?projectId={PROJECT_ID}"))?;
        Ok(answer["secretRotations"].as_array().is_some_and(|rotations| !rotations.is_empty()))
    }

    /// Whether the simulated third party still takes these credentials.
    pub(super) fn third_party_accepts(&self, credentials: &Credentials) -> Outcome<bool> {
        let trial = json!({
            "kind": "redis-credentials",
            "credential": {"username": credentials.username, "password": credentials.password},
        });
        let answer = self.api.post("/_sandbox/third-party/check", &trial)?;
        answer["isAccepted"].as_bool().ok_or_else(|| Failure::failed("the third party gave no verdict"))
    }

    /// Waits until the program ends, which a Ctrl-C at the terminal does.
    pub(super) fn wait(&self) {
        let id = self.process.id().to_string();
        while Path::new("/proc").join(&id).exists() || !Path::new("/proc").exists() {
            std::thread::park_timeout(std::time::Duration::from_secs(1));
        }
    }

    fn log_in(&mut self) -> Outcome {
        let value = |name: &str| self.environment.get(name).cloned().unwrap_or_default();
        let body = json!({
            "clientId": value("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"),
            "clientSecret": value("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"),
        });
        let answer = self.api.post("/api/v1/auth/universal-auth/login", &body)?;
        let token = answer["accessToken"].as_str().ok_or_else(|| Failure::failed("the login gave no token"))?;
        self.api = self.api.clone().with_token(token.to_owned());
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Ending it may fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
