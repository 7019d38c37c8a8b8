//! Ephemeral resources.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ProviderService, or_messages, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::{Capabilities, EphemeralResource, Provider, Result, operations};

/// The schemas of the ephemeral resources by name.
pub(super) fn schemas(service: &ProviderService) -> BTreeMap<String, wire::Schema> {
    let resources = service.provider.ephemeral_resources().iter();
    resources.map(|(name, resource)| (name.clone(), convert::schema(resource.schema()))).collect()
}

/// Answers `ValidateEphemeralResourceConfig`.
pub(super) async fn validate(
    service: &ProviderService,
    request: wire::validate_ephemeral_resource_config::Request,
) -> wire::validate_ephemeral_resource_config::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let config = convert::value(request.config.as_ref(), resource.schema().value_type(), "configuration")?;
        Ok(operations::validate_ephemeral(resource, &config))
    });
    let diagnostics = convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics| diagnostics));
    wire::validate_ephemeral_resource_config::Response { diagnostics }
}

/// Answers `OpenEphemeralResource`.
pub(super) async fn open(
    service: &ProviderService,
    request: wire::open_ephemeral_resource::Request,
) -> wire::open_ephemeral_resource::Response {
    let provider = Arc::clone(&service.provider);
    let capabilities = convert::capabilities(request.client_capabilities.as_ref());
    let outcome = service.calls.query(capabilities, |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let of = resource.schema().value_type();
        let config = convert::value(request.config.as_ref(), of, "configuration")?;
        let reply = operations::open(resource, &context, config).await?;
        Ok(wire::open_ephemeral_resource::Response {
            diagnostics: convert::diagnostics(reply.warnings),
            renew_at: reply.value.lease.renew_at.map(Into::into),
            result: Some(convert::dynamic_value(&reply.value.value, of)?),
            private: Some(reply.value.lease.private.into()),
            deferred: None,
        })
    });
    or_messages(outcome.await, |diagnostics| wire::open_ephemeral_resource::Response {
        diagnostics,
        ..Default::default()
    })
}

/// Answers `RenewEphemeralResource`.
pub(super) async fn renew(
    service: &ProviderService,
    request: wire::renew_ephemeral_resource::Request,
) -> wire::renew_ephemeral_resource::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        let reply = operations::renew(resource, &context, request.private.unwrap_or_default().to_vec()).await?;
        Ok(wire::renew_ephemeral_resource::Response {
            diagnostics: convert::diagnostics(reply.warnings),
            renew_at: reply.value.renew_at.map(Into::into),
            private: Some(reply.value.private.into()),
        })
    });
    or_messages(outcome.await, |diagnostics| wire::renew_ephemeral_resource::Response {
        diagnostics,
        ..Default::default()
    })
}

/// Answers `CloseEphemeralResource`.
pub(super) async fn close(
    service: &ProviderService,
    request: wire::close_ephemeral_resource::Request,
) -> wire::close_ephemeral_resource::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |context| async move {
        let resource = find(provider.as_ref(), &request.type_name)?;
        Ok(operations::close(resource, &context, request.private.unwrap_or_default().to_vec()).await)
    });
    let diagnostics = convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics| diagnostics));
    wire::close_ephemeral_resource::Response { diagnostics }
}

fn find<'p>(provider: &'p dyn Provider, name: &str) -> Result<&'p dyn EphemeralResource> {
    provider.ephemeral_resources().get(name).map(AsRef::as_ref).ok_or_else(|| unknown("ephemeral resource", name))
}
