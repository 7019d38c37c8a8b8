//! Refusals in the API's forms.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::issuers::ThirdPartyError;
use crate::validation::Issue;

/// What the service says in front of a third party's words.
pub const GENERATION_FAILED: &str =
    "Infisical encountered an issue while generating credentials with the configured inputs: ";

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum ApiError {
    /// 400.
    BadRequest(String),
    /// 401.
    Unauthorized(String),
    /// 403: the token cannot be used.
    Token(String),
    /// 403 of another reason; `error` is its name or, for memberships, the reason itself.
    Forbidden {
        /// The body's `error`.
        error: String,
        /// The body's `message`.
        message: String,
    },
    /// 403: a permission is missing.
    PermissionDenied {
        /// The action that is not allowed.
        action: String,
        /// On what.
        subject: String,
    },
    /// 404: the object does not exist.
    NotFound(String),
    /// 404: the route does not exist.
    UnknownRoute {
        /// The method that was asked for.
        method: String,
        /// The path and query that were asked for.
        uri: String,
    },
    /// 413.
    TooLarge,
    /// 422.
    Validation(Vec<Issue>),
    /// 429.
    RateLimited {
        /// Seconds until the window ends.
        seconds: u64,
    },
    /// 500, with a reason only where the service gives one away.
    Internal(Option<String>),
}

impl ApiError {
    /// Makes the 403 for somebody who is not let in without more ado.
    pub fn forbidden(error: &str) -> Self {
        Self::Forbidden { error: error.to_owned(), message: "You are not allowed to access this resource".to_owned() }
    }

    /// Turns the complaints of validation into the answer: 422, or 500 where the server itself stumbles.
    pub fn invalid(issues: Vec<Issue>) -> Self {
        if issues.iter().any(Issue::is_server_fault) { Self::Internal(None) } else { Self::Validation(issues) }
    }

    /// Turns a third party's refusal at creation into the answer.
    pub fn creation_failed(error: ThirdPartyError) -> Self {
        match error {
            ThirdPartyError::BadRequest(text) => Self::BadRequest(text),
            ThirdPartyError::Other(text) => Self::BadRequest(format!("{GENERATION_FAILED}{text}")),
        }
    }

    /// Turns a third party's refusal to revoke into the answer.
    pub fn revocation_failed(error: ThirdPartyError) -> Self {
        match error {
            ThirdPartyError::BadRequest(text) => Self::BadRequest(text),
            ThirdPartyError::Other(_) => Self::Internal(None),
        }
    }

    /// Tells the status code.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Token(_) | Self::Forbidden { .. } | Self::PermissionDenied { .. } => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::UnknownRoute { .. } => StatusCode::NOT_FOUND,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Validation(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Makes the body of the answer to the request with this identifier.
    pub fn body(&self, request_id: &str) -> Value {
        let (error, message) = match self {
            Self::UnknownRoute { method, uri } => {
                let message = format!("Route {method}:{uri} not found");
                return json!({ "message": message, "error": "Not Found", "statusCode": 404 });
            }
            Self::BadRequest(message) => ("BadRequest", json!(message)),
            Self::Unauthorized(message) => ("UnauthorizedError", json!(message)),
            Self::Token(message) => ("TokenError", json!(message)),
            Self::Forbidden { error, message } => (error.as_str(), json!(message)),
            Self::PermissionDenied { action, subject } => {
                ("PermissionDenied", json!(format!("You are not allowed to {action} on {subject}")))
            }
            Self::NotFound(message) => ("NotFound", json!(message)),
            Self::TooLarge => ("Payload Too Large", json!("Request body is too large")),
            Self::Validation(issues) => ("ValidationFailure", json!(issues)),
            Self::RateLimited { seconds } => {
                ("RateLimitExceeded", json!(format!("Rate limit exceeded. Please try again in {seconds} seconds")))
            }
            Self::Internal(message) => {
                ("InternalServerError", json!(message.as_deref().unwrap_or("Something went wrong")))
            }
        };
        let mut body = Map::new();
        body.insert("reqId".to_owned(), json!(request_id));
        body.insert("statusCode".to_owned(), json!(self.status().as_u16()));
        body.insert("error".to_owned(), json!(error));
        body.insert("message".to_owned(), message);
        if let Self::PermissionDenied { action, subject } = self {
            let detail = json!({ "action": action, "inverted": false, "subject": subject, "conditions": {} });
            body.insert("details".to_owned(), json!([detail]));
        }
        Value::Object(body)
    }
}
