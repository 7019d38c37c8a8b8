//! The way of a request: faults, token hook, route guard, body, rate limit, and only then validation and service.
//!
//! The order is the server's and decides which of several refusals a client sees.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde_json::Value;

use crate::core::Core;
use crate::error::ApiError;
use crate::faults::{Delivered, Delivery, Interference, Interrupted};
use crate::request_log::Entry;
use crate::route::{self, Access, Call, Matched, Reply};
use crate::token::Caller;
use crate::{api, control, identifiers, token};

/// The longest body that the API takes.
const LONGEST_BODY: usize = 1024 * 1024;
/// The longest body that the control API takes: whole states travel through it.
const LONGEST_CONTROL_BODY: usize = 256 * 1024 * 1024;

/// Serves one request; an error closes the connection without an answer.
pub async fn serve(
    core: Arc<Core>,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Delivered>, Interrupted> {
    let (head, body) = request.into_parts();
    let is_control = head.uri.path().starts_with(control::PREFIX);
    let limit = if is_control { LONGEST_CONTROL_BODY } else { LONGEST_BODY };
    let body = Limited::new(body, limit).collect().await.map(http_body_util::Collected::to_bytes);
    // The work goes on when the client has left, as it does on the server.
    let work = tokio::spawn(async move {
        if is_control {
            return Ok(control::handle(&core, peer, head, body.unwrap_or_default()).await);
        }
        answer(core, peer, head, body.map_err(|_| ApiError::TooLarge)).await
    });
    work.await.unwrap_or(Err(Interrupted))
}

async fn answer(
    core: Arc<Core>,
    peer: SocketAddr,
    head: Parts,
    body: Result<Bytes, ApiError>,
) -> Result<Response<Delivered>, Interrupted> {
    let request_id = identifiers::request();
    let path = head.uri.path();
    let matched = route::find(&head.method, path);
    let sequence = core.requests.arrived(entry(&core, &head, matched.as_ref(), body.as_ref().ok()));
    let interference = core.faults.take(head.method.as_str(), path);
    if interference.delivery == Delivery::DroppedBefore {
        return Err(Interrupted);
    }
    pause(interference.delay_before).await;

    let uri = head.uri.path_and_query().map_or(path, http::uri::PathAndQuery::as_str);
    let response = if let Some(instead) = &interference.instead {
        instead.response(&request_id, head.method.as_str(), uri).map(Bytes::from)
    } else {
        let mut headers = HeaderMap::new();
        let result = process(&core, peer, &head, matched, body, &interference, &mut headers).await;
        let mut response = match &interference.afterwards {
            Some(answer) => answer.response(&request_id, head.method.as_str(), uri).map(Bytes::from),
            None => respond(result, &request_id),
        };
        response.headers_mut().extend(headers);
        response
    };
    pause(interference.delay_after).await;
    if interference.delivery == Delivery::DroppedAfter {
        return Err(Interrupted);
    }
    core.requests.answered(sequence, response.status().as_u16());
    let mut response = response.map(|body| Delivered::new(body, interference.delivery));
    if let Ok(date) = HeaderValue::try_from(core.clock.now().http_date()) {
        response.headers_mut().insert(header::DATE, date);
    }
    Ok(response)
}

/// Waits; not at all for no time, for which the timer would still take a tick.
async fn pause(span: Duration) {
    if !span.is_zero() {
        tokio::time::sleep(span).await;
    }
}

/// Takes a request through the checks that come before its handler, and through the handler.
async fn process(
    core: &Core,
    peer: SocketAddr,
    head: &Parts,
    matched: Option<Matched>,
    body: Result<Bytes, ApiError>,
    interference: &Interference,
    headers: &mut HeaderMap,
) -> Result<Reply, ApiError> {
    let caller = token::hook(core, text(&head.headers, header::AUTHORIZATION.as_str()))?;
    let Some(matched) = matched else {
        let uri = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        return Err(ApiError::UnknownRoute { method: head.method.to_string(), uri: uri.to_owned() });
    };
    guard(matched.route.access, caller.as_ref())?;
    let body = parse(&head.method, &head.headers, &body?)?;
    let counter = format!("{} {}", head.method, matched.template());
    if let Some(allowance) = core.limits.count(matched.route.class, &counter, peer.ip(), core.clock.now()) {
        headers.extend(allowance.headers());
        if allowance.is_exceeded {
            return Err(ApiError::RateLimited { seconds: allowance.reset });
        }
    }
    let identity = match caller {
        Some(Caller::Identity { id }) => id,
        _ => String::new(),
    };
    let call = Call::new(matched, identity, head, body, interference);
    api::handle(core, &call).await
}

fn guard(access: Access, caller: Option<&Caller>) -> Result<(), ApiError> {
    match (access, caller) {
        (Access::Anyone, _) | (Access::Identity, Some(Caller::Identity { .. })) => Ok(()),
        (Access::Identity, None) => Err(ApiError::Unauthorized("Token missing".to_owned())),
        (Access::Identity, Some(Caller::ServiceToken)) => Err(ApiError::forbidden("ForbiddenError")),
    }
}

/// Reads the body as the server's parser does: what it cannot read, an empty JSON body among it, ends in a bare 500.
fn parse(method: &Method, headers: &HeaderMap, body: &Bytes) -> Result<Option<Value>, ApiError> {
    if matches!(*method, Method::GET | Method::HEAD) {
        return Ok(None);
    }
    let kind = text(headers, header::CONTENT_TYPE.as_str());
    let is_json = kind.is_some_and(|kind| {
        let essence = kind.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !is_json {
        return if body.is_empty() { Ok(None) } else { Err(ApiError::Internal(None)) };
    }
    serde_json::from_slice(body).map(Some).map_err(|_| ApiError::Internal(None))
}

fn respond(result: Result<Reply, ApiError>, request_id: &str) -> Response<Bytes> {
    let (status, body) = match result {
        Ok(Reply::Json(body)) => (StatusCode::OK, body.to_string().into()),
        Ok(Reply::Written(body)) => (StatusCode::OK, body),
        Err(error) => (error.status(), error.body(request_id).to_string().into()),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn entry(core: &Core, head: &Parts, matched: Option<&Matched>, body: Option<&Bytes>) -> Entry {
    Entry {
        sequence: 0,
        at: core.clock.now(),
        method: head.method.to_string(),
        route: matched.map(Matched::template),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        has_body: body.is_none_or(|body| !body.is_empty()),
        content_type: text(&head.headers, header::CONTENT_TYPE.as_str()).map(str::to_owned),
        has_token: head.headers.contains_key(header::AUTHORIZATION),
        user_agent: text(&head.headers, header::USER_AGENT.as_str()).map(str::to_owned),
        status: None,
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
