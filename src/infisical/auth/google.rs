//! Google's proofs: the identity token of the instance, and a token signed with the key of a service account.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use reqwest::Method;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde::Deserialize;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::elsewhere::{Enquiry, failure};
use super::login;
use crate::infisical::client::Client;
use crate::infisical::{Error, Secret, environment};

const METADATA_SERVICE: &str = "Google's metadata service";
const KEY_FILE: &str = "the key file of the Google service account";

/// How long a signed token is good for: it is used at once.
const LIFETIME_SECONDS: i64 = 600;

/// The identity token of the instance's service account, made out to the machine identity.
pub(super) async fn instance_token(
    client: &Client,
    stop: &CancellationToken,
    identity_id: &str,
) -> Result<Secret, Error> {
    let host = environment::GCE_METADATA_HOST.read(client.environment());
    let host = host.as_deref().unwrap_or("metadata.google.internal");
    let url = format!("http://{host}/computeMetadata/v1/instance/service-accounts/default/identity");
    let token = Enquiry::next_door(METADATA_SERVICE, Method::GET, &url)?
        .query("audience", identity_id)
        .query("format", "full")
        .header("Metadata-Flavor", &Secret::new("Google"))?
        .ask(client, stop)
        .await?;
    Ok(Secret::new(token.expose().trim()))
}

/// The parts of a key file that a signature needs.
#[derive(Deserialize)]
struct ServiceAccountKey {
    client_email: String,
    private_key: Secret,
    #[serde(default)]
    private_key_id: Option<String>,
}

/// A token made out to the machine identity and signed with the key in the file `path`.
pub(super) async fn signed_token(identity_id: &str, path: &str) -> Result<Secret, Error> {
    let text = Secret::new(login::read(path).await?);
    sign(identity_id, &text, Timestamp::now())
}

fn sign(identity_id: &str, key_file: &Secret, now: Timestamp) -> Result<Secret, Error> {
    let key: ServiceAccountKey = serde_json::from_str(key_file.expose())
        .map_err(|_| failure(KEY_FILE, "it is not the JSON of a service account key"))?;
    let private = PrivatePkcs8KeyDer::from_pem_slice(key.private_key.expose().as_bytes())
        .map_err(|_| failure(KEY_FILE, "its private key is no PEM key"))?;
    let pair = RsaKeyPair::from_pkcs8(private.secret_pkcs8_der())
        .map_err(|_| failure(KEY_FILE, "its private key is no usable RSA key"))?;
    let mut header = json!({"alg": "RS256", "typ": "JWT"});
    if let Some(id) = key.private_key_id {
        header["kid"] = json!(id);
    }
    let issued = now.as_second();
    let claims = json!({
        "sub": key.client_email,
        "aud": identity_id,
        "iat": issued,
        "exp": issued + LIFETIME_SECONDS,
    });
    let signed =
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
        .map_err(|_| failure(KEY_FILE, "its private key could not sign"))?;
    Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
}
