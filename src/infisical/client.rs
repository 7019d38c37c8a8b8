//! The client: its parts, and the loop that every request goes through.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::auth::{Bearer, Keeper};
use super::batching::Reads;
use super::environment::{Environment, ProcessEnvironment};
use super::pacing::{Pacing, Ticket, Turn};
use super::request::Request;
use super::survey::Survey;
use super::tls::Certificates;
use super::transport::{Answer, Breakdown, Transport};
use super::waiting::{self, BackOff};
use super::{Error, Login, Secret, Settings, SettingsError, answer, settings, transport};

/// How often a request is repeated after a failure before it is given up.
const MOST_REPETITIONS: u32 = 6;

/// How often a request is repeated because of the server's rate limit.
const MOST_LIMITED: u32 = 10;

/// How long nobody waits for a server that has just been given up.
const GIVEN_UP_FOR: Duration = Duration::from_secs(20);

/// A client of one Infisical server with one login. Cheap to clone; all clones share the token, the connections, the
/// limits and what was read.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    base: Url,
    settings: Settings,
    environment: Arc<dyn Environment>,
    transport: Transport,
    keeper: Keeper,
    pacing: Pacing,
    permits: Semaphore,
    reads: Reads,
    survey: Survey,
    given_up: Mutex<Option<Instant>>,
}

/// A request that got no successful answer.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    pub(super) fate: Fate,
}

/// What became of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The server has certainly not done it.
    NotDone,
    /// Nobody knows whether the server has done it, or will; `finished` if at least it is over.
    Unknown { finished: bool },
}

impl Client {
    /// Checks the settings. Nothing is opened, read or asked before the first call.
    pub fn new(settings: Settings) -> Result<Self, SettingsError> {
        Self::with_environment(settings, Arc::new(ProcessEnvironment))
    }

    /// Like [`Client::new`], for logins that read their credentials from another environment than that of the process.
    pub fn with_environment(settings: Settings, environment: Arc<dyn Environment>) -> Result<Self, SettingsError> {
        let base = settings::base_url(settings.host.as_deref())?;
        if settings.max_concurrent_requests == 0 {
            return Err(SettingsError::Limit { name: "max_concurrent_requests", expected: "at least 1" });
        }
        if settings.request_timeout.is_zero() {
            return Err(SettingsError::Limit { name: "request_timeout", expected: "longer than 0 seconds" });
        }
        let certificates = Certificates::parse(
            settings.ca_certificate_pem.as_deref(),
            settings.client_certificate_pem.as_deref(),
            settings.client_key_pem.as_ref(),
        )?;
        let inner = Inner {
            base,
            environment,
            transport: Transport::new(certificates, settings.request_timeout),
            keeper: Keeper::default(),
            pacing: Pacing::default(),
            permits: Semaphore::new(settings.max_concurrent_requests.min(Semaphore::MAX_PERMITS)),
            reads: Reads::default(),
            survey: Survey::default(),
            given_up: Mutex::default(),
            settings,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The address of the server, normalised.
    pub fn host(&self) -> &str {
        self.inner.base.as_str().trim_end_matches('/')
    }

    /// Whether a login is configured, so that calls can be made at all.
    pub fn has_login(&self) -> bool {
        self.inner.settings.login.is_some()
    }

    pub(super) fn base(&self) -> &Url {
        &self.inner.base
    }

    pub(super) fn login(&self) -> Option<&Login> {
        self.inner.settings.login.as_ref()
    }

    pub(super) fn organization_slug(&self) -> Option<&str> {
        self.inner.settings.organization_slug.as_deref()
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(super) fn environment(&self) -> &dyn Environment {
        self.inner.environment.as_ref()
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.inner.transport
    }

    pub(super) fn reads(&self) -> &Reads {
        &self.inner.reads
    }

    pub(super) fn survey(&self) -> &Survey {
        &self.inner.survey
    }

    /// Makes a call with the token of the process, and once more with a fresh one if the server refuses it.
    pub(super) async fn call(&self, stop: &CancellationToken, request: &Request) -> Result<Answer, Failed> {
        let keeper = &self.inner.keeper;
        let mut refused_before = false;
        loop {
            let bearer = if request.authorized {
                let not_done = |error| Failed { error, fate: Fate::NotDone };
                Some(keeper.bearer(self, stop).await.map_err(not_done)?)
            } else {
                None
            };
            let outcome = self.exchange(stop, request, bearer.as_ref()).await;
            let Some(bearer) = bearer else { return outcome };
            match &outcome {
                Err(Failed { error: error @ Error::Unauthorised(_), .. }) => {
                    let may_repeat = keeper.refused(self.login(), &bearer, error);
                    if !may_repeat || refused_before {
                        return outcome;
                    }
                    refused_before = true;
                }
                _ => return outcome,
            }
        }
    }

    /// Sends a request, and again as far as its class allows, until there is an answer that counts.
    pub(super) async fn exchange(
        &self,
        stop: &CancellationToken,
        request: &Request,
        bearer: Option<&Bearer>,
    ) -> Result<Answer, Failed> {
        let longest = self.inner.settings.max_retry_wait;
        let mut back_off = BackOff::new(longest, if self.is_given_up() { 0 } else { MOST_REPETITIONS });
        let mut limited = 0;
        loop {
            let failed = match self.attempt(stop, request, bearer, limited).await {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            if matches!(failed.error, Error::RateLimited { .. }) {
                // The gate is closed: the next attempt waits there.
                limited += 1;
                if self.limit_wait(&failed.error, limited).is_none() {
                    return Err(failed);
                }
                continue;
            }
            let may_repeat = failed.fate == Fate::NotDone || request.class.may_repeat();
            if !failed.error.is_transient() || !may_repeat {
                return Err(failed);
            }
            let told = failed.error.failure().and_then(|failure| failure.retry_after);
            let Some(wait) = back_off.next(told) else {
                self.give_up(&failed);
                return Err(failed);
            };
            if stop.is_cancelled() {
                return Err(failed);
            }
            waiting::tell(wait, &format!("the server is to be asked again after: {}", failed.error));
            let interrupted = waiting::wait_until(stop, Instant::now() + wait).await;
            interrupted.map_err(|error| Failed { error, fate: failed.fate })?;
        }
    }

    /// One attempt: waits for its turn, sends, and judges the answer. It is the one after `limited` refusals because
    /// of the rate limit.
    async fn attempt(
        &self,
        stop: &CancellationToken,
        request: &Request,
        bearer: Option<&Bearer>,
        limited: u32,
    ) -> Result<Answer, Failed> {
        let not_done = |error| Failed { error, fate: Fate::NotDone };
        // Held until the answer is judged: whoever comes next already knows what it says about the limit.
        let (ticket, _permit) = self.turn(stop, request).await.map_err(not_done)?;
        let begun = Instant::now();
        let token = bearer.map(|bearer| bearer.token.secret());
        let sent = self.inner.transport.send(&request.method, &request.url, request.body.as_deref(), token);
        let outcome = if request.class.must_be_awaited() {
            sent.await
        } else {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Err(not_done(Error::Stopped)),
                outcome = sent => outcome,
            }
        };
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (method, route) = (request.method.as_str(), request.route.as_str());
        let answer = match outcome {
            Ok(answer) => answer,
            Err(breakdown) => {
                let fate = match breakdown {
                    Breakdown::NotSent { .. } => Fate::NotDone,
                    Breakdown::Lost { .. } | Breakdown::TimedOut => Fate::Unknown { finished: false },
                };
                let timeout = self.inner.transport.request_timeout();
                let error = transport::failure(&request.method, &request.route, breakdown, timeout);
                tracing::debug!(method, route, milliseconds, "no answer: {error}");
                return Err(Failed { error, fate });
            }
        };
        tracing::debug!(method, route, status = answer.status, milliseconds, "answered");
        self.inner.pacing.observe(request, ticket, &answer);
        self.revive();
        if (200..300).contains(&answer.status) {
            self.note_accepted(bearer);
            return Ok(answer);
        }
        let error = answer::refusal(request, &answer, &self.secrets(bearer));
        if let Some(wait) = self.limit_wait(&error, limited + 1) {
            self.inner.pacing.close(request.rate, wait);
        }
        if !matches!(error, Error::Unauthorised(_) | Error::Server(_) | Error::RateLimited { .. }) {
            self.note_accepted(bearer);
        }
        let fate = match &error {
            // The application itself puts its request id on its failures: it has ended. A proxy's word says nothing.
            Error::Server(failure) => Fate::Unknown { finished: failure.request_id.is_some() },
            _ => Fate::NotDone,
        };
        Err(Failed { error, fate })
    }

    /// The right to send `request` now. While there is a wait nothing is held that others could use.
    async fn turn(&self, stop: &CancellationToken, request: &Request) -> Result<(Ticket, SemaphorePermit<'_>), Error> {
        loop {
            if stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            let permit = tokio::select! {
                biased;
                () = stop.cancelled() => return Err(Error::Stopped),
                permit = self.inner.permits.acquire() => permit.map_err(|_| Error::Stopped)?,
            };
            match self.inner.pacing.turn(request, self.inner.settings.max_retry_wait) {
                Turn::Now(ticket) => return Ok((ticket, permit)),
                Turn::Later(until) => {
                    drop(permit);
                    waiting::wait_until(stop, until).await?;
                }
            }
        }
    }

    /// How long to wait after refusal number `limited` because of the rate limit; `None` if it isn't one, or if it is
    /// to be told instead.
    fn limit_wait(&self, error: &Error, limited: u32) -> Option<Duration> {
        let Error::RateLimited { retry_after, .. } = error else { return None };
        let untold = Duration::from_secs(1_u64 << limited.min(4));
        let wait = retry_after.unwrap_or(untold.min(self.inner.settings.max_retry_wait));
        (wait <= self.inner.settings.max_retry_wait && limited <= MOST_LIMITED).then_some(wait)
    }

    fn note_accepted(&self, bearer: Option<&Bearer>) {
        if let Some(bearer) = bearer {
            self.inner.keeper.accepted(bearer);
        }
    }

    /// What no message may repeat.
    fn secrets(&self, bearer: Option<&Bearer>) -> Vec<Secret> {
        let token = bearer.map(|bearer| bearer.token.secret().clone());
        self.login().map(Login::secrets).unwrap_or_default().into_iter().chain(token).collect()
    }

    /// Whether the server was given up a moment ago: then one attempt is enough to learn that nothing has changed.
    fn is_given_up(&self) -> bool {
        let given_up = self.inner.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.is_some_and(|since| since.elapsed() < GIVEN_UP_FOR)
    }

    fn give_up(&self, failed: &Failed) {
        if matches!(failed, Failed { error: Error::Unreachable { .. }, fate: Fate::NotDone }) {
            *self.inner.given_up.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    fn revive(&self) {
        *self.inner.given_up.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("host", &self.host()).finish_non_exhaustive()
    }
}
