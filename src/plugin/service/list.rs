//! List resources: what `terraform query` finds.

use std::collections::BTreeMap;

use futures_util::{future, stream};
use tonic::codegen::BoxStream;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;

/// The schemas of the list resources by name.
pub(super) fn schemas(_service: &ProviderService) -> BTreeMap<String, wire::Schema> {
    BTreeMap::new()
}

/// Answers `ValidateListResourceConfig`.
pub(super) fn validate(
    _service: &ProviderService,
    request: &wire::validate_list_resource_config::Request,
) -> wire::validate_list_resource_config::Response {
    wire::validate_list_resource_config::Response { diagnostics: refusal(&request.type_name) }
}

/// Answers `ListResource`: what goes wrong is an event with nothing but messages.
pub(super) fn list(
    _service: &ProviderService,
    request: &wire::list_resource::Request,
) -> BoxStream<wire::list_resource::Event> {
    let event = wire::list_resource::Event { diagnostic: refusal(&request.type_name), ..Default::default() };
    Box::pin(stream::once(future::ready(Ok(event))))
}

fn refusal(name: &str) -> Vec<wire::Diagnostic> {
    convert::diagnostics(unknown("list resource", name))
}
