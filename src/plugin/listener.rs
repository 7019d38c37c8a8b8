//! Where the host connects, and the connections that it makes: a socket in a private directory, or a loopback port
//! where there are no such sockets.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::address::Address;
use super::handshake::Invitation;
use super::stop::{Busy, Lifecycle};

#[cfg(not(unix))]
use super::loopback::Listener as Transport;
#[cfg(unix)]
use super::socket::Listener as Transport;

/// How long a client may take to prove who it is.
const TLS_PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait when the system has no room for another connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound address; what is left of it in the file system goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Listener {
    transport: Transport,
}

impl Listener {
    /// Listens where `invitation` wants it.
    pub(crate) fn bind(invitation: &Invitation) -> io::Result<Self> {
        Ok(Self { transport: Transport::bind(invitation)? })
    }

    /// Where that is.
    pub(crate) fn address(&self) -> Address {
        self.transport.address()
    }

    /// The connections that were made and, with `tls`, proved to be the host's, until `lifecycle` wants no new ones.
    /// Failed ones never show up: an error in this stream would end the server.
    ///
    /// The task beside the stream owns the address: it is given up when the task has ended.
    pub(crate) fn connections(
        self,
        tls: Option<Arc<ServerConfig>>,
        lifecycle: Arc<Lifecycle>,
    ) -> (ReceiverStream<io::Result<Connection>>, JoinHandle<()>) {
        let (sender, receiver) = mpsc::channel(1);
        let task = tokio::spawn(async move {
            let acceptor = tls.map(TlsAcceptor::from);
            loop {
                let accepted = tokio::select! {
                    biased;
                    () = lifecycle.closed_to_new_work() => break,
                    accepted = self.transport.accept() => accepted,
                };
                match accepted {
                    Ok(stream) => {
                        tokio::spawn(admit(stream, acceptor.clone(), Arc::clone(&lifecycle), sender.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
            }
            drop(self.transport);
            // The server takes the end of the stream for its own end, and there may be calls in flight.
            lifecycle.ended().await;
            drop(sender);
        });
        (ReceiverStream::new(receiver), task)
    }
}

/// Hands `stream` on once it is known to be the host's.
async fn admit(
    stream: impl Stream,
    acceptor: Option<TlsAcceptor>,
    lifecycle: Arc<Lifecycle>,
    sender: mpsc::Sender<io::Result<Connection>>,
) {
    let stream: Box<dyn Stream> = match acceptor {
        None => Box::new(stream),
        Some(acceptor) => match tokio::time::timeout(TLS_PATIENCE, acceptor.accept(stream)).await {
            Ok(Ok(encrypted)) => Box::new(encrypted),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a client was refused");
                return;
            }
            Err(_) => {
                tracing::warn!("a client was refused: it did not complete the TLS handshake in time");
                return;
            }
        },
    };
    let connection = Connection { stream, _open: lifecycle.connected() };
    // The receiver is gone only when the server has ended; then nobody needs the connection.
    let _ = sender.send(Ok(connection)).await;
}

/// What carries bytes both ways.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {}

/// A connection with the host; counted for as long as it is open.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    _open: Busy,
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
