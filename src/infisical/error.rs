//! What can go wrong with a call, typed, with everything that the server said about it and nothing secret.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Why a call failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The settings lack something that this call needs.
    #[error("{0}")]
    NotConfigured(String),
    /// An identifier that can't stand in a route, such as an empty one.
    #[error("{value:?} can't be an identifier of {what}")]
    InvalidIdentifier {
        /// What it should identify.
        what: &'static str,
        /// What was given.
        value: String,
    },
    /// The login failed, so that the call was never made.
    #[error("the login with {method} failed: {source}")]
    Login {
        /// The method, named as in the configuration.
        method: &'static str,
        /// What went wrong.
        source: Arc<Error>,
    },
    /// What a login needs beyond the API (a file, a metadata service) can't be had.
    #[error("{0}")]
    Credentials(String),
    /// 401, or 403 with a complaint about the token: nobody is known by that token any more.
    #[error("{0}")]
    Unauthorised(Arc<ApiFailure>),
    /// 403: the caller is known and may not.
    #[error("{0}")]
    Forbidden(Arc<ApiFailure>),
    /// 404 of an entity: the server knows the route and hasn't what was asked for.
    #[error("{0}")]
    NotFound(Arc<ApiFailure>),
    /// 404 of a route: the server is too old for it, or it isn't an Infisical server at all.
    #[error("{0}")]
    UnknownRoute(Arc<ApiFailure>),
    /// 400 and the other refusals of a well-formed request.
    #[error("{0}")]
    BadRequest(Arc<ApiFailure>),
    /// 422: the request isn't well-formed; each issue names the place.
    #[error("{0}")]
    Validation(Arc<ApiFailure>),
    /// 429 that can't be waited for.
    #[error("{failure}{}", told_wait(*.retry_after))]
    RateLimited {
        /// The server's last answer.
        failure: Arc<ApiFailure>,
        /// How long the server asked to wait, if it did.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("{0}")]
    Server(Arc<ApiFailure>),
    /// The server couldn't be reached, or the connection broke.
    #[error("{method} {route}: the server can't be reached: {cause}")]
    Unreachable {
        /// The method of the request.
        method: String,
        /// The template of its route.
        route: String,
        /// The chain of causes.
        cause: String,
        /// Whether repeating is pointless, such as with an untrusted certificate.
        permanent: bool,
    },
    /// No answer within the configured time.
    #[error("{method} {route}: no answer within {} seconds", .after.as_secs_f64())]
    TimedOut {
        /// The method of the request.
        method: String,
        /// The template of its route.
        route: String,
        /// The configured time.
        after: Duration,
    },
    /// The user asked to stop.
    #[error("stopped before it was done")]
    Stopped,
    /// An answer that the API's description doesn't know.
    #[error("{method} {route}: unexpected answer with status {status}: {reason}")]
    UnexpectedAnswer {
        /// The method of the request.
        method: String,
        /// The template of its route.
        route: String,
        /// The status of the answer.
        status: u16,
        /// What is wrong with it.
        reason: String,
    },
    /// The rotation exists, but is of another kind than asked for.
    #[error("the rotation {id} is of the type {got}, not {asked}")]
    UnexpectedKind {
        /// The type that was asked for.
        asked: String,
        /// The type of what the server answered.
        got: String,
        /// The rotation's id.
        id: String,
    },
    /// Nobody can say whether the creation was done, or a rotation of that name exists that may not be ours.
    #[error("{}", ambiguous_create(.name, .id.as_deref(), .cause))]
    AmbiguousCreate {
        /// The kind that was to be created.
        kind: String,
        /// The name that was to be created.
        name: String,
        /// The id of the rotation that now has this name, if there is one.
        id: Option<String>,
        /// Why that rotation isn't taken for ours.
        difference: Option<String>,
        /// What the creation failed with.
        cause: Arc<Error>,
    },
    /// The creation was refused because a rotation of the same folder has the name.
    #[error("the rotation {id} of the type {kind} has the name already: {failure}")]
    NameTaken {
        /// That rotation's type.
        kind: String,
        /// That rotation's id.
        id: String,
        /// The server's refusal.
        failure: Arc<ApiFailure>,
    },
    /// The rotation was tried and failed; the answer got lost, and the server's record tells it.
    #[error("the rotation of the secrets of {id} failed{}", .message.as_ref().map(|text| format!(": {text}")).unwrap_or_default())]
    RotationFailed {
        /// The rotation's id.
        id: String,
        /// What the server noted about it.
        message: Option<String>,
    },
    /// Nobody can say whether the rotation was done.
    #[error(
        "it isn't known whether the secrets of the rotation {id} were rotated, and they weren't rotated again: {cause}"
    )]
    AmbiguousRotate {
        /// The rotation's id.
        id: String,
        /// What the request failed with.
        cause: Arc<Error>,
    },
    /// The deletion with revocation got no conclusive answer and the rotation is still there.
    #[error(
        "the rotation {id} is still there after a deletion with revocation that wasn't repeated, \
         because each attempt reaches the third party: {cause}"
    )]
    AmbiguousDelete {
        /// The rotation's id.
        id: String,
        /// What the request failed with.
        cause: Arc<Error>,
    },
}

impl Error {
    /// What the server answered, where it did.
    pub fn failure(&self) -> Option<&ApiFailure> {
        match self {
            Self::Unauthorised(failure)
            | Self::Forbidden(failure)
            | Self::NotFound(failure)
            | Self::UnknownRoute(failure)
            | Self::BadRequest(failure)
            | Self::Validation(failure)
            | Self::RateLimited { failure, .. }
            | Self::NameTaken { failure, .. }
            | Self::Server(failure) => Some(failure),
            Self::Login { source: cause, .. }
            | Self::AmbiguousCreate { cause, .. }
            | Self::AmbiguousRotate { cause, .. }
            | Self::AmbiguousDelete { cause, .. } => cause.failure(),
            Self::NotConfigured(_)
            | Self::InvalidIdentifier { .. }
            | Self::Credentials(_)
            | Self::Unreachable { .. }
            | Self::TimedOut { .. }
            | Self::Stopped
            | Self::UnexpectedAnswer { .. }
            | Self::UnexpectedKind { .. }
            | Self::RotationFailed { .. } => None,
        }
    }

    /// Whether the same call may succeed later without any change of what is asked.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Server(_) | Self::TimedOut { .. } => true,
            Self::Unreachable { permanent, .. } => !permanent,
            Self::Login { source, .. } => source.is_transient(),
            _ => false,
        }
    }

    /// Whether the server says that the entity doesn't exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound(_))
    }

    /// Whether the user's wish to stop ended the call.
    pub fn is_stopped(&self) -> bool {
        match self {
            Self::Stopped => true,
            Self::Login { source, .. } => source.is_stopped(),
            _ => false,
        }
    }

    /// The issues of a 422, each with its place in the body.
    pub fn issues(&self) -> &[Issue] {
        match self {
            Self::Validation(failure) => &failure.issues,
            _ => &[],
        }
    }

    /// The server's message, where there is one.
    pub fn server_message(&self) -> Option<&str> {
        self.failure().map(|failure| failure.message.as_str()).filter(|message| !message.is_empty())
    }

    /// The id under which the server logged the request, where it gave one.
    pub fn request_id(&self) -> Option<&str> {
        self.failure().and_then(|failure| failure.request_id.as_deref())
    }
}

/// A refusal by the API.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiFailure {
    /// The method of the request.
    pub method: String,
    /// The template of its route, without identifiers.
    pub route: String,
    /// The status of the answer.
    pub status: u16,
    /// The server's name for this kind of failure (`error` in the body).
    pub name: Option<String>,
    /// The server's explanation, on one line and of bounded length.
    pub message: String,
    /// The id under which the server logged the request.
    pub request_id: Option<String>,
    /// What a refused permission was about: action, subject and conditions.
    pub details: Option<serde_json::Value>,
    /// What a 422 complains about.
    pub issues: Vec<Issue>,
    /// How long the server asks to wait before the next attempt.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for ApiFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} answered {}", self.method, self.route, self.status)?;
        if let Some(name) = &self.name {
            write!(formatter, " {name}")?;
        }
        if !self.message.is_empty() {
            write!(formatter, ": {}", self.message)?;
        }
        if let Some(id) = &self.request_id {
            write!(formatter, " (request {id})")?;
        }
        Ok(())
    }
}

/// One complaint of a 422.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where in the body, as the API spells it.
    pub path: Vec<PathStep>,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for Issue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.path.iter().enumerate() {
            match step {
                PathStep::Key(key) if position == 0 => formatter.write_str(key)?,
                PathStep::Key(key) => write!(formatter, ".{key}")?,
                PathStep::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        if !self.path.is_empty() {
            formatter.write_str(": ")?;
        }
        formatter.write_str(&self.message)
    }
}

/// One step of the path of an [`Issue`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// A key of an object.
    Key(String),
    /// An index of an array.
    Index(usize),
}

fn told_wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!("; the server asks to wait {} seconds", wait.as_secs()))
}

fn ambiguous_create(name: &str, id: Option<&str>, cause: &Error) -> String {
    match id {
        Some(id) => format!(
            "the creation of the rotation {name:?} got no conclusive answer, and the rotation {id} that now has this name can't \
             be proved to be the one that was asked for: {cause}"
        ),
        None => format!(
            "the creation of the rotation {name:?} got no conclusive answer, and no rotation of this name has been seen since: {cause}"
        ),
    }
}
