//! Actions.

use std::collections::BTreeMap;

use futures_util::{future, stream};
use tonic::codegen::BoxStream;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;
use crate::terraform::Diagnostics;

/// The schemas of the actions by name.
pub(super) fn schemas(_service: &ProviderService) -> BTreeMap<String, wire::ActionSchema> {
    BTreeMap::new()
}

/// Answers `ValidateActionConfig`.
pub(super) fn validate(
    _service: &ProviderService,
    request: &wire::validate_action_config::Request,
) -> wire::validate_action_config::Response {
    let diagnostics = convert::diagnostics(unknown("action", &request.type_name));
    wire::validate_action_config::Response { diagnostics }
}

/// Answers `PlanAction`.
pub(super) fn plan(_service: &ProviderService, request: &wire::plan_action::Request) -> wire::plan_action::Response {
    let diagnostics = convert::diagnostics(unknown("action", &request.action_type));
    wire::plan_action::Response { diagnostics, ..Default::default() }
}

/// Answers `InvokeAction`.
pub(super) fn invoke(
    _service: &ProviderService,
    request: &wire::invoke_action::Request,
) -> BoxStream<wire::invoke_action::Event> {
    Box::pin(stream::once(future::ready(Ok(completed(unknown("action", &request.action_type))))))
}

/// The last event of every invocation. Hosts do not survive an event without content, nor notice a missing last one.
fn completed(diagnostics: Diagnostics) -> wire::invoke_action::Event {
    use wire::invoke_action::event::{Completed, Type};
    let completed = Completed { diagnostics: convert::diagnostics(diagnostics) };
    wire::invoke_action::Event { r#type: Some(Type::Completed(completed)) }
}
