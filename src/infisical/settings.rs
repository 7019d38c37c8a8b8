//! What the client has to know before its first call: the server, the login, the certificates and the limits.

use std::time::Duration;

use reqwest::Url;

use super::Secret;

/// The server that is meant when none is named.
pub const DEFAULT_HOST: &str = "https://app.infisical.com";

/// How the client reaches the server and what it may take.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of the server; [`DEFAULT_HOST`] if absent. A trailing `/` or `/api` is tolerated.
    pub host: Option<String>,
    /// How to prove who is calling. Only needed once a call is made.
    pub login: Option<Login>,
    /// The (sub-)organisation that the session is limited to.
    pub organization_slug: Option<String>,
    /// Certificates, in PEM, that are trusted besides those of the system.
    pub ca_certificate_pem: Option<String>,
    /// The certificate, in PEM, that the client shows to the server.
    pub client_certificate_pem: Option<String>,
    /// The private key, in PEM, of [`Settings::client_certificate_pem`].
    pub client_key_pem: Option<Secret>,
    /// How long one request may take, from the connection to the last byte of the answer.
    pub request_timeout: Duration,
    /// The longest that a call waits for its next attempt, and the longest that all its waits after failures add up to.
    pub max_retry_wait: Duration,
    /// How many requests may be on the wire at the same time.
    pub max_concurrent_requests: usize,
    /// Whether several reads of one project may be answered by one list of that project.
    pub batch_reads: bool,
}

impl Default for Settings {
    /// The limits that suit Infisical Cloud: a request may last longer than the server's own 100 seconds, and a wait
    /// longer than the 60 seconds of its rate limits.
    fn default() -> Self {
        Self {
            host: None,
            login: None,
            organization_slug: None,
            ca_certificate_pem: None,
            client_certificate_pem: None,
            client_key_pem: None,
            request_timeout: Duration::from_secs(120),
            max_retry_wait: Duration::from_secs(90),
            max_concurrent_requests: 16,
            batch_reads: true,
        }
    }
}

/// One way to prove who is calling.
#[derive(Clone, Debug)]
pub enum Login {
    /// An access token that somebody else obtained. It can't be renewed.
    Token(Secret),
    /// Universal Auth: the client id and secret of a machine identity.
    Universal {
        /// The client id.
        client_id: String,
        /// The client secret.
        client_secret: Secret,
    },
    /// OIDC Auth: a token of an issuer of OIDC, such as the one of a CI job.
    Oidc {
        /// The machine identity.
        identity_id: String,
        /// The issuer's token.
        jwt: Secret,
    },
    /// Kubernetes Auth: the token of a service account.
    Kubernetes {
        /// The machine identity.
        identity_id: String,
        /// The token itself. It wins over the path.
        service_account_token: Option<Secret>,
        /// The file of the token, read at each login; the place where Kubernetes mounts it if absent.
        service_account_token_path: Option<String>,
    },
    /// AWS Auth: a signed `GetCallerIdentity` request.
    AwsIam {
        /// The machine identity.
        identity_id: String,
    },
    /// GCP ID Token Auth: the identity token of the instance.
    GcpIdToken {
        /// The machine identity.
        identity_id: String,
    },
    /// GCP IAM Auth: a token signed with the key of a service account.
    GcpIam {
        /// The machine identity.
        identity_id: String,
        /// The JSON key file of the service account, read at each login.
        service_account_key_path: String,
    },
    /// Azure Auth: the token of a managed identity.
    Azure {
        /// The machine identity.
        identity_id: String,
        /// The resource that the token is issued for; Azure's management API if absent.
        resource: Option<String>,
    },
    /// JWT Auth: a token of any issuer that the machine identity trusts.
    Jwt {
        /// The machine identity.
        identity_id: String,
        /// The issuer's token.
        jwt: Secret,
    },
    /// LDAP Auth: a directory user.
    Ldap {
        /// The machine identity.
        identity_id: String,
        /// The user's name.
        username: String,
        /// The user's password.
        password: Secret,
    },
    /// TLS Certificate Auth: the client certificate of the settings.
    TlsCert {
        /// The machine identity.
        identity_id: String,
    },
}

impl Login {
    /// The name of the method, as messages write it.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Token(_) => "token",
            Self::Universal { .. } => "universal",
            Self::Oidc { .. } => "oidc",
            Self::Kubernetes { .. } => "kubernetes",
            Self::AwsIam { .. } => "aws_iam",
            Self::GcpIdToken { .. } => "gcp_id_token",
            Self::GcpIam { .. } => "gcp_iam",
            Self::Azure { .. } => "azure",
            Self::Jwt { .. } => "jwt",
            Self::Ldap { .. } => "ldap",
            Self::TlsCert { .. } => "tls_cert",
        }
    }

    /// What a message of the server must never repeat.
    pub(super) fn secrets(&self) -> Vec<Secret> {
        match self {
            Self::Token(secret)
            | Self::Universal { client_secret: secret, .. }
            | Self::Oidc { jwt: secret, .. }
            | Self::Jwt { jwt: secret, .. }
            | Self::Ldap { password: secret, .. } => vec![secret.clone()],
            Self::Kubernetes { service_account_token, .. } => service_account_token.iter().cloned().collect(),
            Self::AwsIam { .. }
            | Self::GcpIdToken { .. }
            | Self::GcpIam { .. }
            | Self::Azure { .. }
            | Self::TlsCert { .. } => Vec::new(),
        }
    }
}

/// Why settings can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The address of the server is no address.
    #[error("the host {host:?} can't be used: {reason}")]
    Host {
        /// What was configured, without anything before an `@`.
        host: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The additional certificates can't be read.
    #[error("the CA certificate can't be used: {0}")]
    CaCertificate(String),
    /// The client certificate or its key can't be read.
    #[error("the client certificate can't be used: {0}")]
    ClientCertificate(String),
    /// A number is outside its range.
    #[error("{name} must be {expected}")]
    Limit {
        /// Which setting.
        name: &'static str,
        /// What it takes.
        expected: &'static str,
    },
}

/// The address under which the routes of the API are found: without a trailing `/` and without the `/api` that all of
/// them begin with.
pub(super) fn base_url(host: Option<&str>) -> Result<Url, SettingsError> {
    let host = host.map(str::trim).filter(|host| !host.is_empty()).unwrap_or(DEFAULT_HOST);
    let error = |reason| SettingsError::Host {
        host: host.rsplit_once('@').map_or(host, |(_, address)| address).to_owned(),
        reason,
    };
    if !host.contains("://") {
        return Err(error("it must begin with https:// (or http://)"));
    }
    let mut url = Url::parse(host).map_err(|_| error("it is no valid URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(error("it must begin with https:// (or http://)"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(error("it names no server"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(error("it must not contain a user or a password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(error("it must not contain a query or a fragment"));
    }
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/api").unwrap_or(path).trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{SettingsError, base_url};

    #[test]
    fn the_host_is_normalised() {
        for (host, expected) in [
            (None, "https://app.infisical.com/"),
            (Some("  "), "https://app.infisical.com/"),
            (Some("https://eu.infisical.com"), "https://eu.infisical.com/"),
            (Some("https://eu.infisical.com/"), "https://eu.infisical.com/"),
            (Some("https://eu.infisical.com/api"), "https://eu.infisical.com/"),
            (Some(" https://eu.infisical.com/api// "), "https://eu.infisical.com/"),
            (Some("http://127.0.0.1:8080/proxy/api/"), "http://127.0.0.1:8080/proxy"),
            (Some("https://api"), "https://api/"),
        ] {
            assert_eq!(base_url(host).unwrap().as_str(), expected, "{host:?}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused_without_its_password() {
        for host in
            ["app.infisical.com", "ftp://x", "https://", "https://u:hunter2@x", "https://x/?a=b", "https://x/#a"]
        {
            let error = base_url(Some(host)).unwrap_err();
            assert!(matches!(error, SettingsError::Host { .. }), "{host}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }
}
