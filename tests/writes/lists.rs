//! Lists: what `terraform query` finds of a project, and that it can be taken over as it is.

use infisical_sandbox::faults::{Effect, Forbidden};
use infisical_sandbox::seed;
use plugin_driver::client::{ListEvent, Listing};
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::{Value, json, msgpack};
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::{KINDS, Kind, by_slug};

use crate::support::gate::Gate;
use crate::support::kinds::{Extent, example_json};
use crate::support::server::{ENVIRONMENT, FOLDER, Server};
use crate::support::{Provider, assert_clean, assert_failed, assert_succeeded, words};

const LIST_ROUTE: &str = "/api/v2/secret-rotations";

async fn scene() -> (Server, Provider) {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    (server, provider)
}

async fn create(provider: &Provider, kind: &Kind, extent: Extent, suffix: &str) -> Value {
    let resource = provider.resource(kind.resource);
    let config = json::from_json(&example_json(kind, extent, suffix), &resource.object.kind()).unwrap();
    provider.change(resource, &Value::Null, &config).await
}

/// Validates and lists as the host does.
async fn list(provider: &Provider, kind: &Kind, config: &Json, limit: i64, include_objects: bool) -> Vec<ListEvent> {
    let schema = provider.schema.list_resource(kind.resource).unwrap();
    let config = json::from_json(config, &schema.kind()).unwrap();
    assert_clean(&provider.client.validate_list(schema, &config).await.unwrap());
    let listing = Listing { config, include_objects, limit };
    provider.client.list(schema, provider.resource(kind.resource), &listing).await.unwrap()
}

fn names(events: &[ListEvent]) -> Vec<&str> {
    for event in events {
        assert_clean(&event.report);
    }
    events.iter().map(|event| event.display_name.as_str()).collect()
}

#[tokio::test]
async fn every_kind_is_found_by_one_call_and_what_is_generated_of_it_plans_empty() {
    let (server, provider) = scene().await;
    for kind in KINDS {
        create(&provider, kind, Extent::Minimal, "least").await;
        create(&provider, kind, Extent::Full, "most").await;
    }
    let before = server.count("GET");
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let events = list(&provider, kind, &json!({ "project_id": seed::PROJECT_ID }), 100, true).await;
        let expected = ["least", "most"].map(|end| format!("{}-{end} ({ENVIRONMENT}, {FOLDER})", kind.slug));
        assert_eq!(names(&events), expected);
        for event in events {
            let object = event.object.unwrap();
            let identity = event.identity.unwrap();
            assert_eq!((identity.get("id"), identity.get("project_id")), (object.get("id"), object.get("project_id")));
            let generated = provider.client.generate_config(resource, &object).await.unwrap();
            assert_clean(&generated.report);
            assert_succeeded(&provider.client.validate_resource(resource, &generated.state).await.unwrap());
            let planned = provider.plan(resource, &object, &generated.state).await;
            assert_succeeded(&planned.report);
            assert_eq!(planned.state, object, "{}", kind.slug);
        }
    }
    assert_eq!(server.count("GET") - before, 1, "one list of the project answers for all kinds");
    provider.end().await;
}

#[tokio::test]
async fn filters_and_the_limit_leave_out_the_rest() {
    let (server, provider) = scene().await;
    let (redis, postgres) = (by_slug("redis-credentials").unwrap(), by_slug("postgres-credentials").unwrap());
    for suffix in ["a", "b", "c"] {
        create(&provider, redis, Extent::Minimal, suffix).await;
    }
    let failed = create(&provider, postgres, Extent::Minimal, "a").await;
    let project = |more: Json| {
        let mut config = json!({ "project_id": seed::PROJECT_ID });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    };
    let count = async |kind, more, limit| list(&provider, kind, &project(more), limit, false).await.len();
    assert_eq!(count(redis, json!({}), 100).await, 3);
    assert_eq!(count(redis, json!({}), 2).await, 2);
    assert_eq!(count(redis, json!({ "environment": ENVIRONMENT, "secret_path": "/app/" }), 100).await, 3);
    assert_eq!(count(redis, json!({ "environment": "prod" }), 100).await, 0);
    assert_eq!(count(redis, json!({ "secret_path": "/" }), 100).await, 0);
    assert_eq!(count(redis, json!({ "status": "failed" }), 100).await, 0);
    let id = failed.get("id").and_then(Value::as_text).unwrap().to_owned();
    server.change(|state| {
        state.rotations.get_mut(&id).unwrap().rotation_status = infisical_sandbox::state::Status::Failed;
    });
    // What was just listed serves for a while; a process of its own asks anew.
    let fresh = Provider::start().await;
    fresh.configure(&server.block()).await;
    for (status, found) in [("failed", 1), ("success", 0)] {
        let events = list(&fresh, postgres, &project(json!({ "status": status })), 100, false).await;
        assert_eq!(events.len(), found);
        assert!(events.iter().all(|event| event.object.is_none()), "nobody asked for it");
    }
    fresh.end().await;
    provider.end().await;
}

#[tokio::test]
async fn a_rotation_that_cannot_be_read_is_a_warning_beside_the_others() {
    let (server, provider) = scene().await;
    let kind = by_slug("redis-credentials").unwrap();
    create(&provider, kind, Extent::Minimal, "a").await;
    let strange = create(&provider, kind, Extent::Minimal, "b").await;
    let id = strange.get("id").and_then(Value::as_text).unwrap().to_owned();
    server.change(|state| state.rotations.get_mut(&id).unwrap().parameters = json!({ "permissionScope": 5 }));
    let events = list(&provider, kind, &json!({ "project_id": seed::PROJECT_ID }), 100, true).await;
    let [readable, told] = events.as_slice() else { panic!("{events:?}") };
    assert_clean(&readable.report);
    assert!(readable.identity.is_some() && readable.object.is_some());
    assert_succeeded(&told.report);
    assert!(told.identity.is_none() && words(&told.report).contains(&id), "{}", words(&told.report));
    // Without its attributes it can be listed as any other.
    assert_eq!(names(&list(&provider, kind, &json!({ "project_id": seed::PROJECT_ID }), 100, false).await).len(), 2);
    provider.end().await;
}

#[tokio::test]
async fn what_goes_wrong_is_an_event_without_an_object() {
    let (server, provider) = scene().await;
    let kind = by_slug("redis-credentials").unwrap();
    server.injure("GET", LIST_ROUTE, Effect::Forbidden(Forbidden::Permission));
    let events = list(&provider, kind, &json!({ "project_id": seed::PROJECT_ID }), 100, true).await;
    let [event] = events.as_slice() else { panic!("{events:?}") };
    assert_failed(&event.report);
    assert!(words(&event.report).starts_with("Could not list the rotations"), "{}", words(&event.report));

    let schema = provider.schema.list_resource(kind.resource).unwrap();
    for (wrong, told) in [
        (json!({}), "`project_id`"),
        (json!({ "project_id": "p", "secret_path": "app" }), "`secret_path`"),
        (json!({ "project_id": "p", "status": "fine" }), "`status`"),
    ] {
        let config = json::from_json(&wrong, &schema.kind()).unwrap();
        let report = provider.client.validate_list(schema, &config).await.unwrap();
        assert_failed(&report);
        assert!(words(&report).contains(told), "{told}: {}", words(&report));
    }
    provider.end().await;
}

#[tokio::test]
async fn a_host_that_leaves_ends_the_search() {
    let (server, provider) = scene().await;
    let gate = Gate::before(server.address()).await;
    provider.configure(&server.block_at(gate.url())).await;
    let mut held = gate.hold("GET /api/v2/secret-rotations?");
    let schema = provider.schema.list_resource("infisical_redis_rotation").unwrap();
    let config = json::from_json(&json!({ "project_id": seed::PROJECT_ID }), &schema.kind()).unwrap();
    let request = wire::list_resource::Request {
        type_name: "infisical_redis_rotation".to_owned(),
        config: Some(wire::DynamicValue { msgpack: msgpack::encode(&config), ..Default::default() }),
        include_resource_object: true,
        limit: 1,
    };
    let mut raw = provider.client.raw();
    let search = tokio::spawn(async move { raw.list_resource(request).await.unwrap().into_inner().message().await });
    held.answered().await;
    search.abort();
    assert!(search.await.unwrap_err().is_cancelled());
    // The door stays shut: a process that still waited for the answer could not end.
    provider.end().await;
    drop(held);
}
