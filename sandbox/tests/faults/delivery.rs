//! Faults of the connection: answers that come late, in pieces, in part or not at all.

use serde_json::json;

use crate::{ROTATIONS, Scene, body, wire};

/// Longer than any test runs: whoever waits for it has lost.
const AN_HOUR: u64 = 3_600_000;

#[test]
fn a_connection_dropped_before_the_commit() {
    let scene = Scene::set();
    scene.inject(&json!({ "method": "POST", "route": ROTATIONS, "effect": "drop-before-commit" }));
    assert!(scene.create("one").is_none());
    assert!(scene.names().is_empty());
    assert_eq!(scene.create("one").unwrap().status, 200);
}

#[test]
fn a_connection_dropped_after_the_commit() {
    let scene = Scene::set();
    scene.inject(&json!({ "method": "POST", "route": ROTATIONS, "effect": "drop-after-commit" }));
    assert!(scene.create("one").is_none());
    assert_eq!(scene.names(), ["one"]);
}

#[test]
fn a_body_that_is_cut_off() {
    let scene = Scene::set();
    scene.inject(&json!({ "method": "POST", "effect": { "truncate": { "bytes": 20 } } }));
    scene.inject(&json!({ "method": "GET", "effect": { "truncate": {} } }));
    let answer = scene.create("one").unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.is_whole()), (200, 20, false));
    assert_eq!(scene.names(), ["one"]);
    let half = scene.get("/api/v2/secret-rotations/options");
    let whole = scene.get("/api/v2/secret-rotations/options");
    assert!(whole.is_whole() && !half.is_whole());
    assert_eq!(half.body, whole.body[..whole.body.len() / 2]);
}

#[test]
fn a_body_that_arrives_in_pieces_is_complete_in_the_end() {
    let scene = Scene::set();
    scene.inject(&json!({ "method": "POST", "effect": { "slow": { "bytes": 100, "milliseconds": 1 } } }));
    let answer = scene.create("one").unwrap();
    assert!(answer.is_whole());
    assert_eq!(answer.json()["secretRotation"]["name"], "one");
}

#[test]
fn a_delay_before_the_commit_holds_back_only_its_request() {
    let scene = Scene::set();
    let delay = json!({ "delay": { "milliseconds": AN_HOUR } });
    scene.inject(&json!({ "method": "POST", "route": ROTATIONS, "effect": delay }));
    let waiting = wire::send(scene.sandbox.address(), "POST", ROTATIONS, Some(&scene.token), Some(&body("one")));
    while scene.waiting() > 0 {
        std::thread::yield_now();
    }
    assert_eq!(scene.create("two").unwrap().status, 200);
    assert_eq!(scene.names(), ["two"]);
    drop(waiting);
}

#[test]
fn a_client_that_gives_up_has_missed_a_success() {
    let scene = Scene::set();
    let delay = json!({ "delay": { "milliseconds": AN_HOUR, "afterCommit": true } });
    scene.inject(&json!({ "method": "POST", "route": ROTATIONS, "effect": delay }));
    let waiting = wire::send(scene.sandbox.address(), "POST", ROTATIONS, Some(&scene.token), Some(&body("one")));
    while scene.waiting() > 0 {
        std::thread::yield_now();
    }
    drop(waiting);
    // The server goes on although nobody listens any more.
    while scene.names().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(scene.names(), ["one"]);
}
