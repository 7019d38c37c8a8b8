//! State stores: this provider has none. The protocol's part for them is experimental; no released host uses it.

use futures_util::{future, stream};
use tonic::Streaming;
use tonic::codegen::BoxStream;

use super::unknown;
use crate::plugin::convert;
use crate::plugin::wire::tfplugin6 as wire;

/// Answers `ValidateStateStoreConfig`.
pub(super) fn validate(request: &wire::validate_state_store::Request) -> wire::validate_state_store::Response {
    wire::validate_state_store::Response { diagnostics: refusal(&request.type_name) }
}

/// Answers `ConfigureStateStore`.
pub(super) fn configure(request: &wire::configure_state_store::Request) -> wire::configure_state_store::Response {
    wire::configure_state_store::Response { diagnostics: refusal(&request.type_name), ..Default::default() }
}

/// Answers `ReadStateBytes`.
pub(super) fn read(request: &wire::read_state_bytes::Request) -> BoxStream<wire::read_state_bytes::Response> {
    let diagnostics = refusal(&request.type_name);
    let answer = wire::read_state_bytes::Response { diagnostics, ..Default::default() };
    Box::pin(stream::once(future::ready(Ok(answer))))
}

/// Answers `WriteStateBytes`: the first chunk says which store is meant.
pub(super) async fn write(
    mut request: Streaming<wire::write_state_bytes::RequestChunk>,
) -> wire::write_state_bytes::Response {
    let first = request.message().await.ok().flatten().and_then(|chunk| chunk.meta);
    let name = first.map(|meta| meta.type_name).unwrap_or_default();
    wire::write_state_bytes::Response { diagnostics: refusal(&name) }
}

/// Answers `LockState`.
pub(super) fn lock(request: &wire::lock_state::Request) -> wire::lock_state::Response {
    wire::lock_state::Response { diagnostics: refusal(&request.type_name), ..Default::default() }
}

/// Answers `UnlockState`.
pub(super) fn unlock(request: &wire::unlock_state::Request) -> wire::unlock_state::Response {
    wire::unlock_state::Response { diagnostics: refusal(&request.type_name) }
}

/// Answers `GetStates`.
pub(super) fn states(request: &wire::get_states::Request) -> wire::get_states::Response {
    wire::get_states::Response { diagnostics: refusal(&request.type_name), ..Default::default() }
}

/// Answers `DeleteState`.
pub(super) fn delete(request: &wire::delete_state::Request) -> wire::delete_state::Response {
    wire::delete_state::Response { diagnostics: refusal(&request.type_name) }
}

fn refusal(name: &str) -> Vec<wire::Diagnostic> {
    convert::diagnostics(unknown("state store", name))
}
