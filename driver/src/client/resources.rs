//! The calls about managed resources and data sources.

use bytes::Bytes;

use super::reading::Expect::{Known, Planned};
use super::{CallError, Client, Path, Report, Resource, Rule, Value, dynamic, identity_data, raw_json, wire};
use crate::schema::Object;

/// Is an answer that holds a state and nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct StateAnswer {
    /// The state.
    pub state: Value,
    /// What came with it.
    pub report: Report,
}

/// Is an answer that holds an object with all that is stored beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectAnswer {
    /// The state; null when there is no such object.
    pub state: Value,
    /// The provider's private bytes.
    pub private: Bytes,
    /// What identifies the remote object.
    pub identity: Option<Value>,
    /// What came with it.
    pub report: Report,
}

/// Is the answer of an apply.
pub type ApplyAnswer = ObjectAnswer;

/// Asks for a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRequest {
    /// The state before; null for a creation.
    pub prior: Value,
    /// The configuration; null for a destruction.
    pub config: Value,
    /// What Core proposes, see [`crate::core::proposed_new`].
    pub proposed: Value,
    /// The stored private bytes.
    pub prior_private: Bytes,
    /// The stored identity.
    pub prior_identity: Option<Value>,
    /// The private bytes of the first plan, when this one repeats it in the apply phase.
    pub planned_private: Bytes,
}

/// Is the answer to [`PlanRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct PlanAnswer {
    /// The planned state.
    pub state: Value,
    /// The attributes whose change needs a new object.
    pub requires_replace: Vec<Path>,
    /// The private bytes that go with the plan.
    pub private: Bytes,
    /// The planned identity.
    pub identity: Option<Value>,
    /// What came with it.
    pub report: Report,
}

/// Asks for a change.
#[derive(Debug, Clone, PartialEq)]
pub struct ApplyRequest {
    /// The state before; null for a creation.
    pub prior: Value,
    /// The planned state; null for a destruction.
    pub planned: Value,
    /// The configuration; null for a destruction.
    pub config: Value,
    /// The private bytes of the plan.
    pub private: Bytes,
    /// The identity of the plan.
    pub identity: Option<Value>,
}

/// Says what to import.
#[derive(Debug, Clone, PartialEq)]
pub enum ImportTarget {
    /// An object by the text that users write.
    Id(String),
    /// An object by its identity.
    Identity(Value),
}

/// Is the answer of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportAnswer {
    /// The objects, of which there must be exactly one.
    pub objects: Vec<Imported>,
    /// What came with it.
    pub report: Report,
}

/// Is one imported object.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The state, perhaps with nulls that a read fills.
    pub state: Value,
    /// The provider's private bytes.
    pub private: Bytes,
    /// What identifies the remote object.
    pub identity: Option<Value>,
}

/// Asks for a state of another type to be taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveRequest {
    /// The full address of the provider that the state comes from.
    pub provider: String,
    /// The type that the state comes from.
    pub type_name: String,
    /// The version of its schema.
    pub version: i64,
    /// The state as JSON, as it stands in the state file.
    pub state: String,
    /// The other provider's private bytes.
    pub private: Bytes,
    /// The identity as JSON, where there is one.
    pub identity: Option<String>,
}

impl Client {
    /// Lets the provider validate the configuration of a resource.
    pub async fn validate_resource(&self, resource: &Resource, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ValidateResourceConfig";
        let request = wire::validate_resource_config::Request {
            type_name: resource.object.name.clone(),
            config: Some(dynamic(config)),
            client_capabilities: Some(self.capabilities.wire()),
        };
        let answer = self.raw().validate_resource_config(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&resource.object.block)))
    }

    /// Brings a stored state to the current version of the schema.
    pub async fn upgrade_state(
        &self,
        resource: &Resource,
        version: i64,
        json: &[u8],
    ) -> Result<StateAnswer, CallError> {
        const CALL: &str = "UpgradeResourceState";
        let request = wire::upgrade_resource_state::Request {
            type_name: resource.object.name.clone(),
            version,
            raw_state: Some(raw_json(json)),
        };
        let answer = self.raw().upgrade_resource_state(request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &resource.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        let state = report.object(CALL, answer.upgraded_state.as_ref(), block, Known);
        report.not_null(CALL, &state);
        Ok(StateAnswer { state, report })
    }

    /// Brings a stored identity to the current version of its schema. No JSON means that none is stored.
    pub async fn upgrade_identity(
        &self,
        resource: &Resource,
        version: i64,
        json: Option<&[u8]>,
    ) -> Result<(Option<Value>, Report), CallError> {
        const CALL: &str = "UpgradeResourceIdentity";
        let request = wire::upgrade_resource_identity::Request {
            type_name: resource.object.name.clone(),
            version,
            raw_identity: Some(raw_json(json.unwrap_or_default())),
        };
        let answer = self.raw().upgrade_resource_identity(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, None);
        // Where nothing is stored, an empty answer says that nothing was made of it.
        let answered = answer.upgraded_identity.as_ref();
        let answered = answered.filter(|answered| json.is_some() || answered.identity_data.is_some());
        let identity = report.identity(CALL, answered, resource);
        if identity.is_none() && json.is_some() && report.is_usable() {
            report.violate(Rule::IdentityMissing, CALL, &Path::root(), "an upgrade without an identity");
        }
        Ok((identity, report))
    }

    /// Reads the remote object that a state stands for.
    pub async fn read(
        &self,
        resource: &Resource,
        state: &Value,
        private: &Bytes,
        identity: Option<&Value>,
    ) -> Result<ObjectAnswer, CallError> {
        const CALL: &str = "ReadResource";
        let request = wire::read_resource::Request {
            type_name: resource.object.name.clone(),
            current_state: Some(dynamic(state)),
            private: private.clone(),
            provider_meta: self.meta(),
            client_capabilities: Some(self.capabilities.wire()),
            current_identity: identity_data(identity),
        };
        let answer = self.raw().read_resource(request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &resource.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        report.not_deferred(CALL, answer.deferred.as_ref());
        let new_state = report.object(CALL, answer.new_state.as_ref(), block, Known);
        let new_identity = report.identity(CALL, answer.new_identity.as_ref(), resource);
        if report.is_usable() {
            report.private_kept(CALL, private, &answer.private, &new_state);
            report.identity_kept(CALL, resource, &new_state, identity, new_identity.as_ref());
        }
        Ok(ObjectAnswer { state: new_state, private: answer.private, identity: new_identity, report })
    }

    /// Asks what a change would lead to.
    pub async fn plan(&self, resource: &Resource, request: &PlanRequest) -> Result<PlanAnswer, CallError> {
        const CALL: &str = "PlanResourceChange";
        let planned_private =
            if self.capabilities.planned_private { request.planned_private.clone() } else { Bytes::new() };
        let wire_request = wire::plan_resource_change::Request {
            type_name: resource.object.name.clone(),
            prior_state: Some(dynamic(&request.prior)),
            proposed_new_state: Some(dynamic(&request.proposed)),
            config: Some(dynamic(&request.config)),
            prior_private: request.prior_private.clone(),
            provider_meta: self.meta(),
            client_capabilities: Some(self.capabilities.wire()),
            prior_identity: identity_data(request.prior_identity.as_ref()),
            planned_private,
        };
        let answer = self.raw().plan_resource_change(wire_request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &resource.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        report.not_deferred(CALL, answer.deferred.as_ref());
        report.not_legacy(CALL, answer.legacy_type_system);
        let state = report.object(CALL, answer.planned_state.as_ref(), block, Planned);
        let identity = if request.prior.is_null() && answer.planned_identity.is_some() && resource.identity.is_some() {
            report.violate(Rule::IdentityOnCreatePlan, CALL, &Path::root(), "an identity");
            None
        } else {
            report.identity(CALL, answer.planned_identity.as_ref(), resource)
        };
        let requires_replace = answer.requires_replace.iter().map(super::diagnostic::path_of).collect();
        Ok(PlanAnswer { state, requires_replace, private: answer.planned_private, identity, report })
    }

    /// Makes a change.
    pub async fn apply(&self, resource: &Resource, request: &ApplyRequest) -> Result<ApplyAnswer, CallError> {
        const CALL: &str = "ApplyResourceChange";
        let wire_request = wire::apply_resource_change::Request {
            type_name: resource.object.name.clone(),
            prior_state: Some(dynamic(&request.prior)),
            planned_state: Some(dynamic(&request.planned)),
            config: Some(dynamic(&request.config)),
            planned_private: request.private.clone(),
            provider_meta: self.meta(),
            planned_identity: identity_data(request.identity.as_ref()),
        };
        let answer = self.raw().apply_resource_change(wire_request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &resource.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        report.not_legacy(CALL, answer.legacy_type_system);
        let state = report.object(CALL, answer.new_state.as_ref(), block, Known);
        let identity = report.identity(CALL, answer.new_identity.as_ref(), resource);
        if !report.unreadable {
            report.private_kept(CALL, &request.private, &answer.private, &state);
            let prior_identity = if request.prior.is_null() { None } else { request.identity.as_ref() };
            report.identity_kept(CALL, resource, &state, prior_identity, identity.as_ref());
        }
        Ok(ObjectAnswer { state, private: answer.private, identity, report })
    }

    /// Imports an object.
    pub async fn import(&self, resource: &Resource, target: &ImportTarget) -> Result<ImportAnswer, CallError> {
        const CALL: &str = "ImportResourceState";
        let (id, identity) = match target {
            ImportTarget::Id(id) => (id.clone(), None),
            ImportTarget::Identity(identity) => (String::new(), Some(identity)),
        };
        let request = wire::import_resource_state::Request {
            type_name: resource.object.name.clone(),
            id,
            client_capabilities: Some(self.capabilities.wire()),
            identity: identity_data(identity),
        };
        let answer = self.raw().import_resource_state(request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &resource.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        report.not_deferred(CALL, answer.deferred.as_ref());
        let count = answer.imported_resources.len();
        if count != 1 && report.is_usable() {
            report.violate(Rule::ImportCount, CALL, &Path::root(), format!("{count} objects"));
        }
        let mut objects = Vec::new();
        for imported in &answer.imported_resources {
            if imported.type_name != resource.object.name {
                report.violate(Rule::ImportTypeName, CALL, &Path::root(), format!("{:?}", imported.type_name));
            }
            let state = report.object(CALL, imported.state.as_ref(), block, Known);
            report.not_null(CALL, &state);
            let found = report.identity(CALL, imported.identity.as_ref(), resource);
            if found.is_none() && identity.is_some() && report.is_usable() {
                report.violate(Rule::IdentityMissing, CALL, &Path::root(), "an import by identity without one");
            }
            objects.push(Imported { state, private: imported.private.clone(), identity: found });
        }
        Ok(ImportAnswer { objects, report })
    }

    /// Takes over a state of another type.
    pub async fn move_state(&self, target: &Resource, request: &MoveRequest) -> Result<ObjectAnswer, CallError> {
        const CALL: &str = "MoveResourceState";
        let wire_request = wire::move_resource_state::Request {
            source_provider_address: request.provider.clone(),
            source_type_name: request.type_name.clone(),
            source_schema_version: request.version,
            source_state: Some(raw_json(request.state.as_bytes())),
            target_type_name: target.object.name.clone(),
            source_private: request.private.clone(),
            source_identity: request.identity.as_ref().map(|json| raw_json(json.as_bytes())),
            source_identity_schema_version: 0,
        };
        let answer = self.raw().move_resource_state(wire_request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &target.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        let state = report.object(CALL, answer.target_state.as_ref(), block, Known);
        report.not_null(CALL, &state);
        let identity = report.identity(CALL, answer.target_identity.as_ref(), target);
        Ok(ObjectAnswer { state, private: answer.target_private, identity, report })
    }

    /// Asks for a configuration that would give a state.
    pub async fn generate_config(&self, resource: &Resource, state: &Value) -> Result<StateAnswer, CallError> {
        const CALL: &str = "GenerateResourceConfig";
        let request = wire::generate_resource_config::Request {
            type_name: resource.object.name.clone(),
            state: Some(dynamic(state)),
        };
        let answer = self.raw().generate_resource_config(request).await.map_err(CallError::from(CALL))?.into_inner();
        let block = &resource.object.block;
        let mut report = Report::new(CALL, &answer.diagnostics, Some(block));
        let config = report.object(CALL, answer.config.as_ref(), block, Known);
        report.not_null(CALL, &config);
        for (name, attribute) in &block.attributes {
            let configurable = attribute.required || attribute.optional;
            if !configurable && config.get(name).is_some_and(|value| !value.is_null()) {
                let path = Path::root().attribute(name);
                report.violate(Rule::GeneratedNotConfigurable, CALL, &path, "a value for a computed attribute");
            }
        }
        Ok(StateAnswer { state: config, report })
    }

    /// Lets the provider validate the configuration of a data source.
    pub async fn validate_data_source(&self, data: &Object, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ValidateDataResourceConfig";
        let request = wire::validate_data_resource_config::Request {
            type_name: data.name.clone(),
            config: Some(dynamic(config)),
        };
        let answer =
            self.raw().validate_data_resource_config(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&data.block)))
    }

    /// Reads a data source.
    pub async fn read_data_source(&self, data: &Object, config: &Value) -> Result<StateAnswer, CallError> {
        const CALL: &str = "ReadDataSource";
        let request = wire::read_data_source::Request {
            type_name: data.name.clone(),
            config: Some(dynamic(config)),
            provider_meta: self.meta(),
            client_capabilities: Some(self.capabilities.wire()),
        };
        let answer = self.raw().read_data_source(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, Some(&data.block));
        report.not_deferred(CALL, answer.deferred.as_ref());
        let state = report.object(CALL, answer.state.as_ref(), &data.block, Known);
        report.not_null(CALL, &state);
        for path in crate::core::unechoed(&data.block, config, &state) {
            report.violate(Rule::DataConfigChanged, CALL, &path, "not as configured");
        }
        Ok(StateAnswer { state, report })
    }
}

impl Report {
    /// A type with identity schema returns an identity with each object, always the same.
    fn identity_kept(
        &mut self,
        call: &'static str,
        resource: &Resource,
        state: &Value,
        stored: Option<&Value>,
        answered: Option<&Value>,
    ) {
        if resource.identity.is_none() || state.is_null() {
            return;
        }
        match (stored, answered) {
            (_, None) => self.violate(Rule::IdentityMissing, call, &Path::root(), "an object without identity"),
            (Some(stored), Some(answered)) if stored != answered => {
                self.violate(Rule::IdentityChanged, call, &Path::root(), "another identity than before");
            }
            _ => {}
        }
    }
}
