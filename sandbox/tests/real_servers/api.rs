//! The whole way: a connection and a rotation made through the API, whose secrets log in to the real server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use infisical_sandbox::{Options, Running, Sandbox, seed};
use serde_json::{Value, json};

use crate::servers;
use crate::wire::exchange;

const ADMINISTRATOR: &str = "administrator-of-the-test";

struct Api {
    sandbox: Running,
    token: String,
}

impl Api {
    fn start() -> Self {
        let mut options = Options::default();
        seed::plant(&mut options.state, options.clock.now());
        let sandbox = Sandbox::start(options).unwrap();
        let body = json!({ "clientId": seed::CLIENT_ID, "clientSecret": seed::CLIENT_SECRET });
        let login = exchange(sandbox.address(), "POST", "/api/v1/auth/universal-auth/login", None, Some(&body));
        let token = login.unwrap().json()["accessToken"].as_str().unwrap().to_owned();
        Self { sandbox, token }
    }

    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let answer = exchange(self.sandbox.address(), method, path, Some(&self.token), body).expect("an answer");
        (answer.status, answer.json())
    }

    /// Makes a connection to a Redis and tells its id.
    fn connect(&self, port: u16, password: &str) -> (u16, Value) {
        let body = json!({ "name": "cache", "method": "username-and-password", "projectId": seed::PROJECT_ID,
            "credentials": { "host": "127.0.0.1", "port": port, "username": "default", "password": password,
                             "sslEnabled": false, "sslRejectUnauthorized": false } });
        self.ask("POST", "/api/v1/app-connections/redis", Some(&body))
    }

    fn secret(&self, name: &str) -> String {
        let query = format!("projectId={}&environment=dev&secretPath=/app", seed::PROJECT_ID);
        let (status, answer) = self.ask("GET", &format!("/api/v4/secrets/{name}?{query}"), None);
        assert_eq!(status, 200, "{answer}");
        answer["secret"]["secretValue"].as_str().unwrap().to_owned()
    }

    /// Logs in to the Redis with what the two secrets hold now.
    fn secrets_log_in(&self, port: u16) -> bool {
        log_in(port, &self.secret("REDIS_USERNAME"), &self.secret("REDIS_PASSWORD"))
    }
}

fn log_in(port: u16, username: &str, password: &str) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(format!("AUTH {username} {password}\r\n").as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line == "+OK\r\n"
}

fn rotation(connection: &Value, scope: &str) -> Value {
    json!({ "name": "cache", "projectId": seed::PROJECT_ID, "environment": "dev", "secretPath": "/app",
            "connectionId": connection, "rotationInterval": 30, "parameters": { "permissionScope": scope },
            "secretsMapping": { "username": "REDIS_USERNAME", "password": "REDIS_PASSWORD" } })
}

#[test]
fn the_secrets_of_a_rotation_log_in_until_it_is_revoked() {
    let Some(redis) = servers::redis(ADMINISTRATOR) else { return };
    let api = Api::start();
    let (status, connection) = api.connect(redis.port, ADMINISTRATOR);
    assert_eq!(status, 200, "{connection}");
    let body = rotation(&connection["appConnection"]["id"], "~* +@all");
    let base = "/api/v2/secret-rotations/redis-credentials";
    let (status, created) = api.ask("POST", base, Some(&body));
    assert_eq!(status, 200, "{created}");
    assert!(api.secrets_log_in(redis.port));
    let first = (api.secret("REDIS_USERNAME"), api.secret("REDIS_PASSWORD"));

    let one = format!("{base}/{}", created["secretRotation"]["id"].as_str().unwrap());
    assert_eq!(api.ask("POST", &format!("{one}/rotate-secrets"), Some(&json!({}))).0, 200);
    assert_ne!(api.secret("REDIS_USERNAME"), first.0);
    assert!(api.secrets_log_in(redis.port));
    assert!(log_in(redis.port, &first.0, &first.1), "the one before the newest is valid still");

    let second = (api.secret("REDIS_USERNAME"), api.secret("REDIS_PASSWORD"));
    let query = "deleteSecrets=true&revokeGeneratedCredentials=true";
    assert_eq!(api.ask("DELETE", &format!("{one}?{query}"), None).0, 200);
    assert!(!log_in(redis.port, &first.0, &first.1));
    assert!(!log_in(redis.port, &second.0, &second.1));
}

#[test]
fn a_server_that_refuses_leaves_no_connection_and_no_rotation() {
    let Some(redis) = servers::redis(ADMINISTRATOR) else { return };
    let api = Api::start();
    let (status, refused) = api.connect(redis.port, "wrong");
    assert_eq!(status, 400);
    assert!(refused["message"].as_str().unwrap().starts_with("Unable to validate connection: WRONGPASS"), "{refused}");

    let (_, connection) = api.connect(redis.port, ADMINISTRATOR);
    let body = rotation(&connection["appConnection"]["id"], "+no-such-command");
    let (status, refused) = api.ask("POST", "/api/v2/secret-rotations/redis-credentials", Some(&body));
    assert_eq!(status, 400);
    assert!(refused["message"].as_str().unwrap().starts_with("Unable to rotate credentials: ERR Error"), "{refused}");
    assert_eq!(api.sandbox.core().read(|state| (state.rotations.len(), state.secrets.len())), (0, 0));
}
