//! The third parties whose credentials are rotated: what issues a credential, takes the replaced one out of use and
//! revokes all of them.
//!
//! A `redis` or `postgres` connection that names a reachable address rotates that **real** server; every other
//! connection is served by the simulated third party, which issues plausible, unique credentials and remembers which
//! of them are valid. What the API stores and when belongs to the rotation handlers.

mod password;
mod postgres;
mod random;
mod redis;
mod registry;
mod shapes;
mod simulated;
mod statement;

use serde_json::Value;

pub use registry::{Issued, Standing};
use simulated::Simulated;

use crate::clock::Moment;

/// One piece of work for a third party, as the server knows it at that moment.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    /// The slug of the rotation's kind, such as `redis-credentials`.
    pub kind: &'a str,
    /// The app of the connection, such as `redis`.
    pub app: &'a str,
    /// The id of the app connection.
    pub connection_id: &'a str,
    /// The credentials of the app connection.
    pub connection: &'a Value,
    /// The `parameters` of the rotation.
    pub parameters: &'a Value,
    /// The `temporaryParameters` of a create.
    pub temporary: Option<&'a Value>,
    /// The stored credentials: none at creation, one after it, two after the first rotation.
    pub slots: &'a [Value],
    /// The index that the new credential is stored at.
    pub slot: usize,
    /// The time by the sandbox's clock.
    pub now: Moment,
}

impl<'a> Job<'a> {
    /// Whether this issues the first credential of a rotation.
    pub fn is_create(&self) -> bool {
        self.slots.is_empty()
    }

    /// The credential that the new one will overwrite.
    pub fn overwritten(&self) -> Option<&'a Value> {
        self.slots.get(self.slot)
    }

    fn text(&self, parameter: &str) -> &'a str {
        self.parameters.get(parameter).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Why a third party refused, in the two forms that the server answers differently.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThirdPartyError {
    /// The kind's own code turned the failure into a bad request: its text reaches the caller as it is.
    #[error("{0}")]
    BadRequest(String),
    /// A plain error, which the server wraps or hides.
    #[error("{0}")]
    Other(String),
}

/// What becomes of the credential that a rotation overwrites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retirement {
    /// Nothing is deleted: setting the new credential ended it, or its user keeps it until its own turn.
    None,
    /// It is deleted before the new credential is stored, as a part of [`ThirdParties::issue`].
    BeforeStore,
    /// It is deleted after the new credential is stored: a failure is reported although the new one is in use.
    AfterStore,
    /// It is deleted after the new credential is stored, and a failure is only logged.
    AfterStoreUnreported,
}

/// Says when a kind deletes the credential that a rotation overwrites.
pub fn retirement(kind: &str) -> Retirement {
    match simulated::life(kind) {
        Some(simulated::Life::Slots(retirement)) => retirement,
        _ => Retirement::None,
    }
}

/// All third parties that the sandbox can reach or simulate.
#[derive(Debug, Default)]
pub struct ThirdParties {
    simulated: Simulated,
}

impl ThirdParties {
    /// Tests the credentials of an app connection by connecting, where there is a server to connect to.
    pub async fn check_connection(&self, app: &str, credentials: &Value) -> Result<(), ThirdPartyError> {
        match Party::of(app, credentials) {
            Party::Redis => redis::check(credentials).await,
            Party::Postgres => postgres::check(credentials).await,
            Party::Simulated => Ok(()),
        }
        .map_err(|failure| ThirdPartyError::BadRequest(format!("Unable to validate connection: {failure}")))
    }

    /// Issues the credential for `job.slot` and deletes the overwritten one where the kind does so before storing.
    pub async fn issue(&self, job: &Job<'_>) -> Result<Value, ThirdPartyError> {
        match Party::of(job.app, job.connection) {
            Party::Redis => redis::issue(job).await,
            Party::Postgres => postgres::issue(job).await,
            Party::Simulated => self.simulated.issue(job),
        }
    }

    /// Deletes the overwritten credential of a kind that does so after storing; does nothing for all others.
    ///
    /// It cannot fail by itself; [`retirement`] says whether an injected failure is to be reported.
    pub fn retire(&self, job: &Job<'_>, credential: &Value) {
        // Both real servers have ended the old credential by the time that the new one is returned.
        if Party::of(job.app, job.connection) == Party::Simulated {
            self.simulated.retire(job, credential);
        }
    }

    /// Takes the credentials of a rotation that is being deleted out of use.
    pub async fn revoke(&self, job: &Job<'_>, credentials: &[Value]) -> Result<(), ThirdPartyError> {
        match Party::of(job.app, job.connection) {
            Party::Redis => redis::revoke(job, credentials).await,
            Party::Postgres => postgres::revoke(job, credentials).await,
            Party::Simulated => self.simulated.revoke(job, credentials),
        }
    }

    /// Lets the connection's own administrator set a new password for the active credential of a local account.
    pub fn reconcile(&self, job: &Job<'_>) -> Result<Value, ThirdPartyError> {
        self.simulated.issue(job)
    }

    /// Lists what the simulated third party has issued, oldest first: all that is valid and the latest of what ended.
    pub fn issued(&self) -> Vec<Issued> {
        self.simulated.issued()
    }

    /// Says whether the simulated third party would accept this credential of this kind now.
    pub fn accepts(&self, kind: &str, credential: &Value) -> bool {
        self.simulated.accepts(kind, credential)
    }

    /// Puts a list from [`ThirdParties::issued`] back in the place of what is remembered.
    pub fn restore(&self, issued: Vec<Issued>) {
        self.simulated.restore(issued);
    }
}

/// Who answers for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Party {
    Redis,
    Postgres,
    Simulated,
}

impl Party {
    fn of(app: &str, credentials: &Value) -> Self {
        let host = credentials.get("host").and_then(Value::as_str).unwrap_or_default();
        match app {
            "redis" if is_reachable(host) => Self::Redis,
            "postgres" if is_reachable(host) => Self::Postgres,
            _ => Self::Simulated,
        }
    }
}

/// Whether a host could exist: names reserved for documentation, tests and private use stand for the simulation.
fn is_reachable(host: &str) -> bool {
    const RESERVED: [&str; 7] = ["example", "example.com", "example.net", "example.org", "internal", "invalid", "test"];
    let host = host.trim().trim_end_matches('.').to_ascii_lowercase();
    let reserved =
        RESERVED.iter().any(|name| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    !host.is_empty() && !reserved
}

/// The address in a connection's credentials.
fn address(credentials: &Value, default_port: u16) -> (String, u16) {
    let host = credentials.get("host").and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let port = match credentials.get("port") {
        Some(Value::Number(number)) => number.as_u64().and_then(|port| u16::try_from(port).ok()),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    (host, port.unwrap_or(default_port))
}

/// A text field of a connection's credentials; empty when absent.
fn field<'a>(credentials: &'a Value, name: &str) -> &'a str {
    credentials.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Refuses a connection that asks for TLS, which the sandbox does not speak to third parties.
fn require_plain_text(credentials: &Value, server: &str) -> Result<(), String> {
    if credentials.get("sslEnabled").and_then(Value::as_bool) == Some(true) {
        return Err(format!("the sandbox talks to {server} without TLS: set sslEnabled to false"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_and_absent_hosts_are_simulated() {
        for host in ["", "redis.example", "db.internal", "EXAMPLE.com", "a.test.", "internal", "x.invalid"] {
            assert!(!is_reachable(host), "{host}");
        }
        for host in ["127.0.0.1", "localhost", "db", "redis.prod.net", "notexample.com", "::1"] {
            assert!(is_reachable(host), "{host}");
        }
    }

    #[test]
    fn only_redis_and_postgres_have_real_servers() {
        let local = serde_json::json!({ "host": "127.0.0.1" });
        assert_eq!(Party::of("redis", &local), Party::Redis);
        assert_eq!(Party::of("postgres", &local), Party::Postgres);
        assert_eq!(Party::of("mysql", &local), Party::Simulated);
        assert_eq!(Party::of("redis", &serde_json::json!({})), Party::Simulated);
    }

    #[test]
    fn a_port_is_a_number_or_its_text() {
        assert_eq!(address(&serde_json::json!({ "host": "h", "port": 7000 }), 1), ("h".to_owned(), 7000));
        assert_eq!(address(&serde_json::json!({ "host": "h", "port": "7001" }), 1), ("h".to_owned(), 7001));
        assert_eq!(address(&serde_json::json!({ "host": "h" }), 1), ("h".to_owned(), 1));
    }
}
