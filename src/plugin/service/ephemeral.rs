//! Ephemeral resources.

use std::collections::BTreeMap;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;

/// The schemas of the ephemeral resources by name.
pub(super) fn schemas(_service: &ProviderService) -> BTreeMap<String, wire::Schema> {
    BTreeMap::new()
}

/// Answers `ValidateEphemeralResourceConfig`.
pub(super) fn validate(
    _service: &ProviderService,
    request: &wire::validate_ephemeral_resource_config::Request,
) -> wire::validate_ephemeral_resource_config::Response {
    wire::validate_ephemeral_resource_config::Response { diagnostics: refusal(&request.type_name) }
}

/// Answers `OpenEphemeralResource`.
pub(super) fn open(
    _service: &ProviderService,
    request: &wire::open_ephemeral_resource::Request,
) -> wire::open_ephemeral_resource::Response {
    wire::open_ephemeral_resource::Response { diagnostics: refusal(&request.type_name), ..Default::default() }
}

/// Answers `RenewEphemeralResource`.
pub(super) fn renew(
    _service: &ProviderService,
    request: &wire::renew_ephemeral_resource::Request,
) -> wire::renew_ephemeral_resource::Response {
    wire::renew_ephemeral_resource::Response { diagnostics: refusal(&request.type_name), ..Default::default() }
}

/// Answers `CloseEphemeralResource`.
pub(super) fn close(
    _service: &ProviderService,
    request: &wire::close_ephemeral_resource::Request,
) -> wire::close_ephemeral_resource::Response {
    wire::close_ephemeral_resource::Response { diagnostics: refusal(&request.type_name) }
}

fn refusal(name: &str) -> Vec<wire::Diagnostic> {
    convert::diagnostics(unknown("ephemeral resource", name))
}
