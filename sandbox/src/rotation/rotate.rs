//! Rotating: by a person, by the schedule, and the reconciliation of local accounts.

use serde_json::{Value, json};

use super::{arithmetic, lookup, mapping};
use crate::clock::Moment;
use crate::core::Core;
use crate::error::{ApiError, GENERATION_FAILED};
use crate::faults::{Call as Failing, Interference};
use crate::issuers::{Job, Retirement, ThirdPartyError, retirement};
use crate::state::{Connection, QueuedJob, Rotation, State, Status};

/// The longest message that is stored about a failure.
const LONGEST_MESSAGE: usize = 1024;
/// How often a scheduled job tries before it gives up.
const ATTEMPTS: usize = 5;

/// Rotates at a person's request and shows the rotation.
pub async fn rotate_now(
    core: &Core,
    identity: &str,
    kind: &str,
    id: &str,
    interference: &Interference,
) -> Result<Value, ApiError> {
    core.read(|state| lookup::by_id(state, identity, kind, id, "rotate-secrets").map(|_| ()))?;
    let _lock = core.lock_rotation(id).filter(|_| !interference.lock_held).ok_or_else(busy)?;
    let (rotation, connection) = core.read(|state| work_of(state, id)).ok_or_else(|| gone(id))?;
    let now = core.clock.now();
    let result = run(core, &rotation, &connection, interference, &Cause::Person, now).await;
    if let Err(error) = result {
        let message = message_of(&error);
        core.write(|state| record_failure(state, id, &message, None, now));
        return Err(ApiError::Internal(Some(message)));
    }
    core.read(|state| state.rotations.get(id).map(|rotation| lookup::present(state, rotation))).ok_or_else(|| gone(id))
}

/// Runs a job of the schedule: up to five attempts, of which only the last leaves a trace when it fails.
pub(super) async fn run_job(core: &Core, id: &str, job: &QueuedJob, now: Moment) {
    let Some(_lock) = core.lock_rotation(id) else { return };
    let path = core.read(|state| {
        let kind = &state.rotations.get(id)?.kind;
        Some(format!("/api/v2/secret-rotations/{kind}/{id}/rotate-secrets"))
    });
    let Some(path) = path else { return };
    let mut failure = None;
    for _ in 0..ATTEMPTS {
        let Some((rotation, connection)) = core.read(|state| work_of(state, id)) else { return };
        if rotation.last_rotated_at != job.rotated_before {
            return;
        }
        let interference = core.faults.take_for_background("POST", &path);
        if interference.lock_held {
            failure = Some(format!("{GENERATION_FAILED}Failed to acquire rotation lock."));
            continue;
        }
        let cause = Cause::Schedule { job: &job.id, is_manual: job.manual };
        match run(core, &rotation, &connection, &interference, &cause, now).await {
            Ok(()) => return,
            Err(error) => failure = Some(message_of(&error)),
        }
    }
    if let Some(message) = failure {
        core.write(|state| record_failure(state, id, &message, Some(&job.id), now));
    }
}

/// Lets the connection's own administrator set a new password for the active credential of a local account.
pub async fn reconcile(
    core: &Core,
    identity: &str,
    kind: &str,
    id: &str,
    interference: &Interference,
) -> Result<Value, ApiError> {
    core.read(|state| {
        let unknown = || ApiError::NotFound(format!("Could not find Secret Rotation with ID \"{id}\""));
        let rotation = state.rotations.get(id).ok_or_else(unknown)?;
        lookup::permit(state, identity, rotation, "rotate-secrets")?;
        lookup::check_kind(state, rotation, kind)?;
        if rotation.parameters.get("rotationMethod").and_then(Value::as_str) == Some("login-as-target") {
            return Ok(());
        }
        let text = "Reconcile operation is only supported for login-as-target mode rotations";
        Err(ApiError::BadRequest(text.to_owned()))
    })?;
    let _lock = core.lock_rotation(id).filter(|_| !interference.lock_held).ok_or_else(busy)?;
    let (rotation, connection) = core.read(|state| work_of(state, id)).ok_or_else(|| gone(id))?;
    let now = core.clock.now();
    let job = job(&rotation, &connection, rotation.active_index, now);
    let issued = match interference.third_party(Failing::Issue) {
        Ok(()) => core.third_parties.reconcile(&job),
        Err(error) => Err(error),
    };
    let credentials = issued.map_err(|error| ApiError::Internal(Some(message_of(&error))))?;
    core.write(|state| {
        let mut rotation = state.rotations.remove(id).ok_or_else(|| gone(id))?;
        let active = rotation.active_index;
        if let Some(slot) = rotation.generated_credentials.get_mut(active) {
            *slot = credentials.clone();
        }
        rotation.last_rotated_at = now;
        rotation.rotation_status = Status::Success;
        rotation.last_rotation_message = None;
        rotation.updated_at = now;
        mapping::store_one(state, &rotation, "password", &credentials, now);
        let shown = lookup::present(state, &rotation);
        state.rotations.insert(id.to_owned(), rotation);
        let message = "The password of the local account was reconciled";
        Ok(json!({ "message": message, "reconciled": true, "secretRotation": shown }))
    })
}

/// Who rotates.
enum Cause<'a> {
    Person,
    Schedule { job: &'a str, is_manual: bool },
}

/// Issues the next credentials and stores them. The rotation's lock is held by the caller.
async fn run(
    core: &Core,
    rotation: &Rotation,
    connection: &Connection,
    interference: &Interference,
    cause: &Cause<'_>,
    now: Moment,
) -> Result<(), ThirdPartyError> {
    let slot = (rotation.active_index + 1) % 2;
    let job = job(rotation, connection, slot, now);
    let retirement = retirement(&rotation.kind);
    interference.third_party(Failing::Issue)?;
    if retirement == Retirement::BeforeStore && job.overwritten().is_some() {
        interference.third_party(Failing::Retire)?;
    }
    let credentials = core.third_parties.issue(&job).await?;
    core.write(|state| record_success(state, &rotation.id, slot, credentials, cause, now));
    let Some(overwritten) = job.overwritten() else { return Ok(()) };
    match (retirement, interference.third_party(Failing::Retire)) {
        // The new credential is in use by now; only the report says that something failed.
        (Retirement::AfterStore, Err(error)) => Err(error),
        (Retirement::AfterStoreUnreported, Err(_)) => Ok(()),
        _ => {
            core.third_parties.retire(&job, overwritten);
            Ok(())
        }
    }
}

fn job<'a>(rotation: &'a Rotation, connection: &'a Connection, slot: usize, now: Moment) -> Job<'a> {
    Job {
        kind: &rotation.kind,
        app: &connection.app,
        connection_id: &connection.id,
        connection: &connection.credentials,
        parameters: &rotation.parameters,
        temporary: None,
        slots: &rotation.generated_credentials,
        slot,
        now,
    }
}

fn record_success(state: &mut State, id: &str, slot: usize, credentials: Value, cause: &Cause<'_>, now: Moment) {
    // A rotation that was deleted meanwhile leaves its new credentials behind, as on the server.
    let Some(mut rotation) = state.rotations.remove(id) else { return };
    mapping::store(state, &rotation, &credentials, now);
    match rotation.generated_credentials.get_mut(slot) {
        Some(place) => *place = credentials,
        None => rotation.generated_credentials.push(credentials),
    }
    rotation.active_index = slot;
    rotation.rotation_status = Status::Success;
    rotation.last_rotation_attempted_at = now;
    rotation.last_rotated_at = now;
    rotation.last_rotation_message = None;
    rotation.is_last_rotation_manual = match cause {
        Cause::Person => true,
        Cause::Schedule { job, is_manual } => {
            rotation.last_rotation_job_id = Some((*job).to_owned());
            *is_manual
        }
    };
    rotation.next_rotation_at = arithmetic::next_rotation(&rotation, now);
    rotation.updated_at = now;
    state.rotations.insert(id.to_owned(), rotation);
}

fn record_failure(state: &mut State, id: &str, message: &str, job: Option<&str>, now: Moment) {
    let Some(rotation) = state.rotations.get_mut(id) else { return };
    rotation.rotation_status = Status::Failed;
    rotation.last_rotation_attempted_at = now;
    rotation.last_rotation_message = Some(shorten(message));
    if let Some(job) = job {
        rotation.last_rotation_job_id = Some(job.to_owned());
    }
    // The next attempt is set even where automatic rotation is off.
    rotation.next_rotation_at = arithmetic::tomorrow(&rotation.rotate_at_utc, now);
    rotation.updated_at = now;
}

fn work_of(state: &State, id: &str) -> Option<(Rotation, Connection)> {
    let rotation = state.rotations.get(id)?;
    let connection = state.connections.get(&rotation.connection_id)?;
    Some((rotation.clone(), connection.clone()))
}

fn message_of(error: &ThirdPartyError) -> String {
    format!("{GENERATION_FAILED}{error}")
}

fn shorten(message: &str) -> String {
    if message.chars().count() <= LONGEST_MESSAGE {
        return message.to_owned();
    }
    let kept: String = message.chars().take(LONGEST_MESSAGE - 3).collect();
    format!("{kept}...")
}

fn busy() -> ApiError {
    ApiError::BadRequest("A rotation is already in progress. Please try again shortly.".to_owned())
}

fn gone(id: &str) -> ApiError {
    ApiError::NotFound(format!("Could not find Secret Rotation with ID \"{id}\""))
}
