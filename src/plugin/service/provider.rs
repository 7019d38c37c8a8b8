//! The provider block, and the user's wish to stop.

use std::sync::Arc;

use super::ProviderService;
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::{Capabilities, Diagnostics};

/// Answers `ValidateProviderConfig`.
pub(super) async fn validate(
    service: &ProviderService,
    request: wire::validate_provider_config::Request,
) -> wire::validate_provider_config::Response {
    let provider = Arc::clone(&service.provider);
    let validate = async move {
        let config = convert::value(request.config.as_ref(), provider.schema().value_type(), "provider block")?;
        Ok(provider.validate(&config))
    };
    let diagnostics = service.calls.query(Capabilities::default(), |_| validate).await;
    wire::validate_provider_config::Response { diagnostics: messages(diagnostics) }
}

/// Answers `ConfigureProvider`; a process under a debugger hears it again and again, with other values.
pub(super) async fn configure(
    service: &ProviderService,
    request: wire::configure_provider::Request,
) -> wire::configure_provider::Response {
    let provider = Arc::clone(&service.provider);
    let configure = async move {
        let config = convert::value(request.config.as_ref(), provider.schema().value_type(), "provider block")?;
        Ok(provider.configure(config))
    };
    let diagnostics = service.calls.query(Capabilities::default(), |_| configure).await;
    wire::configure_provider::Response { diagnostics: messages(diagnostics) }
}

/// Answers `StopProvider` at once; the calls in flight come back by themselves.
pub(super) fn stop(service: &ProviderService) -> wire::stop_provider::Response {
    tracing::info!("the user asks to stop");
    service.lifecycle.stop_calls();
    wire::stop_provider::Response::default()
}

fn messages(outcome: Result<Diagnostics, Diagnostics>) -> Vec<wire::Diagnostic> {
    convert::diagnostics(outcome.unwrap_or_else(|diagnostics| diagnostics))
}
