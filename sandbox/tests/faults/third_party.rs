//! Faults at the third party, and the lock.

use serde_json::{Value, json};

use crate::{ROTATIONS, Scene};

fn refusal(message: &str, form: &str, call: &str) -> Value {
    json!({ "effect": { "third-party": { "message": message, "form": form, "call": call } } })
}

const WRAPPED: &str =
    "Infisical encountered an issue while generating credentials with the configured inputs: no capacity";

#[test]
fn a_create_that_the_third_party_refuses_leaves_nothing() {
    for (form, expected) in [("bad-request", "no capacity"), ("plain", WRAPPED)] {
        let scene = Scene::set();
        scene.inject(&refusal("no capacity", form, "issue"));
        let answer = scene.create("one").unwrap();
        assert_eq!((answer.status, &answer.json()["message"]), (400, &json!(expected)));
        assert!(scene.names().is_empty());
    }
}

#[test]
fn a_rotation_that_the_third_party_refuses_is_marked_failed() {
    for form in ["bad-request", "plain"] {
        let scene = Scene::set();
        let id = scene.created("one");
        scene.inject(&refusal("no capacity", form, "issue"));
        let answer = scene.rotate(&id);
        assert_eq!((answer.status, &answer.json()["message"]), (500, &json!(WRAPPED)));
        let rotation = scene.rotation(&id);
        assert_eq!((&rotation["rotationStatus"], &rotation["activeIndex"]), (&json!("failed"), &json!(0)));
        assert_eq!(scene.rotate(&id).json()["secretRotation"]["rotationStatus"], "success");
    }
}

#[test]
fn a_revocation_that_fails_keeps_the_rotation() {
    for (form, status, message) in [("bad-request", 400, "no capacity"), ("plain", 500, "Something went wrong")] {
        let scene = Scene::set();
        let path = format!("{ROTATIONS}/{}?revokeGeneratedCredentials=true", scene.created("one"));
        scene.inject(&refusal("no capacity", form, "revoke"));
        let answer = scene.send("DELETE", &path, None).unwrap();
        assert_eq!((answer.status, &answer.json()["message"]), (status, &json!(message)));
        assert_eq!(scene.names(), ["one"]);
        assert_eq!(scene.send("DELETE", &path, None).unwrap().status, 200);
        assert!(scene.names().is_empty());
    }
}

#[test]
fn a_credential_that_cannot_be_retired_fails_the_rotation() {
    let scene = Scene::set();
    let id = scene.created("one");
    scene.inject(&refusal("no capacity", "plain", "retire"));
    // The first rotation has nothing to retire: its slot is empty.
    assert_eq!(scene.rotate(&id).status, 200);
    scene.inject(&refusal("no capacity", "plain", "retire"));
    assert_eq!(scene.rotate(&id).status, 500);
    assert_eq!(scene.rotation(&id)["activeIndex"], 1);
}

#[test]
fn a_lock_that_is_held_refuses_and_changes_nothing() {
    let scene = Scene::set();
    let id = scene.created("one");
    scene.inject(&json!({ "route": format!("{ROTATIONS}/{{rotationId}}/rotate-secrets"), "effect": "lock-held" }));
    let answer = scene.rotate(&id);
    let expected = "A rotation is already in progress. Please try again shortly.";
    assert_eq!((answer.status, &answer.json()["message"]), (400, &json!(expected)));
    assert_eq!(scene.rotation(&id)["rotationStatus"], "success");
    assert_eq!(scene.rotate(&id).status, 200);
}

#[test]
fn the_schedule_meets_the_same_faults() {
    let scene = Scene::set();
    let id = scene.created("one");
    let mut fault = refusal("no capacity", "plain", "issue");
    // A scheduled job tries five times before it gives up.
    fault["count"] = json!(5);
    scene.inject(&fault);
    let body = json!({ "set": scene.rotation(&id)["nextRotationAt"] });
    let moved = scene.send("POST", "/_sandbox/clock", Some(&body)).unwrap();
    assert_eq!(moved.json()["rotated"], json!([id]));
    let core = scene.sandbox.core();
    let status = core.read(|state| json!(state.rotations[&id].rotation_status));
    assert_eq!((status, scene.waiting()), (json!("failed"), 0));
}
