//! One rotation and a server that fails, forgets or is malformed at each step of its life.

use bytes::Bytes;
use infisical_sandbox::faults::{Effect, Told};
use plugin_driver::client::{ApplyRequest, ImportTarget};
use plugin_driver::value::Value;
use serde_json::json;
use terraform_provider_infisical::catalog::by_slug;

use crate::support::kinds::{Extent, example};
use crate::support::server::{ROTATIONS, Server};
use crate::support::{Provider, assert_clean, assert_failed, assert_lawful, assert_succeeded, words};

const REDIS: &str = "infisical_redis_rotation";

/// A rotation that exists, for the tests of what goes wrong with it.
struct One {
    provider: Provider,
    server: Server,
    config: Value,
    state: Value,
}

impl One {
    async fn start() -> Self {
        let (provider, server) = (Provider::start().await, Server::start());
        provider.configure(&Self::block(&server)).await;
        let resource = provider.resource(REDIS);
        let config = example(resource, by_slug("redis-credentials").unwrap(), Extent::Full, "x");
        let state = provider.change(resource, &Value::Null, &config).await;
        Self { provider, server, config, state }
    }

    fn block(server: &Server) -> serde_json::Value {
        let mut block = server.block();
        // Failures that last are given up soon.
        block["max_retry_wait"] = 1.into();
        block
    }

    fn resource(&self) -> &plugin_driver::schema::Resource {
        self.provider.resource(REDIS)
    }

    fn id(&self) -> &str {
        self.state.get("id").and_then(Value::as_text).unwrap()
    }

    async fn read(&self) -> plugin_driver::client::ObjectAnswer {
        self.provider.client.read(self.resource(), &self.state, &Bytes::from_static(b"kept"), None).await.unwrap()
    }

    async fn delete(&self, private: &'static [u8]) -> plugin_driver::client::ApplyAnswer {
        let request = ApplyRequest {
            prior: self.state.clone(),
            planned: Value::Null,
            config: Value::Null,
            private: Bytes::from_static(private),
            identity: None,
        };
        self.provider.client.apply(self.resource(), &request).await.unwrap()
    }

    fn remove_behind_the_back(&self) {
        self.server.change(|state| state.rotations.clear());
    }
}

fn status(status: u16) -> Effect {
    Effect::Status { status, message: None, body: None, headers: [].into(), after_commit: false }
}

#[tokio::test]
async fn a_deletion_needs_no_private_bytes() {
    for private in [&b""[..], b"\x00\xffforeign", b"{\"version\":1}"] {
        let one = One::start().await;
        let deleted = one.delete(private).await;
        assert_clean(&deleted.report);
        assert!(deleted.state.is_null());
        assert_eq!(one.server.look(|state| state.rotations.len()), 0);
        one.provider.end().await;
    }
}

#[tokio::test]
async fn what_is_gone_is_read_as_nothing_and_deleted_with_success() {
    let one = One::start().await;
    one.remove_behind_the_back();
    let read = one.read().await;
    assert_clean(&read.report);
    assert!(read.state.is_null());
    let deleted = one.delete(b"").await;
    assert_clean(&deleted.report);
    assert!(deleted.state.is_null());
    let changed = one.config.with("description", "another".into());
    let planned = one.provider.plan(one.resource(), &one.state, &changed).await;
    let updated = one.provider.apply(one.resource(), &one.state, &changed, &planned).await;
    assert_failed(&updated.report);
    assert_eq!(updated.state.get("id"), one.state.get("id"), "an update that failed forgets nothing");
    let imported = one.provider.client.import(one.resource(), &ImportTarget::Id(one.id().to_owned())).await.unwrap();
    assert_failed(&imported.report);
    one.provider.end().await;
}

#[tokio::test]
async fn a_server_that_fails_is_never_taken_for_one_that_has_nothing() {
    let one = One::start().await;
    for effect in [
        status(500),
        status(503),
        status(403),
        Effect::NotFound(infisical_sandbox::faults::NotFound::Route),
        Effect::Html { status: 404, after_commit: false },
        Effect::Html { status: 200, after_commit: false },
        Effect::DropBeforeCommit,
        Effect::Truncate { bytes: None },
        Effect::RateLimited { seconds: 3600, told: Told::default() },
        Effect::Status { status: 200, message: None, body: Some(json!({})), headers: [].into(), after_commit: false },
        status(401),
    ] {
        one.server.injure_always("GET", "/api/v2/secret-rotations", effect.clone());
        one.server.injure_always("GET", ROTATIONS, effect.clone());
        // A provider of its own: a refused login or a rate limit is remembered for the life of a process.
        let provider = Provider::start().await;
        provider.configure(&One::block(&one.server)).await;
        let kept = Bytes::from_static(b"kept");
        let read = provider.client.read(one.resource(), &one.state, &kept, None).await.unwrap();
        assert_failed(&read.report);
        assert!(words(&read.report).contains(one.id()), "{effect:?}: {}", words(&read.report));
        one.server.heal();
        provider.end().await;
    }
    let read = one.read().await;
    assert_clean(&read.report);
    assert_eq!((&read.state, &read.private[..]), (&one.state, &b"kept"[..]), "private bytes pass through a read");
    one.provider.end().await;
}

#[tokio::test]
async fn a_passing_failure_is_waited_out_and_a_creation_is_never_repeated() {
    let one = One::start().await;
    one.server.injure("GET", ROTATIONS, status(503));
    one.server.injure("GET", "/api/v2/secret-rotations", status(503));
    one.server.injure("GET", ROTATIONS, Effect::RateLimited { seconds: 1, told: Told::RetryAfter });
    assert_eq!(one.read().await.state, one.state);
    one.server.heal();

    let config = example(one.resource(), by_slug("redis-credentials").unwrap(), Extent::Full, "y");
    let before = one.server.count("POST");
    one.server.injure("POST", ROTATIONS, Effect::RateLimited { seconds: 1, told: Told::RetryAfter });
    one.provider.change(one.resource(), &Value::Null, &config).await;
    assert_eq!(one.server.count("POST") - before, 2, "the rate limit comes before any work, so it is asked again");

    let config = example(one.resource(), by_slug("redis-credentials").unwrap(), Extent::Full, "z");
    let before = one.server.count("POST");
    one.server.injure("POST", ROTATIONS, Effect::DropAfterCommit);
    let planned = one.provider.plan(one.resource(), &Value::Null, &config).await;
    let applied = one.provider.apply(one.resource(), &Value::Null, &config, &planned).await;
    assert_lawful(&applied.report);
    assert_eq!(one.server.count("POST") - before, 1);
    assert!(applied.state.get("id").is_some_and(|id| id.as_text().is_some()), "found by its name: {applied:?}");
    one.provider.end().await;
}

#[tokio::test]
async fn an_update_that_fails_half_way_returns_what_is_true() {
    let one = One::start().await;
    let triggers = Value::Map([("now".to_owned(), Value::from("please"))].into());
    let config = one.config.with("description", "changed".into()).with("rotation_triggers", triggers);
    let planned = one.provider.plan(one.resource(), &one.state, &config).await;
    assert_succeeded(&planned.report);
    one.server.injure_always("POST", ROTATIONS, status(400));
    let applied = one.provider.apply(one.resource(), &one.state, &config, &planned).await;
    assert_failed(&applied.report);
    assert_eq!(applied.state.get("description"), Some(&"changed".into()), "this half was done");
    assert_eq!(applied.state.get("rotation_triggers"), Some(&Value::Null), "this half was not");
    one.server.heal();
    // The next plan does the rest.
    let again = one.provider.plan(one.resource(), &applied.state, &config).await;
    assert_ne!(again.state, applied.state);
    let rotated = one.provider.change(one.resource(), &applied.state, &config).await;
    assert_ne!(rotated.get("active_index"), one.state.get("active_index"));

    one.server.injure_always("PATCH", ROTATIONS, status(400));
    let config = one.config.with("description", "refused".into());
    let planned = one.provider.plan(one.resource(), &rotated, &config).await;
    let applied = one.provider.apply(one.resource(), &rotated, &config, &planned).await;
    assert_failed(&applied.report);
    assert_eq!(applied.state.get("description"), Some(&"changed".into()));
    one.provider.end().await;
}

#[tokio::test]
async fn a_deletion_that_fails_keeps_the_object() {
    let one = One::start().await;
    one.server.injure_always("DELETE", ROTATIONS, status(403));
    let deleted = one.delete(b"kept").await;
    assert_failed(&deleted.report);
    assert_eq!((&deleted.state, &deleted.private[..]), (&one.state, &b"kept"[..]));
    one.provider.end().await;
}

#[tokio::test]
async fn a_creation_that_the_server_refuses_leaves_nothing_and_one_that_gets_lost_leaves_no_leak() {
    let one = One::start().await;
    let taken = one.config.clone();
    let planned = one.provider.plan(one.resource(), &Value::Null, &taken).await;
    let refused = one.provider.apply(one.resource(), &Value::Null, &taken, &planned).await;
    assert_failed(&refused.report);
    assert!(refused.state.is_null(), "the name is another rotation's: {:?}", refused.state);

    // An answer that can't be read: the rotation exists and is not lost.
    let config = example(one.resource(), by_slug("redis-credentials").unwrap(), Extent::Full, "y");
    let nonsense = Effect::Status {
        status: 200,
        message: None,
        body: Some(json!({ "secretRotation": { "id": 5 } })),
        headers: [].into(),
        after_commit: true,
    };
    one.server.injure("POST", ROTATIONS, nonsense);
    let planned = one.provider.plan(one.resource(), &Value::Null, &config).await;
    let applied = one.provider.apply(one.resource(), &Value::Null, &config, &planned).await;
    assert_lawful(&applied.report);
    let id = applied.state.get("id").and_then(Value::as_text).map(str::to_owned);
    let names = |state: &infisical_sandbox::state::State| {
        state.rotations.values().find(|rotation| rotation.name.ends_with("-y")).map(|rotation| rotation.id.clone())
    };
    assert_eq!(id, one.server.look(names));
    assert!(id.is_some());
    one.provider.end().await;
}

#[tokio::test]
async fn a_cancelled_read_leaves_nothing_behind() {
    let one = One::start().await;
    let gate = crate::support::gate::Gate::before(one.server.address()).await;
    one.provider.configure(&one.server.block_at(gate.url())).await;
    for _ in 0..3 {
        let mut held = gate.hold("GET /api/v2/secret-rotations");
        let (client, resource, state) = (one.provider.client.clone(), one.resource().clone(), one.state.clone());
        let reading = tokio::spawn(async move { client.read(&resource, &state, &Bytes::new(), None).await });
        held.answered().await;
        reading.abort();
        assert!(reading.await.unwrap_err().is_cancelled());
        assert_eq!(one.read().await.state, one.state);
        held.open();
    }
    one.provider.end().await;
}

#[tokio::test]
async fn imports_name_what_they_want_in_either_form_or_are_refused() {
    let one = One::start().await;
    let import =
        async |id: &str| one.provider.client.import(one.resource(), &ImportTarget::Id(id.to_owned())).await.unwrap();
    let text = |name: &str| one.state.get(name).and_then(Value::as_text).unwrap().to_owned();
    let by_name = format!("{}/{}/{}?path=/app", text("project_id"), text("environment"), text("name"));
    for id in [one.id(), &by_name] {
        let answer = import(id).await;
        assert_clean(&answer.report);
        assert_eq!(answer.objects[0].state, one.state, "{id}");
        assert!(answer.objects[0].private.is_empty());
    }
    for wrong in ["", " ", "x", "a/b", "a//b", "a/b/c/d", "../..", "a/b/c?path=x", &format!("{}?path=/", one.id())] {
        let answer = import(wrong).await;
        assert_failed(&answer.report);
        let said = words(&answer.report);
        assert!(said.contains("<project id>/<environment>/<name>?path=/folder"), "{wrong:.50}: {said}");
        assert!(answer.objects.is_empty());
    }
    let long = import(&"x/".repeat(100_000)).await;
    assert_failed(&long.report);
    assert!(words(&long.report).len() < 16 * 1024);
    // Of another kind than the type that it is imported into.
    let postgres = one.provider.resource("infisical_postgres_rotation");
    let answer = one.provider.client.import(postgres, &ImportTarget::Id(one.id().to_owned())).await.unwrap();
    assert_failed(&answer.report);
    let missing = import("00000000-0000-4000-8000-000000000000").await;
    assert_failed(&missing.report);
    assert!(words(&missing.report).contains("00000000-0000-4000-8000-000000000000"));
    one.provider.end().await;
}

#[tokio::test]
async fn an_answer_about_another_kind_is_never_stored() {
    let one = One::start().await;
    let body = |kind: &str| {
        let mut body = one.server.look(|state| serde_json::to_value(&state.rotations[one.id()]).unwrap());
        body["type"] = kind.into();
        body["connection"] = json!({ "id": body["connectionId"], "name": "n", "app": "redis" });
        body["environment"] = json!({ "id": body["environmentId"], "name": "n", "slug": "dev" });
        body["folder"] = json!({ "id": body["folderId"], "path": "/app" });
        json!({ "secretRotation": body })
    };
    for kind in ["postgres-credentials", "unheard-of", ""] {
        let body = Some(body(kind));
        let effect = Effect::Status { status: 200, message: None, body, headers: [].into(), after_commit: false };
        one.server.injure_always("GET", ROTATIONS, effect);
        let answer = one.provider.client.import(one.resource(), &ImportTarget::Id(one.id().to_owned())).await.unwrap();
        assert_failed(&answer.report);
        assert!(answer.objects.is_empty(), "{kind}");
        one.server.heal();
    }
    one.provider.end().await;
}

#[tokio::test]
async fn errors_of_the_server_are_told_at_the_attribute_that_they_are_about() {
    let one = One::start().await;
    let config = example(one.resource(), by_slug("redis-credentials").unwrap(), Extent::Full, "y");
    let planned = one.provider.plan(one.resource(), &Value::Null, &config).await;
    for (wire, path) in [
        (vec!["name"], "name"),
        (vec!["rotationInterval"], "rotation_interval"),
        (vec!["parameters", "permissionScope"], "parameters.permission_scope"),
        (vec!["secretsMapping", "username"], "secrets_mapping.username"),
        (vec!["rotateAtUtc", "hours"], "rotate_at_utc.hours"),
    ] {
        let path_of_issue = wire.iter().map(|step| (*step).to_owned()).collect();
        one.server.injure(
            "POST",
            ROTATIONS,
            Effect::Unprocessable { path: path_of_issue, message: "wrong".to_owned() },
        );
        let applied = one.provider.apply(one.resource(), &Value::Null, &config, &planned).await;
        assert_failed(&applied.report);
        let paths: Vec<_> = applied.report.errors().filter_map(|told| Some(told.path.as_ref()?.to_string())).collect();
        assert_eq!(paths, [path]);
    }
    one.provider.end().await;
}
