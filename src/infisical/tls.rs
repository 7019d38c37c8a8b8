//! Certificates: which servers are trusted and which certificate the client shows.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::{Secret, SettingsError};

/// The certificates of the settings, parsed.
#[derive(Debug)]
pub(super) struct Certificates {
    authorities: Vec<CertificateDer<'static>>,
    own: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
}

impl Certificates {
    pub(super) fn parse(
        authorities: Option<&str>,
        certificate: Option<&str>,
        key: Option<&Secret>,
    ) -> Result<Self, SettingsError> {
        let authorities = match authorities {
            Some(pem) => certificates_of(pem).map_err(SettingsError::CaCertificate)?,
            None => Vec::new(),
        };
        // An authority that can't be used should be told now and not at the first handshake.
        let mut store = RootCertStore::empty();
        for authority in &authorities {
            store.add(authority.clone()).map_err(|error| SettingsError::CaCertificate(error.to_string()))?;
        }
        let own = match (certificate, key) {
            (None, None) => None,
            (Some(_), None) => return Err(SettingsError::ClientCertificate("its private key is missing".to_owned())),
            (None, Some(_)) => {
                return Err(SettingsError::ClientCertificate("there is a private key but no certificate".to_owned()));
            }
            (Some(certificate), Some(key)) => {
                let chain = certificates_of(certificate).map_err(SettingsError::ClientCertificate)?;
                let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
                    .map_err(|_| SettingsError::ClientCertificate("its private key is no PEM key".to_owned()))?;
                ring::default_provider().key_provider.load_private_key(key.clone_key()).map_err(|_| {
                    SettingsError::ClientCertificate("its private key is of an unsupported kind".to_owned())
                })?;
                Some((chain, key))
            }
        };
        Ok(Self { authorities, own })
    }

    /// Whether the client has a certificate to show.
    pub(super) fn has_own(&self) -> bool {
        self.own.is_some()
    }

    /// The configuration of every TLS connection.
    pub(super) fn client_config(&self) -> Result<ClientConfig, Error> {
        let provider = Arc::new(ring::default_provider());
        let verifier = SystemVerifier {
            authorities: self.authorities.clone(),
            provider: provider.clone(),
            loaded: OnceLock::new(),
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let mut config = match &self.own {
            Some((chain, key)) => builder.with_client_auth_cert(chain.clone(), key.clone_key())?,
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Trusts what the system trusts, and the given authorities. The system's store is only read at the first handshake:
/// a server without TLS needs none, and neither does a plan that calls nobody.
#[derive(Debug)]
struct SystemVerifier {
    authorities: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
    loaded: OnceLock<Result<Verifier, Error>>,
}

impl SystemVerifier {
    fn loaded(&self) -> Result<&Verifier, Error> {
        self.loaded
            .get_or_init(|| Verifier::new_with_extra_roots(self.authorities.clone(), self.provider.clone()))
            .as_ref()
            .map_err(Clone::clone)
    }
}

impl ServerCertVerifier for SystemVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.loaded()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.loaded()?.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.loaded()?.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a TLS failure is about who the other side is, which no repetition changes.
pub(super) fn is_about_identity(error: &Error) -> bool {
    !matches!(
        error,
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })
    ) && matches!(
        error,
        Error::InvalidCertificate(_) | Error::AlertReceived(_) | Error::General(_) | Error::PeerIncompatible(_)
    )
}

fn certificates_of(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("it contains no PEM certificate".to_owned());
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::Certificates;
    use crate::infisical::{Secret, SettingsError};

    #[test]
    fn certificates_that_cannot_work_are_refused_before_any_call() {
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = key.cert.pem();
        let private = Secret::new(key.signing_key.serialize_pem());
        assert!(Certificates::parse(Some(&certificate), Some(&certificate), Some(&private)).unwrap().has_own());
        assert!(matches!(Certificates::parse(Some("nothing"), None, None), Err(SettingsError::CaCertificate(_))));
        assert!(matches!(
            Certificates::parse(None, Some(&certificate), None),
            Err(SettingsError::ClientCertificate(_))
        ));
        assert!(matches!(Certificates::parse(None, None, Some(&private)), Err(SettingsError::ClientCertificate(_))));
        let wrong = Secret::new(certificate.clone());
        let error = Certificates::parse(None, Some(&certificate), Some(&wrong)).unwrap_err();
        assert!(matches!(error, SettingsError::ClientCertificate(_)));
    }
}
