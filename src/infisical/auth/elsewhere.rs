//! Requests to those who vouch for the caller: metadata services of clouds, and their token services.

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::infisical::client::Client;
use crate::infisical::transport::{Answer, Breakdown};
use crate::infisical::waiting::{self, BackOff};
use crate::infisical::{Error, Secret};

/// How long one answer of a metadata service may take: it is next door, or not there at all.
const NEXT_DOOR: Duration = Duration::from_secs(5);

/// How long one answer of a token service may take.
const FAR_AWAY: Duration = Duration::from_secs(30);

/// How often a failing service is asked again.
const REPETITIONS: u32 = 1;

/// A request to somebody who vouches for the caller.
pub(super) struct Enquiry {
    who: &'static str,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<String>,
    next_door: bool,
}

impl Enquiry {
    /// A request to a service on this machine or its network, which no proxy may see.
    pub(super) fn next_door(who: &'static str, method: Method, url: &str) -> Result<Self, Error> {
        let url = Url::parse(url).map_err(|_| failure(who, "its address is no valid URL"))?;
        Ok(Self { who, method, url, headers: HeaderMap::new(), body: None, next_door: true })
    }

    /// A request to a service on the internet.
    #[cfg(feature = "aws")]
    pub(super) fn far_away(who: &'static str, method: Method, url: &str) -> Result<Self, Error> {
        Ok(Self { next_door: false, ..Self::next_door(who, method, url)? })
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(super) fn header(mut self, name: &str, value: &Secret) -> Result<Self, Error> {
        let (Ok(name), Ok(mut value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value.expose().trim()))
        else {
            return Err(failure(self.who, "a header that it wants can't be written"));
        };
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    #[cfg(feature = "aws")]
    pub(super) fn body(self, body: String) -> Self {
        Self { body: Some(body), ..self }
    }

    /// Asks, and again where the service fails to answer. Any status but 2xx is an error that names who said it.
    pub(super) async fn ask(&self, client: &Client, stop: &CancellationToken) -> Result<Secret, Error> {
        let mut back_off = BackOff::new(client.settings().max_retry_wait, REPETITIONS);
        loop {
            let timeout = if self.next_door { NEXT_DOOR } else { FAR_AWAY };
            let sent = client.transport().send_elsewhere(
                self.next_door,
                self.method.clone(),
                self.url.clone(),
                self.headers.clone(),
                self.body.clone(),
                timeout.min(client.transport().request_timeout()),
            );
            let outcome = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Error::Stopped),
                outcome = sent => outcome,
            };
            let (error, may_help) = match self.judge(outcome) {
                Ok(text) => return Ok(text),
                Err(refused) => refused,
            };
            let Some(wait) = back_off.next(None).filter(|_| may_help) else { return Err(error) };
            waiting::wait_until(stop, Instant::now() + wait).await?;
        }
    }

    /// The text of a successful answer, or the error and whether asking again may help.
    fn judge(&self, outcome: Result<Answer, Breakdown>) -> Result<Secret, (Error, bool)> {
        match outcome {
            Ok(answer) if (200..300).contains(&answer.status) => String::from_utf8(answer.body)
                .map(Secret::new)
                .map_err(|_| (failure(self.who, "its answer is no text"), false)),
            Ok(answer) => {
                let status = answer.status;
                Err((failure(self.who, &format!("it answered {status}")), status >= 500 || status == 429))
            }
            Err(Breakdown::NotSent { cause, permanent }) => Err((failure(self.who, &cause), !permanent)),
            Err(Breakdown::Lost { cause }) => Err((failure(self.who, &cause), true)),
            Err(Breakdown::TimedOut) => Err((failure(self.who, "it did not answer in time"), true)),
        }
    }
}

/// What `who` could not give.
pub(super) fn failure(who: &str, reason: &str) -> Error {
    Error::Credentials(format!("{who} gave no credentials: {reason}"))
}
