//! Serves the toy provider: inside a test on a private socket, or as a process that Core could start.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use plugin_driver::launch::{Address, Reattach};
use plugin_driver::proto::health::health_check_response::ServingStatus;
use plugin_driver::proto::health::health_server::{Health, HealthServer};
use plugin_driver::proto::health::{HealthCheckRequest, HealthCheckResponse};
use plugin_driver::proto::plugin::grpc_broker_server::{GrpcBroker, GrpcBrokerServer};
use plugin_driver::proto::plugin::grpc_controller_server::{GrpcController, GrpcControllerServer};
use plugin_driver::proto::plugin::grpc_stdio_server::{GrpcStdio, GrpcStdioServer};
use plugin_driver::proto::plugin::{ConnInfo, Empty, StdioData};
use plugin_driver::proto::tfplugin6::provider_server::ProviderServer;
use plugin_driver::value::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixListener;
use tokio::sync::mpsc;
use tokio_stream::wrappers::UnixListenerStream;
use tokio_stream::{Stream, pending};
use tonic::transport::Server;
use tonic::transport::server::Connected;
use tonic::{Request, Response, Status, Streaming};

use super::Fault;
use super::provider::Toy;

const LARGEST_MESSAGE: usize = 256 << 20;

/// Is a toy provider that runs inside a test; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Inside {
    directory: tempfile::TempDir,
    toy: Arc<Toy>,
    task: tokio::task::JoinHandle<()>,
}

impl Inside {
    /// Serves a provider with at most one fault.
    pub(crate) fn serve(fault: Option<Fault>) -> io::Result<Self> {
        let directory = tempfile::tempdir()?;
        let listener = UnixListener::bind(directory.path().join("socket"))?;
        let (ended, _) = mpsc::channel(1);
        let toy = Arc::new(Toy::new(fault));
        let served = Arc::clone(&toy);
        let task = tokio::spawn(async move {
            let _outcome = run(UnixListenerStream::new(listener), served, ended).await;
        });
        Ok(Self { directory, toy, task })
    }

    /// Says how to attach to it.
    pub(crate) fn reattach(&self) -> Reattach {
        Reattach::at(Address::Unix(self.socket()))
    }

    /// Changes objects behind Core's back.
    pub(crate) fn meddle(&self, change: impl FnOnce(&mut BTreeMap<String, Value>)) {
        change(&mut self.toy.objects());
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a provider over whatever connections come in; `ended` hears of Shutdown.
pub(crate) async fn run<S>(
    connections: impl Stream<Item = io::Result<S>> + Send,
    toy: Arc<Toy>,
    ended: mpsc::Sender<()>,
) -> Result<(), tonic::transport::Error>
where
    S: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
{
    let provider = ProviderServer::from_arc(toy)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    Server::builder()
        .http2_adaptive_window(Some(true))
        .add_service(provider)
        .add_service(GrpcControllerServer::new(Helper(ended.clone())))
        .add_service(GrpcStdioServer::new(Helper(ended.clone())))
        .add_service(GrpcBrokerServer::new(Helper(ended.clone())))
        .add_service(HealthServer::new(Helper(ended)))
        .serve_with_incoming(connections)
        .await
}

/// Answers the helper services.
#[derive(Debug)]
struct Helper(mpsc::Sender<()>);

type Silence<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl GrpcController for Helper {
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        // A full channel means that the end is known already.
        let _known = self.0.try_send(());
        Ok(Response::new(Empty {}))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Helper {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Silence<StdioData>>, Status> {
        Ok(Response::new(Box::pin(pending())))
    }
}

#[tonic::async_trait]
impl GrpcBroker for Helper {
    async fn start_stream(&self, _: Request<Streaming<ConnInfo>>) -> Result<Response<Silence<ConnInfo>>, Status> {
        Ok(Response::new(Box::pin(pending())))
    }
}

#[tonic::async_trait]
impl Health for Helper {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        let known = request.into_inner().service == "plugin";
        let status = if known { ServingStatus::Serving } else { ServingStatus::ServiceUnknown };
        Ok(Response::new(HealthCheckResponse { status: status.into() }))
    }
}
