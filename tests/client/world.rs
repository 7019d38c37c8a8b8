//! What the tests of the client share: its settings, the rotations that the server tells of, and requests for them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use terraform_provider_infisical::infisical::{Client, Login, NewRotation, RotateAtUtc, Rotation, Secret, Settings};
use tokio_util::sync::CancellationToken;

use crate::server::{Asked, Reply, Server};

pub(crate) const KIND: &str = "redis-credentials";
pub(crate) const ONE: &str = "/api/v2/secret-rotations/redis-credentials";

/// Settings for `server` that wait briefly, with a token that needs no login.
pub(crate) fn settings(server: &Server) -> Settings {
    Settings {
        host: Some(server.host()),
        login: Some(Login::Token(Secret::new("given-token"))),
        request_timeout: Duration::from_secs(20),
        max_retry_wait: Duration::from_secs(3),
        ..Settings::default()
    }
}

pub(crate) fn client(server: &Server) -> Client {
    Client::new(settings(server)).unwrap()
}

pub(crate) fn universal() -> Login {
    Login::Universal { client_id: "id".to_owned(), client_secret: Secret::new("client-secret") }
}

pub(crate) fn never_stopped() -> CancellationToken {
    CancellationToken::new()
}

/// A rotation as the server writes it.
pub(crate) fn rotation(id: &str, project: &str) -> Value {
    json!({
        "id": id, "name": format!("name-{id}"), "description": null, "type": KIND, "projectId": project,
        "parameters": {"permissionScope": "~* +@all"}, "secretsMapping": {"username": "U", "password": "P"},
        "isAutoRotationEnabled": true, "rotationInterval": 30, "rotateAtUtc": {"hours": 0, "minutes": 0},
        "activeIndex": 0, "rotationStatus": "success", "lastRotationMessage": null,
        "lastRotatedAt": "2026-03-10T09:15:30.500Z", "lastRotationAttemptedAt": "2026-03-10T09:15:30.500Z",
        "nextRotationAt": null, "isLastRotationManual": true,
        "createdAt": Timestamp::now().to_string(), "updatedAt": Timestamp::now().to_string(),
        "connection": {"app": "redis", "name": "cache", "id": "connection"},
        "environment": {"id": "environment", "name": "Production", "slug": "prod"},
        "folder": {"id": "folder", "path": "/apps"},
    })
}

pub(crate) fn decoded(rotation: &Value) -> Rotation {
    serde_json::from_str(&rotation.to_string()).unwrap()
}

/// What a creation asks for; the server makes `rotation` of it.
pub(crate) fn new_rotation(name: &str) -> NewRotation {
    NewRotation {
        name: name.to_owned(),
        description: None,
        project_id: "project".to_owned(),
        connection_id: "connection".to_owned(),
        environment: "prod".to_owned(),
        secret_path: "/apps".to_owned(),
        is_auto_rotation_enabled: true,
        rotation_interval: 30.into(),
        rotate_at_utc: RotateAtUtc::default(),
        parameters: json!({"permissionScope": " ~* +@all "}),
        secrets_mapping: json!({"username": "U", "password": "P"}),
        temporary_parameters: None,
    }
}

/// A successful answer about one rotation, with the server's clock.
pub(crate) fn answer(rotation: &Value) -> Reply {
    Reply::json(200, &json!({"secretRotation": rotation})).with("date", http_date())
}

pub(crate) fn not_found() -> Reply {
    Reply::refusal(404, "NotFound", "Could not find Redis Credentials Rotation").with("date", http_date())
}

pub(crate) fn http_date() -> String {
    Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

pub(crate) fn granted(token: &str) -> Reply {
    Reply::json(
        200,
        &json!({"accessToken": token, "expiresIn": 3600, "accessTokenMaxTTL": 3600, "tokenType": "Bearer"}),
    )
}

/// A script that gives each of `replies` once, and from then on the last.
pub(crate) fn in_turn(replies: Vec<Reply>) -> impl Fn(&Asked) -> Reply + Send + Sync + 'static {
    let next = Arc::new(Mutex::new(0));
    move |_| {
        let mut next = next.lock().unwrap();
        *next += 1;
        replies[(*next - 1).min(replies.len() - 1)].clone()
    }
}
