//! Checks ECDSA signatures on P-521, which ring lacks: plugins that are written in Go show certificates on that curve.

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{Signature, VerifyingKey};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

/// The scheme that [`ALGORITHMS`] checks.
pub(super) const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP521_SHA512;

/// The algorithm as rustls takes it.
pub(super) const ALGORITHMS: WebPkiSupportedAlgorithms =
    WebPkiSupportedAlgorithms { all: &[&Sha512WithP521], mapping: &[(SCHEME, &[&Sha512WithP521])] };

#[derive(Debug)]
struct Sha512WithP521;

impl SignatureVerificationAlgorithm for Sha512WithP521 {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let verify = || {
            let signature = Signature::from_der(signature)?;
            VerifyingKey::from_sec1_bytes(key)?.verify(message, &signature)
        };
        verify().map_err(|_| InvalidSignature)
    }
}
