//! Deleting a rotation.

use serde_json::Value;

use super::{lookup, mapping};
use crate::core::Core;
use crate::error::ApiError;
use crate::faults::{Call as Failing, Interference};
use crate::issuers::Job;

/// What goes with the rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// The mapped secrets; otherwise they stay as ordinary ones.
    pub secrets: bool,
    /// The credentials at the third party.
    pub credentials: bool,
}

/// Deletes a rotation and tells what it was. If the third party refuses to revoke, the rotation is kept.
pub async fn delete(
    core: &Core,
    identity: &str,
    kind: &str,
    id: &str,
    deletion: Deletion,
    interference: &Interference,
) -> Result<Value, ApiError> {
    let (rotation, connection) = core.read(|state| {
        let title = &lookup::facts(kind)?.title;
        let unknown = || ApiError::NotFound(format!("Could not find {title} Rotation with ID \"{id}\""));
        let rotation = state.rotations.get(id).ok_or_else(unknown)?;
        lookup::permit(state, identity, rotation, "delete")?;
        lookup::check_kind(state, rotation, kind)?;
        let connection = state.connections.get(&rotation.connection_id).ok_or(ApiError::Internal(None))?;
        Ok((rotation.clone(), connection.clone()))
    })?;
    if deletion.credentials {
        interference.third_party(Failing::Revoke).map_err(ApiError::revocation_failed)?;
        let job = Job {
            kind,
            app: &connection.app,
            connection_id: &connection.id,
            connection: &connection.credentials,
            parameters: &rotation.parameters,
            temporary: None,
            slots: &rotation.generated_credentials,
            slot: rotation.active_index,
            now: core.clock.now(),
        };
        let revoked = core.third_parties.revoke(&job, &rotation.generated_credentials).await;
        revoked.map_err(ApiError::revocation_failed)?;
    }
    core.write(|state| {
        let title = &lookup::facts(kind)?.title;
        let unknown = || ApiError::NotFound(format!("Could not find {title} Rotation with ID \"{id}\""));
        let rotation = state.rotations.remove(id).ok_or_else(unknown)?;
        let shown = lookup::present(state, &rotation);
        mapping::release(state, &rotation, deletion.secrets);
        Ok(shown)
    })
}
