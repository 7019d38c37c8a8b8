//! One look at a rotation, by its id or by its name, and the routes of rotations.

use jiff::Timestamp;
use reqwest::Method;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::request::Request;
use super::wire::OneRotation;
use super::{Error, Rotation, answer};

/// Under which all rotation routes are.
pub(super) const ROUTE: &str = "/api/v2/secret-rotations";

/// How to find a rotation.
#[derive(Clone, Copy)]
pub(super) enum Look<'a> {
    /// By its id.
    Id { kind: &'a str, id: &'a str },
    /// By its name within its folder.
    Name { kind: &'a str, project_id: &'a str, environment: &'a str, secret_path: &'a str, name: &'a str },
}

/// A rotation, and the server's clock when it was read.
pub(super) struct Seen {
    pub(super) rotation: Rotation,
    pub(super) server_time: Option<Timestamp>,
    pub(super) at: Instant,
}

impl Client {
    /// One look at the server; `None` only if it says that there is no such rotation.
    pub(super) async fn look(&self, stop: &CancellationToken, look: &Look<'_>) -> Result<Option<Seen>, Error> {
        let (kind, request) = match look {
            Look::Id { kind, id } => (kind, Request::new(self.base(), Method::GET, route_of_one(kind), &[id])?),
            Look::Name { kind, project_id, environment, secret_path, name } => {
                let route = format!("{}/rotation-name/:name", route_of(kind));
                let request = Request::new(self.base(), Method::GET, route, &[name])?
                    .query("projectId", project_id)
                    .query("environment", environment)
                    .query("secretPath", secret_path);
                (kind, request)
            }
        };
        let answer = match self.call(stop, &request).await {
            Ok(answer) => answer,
            Err(failed) if failed.error.is_not_found() => return Ok(None),
            Err(failed) => return Err(failed.error),
        };
        let rotation = of_kind(kind, answer::decode::<OneRotation>(&request, &answer)?.secret_rotation)?;
        Ok(Some(Seen { rotation, server_time: answer::server_date(&answer), at: answer.received }))
    }
}

/// The route of all rotations of a kind.
pub(super) fn route_of(kind: &str) -> String {
    format!("{ROUTE}/{kind}")
}

/// The route of one of them.
pub(super) fn route_of_one(kind: &str) -> String {
    format!("{ROUTE}/{kind}/:rotation")
}

/// The rotation, if it is of the kind that was asked for.
pub(super) fn of_kind(kind: &str, rotation: Rotation) -> Result<Rotation, Error> {
    if rotation.kind == kind {
        return Ok(rotation);
    }
    Err(Error::UnexpectedKind { asked: kind.to_owned(), got: rotation.kind, id: rotation.id })
}
