//! Actions.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::codegen::BoxStream;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::plugin::wire::tfplugin6::invoke_action::event::{Completed, Progress as Told, Type};
use crate::terraform::{Action, Capabilities, Checkpoint, Diagnostics, Progress, Provider, Result, clean, operations};

/// The schemas of the actions by name.
pub(super) fn schemas(service: &ProviderService) -> BTreeMap<String, wire::ActionSchema> {
    let actions = service.provider.actions().iter();
    let schema = |action: &dyn Action| wire::ActionSchema { schema: Some(convert::schema(action.schema())) };
    actions.map(|(name, action)| (name.clone(), schema(action.as_ref()))).collect()
}

/// Answers `ValidateActionConfig`.
pub(super) async fn validate(
    service: &ProviderService,
    request: wire::validate_action_config::Request,
) -> wire::validate_action_config::Response {
    let diagnostics = judge(service, request.type_name, request.config).await;
    wire::validate_action_config::Response { diagnostics }
}

/// Answers `PlanAction`: more may be known by now than when the configuration was validated.
pub(super) async fn plan(
    service: &ProviderService,
    request: wire::plan_action::Request,
) -> wire::plan_action::Response {
    let diagnostics = judge(service, request.action_type, request.config).await;
    wire::plan_action::Response { diagnostics, deferred: None }
}

/// Answers `InvokeAction`: some progress, and the completion as the last event, whatever happens.
///
/// Hosts do not survive an event without content, do not notice a missing completion, and break off without saving their
/// state if more than one event follows a stop. So after a stop only the completion is sent.
pub(super) fn invoke(
    service: &ProviderService,
    request: wire::invoke_action::Request,
) -> BoxStream<wire::invoke_action::Event> {
    let (provider, calls) = (Arc::clone(&service.provider), service.calls.clone());
    let (events, stream) = mpsc::unbounded_channel();
    let told = events.clone();
    tokio::spawn(async move {
        let outcome = calls.change(Checkpoint::default(), |context| async move {
            let action = find(provider.as_ref(), &request.action_type)?;
            let of = action.schema().value_type();
            let config = convert::value(request.config.as_ref(), of, "configuration")?;
            let stop = context.stop.clone();
            let progress = Progress::new(move |text| {
                let message = clean(text);
                if !message.is_empty() && !stop.is_cancelled() {
                    // Nobody listens any more if the host has left; the action goes on.
                    let _ = told.send(Ok(event(Type::Progress(Told { message }))));
                }
            });
            Ok(operations::invoke(action, &context, config, &progress).await)
        });
        let diagnostics = convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics| diagnostics));
        let _ = events.send(Ok(event(Type::Completed(Completed { diagnostics }))));
    });
    Box::pin(UnboundedReceiverStream::new(stream))
}

async fn judge(service: &ProviderService, name: String, config: Option<wire::DynamicValue>) -> Vec<wire::Diagnostic> {
    let provider = Arc::clone(&service.provider);
    let outcome = service.calls.query(Capabilities::default(), |_| async move {
        let action = find(provider.as_ref(), &name)?;
        let config = convert::value(config.as_ref(), action.schema().value_type(), "configuration")?;
        Ok(operations::validate_action(action, &config))
    });
    convert::diagnostics(outcome.await.unwrap_or_else(|diagnostics: Diagnostics| diagnostics))
}

fn find<'p>(provider: &'p dyn Provider, name: &str) -> Result<&'p dyn Action> {
    provider.actions().get(name).map(AsRef::as_ref).ok_or_else(|| unknown("action", name))
}

fn event(content: Type) -> wire::invoke_action::Event {
    wire::invoke_action::Event { r#type: Some(content) }
}
