//! Managed resources.

use super::{ProviderService, unknown};
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;

macro_rules! todo_rpc {
    ($($name:ident $module:ident $field:ident),*) => {$(
        pub(super) async fn $name(_: &ProviderService, request: wire::$module::Request) -> wire::$module::Response {
            let diagnostics = convert::diagnostics(unknown("resource type", &request.$field));
            wire::$module::Response { diagnostics, ..Default::default() }
        }
    )*};
}
todo_rpc!(
    validate validate_resource_config type_name, upgrade upgrade_resource_state type_name,
    upgrade_identity upgrade_resource_identity type_name, read read_resource type_name,
    plan plan_resource_change type_name, apply apply_resource_change type_name,
    import import_resource_state type_name, move_state move_resource_state target_type_name,
    generate_config generate_resource_config type_name
);
