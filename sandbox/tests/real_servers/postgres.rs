//! `PostgreSQL`: two users take turns.

use infisical_sandbox::issuers::{ThirdParties, ThirdPartyError};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use crate::{Rotation, servers, text};

const ADMINISTRATOR: &str = "administrator-of-the-test";

fn connection(port: u16) -> Value {
    json!({ "host": "127.0.0.1", "port": port, "database": "postgres", "username": "postgres",
            "password": ADMINISTRATOR, "sslEnabled": false, "sslRejectUnauthorized": true })
}

async fn log_in(port: u16, username: &str, password: &str) -> Result<Client, tokio_postgres::Error> {
    let mut configuration = tokio_postgres::Config::new();
    configuration.host("127.0.0.1").port(port).dbname("postgres").user(username).password(password);
    let (client, driver) = configuration.connect(NoTls).await?;
    tokio::spawn(driver);
    Ok(client)
}

async fn logs_in(port: u16, credential: &Value) -> bool {
    log_in(port, text(credential, "username"), text(credential, "password")).await.is_ok()
}

async fn with_users(port: u16, statements: &str) -> Client {
    let client = log_in(port, "postgres", ADMINISTRATOR).await.unwrap();
    client.batch_execute(statements).await.unwrap();
    client
}

#[tokio::test]
async fn two_users_take_turns_and_lose_their_passwords_on_revocation() {
    let Some(server) = servers::postgres(ADMINISTRATOR) else { return };
    let users = r#"CREATE USER app_a PASSWORD 'before'; CREATE USER "App ""B""" PASSWORD 'before'"#;
    with_users(server.port, users).await;
    let parameters = json!({ "username1": "app_a", "username2": "App \"B\"" });
    let mut rotation =
        Rotation::create("postgres-credentials", "postgres", connection(server.port), parameters).await.unwrap();
    assert_eq!(rotation.slots[0]["username"], "app_a");
    assert!(logs_in(server.port, &rotation.slots[0]).await);
    for user in ["app_a", "App \"B\""] {
        assert!(log_in(server.port, user, "before").await.is_err(), "creation sets both passwords: {user}");
    }

    let first = rotation.slots[0].clone();
    rotation.rotate().await.unwrap();
    assert_eq!(rotation.slots[1]["username"], "App \"B\"");
    assert!(logs_in(server.port, &first).await, "the other user keeps its password");
    assert!(logs_in(server.port, &rotation.slots[1]).await);

    rotation.rotate().await.unwrap();
    assert!(!logs_in(server.port, &first).await, "two rotations ago is over");
    for slot in &rotation.slots {
        assert!(logs_in(server.port, slot).await);
    }

    rotation.revoke().await.unwrap();
    for slot in &rotation.slots {
        assert!(!logs_in(server.port, slot).await);
    }
}

#[tokio::test]
async fn the_rotation_statement_is_carried_out() {
    let Some(server) = servers::postgres(ADMINISTRATOR) else { return };
    let administrator = with_users(server.port, "CREATE USER app_a PASSWORD 'x'; CREATE USER app_b PASSWORD 'x'").await;
    let statement = "ALTER USER \"{{lowercase username}}\" WITH PASSWORD '{{password}}' CONNECTION LIMIT 7; \
                     COMMENT ON ROLE \"{{username}}\" IS 'rotated in {{uppercase database}} for {{username}}'";
    let parameters = json!({ "username1": "app_a", "username2": "app_b", "rotationStatement": statement });
    let rotation =
        Rotation::create("postgres-credentials", "postgres", connection(server.port), parameters).await.unwrap();
    assert!(logs_in(server.port, &rotation.slots[0]).await);
    let query = "SELECT rolconnlimit, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = 'app_a'";
    let row = administrator.query_one(query, &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 7);
    assert_eq!(row.get::<_, String>(1), "rotated in POSTGRES for app_a");
}

#[tokio::test]
async fn a_missing_second_user_changes_nothing_and_is_named() {
    let Some(server) = servers::postgres(ADMINISTRATOR) else { return };
    with_users(server.port, "CREATE USER app_a PASSWORD 'before'").await;
    let parameters = json!({ "username1": "app_a", "username2": "nobody_here" });
    let refused = Rotation::create("postgres-credentials", "postgres", connection(server.port), parameters).await;
    let expected = ThirdPartyError::Other("role \"nobody_here\" does not exist".to_owned());
    assert_eq!(refused.map(|_| ()).unwrap_err(), expected);
    log_in(server.port, "app_a", "before").await.expect("both changes are one transaction");
}

#[tokio::test]
async fn a_statement_that_sets_no_password_fails_the_login_test() {
    let Some(server) = servers::postgres(ADMINISTRATOR) else { return };
    with_users(server.port, "CREATE USER app_a PASSWORD 'before'; CREATE USER app_b PASSWORD 'before'").await;
    let parameters = json!({ "username1": "app_a", "username2": "app_b",
                             "rotationStatement": "SELECT '{{username}}', '{{password}}'" });
    let refused = Rotation::create("postgres-credentials", "postgres", connection(server.port), parameters).await;
    let message = refused.map(|_| ()).unwrap_err().to_string();
    assert_eq!(message, "password authentication failed for user \"app_a\"");
}

#[tokio::test]
async fn a_connection_is_tested_by_logging_in() {
    let Some(server) = servers::postgres(ADMINISTRATOR) else { return };
    let third_parties = ThirdParties::default();
    let mut credentials = connection(server.port);
    third_parties.check_connection("postgres", &credentials).await.unwrap();
    credentials["password"] = "wrong".into();
    let refused = third_parties.check_connection("postgres", &credentials).await.unwrap_err().to_string();
    assert!(refused.starts_with("Unable to validate connection: password authentication failed"), "{refused}");
}
