//! Azure's proof: the token of the machine's managed identity.

use reqwest::Method;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::elsewhere::{Enquiry, failure};
use crate::infisical::client::Client;
use crate::infisical::{Error, Secret, environment};

const METADATA_SERVICE: &str = "Azure's metadata service";

/// The resource that Infisical expects unless the identity is configured otherwise.
const DEFAULT_RESOURCE: &str = "https://management.azure.com/";

#[derive(Deserialize)]
struct Issued {
    access_token: Secret,
}

/// A token of the managed identity for `resource`.
pub(super) async fn instance_token(
    client: &Client,
    stop: &CancellationToken,
    resource: Option<&str>,
) -> Result<Secret, Error> {
    let host = environment::AZURE_METADATA_HOST.read(client.environment());
    let host = host.as_deref().unwrap_or("http://169.254.169.254").trim_end_matches('/');
    let answer = Enquiry::next_door(METADATA_SERVICE, Method::GET, &format!("{host}/metadata/identity/oauth2/token"))?
        .query("api-version", "2018-02-01")
        .query("resource", resource.unwrap_or(DEFAULT_RESOURCE))
        .header("Metadata", &Secret::new("true"))?
        .ask(client, stop)
        .await?;
    let issued: Issued = serde_json::from_str(answer.expose())
        .map_err(|_| failure(METADATA_SERVICE, "its answer holds no access token"))?;
    Ok(issued.access_token)
}
