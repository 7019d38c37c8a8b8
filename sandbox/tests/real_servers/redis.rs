//! Redis: ACL users come and go with the slots.

use infisical_sandbox::issuers::{ThirdParties, ThirdPartyError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::{Rotation, servers, text};

const ADMINISTRATOR: &str = "administrator-of-the-test";

fn connection(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port, "username": "default", "password": ADMINISTRATOR,
            "sslEnabled": false, "sslRejectUnauthorized": false })
}

/// Sends lines to the Redis and returns its answer to the last one.
async fn talk(port: u16, lines: &[String]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut answer = String::new();
    for line in lines {
        stream.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        let mut buffer = vec![0; 65536];
        let length = stream.read(&mut buffer).await.unwrap();
        answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
    }
    answer
}

async fn as_user(port: u16, credential: &Value, command: &str) -> String {
    let login = format!("AUTH {} {}", text(credential, "username"), text(credential, "password"));
    talk(port, &[login, command.to_owned()]).await
}

async fn logs_in(port: u16, credential: &Value) -> bool {
    let login = format!("AUTH {} {}", text(credential, "username"), text(credential, "password"));
    talk(port, &[login]).await == "+OK\r\n"
}

#[tokio::test]
async fn the_newest_two_users_log_in_within_their_scope_and_all_go_on_revocation() {
    let Some(server) = servers::redis(ADMINISTRATOR) else { return };
    let parameters = json!({ "permissionScope": "~app:* +get +set" });
    let mut rotation =
        Rotation::create("redis-credentials", "redis", connection(server.port), parameters).await.unwrap();
    let mut history = vec![rotation.slots[0].clone()];
    for _ in 0..3 {
        rotation.rotate().await.unwrap();
        history.push(rotation.slots[rotation.active].clone());
        for (index, credential) in history.iter().enumerate() {
            let is_of_the_newest_two = index + 2 >= history.len();
            assert_eq!(logs_in(server.port, credential).await, is_of_the_newest_two, "{index} of {}", history.len());
        }
    }

    let newest = &rotation.slots[rotation.active];
    assert_eq!(as_user(server.port, newest, "SET app:x 1").await, "+OK\r\n");
    assert!(as_user(server.port, newest, "SET other:x 1").await.starts_with("-NOPERM"));
    assert!(as_user(server.port, newest, "FLUSHALL").await.starts_with("-NOPERM"));

    rotation.revoke().await.unwrap();
    for credential in &history {
        assert!(!logs_in(server.port, credential).await);
    }
    rotation.revoke().await.expect("what is gone counts as revoked");
}

#[tokio::test]
async fn passwords_follow_the_requirements() {
    let Some(server) = servers::redis(ADMINISTRATOR) else { return };
    let required = json!({ "digits": 4, "lowercase": 0, "uppercase": 0, "symbols": 2 });
    let parameters = json!({ "permissionScope": "+@read", "passwordRequirements":
        { "length": 16, "required": required, "allowedSymbols": "#!" } });
    let rotation = Rotation::create("redis-credentials", "redis", connection(server.port), parameters).await.unwrap();
    let password = text(&rotation.slots[0], "password");
    assert_eq!(password.len(), 16);
    assert!(password.chars().all(|symbol| symbol.is_ascii_digit() || "#!".contains(symbol)), "{password}");
    assert!(logs_in(server.port, &rotation.slots[0]).await);
}

#[tokio::test]
async fn a_scope_that_redis_refuses_is_told_in_its_words_and_leaves_no_user() {
    let Some(server) = servers::redis(ADMINISTRATOR) else { return };
    let parameters = json!({ "permissionScope": "~* +no-such-command" });
    let refused = Rotation::create("redis-credentials", "redis", connection(server.port), parameters).await;
    let Err(ThirdPartyError::BadRequest(message)) = refused.map(|_| ()) else { panic!("it must be refused") };
    assert!(message.starts_with("Unable to rotate credentials: ERR Error in ACL SETUSER modifier"), "{message}");
    let users = talk(server.port, &[format!("AUTH default {ADMINISTRATOR}"), "ACL USERS".to_owned()]).await;
    assert_eq!(users, "*1\r\n$7\r\ndefault\r\n");
}

#[tokio::test]
async fn a_connection_is_tested_by_logging_in() {
    let Some(server) = servers::redis(ADMINISTRATOR) else { return };
    let third_parties = ThirdParties::default();
    let mut credentials = connection(server.port);
    third_parties.check_connection("redis", &credentials).await.unwrap();
    credentials["password"] = "wrong".into();
    let refused = third_parties.check_connection("redis", &credentials).await.unwrap_err().to_string();
    assert!(refused.starts_with("Unable to validate connection: WRONGPASS"), "{refused}");
}
