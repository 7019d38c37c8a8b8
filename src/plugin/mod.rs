//! The wire and the process: handshake, mutual TLS, listener, the services of the protocol, log and stop.
//!
//! Translates between the wire and Terraform's language. The only room that knows the wire's types; knows nothing of
//! Infisical. A call comes in through `service`, is kept apart from the others by `guard`, is turned into values by
//! `convert` and answered by what [`Provider`] and `terraform::operations` make of it.

mod address;
mod convert;
mod ecdsa_p521;
mod guard;
mod handshake;
mod listener;
mod log;
#[cfg(any(not(unix), test))]
mod loopback;
pub mod messages;
mod reattach;
mod service;
mod signals;
#[cfg(unix)]
mod socket;
mod stop;
mod tls;
mod wire;

use std::io::{self, Write as _};
use std::sync::Arc;

use guard::Calls;
use handshake::{Invitation, NotInvited};
use listener::Listener;
use service::host::{Broker, Controller, Farewell, Healthy, Stdio};
use signals::Signals;
use stop::{Host, Lifecycle};
use tls::{ServerTls, TlsError};
use tonic::transport::Server;
use wire::health::health_server::HealthServer;
use wire::helper::grpc_broker_server::GrpcBrokerServer;
use wire::helper::grpc_controller_server::GrpcControllerServer;
use wire::helper::grpc_stdio_server::GrpcStdioServer;
use wire::tfplugin6::provider_server::ProviderServer;

use crate::terraform::Provider;

/// The largest message in either direction. The library's default of 4 MiB is less than some configurations.
const LARGEST_MESSAGE: usize = 256 << 20;
/// How much may be under way to this process, in one call and in all of them: many calls with large values don't wait
/// for each other, nor look like an attack to the library.
const WINDOWS: (u32, u32) = (4 << 20, 16 << 20);

/// Why the provider cannot be served.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Failure);

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    NotInvited(#[from] NotInvited),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("a transport that everybody on the machine can reach needs PLUGIN_CLIENT_CERT")]
    Unprotected,
    #[error("the provider cannot listen: {0}")]
    Listen(#[source] io::Error),
    #[error("the provider cannot start: {0}")]
    Start(#[source] io::Error),
    #[error("the server failed: {0}")]
    Server(#[from] tonic::transport::Error),
}

/// Serves `provider` to the Terraform or OpenTofu that started this process, until that is done with it.
pub fn serve(provider: Arc<dyn Provider>) -> Result<(), Error> {
    let host = Host::current();
    let invitation = Invitation::read(|name| std::env::var_os(name)).map_err(|reason| Error(reason.into()))?;
    run(async move {
        let tls = invitation.client_certificate.as_deref().map(ServerTls::pinned_to).transpose()?;
        if tls.is_none() && cfg!(not(unix)) {
            return Err(Failure::Unprotected);
        }
        let mut signals = Signals::catch().map_err(Failure::Start)?;
        let listener = Listener::bind(&invitation).map_err(Failure::Listen)?;
        let certificate = tls.as_ref().map(|tls| tls.certificate.as_ref());
        // Listening comes first: the host connects as soon as it has read the line.
        say(&invitation.answer(&listener.address(), certificate))?;

        let process = Process::new(provider);
        let (lifecycle, farewell) = (Arc::clone(&process.lifecycle), process.farewell.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = async {
                    signals.terminated().await;
                    lifecycle.drain().await;
                } => {}
                () = lifecycle.deserted(|| host.lives()) => {}
            }
            farewell.say().await;
        });
        process.serve(listener, tls).await
    })
    .map_err(Error)
}

/// Serves `provider` to whoever attaches to this process, until Ctrl-C. Unencrypted, for people with a debugger.
pub fn debug(provider: Arc<dyn Provider>) -> Result<(), Error> {
    run(async move {
        let mut signals = Signals::catch().map_err(Failure::Start)?;
        let listener = Listener::bind(&Invitation::none()).map_err(Failure::Listen)?;
        say(&reattach::instructions(&listener.address(), std::process::id()))?;

        let process = Process::new(provider);
        let farewell = process.farewell.clone();
        tokio::spawn(async move {
            signals.interrupted().await;
            farewell.say().await;
        });
        process.serve(listener, None).await
    })
    .map_err(Error)
}

/// Runs `work` on this thread. What still runs when it is done ends with the process.
///
/// A call waits for the network most of its time, and what it does besides takes a fraction of a millisecond. Handing
/// that to another thread costs as much as doing it, and hosts keep the other processors busy themselves.
fn run(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    log::start(|name| std::env::var(name).ok());
    guard::report_panics_by_place();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::Start)?;
    let result = runtime.block_on(work);
    runtime.shutdown_background();
    result
}

/// Writes `text` to stdout, where the host or the person waits for it.
fn say(text: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(Failure::Start)
}

/// What serves a provider.
struct Process {
    provider: Arc<dyn Provider>,
    lifecycle: Arc<Lifecycle>,
    farewell: Farewell,
}

impl Process {
    fn new(provider: Arc<dyn Provider>) -> Self {
        let lifecycle = Arc::new(Lifecycle::default());
        let farewell = Farewell::new(Arc::clone(&provider), Arc::clone(&lifecycle));
        Self { provider, lifecycle, farewell }
    }

    /// Answers calls until the end is asked for, and a moment longer for the answers to leave.
    async fn serve(self, listener: Listener, tls: Option<ServerTls>) -> Result<(), Failure> {
        let Self { provider, lifecycle, farewell } = self;
        let shared = || Arc::clone(&lifecycle);
        let service = service::ProviderService::new(provider, Calls::new(shared()), shared());
        let server = Server::builder()
            .initial_stream_window_size(WINDOWS.0)
            .initial_connection_window_size(WINDOWS.1)
            .add_service(
                ProviderServer::new(service)
                    .max_decoding_message_size(LARGEST_MESSAGE)
                    .max_encoding_message_size(LARGEST_MESSAGE),
            )
            .add_service(GrpcControllerServer::new(Controller { farewell }))
            .add_service(GrpcStdioServer::new(Stdio { lifecycle: shared() }))
            .add_service(GrpcBrokerServer::new(Broker { lifecycle: shared() }))
            .add_service(HealthServer::new(Healthy { lifecycle: shared() }));
        let (connections, listening) = listener.connections(tls.map(|tls| tls.config), shared());
        let outcome = tokio::select! {
            outcome = server.serve_with_incoming_shutdown(connections, lifecycle.ended()) => outcome,
            () = lifecycle.flushed() => Ok(()),
        };
        lifecycle.end();
        // What the listener left in the file system goes with its task.
        let _ = listening.await;
        Ok(outcome?)
    }
}
