//! The listening socket and the life of a sandbox. What a request means is the pipeline's business.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::core::Core;
use crate::pipeline;
use crate::rate_limit::{RateLimiter, RateLimits};
use crate::rotation::schedule;
use crate::state::State;

/// How to run a sandbox.
#[derive(Debug)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The clock.
    pub clock: Clock,
    /// The rate limits; `None` for none.
    pub rate_limits: Option<RateLimits>,
    /// What exists at the start.
    pub state: State,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            clock: Clock::real(),
            rate_limits: None,
            state: State::default(),
        }
    }
}

/// A sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The system gave no threads or no event queue.
    #[error("cannot start the server: {0}")]
    Runtime(#[source] io::Error),
}

/// A local Infisical.
#[derive(Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Starts serving on threads of its own and returns at once; the sandbox ends when the result is dropped.
    pub fn start(options: Options) -> Result<Running, StartError> {
        let listen_error = |source| StartError::Listen { address: options.listen, source };
        let listener = std::net::TcpListener::bind(options.listen).map_err(listen_error)?;
        listener.set_nonblocking(true).map_err(listen_error)?;
        let address = listener.local_addr().map_err(listen_error)?;

        let url = format!("http://{address}");
        let core = Arc::new(Core::new(options.state, options.clock, RateLimiter::new(options.rate_limits), url));
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("sandbox")
            .enable_all()
            .build()
            .map_err(StartError::Runtime)?;
        let served = Arc::clone(&core);
        // The runtime lives and dies on its own thread, so that a sandbox may be dropped anywhere, async code included.
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                runtime.block_on(serve(listener, served, stopped));
                runtime.shutdown_background();
            })
            .map_err(StartError::Runtime)?;
        Ok(Running { address, core, stop, thread: Some(thread) })
    }
}

/// A sandbox that serves.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    core: Arc<Core>,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Tells the base address, such as `http://127.0.0.1:41234`.
    pub fn url(&self) -> &str {
        &self.core.url
    }

    /// Tells the socket's address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Gives access from within the process.
    pub fn core(&self) -> &Arc<Core> {
        &self.core
    }

    /// Stops serving: open connections are closed.
    pub fn shutdown(mut self) {
        self.stop();
    }

    /// Waits until something else stops the sandbox.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            // A panic of that thread has been printed already, and there is nothing left to stop.
            let _ = thread.join();
        }
    }

    fn stop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(listener: std::net::TcpListener, core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let scheduler = tokio::spawn(schedule::keep_running(Arc::clone(&core)));
    let to_connections = stopped.clone();
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => break,
            accepted = listener.accept() => {
                // An accept that fails belongs to a client that is gone, or to a shortage that passes.
                if let Ok((stream, peer)) = accepted {
                    tokio::spawn(converse(stream, peer, Arc::clone(&core), to_connections.clone()));
                }
            }
        }
    }
    scheduler.abort();
}

async fn converse(stream: TcpStream, peer: SocketAddr, core: Arc<Core>, mut stopped: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| pipeline::serve(Arc::clone(&core), peer, request));
    let builder = auto::Builder::new(TokioExecutor::new());
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // An error here is a client that left, or a fault that was injected.
        _ = connection => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}
