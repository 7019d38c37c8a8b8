//! Where a provider can be reached, in the words of the handshake.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where the host connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// A socket in the file system.
    #[cfg_attr(not(unix), expect(dead_code, reason = "the transport is TCP"))]
    Unix(PathBuf),
    /// A port of this machine.
    #[cfg_attr(all(unix, not(test)), expect(dead_code, reason = "the transport is a socket in the file system"))]
    Tcp(SocketAddr),
}

impl Address {
    /// The network's name in the handshake.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            Self::Unix(_) => "unix",
            Self::Tcp(_) => "tcp",
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(formatter),
            Self::Tcp(address) => address.fmt(formatter),
        }
    }
}
