//! A request that has passed the checks, as its handler sees it.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use serde_json::Value;

use super::percent::decode;
use super::table::{Endpoint, Matched};
use crate::faults::Interference;

/// A request on its way into a handler.
#[derive(Debug)]
pub struct Call<'a> {
    /// The handler.
    pub endpoint: Endpoint,
    /// The caller's identity; empty on routes for anyone.
    pub identity: String,
    /// The body; `None` where none was sent.
    pub body: Option<Value>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What shall go wrong.
    pub interference: &'a Interference,
    parameters: BTreeMap<&'static str, String>,
    query: BTreeMap<String, String>,
}

/// The answer of a handler; refusals are errors.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// 200 with this body.
    Json(Value),
    /// 200 with a JSON body that was written before.
    Written(Bytes),
}

impl<'a> Call<'a> {
    pub(crate) fn new(
        matched: Matched,
        identity: String,
        head: &'a Parts,
        body: Option<Value>,
        interference: &'a Interference,
    ) -> Self {
        Self {
            endpoint: matched.route.endpoint,
            identity,
            body,
            headers: &head.headers,
            interference,
            parameters: matched.parameters,
            query: head.uri.query().map(parse_query).unwrap_or_default(),
        }
    }

    /// Tells a part of the path; empty for a name that the template lacks.
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).map_or("", String::as_str)
    }

    /// Tells a value of the query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Tells the body, `null` where none was sent.
    pub fn body(&self) -> &Value {
        self.body.as_ref().unwrap_or(&Value::Null)
    }
}

fn parse_query(query: &str) -> BTreeMap<String, String> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
    };
    query.split('&').filter(|part| !part.is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded() {
        let query = parse_query("a=%2Fx%20y&b=1+2&c&d=%zz&e=%C3%A4");
        let get = |name: &str| query.get(name).map(String::as_str);
        assert_eq!((get("a"), get("b"), get("c")), (Some("/x y"), Some("1 2"), Some("")));
        assert_eq!((get("d"), get("e"), get("f")), (Some("%zz"), Some("ä"), None));
    }
}
