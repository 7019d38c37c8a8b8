//! The services that hand out AWS credentials: the token service, the container's endpoint, the instance's metadata.

use jiff::Timestamp;
use reqwest::{Method, Url};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::Credentials;
use super::sign::SignedPost;
use crate::infisical::auth::elsewhere::{Enquiry, failure};
use crate::infisical::auth::login;
use crate::infisical::client::Client;
use crate::infisical::transport::is_loopback;
use crate::infisical::{Error, Secret, environment as variables};

const TOKEN_SERVICE: &str = "AWS's token service";
const CONTAINER: &str = "the container's AWS endpoint";
const INSTANCE: &str = "the AWS metadata service of this machine";

/// How a session is named where nothing names it.
const SESSION: &str = "terraform-provider-infisical";

/// The credentials of a session need to last for one signature only.
const INSTANCE_TOKEN_SECONDS: &str = "300";

/// Whom to ask, and on whose behalf.
pub(super) struct Services<'a> {
    pub(super) client: &'a Client,
    pub(super) stop: &'a CancellationToken,
    pub(super) region: &'a str,
}

/// A role to assume.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) arn: String,
    pub(super) session: Option<String>,
    pub(super) external_id: Option<String>,
}

/// Credentials as endpoints of containers and instances write them.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Issued {
    access_key_id: String,
    secret_access_key: Secret,
    #[serde(default)]
    token: Option<Secret>,
}

impl Services<'_> {
    /// Exchanges the token in `file` for the credentials of a role.
    pub(super) async fn assume_with_web_identity(&self, role: &Role, file: &str) -> Result<Credentials, Error> {
        let token = Secret::new(login::read(file).await?);
        let body = form(&[
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", &role.arn),
            ("RoleSessionName", role.session.as_deref().unwrap_or(SESSION)),
            ("WebIdentityToken", token.expose().trim()),
        ]);
        let enquiry = Enquiry::far_away(TOKEN_SERVICE, Method::POST, &self.token_service())?
            .header("Content-Type", &Secret::new("application/x-www-form-urlencoded; charset=utf-8"))?
            .body(body);
        from_xml(&enquiry.ask(self.client, self.stop).await?)
    }

    /// Exchanges credentials for those of a role.
    pub(super) async fn assume(&self, role: &Role, credentials: &Credentials) -> Result<Credentials, Error> {
        let mut parameters = vec![
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", role.arn.as_str()),
            ("RoleSessionName", role.session.as_deref().unwrap_or(SESSION)),
        ];
        parameters.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
        let body = form(&parameters);
        let url = self.token_service();
        let host = Url::parse(&url).ok().and_then(|url| {
            let host = url.host_str()?.to_owned();
            Some(url.port().map_or(host.clone(), |port| format!("{host}:{port}")))
        });
        let host = host.ok_or_else(|| failure(TOKEN_SERVICE, "its address is no valid URL"))?;
        let signed = SignedPost { host: &host, region: self.region, service: "sts", body: &body, credentials };
        let mut enquiry = Enquiry::far_away(TOKEN_SERVICE, Method::POST, &url)?;
        for (name, value) in signed.headers(Timestamp::now()) {
            // The transport writes these two itself, with the values that were signed.
            if !matches!(name, "Host" | "Content-Length") {
                enquiry = enquiry.header(name, &Secret::new(value))?;
            }
        }
        from_xml(&enquiry.body(body).ask(self.client, self.stop).await?)
    }

    /// The credentials of the container's task, where this is a container that has an endpoint for them.
    pub(super) async fn container(&self) -> Result<Option<Credentials>, Error> {
        let environment = self.client.environment();
        let url = match (
            variables::AWS_CONTAINER_RELATIVE_URI.read(environment),
            variables::AWS_CONTAINER_FULL_URI.read(environment),
        ) {
            (Some(path), _) => format!("http://169.254.170.2{path}"),
            (None, Some(url)) => trusted(url)?,
            (None, None) => return Ok(None),
        };
        let mut enquiry = Enquiry::next_door(CONTAINER, Method::GET, &url)?;
        let authorization = match variables::AWS_CONTAINER_TOKEN_FILE.read(environment) {
            Some(file) => Some(login::read(&file).await?),
            None => variables::AWS_CONTAINER_TOKEN.read(environment),
        };
        if let Some(authorization) = authorization {
            enquiry = enquiry.header("Authorization", &Secret::new(authorization))?;
        }
        from_json(CONTAINER, &enquiry.ask(self.client, self.stop).await?).map(Some)
    }

    /// The credentials of the instance's role.
    pub(super) async fn instance(&self) -> Result<Credentials, Error> {
        let session = self.instance_session().await?;
        let roles = self.instance_metadata(&session, "iam/security-credentials/").await?;
        let Some(role) = roles.expose().lines().map(str::trim).find(|role| !role.is_empty()) else {
            return Err(failure(INSTANCE, "the machine has no role"));
        };
        let text = self.instance_metadata(&session, &format!("iam/security-credentials/{role}")).await?;
        from_json(INSTANCE, &text)
    }

    /// The region that the instance runs in.
    pub(super) async fn instance_region(&self) -> Result<String, Error> {
        let session = self.instance_session().await?;
        Ok(self.instance_metadata(&session, "placement/region").await?.expose().trim().to_owned())
    }

    async fn instance_session(&self) -> Result<Secret, Error> {
        let disabled = variables::AWS_EC2_METADATA_DISABLED.read(self.client.environment());
        if disabled.is_some_and(|disabled| disabled.eq_ignore_ascii_case("true")) {
            return Err(failure(INSTANCE, "AWS_EC2_METADATA_DISABLED forbids asking it"));
        }
        Enquiry::next_door(INSTANCE, Method::PUT, &format!("{}/latest/api/token", self.instance_endpoint()))?
            .header("X-aws-ec2-metadata-token-ttl-seconds", &Secret::new(INSTANCE_TOKEN_SECONDS))?
            .ask(self.client, self.stop)
            .await
    }

    async fn instance_metadata(&self, session: &Secret, path: &str) -> Result<Secret, Error> {
        Enquiry::next_door(INSTANCE, Method::GET, &format!("{}/latest/meta-data/{path}", self.instance_endpoint()))?
            .header("X-aws-ec2-metadata-token", session)?
            .ask(self.client, self.stop)
            .await
    }

    fn instance_endpoint(&self) -> String {
        let endpoint = variables::AWS_EC2_METADATA_ENDPOINT.read(self.client.environment());
        endpoint.as_deref().unwrap_or("http://169.254.169.254").trim_end_matches('/').to_owned()
    }

    fn token_service(&self) -> String {
        let environment = self.client.environment();
        variables::AWS_ENDPOINT_URL_STS
            .read(environment)
            .or_else(|| variables::AWS_ENDPOINT_URL.read(environment))
            .unwrap_or_else(|| format!("https://sts.{}.amazonaws.com/", self.region))
    }
}

/// An address that a container's credentials may be asked from: over TLS, or where nobody else listens.
fn trusted(url: String) -> Result<String, Error> {
    const CONTAINER_HOSTS: &[&str] = &["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];
    let parsed = Url::parse(&url).map_err(|_| failure(CONTAINER, "its address is no valid URL"))?;
    let host = parsed.host_str().unwrap_or_default();
    if parsed.scheme() == "https" || is_loopback(host) || CONTAINER_HOSTS.contains(&host) {
        return Ok(url);
    }
    Err(failure(CONTAINER, "its address is neither of this machine nor protected by TLS"))
}

fn form(parameters: &[(&str, &str)]) -> String {
    // The query of an address is encoded like a form.
    let url = Url::parse_with_params("http://localhost/", parameters).ok();
    url.as_ref().and_then(Url::query).unwrap_or_default().to_owned()
}

fn from_json(who: &'static str, text: &Secret) -> Result<Credentials, Error> {
    let issued: Issued =
        serde_json::from_str(text.expose()).map_err(|_| failure(who, "its answer holds no credentials"))?;
    Ok(Credentials {
        access_key_id: issued.access_key_id,
        secret_access_key: issued.secret_access_key,
        session_token: issued.token.filter(|token| !token.is_empty()),
    })
}

fn from_xml(text: &Secret) -> Result<Credentials, Error> {
    let element = |name: &str| {
        let (_, rest) = text.expose().split_once(&format!("<{name}>"))?;
        let (value, _) = rest.split_once(&format!("</{name}>"))?;
        Some(unescaped(value.trim()))
    };
    let missing = || failure(TOKEN_SERVICE, "its answer holds no credentials");
    Ok(Credentials {
        access_key_id: element("AccessKeyId").ok_or_else(missing)?,
        secret_access_key: Secret::new(element("SecretAccessKey").ok_or_else(missing)?),
        session_token: Some(Secret::new(element("SessionToken").ok_or_else(missing)?)),
    })
}

fn unescaped(text: &str) -> String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::{form, from_xml, trusted};
    use crate::infisical::Secret;

    #[test]
    fn the_answer_of_the_token_service_is_read() {
        let text = "<AssumeRoleResponse xmlns=\"x\"><AssumeRoleResult><Credentials>\n<SessionToken>\na&amp;lt;b==\n\
            </SessionToken><SecretAccessKey>s/k</SecretAccessKey><AccessKeyId>ASIA</AccessKeyId></Credentials>";
        let credentials = from_xml(&Secret::new(text)).unwrap();
        assert_eq!(credentials.access_key_id, "ASIA");
        assert_eq!(credentials.secret_access_key.expose(), "s/k");
        assert_eq!(credentials.session_token.unwrap().expose(), "a&lt;b==");
        assert!(from_xml(&Secret::new("<AccessKeyId>ASIA</AccessKeyId>")).is_err());
    }

    #[test]
    fn forms_are_encoded() {
        assert_eq!(
            form(&[("RoleArn", "arn:aws:iam::1:role/a b"), ("T", "a+b=")]),
            "RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa+b&T=a%2Bb%3D"
        );
    }

    #[test]
    fn credentials_are_not_asked_for_in_the_open() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://localhost/x",
            "http://[::1]/x",
            "https://example.com",
            "http://169.254.170.23/x",
        ] {
            assert!(trusted(url.to_owned()).is_ok(), "{url}");
        }
        for url in ["http://example.com/x", "http://127.0.0.1.example.com/x", "nothing"] {
            assert!(trusted(url.to_owned()).is_err(), "{url}");
        }
    }
}
