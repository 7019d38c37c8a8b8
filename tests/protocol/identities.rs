//! Identities: what an object is known by for as long as it lives.

use bytes::Bytes;
use infisical_sandbox::faults::Effect;
use plugin_driver::client::{ApplyRequest, ImportTarget, PlanRequest};
use plugin_driver::schema::Resource;
use plugin_driver::value::Value;
use terraform_provider_infisical::catalog::{KINDS, by_slug};

use crate::support::kinds::{Extent, example};
use crate::support::server::{OTHER_PROJECT_ID, ROTATIONS, Server};
use crate::support::{
    Provider, apply_request, assert_clean, assert_failed, assert_lawful, assert_succeeded, plan_request,
};

/// What a state says that its object's identity is.
fn expected(resource: &Resource, state: &Value) -> Value {
    let names = resource.identity.as_ref().unwrap().attributes.keys();
    Value::Object(names.map(|name| (name.clone(), state.get(name).unwrap().clone())).collect())
}

#[tokio::test]
async fn an_object_keeps_its_identity_through_reads_changes_and_failures() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        assert_eq!(resource.identity.as_ref().map(|identity| identity.version), Some(0), "{}", kind.slug);
        let config = example(resource, kind, Extent::Minimal, "x");
        let planned = provider.plan(resource, &Value::Null, &config).await;
        let created = provider.apply(resource, &Value::Null, &config, &planned).await;
        assert_succeeded(&created.report);
        // The driver names identities that are missing, unknown or another than the stored one.
        let identity = created.identity.unwrap();
        assert_eq!(identity, expected(resource, &created.state), "{}", kind.slug);
        let read = provider.client.read(resource, &created.state, &Bytes::new(), Some(&identity)).await.unwrap();
        assert_clean(&read.report);
        assert_eq!(read.identity.as_ref(), Some(&identity));

        let changed = config.with("description", "another".into());
        let request =
            PlanRequest { prior_identity: Some(identity.clone()), ..plan_request(resource, &created.state, &changed) };
        let planned = provider.client.plan(resource, &request).await.unwrap();
        assert_succeeded(&planned.report);
        assert_eq!(planned.identity.as_ref(), Some(&identity), "known in the plan of an update");
        let request =
            ApplyRequest { identity: planned.identity.clone(), ..apply_request(&created.state, &changed, &planned) };
        server.injure("PATCH", ROTATIONS, refusal());
        let failed = provider.client.apply(resource, &request).await.unwrap();
        assert_failed(&failed.report);
        assert_eq!(failed.identity.as_ref(), Some(&identity), "a failure must not erase it");
        let updated = provider.client.apply(resource, &request).await.unwrap();
        assert_succeeded(&updated.report);
        assert_eq!(updated.identity.as_ref(), Some(&identity));
    }
    provider.end().await;
}

fn refusal() -> Effect {
    Effect::Status { status: 400, message: None, body: None, headers: [].into(), after_commit: false }
}

#[tokio::test]
async fn the_plan_of_a_creation_has_none_even_if_the_old_objects_is_sent() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let config = example(resource, kind, Extent::Minimal, "x");
        let old = expected(resource, &config.with("id", "00000000-0000-4000-8000-000000000000".into()));
        for prior_identity in [None, Some(old)] {
            let request = PlanRequest { prior_identity, ..plan_request(resource, &Value::Null, &config) };
            let planned = provider.client.plan(resource, &request).await.unwrap();
            assert_succeeded(&planned.report);
            assert!(planned.identity.is_none(), "{}", kind.slug);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn stored_identities_come_back_and_none_stays_none() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let (none, report) = provider.client.upgrade_identity(resource, 0, None).await.unwrap();
        assert_clean(&report);
        assert!(none.is_none());
        let stored = br#"{ "id": "i", "project_id": "p", "later": 5 }"#;
        let (upgraded, report) = provider.client.upgrade_identity(resource, 0, Some(stored)).await.unwrap();
        assert_clean(&report);
        let members = [("id", Value::from("i")), ("project_id", Value::from("p"))];
        assert_eq!(upgraded, Some(Value::object(members)));
        for broken in [&b"["[..], b"5", br#"{"id": []}"#] {
            let (_, report) = provider.client.upgrade_identity(resource, 0, Some(broken)).await.unwrap();
            assert_failed(&report);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn an_import_by_identity_fills_what_may_be_left_out_and_refuses_what_may_not() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let state = provider.change(resource, &Value::Null, &example(resource, kind, Extent::Full, "x")).await;
    let whole = expected(resource, &state);
    let import = async |identity: &Value| {
        provider.client.import(resource, &ImportTarget::Identity(identity.clone())).await.unwrap()
    };
    for identity in [whole.clone(), whole.with("project_id", Value::Null)] {
        let answer = import(&identity).await;
        assert_clean(&answer.report);
        assert_eq!((&answer.objects[0].state, answer.objects[0].identity.as_ref()), (&state, Some(&whole)));
    }
    for wrong in [
        whole.with("id", Value::Null),
        whole.with("id", "".into()),
        whole.with("id", "../other".into()),
        whole.with("id", "00000000-0000-4000-8000-000000000000".into()),
        Value::object([("id", Value::Null), ("project_id", Value::Null)]),
    ] {
        let answer = import(&wrong).await;
        assert_failed(&answer.report);
        assert!(answer.objects.is_empty(), "{wrong:?}");
    }
    // Another project than the rotation's is a contradiction: whatever the answer, it is the rotation's own identity.
    let answer = import(&whole.with("project_id", OTHER_PROJECT_ID.into())).await;
    assert_lawful(&answer.report);
    assert!(answer.objects.iter().all(|object| object.identity.as_ref() == Some(&whole)));

    let read = provider.client.read(resource, &Value::Null, &Bytes::new(), Some(&whole)).await.unwrap();
    assert_lawful(&read.report);
    assert!(read.state.is_null(), "nothing is stored that could be read");
    provider.end().await;
}
