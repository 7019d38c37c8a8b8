//! The login calls: what each method sends.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

#[cfg(feature = "aws")]
use super::aws;
use super::token::{Granted, Token};
use super::{azure, google};
use crate::infisical::client::Client;
use crate::infisical::request::{Class, Request, texts_of};
use crate::infisical::{Error, Login, Secret, answer};

/// Where Kubernetes mounts the token of a pod's service account.
const KUBERNETES_TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// Logs in as the settings say.
pub(super) async fn log_in(client: &Client, stop: &CancellationToken) -> Result<Token, Error> {
    let Some(login) = client.login() else {
        return Err(Error::NotConfigured(
            "no login is configured, and this needs a call of the Infisical API".to_owned(),
        ));
    };
    if let Login::Token(token) = login {
        return Ok(Token::given(token.clone()));
    }
    tracing::debug!(method = login.method(), "logging in");
    let outcome = exchange(client, stop, login).await;
    outcome.map_err(|source| Error::Login { method: login.method(), source: Arc::new(source) })
}

async fn exchange(client: &Client, stop: &CancellationToken, login: &Login) -> Result<Token, Error> {
    let (path, mut body) = proof(client, stop, login).await?;
    if let Some(slug) = client.organization_slug() {
        body.insert("organizationSlug".to_owned(), json!(slug));
    }
    let body = Value::Object(body);
    let mut request = Request::new(client.base(), Method::POST, format!("/api/v1/auth/{path}/login"), &[])?
        .class(Class::Login)
        .anonymous()
        .sensitive(texts_of(&body))
        .json(&body);
    if matches!(login, Login::TlsCert { .. }) {
        if !client.transport().has_client_certificate() {
            return Err(Error::NotConfigured("this login needs a client certificate and its private key".to_owned()));
        }
        // Infisical Cloud asks for client certificates on a port of their own.
        let cloud = request.url.host_str().is_some_and(|host| host.ends_with(".infisical.com"));
        if cloud && request.url.port().is_none() {
            let _ = request.url.set_port(Some(8443));
        }
    }
    let begun = Instant::now();
    let answer = client.exchange(stop, &request, None).await.map_err(|failed| failed.error)?;
    let granted: Granted = answer::decode(&request, &answer)?;
    Ok(Token::granted(granted, begun, answer::server_date(&answer)))
}

/// The route of a login and what proves the identity there.
async fn proof(
    client: &Client,
    stop: &CancellationToken,
    login: &Login,
) -> Result<(&'static str, Map<String, Value>), Error> {
    Ok(match login {
        Login::Token(_) => return Err(Error::NotConfigured("a token needs no login".to_owned())),
        Login::Universal { client_id, client_secret } => {
            ("universal-auth", texts([("clientId", client_id), ("clientSecret", client_secret.expose())]))
        }
        Login::Oidc { identity_id, jwt } => ("oidc-auth", by_token(identity_id, jwt)),
        Login::Jwt { identity_id, jwt } => ("jwt-auth", by_token(identity_id, jwt)),
        Login::Kubernetes { identity_id, service_account_token, service_account_token_path } => {
            let token = match service_account_token {
                Some(token) => token.clone(),
                None => {
                    Secret::new(read(service_account_token_path.as_deref().unwrap_or(KUBERNETES_TOKEN_PATH)).await?)
                }
            };
            ("kubernetes-auth", by_token(identity_id, &token))
        }
        Login::GcpIdToken { identity_id } => {
            ("gcp-auth", by_token(identity_id, &google::instance_token(client, stop, identity_id).await?))
        }
        Login::GcpIam { identity_id, service_account_key_path } => {
            ("gcp-auth", by_token(identity_id, &google::signed_token(identity_id, service_account_key_path).await?))
        }
        Login::Azure { identity_id, resource } => {
            ("azure-auth", by_token(identity_id, &azure::instance_token(client, stop, resource.as_deref()).await?))
        }
        Login::Ldap { identity_id, username, password } => {
            ("ldap-auth", texts([("identityId", identity_id), ("username", username), ("password", password.expose())]))
        }
        Login::TlsCert { identity_id } => ("tls-cert-auth", texts([("identityId", identity_id)])),
        #[cfg(feature = "aws")]
        Login::AwsIam { identity_id } => ("aws-auth", aws::proof(client, stop, identity_id).await?),
        #[cfg(not(feature = "aws"))]
        Login::AwsIam { .. } => {
            return Err(Error::NotConfigured("this program was built without the AWS login".to_owned()));
        }
    })
}

fn by_token(identity_id: &str, token: &Secret) -> Map<String, Value> {
    texts([("identityId", identity_id), ("jwt", token.expose().trim())])
}

fn texts<const N: usize>(entries: [(&str, &str); N]) -> Map<String, Value> {
    entries.into_iter().map(|(key, text)| (key.to_owned(), Value::from(text))).collect()
}

/// A small file that holds a credential.
pub(super) async fn read(path: &str) -> Result<String, Error> {
    let owned = path.to_owned();
    // Files may be on a network: reading them must not hold up the other calls.
    let outcome = tokio::task::spawn_blocking(move || std::fs::read_to_string(owned)).await;
    match outcome {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(Error::Credentials(format!("the file {path} can't be read: {error}"))),
        Err(_) => Err(Error::Credentials(format!("the file {path} can't be read"))),
    }
}
