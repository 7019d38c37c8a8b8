//! ECDSA signatures on the curve P-521: what the host's certificate uses and `ring` lacks.

use p521::ecdsa::signature::Verifier as _;
use p521::ecdsa::{Signature, VerifyingKey};
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id};

/// The scheme in TLS's terms.
pub(crate) const SCHEME: SignatureScheme = SignatureScheme::ECDSA_NISTP521_SHA512;

/// The algorithm in the form in which `rustls` wants it.
pub(crate) const ALGORITHMS: WebPkiSupportedAlgorithms =
    WebPkiSupportedAlgorithms { all: &[&EcdsaP521Sha512], mapping: &[(SCHEME, &[&EcdsaP521Sha512])] };

/// ECDSA with a key on P-521 over a SHA-512 digest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EcdsaP521Sha512;

impl SignatureVerificationAlgorithm for EcdsaP521Sha512 {
    fn verify_signature(&self, public_key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = VerifyingKey::from_sec1_bytes(public_key).map_err(|_| InvalidSignature)?;
        let signature = Signature::from_der(signature).map_err(|_| InvalidSignature)?;
        key.verify(message, &signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_P521
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ECDSA_SHA512
    }
}

#[cfg(test)]
mod tests {
    use p521::ecdsa::SigningKey;
    use p521::ecdsa::signature::Signer as _;

    use super::*;

    #[test]
    fn only_the_signature_of_the_key_over_the_message_is_accepted() {
        let key = |last: u8| {
            let mut scalar = [0; 66];
            scalar[65] = last;
            SigningKey::from_slice(&scalar).unwrap()
        };
        let public = |key: &SigningKey| key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        let signature: Signature = key(7).sign(b"message");
        let der = signature.to_der();
        let verify = |public: &[u8], message: &[u8], signature: &[u8]| {
            EcdsaP521Sha512.verify_signature(public, message, signature).is_ok()
        };
        assert!(verify(&public(&key(7)), b"message", der.as_bytes()));
        assert!(!verify(&public(&key(7)), b"another", der.as_bytes()));
        assert!(!verify(&public(&key(8)), b"message", der.as_bytes()));
        assert!(!verify(&public(&key(7)), b"message", &der.as_bytes()[1..]));
        assert!(!verify(&public(&key(7))[1..], b"message", der.as_bytes()));
    }
}
