//! Functions.

use std::collections::BTreeMap;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;

/// The functions by name.
pub(super) fn declarations(_service: &ProviderService) -> BTreeMap<String, wire::Function> {
    BTreeMap::new()
}

/// Answers `CallFunction`.
pub(super) fn call(
    _service: &ProviderService,
    request: &wire::call_function::Request,
) -> wire::call_function::Response {
    let text = convert::diagnostics(unknown("function", &request.name)).into_iter().map(|message| message.detail);
    let error = wire::FunctionError { text: text.collect(), function_argument: None };
    wire::call_function::Response { result: None, error: Some(error) }
}
