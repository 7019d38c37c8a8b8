//! One attempt at one request: bytes out, bytes in. Knows nothing of repetition, tokens or meaning.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Url};
use tokio::time::Instant;

use super::tls::{self, Certificates};
use super::{Error, Secret};

/// The most that an answer may hold: a list of tens of thousands of rotations fits in.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;

/// The longest that establishing a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// How long an unused connection is kept. Servers and the proxies before them close it after a minute or so; whoever
/// sends at that moment never learns whether the request was done.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// The name under which the server's log shows this program.
const USER_AGENT: &str = concat!("terraform-provider-infisical/", env!("CARGO_PKG_VERSION"));

/// An answer with any status.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// When the answer was complete.
    pub(super) received: Instant,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Breakdown {
    /// The request certainly never reached the server.
    NotSent { cause: String, permanent: bool },
    /// The connection broke before the answer was complete.
    Lost { cause: String },
    /// The time was over.
    TimedOut,
}

/// The connections to the server, opened when first needed.
#[derive(Debug)]
pub(super) struct Transport {
    certificates: Certificates,
    request_timeout: Duration,
    direct: OnceLock<Result<Client, String>>,
    proxied: OnceLock<Result<Client, String>>,
}

impl Transport {
    pub(super) fn new(certificates: Certificates, request_timeout: Duration) -> Self {
        Self { certificates, request_timeout, direct: OnceLock::new(), proxied: OnceLock::new() }
    }

    pub(super) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    pub(super) fn has_client_certificate(&self) -> bool {
        self.certificates.has_own()
    }

    /// Sends a request to the server, through the system's proxy where there is one.
    pub(super) async fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
        bearer: Option<&Secret>,
    ) -> Result<Answer, Breakdown> {
        let mut request = self
            .client(is_loopback(url.host_str().unwrap_or_default()))?
            .request(method.clone(), url.clone())
            .timeout(self.request_timeout);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_vec());
        }
        if let Some(bearer) = bearer {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", bearer.expose())).map_err(|_| Breakdown::NotSent {
                    cause: "the access token contains characters that no header can hold".to_owned(),
                    permanent: true,
                })?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        exchange(request).await
    }

    /// Sends a request to somebody who isn't the server: a metadata service, which no proxy may see (`direct`), or a
    /// cloud's API.
    pub(super) async fn send_elsewhere(
        &self,
        direct: bool,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Option<String>,
        timeout: Duration,
    ) -> Result<Answer, Breakdown> {
        let direct = direct || is_loopback(url.host_str().unwrap_or_default());
        let mut request = self.client(direct)?.request(method, url).headers(headers).timeout(timeout);
        if let Some(body) = body {
            request = request.body(body);
        }
        exchange(request).await
    }

    fn client(&self, direct: bool) -> Result<&Client, Breakdown> {
        let slot = if direct { &self.direct } else { &self.proxied };
        slot.get_or_init(|| self.build(direct))
            .as_ref()
            .map_err(|cause| Breakdown::NotSent { cause: cause.clone(), permanent: true })
    }

    fn build(&self, direct: bool) -> Result<Client, String> {
        let config = self.certificates.client_config().map_err(|error| error.to_string())?;
        let builder = Client::builder()
            .tls_backend_preconfigured(config)
            .user_agent(USER_AGENT)
            // A redirect would turn a POST into a GET or carry the token to another server.
            .redirect(Policy::none())
            .connect_timeout(CONNECT_TIMEOUT.min(self.request_timeout))
            .pool_idle_timeout(IDLE_TIMEOUT);
        let builder = if direct { builder.no_proxy() } else { builder };
        builder.build().map_err(|error| causes(&error))
    }
}

/// Whether a host is this machine, which is never reached through a proxy.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

async fn exchange(request: RequestBuilder) -> Result<Answer, Breakdown> {
    let mut response = request.send().await.map_err(|error| breakdown(&error))?;
    let status = response.status().as_u16();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| breakdown(&error))? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return Err(Breakdown::Lost { cause: "the answer is larger than any that the API gives".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body, received: Instant::now() })
}

fn breakdown(error: &reqwest::Error) -> Breakdown {
    if error.is_connect() || error.is_builder() {
        let permanent = error.is_builder() || identity_problem(error);
        return Breakdown::NotSent { cause: causes(error), permanent };
    }
    if error.is_timeout() {
        return Breakdown::TimedOut;
    }
    Breakdown::Lost { cause: causes(error) }
}

/// The chain of causes as one text, without the address: it holds identifiers, and each message names its route.
fn causes(error: &reqwest::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let text = cause.to_string();
        if texts.last().is_none_or(|last| !last.contains(&text)) {
            texts.push(text);
        }
        next = cause.source();
    }
    if texts.is_empty() { "the request could not be made".to_owned() } else { texts.join(": ") }
}

fn identity_problem(error: &reqwest::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        // An error of the operating system hides what it wraps from the chain of sources.
        let mut wrapped = cause;
        while let Some(inner) = wrapped.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            wrapped = inner;
        }
        if wrapped.downcast_ref::<rustls::Error>().is_some_and(tls::is_about_identity) {
            return true;
        }
        next = cause.source();
    }
    false
}

/// The failure of an attempt at `route`, told to the user.
pub(super) fn failure(method: &Method, route: &str, breakdown: Breakdown, timeout: Duration) -> Error {
    let (method, route) = (method.to_string(), route.to_owned());
    match breakdown {
        Breakdown::NotSent { cause, permanent } => Error::Unreachable { method, route, cause, permanent },
        Breakdown::Lost { cause } => Error::Unreachable { method, route, cause, permanent: false },
        Breakdown::TimedOut => Error::TimedOut { method, route, after: timeout },
    }
}
