//! AWS's proof: a signed request that asks AWS who signs it. It isn't sent from here: the server sends it and believes
//! the answer.

mod chain;
mod profile;
mod services;
mod sign;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::infisical::client::Client;
use crate::infisical::{Error, Secret};

use sign::SignedPost;

const QUESTION: &str = "Action=GetCallerIdentity&Version=2011-06-15";

/// What signs requests to AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Credentials {
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Option<Secret>,
}

/// The body of the login.
pub(super) async fn proof(
    client: &Client,
    stop: &CancellationToken,
    identity_id: &str,
) -> Result<Map<String, Value>, Error> {
    let found = chain::resolve(client, stop).await?;
    Ok(body(identity_id, &found.region, &found.credentials, Timestamp::now()))
}

fn body(identity_id: &str, region: &str, credentials: &Credentials, now: Timestamp) -> Map<String, Value> {
    let host = format!("sts.{region}.amazonaws.com");
    let headers = SignedPost { host: &host, region, service: "sts", body: QUESTION, credentials }.headers(now);
    let headers: Map<String, Value> =
        headers.into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    let mut body = Map::new();
    body.insert("identityId".to_owned(), json!(identity_id));
    body.insert("iamHttpRequestMethod".to_owned(), json!("POST"));
    body.insert("iamRequestBody".to_owned(), json!(STANDARD.encode(QUESTION)));
    body.insert("iamRequestHeaders".to_owned(), json!(STANDARD.encode(Value::Object(headers).to_string())));
    body
}
