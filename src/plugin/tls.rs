//! Mutual TLS with the one host that started the process: a key pair of the moment on this side, a pinned certificate
//! on the other.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::version::{TLS12, TLS13};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme};

use super::ecdsa_p521;

/// This side of the encrypted connection.
pub(crate) struct ServerTls {
    /// How to accept connections.
    pub(crate) config: Arc<ServerConfig>,
    /// The certificate that the host must be told to expect.
    pub(crate) certificate: CertificateDer<'static>,
}

/// Why there can be no encrypted connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The host's certificate cannot be read.
    #[error("PLUGIN_CLIENT_CERT holds no certificate in PEM form: {0}")]
    ClientCertificate(#[from] rustls::pki_types::pem::Error),
    /// No key pair or certificate of one's own can be made.
    #[error("no server certificate can be made: {0}")]
    ServerCertificate(#[from] rcgen::Error),
    /// The library refuses the settings.
    #[error("the TLS server cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

impl ServerTls {
    /// Makes a key pair for this process and settings that let in the holder of `client_certificate` (PEM) alone.
    pub(crate) fn pinned_to(client_certificate: &str) -> Result<Self, TlsError> {
        let client = CertificateDer::from_pem_slice(client_certificate.as_bytes())?;
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(["localhost".to_owned()])?.self_signed(&key)?.der().clone();
        let crypto = Arc::new(ring::default_provider());
        let verifier = Arc::new(PinnedClient::new(client, &crypto));
        let mut config = ServerConfig::builder_with_provider(crypto)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
        // Hosts with a recent gRPC library hang up if the server does not choose HTTP/2 by name.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // There is one connection: nothing to resume.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Self { config: Arc::new(config), certificate })
    }
}

/// Accepts one certificate, byte for byte, from whoever proves to hold its key.
///
/// The usual chain building is no option: hosts present a self-signed authority as end entity, which it refuses.
#[derive(Debug)]
struct PinnedClient {
    certificate: CertificateDer<'static>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl PinnedClient {
    fn new(certificate: CertificateDer<'static>, crypto: &CryptoProvider) -> Self {
        Self { certificate, algorithms: crypto.signature_verification_algorithms }
    }

    fn algorithms_for(&self, scheme: SignatureScheme) -> &WebPkiSupportedAlgorithms {
        if scheme == ecdsa_p521::SCHEME { &ecdsa_p521::ALGORITHMS } else { &self.algorithms }
    }
}

impl ClientCertVerifier for PinnedClient {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        if *end_entity == self.certificate {
            Ok(ClientCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, self.algorithms_for(signature.scheme))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, self.algorithms_for(signature.scheme))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let mut schemes = self.algorithms.supported_schemes();
        schemes.insert(0, ecdsa_p521::SCHEME);
        schemes
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use rcgen::{BasicConstraints, IsCa};
    use rustls::sign::{CertifiedKey, SingleCertAndKey};
    use rustls::{ClientConfig, ClientConnection, ProtocolVersion, RootCertStore, ServerConnection};
    use rustls::{SupportedProtocolVersion, version};

    use super::*;

    /// A host's certificate: an authority that signed itself, and its key.
    struct Host {
        parameters: CertificateParams,
        certificate: rcgen::Certificate,
        key: KeyPair,
    }

    impl Host {
        fn new() -> Self {
            let key = KeyPair::generate().unwrap();
            let mut parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
            parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            Self { certificate: parameters.self_signed(&key).unwrap(), parameters, key }
        }

        fn pem(&self) -> String {
            let der = base64::engine::general_purpose::STANDARD.encode(self.certificate.der());
            format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n")
        }

        fn identity(&self) -> Identity {
            identity(&self.certificate, &self.key)
        }

        /// A certificate that this authority gives to somebody else.
        fn issue(&self) -> Identity {
            let key = KeyPair::generate().unwrap();
            let parameters = CertificateParams::new(["localhost".to_owned()]).unwrap();
            let issuer = rcgen::Issuer::from_params(&self.parameters, &self.key);
            identity(&parameters.signed_by(&key, &issuer).unwrap(), &key)
        }
    }

    type Identity = Arc<SingleCertAndKey>;

    fn identity(certificate: &rcgen::Certificate, key: &KeyPair) -> Identity {
        let key = ring::sign::any_ecdsa_type(&PrivatePkcs8KeyDer::from(key.serialize_der()).into()).unwrap();
        Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key).into())
    }

    fn client(
        server: &ServerTls,
        identity: Option<Identity>,
        version: &'static SupportedProtocolVersion,
        alpn: &[u8],
    ) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(server.certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match identity {
            Some(identity) => builder.with_client_cert_resolver(identity),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![alpn.to_vec()];
        ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap()
    }

    /// Runs the handshake in memory; the error is the server's.
    fn shake(server: &ServerTls, mut client: ClientConnection) -> Result<ServerConnection, rustls::Error> {
        let mut server = ServerConnection::new(Arc::clone(&server.config)).unwrap();
        while client.is_handshaking() || server.is_handshaking() {
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            let mut unread = wire.as_slice();
            while !unread.is_empty() {
                server.read_tls(&mut unread).unwrap();
                server.process_new_packets()?;
            }
            let mut wire = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut wire).unwrap();
            }
            let mut unread = wire.as_slice();
            while !unread.is_empty() {
                client.read_tls(&mut unread).unwrap();
                client.process_new_packets()?;
            }
        }
        Ok(server)
    }

    #[test]
    fn the_pinned_host_is_let_in_by_both_versions_and_speaks_http_2() {
        let host = Host::new();
        let server = ServerTls::pinned_to(&host.pem()).unwrap();
        for (version, expected) in
            [(&version::TLS12, ProtocolVersion::TLSv1_2), (&version::TLS13, ProtocolVersion::TLSv1_3)]
        {
            let connection = shake(&server, client(&server, Some(host.identity()), version, b"h2")).unwrap();
            assert_eq!(connection.protocol_version(), Some(expected));
            assert_eq!(connection.alpn_protocol(), Some(&b"h2"[..]));
        }
    }

    #[test]
    fn everyone_else_is_refused() {
        let (host, stranger) = (Host::new(), Host::new());
        let server = ServerTls::pinned_to(&host.pem()).unwrap();
        let thief = identity(&host.certificate, &stranger.key);
        for version in [&version::TLS12, &version::TLS13] {
            for identity in [None, Some(stranger.identity()), Some(host.issue()), Some(Arc::clone(&thief))] {
                assert!(shake(&server, client(&server, identity, version, b"h2")).is_err());
            }
            let other = client(&server, Some(host.identity()), version, b"http/1.1");
            assert_eq!(shake(&server, other).err(), Some(rustls::Error::NoApplicationProtocol));
        }
    }

    #[test]
    fn the_host_may_sign_with_p_521() {
        let verifier = PinnedClient::new(Host::new().certificate.der().clone(), &ring::default_provider());
        assert!(verifier.supported_verify_schemes().contains(&SignatureScheme::ECDSA_NISTP521_SHA512));
        assert!(verifier.client_auth_mandatory());
    }

    #[test]
    fn what_is_no_certificate_is_said_to_be_none() {
        for text in ["", "certificate", "-----BEGIN CERTIFICATE-----\nAA"] {
            assert!(matches!(ServerTls::pinned_to(text), Err(TlsError::ClientCertificate(_))), "{text:?}");
        }
    }
}
