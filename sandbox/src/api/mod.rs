//! The handlers: what each route validates, asks the service for and answers.

pub mod connections;
mod folders;
mod logins;
mod options;
mod projects;
mod rotations;
mod secrets;

use serde_json::json;

use crate::core::Core;
use crate::error::ApiError;
use crate::route::{Call, Endpoint, Reply};

/// Answers a request that has passed the checks before its handler.
pub async fn handle(core: &Core, call: &Call<'_>) -> Result<Reply, ApiError> {
    let body = match call.endpoint {
        Endpoint::Status => json!({ "date": core.clock.now(), "message": "Ok" }),
        Endpoint::OpenApi => return Ok(Reply::Written(core.openapi())),
        Endpoint::Login(method) => logins::login(core, call, method)?,
        Endpoint::RenewToken => logins::renew(core, call)?,
        Endpoint::RevokeToken => logins::revoke(core, call)?,
        Endpoint::ListOptions => options::list(),
        Endpoint::ListRotations => rotations::list(core, call, None)?,
        Endpoint::ListRotationsOfKind => rotations::list(core, call, Some(call.parameter("kind")))?,
        Endpoint::CreateRotation => rotations::create(core, call).await?,
        Endpoint::ReadRotation => rotations::read(core, call)?,
        Endpoint::FindRotation => rotations::find(core, call)?,
        Endpoint::UpdateRotation => rotations::update(core, call)?,
        Endpoint::DeleteRotation => rotations::delete(core, call).await?,
        Endpoint::ReadCredentials => rotations::credentials(core, call)?,
        Endpoint::Rotate => rotations::rotate(core, call).await?,
        Endpoint::Reconcile => rotations::reconcile(core, call).await?,
        Endpoint::ListProjects => projects::list(core, call)?,
        Endpoint::ReadProject => json!({ "project": projects::read(core, call)? }),
        Endpoint::ReadWorkspace => json!({ "workspace": projects::read(core, call)? }),
        Endpoint::FindProject | Endpoint::FindWorkspace => projects::find(core, call)?,
        Endpoint::ReadEnvironment => json!({ "environment": projects::read_environment(core, call)? }),
        Endpoint::FindEnvironment => projects::find_environment(core, call)?,
        Endpoint::CreateFolder => folders::create(core, call)?,
        Endpoint::ListFolders => folders::list(core, call)?,
        Endpoint::ReadFolder => folders::read(core, call)?,
        Endpoint::DeleteFolder => folders::delete(core, call)?,
        Endpoint::ListConnections => connections::list(core, call, None)?,
        Endpoint::ListConnectionsOfApp => connections::list(core, call, Some(call.parameter("app")))?,
        Endpoint::ListAvailableConnections => connections::available(core, call)?,
        Endpoint::ReadConnection => connections::read(core, call)?,
        Endpoint::FindConnection => connections::find(core, call)?,
        Endpoint::CreateConnection => connections::create(core, call).await?,
        Endpoint::UpdateConnection => connections::update(core, call).await?,
        Endpoint::DeleteConnection => connections::delete(core, call)?,
        Endpoint::ListSecrets => secrets::list(core, call)?,
        Endpoint::ReadSecret => secrets::read(core, call)?,
        Endpoint::CreateSecret => secrets::create(core, call)?,
        Endpoint::UpdateSecret => secrets::update(core, call)?,
        Endpoint::DeleteSecret => secrets::delete(core, call)?,
    };
    Ok(Reply::Json(body))
}
