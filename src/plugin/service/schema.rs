//! What the provider offers: schemas, the list of their names, identities and abilities.

use std::sync::Arc;

use super::{ProviderService, action, data, ephemeral, function, list, or_messages};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::Capabilities;

/// Answers `GetProviderSchema`.
pub(super) async fn schemas(service: &ProviderService) -> wire::get_provider_schema::Response {
    let content = service.clone();
    let schemas = async move {
        let resources = content.provider.resources().iter();
        Ok(wire::get_provider_schema::Response {
            provider: Some(convert::schema(content.provider.schema())),
            resource_schemas: resources
                .map(|(name, resource)| (name.clone(), convert::schema(resource.schema())))
                .collect(),
            data_source_schemas: data::schemas(&content),
            functions: function::declarations(&content),
            ephemeral_resource_schemas: ephemeral::schemas(&content),
            list_resource_schemas: list::schemas(&content),
            action_schemas: action::schemas(&content),
            server_capabilities: Some(abilities()),
            ..Default::default()
        })
    };
    let outcome = service.calls.query(Capabilities::default(), |_| schemas).await;
    or_messages(outcome, |diagnostics| wire::get_provider_schema::Response { diagnostics, ..Default::default() })
}

/// Answers `GetMetadata` from the same schemas, so that the two never differ.
pub(super) async fn metadata(service: &ProviderService) -> wire::get_metadata::Response {
    use wire::get_metadata::{
        ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
    };
    let schemas = schemas(service).await;
    let names = |type_name| ResourceMetadata { type_name };
    wire::get_metadata::Response {
        server_capabilities: schemas.server_capabilities,
        diagnostics: schemas.diagnostics,
        resources: schemas.resource_schemas.into_keys().map(names).collect(),
        data_sources: (schemas.data_source_schemas.into_keys())
            .map(|type_name| DataSourceMetadata { type_name })
            .collect(),
        functions: schemas.functions.into_keys().map(|name| FunctionMetadata { name }).collect(),
        ephemeral_resources: (schemas.ephemeral_resource_schemas.into_keys())
            .map(|type_name| EphemeralMetadata { type_name })
            .collect(),
        list_resources: (schemas.list_resource_schemas.into_keys())
            .map(|type_name| ListResourceMetadata { type_name })
            .collect(),
        state_stores: Vec::new(),
        actions: schemas.action_schemas.into_keys().map(|type_name| ActionMetadata { type_name }).collect(),
    }
}

/// Answers `GetResourceIdentitySchemas`.
pub(super) async fn identity_schemas(service: &ProviderService) -> wire::get_resource_identity_schemas::Response {
    let provider = Arc::clone(&service.provider);
    let schemas = async move {
        let resources = provider.resources().iter();
        let identities = resources.filter_map(|(name, resource)| {
            resource.identity().map(|identity| (name.clone(), convert::identity_schema(identity)))
        });
        let identity_schemas = identities.collect();
        Ok(wire::get_resource_identity_schemas::Response { identity_schemas, diagnostics: Vec::new() })
    };
    let outcome = service.calls.query(Capabilities::default(), |_| schemas).await;
    or_messages(outcome, |diagnostics| wire::get_resource_identity_schemas::Response {
        diagnostics,
        ..Default::default()
    })
}

/// What the host may do with this provider beyond the oldest version of the protocol.
fn abilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}
