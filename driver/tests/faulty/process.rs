//! The toy provider as a process that Core could start: handshake line, mutual TLS, end on Shutdown.

use std::env;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use plugin_driver::launch::COOKIE;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};

mod changes;
mod distort;
#[expect(dead_code, reason = "faults are for the tests; this process has none")]
mod fault;
mod planning;
mod provider;
mod schema;
#[expect(dead_code, reason = "serving inside a test is for the tests")]
mod server;
mod tls;
mod wrap;

pub(crate) use fault::Fault;

#[tokio::main]
async fn main() -> ExitCode {
    if env::var("TF_PLUGIN_MAGIC_COOKIE").as_deref() != Ok(COOKIE) {
        let _closed = io::stderr().write_all(b"This is a plugin, not meant to be run by hand.\n");
        return ExitCode::FAILURE;
    }
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _closed = writeln!(io::stderr(), "[ERROR] {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let socket = directory.path().join("socket");
    let listener = UnixListener::bind(&socket)?;
    let (ended, mut end) = mpsc::channel(1);
    let toy = Arc::new(provider::Toy::new(None));
    let announce = |certificate: &str| {
        let mut stdout = io::stdout();
        writeln!(stdout, "1|6|unix|{}|grpc|{certificate}", socket.display())?;
        stdout.flush()
    };
    if let Ok(pem) = env::var("PLUGIN_CLIENT_CERT") {
        let (config, certificate) = tls::settings(&pem)?;
        announce(&certificate)?;
        let streams = accept(listener, TlsAcceptor::from(Arc::new(config)));
        tokio::select! { served = server::run(streams, toy, ended) => served?, _ = end.recv() => {} }
    } else {
        announce("")?;
        let streams = UnixListenerStream::new(listener);
        tokio::select! { served = server::run(streams, toy, ended) => served?, _ = end.recv() => {} }
    }
    Ok(())
}

/// Hands on the connections whose TLS handshake succeeds; others never reach the provider.
fn accept(listener: UnixListener, acceptor: TlsAcceptor) -> ReceiverStream<io::Result<tls::Secure<UnixStream>>> {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, sender) = (acceptor.clone(), sender.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    // The provider is ending when nobody takes connections any more.
                    let _ending = sender.send(Ok(tls::Secure(stream))).await;
                }
            });
        }
    });
    ReceiverStream::new(receiver)
}
