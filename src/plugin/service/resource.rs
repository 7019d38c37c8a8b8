//! Managed resources: from validation to import and move.

use std::sync::Arc;

use super::{ProviderService, or_messages, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::operations::{self, Change};
use crate::terraform::{
    Capabilities, Checkpoint, Diagnostic, Diagnostics, IdentitySchema, MoveSource, Object, Provider, Resource, Result,
    Target, Value, conform, json,
};

/// Answers `ValidateResourceConfig`.
pub(super) async fn validate(
    service: &ProviderService,
    request: wire::validate_resource_config::Request,
) -> wire::validate_resource_config::Response {
    let provider = Arc::clone(&service.provider);
    let capabilities = convert::capabilities(request.client_capabilities.as_ref());
    let outcome = service.calls.query(capabilities, |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let config = convert::value(request.config.as_ref(), resource.schema().value_type(), "configuration")?;
        Ok(operations::validate(resource, context.capabilities, &config))
    });
    let diagnostics = convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics| diagnostics));
    wire::validate_resource_config::Response { diagnostics }
}

/// Answers `UpgradeResourceState`.
pub(super) async fn upgrade(
    service: &ProviderService,
    request: wire::upgrade_resource_state::Request,
) -> wire::upgrade_resource_state::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let stored = convert::stored(request.raw_state.as_ref(), "stored state")?;
        let state = operations::upgrade(resource, &request.type_name, request.version, stored)?;
        let upgraded_state = Some(convert::dynamic_value(&state, resource.schema().value_type())?);
        Ok(wire::upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() })
    });
    or_messages(outcome.await, |diagnostics| wire::upgrade_resource_state::Response {
        diagnostics,
        ..Default::default()
    })
}

/// Answers `UpgradeResourceIdentity`.
///
/// No identity has changed its shape yet, so what is stored is what it is. A host that has none stored sends nothing
/// and takes nothing for an answer.
pub(super) async fn upgrade_identity(
    service: &ProviderService,
    request: wire::upgrade_resource_identity::Request,
) -> wire::upgrade_resource_identity::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let stored = convert::stored(request.raw_identity.as_ref(), "stored identity")?;
        let upgraded_identity = match resource.identity() {
            Some(schema) if !stored.is_null() => Some(identity_of_today(schema, request.version, &stored)?),
            _ => None,
        };
        Ok(wire::upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() })
    });
    or_messages(outcome.await, |diagnostics| wire::upgrade_resource_identity::Response {
        diagnostics,
        ..Default::default()
    })
}

/// Answers `ReadResource`.
pub(super) async fn read(
    service: &ProviderService,
    request: wire::read_resource::Request,
) -> wire::read_resource::Response {
    let provider = Arc::clone(&service.provider);
    let capabilities = convert::capabilities(request.client_capabilities.as_ref());
    let outcome = service.calls.query(capabilities, |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let of = resource.schema().value_type();
        let stored = Object {
            state: convert::value(request.current_state.as_ref(), of, "state")?,
            private: request.private.to_vec(),
            identity: convert::identity(request.current_identity.as_ref(), resource.identity())?,
        };
        let reply = operations::read(resource, &context, stored).await?;
        let diagnostics = convert::diagnostics(reply.warnings);
        let Some(object) = reply.value else {
            return Ok(wire::read_resource::Response { diagnostics, ..Default::default() });
        };
        Ok(wire::read_resource::Response {
            new_state: Some(convert::dynamic_value(&object.state, of)?),
            diagnostics,
            private: object.private.into(),
            new_identity: convert::identity_data(object.identity.as_ref(), resource.identity())?,
            ..Default::default()
        })
    });
    or_messages(outcome.await, |diagnostics| wire::read_resource::Response { diagnostics, ..Default::default() })
}

/// Answers `PlanResourceChange`.
pub(super) async fn plan(
    service: &ProviderService,
    request: wire::plan_resource_change::Request,
) -> wire::plan_resource_change::Response {
    let provider = Arc::clone(&service.provider);
    let capabilities = convert::capabilities(request.client_capabilities.as_ref());
    let outcome = service.calls.query(capabilities, |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let of = resource.schema().value_type();
        let change = Change {
            prior: convert::value(request.prior_state.as_ref(), of, "prior state")?,
            config: convert::value(request.config.as_ref(), of, "configuration")?,
            planned: convert::value(request.proposed_new_state.as_ref(), of, "proposed state")?,
            private: request.prior_private.to_vec(),
            identity: convert::identity(request.prior_identity.as_ref(), resource.identity())?,
        };
        let reply = operations::plan(resource, &context, change).await?;
        Ok(wire::plan_resource_change::Response {
            planned_state: Some(convert::dynamic_value(&reply.value.state, of)?),
            requires_replace: reply.value.replace.iter().map(convert::path).collect(),
            planned_private: reply.value.private.into(),
            diagnostics: convert::diagnostics(reply.warnings),
            planned_identity: convert::identity_data(reply.value.identity.as_ref(), resource.identity())?,
            ..Default::default()
        })
    });
    or_messages(outcome.await, |diagnostics| wire::plan_resource_change::Response { diagnostics, ..Default::default() })
}

/// Answers `ApplyResourceChange`. If the change cannot answer itself, what it reached last is the answer; with nothing
/// reached, no state is: the host then keeps the one that it has.
pub(super) async fn apply(
    service: &ProviderService,
    request: wire::apply_resource_change::Request,
) -> wire::apply_resource_change::Response {
    let (provider, checkpoint) = (Arc::clone(&service.provider), Checkpoint::default());
    let type_name = request.type_name.clone();
    let outcome = service.calls.change(checkpoint.clone(), |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let of = resource.schema().value_type();
        let change = Change {
            prior: convert::value(request.prior_state.as_ref(), of, "prior state")?,
            config: convert::value(request.config.as_ref(), of, "configuration")?,
            planned: convert::value(request.planned_state.as_ref(), of, "planned state")?,
            private: request.planned_private.to_vec(),
            identity: convert::identity(request.planned_identity.as_ref(), resource.identity())?,
        };
        let applied = operations::apply(resource, &context, change).await;
        let object = Object { state: applied.state, private: applied.private, identity: applied.identity };
        changed(resource, object, applied.diagnostics)
    });
    outcome.await.unwrap_or_else(|diagnostics| {
        let reached = checkpoint.last().and_then(|object| {
            let resource = find(service.provider.as_ref(), &type_name).ok()?;
            changed(resource, storable(resource, object), diagnostics.clone()).ok()
        });
        reached.unwrap_or_else(|| wire::apply_resource_change::Response {
            diagnostics: convert::diagnostics(diagnostics),
            ..Default::default()
        })
    })
}

/// Answers `ImportResourceState`.
pub(super) async fn import(
    service: &ProviderService,
    request: wire::import_resource_state::Request,
) -> wire::import_resource_state::Response {
    let provider = Arc::clone(&service.provider);
    let capabilities = convert::capabilities(request.client_capabilities.as_ref());
    let outcome = service.calls.query(capabilities, |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let target = match convert::identity(request.identity.as_ref(), resource.identity())? {
            Some(identity) if request.id.is_empty() => Target::Identity(identity),
            _ => Target::Id(request.id),
        };
        let reply = operations::import(resource, &request.type_name, &context, target).await?;
        let object = wire::import_resource_state::ImportedResource {
            type_name: request.type_name,
            state: Some(convert::dynamic_value(&reply.value.state, resource.schema().value_type())?),
            private: reply.value.private.into(),
            identity: convert::identity_data(reply.value.identity.as_ref(), resource.identity())?,
        };
        Ok(wire::import_resource_state::Response {
            imported_resources: vec![object],
            diagnostics: convert::diagnostics(reply.warnings),
            deferred: None,
        })
    });
    or_messages(outcome.await, |diagnostics| wire::import_resource_state::Response {
        diagnostics,
        ..Default::default()
    })
}

/// Answers `MoveResourceState`.
pub(super) async fn move_state(
    service: &ProviderService,
    request: wire::move_resource_state::Request,
) -> wire::move_resource_state::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let resource = find(provider.as_ref(), &request.target_type_name)?;
        let source = MoveSource {
            provider: request.source_provider_address,
            type_name: request.source_type_name,
            schema_version: request.source_schema_version,
            state: convert::stored(request.source_state.as_ref(), "state to be moved")?,
        };
        let private = request.source_private.to_vec();
        let reply = operations::move_state(resource, &request.target_type_name, source, private)?;
        Ok(wire::move_resource_state::Response {
            target_state: Some(convert::dynamic_value(&reply.value.state, resource.schema().value_type())?),
            diagnostics: convert::diagnostics(reply.warnings),
            target_private: reply.value.private.into(),
            target_identity: convert::identity_data(reply.value.identity.as_ref(), resource.identity())?,
        })
    });
    or_messages(outcome.await, |diagnostics| wire::move_resource_state::Response { diagnostics, ..Default::default() })
}

/// Answers `GenerateResourceConfig`.
pub(super) async fn generate_config(
    service: &ProviderService,
    request: wire::generate_resource_config::Request,
) -> wire::generate_resource_config::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let of = resource.schema().value_type();
        let state = convert::value(request.state.as_ref(), of, "state")?;
        let config = Some(convert::dynamic_value(&operations::generate_config(resource, &state), of)?);
        Ok(wire::generate_resource_config::Response { config, diagnostics: Vec::new() })
    });
    or_messages(outcome.await, |diagnostics| wire::generate_resource_config::Response {
        diagnostics,
        ..Default::default()
    })
}

fn find<'a>(provider: &'a dyn Provider, name: &str) -> Result<&'a dyn Resource> {
    match provider.resources().get(name) {
        Some(resource) => Ok(resource.as_ref()),
        None => Err(unknown("resource type", name)),
    }
}

/// The answer to a change that led to `object`, with what is to be said of it.
fn changed(
    resource: &dyn Resource,
    object: Object,
    diagnostics: Diagnostics,
) -> Result<wire::apply_resource_change::Response> {
    Ok(wire::apply_resource_change::Response {
        new_state: Some(convert::dynamic_value(&object.state, resource.schema().value_type())?),
        private: object.private.into(),
        diagnostics: convert::diagnostics(diagnostics),
        new_identity: convert::identity_data(object.identity.as_ref(), resource.identity())?,
        ..Default::default()
    })
}

/// What may be stored of an object that a change had reached when it broke off.
fn storable(resource: &dyn Resource, object: Object) -> Object {
    let (state, _) = conform::fit(resource.schema(), conform::nulls_for_unknowns(object.state));
    Object { state: conform::without_write_only(resource.schema(), state), ..object }
}

pub(super) fn identity_of_today(
    schema: &IdentitySchema,
    version: i64,
    stored: &serde_json::Value,
) -> Result<wire::ResourceIdentityData> {
    let refused = |reason: String| {
        let text = format!(
            "It has version {version}: {reason}. Use at least the version of the provider that last applied this \
             configuration."
        );
        Diagnostic::error("Could not read the stored identity", text)
    };
    if version > schema.version {
        return Err(refused("a newer version of the provider wrote it".to_owned()).into());
    }
    let identity: Value = json::decode(stored, &schema.value_type(), json::Extras::Dropped)
        .map_err(|error| refused(error.to_string()))?;
    let identity_data = Some(convert::dynamic_value(&identity, &schema.value_type())?);
    Ok(wire::ResourceIdentityData { identity_data })
}
