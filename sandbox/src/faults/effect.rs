//! The vocabulary of faults, as it is written in JSON.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What goes wrong with a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// Another answer takes the place of the right one.
    Status {
        /// The status code.
        status: u16,
        /// The `message` of the API's error body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
        /// A whole body in the place of the API's error body.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        body: Option<Value>,
        /// Headers to add.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        headers: BTreeMap<String, String>,
        /// Whether the request is carried out first.
        #[serde(default)]
        after_commit: bool,
    },
    /// A page of HTML answers, as a proxy in front of the server would.
    Html {
        /// The status code.
        #[serde(default = "bad_gateway")]
        status: u16,
        /// Whether the request is carried out first.
        #[serde(default)]
        after_commit: bool,
    },
    /// The answer comes late.
    Delay {
        /// By how much.
        milliseconds: u64,
        /// Whether the request is carried out before the wait, so that a client that gives up has missed a success.
        #[serde(default)]
        after_commit: bool,
    },
    /// The connection is closed before anything was done.
    DropBeforeCommit,
    /// The request is carried out and the connection closed without an answer.
    DropAfterCommit,
    /// The body ends too early.
    Truncate {
        /// How many bytes of it arrive; half of them unless told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<usize>,
    },
    /// The body arrives piece by piece.
    Slow {
        /// How many bytes a piece has.
        bytes: usize,
        /// The pause between two pieces.
        milliseconds: u64,
    },
    /// 429.
    RateLimited {
        /// How long the client shall wait.
        seconds: u64,
        /// Where it is told so.
        #[serde(default)]
        told: Told,
    },
    /// 403 `TokenError`: the token has expired.
    TokenExpired,
    /// 401: the token has been revoked.
    TokenRevoked,
    /// 403 in one of its forms.
    Forbidden(Forbidden),
    /// 404 in one of its forms.
    NotFound(NotFound),
    /// 422 with one issue at this path.
    Unprocessable {
        /// The path of the field.
        path: Vec<String>,
        /// What is wrong with it.
        message: String,
    },
    /// The third party refuses when it is asked to issue, to delete the overwritten credential or to revoke.
    ThirdParty {
        /// What it says.
        message: String,
        /// How the server treats the refusal.
        #[serde(default)]
        form: Form,
        /// Which of the calls fails.
        #[serde(default)]
        call: Call,
    },
    /// Another rotation of the same id holds the lock.
    LockHeld,
}

impl Effect {
    /// Tells whether a request comes far enough to meet this: only some ask a third party or take a lock.
    pub(super) fn can_meet(&self, method: &str, path: &str) -> bool {
        let is_post = method.eq_ignore_ascii_case("POST");
        let turns = is_post && (path.ends_with("/rotate-secrets") || path.ends_with("/reconcile"));
        match self {
            Self::ThirdParty { call: Call::Issue, .. } => is_post && path.starts_with(ROTATIONS),
            Self::ThirdParty { call: Call::Revoke, .. } => method.eq_ignore_ascii_case("DELETE"),
            Self::ThirdParty { call: Call::Retire, .. } | Self::LockHeld => turns,
            _ => true,
        }
    }
}

/// Where all rotations are.
const ROTATIONS: &str = "/api/v2/secret-rotations/";

const fn bad_gateway() -> u16 {
    502
}

/// Where a 429 says how long to wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Told {
    /// In all headers and in the message, as the server does.
    #[default]
    Everywhere,
    /// In `Retry-After` only.
    RetryAfter,
    /// In `x-ratelimit-reset` only.
    Reset,
    /// In the message only.
    Message,
    /// Nowhere.
    Nowhere,
}

/// The three forms of a 403.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Forbidden {
    /// A permission is missing; the body has details.
    Permission,
    /// The caller is no member of the project.
    Membership,
    /// The token cannot be read.
    Token,
}

/// The two forms of a 404.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NotFound {
    /// The object does not exist.
    Entity,
    /// The server does not know the route.
    Route,
}

/// How the server treats a third party's refusal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The kind's code makes a bad request of it.
    #[default]
    BadRequest,
    /// A plain error, which is wrapped or hidden.
    Plain,
}

/// A call to a third party.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// Issuing a credential (create, rotate, reconcile).
    #[default]
    Issue,
    /// Deleting the credential of the overwritten slot after the new one is stored.
    Retire,
    /// Revoking all credentials of a rotation that is being deleted.
    Revoke,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_waits_for_a_request_that_can_meet_it() {
        let route = "/api/v2/secret-rotations/redis-credentials";
        let one = format!("{route}/1");
        let turn = format!("{one}/rotate-secrets");
        let refusal = |call| Effect::ThirdParty { message: String::new(), form: Form::Plain, call };
        for (effect, met) in [
            (refusal(Call::Issue), [false, true, false, true]),
            (refusal(Call::Retire), [false, false, false, true]),
            (refusal(Call::Revoke), [false, false, true, false]),
            (Effect::LockHeld, [false, false, false, true]),
            (Effect::DropAfterCommit, [true, true, true, true]),
        ] {
            let requests = [("GET", &one), ("POST", &route.to_owned()), ("DELETE", &one), ("POST", &turn)];
            assert_eq!(requests.map(|(method, path)| effect.can_meet(method, path)), met, "{effect:?}");
        }
    }
}
