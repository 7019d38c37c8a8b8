//! One request, described: its route, what it counts as for the server's limits, and whether it may be repeated.

use reqwest::{Method, Url};
use serde::Serialize;
use serde_json::Value;

use super::{Error, Secret};

/// How a request may be repeated after a failure that leaves open whether the server did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Changes nothing: repeated, and dropped at once when the user stops.
    Read,
    /// Ends in the same state however often it is done: repeated.
    Idempotent,
    /// Reaches a third party each time: only repeated where it certainly was not done.
    Once,
    /// Obtains a token: repeated, but a refusal counts towards a lock-out.
    Login,
}

impl Class {
    /// Whether an attempt of unknown fate may be followed by another.
    pub(super) fn may_repeat(self) -> bool {
        !matches!(self, Self::Once)
    }

    /// Whether an attempt on the wire has to be awaited even when the user stops, for its answer tells what was changed.
    pub(super) fn must_be_awaited(self) -> bool {
        matches!(self, Self::Idempotent | Self::Once)
    }
}

/// The kinds of limits that the server keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RateClass {
    /// Reads of everything but secrets.
    Read,
    /// Writes of everything but secrets and folders; logins.
    Write,
    /// Secrets, and writes of folders.
    Secret,
}

impl RateClass {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Secret => "secret",
        }
    }
}

/// A request that has not been sent.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The route with names in place of identifiers: for messages, and the key of the server's counters.
    pub(super) route: String,
    pub(super) url: Url,
    pub(super) class: Class,
    pub(super) rate: RateClass,
    pub(super) body: Option<Vec<u8>>,
    pub(super) authorized: bool,
    /// What a message about this request must not repeat.
    pub(super) sensitive: Vec<Secret>,
}

impl Request {
    /// A request for `route` below `base`, whose segments that begin with `:` are replaced, in order, by `identifiers`.
    pub(super) fn new(
        base: &Url,
        method: Method,
        route: impl Into<String>,
        identifiers: &[&str],
    ) -> Result<Self, Error> {
        let route = route.into();
        let mut url = base.clone();
        let mut identifiers = identifiers.iter();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty();
            for segment in route.split('/').filter(|segment| !segment.is_empty()) {
                let Some(what) = segment.strip_prefix(':') else {
                    segments.push(segment);
                    continue;
                };
                let value = identifiers.next().copied().unwrap_or_default();
                // An empty segment or one of dots would silently name another route.
                if matches!(value, "" | "." | "..") {
                    return Err(Error::InvalidIdentifier { what: identified(what), value: value.to_owned() });
                }
                segments.push(value);
            }
        }
        let (class, rate) =
            if method == Method::GET { (Class::Read, RateClass::Read) } else { (Class::Idempotent, RateClass::Write) };
        Ok(Self { method, route, url, class, rate, body: None, authorized: true, sensitive: Vec::new() })
    }

    pub(super) fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    pub(super) fn class(self, class: Class) -> Self {
        Self { class, ..self }
    }

    pub(super) fn rate(self, rate: RateClass) -> Self {
        Self { rate, ..self }
    }

    /// Without a bearer: the server judges any token before it looks at the route.
    pub(super) fn anonymous(self) -> Self {
        Self { authorized: false, ..self }
    }

    pub(super) fn sensitive(mut self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        self.sensitive.extend(secrets);
        self
    }

    pub(super) fn json<T: Serialize>(mut self, body: &T) -> Self {
        // Bodies are plain data with string keys: they can always be written.
        self.body = Some(serde_json::to_vec(body).unwrap_or_default());
        self
    }
}

/// Every text inside `value`, as something that no message repeats.
pub(super) fn texts_of(value: &Value) -> Vec<Secret> {
    match value {
        Value::String(text) => vec![Secret::new(text.as_str())],
        Value::Array(items) => items.iter().flat_map(texts_of).collect(),
        Value::Object(entries) => entries.values().flat_map(texts_of).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}

fn identified(placeholder: &str) -> &'static str {
    match placeholder {
        "rotation" => "a rotation",
        "project" => "a project",
        "name" => "a name",
        "connection" => "an app connection",
        "slug" => "a slug",
        "secret" => "a secret",
        _ => "an entity",
    }
}

#[cfg(test)]
mod tests {
    use reqwest::{Method, Url};

    use super::Request;
    use crate::infisical::Error;

    #[test]
    fn identifiers_stay_within_their_segment() {
        let base = Url::parse("http://localhost/prefix").unwrap();
        let request =
            Request::new(&base, Method::GET, "/api/v1/things/:name", &["a/b ?#"]).unwrap().query("p", "x&y=z");
        assert_eq!(request.url.as_str(), "http://localhost/prefix/api/v1/things/a%2Fb%20%3F%23?p=x%26y%3Dz");
        assert_eq!(request.route, "/api/v1/things/:name");
    }

    #[test]
    fn identifiers_that_name_another_route_are_refused() {
        let base = Url::parse("http://localhost").unwrap();
        for value in ["", ".", ".."] {
            let outcome = Request::new(&base, Method::DELETE, "/api/v1/things/:rotation", &[value]);
            assert!(matches!(outcome, Err(Error::InvalidIdentifier { what: "a rotation", .. })), "{value:?}");
        }
    }
}
