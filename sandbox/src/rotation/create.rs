//! Creating a rotation: the checks in the service's order, the third party, and what is stored.

use serde_json::{Map, Value};

use super::{arithmetic, lookup, mapping};
use crate::api::connections;
use crate::core::Core;
use crate::error::ApiError;
use crate::faults::{Call as Failing, Interference};
use crate::identifiers;
use crate::issuers::Job;
use crate::permission::{self, ROTATION};
use crate::state::{Connection, RotateAt, Rotation, State, Status};
use crate::validation::KindFacts;

/// Creates a rotation from a body that validation has normalised.
pub async fn create(
    core: &Core,
    identity: &str,
    kind: &str,
    body: &Value,
    interference: &Interference,
) -> Result<Value, ApiError> {
    let facts = lookup::facts(kind)?;
    let wish = Wish::read(body);
    let (connection, folder, path) = core.read(|state| wish.check(state, identity, facts))?;

    interference.third_party(Failing::Issue).map_err(ApiError::creation_failed)?;
    let job = Job {
        kind,
        app: &connection.app,
        connection_id: &connection.id,
        connection: &connection.credentials,
        parameters: &wish.parameters,
        temporary: body.get("temporaryParameters"),
        slots: &[],
        slot: 0,
        now: core.clock.now(),
    };
    let credentials = core.third_parties.issue(&job).await.map_err(ApiError::creation_failed)?;

    core.write(|state| {
        // Another create may have come first while the third party was busy.
        wish.check_name(state, &folder, &path)?;
        mapping::check(state, &folder, &path, &wish.mapping, &[])?;
        wish.store(core, state, kind, &folder, credentials)
    })
}

/// What the body asks for.
struct Wish {
    name: String,
    description: Option<String>,
    project: String,
    connection: String,
    environment: String,
    path: String,
    is_automatic: bool,
    interval: serde_json::Number,
    rotate_at: RotateAt,
    parameters: Value,
    mapping: Map<String, Value>,
}

impl Wish {
    fn read(body: &Value) -> Self {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Self {
            name: text("name"),
            description: body.get("description").and_then(Value::as_str).map(str::to_owned),
            project: text("projectId"),
            // Identifiers are compared as the database does: without regard to case.
            connection: text("connectionId").to_ascii_lowercase(),
            environment: text("environment"),
            path: text("secretPath"),
            is_automatic: body.get("isAutoRotationEnabled").and_then(Value::as_bool).unwrap_or(true),
            interval: body.get("rotationInterval").and_then(Value::as_number).cloned().unwrap_or_else(|| 0.into()),
            rotate_at: rotate_at(body).unwrap_or_default(),
            parameters: body.get("parameters").cloned().unwrap_or_default(),
            mapping: body.get("secretsMapping").and_then(Value::as_object).cloned().unwrap_or_default(),
        }
    }

    /// Checks everything that can be checked before the third party is asked, in the service's order.
    fn check(
        &self,
        state: &State,
        identity: &str,
        facts: &KindFacts,
    ) -> Result<(Connection, String, String), ApiError> {
        lookup::check_plan(state, "create secret rotation")?;
        let membership = permission::enter(state, identity, &self.project)?;
        if membership.project.version < 3 {
            let text = "Project version does not support Secret Rotation V2. Please upgrade your project.";
            return Err(ApiError::BadRequest(text.to_owned()));
        }
        let fields = [
            ("environment", self.environment.as_str()),
            ("secretPath", self.path.as_str()),
            ("connectionId", self.connection.as_str()),
        ];
        membership.require(ROTATION, "create", &fields)?;
        let folder = lookup::find_folder(state, &self.project, &self.environment, &self.path)?;
        let connection = connections::usable(state, identity, &self.connection, &self.project, facts)?;
        self.check_name(state, &folder.id, &folder.path)?;
        mapping::check(state, &folder.id, &folder.path, &self.mapping, &[])?;
        Ok((connection.clone(), folder.id.clone(), folder.path.clone()))
    }

    fn check_name(&self, state: &State, folder: &str, path: &str) -> Result<(), ApiError> {
        check_name(state, folder, path, &self.name, None)
    }

    fn store(
        self,
        core: &Core,
        state: &mut State,
        kind: &str,
        folder: &str,
        credentials: Value,
    ) -> Result<Value, ApiError> {
        let now = core.clock.now();
        let environment = state.folders.get(folder).map(|folder| folder.environment_id.clone());
        let mut rotation = Rotation {
            id: identifiers::uuid(),
            name: self.name,
            description: self.description,
            kind: kind.to_owned(),
            parameters: self.parameters,
            secrets_mapping: self.mapping,
            is_auto_rotation_enabled: self.is_automatic,
            rotation_interval: self.interval,
            rotate_at_utc: self.rotate_at,
            active_index: 0,
            generated_credentials: vec![credentials],
            project_id: self.project,
            environment_id: environment.ok_or(ApiError::Internal(None))?,
            folder_id: folder.to_owned(),
            connection_id: self.connection,
            rotation_status: Status::Success,
            last_rotation_attempted_at: now,
            last_rotated_at: now,
            last_rotation_job_id: None,
            last_rotation_message: None,
            is_last_rotation_manual: true,
            next_rotation_at: None,
            queued: None,
            created_at: now,
            updated_at: now,
        };
        rotation.next_rotation_at = arithmetic::next_rotation(&rotation, now);
        mapping::store(state, &rotation, &rotation.generated_credentials[0], now);
        let shown = lookup::present(state, &rotation);
        state.rotations.insert(rotation.id.clone(), rotation);
        Ok(shown)
    }
}

/// Refuses a name that another rotation of the folder has, whatever its kind.
pub(super) fn check_name(
    state: &State,
    folder: &str,
    path: &str,
    name: &str,
    own: Option<&str>,
) -> Result<(), ApiError> {
    let is_other = |rotation: &&Rotation| rotation.name == name && own != Some(rotation.id.as_str());
    match state.rotations_in(folder).find(is_other) {
        None => Ok(()),
        Some(_) => Err(ApiError::BadRequest(format!(
            "A Secret Rotation with the name \"{name}\" already exists at the secret path \"{path}\""
        ))),
    }
}

/// Reads `rotateAtUtc` of a normalised body.
pub(super) fn rotate_at(body: &Value) -> Option<RotateAt> {
    serde_json::from_value(body.get("rotateAtUtc")?.clone()).ok()
}
