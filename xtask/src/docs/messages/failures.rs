//! What is told of a call that failed: one sample of each failure, worded by the provider.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::by_slug;
use terraform_provider_infisical::infisical::{ApiFailure, Error, Issue, PathStep};
use terraform_provider_infisical::provider::failure::Attempt;

use super::{ID, Message};

const RENAMED: &str = "4a81d2f7-9c55-4e0b-b6a3-2f7e8d9c0b1a";
const ROUTE: &str = "/api/v2/secret-rotations/postgres-credentials";

/// A heading and the messages below it.
pub(super) fn all() -> Vec<(&'static str, Vec<Message>)> {
    samples()
        .iter()
        .map(|error| (heading(error), attempt().failed(error).into_iter().map(Message::from).collect()))
        .collect()
}

fn attempt() -> Attempt {
    Attempt {
        summary: "Could not create the rotation",
        what: "Creating the PostgreSQL Credentials rotation `orders` in `/orders` of the environment `prod`."
            .to_owned(),
        kind: by_slug("postgres-credentials"),
    }
}

/// What the failure is. A new one is missed here by the compiler, and then belongs into [`samples`].
fn heading(error: &Error) -> &'static str {
    match error {
        Error::NotConfigured(_) => "No login",
        Error::InvalidIdentifier { .. } => "An identifier that can't be one",
        Error::Login { .. } => "The login failed",
        Error::Credentials(_) => "What the login needs can't be had",
        Error::Unauthorised(_) => "401: the session is not accepted",
        Error::Forbidden(_) => "403: the identity may not",
        Error::NotFound(_) => "404: there is no such thing",
        Error::UnknownRoute(_) => "404: the server does not know the route",
        Error::BadRequest(_) => "400: the server refuses",
        Error::Validation(_) => "422: the server refuses a value",
        Error::RateLimited { .. } => "429: the rate limit",
        Error::Server(_) => "500: the server failed",
        Error::Unreachable { .. } => "The server can't be reached",
        Error::TimedOut { .. } => "No answer in time",
        Error::Stopped => "Stopped by Ctrl-C",
        Error::UnexpectedAnswer { .. } => "An answer that is none",
        Error::UnexpectedKind { .. } => "A rotation of another kind",
        Error::AmbiguousCreate { .. } => "A creation whose answer got lost",
        Error::NameTaken { .. } => "The name is taken",
        Error::RotationFailed { .. } => "The rotation failed",
        Error::AmbiguousRotate { .. } => "A rotation whose answer got lost",
        Error::AmbiguousDelete { .. } => "A deletion with revocation whose answer got lost",
    }
}

/// The refusals that come as text, in the server's words.
const REFUSALS: &[&str] = &[
    "Failed to create secret rotation due to plan restriction. Upgrade plan to create secret rotations.",
    "Could not find folder with path \"/orders\" in environment \"prod\" for project with ID \"9f1c2d3e\".",
    "Invalid secret path \"/or ders\".",
    "A Secret Rotation with the name \"orders\" already exists at the secret path \"/orders\"",
    "The following secrets already exist at the path \"/orders\": ORDERS_DB_PASSWORD",
    "Secrets mapping keys must be unique.",
    "Could not find App Connection with ID 3c90c3cc-0d44-4b50-8888-8dd25736052a",
    "MySQL Connection with ID 3c90c3cc-0d44-4b50-8888-8dd25736052a cannot be used to connect to PostgreSQL",
    "You cannot connect project App Connection with ID \"3c90c3cc\" from project with ID \"a\" to project with ID \"b\"",
    "Cannot update project reference or key type",
    "A rotation is already in progress. Please try again shortly.",
    "Reconcile operation is only supported for the login-as-target rotation method",
    "Infisical encountered an issue while generating credentials with the configured inputs: permission denied",
    "Something that this provider has no advice for",
];

fn samples() -> Vec<Error> {
    let forbidden = json!([{ "action": "create", "subject": "secret-rotation" }]);
    let mut samples = vec![
        Error::NotConfigured("no login is configured, and this needs a call of the Infisical API".to_owned()),
        Error::InvalidIdentifier { what: "a rotation", value: String::new() },
        Error::Credentials("the file token can't be read".to_owned()),
        Error::Unauthorised(failure(401, "UnauthorizedError", "Your token has expired.")),
        Error::Forbidden(details(
            failure(403, "PermissionDenied", "You are not allowed to create on secret-rotation"),
            forbidden,
        )),
        Error::Forbidden(failure(403, "ForbiddenRequestError", "You are not a member of this project")),
        Error::NotFound(failure(404, "NotFound", "Could not find project with ID \"9f1c2d3e\".")),
        Error::UnknownRoute(failure(
            404,
            "Not Found",
            "Route POST:/api/v2/secret-rotations/postgres-credentials not found",
        )),
        Error::Validation(refused_value()),
        Error::Validation(failure(422, "ValidationFailure", "Validation error")),
        Error::RateLimited {
            failure: failure(429, "RateLimitExceeded", "Rate limit exceeded. Please try again in 58 seconds"),
            retry_after: Some(Duration::from_secs(58)),
        },
        Error::Server(failure(500, "InternalServerError", "Something went wrong")),
        unreachable(false),
        unreachable(true),
        timed_out(),
        Error::Stopped,
        Error::UnexpectedAnswer {
            method: "POST".to_owned(),
            route: ROUTE.to_owned(),
            status: 200,
            reason: "a web page and not JSON; is the host right?".to_owned(),
        },
        Error::UnexpectedKind {
            asked: "postgres-credentials".to_owned(),
            got: "mysql-credentials".to_owned(),
            id: ID.to_owned(),
        },
        Error::NameTaken {
            kind: "mysql-credentials".to_owned(),
            id: RENAMED.to_owned(),
            failure: failure(400, "BadRequest", "A secret rotation with the name \"orders\" already exists"),
        },
        Error::RotationFailed { id: ID.to_owned(), message: Some("permission denied to alter role".to_owned()) },
        Error::AmbiguousRotate { id: ID.to_owned(), cause: Arc::new(timed_out()) },
        Error::AmbiguousDelete { id: ID.to_owned(), cause: Arc::new(timed_out()) },
    ];
    samples.extend(REFUSALS.iter().map(|text| Error::BadRequest(failure(400, "BadRequest", text))));
    let causes = [
        Error::Unauthorised(failure(401, "UnauthorizedError", "Invalid credentials")),
        Error::NotFound(failure(404, "NotFound", "No identity with this ID was found")),
        Error::Forbidden(failure(
            403,
            "ForbiddenRequestError",
            "You are not allowed to access this resource from this address",
        )),
        Error::UnknownRoute(failure(404, "Not Found", "Route POST:/api/v1/auth/universal-auth/login not found")),
        unreachable(false),
        Error::Server(failure(500, "InternalServerError", "Something went wrong")),
    ];
    samples.extend(causes.map(|source| Error::Login { method: "universal", source: Arc::new(at_login(source)) }));
    let seen = [(None, None), (Some(RENAMED), Some("its parameters are others"))];
    samples.extend(seen.map(|(id, difference)| Error::AmbiguousCreate {
        kind: "postgres-credentials".to_owned(),
        name: "orders".to_owned(),
        id: id.map(str::to_owned),
        difference: difference.map(str::to_owned),
        cause: Arc::new(timed_out()),
    }));
    samples.sort_by_key(heading);
    samples
}

/// The same failure of the route that logs in.
fn at_login(error: Error) -> Error {
    const LOGIN: &str = "/api/v1/auth/universal-auth/login";
    let moved =
        |failure: Arc<ApiFailure>| Arc::new(ApiFailure { route: LOGIN.to_owned(), ..Arc::unwrap_or_clone(failure) });
    match error {
        Error::Unauthorised(failure) => Error::Unauthorised(moved(failure)),
        Error::NotFound(failure) => Error::NotFound(moved(failure)),
        Error::Forbidden(failure) => Error::Forbidden(moved(failure)),
        Error::UnknownRoute(failure) => Error::UnknownRoute(moved(failure)),
        Error::Server(failure) => Error::Server(moved(failure)),
        Error::Unreachable { method, cause, permanent, .. } => {
            Error::Unreachable { method, route: LOGIN.to_owned(), cause, permanent }
        }
        other => other,
    }
}

fn unreachable(permanent: bool) -> Error {
    let cause = if permanent { "invalid peer certificate: UnknownIssuer" } else { "connection refused" };
    Error::Unreachable { method: "POST".to_owned(), route: ROUTE.to_owned(), cause: cause.to_owned(), permanent }
}

fn timed_out() -> Error {
    Error::TimedOut { method: "POST".to_owned(), route: ROUTE.to_owned(), after: Duration::from_secs(120) }
}

fn failure(status: u16, name: &str, message: &str) -> Arc<ApiFailure> {
    Arc::new(ApiFailure {
        method: "POST".to_owned(),
        route: ROUTE.to_owned(),
        status,
        name: Some(name.to_owned()),
        message: message.to_owned(),
        request_id: Some("req-8sKd02mPqLx7Vz".to_owned()),
        details: None,
        issues: Vec::new(),
        retry_after: None,
    })
}

fn details(failure: Arc<ApiFailure>, details: Json) -> Arc<ApiFailure> {
    Arc::new(ApiFailure { details: Some(details), ..Arc::unwrap_or_clone(failure) })
}

fn refused_value() -> Arc<ApiFailure> {
    let issue = |path: &[&str], message: &str| Issue {
        path: path.iter().map(|key| PathStep::Key((*key).to_owned())).collect(),
        message: message.to_owned(),
    };
    let issues = vec![issue(&["parameters", "username1"], "Must not be longer"), issue(&["unheardOf"], "Required")];
    Arc::new(ApiFailure { issues, ..Arc::unwrap_or_clone(failure(422, "ValidationFailure", "")) })
}
