//! The provider service: each method of the protocol goes to the file of its theme.
//!
//! A file answers with a message of the protocol whatever happens: what goes wrong is a diagnostic in it. A gRPC status
//! would reach the user as a fixed text that says nothing.

mod action;
mod data;
mod ephemeral;
mod function;
pub(super) mod host;
mod list;
mod provider;
mod resource;
mod schema;
mod state_store;

use std::sync::Arc;

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use super::convert;
use super::guard::Calls;
use super::stop::Lifecycle;
use super::wire::tfplugin6::{self as wire, provider_server};
use crate::terraform::{Diagnostic, Diagnostics, IdentitySchema, Provider};

/// Serves one provider.
#[derive(Clone)]
pub(super) struct ProviderService {
    provider: Arc<dyn Provider>,
    calls: Calls,
    lifecycle: Arc<Lifecycle>,
}

impl ProviderService {
    /// Serves `provider` by calls that `calls` keeps apart and `lifecycle` stops.
    pub(super) fn new(provider: Arc<dyn Provider>, calls: Calls, lifecycle: Arc<Lifecycle>) -> Self {
        Self { provider, calls, lifecycle }
    }
}

/// Says that this provider has no `kind` called `name`.
pub(super) fn unknown(kind: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Unknown {kind}"),
        format!("This provider has no {kind} {name:?}. Check the name; another version of the provider may have it."),
    )
    .into()
}

/// What is told of a stored identity that a later version wrote, if any is.
pub(super) fn newer_identity() -> Option<Diagnostics> {
    resource::identity_of_today(&IdentitySchema::default(), 1, &serde_json::Value::Null).err()
}

/// What a call came to: its answer, or an answer made of the messages that say why there is none.
fn or_messages<T>(outcome: Result<T, Diagnostics>, answer: impl FnOnce(Vec<wire::Diagnostic>) -> T) -> T {
    outcome.unwrap_or_else(|diagnostics| answer(convert::diagnostics(diagnostics)))
}

type Answer<T> = Result<Response<T>, Status>;

#[expect(clippy::unnecessary_wraps, reason = "what every method answers")]
fn answer<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

#[tonic::async_trait]
impl provider_server::Provider for ProviderService {
    async fn get_metadata(&self, _: Request<wire::get_metadata::Request>) -> Answer<wire::get_metadata::Response> {
        answer(schema::metadata(self).await)
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Answer<wire::get_provider_schema::Response> {
        answer(schema::schemas(self).await)
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Answer<wire::get_resource_identity_schemas::Response> {
        answer(schema::identity_schemas(self).await)
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Answer<wire::validate_provider_config::Response> {
        answer(provider::validate(self, request.into_inner()).await)
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Answer<wire::configure_provider::Response> {
        answer(provider::configure(self, request.into_inner()).await)
    }

    async fn stop_provider(&self, _: Request<wire::stop_provider::Request>) -> Answer<wire::stop_provider::Response> {
        answer(provider::stop(self))
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Answer<wire::validate_resource_config::Response> {
        answer(resource::validate(self, request.into_inner()).await)
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Answer<wire::upgrade_resource_state::Response> {
        answer(resource::upgrade(self, request.into_inner()).await)
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Answer<wire::upgrade_resource_identity::Response> {
        answer(resource::upgrade_identity(self, request.into_inner()).await)
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Answer<wire::read_resource::Response> {
        answer(resource::read(self, request.into_inner()).await)
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Answer<wire::plan_resource_change::Response> {
        answer(resource::plan(self, request.into_inner()).await)
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Answer<wire::apply_resource_change::Response> {
        answer(resource::apply(self, request.into_inner()).await)
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Answer<wire::import_resource_state::Response> {
        answer(resource::import(self, request.into_inner()).await)
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Answer<wire::move_resource_state::Response> {
        answer(resource::move_state(self, request.into_inner()).await)
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Answer<wire::generate_resource_config::Response> {
        answer(resource::generate_config(self, request.into_inner()).await)
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Answer<wire::validate_data_resource_config::Response> {
        answer(data::validate(self, request.into_inner()).await)
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Answer<wire::read_data_source::Response> {
        answer(data::read(self, request.into_inner()).await)
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Answer<wire::validate_ephemeral_resource_config::Response> {
        answer(ephemeral::validate(self, request.into_inner()).await)
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Answer<wire::open_ephemeral_resource::Response> {
        answer(ephemeral::open(self, request.into_inner()).await)
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Answer<wire::renew_ephemeral_resource::Response> {
        answer(ephemeral::renew(self, request.into_inner()).await)
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::close_ephemeral_resource::Request>,
    ) -> Answer<wire::close_ephemeral_resource::Response> {
        answer(ephemeral::close(self, request.into_inner()).await)
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> Answer<wire::validate_list_resource_config::Response> {
        answer(list::validate(self, request.into_inner()).await)
    }

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> Answer<BoxStream<wire::list_resource::Event>> {
        answer(list::list(self, request.into_inner()))
    }

    async fn get_functions(&self, _: Request<wire::get_functions::Request>) -> Answer<wire::get_functions::Response> {
        answer(wire::get_functions::Response { functions: function::declarations(self), diagnostics: Vec::new() })
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Answer<wire::call_function::Response> {
        answer(function::call(self, request.into_inner()).await)
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> Answer<wire::validate_action_config::Response> {
        answer(action::validate(self, request.into_inner()).await)
    }

    async fn plan_action(&self, request: Request<wire::plan_action::Request>) -> Answer<wire::plan_action::Response> {
        answer(action::plan(self, request.into_inner()).await)
    }

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> Answer<BoxStream<wire::invoke_action::Event>> {
        answer(action::invoke(self, request.into_inner()))
    }

    async fn validate_state_store_config(
        &self,
        request: Request<wire::validate_state_store::Request>,
    ) -> Answer<wire::validate_state_store::Response> {
        answer(state_store::validate(&request.into_inner()))
    }

    async fn configure_state_store(
        &self,
        request: Request<wire::configure_state_store::Request>,
    ) -> Answer<wire::configure_state_store::Response> {
        answer(state_store::configure(&request.into_inner()))
    }

    async fn read_state_bytes(
        &self,
        request: Request<wire::read_state_bytes::Request>,
    ) -> Answer<BoxStream<wire::read_state_bytes::Response>> {
        answer(state_store::read(&request.into_inner()))
    }

    async fn write_state_bytes(
        &self,
        request: Request<Streaming<wire::write_state_bytes::RequestChunk>>,
    ) -> Answer<wire::write_state_bytes::Response> {
        answer(state_store::write(request.into_inner()).await)
    }

    async fn lock_state(&self, request: Request<wire::lock_state::Request>) -> Answer<wire::lock_state::Response> {
        answer(state_store::lock(&request.into_inner()))
    }

    async fn unlock_state(
        &self,
        request: Request<wire::unlock_state::Request>,
    ) -> Answer<wire::unlock_state::Response> {
        answer(state_store::unlock(&request.into_inner()))
    }

    async fn get_states(&self, request: Request<wire::get_states::Request>) -> Answer<wire::get_states::Response> {
        answer(state_store::states(&request.into_inner()))
    }

    async fn delete_state(
        &self,
        request: Request<wire::delete_state::Request>,
    ) -> Answer<wire::delete_state::Response> {
        answer(state_store::delete(&request.into_inner()))
    }
}
