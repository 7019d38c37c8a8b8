//! The one line by which a provider says where it listens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::path::PathBuf;

use super::certificate::ServerCertificate;

/// Segments shorter than this are not looked at as certificates, Core does the same.
const SHORTEST_CERTIFICATE: usize = 50;

/// Is what a provider's handshake line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// Where the provider listens.
    pub address: Address,
    /// The certificate that the provider shows, as DER; nothing means plaintext.
    pub certificate: Option<Vec<u8>>,
    /// The seventh segment: whether the provider can carry many streams on one broker connection.
    pub multiplex: Option<bool>,
}

/// Is where a provider listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A unix socket.
    Unix(PathBuf),
    /// A TCP port on loopback.
    Tcp(String),
}

/// Says why Core would refuse a handshake line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// The line has too few or too many segments.
    #[error("unrecognized remote plugin message: {0:?}")]
    Unrecognised(String),
    /// The first segment is not 1.
    #[error("incompatible core API version {0:?}")]
    CoreVersion(String),
    /// The second segment is not 6.
    #[error("incompatible API version {0:?}")]
    ProtocolVersion(String),
    /// The third segment is neither unix nor tcp.
    #[error("unknown address type {0:?}")]
    Network(String),
    /// The fifth segment is not grpc.
    #[error("unsupported plugin protocol {0:?}")]
    Protocol(String),
    /// The sixth segment is not one certificate in unpadded base64.
    #[error("error parsing server cert: {0}")]
    Certificate(String),
    /// The seventh segment is not true or false.
    #[error("{0:?} is not a bool")]
    Multiplex(String),
}

impl Handshake {
    /// Reads a handshake line; `multiplex_asked` tells whether a seventh segment was asked for.
    pub fn parse(line: &str, multiplex_asked: bool) -> Result<Self, HandshakeError> {
        let segments: Vec<&str> = line.trim_end_matches(['\r', '\n']).split('|').collect();
        let (&[core, version, network, address, protocol, certificate], rest) =
            segments.split_first_chunk().ok_or_else(|| HandshakeError::Unrecognised(line.to_owned()))?;
        if core != "1" {
            return Err(HandshakeError::CoreVersion(core.to_owned()));
        }
        if version != "6" {
            return Err(HandshakeError::ProtocolVersion(version.to_owned()));
        }
        let address = match network {
            "unix" => Address::Unix(PathBuf::from(address)),
            "tcp" => Address::Tcp(address.to_owned()),
            other => return Err(HandshakeError::Network(other.to_owned())),
        };
        if protocol != "grpc" {
            return Err(HandshakeError::Protocol(protocol.to_owned()));
        }
        let multiplex = match rest {
            [] => None,
            // Older clients would glue a segment that they did not ask for to the certificate.
            [text] if multiplex_asked => Some(text.parse().map_err(|_| HandshakeError::Multiplex((*text).to_owned()))?),
            _ => return Err(HandshakeError::Unrecognised(line.to_owned())),
        };
        Ok(Self { address, certificate: certificate_of(certificate)?, multiplex })
    }
}

fn certificate_of(segment: &str) -> Result<Option<Vec<u8>>, HandshakeError> {
    if segment.len() <= SHORTEST_CERTIFICATE {
        return if segment.is_empty() { Ok(None) } else { Err(HandshakeError::Certificate("too short".to_owned())) };
    }
    let der = STANDARD_NO_PAD.decode(segment).map_err(|error| HandshakeError::Certificate(error.to_string()))?;
    match ServerCertificate::parse(&der) {
        Some(_) => Ok(Some(der)),
        None => Err(HandshakeError::Certificate("not one DER certificate".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::ClientIdentity;

    #[test]
    fn a_plaintext_line_is_read() {
        let handshake = Handshake::parse("1|6|unix|/run/x|grpc|\n", false).unwrap();
        assert_eq!(handshake.address, Address::Unix(PathBuf::from("/run/x")));
        assert_eq!((handshake.certificate, handshake.multiplex), (None, None));
    }

    #[test]
    fn a_certificate_is_read_without_padding_only() {
        let identity = ClientIdentity::generate().unwrap();
        let text = STANDARD_NO_PAD.encode(identity.der());
        let read = Handshake::parse(&format!("1|6|tcp|127.0.0.1:1|grpc|{text}"), false).unwrap();
        assert_eq!(read.certificate.as_deref(), Some(identity.der()));
        let padded = Handshake::parse(&format!("1|6|tcp|127.0.0.1:1|grpc|{text}="), false);
        assert!(matches!(padded, Err(HandshakeError::Certificate(_))));
    }

    #[test]
    fn a_seventh_segment_is_for_those_who_ask() {
        let line = "1|6|unix|/run/x|grpc||false";
        assert_eq!(Handshake::parse(line, true).unwrap().multiplex, Some(false));
        assert!(matches!(Handshake::parse(line, false), Err(HandshakeError::Unrecognised(_))));
        assert!(matches!(Handshake::parse("1|6|unix|/x|grpc||maybe", true), Err(HandshakeError::Multiplex(_))));
    }

    #[test]
    fn each_wrong_segment_has_its_own_error() {
        let error = |line: &str| Handshake::parse(line, false).unwrap_err();
        assert!(matches!(error("hello"), HandshakeError::Unrecognised(_)));
        assert!(matches!(error("2|6|unix|/x|grpc|"), HandshakeError::CoreVersion(_)));
        assert!(matches!(error("1|7|unix|/x|grpc|"), HandshakeError::ProtocolVersion(_)));
        assert!(matches!(error("1|6|pipe|/x|grpc|"), HandshakeError::Network(_)));
        assert!(matches!(error("1|6|unix|/x|netrpc|"), HandshakeError::Protocol(_)));
        assert!(matches!(error("1|6|unix|/x|grpc|abc"), HandshakeError::Certificate(_)));
    }
}
