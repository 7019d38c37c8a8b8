//! Every remote call of the protocol, typed: values in, values out.
//!
//! A [`Client`] sends what Core sends and reads the answers as strictly as Core. What breaks a rule in a single answer
//! (its encoding, its types, unknown or write-only values where none may be) is in the answer's [`Report`]; rules that
//! need more than one answer to be seen are in [`crate::core`]. Calls that tests want to send malformed go through
//! [`Client::raw`].

use bytes::Bytes;
use tonic::Streaming;
use tonic::transport::Channel;

use crate::launch::Connection;
use crate::proto::health::HealthCheckRequest;
use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_client::HealthClient;
use crate::proto::plugin::grpc_broker_client::GrpcBrokerClient;
use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
use crate::proto::plugin::grpc_stdio_client::GrpcStdioClient;
use crate::proto::plugin::{ConnInfo, Empty, StdioData};
use crate::proto::tfplugin6 as wire;
use crate::proto::tfplugin6::provider_client::ProviderClient;
use crate::rule::Rule;
use crate::schema::{ProviderSchema, Resource};
use crate::value::{Path, Value};

mod diagnostic;
mod functions;
mod others;
mod provider;
mod reading;
mod resources;

pub use diagnostic::{Diagnostic, Report, Severity};
pub use functions::{CallAnswer, FunctionError};
pub use others::{ActionEvent, EphemeralAnswer, InvokeAnswer, ListEvent, Listing, RenewAnswer};
pub use resources::{
    ApplyAnswer, ApplyRequest, ImportAnswer, ImportTarget, Imported, MoveRequest, ObjectAnswer, PlanAnswer,
    PlanRequest, StateAnswer,
};

/// What clients send and receive at most in one message.
const LARGEST_MESSAGE: usize = i32::MAX as usize;

/// Says what the client can do; providers must not expect more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Never stores write-only attributes (Terraform and `OpenTofu` 1.11).
    pub write_only_attributes: bool,
    /// Sends planned private bytes again when it plans again (Terraform 1.16).
    pub planned_private: bool,
    /// Takes blocks that the provider fills in (Terraform 1.16).
    pub computed_blocks: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self { write_only_attributes: true, planned_private: true, computed_blocks: true }
    }
}

impl Capabilities {
    /// Returns what clients before 1.11 can do: nothing of this.
    pub fn none() -> Self {
        Self { write_only_attributes: false, planned_private: false, computed_blocks: false }
    }

    fn wire(self) -> wire::ClientCapabilities {
        wire::ClientCapabilities {
            deferral_allowed: false,
            write_only_attributes_allowed: self.write_only_attributes,
            store_planned_private: self.planned_private,
            computed_blocks_allowed: self.computed_blocks,
        }
    }
}

/// Says that a call ended with a status instead of an answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{call} failed with {}: {}", .status.code(), .status.message())]
pub struct CallError {
    /// The call's name.
    pub call: &'static str,
    /// What gRPC said.
    pub status: Box<tonic::Status>,
}

impl CallError {
    fn from(call: &'static str) -> impl FnOnce(tonic::Status) -> Self {
        move |status| Self { call, status: Box::new(status) }
    }
}

/// Talks to one provider over one connection. Clones share the connection.
#[derive(Debug, Clone)]
pub struct Client {
    channel: Channel,
    capabilities: Capabilities,
    provider_meta: Option<Value>,
}

impl Client {
    /// Talks over a connection, with all that the newest client can do.
    pub fn new(connection: &Connection) -> Self {
        Self { channel: connection.channel.clone(), capabilities: Capabilities::default(), provider_meta: None }
    }

    /// Says that the client can do other things.
    #[must_use]
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Sends module metadata with each call that takes it.
    #[must_use]
    pub fn with_provider_meta(mut self, meta: Option<Value>) -> Self {
        self.provider_meta = meta;
        self
    }

    /// Returns what the client says that it can do.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Returns the generated client, for requests that no well-behaved client sends, and for the state stores.
    pub fn raw(&self) -> ProviderClient<Channel> {
        ProviderClient::new(self.channel.clone())
            .max_decoding_message_size(LARGEST_MESSAGE)
            .max_encoding_message_size(LARGEST_MESSAGE)
    }

    /// Asks the process to end. Core ignores the answer and then waits for the end of the process.
    pub async fn shutdown(&self) -> Result<(), CallError> {
        let answer = GrpcControllerClient::new(self.channel.clone()).shutdown(Empty {}).await;
        answer.map(drop).map_err(CallError::from("Shutdown"))
    }

    /// Opens the stream that carries the provider's output; a provider keeps it open and silent.
    pub async fn open_stdio(&self) -> Result<Streaming<StdioData>, CallError> {
        let answer = GrpcStdioClient::new(self.channel.clone()).stream_stdio(()).await;
        Ok(answer.map_err(CallError::from("StreamStdio"))?.into_inner())
    }

    /// Opens the stream that negotiates further connections; a provider keeps it open and silent.
    pub async fn open_broker(&self) -> Result<Streaming<ConnInfo>, CallError> {
        // The client's half never sends and never ends, as Core's.
        let silent = tokio_stream::pending();
        let answer = GrpcBrokerClient::new(self.channel.clone()).start_stream(silent).await;
        Ok(answer.map_err(CallError::from("StartStream"))?.into_inner())
    }

    /// Asks whether a service is ready; the provider's is called `plugin`.
    pub async fn health(&self, service: &str) -> Result<ServingStatus, CallError> {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(self.channel.clone()).check(request).await;
        Ok(answer.map_err(CallError::from("Check"))?.into_inner().status())
    }

    /// Asks the provider to wind down the calls in flight; returns its error text, which should be empty.
    pub async fn stop(&self) -> Result<String, CallError> {
        let answer = self.raw().stop_provider(wire::stop_provider::Request {}).await;
        Ok(answer.map_err(CallError::from("StopProvider"))?.into_inner().error)
    }

    fn meta(&self) -> Option<wire::DynamicValue> {
        self.provider_meta.as_ref().map(dynamic)
    }
}

/// Writes a value as Core sends it.
pub fn dynamic(value: &Value) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: crate::value::msgpack::encode(value), json: Bytes::new() }
}

fn identity_data(identity: Option<&Value>) -> Option<wire::ResourceIdentityData> {
    identity.map(|identity| wire::ResourceIdentityData { identity_data: Some(dynamic(identity)) })
}

fn raw_json(json: &[u8]) -> wire::RawState {
    wire::RawState { json: Bytes::copy_from_slice(json), flatmap: std::collections::HashMap::new() }
}
