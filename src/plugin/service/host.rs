//! The services by which a host steers the process: shutdown, two streams that carry nothing, and health.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, future, stream};
use tokio::sync::OnceCell;
use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status, Streaming};

use crate::plugin::stop::Lifecycle;
use crate::plugin::wire::health::health_check_response::ServingStatus;
use crate::plugin::wire::health::health_server::Health;
use crate::plugin::wire::health::{HealthCheckRequest, HealthCheckResponse};
use crate::plugin::wire::helper::grpc_broker_server::GrpcBroker;
use crate::plugin::wire::helper::grpc_controller_server::GrpcController;
use crate::plugin::wire::helper::grpc_stdio_server::GrpcStdio;
use crate::plugin::wire::helper::{ConnInfo, Empty, StdioData};
use crate::terraform::Provider;

/// How long the provider may take to let go of what it holds: hosts kill the process soon after.
const RELEASE_PATIENCE: Duration = Duration::from_secs(2);
/// The service that hosts ask the health of.
const HEALTH_NAME: &str = "plugin";

/// The end of the process, whoever asks for it.
#[derive(Clone)]
pub(crate) struct Farewell {
    provider: Arc<dyn Provider>,
    lifecycle: Arc<Lifecycle>,
    released: Arc<OnceCell<()>>,
}

impl Farewell {
    /// Ends a process in which `provider` is served.
    pub(crate) fn new(provider: Arc<dyn Provider>, lifecycle: Arc<Lifecycle>) -> Self {
        Self { provider, lifecycle, released: Arc::default() }
    }

    /// Lets the provider let go of what it holds, once, then ends the server.
    pub(crate) async fn say(&self) {
        let provider = Arc::clone(&self.provider);
        self.released
            .get_or_init(|| async move {
                // A task, so that a panic in it doesn't keep the process alive.
                let release = tokio::spawn(async move { provider.release().await });
                let _ = tokio::time::timeout(RELEASE_PATIENCE, release).await;
            })
            .await;
        self.lifecycle.end();
    }
}

/// Ends the process when the host is done with it.
pub(crate) struct Controller {
    pub(crate) farewell: Farewell,
}

#[tonic::async_trait]
impl GrpcController for Controller {
    /// May come with a change in flight, after a second Ctrl-C: the answer to this call ends the connection, so the
    /// change gets a moment to answer first. Its answer keeps the object in the user's state.
    async fn shutdown(&self, _: Request<Empty>) -> Result<Response<Empty>, Status> {
        self.farewell.lifecycle.last_chance().await;
        self.farewell.say().await;
        Ok(Response::new(Empty {}))
    }
}

/// Carries no output: the process writes its log to stderr. The host warns if the stream is missing.
pub(crate) struct Stdio {
    pub(crate) lifecycle: Arc<Lifecycle>,
}

#[tonic::async_trait]
impl GrpcStdio for Stdio {
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<BoxStream<StdioData>>, Status> {
        Ok(Response::new(silent_until(self.lifecycle.ended())))
    }
}

/// Brokers no further connections; the stream only has to exist.
pub(crate) struct Broker {
    pub(crate) lifecycle: Arc<Lifecycle>,
}

#[tonic::async_trait]
impl GrpcBroker for Broker {
    async fn start_stream(
        &self,
        request: Request<Streaming<ConnInfo>>,
    ) -> Result<Response<BoxStream<ConnInfo>>, Status> {
        let mut offers = request.into_inner();
        let ended = self.lifecycle.ended();
        Ok(Response::new(silent_until(async move {
            let hung_up = async { while let Ok(Some(_)) = offers.message().await {} };
            tokio::select! {
                () = ended => {}
                () = hung_up => {}
            }
        })))
    }
}

/// Says that the plugin serves, for as long as it does.
pub(crate) struct Healthy {
    pub(crate) lifecycle: Arc<Lifecycle>,
}

#[tonic::async_trait]
impl Health for Healthy {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        if knows(&request) {
            Ok(Response::new(status(ServingStatus::Serving)))
        } else {
            Err(Status::not_found("no such service"))
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<BoxStream<HealthCheckResponse>>, Status> {
        let known = if knows(&request) { ServingStatus::Serving } else { ServingStatus::ServiceUnknown };
        let first = stream::once(future::ready(Ok(status(known))));
        Ok(Response::new(Box::pin(first.chain(silent_until(self.lifecycle.ended())))))
    }
}

fn knows(request: &Request<HealthCheckRequest>) -> bool {
    ["", HEALTH_NAME].contains(&request.get_ref().service.as_str())
}

fn status(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}

/// A stream without items that closes when `end` resolves.
fn silent_until<T: Send + 'static>(end: impl Future<Output = ()> + Send + 'static) -> BoxStream<T> {
    Box::pin(stream::once(end).filter_map(|()| future::ready(None)))
}
