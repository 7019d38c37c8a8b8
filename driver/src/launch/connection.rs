//! The connection to a provider: dialing, TLS as Core does it, and one HTTP/2 channel over it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, DigitallySignedStruct, ProtocolVersion, SignatureScheme, SupportedProtocolVersion};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tonic::transport::{Channel, Endpoint};

use super::certificate::{ClientIdentity, ServerCertificate};
use super::handshake::Address;
use super::p521;

/// Ends calls of a provider that hangs, so that a test fails instead of hanging with it. Core sets no limit.
const LONGEST_CALL: Duration = Duration::from_secs(300);

/// Says how to dial: every field has Core's answer as its default.
#[derive(Debug, Clone)]
pub struct Dial {
    /// The certificate to show; nothing makes an anonymous client.
    pub identity: Option<ClientIdentity>,
    /// The TLS versions to offer.
    pub versions: TlsVersions,
    /// The protocols to offer by ALPN.
    pub protocols: Vec<Vec<u8>>,
}

/// Is a choice of TLS versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersions {
    /// Offers 1.2 and 1.3.
    Both,
    /// Offers 1.2 only.
    Only12,
    /// Offers 1.3 only.
    Only13,
}

/// Says why no connection came about.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// Nobody listens at the address, or the connection broke.
    #[error("cannot connect: {0}")]
    Connect(#[source] io::Error),
    /// The TLS handshake failed.
    #[error("TLS handshake failed: {0}")]
    Tls(#[source] io::Error),
    /// The provider did not choose `h2`, which clients since grpc-go 1.67 require.
    #[error("the provider chose the application protocol {0:?} instead of h2")]
    NoHttp2(Option<Vec<u8>>),
    /// The HTTP/2 preface failed.
    #[error("no HTTP/2: {0}")]
    Http2(#[source] tonic::transport::Error),
    /// The TLS settings can't be used.
    #[error("unusable TLS settings: {0}")]
    Settings(#[source] rustls::Error),
    /// The system gave no randomness for a certificate.
    #[error(transparent)]
    NoRandomness(#[from] super::certificate::NoRandomness),
}

/// Is an open connection; dropping all its clones closes it.
#[derive(Debug, Clone)]
pub struct Connection {
    /// The channel that clients are made from. It never reconnects, as Core's does not.
    pub channel: Channel,
    /// What TLS agreed on; nothing in plaintext.
    pub tls: Option<TlsFacts>,
}

/// Is what a TLS handshake agreed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFacts {
    /// The TLS version.
    pub version: Option<ProtocolVersion>,
    /// The application protocol.
    pub protocol: Option<Vec<u8>>,
}

impl Dial {
    /// Dials as Core does, with its certificate.
    pub fn with(identity: &ClientIdentity) -> Self {
        Self { identity: Some(identity.clone()), ..Self::anonymous() }
    }

    /// Dials without a certificate.
    pub fn anonymous() -> Self {
        Self { identity: None, versions: TlsVersions::Both, protocols: vec![b"h2".to_vec()] }
    }

    /// Connects over TLS to a provider that must show exactly this certificate.
    pub async fn tls(&self, address: &Address, certificate: &[u8]) -> Result<Connection, DialError> {
        let config = Arc::new(self.config(certificate).map_err(DialError::Settings)?);
        let stream = open(address).await?;
        let name = ServerName::try_from("localhost").map_err(|error| DialError::Tls(io::Error::other(error)))?;
        let stream = TlsConnector::from(config).connect(name, stream).await.map_err(DialError::Tls)?;
        let session = stream.get_ref().1;
        let facts =
            TlsFacts { version: session.protocol_version(), protocol: session.alpn_protocol().map(<[u8]>::to_vec) };
        if facts.protocol.as_deref() != Some(b"h2") {
            return Err(DialError::NoHttp2(facts.protocol));
        }
        Ok(Connection { channel: channel(Box::new(stream)).await?, tls: Some(facts) })
    }

    fn config(&self, certificate: &[u8]) -> Result<ClientConfig, rustls::Error> {
        static BOTH: &[&SupportedProtocolVersion] = &[&rustls::version::TLS13, &rustls::version::TLS12];
        let versions = match self.versions {
            TlsVersions::Both => BOTH,
            TlsVersions::Only13 => &BOTH[..1],
            TlsVersions::Only12 => &BOTH[1..],
        };
        let crypto = Arc::new(rustls::crypto::ring::default_provider());
        let pin = Pinned { certificate: CertificateDer::from(certificate.to_vec()), crypto: Arc::clone(&crypto) };
        let builder = ClientConfig::builder_with_provider(crypto)
            .with_protocol_versions(versions)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(pin));
        let mut config = match &self.identity {
            Some(identity) => {
                builder.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key())))
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols.clone_from(&self.protocols);
        Ok(config)
    }
}

/// Connects without TLS, as to a provider that was given no certificate or runs in debug mode.
pub async fn plaintext(address: &Address) -> Result<Connection, DialError> {
    Ok(Connection { channel: channel(open(address).await?).await?, tls: None })
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

async fn open(address: &Address) -> Result<Box<dyn Stream>, DialError> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => Ok(Box::new(UnixStream::connect(path).await.map_err(DialError::Connect)?)),
        #[cfg(not(unix))]
        Address::Unix(_) => Err(DialError::Connect(io::ErrorKind::Unsupported.into())),
        Address::Tcp(address) => {
            let stream = TcpStream::connect(address).await.map_err(DialError::Connect)?;
            stream.set_nodelay(true).map_err(DialError::Connect)?;
            Ok(Box::new(stream))
        }
    }
}

async fn channel(stream: Box<dyn Stream>) -> Result<Channel, DialError> {
    let once = Once(Arc::new(Mutex::new(Some(stream))));
    let endpoint = Endpoint::from_static("http://localhost").http2_adaptive_window(true).timeout(LONGEST_CALL);
    endpoint.connect_with_connector(once).await.map_err(DialError::Http2)
}

/// Hands out the one stream that is already open, and never a second one.
#[derive(Clone)]
struct Once(Arc<Mutex<Option<Box<dyn Stream>>>>);

impl tower_service::Service<Uri> for Once {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        let stream = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move { stream.map(TokioIo::new).ok_or_else(|| io::ErrorKind::NotConnected.into()) })
    }
}

/// Trusts exactly the certificate of the handshake line, for the name `localhost`, while it is valid.
#[derive(Debug)]
struct Pinned {
    certificate: CertificateDer<'static>,
    crypto: Arc<CryptoProvider>,
}

impl Pinned {
    fn algorithms(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == p521::SCHEME { &p521::ALGORITHMS } else { &self.crypto.signature_verification_algorithms }
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        shown: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *shown != self.certificate {
            return Err(rustls::CertificateError::UnknownIssuer.into());
        }
        rustls::client::verify_server_name(&ParsedCertificate::try_from(shown)?, name)?;
        let fields = ServerCertificate::parse(shown).ok_or(rustls::CertificateError::BadEncoding)?;
        let now = SystemTime::now();
        if now < fields.not_before {
            return Err(rustls::CertificateError::NotValidYet.into());
        }
        if now > fields.not_after {
            return Err(rustls::CertificateError::Expired.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, self.algorithms(signature.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, self.algorithms(signature.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.crypto.signature_verification_algorithms.supported_schemes();
        schemes.push(p521::SCHEME);
        schemes
    }
}

#[cfg(test)]
mod tests {
    use rustls::ServerConfig;
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    #[tokio::test]
    async fn a_provider_may_show_a_certificate_on_p521() {
        let identity = ClientIdentity::generate().unwrap();
        for version in [&rustls::version::TLS13, &rustls::version::TLS12] {
            let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified_key())));
            config.alpn_protocols = vec![b"h2".to_vec()];
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = Address::Tcp(listener.local_addr().unwrap().to_string());
            let acceptor = TlsAcceptor::from(Arc::new(config));
            let server = async { acceptor.accept(listener.accept().await.unwrap().0).await.unwrap() };

            let dial = Dial::anonymous();
            let (connection, _server) = tokio::join!(dial.tls(&address, identity.der()), server);
            assert_eq!(connection.unwrap().tls.unwrap().version, Some(version.version));
        }
    }
}
