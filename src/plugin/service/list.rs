//! List resources: what `terraform query` finds.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use tonic::codegen::BoxStream;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::operations::{self, Listed, Listing};
use crate::terraform::{Capabilities, Diagnostics, ListResource, Provider, Resource, Result};

/// The schemas of the list resources by name.
pub(super) fn schemas(service: &ProviderService) -> BTreeMap<String, wire::Schema> {
    let lists = service.provider.lists().iter();
    lists.map(|(name, list)| (name.clone(), convert::schema(list.schema()))).collect()
}

/// Answers `ValidateListResourceConfig`.
pub(super) async fn validate(
    service: &ProviderService,
    request: wire::validate_list_resource_config::Request,
) -> wire::validate_list_resource_config::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let (list, _) = find(provider.as_ref(), &request.type_name)?;
        let config = convert::value(request.config.as_ref(), list.schema().value_type(), "configuration")?;
        Ok(operations::validate_list(list, &config))
    });
    let diagnostics = convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics| diagnostics));
    wire::validate_list_resource_config::Response { diagnostics }
}

/// Answers `ListResource`: what goes wrong is an event with nothing but messages.
///
/// Nothing is asked for before the host reads, and nothing goes on when it leaves, as it does at its limit.
pub(super) fn list(
    service: &ProviderService,
    request: wire::list_resource::Request,
) -> BoxStream<wire::list_resource::Event> {
    let (provider, calls) = (Arc::clone(&service.provider), service.calls.clone());
    let events = async move {
        let events = calls.query(Capabilities::default(), |context| async move {
            let (list, resource) = find(provider.as_ref(), &request.type_name)?;
            let listing = Listing {
                config: convert::value(request.config.as_ref(), list.schema().value_type(), "configuration")?,
                limit: usize::try_from(request.limit).unwrap_or_default(),
                with_state: request.include_resource_object,
            };
            let listed = operations::list(list, resource, &context, listing).await?;
            listed.into_iter().map(|listed| event(resource, listed)).collect::<Result<Vec<_>>>()
        });
        stream::iter(events.await.unwrap_or_else(|diagnostics| vec![failure(diagnostics)])).map(Ok)
    };
    Box::pin(stream::once(events).flatten())
}

fn find<'p>(provider: &'p dyn Provider, name: &str) -> Result<(&'p dyn ListResource, &'p dyn Resource)> {
    let list = provider.lists().get(name).zip(provider.resources().get(name));
    let (list, resource) = list.ok_or_else(|| unknown("list resource", name))?;
    Ok((list.as_ref(), resource.as_ref()))
}

fn event(resource: &dyn Resource, listed: Listed) -> Result<wire::list_resource::Event> {
    let of = resource.schema().value_type();
    Ok(wire::list_resource::Event {
        identity: convert::identity_data(listed.identity.as_ref(), resource.identity())?,
        display_name: listed.display_name,
        resource_object: listed.state.map(|state| convert::dynamic_value(&state, of)).transpose()?,
        diagnostic: convert::diagnostics(listed.warnings),
    })
}

fn failure(diagnostics: Diagnostics) -> wire::list_resource::Event {
    wire::list_resource::Event { diagnostic: convert::diagnostics(diagnostics), ..Default::default() }
}
