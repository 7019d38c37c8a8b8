//! Identities: what they are over the life of a rotation, and importing by them.

use plugin_driver::client::ImportTarget;
use plugin_driver::session::{Action, Core};
use plugin_driver::value::Value;
use serde_json::json;
use terraform_provider_infisical::catalog::{KINDS, by_slug};

use infisical_sandbox::seed;

use crate::support::kinds::{Extent, example_json};
use crate::support::server::{Server, shared_connections};
use crate::support::{Provider, assert_failed, assert_succeeded, launch, words};

/// Why one kind stands for all here: the identity does not depend on it, which the protocol suite's schema test shows.
const KIND: &str = "redis-credentials";

async fn core(server: &Server) -> Core {
    let mut core = Core::start(launch()).await.unwrap();
    core.configure(&server.block()).unwrap();
    core
}

fn identity(id: Value, project: Value) -> Value {
    Value::Object([("id".to_owned(), id), ("project_id".to_owned(), project)].into())
}

/// The session holds every answer to the rules: absent from plans of creations and replacements, the same in all others.
#[tokio::test]
async fn a_rotation_keeps_its_identity_until_it_is_replaced() {
    let server = Server::start();
    let mut core = core(&server).await;
    let kind = by_slug(KIND).unwrap();
    let mut written = example_json(kind, Extent::Minimal, "x");
    written["delete_secrets"] = json!(true);
    let config = core.config(kind.resource, &written).unwrap();
    let planned = core.plan(kind.resource, "x", &config).await.unwrap();
    assert_eq!((planned.action, &planned.planned_identity), (Some(Action::Create), &None));
    let created = core.apply_planned(kind.resource, "x", &planned, &config).await.unwrap().instance.unwrap();
    let id = created.state.get("id").unwrap().clone();
    assert_eq!(created.identity, Some(identity(id, seed::PROJECT_ID.into())));

    written["rotation_interval"] = json!(77);
    let config = core.config(kind.resource, &written).unwrap();
    let planned = core.plan(kind.resource, "x", &config).await.unwrap();
    assert_succeeded(&planned.report);
    assert_eq!((planned.action, &planned.planned_identity), (Some(Action::Update), &created.identity));
    let updated = core.apply_planned(kind.resource, "x", &planned, &config).await.unwrap();
    assert_succeeded(&updated.report);
    assert_eq!(updated.instance.unwrap().identity, created.identity);

    written["connection_id"] = json!(shared_connections(kind.connections[0])[1]);
    let config = core.config(kind.resource, &written).unwrap();
    let planned = core.plan(kind.resource, "x", &config).await.unwrap();
    assert_succeeded(&planned.report);
    assert_eq!((planned.action, &planned.planned_identity), (Some(Action::Replace), &None));
    let replaced = core.apply_planned(kind.resource, "x", &planned, &config).await.unwrap();
    assert_succeeded(&replaced.report);
    let identity = replaced.instance.unwrap().identity;
    assert!(identity.is_some() && identity != created.identity);
    assert_succeeded(&core.destroy(kind.resource, "x").await.unwrap().report);
}

#[tokio::test]
async fn an_import_by_identity_plans_empty_with_and_without_the_project() {
    let server = Server::start();
    let mut core = core(&server).await;
    let kind = by_slug(KIND).unwrap();
    let config = core.config(kind.resource, &example_json(kind, Extent::Minimal, "x")).unwrap();
    let created = core.apply(kind.resource, "x", &config).await.unwrap().instance.unwrap();
    let id = created.state.get("id").unwrap().clone();
    for project in [seed::PROJECT_ID.into(), Value::Null] {
        core.state_mut().clear();
        let target = ImportTarget::Identity(identity(id.clone(), project));
        assert_succeeded(&core.import(kind.resource, "x", &target).await.unwrap());
        let imported = core.instance(kind.resource, "x").unwrap();
        assert_eq!(imported.identity, created.identity, "what was left out is filled in");
        let planned = core.plan(kind.resource, "x", &config).await.unwrap();
        assert_succeeded(&planned.report);
        assert_eq!(planned.action, Some(Action::NoOp));
    }
}

#[tokio::test]
async fn an_identity_that_names_no_rotation_of_the_type_is_refused() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    let (kind, other) = (by_slug(KIND).unwrap(), by_slug("postgres-credentials").unwrap());
    let resource = provider.resource(kind.resource);
    let config =
        plugin_driver::value::json::from_json(&example_json(kind, Extent::Minimal, "x"), &resource.object.kind());
    let state = provider.change(resource, &Value::Null, &config.unwrap()).await;
    let id = state.get("id").unwrap();
    let absent = Value::from("5eed0000-0000-4000-8000-00000000dead");
    for (type_name, id, project, told) in [
        (kind.resource, Value::Null, Value::Null, "`id`"),
        (kind.resource, "orders".into(), Value::Null, "UUID"),
        (kind.resource, absent.clone(), Value::Null, "no such rotation"),
        (kind.resource, absent, seed::PROJECT_ID.into(), "no such rotation"),
        (other.resource, id.clone(), Value::Null, "is not configured for PostgreSQL"),
    ] {
        let target = ImportTarget::Identity(identity(id, project));
        let answer = provider.client.import(provider.resource(type_name), &target).await.unwrap();
        assert_failed(&answer.report);
        assert!(words(&answer.report).contains(told), "{told}: {}", words(&answer.report));
    }
    provider.end().await;
}

#[tokio::test]
async fn many_imports_by_identity_are_answered_by_one_list() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    let mut created = Vec::new();
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let config =
            plugin_driver::value::json::from_json(&example_json(kind, Extent::Minimal, "x"), &resource.object.kind());
        let state = provider.change(resource, &Value::Null, &config.unwrap()).await;
        created.push((resource, state.get("id").unwrap().clone()));
    }
    let before = server.count("GET");
    for (resource, id) in &created {
        let target = ImportTarget::Identity(identity(id.clone(), seed::PROJECT_ID.into()));
        let imported = provider.client.import(resource, &target).await.unwrap();
        assert_succeeded(&imported.report);
        assert_eq!(imported.objects[0].state.get("id"), Some(id));
    }
    assert_eq!(server.count("GET") - before, 2, "the first by its ID, all others by one list");
    provider.end().await;
}
