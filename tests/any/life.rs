//! From creation to destruction, and all that may happen between.

use bytes::Bytes;
use infisical_sandbox::seed;
use plugin_driver::client::{ImportTarget, MoveRequest};
use plugin_driver::session::{Action, Core};
use plugin_driver::value::Value;
use plugin_driver::value::json::to_json;
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::KINDS;

use crate::support::kinds::{Extent, example_json};
use crate::support::server::Server;
use crate::support::{assert_failed, assert_succeeded, words};
use crate::{KIND, RESOURCE, at, scene, written};

async fn apply(core: &mut Core, changes: &Json) -> Value {
    let config = core.config(RESOURCE, &written(changes)).unwrap();
    let applied = core.apply(RESOURCE, "x", &config).await.unwrap();
    assert_succeeded(&applied.report);
    applied.instance.unwrap().state
}

async fn planned(core: &mut Core, changes: &Json) -> Option<Action> {
    let config = core.config(RESOURCE, &written(changes)).unwrap();
    let planned = core.plan(RESOURCE, "x", &config).await.unwrap();
    assert_succeeded(&planned.report);
    planned.action
}

/// The parameters that the server stores of the only rotation.
fn stored(server: &Server) -> Json {
    server.look(|state| state.rotations.values().next().unwrap().parameters.clone())
}

#[tokio::test]
async fn a_kind_that_only_the_server_knows_lives_a_whole_life() {
    let (server, mut core) = scene().await;
    let secret = json!({ "temporary_parameters": { "password": "hunter2" }, "delete_secrets": true });
    let state = apply(&mut core, &secret).await;
    assert_eq!(state.get("type"), Some(&Value::from(KIND)));
    assert_eq!(stored(&server), json!({ "accountId": "abc123", "level": "read" }), "the server fills in its default");
    assert_eq!(at(&state, &["parameters", "level"]), None, "which is not stored here");
    assert_eq!(state.get("temporary_parameters"), Some(&Value::Null));
    assert_eq!(planned(&mut core, &secret).await, Some(Action::NoOp));
    assert_succeeded(&core.refresh(RESOURCE, "x").await.unwrap());
    assert_eq!(planned(&mut core, &secret).await, Some(Action::NoOp));

    // What the configuration does not name is left alone, here and there.
    server.change(|state| {
        for rotation in state.rotations.values_mut() {
            rotation.parameters["level"] = json!("write");
        }
    });
    assert_succeeded(&core.refresh(RESOURCE, "x").await.unwrap());
    assert_eq!(planned(&mut core, &secret).await, Some(Action::NoOp));
    let id = state.get("id").cloned();
    let changed = json!({ "parameters": { "accountId": "abc123", "days": 7 }, "delete_secrets": true });
    let state = apply(&mut core, &changed).await;
    assert_eq!(state.get("id").cloned(), id, "in place");
    assert_eq!(stored(&server), json!({ "accountId": "abc123", "level": "write", "days": 7 }));

    // What is named as null is taken away.
    let taken = json!({ "parameters": { "accountId": "abc123", "days": null }, "delete_secrets": true });
    apply(&mut core, &taken).await;
    assert_eq!(stored(&server), json!({ "accountId": "abc123", "level": "write" }));
    assert_eq!(planned(&mut core, &taken).await, Some(Action::NoOp));

    // Triggers rotate, another type replaces.
    let mut rotated = taken.clone();
    rotated["rotation_triggers"] = json!({ "now": "1" });
    assert_eq!(apply(&mut core, &rotated).await.get("active_index"), Some(&Value::Number(1_i64.into())));
    let other = json!({
        "type": "redis-credentials", "connection_id": seed::connection_id("redis").unwrap(),
        "parameters": { "permissionScope": "~* +@read" },
        "secrets_mapping": { "username": "EXAMPLE_TOKEN_ID", "password": "EXAMPLE_TOKEN" },
    });
    assert_eq!(planned(&mut core, &other).await, Some(Action::Replace));
    assert_succeeded(&core.destroy(RESOURCE, "x").await.unwrap().report);
    assert!(server.look(|state| state.rotations.is_empty()));
}

#[tokio::test]
async fn a_drift_of_what_is_named_is_shown_and_white_space_is_none() {
    let (server, mut core) = scene().await;
    let spaced = json!({ "parameters": { "accountId": " abc123 ", "hosts": [" a", "b"], "days": 7.0 } });
    apply(&mut core, &spaced).await;
    assert_eq!(planned(&mut core, &spaced).await, Some(Action::NoOp));
    assert_succeeded(&core.refresh(RESOURCE, "x").await.unwrap());
    assert_eq!(planned(&mut core, &spaced).await, Some(Action::NoOp));
    server.change(|state| {
        for rotation in state.rotations.values_mut() {
            rotation.parameters["hosts"] = json!(["a", "c", "d"]);
        }
    });
    assert_succeeded(&core.refresh(RESOURCE, "x").await.unwrap());
    assert_eq!(planned(&mut core, &spaced).await, Some(Action::Update));
    apply(&mut core, &spaced).await;
    assert_eq!(stored(&server)["hosts"], json!(["a", "b"]));
}

#[tokio::test]
async fn it_is_imported_by_its_kind_and_id_or_name_and_by_identity() {
    let (_server, mut core) = scene().await;
    let state = apply(&mut core, &json!({})).await;
    let Some(Value::String(id)) = state.get("id").cloned() else { panic!("no ID") };
    let identity = Value::Object(
        [("type", Value::from(KIND)), ("id", id.as_str().into()), ("project_id", Value::Null)]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
    );
    for target in [
        ImportTarget::Id(format!("{KIND}/{id}")),
        ImportTarget::Id(format!("{KIND}/{}/dev/orders?path=/app", seed::PROJECT_ID)),
        ImportTarget::Identity(identity),
    ] {
        core.state_mut().clear();
        assert_succeeded(&core.import(RESOURCE, "x", &target).await.unwrap());
        // The imported state has all that the server stores; a configuration that names less is still no change.
        let imported = core.instance(RESOURCE, "x").unwrap().state.clone();
        assert_eq!(at(&imported, &["parameters", "level"]), Some(&Value::from("read")));
        assert_eq!(planned(&mut core, &json!({})).await, Some(Action::NoOp));
    }
    core.state_mut().clear();
    let refused = core.import(RESOURCE, "x", &ImportTarget::Id(id)).await.unwrap();
    assert_failed(&refused);
    assert!(words(&refused).contains("<type>/<rotation id>"), "{}", words(&refused));
}

#[tokio::test]
async fn values_that_are_not_known_yet_wait_for_apply() {
    let (_server, mut core) = scene().await;
    let Value::Object(mut config) = core.config(RESOURCE, &written(&json!({}))).unwrap() else { panic!("no object") };
    for name in ["type", "parameters", "secrets_mapping", "name"] {
        config.insert(name.to_owned(), Value::unknown());
        let config = Value::Object(config.clone());
        let planned = core.plan(RESOURCE, "x", &config).await.unwrap();
        assert_succeeded(&planned.report);
        assert_eq!(planned.action, Some(Action::Create), "{name}");
    }
}

/// What a user does when a release brings a resource of the kind's own: a `moved` block, and a plan that is empty.
#[tokio::test]
async fn rotations_of_every_kind_move_to_the_resource_of_their_own() {
    let (_server, mut core) = scene().await;
    for kind in KINDS {
        let config = core.config(kind.resource, &example_json(kind, Extent::Full, "x")).unwrap();
        let created = core.apply(kind.resource, "x", &config).await.unwrap();
        assert_succeeded(&created.report);
        let Some(Value::String(id)) = created.instance.unwrap().state.get("id").cloned() else { panic!("no ID") };
        core.state_mut().clear();

        let target = ImportTarget::Id(format!("{}/{id}", kind.slug));
        assert_succeeded(&core.import(RESOURCE, "x", &target).await.unwrap());
        let any = to_json(&core.instance(RESOURCE, "x").unwrap().state);
        core.state_mut().clear();
        let request = MoveRequest {
            provider: "registry.terraform.io/infisical-rotations/infisical".to_owned(),
            type_name: RESOURCE.to_owned(),
            version: 0,
            state: any.to_string(),
            private: Bytes::new(),
            identity: None,
        };
        assert_succeeded(&core.move_state(kind.resource, "y", &request).await.unwrap());
        let planned = core.plan(kind.resource, "y", &config).await.unwrap();
        assert_succeeded(&planned.report);
        assert_eq!(planned.action, Some(Action::NoOp), "{}: {:#?} {:#?}", kind.slug, planned.instance, planned.planned);
        core.state_mut().clear();
    }
}
