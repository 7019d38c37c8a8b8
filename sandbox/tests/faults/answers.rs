//! Faults that answer in the place of the server.

use serde_json::{Value, json};

use crate::{ROTATIONS, Scene};

/// Injects an effect for all requests, reads the list of rotations and returns status, body and one header.
fn answered(effect: &Value, header: &str) -> (u16, Value, Option<String>) {
    let scene = Scene::set();
    scene.inject(&json!({ "effect": effect }));
    let answer = scene.get(&format!("{ROTATIONS}?projectId={}", infisical_sandbox::seed::PROJECT_ID));
    assert_eq!(scene.waiting(), 0, "the fault is spent");
    (answer.status, answer.json(), answer.header(header).map(str::to_owned))
}

#[test]
fn a_status_before_the_commit_leaves_nothing() {
    let scene = Scene::set();
    scene.inject(&json!({ "method": "POST", "route": ROTATIONS, "effect": { "status": { "status": 503 } } }));
    let answer = scene.create("one").unwrap();
    assert_eq!((answer.status, &answer.json()["error"]), (503, &json!("InternalServerError")));
    assert!(answer.json()["reqId"].as_str().unwrap().starts_with("req-"));
    assert!(scene.names().is_empty());
    assert_eq!(scene.create("one").unwrap().status, 200);
}

#[test]
fn a_status_after_the_commit_hides_a_success() {
    let scene = Scene::set();
    let effect = json!({ "status": { "status": 500, "message": "boom", "afterCommit": true } });
    scene.inject(&json!({ "method": "POST", "route": ROTATIONS, "effect": effect }));
    let answer = scene.create("one").unwrap();
    assert_eq!((answer.status, &answer.json()["message"]), (500, &json!("boom")));
    assert_eq!(scene.names(), ["one"]);
}

#[test]
fn a_proxy_answers_with_a_page() {
    let scene = Scene::set();
    scene.inject(&json!({ "method": "POST", "effect": { "html": {} } }));
    scene.inject(&json!({ "method": "POST", "effect": { "html": { "status": 504, "afterCommit": true } } }));
    let answer = scene.create("one").unwrap();
    assert_eq!((answer.status, answer.header("content-type")), (502, Some("text/html")));
    assert!(answer.text().starts_with("<html>"));
    assert!(scene.names().is_empty());
    assert_eq!(scene.create("one").unwrap().status, 504);
    assert_eq!(scene.names(), ["one"]);
}

#[test]
fn a_given_body_and_header_arrive() {
    let effect = json!({ "status": { "status": 409, "body": { "error": "Conflict" }, "headers": { "X-Seen": "1" } } });
    assert_eq!(answered(&effect, "x-seen"), (409, json!({ "error": "Conflict" }), Some("1".to_owned())));
}

#[test]
fn a_rate_limit_tells_the_wait_where_it_was_asked_to() {
    let (status, body, header) = answered(&json!({ "rate-limited": { "seconds": 42 } }), "retry-after");
    assert_eq!((status, &body["error"], header.as_deref()), (429, &json!("RateLimitExceeded"), Some("42")));
    assert_eq!(body["message"], "Rate limit exceeded. Please try again in 42 seconds");

    let (_, body, header) =
        answered(&json!({ "rate-limited": { "seconds": 7, "told": "reset" } }), "x-ratelimit-reset");
    assert_eq!((&body["message"], header.as_deref()), (&json!("Rate limit exceeded"), Some("7")));

    let (_, body, header) = answered(&json!({ "rate-limited": { "seconds": 7, "told": "message" } }), "retry-after");
    assert_eq!((body["message"].as_str().unwrap().contains(" 7 seconds"), header), (true, None));
}

#[test]
fn tokens_expire_and_are_revoked() {
    let (status, body, _) = answered(&json!("token-expired"), "");
    assert_eq!((status, &body["error"]), (403, &json!("TokenError")));
    assert_eq!(body["message"], "Your token has expired. Please re-authenticate.");
    let (status, body, _) = answered(&json!("token-revoked"), "");
    assert_eq!((status, &body["error"]), (401, &json!("UnauthorizedError")));
}

#[test]
fn the_forms_of_403_404_and_422() {
    for (effect, status, error) in [
        (json!({ "forbidden": "permission" }), 403, "PermissionDenied"),
        (json!({ "forbidden": "membership" }), 403, "You are not member of this project"),
        (json!({ "forbidden": "token" }), 403, "TokenError"),
        (json!({ "not-found": "entity" }), 404, "NotFound"),
        (json!({ "not-found": "route" }), 404, "Not Found"),
        (json!({ "unprocessable": { "path": ["name"], "message": "Required" } }), 422, "ValidationFailure"),
    ] {
        let (got, body, _) = answered(&effect, "");
        assert_eq!((got, &body["error"]), (status, &json!(error)), "{effect}");
        assert_eq!(body.get("reqId").is_some(), error != "Not Found", "{effect}");
    }
}
