//! A real Redis as the third party: one new ACL user for each rotation, the newest two of them kept.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::{Job, ThirdPartyError, address, field, require_plain_text, shapes};

/// How long one conversation with a Redis may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// No reply to the few commands sent here is longer than this.
const LONGEST_REPLY: u64 = 1 << 20;

/// Creates a user with the permission scope, then deletes the one in the overwritten slot.
pub(super) async fn issue(job: &Job<'_>) -> Result<Value, ThirdPartyError> {
    let username = shapes::user_name()?;
    let password = shapes::password(job)?;
    let secret = format!(">{password}");
    // The scope is a list of rules: each word is an argument of its own.
    let mut command = vec!["ACL", "SETUSER", &username, "on", &secret];
    command.extend(job.text("permissionScope").split_whitespace());
    let overwritten = job.overwritten().map(|credential| field(credential, "username"));
    within_patience(async {
        let mut redis = Redis::log_in(job.connection).await?;
        redis.call(&command).await?;
        if let Some(user) = overwritten.filter(|user| !user.is_empty()) {
            redis.call(&["ACL", "DELUSER", user]).await?;
        }
        Ok(())
    })
    .await
    .map_err(|failure| ThirdPartyError::BadRequest(format!("Unable to rotate credentials: {failure}")))?;
    Ok(json!({ "username": username, "password": password }))
}

/// Deletes the users of the given credentials; one that is gone already counts as deleted.
pub(super) async fn revoke(job: &Job<'_>, credentials: &[Value]) -> Result<(), ThirdPartyError> {
    within_patience(async {
        let mut redis = Redis::log_in(job.connection).await?;
        for user in credentials.iter().map(|credential| field(credential, "username")) {
            redis.call(&["ACL", "DELUSER", user]).await?;
        }
        Ok(())
    })
    .await
    .map_err(|failure| ThirdPartyError::BadRequest(format!("Unable to revoke credentials: {failure}")))
}

/// Logs in with the connection's own credentials.
pub(super) async fn check(credentials: &Value) -> Result<(), ThirdPartyError> {
    let checked = within_patience(async { Redis::log_in(credentials).await?.call(&["PING"]).await });
    checked.await.map_err(|failure| ThirdPartyError::Other(failure.to_string()))
}

async fn within_patience<T>(work: impl Future<Output = Result<T, RedisError>>) -> Result<T, RedisError> {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or(Err(RedisError::Silent))
}

#[derive(Debug, thiserror::Error)]
enum RedisError {
    #[error("{0}")]
    Unsupported(String),
    #[error("cannot talk to Redis at {address}: {source}")]
    Connection { address: String, source: std::io::Error },
    #[error("Redis does not answer")]
    Silent,
    /// The server's own text, such as `ERR Error in ACL SETUSER modifier '+x': ...`.
    #[error("{0}")]
    Refused(String),
    #[error("what answers does not speak the Redis protocol")]
    Protocol,
}

/// A connection to a Redis that speaks just enough of RESP2 to send a command and understand a refusal.
struct Redis {
    address: String,
    stream: BufReader<TcpStream>,
}

impl Redis {
    async fn log_in(credentials: &Value) -> Result<Self, RedisError> {
        require_plain_text(credentials, "Redis").map_err(RedisError::Unsupported)?;
        let (host, port) = address(credentials, 6379);
        let address = format!("{host}:{port}");
        let stream = TcpStream::connect((host.as_str(), port))
            .await
            .map_err(|source| RedisError::Connection { address: address.clone(), source })?;
        let mut redis = Self { address, stream: BufReader::new(stream) };
        let (username, password) = (field(credentials, "username"), field(credentials, "password"));
        if !password.is_empty() {
            let username = if username.is_empty() { "default" } else { username };
            redis.call(&["AUTH", username, password]).await?;
        }
        Ok(redis)
    }

    /// Sends one command and waits until the server has accepted or refused it.
    async fn call(&mut self, words: &[&str]) -> Result<(), RedisError> {
        let answer = self.exchange(words).await;
        answer.map_err(|source| match source.kind() {
            std::io::ErrorKind::InvalidData => RedisError::Protocol,
            _ => RedisError::Connection { address: self.address.clone(), source },
        })?
    }

    async fn exchange(&mut self, words: &[&str]) -> std::io::Result<Result<(), RedisError>> {
        let words_in_bulk = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len()));
        let request = format!("*{}\r\n{}", words.len(), words_in_bulk.collect::<String>());
        self.stream.write_all(request.as_bytes()).await?;
        let line = self.line().await?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(invalid)?;
        match kind {
            "+" | ":" => Ok(Ok(())),
            "-" => Ok(Err(RedisError::Refused(rest.to_owned()))),
            "$" => {
                // A bulk text of -1 bytes is the null reply and has no body.
                if let Ok(length) = rest.parse::<u64>() {
                    if length > LONGEST_REPLY {
                        return Err(invalid());
                    }
                    tokio::io::copy(&mut (&mut self.stream).take(length + 2), &mut tokio::io::sink()).await?;
                }
                Ok(Ok(()))
            }
            _ => Err(invalid()),
        }
    }

    async fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        (&mut self.stream).take(LONGEST_REPLY).read_line(&mut line).await?;
        match line.strip_suffix("\r\n") {
            Some(line) => Ok(line.to_owned()),
            None if line.is_empty() => Err(std::io::ErrorKind::UnexpectedEof.into()),
            None => Err(invalid()),
        }
    }
}

fn invalid() -> std::io::Error {
    std::io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;
    use crate::clock::Moment;

    /// Answers each command with the next of the given replies and returns what was sent.
    async fn fake(replies: &'static [&'static str]) -> (Value, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut heard = String::new();
            let mut buffer = vec![0; 4096];
            for reply in replies {
                let count = stream.read(&mut buffer).await.unwrap();
                heard.push_str(&String::from_utf8_lossy(&buffer[..count]));
                stream.write_all(reply.as_bytes()).await.unwrap();
            }
            heard
        });
        (json!({ "host": "127.0.0.1", "port": port, "username": "admin", "password": "pw" }), server)
    }

    fn job<'a>(connection: &'a Value, parameters: &'a Value, slots: &'a [Value]) -> Job<'a> {
        Job {
            kind: "redis-credentials",
            app: "redis",
            connection_id: "c",
            connection,
            parameters,
            temporary: None,
            slots,
            slot: 0,
            now: Moment::from_milliseconds(0),
        }
    }

    #[tokio::test]
    async fn a_rotation_creates_a_user_and_deletes_the_overwritten_one() {
        let (connection, server) = fake(&["+OK\r\n", "+OK\r\n", ":1\r\n"]).await;
        let parameters = json!({ "permissionScope": "~app:* +@read" });
        let slots = [json!({ "username": "old", "password": "x" })];
        let issued = issue(&job(&connection, &parameters, &slots)).await.unwrap();
        let username = issued["username"].as_str().unwrap();
        let password = issued["password"].as_str().unwrap();
        assert_eq!((username.len(), password.len()), (32, 48));
        let heard = server.await.unwrap();
        assert!(
            heard.starts_with("*3\r\n$4\r\nAUTH\r\n$5\r\nadmin\r\n$2\r\npw\r\n*7\r\n$3\r\nACL\r\n$7\r\nSETUSER\r\n"),
            "{heard}"
        );
        assert!(heard.contains(&format!("${}\r\n>{password}\r\n$6\r\n~app:*\r\n$6\r\n+@read\r\n", 49)), "{heard}");
        assert!(heard.ends_with("*3\r\n$3\r\nACL\r\n$7\r\nDELUSER\r\n$3\r\nold\r\n"), "{heard}");
    }

    #[tokio::test]
    async fn a_refusal_carries_the_servers_text() {
        let (connection, _server) = fake(&["+OK\r\n", "-ERR Error in ACL SETUSER modifier '+x': unknown\r\n"]).await;
        let parameters = json!({ "permissionScope": "+x" });
        let refused = issue(&job(&connection, &parameters, &[])).await.unwrap_err();
        let expected = "Unable to rotate credentials: ERR Error in ACL SETUSER modifier '+x': unknown";
        assert_eq!(refused, ThirdPartyError::BadRequest(expected.to_owned()));
    }

    #[tokio::test]
    async fn what_is_not_redis_is_said_to_be_not_redis() {
        let (connection, _server) = fake(&["HTTP/1.1 400 Bad Request\r\n\r\n"]).await;
        let failure = check(&connection).await.unwrap_err().to_string();
        assert_eq!(failure, "what answers does not speak the Redis protocol");
    }

    #[tokio::test]
    async fn tls_is_refused_with_the_way_out() {
        let connection = json!({ "host": "127.0.0.1", "port": 1, "sslEnabled": true });
        let failure = check(&connection).await.unwrap_err().to_string();
        assert!(failure.contains("set sslEnabled to false"), "{failure}");
    }
}
