//! The control API under `/_sandbox`: what a test or a demonstration sets up, moves and looks at.
//!
//! It answers only those who connect over loopback, needs no token, is never rate-limited or faulted and does not
//! appear in the request log. README.md lists its routes.

mod document;
mod routes;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use document::{Document, Planted};

use crate::core::Core;
use crate::faults::Delivered;

/// The prefix of all control routes.
pub const PREFIX: &str = "/_sandbox";

/// Answers a request to the control API.
pub async fn handle(core: &Arc<Core>, peer: SocketAddr, head: Parts, body: Bytes) -> Response<Delivered> {
    let outcome = if peer.ip().to_canonical().is_loopback() {
        routes::route(core, &head.method, &head.uri, &body).await
    } else {
        Err(Refusal::new(StatusCode::FORBIDDEN, "the control API answers only over loopback"))
    };
    let (status, body) = match outcome {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => (refusal.status, json!({ "message": refusal.message })),
    };
    let mut response = Response::new(Delivered::whole(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// Why the control API refuses a request.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

/// Reads a body as JSON; an empty one as an empty object.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| Refusal::bad_request(format!("the body is not understood: {error}")))
}

/// Shows a value as JSON.
fn show(value: &impl serde::Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(value).map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::clock::{Clock, Moment};
    use crate::rate_limit::RateLimiter;
    use crate::state::State;

    const HERE: &str = "127.0.0.1:4000";

    fn core() -> Arc<Core> {
        let clock = Clock::held(Moment::from_milliseconds(0));
        Arc::new(Core::new(State::default(), clock, RateLimiter::default(), "http://127.0.0.1:1".to_owned()))
    }

    async fn ask(core: &Arc<Core>, peer: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
        let request = http::Request::builder().method(method).uri(format!("{PREFIX}{path}")).body(()).unwrap();
        let body = Bytes::copy_from_slice(body.as_bytes());
        let response = handle(core, peer.parse().unwrap(), request.into_parts().0, body).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn only_loopback_peers_are_answered() {
        let core = core();
        for (peer, status) in [
            (HERE, 200),
            ("[::1]:9", 200),
            ("[::ffff:127.0.0.1]:9", 200),
            ("192.0.2.7:9", 403),
            ("[2001:db8::1]:9", 403),
        ] {
            assert_eq!(ask(&core, peer, "GET", "/health", "").await.0, status, "{peer}");
        }
    }

    #[tokio::test]
    async fn every_listed_route_exists_and_no_other() {
        let core = core();
        let (_, listed) = ask(&core, HERE, "GET", "", "").await;
        for route in listed["routes"].as_array().unwrap() {
            let (method, path) = route.as_str().unwrap().split_once(' ').unwrap();
            let path = path.strip_prefix(PREFIX).unwrap();
            let (status, answer) = ask(&core, HERE, method, path, "").await;
            let names_the_list = answer["message"].as_str().is_some_and(|message| message.contains("lists the routes"));
            assert!(!names_the_list, "{route}: {status} {answer}");
        }
        let (status, answer) = ask(&core, HERE, "POST", "/helth", "").await;
        assert_eq!(status, 404);
        assert_eq!(answer["message"], "there is no POST /_sandbox/helth; GET /_sandbox lists the routes");
    }

    #[tokio::test]
    async fn the_readme_tells_the_truth() {
        const README: &str = include_str!("../../README.md");
        let core = core();
        let (_, listed) = ask(&core, HERE, "GET", "", "").await;
        let mut routes = listed["routes"].as_array().unwrap().iter().map(|route| route.as_str().unwrap());
        let is_told = |route: &str| {
            let (method, path) = route.split_once(' ').unwrap();
            let path = path.strip_prefix(PREFIX).unwrap();
            let tells = |line: &str| line.contains(&format!("`{method}")) && line.contains(path);
            README.lines().any(|line| tells(line) || line.contains(&format!("`{method} {PREFIX}{path}`")))
        };
        assert_eq!(routes.find(|route| !is_told(route)), None);

        let mut examples = README.split("```json\n").skip(1).map(|block| block.split("```").next().unwrap());
        let (status, answer) = ask(&core, HERE, "POST", "/seed", examples.next().unwrap()).await;
        assert_eq!(status, 200, "{answer}");
        let (status, answer) = ask(&core, HERE, "POST", "/faults", examples.next().unwrap()).await;
        assert_eq!((status, examples.next()), (200, None), "{answer}");

        let table = README.lines().skip_while(|line| !line.starts_with("| effect")).skip(2);
        let cells = table.take_while(|line| line.starts_with('|')).map(|line| line.split('|').nth(1).unwrap());
        let effects: Vec<&str> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
        assert_eq!(effects.len(), 15);
        for effect in effects {
            let (status, answer) = ask(&core, HERE, "POST", "/faults", &format!("{{\"effect\": {effect}}}")).await;
            assert_eq!(status, 200, "{effect}: {answer}");
        }
    }

    #[tokio::test]
    async fn a_body_that_is_not_understood_is_refused_with_the_reason() {
        let core = core();
        for (path, body, reason) in [
            ("/faults", "{\"effect\": \"explode\"}", "explode"),
            ("/clock", "{\"sett\": 1}", "sett"),
            ("/seed", "[", "EOF"),
            (
                "/switches",
                "{\"roles\": {\"nobody\": {}}, \"organizationRoles\": {\"nobody\": null}}",
                "no identity nobody",
            ),
        ] {
            let (status, answer) = ask(&core, HERE, "POST", path, body).await;
            assert!(status == 400 && answer["message"].as_str().unwrap().contains(reason), "{path}: {answer}");
        }
    }

    #[tokio::test]
    async fn the_state_comes_back_as_it_was_put() {
        let core = core();
        let (_, facts) = ask(&core, HERE, "POST", "/demo", "").await;
        assert_eq!(facts["projectId"], crate::seed::PROJECT_ID);
        let (_, state) = ask(&core, HERE, "GET", "/state", "").await;
        ask(&core, HERE, "DELETE", "/state", "").await;
        assert!(core.read(|state| state.projects.is_empty()));
        assert_eq!(ask(&core, HERE, "PUT", "/state", &state.to_string()).await.0, 200);
        assert_eq!(ask(&core, HERE, "GET", "/state", "").await.1, state);
    }

    #[tokio::test]
    async fn faults_are_listed_and_removed_by_number() {
        let core = core();
        let (_, first) = ask(&core, HERE, "POST", "/faults", "{\"effect\": \"lock-held\"}").await;
        ask(&core, HERE, "POST", "/faults", "{\"count\": 7, \"effect\": {\"delay\": {\"milliseconds\": 5}}}").await;
        let path = format!("/faults/{}", first["id"]);
        assert_eq!(ask(&core, HERE, "DELETE", &path, "").await.0, 200);
        assert_eq!(ask(&core, HERE, "DELETE", &path, "").await.0, 404);
        let (_, listed) = ask(&core, HERE, "GET", "/faults", "").await;
        assert_eq!(listed["faults"].as_array().unwrap().len(), 1);
        assert_eq!(listed["faults"][0]["effect"]["delay"]["milliseconds"], 5);
        ask(&core, HERE, "DELETE", "/faults", "").await;
        assert!(core.faults.list().is_empty());
    }

    #[tokio::test]
    async fn the_clock_is_set_advanced_held_and_let_go() {
        let core = core();
        let (_, answer) =
            ask(&core, HERE, "POST", "/clock", "{\"set\": \"2026-03-10T09:00:00Z\", \"advanceSeconds\": 90}").await;
        assert_eq!((&answer["now"], &answer["isHeld"]), (&json!("2026-03-10T09:01:30.000Z"), &json!(true)));
        let (_, answer) = ask(&core, HERE, "POST", "/clock", "{\"isHeld\": false}").await;
        assert_eq!(answer["isHeld"], false);
        assert!(!core.clock.is_held());
    }

    #[tokio::test]
    async fn tokens_are_made_without_a_login_and_revoked_together() {
        let core = core();
        ask(&core, HERE, "POST", "/demo", "").await;
        let body = json!({ "identityId": crate::seed::IDENTITY_ID, "ttl": 60 }).to_string();
        let (status, answer) = ask(&core, HERE, "POST", "/tokens", &body).await;
        assert_eq!((status, &answer["expiresIn"]), (200, &json!(60)));
        let header = format!("Bearer {}", answer["accessToken"].as_str().unwrap());
        assert!(crate::token::hook(&core, Some(&header)).is_ok());
        assert_eq!(ask(&core, HERE, "DELETE", "/tokens", "").await.1, json!({ "revoked": 1 }));
        assert!(crate::token::hook(&core, Some(&header)).is_err());
        let (status, _) = ask(&core, HERE, "POST", "/tokens", "{\"identityId\": \"nobody\"}").await;
        assert_eq!(status, 400);
    }

    #[tokio::test]
    async fn switches_change_only_what_they_name() {
        let core = core();
        ask(&core, HERE, "POST", "/demo", "").await;
        let id = crate::seed::IDENTITY_ID;
        let body = json!({ "secretRotation": false, "roles": { id: { "demo": "viewer" } },
                           "organizationRoles": { id: null }, "rateLimits": { "read": 3 } });
        let (status, answer) = ask(&core, HERE, "POST", "/switches", &body.to_string()).await;
        assert_eq!(status, 200);
        assert_eq!((&answer["secretRotation"], &answer["enterpriseAppConnections"]), (&json!(false), &json!(true)));
        assert_eq!(answer["roles"][id][crate::seed::PROJECT_ID], "viewer");
        assert_eq!(answer["organizationRoles"][id], Value::Null);
        assert_eq!((&answer["rateLimits"]["read"], &answer["rateLimits"]["write"]), (&json!(3), &json!(90)));

        let (_, answer) = ask(&core, HERE, "POST", "/switches", "{\"rateLimits\": true}").await;
        assert_eq!((&answer["rateLimits"]["read"], &answer["secretRotation"]), (&json!(200), &json!(false)));
        let (_, answer) = ask(&core, HERE, "POST", "/switches", "{\"rateLimits\": false}").await;
        assert_eq!(answer["rateLimits"], Value::Null);
    }
}
