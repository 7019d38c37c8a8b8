//! A real `PostgreSQL` as the third party: two existing users whose passwords are set in turn and proved by logging in.

use std::time::Duration;

use serde_json::{Value, json};
use tokio_postgres::error::DbError;
use tokio_postgres::{Client, Config, NoTls};

use super::statement::{self, Values};
use super::{Job, ThirdPartyError, address, field, require_plain_text, shapes};

/// How long one conversation with a `PostgreSQL` may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sets new passwords: those of both users in one transaction at creation, that of the user in turn at a rotation.
pub(super) async fn issue(job: &Job<'_>) -> Result<Value, ThirdPartyError> {
    let (username, password) = (shapes::turn(job), shapes::password(job)?);
    let mut users = vec![(username, password.clone())];
    if job.is_create() {
        users.push((job.text("username2"), shapes::password(job)?));
    }
    set_passwords(job, &users).await?;
    for (username, password) in &users {
        let login = within_patience(connect(job.connection, username, password)).await;
        login.map_err(|failure| hide(&failure, &users))?;
    }
    Ok(json!({ "username": username, "password": password }))
}

/// Sets random passwords, which nobody stores, for the users of the given credentials.
pub(super) async fn revoke(job: &Job<'_>, credentials: &[Value]) -> Result<(), ThirdPartyError> {
    let users = credentials.iter().map(|credential| Ok((field(credential, "username"), shapes::password(job)?)));
    let users = users.collect::<Result<Vec<_>, ThirdPartyError>>()?;
    set_passwords(job, &users).await
}

/// Logs in with the connection's own credentials.
pub(super) async fn check(credentials: &Value) -> Result<(), ThirdPartyError> {
    let login = connect(credentials, field(credentials, "username"), field(credentials, "password"));
    within_patience(login).await?;
    Ok(())
}

async fn set_passwords(job: &Job<'_>, users: &[(&str, String)]) -> Result<(), ThirdPartyError> {
    let database = field(job.connection, "database");
    let mut statements = Vec::with_capacity(users.len());
    for (username, password) in users {
        statements.push(match job.parameters.get("rotationStatement").and_then(Value::as_str) {
            Some(own) => statement::render(own, Values { username, password, database })?,
            None => format!("ALTER USER {} WITH PASSWORD {}", identifier(username), literal(password)),
        });
    }
    let work = async {
        let own = (field(job.connection, "username"), field(job.connection, "password"));
        let mut client = connect(job.connection, own.0, own.1).await?;
        let transaction = client.transaction().await.map_err(|failure| explain(&failure))?;
        for statement in &statements {
            transaction.batch_execute(statement).await.map_err(|failure| explain(&failure))?;
        }
        transaction.commit().await.map_err(|failure| explain(&failure))
    };
    within_patience(work).await.map_err(|failure| hide(&failure, users))
}

async fn connect(connection: &Value, username: &str, password: &str) -> Result<Client, ThirdPartyError> {
    require_plain_text(connection, "PostgreSQL").map_err(ThirdPartyError::Other)?;
    let (host, port) = address(connection, 5432);
    let mut config = Config::new();
    config.host(&host).port(port).user(username).password(password).dbname(field(connection, "database"));
    let (client, driver) = config.connect(NoTls).await.map_err(|failure| explain(&failure))?;
    // It ends by itself as soon as the client is dropped, and what fails in it is told to the client too.
    tokio::spawn(driver);
    Ok(client)
}

async fn within_patience<T>(work: impl Future<Output = Result<T, ThirdPartyError>>) -> Result<T, ThirdPartyError> {
    let silent = || ThirdPartyError::Other("PostgreSQL does not answer".to_owned());
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| Err(silent()))
}

/// Prefers the database's own text to the driver's "db error".
fn explain(failure: &tokio_postgres::Error) -> ThirdPartyError {
    let text = match (failure.as_db_error().map(DbError::message), std::error::Error::source(failure)) {
        (Some(message), _) => message.to_owned(),
        (None, Some(source)) => format!("{failure}: {source}"),
        (None, None) => failure.to_string(),
    };
    ThirdPartyError::Other(text)
}

/// Takes the new passwords out of a message: a syntax error repeats parts of the statement.
fn hide(failure: &ThirdPartyError, users: &[(&str, String)]) -> ThirdPartyError {
    let text = users.iter().fold(failure.to_string(), |text, (_, password)| text.replace(password, "*****"));
    ThirdPartyError::Other(text)
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    // A backslash is an ordinary character only in this form, whatever the server's settings.
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(identifier(r#"a"b"#), r#""a""b""#);
        assert_eq!(literal(r"it's\"), r"E'it''s\\'");
    }

    #[test]
    fn a_message_does_not_carry_the_password() {
        let failure = ThirdPartyError::Other("syntax error at or near \"hunter2\"".to_owned());
        let hidden = hide(&failure, &[("a", "hunter2".to_owned())]);
        assert_eq!(hidden.to_string(), "syntax error at or near \"*****\"");
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_named_as_the_reason() {
        let connection = json!({ "host": "127.0.0.1", "port": 1, "username": "u", "password": "p", "database": "d" });
        let failure = check(&connection).await.unwrap_err().to_string();
        assert!(failure.contains("refused"), "{failure}");
    }
}
