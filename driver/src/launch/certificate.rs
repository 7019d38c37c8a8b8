//! Certificates: the one that Core makes for itself, and what is to be seen in the provider's.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use p521::ecdsa::signature::Signer as _;
use p521::ecdsa::{DerSignature, SigningKey};
use ring::rand::{SecureRandom as _, SystemRandom};
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, Signer};
use rustls::{SignatureAlgorithm, SignatureScheme};

use super::der::{
    BIT_STRING, BOOLEAN, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, UTF8_STRING, children, element,
    moment, split, time,
};

/// The length of a P-521 private key in bytes; its highest byte has one bit.
const KEY_LENGTH: usize = 66;
const THIRTY_YEARS: Duration = Duration::from_secs(30 * 365 * 86_400);

const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const SECP521R1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const ORGANISATION: &[u8] = &[0x55, 0x04, 0x0a];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
const ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const SERVER_AUTHENTICATION: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
const CLIENT_AUTHENTICATION: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];

/// Says that the system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random numbers")]
pub struct NoRandomness;

/// Is a client certificate with its key, made as Core makes it: ECDSA P-521, self-signed, flagged as a CA.
#[derive(Clone)]
pub struct ClientIdentity {
    key: SigningKey,
    certificate: CertificateDer<'static>,
}

impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ClientIdentity").finish_non_exhaustive()
    }
}

impl ClientIdentity {
    /// Makes a fresh one.
    pub fn generate() -> Result<Self, NoRandomness> {
        let key = fresh_key()?;
        let certificate = certificate(&key, &key)?;
        Ok(Self { key, certificate })
    }

    /// Makes a certificate for a fresh key that this one signs: what a provider must refuse all the same, for it is not
    /// the certificate that Core announced.
    pub fn issue(&self) -> Result<Self, NoRandomness> {
        let key = fresh_key()?;
        let certificate = certificate(&key, &self.key)?;
        Ok(Self { key, certificate })
    }

    /// Writes the certificate as PEM, as `PLUGIN_CLIENT_CERT` carries it.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(&self.certificate);
        let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
        for start in (0..text.len()).step_by(64) {
            pem.push_str(&text[start..text.len().min(start + 64)]);
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
        pem
    }

    /// Returns the certificate itself.
    pub fn der(&self) -> &[u8] {
        &self.certificate
    }

    pub(super) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::new(CertifiedKey::new(vec![self.certificate.clone()], Arc::new(P521Key(self.key.clone()))))
    }
}

/// Is what a client can see in the provider's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCertificate {
    /// The names that it is good for.
    pub dns_names: Vec<String>,
    /// The addresses that it is good for.
    pub addresses: Vec<IpAddr>,
    /// When it begins to be valid.
    pub not_before: SystemTime,
    /// When it ends to be valid.
    pub not_after: SystemTime,
    /// The public key with its algorithm, as DER.
    pub public_key: Vec<u8>,
}

impl ServerCertificate {
    /// Reads the fields from DER; nothing if it is not one certificate.
    pub fn parse(der: &[u8]) -> Option<Self> {
        let (SEQUENCE, certificate, []) = split(der)? else { return None };
        let (SEQUENCE, body, _) = split(certificate)? else { return None };
        let fields = children(body)?;
        // The version is explicit in every certificate with extensions; serial, algorithm and issuer follow it.
        let [_, _, _, _, (_, validity), _, (_, public_key), rest @ ..] = fields.as_slice() else { return None };
        let [(first_tag, first), (last_tag, last)] = *children(validity)?.as_slice() else { return None };
        let mut found = Self {
            dns_names: Vec::new(),
            addresses: Vec::new(),
            not_before: moment(first_tag, first)?,
            not_after: moment(last_tag, last)?,
            public_key: element(SEQUENCE, &[public_key]),
        };
        if let Some((_, extensions)) = rest.iter().find(|(tag, _)| *tag == 0xa3) {
            let (_, extensions, _) = split(extensions)?;
            for (_, extension) in children(extensions)? {
                let parts = children(extension)?;
                if let (Some((_, ALTERNATIVE_NAME)), Some((OCTET_STRING, names))) = (parts.first(), parts.last()) {
                    found.take_names(split(names)?.1)?;
                }
            }
        }
        Some(found)
    }

    fn take_names(&mut self, names: &[u8]) -> Option<()> {
        for (tag, name) in children(names)? {
            match tag {
                0x82 => self.dns_names.push(String::from_utf8(name.to_vec()).ok()?),
                0x87 => self.addresses.extend(<[u8; 4]>::try_from(name).map(IpAddr::from).ok()),
                _ => {}
            }
        }
        Some(())
    }
}

fn fresh_key() -> Result<SigningKey, NoRandomness> {
    let mut bytes = [0; KEY_LENGTH];
    // Almost every draw is a valid key; the bound only keeps a broken system from looping for ever.
    for _ in 0..16 {
        SystemRandom::new().fill(&mut bytes).map_err(|_| NoRandomness)?;
        bytes[0] &= 1;
        if let Ok(key) = SigningKey::from_slice(&bytes) {
            return Ok(key);
        }
    }
    Err(NoRandomness)
}

fn certificate(key: &SigningKey, issuer: &SigningKey) -> Result<CertificateDer<'static>, NoRandomness> {
    let mut serial = [0; 16];
    SystemRandom::new().fill(&mut serial).map_err(|_| NoRandomness)?;
    // A serial number is positive and has no leading zero byte.
    serial[0] = serial[0] & 0x7f | 0x40;
    let algorithm = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[ECDSA_WITH_SHA512])]);
    let name = element(SEQUENCE, &[&name_part(ORGANISATION, "HashiCorp"), &name_part(COMMON_NAME, "localhost")]);
    let begin = SystemTime::now() - Duration::from_secs(30);
    let validity = element(SEQUENCE, &[&time(begin), &time(begin + THIRTY_YEARS)]);
    let point = key.verifying_key().to_sec1_point(false);
    let curve =
        element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[EC_PUBLIC_KEY]), &element(OBJECT_IDENTIFIER, &[SECP521R1])]);
    let public_key = element(SEQUENCE, &[&curve, &element(BIT_STRING, &[&[0], point.as_bytes()])]);
    let body = element(
        SEQUENCE,
        &[
            &element(0xa0, &[&element(INTEGER, &[&[2]])]),
            &element(INTEGER, &[&serial]),
            &algorithm,
            &name,
            &validity,
            &name,
            &public_key,
            &element(0xa3, &[&extensions()]),
        ],
    );
    let signature: DerSignature = issuer.sign(&body);
    let signature = element(BIT_STRING, &[&[0], signature.as_bytes()]);
    Ok(CertificateDer::from(element(SEQUENCE, &[&body, &algorithm, &signature])))
}

fn name_part(kind: &[u8], text: &str) -> Vec<u8> {
    let pair = element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[kind]), &element(UTF8_STRING, &[text.as_bytes()])]);
    element(SET, &[&pair])
}

fn extensions() -> Vec<u8> {
    let truth = element(BOOLEAN, &[&[0xff]]);
    let critical = |kind: &[u8], value: &[u8]| {
        element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[kind]), &truth, &element(OCTET_STRING, &[value])])
    };
    let plain = |kind: &[u8], value: &[u8]| {
        element(SEQUENCE, &[&element(OBJECT_IDENTIFIER, &[kind]), &element(OCTET_STRING, &[value])])
    };
    // Digital signature, key encipherment, key agreement, certificate signing: bits 0, 2, 4 and 5.
    let usage = element(BIT_STRING, &[&[2, 0b1010_1100]]);
    let purposes = element(
        SEQUENCE,
        &[&element(OBJECT_IDENTIFIER, &[CLIENT_AUTHENTICATION]), &element(OBJECT_IDENTIFIER, &[SERVER_AUTHENTICATION])],
    );
    element(
        SEQUENCE,
        &[
            &critical(KEY_USAGE, &usage),
            &plain(EXTENDED_KEY_USAGE, &purposes),
            &critical(BASIC_CONSTRAINTS, &element(SEQUENCE, &[&truth])),
            &plain(ALTERNATIVE_NAME, &element(SEQUENCE, &[&element(0x82, &[b"localhost"])])),
        ],
    )
}

/// Signs handshakes with P-521, which `ring` can't.
#[derive(Clone)]
struct P521Key(SigningKey);

impl std::fmt::Debug for P521Key {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("P521Key")
    }
}

impl rustls::sign::SigningKey for P521Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&SignatureScheme::ECDSA_NISTP521_SHA512).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for P521Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature: DerSignature = self.0.sign(message);
        Ok(signature.as_bytes().to_vec())
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP521_SHA512
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_says_what_core_says() {
        let identity = ClientIdentity::generate().unwrap();
        let seen = ServerCertificate::parse(identity.der()).unwrap();
        assert_eq!(seen.dns_names, ["localhost"]);
        assert!(seen.not_before < SystemTime::now() && SystemTime::now() < seen.not_after);
        assert!(identity.pem().lines().all(|line| line.len() <= 64));
        let other = identity.issue().unwrap();
        assert_ne!(ServerCertificate::parse(other.der()).unwrap().public_key, seen.public_key);
    }

    #[test]
    fn the_certificate_parses_for_rustls() {
        let identity = ClientIdentity::generate().unwrap();
        let parsed = rustls::server::ParsedCertificate::try_from(&identity.certificate).unwrap();
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        rustls::client::verify_server_name(&parsed, &name).unwrap();
    }

    #[test]
    fn other_bytes_are_no_certificate() {
        assert_eq!(ServerCertificate::parse(b""), None);
        assert_eq!(ServerCertificate::parse(&[0x30, 0x82, 0xff]), None);
        let mut cut = ClientIdentity::generate().unwrap().der().to_vec();
        cut.pop();
        assert_eq!(ServerCertificate::parse(&cut), None);
    }
}
