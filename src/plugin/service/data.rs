//! Data sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{ProviderService, or_messages, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::{Capabilities, DataSource, Provider, Result, operations};

/// The schemas of the data sources by name.
pub(super) fn schemas(service: &ProviderService) -> BTreeMap<String, wire::Schema> {
    let sources = service.provider.data_sources().iter();
    sources.map(|(name, source)| (name.clone(), convert::schema(source.schema()))).collect()
}

/// Answers `ValidateDataResourceConfig`.
pub(super) async fn validate(
    service: &ProviderService,
    request: wire::validate_data_resource_config::Request,
) -> wire::validate_data_resource_config::Response {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let source = find(provider.as_ref(), &request.type_name)?;
        let config = convert::value(request.config.as_ref(), source.schema().value_type(), "configuration")?;
        Ok(operations::validate_data(source, &config))
    });
    let diagnostics = convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics| diagnostics));
    wire::validate_data_resource_config::Response { diagnostics }
}

/// Answers `ReadDataSource`.
pub(super) async fn read(
    service: &ProviderService,
    request: wire::read_data_source::Request,
) -> wire::read_data_source::Response {
    let provider = Arc::clone(&service.provider);
    let capabilities = convert::capabilities(request.client_capabilities.as_ref());
    let outcome = service.calls.query(capabilities, |context| async move {
        let source = find(provider.as_ref(), &request.type_name)?;
        let of = source.schema().value_type();
        let config = convert::value(request.config.as_ref(), of, "configuration")?;
        let reply = operations::read_data(source, &context, config).await?;
        Ok(wire::read_data_source::Response {
            state: Some(convert::dynamic_value(&reply.value, of)?),
            diagnostics: convert::diagnostics(reply.warnings),
            deferred: None,
        })
    });
    or_messages(outcome.await, |diagnostics| wire::read_data_source::Response { diagnostics, ..Default::default() })
}

fn find<'p>(provider: &'p dyn Provider, name: &str) -> Result<&'p dyn DataSource> {
    provider.data_sources().get(name).map(AsRef::as_ref).ok_or_else(|| unknown("data source", name))
}
