//! Data sources.

use std::collections::BTreeMap;

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;

/// The schemas of the data sources by name.
pub(super) fn schemas(_service: &ProviderService) -> BTreeMap<String, wire::Schema> {
    BTreeMap::new()
}

/// Answers `ValidateDataResourceConfig`.
pub(super) fn validate(
    _service: &ProviderService,
    request: &wire::validate_data_resource_config::Request,
) -> wire::validate_data_resource_config::Response {
    let diagnostics = convert::diagnostics(unknown("data source", &request.type_name));
    wire::validate_data_resource_config::Response { diagnostics }
}

/// Answers `ReadDataSource`.
pub(super) fn read(
    _service: &ProviderService,
    request: &wire::read_data_source::Request,
) -> wire::read_data_source::Response {
    let diagnostics = convert::diagnostics(unknown("data source", &request.type_name));
    wire::read_data_source::Response { diagnostics, ..Default::default() }
}
