//! A port of this machine, for systems on which hosts don't connect to sockets in the file system.
//!
//! Anybody on the machine can reach it, so it is never served without mutual TLS.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};

use super::address::Address;
use super::handshake::Invitation;

/// A listening port.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on the first free port in the range that `invitation` names.
    pub(crate) fn bind(invitation: &Invitation) -> io::Result<Self> {
        let mut failure = io::Error::new(io::ErrorKind::InvalidInput, "the range of ports is empty");
        for port in invitation.ports.clone() {
            match std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
                Ok(listener) => {
                    listener.set_nonblocking(true)?;
                    let address = listener.local_addr()?;
                    return Ok(Self { listener: TcpListener::from_std(listener)?, address });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Where that is.
    pub(crate) fn address(&self) -> Address {
        Address::Tcp(self.address)
    }

    /// Waits for a connection.
    pub(crate) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = self.listener.accept().await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_busy_port_is_passed_over_and_a_busy_range_is_an_error() {
        let busy = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = busy.local_addr().unwrap().port();
        let only = Invitation { ports: port..=port, ..Invitation::none() };
        assert!(Listener::bind(&only).is_err());
        let wider = Invitation { ports: port..=u16::MAX, ..Invitation::none() };
        let listener = Listener::bind(&wider).unwrap();
        let Address::Tcp(address) = listener.address() else { panic!("{:?}", listener.address()) };
        assert!(address.port() > port && address.ip().is_loopback());
        let (accepted, connected) = tokio::join!(listener.accept(), TcpStream::connect(address));
        assert_eq!(accepted.unwrap().peer_addr().unwrap(), connected.unwrap().local_addr().unwrap());
    }
}
