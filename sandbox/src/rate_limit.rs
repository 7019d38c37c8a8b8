//! Rate limits as Infisical Cloud has them: counters per method, route template and address in a fixed window.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::clock::Moment;

/// The class of a route, which decides its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reading.
    Read,
    /// Writing, logins and renewals among it.
    Write,
    /// Secrets, and changes of folders.
    Secret,
    /// No class of its own: the global limit of an address, shared by all such routes.
    Global,
    /// Never limited.
    Unlimited,
}

/// Requests per window and class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RateLimits {
    /// For each reading route.
    pub read: u64,
    /// For each writing route.
    pub write: u64,
    /// For each secret route.
    pub secret: u64,
    /// For all routes without a class together.
    pub global: u64,
    /// The length of the window in seconds.
    pub window_seconds: u64,
}

impl Default for RateLimits {
    /// The limits of Cloud's free plan.
    fn default() -> Self {
        Self { read: 200, write: 90, secret: 120, global: 600, window_seconds: 60 }
    }
}

/// Counts requests; lets everything pass while no limits are set.
#[derive(Debug, Default)]
pub struct RateLimiter {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    limits: Option<RateLimits>,
    windows: HashMap<(String, IpAddr), Window>,
}

#[derive(Debug)]
struct Window {
    began: Moment,
    count: u64,
}

/// What one request found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The number of the class.
    pub limit: u64,
    /// What is left after this request.
    pub remaining: u64,
    /// Whole seconds until the window ends, rounded up.
    pub reset: u64,
    /// Whether this request was one too many.
    pub is_exceeded: bool,
}

impl RateLimiter {
    /// Makes a limiter; `None` switches it off, as on self-hosted servers.
    pub fn new(limits: Option<RateLimits>) -> Self {
        Self { inner: Mutex::new(Inner { limits, windows: HashMap::new() }) }
    }

    /// Sets other limits and starts counting anew.
    pub fn set(&self, limits: Option<RateLimits>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        *inner = Inner { limits, windows: HashMap::new() };
    }

    /// Tells the limits in force.
    pub fn limits(&self) -> Option<RateLimits> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).limits
    }

    /// Counts a request to a route (method and template); `None` where nothing is limited.
    pub fn count(&self, class: Class, route: &str, address: IpAddr, now: Moment) -> Option<Allowance> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let limits = inner.limits?;
        let (limit, key) = match class {
            Class::Read => (limits.read, route),
            Class::Write => (limits.write, route),
            Class::Secret => (limits.secret, route),
            Class::Global => (limits.global, "*"),
            Class::Unlimited => return None,
        };
        let length = Duration::from_secs(limits.window_seconds);
        let window = inner.windows.entry((key.to_owned(), address)).or_insert_with(|| Window { began: now, count: 0 });
        if now >= window.began.plus(length) || now < window.began {
            *window = Window { began: now, count: 0 };
        }
        window.count += 1;
        let left = window.began.plus(length).since(now);
        Some(Allowance {
            limit,
            remaining: limit.saturating_sub(window.count),
            reset: u64::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u64::MAX),
            is_exceeded: window.count > limit,
        })
    }
}

impl Allowance {
    /// Tells the headers that the answer carries.
    pub fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![
            (HeaderName::from_static("x-ratelimit-limit"), HeaderValue::from(self.limit)),
            (HeaderName::from_static("x-ratelimit-remaining"), HeaderValue::from(self.remaining)),
            (HeaderName::from_static("x-ratelimit-reset"), HeaderValue::from(self.reset)),
        ];
        if self.is_exceeded {
            headers.push((http::header::RETRY_AFTER, HeaderValue::from(self.reset)));
        }
        headers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_window_serves_its_number_and_begins_again_when_it_is_over() {
        let limiter = RateLimiter::new(Some(RateLimits { read: 2, ..RateLimits::default() }));
        let start = Moment::from_milliseconds(1_000_000);
        let count = |milliseconds| {
            limiter.count(Class::Read, "GET /a", HERE, start.plus(Duration::from_millis(milliseconds))).unwrap()
        };
        assert_eq!(count(0), Allowance { limit: 2, remaining: 1, reset: 60, is_exceeded: false });
        assert_eq!(count(500), Allowance { limit: 2, remaining: 0, reset: 60, is_exceeded: false });
        assert_eq!(count(18_500), Allowance { limit: 2, remaining: 0, reset: 42, is_exceeded: true });
        assert!(!count(60_000).is_exceeded);
    }

    #[test]
    fn routes_count_apart_and_those_without_a_class_together() {
        let limiter = RateLimiter::new(Some(RateLimits { read: 1, global: 1, ..RateLimits::default() }));
        let now = Moment::from_milliseconds(0);
        let exceeded = |class, route| limiter.count(class, route, HERE, now).unwrap().is_exceeded;
        assert!(!exceeded(Class::Read, "GET /a"));
        assert!(!exceeded(Class::Read, "GET /b"));
        assert!(exceeded(Class::Read, "GET /a"));
        assert!(!exceeded(Class::Global, "GET /c"));
        assert!(exceeded(Class::Global, "GET /d"));
        assert_eq!(limiter.count(Class::Unlimited, "GET /e", HERE, now), None);
    }

    #[test]
    fn nothing_is_counted_while_the_limits_are_off() {
        let limiter = RateLimiter::default();
        assert_eq!(limiter.count(Class::Read, "GET /a", HERE, Moment::from_milliseconds(0)), None);
    }
}
