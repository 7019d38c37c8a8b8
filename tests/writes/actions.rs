//! Actions: one deed for one invocation, told as hosts survive it.

use infisical_sandbox::faults::{Call, Effect, Form};
use infisical_sandbox::seed;
use plugin_driver::client::{ActionEvent, InvokeAnswer};
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::{Path, Value, json, msgpack};
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::{KINDS, Kind, by_slug};

use crate::support::gate::Gate;
use crate::support::kinds::{Extent, example_json};
use crate::support::server::{ENVIRONMENT, FOLDER, Server};
use crate::support::{Provider, assert_clean, assert_failed, words};

const ROTATE: &str = "infisical_rotate";
const RECONCILE: &str = "infisical_reconcile";
const ROTATE_ROUTE: &str = "/api/v2/secret-rotations/{kind}/{id}/rotate-secrets";

/// A provider and a rotation to act on.
struct Scene {
    server: Server,
    provider: Provider,
    id: String,
    name: String,
}

impl Scene {
    async fn of(kind: &Kind, change: impl FnOnce(&mut Json)) -> Self {
        let server = Server::start();
        let provider = Provider::start().await;
        provider.configure(&server.block()).await;
        let mut written = example_json(kind, Extent::Minimal, "x");
        change(&mut written);
        let resource = provider.resource(kind.resource);
        let config = json::from_json(&written, &resource.object.kind()).unwrap();
        let state = provider.change(resource, &Value::Null, &config).await;
        let text = |name: &str| state.get(name).and_then(Value::as_text).unwrap().to_owned();
        Self { server, provider, id: text("id"), name: text("name") }
    }

    async fn redis() -> Self {
        Self::of(by_slug("redis-credentials").unwrap(), |_| {}).await
    }

    fn config(&self, action: &str, config: &Json) -> Value {
        json::from_json(config, &self.provider.schema.action(action).unwrap().kind()).unwrap()
    }

    /// Validates, plans and invokes as hosts do.
    async fn invoke(&self, action: &str, config: &Json) -> InvokeAnswer {
        let schema = self.provider.schema.action(action).unwrap();
        let config = self.config(action, config);
        assert_clean(&self.provider.client.validate_action(schema, &config).await.unwrap());
        assert_clean(&self.provider.client.plan_action(schema, &config).await.unwrap());
        self.provider.client.invoke(schema, &config).await.unwrap()
    }

    /// How often the credentials were asked to change.
    fn attempts(&self, action: &str) -> usize {
        let requests = self.server.requests();
        requests.iter().filter(|entry| entry.method == "POST" && entry.path.ends_with(action)).count()
    }

    fn active_index(&self) -> usize {
        self.server.look(|state| state.rotations[&self.id].active_index)
    }
}

fn progress(answer: &InvokeAnswer) -> Vec<&str> {
    let told = answer.events.iter().filter_map(|event| match event {
        ActionEvent::Progress(text) => Some(text.as_str()),
        ActionEvent::Completed => None,
    });
    told.collect()
}

#[tokio::test]
async fn a_rotation_is_rotated_however_it_is_named_and_the_last_words_say_what_changed() {
    let scene = Scene::redis().await;
    let by_place = json!({
        "project_id": seed::PROJECT_ID, "environment": ENVIRONMENT, "secret_path": FOLDER, "name": scene.name,
    });
    let mut by_place_and_type = by_place.clone();
    by_place_and_type["type"] = "redis-credentials".into();
    let names = [
        json!({ "id": scene.id }),
        json!({ "id": scene.id, "project_id": seed::PROJECT_ID }),
        json!({ "id": scene.id, "type": "redis-credentials" }),
        by_place,
        by_place_and_type,
    ];
    for (number, name) in names.iter().enumerate() {
        let before = scene.active_index();
        let answer = scene.invoke(ROTATE, name).await;
        assert_clean(&answer.report);
        let after = scene.active_index();
        assert_ne!(before, after);
        let last = *progress(&answer).last().unwrap();
        let rotated_at = scene.server.look(|state| state.rotations[&scene.id].last_rotated_at.to_string());
        assert!(last.contains(&format!("active index {before} -> {after}, last rotated at {rotated_at}")), "{last}");
        assert_eq!(scene.attempts("rotate-secrets"), number + 1);
    }
    scene.provider.end().await;
}

#[tokio::test]
async fn a_lost_answer_is_not_answered_by_a_second_rotation() {
    let scene = Scene::redis().await;
    let html = Effect::Html { status: 502, after_commit: true };
    for lost in [Effect::DropAfterCommit, html, Effect::Truncate { bytes: None }] {
        let (before, attempts) = (scene.active_index(), scene.attempts("rotate-secrets"));
        scene.server.injure("POST", ROTATE_ROUTE, lost.clone());
        let answer = scene.invoke(ROTATE, &json!({ "id": scene.id, "type": "redis-credentials" })).await;
        assert_clean(&answer.report);
        assert!(progress(&answer).last().unwrap().starts_with("Rotated "), "{lost:?}");
        assert_eq!((scene.active_index(), scene.attempts("rotate-secrets")), (1 - before, attempts + 1), "{lost:?}");
    }
    scene.provider.end().await;
}

#[tokio::test]
async fn what_went_wrong_is_said_by_the_completion() {
    let scene = Scene::redis().await;
    let message = "the cache is on fire".to_owned();
    scene.server.injure("POST", ROTATE_ROUTE, Effect::ThirdParty { message, form: Form::default(), call: Call::Issue });
    let answer = scene.invoke(ROTATE, &json!({ "id": scene.id })).await;
    assert_failed(&answer.report);
    assert!(words(&answer.report).contains("the cache is on fire"), "{}", words(&answer.report));
    assert_eq!((scene.active_index(), scene.attempts("rotate-secrets")), (0, 1));

    scene.server.injure("POST", ROTATE_ROUTE, Effect::LockHeld);
    let answer = scene.invoke(ROTATE, &json!({ "id": scene.id, "type": "redis-credentials" })).await;
    assert_failed(&answer.report);
    assert!(words(&answer.report).contains("already in progress"));

    for absent in [json!({ "id": seed::PROJECT_ID, "type": "redis-credentials" }), json!({ "id": seed::PROJECT_ID })] {
        let answer = scene.invoke(ROTATE, &absent).await;
        assert_failed(&answer.report);
        assert!(words(&answer.report).contains("There is no such rotation"), "{}", words(&answer.report));
    }
    assert_eq!((scene.active_index(), scene.attempts("rotate-secrets")), (0, 2));
    scene.provider.end().await;
}

#[tokio::test]
async fn local_accounts_that_change_their_own_password_can_be_reconciled() {
    let mut reconciled = 0;
    for kind in KINDS.iter().filter(|kind| kind.reconcile) {
        let own = |written: &mut Json| {
            written["parameters"]["rotation_method"] = "login-as-target".into();
            written["temporary_parameters"] = json!({ "password": "Present-Passw0rd!" });
        };
        let scene = Scene::of(kind, own).await;
        let issued = || scene.server.look(|state| state.rotations[&scene.id].generated_credentials.clone());
        let before = issued();
        let answer = scene.invoke(RECONCILE, &json!({ "id": scene.id, "type": kind.slug })).await;
        assert_clean(&answer.report);
        let last = *progress(&answer).last().unwrap();
        assert!(last.starts_with("Reconciled ") && last.contains("active index 0"), "{last}");
        assert_ne!(issued(), before);
        assert_eq!((scene.attempts("reconcile"), scene.attempts("rotate-secrets")), (1, 0));
        scene.provider.end().await;
        reconciled += 1;
    }
    assert_eq!(reconciled, 3);

    let by_root = Scene::of(by_slug("unix-linux-local-account").unwrap(), |_| {}).await;
    let answer = by_root.invoke(RECONCILE, &json!({ "id": by_root.id })).await;
    assert_failed(&answer.report);
    assert!(words(&answer.report).contains("set `rotation_method` to `login-as-target`"), "{}", words(&answer.report));
    by_root.provider.end().await;
}

#[tokio::test]
async fn a_configuration_that_names_no_rotation_is_refused_and_what_is_unknown_is_not() {
    let scene = Scene::redis().await;
    let client = &scene.provider.client;
    for action in [ROTATE, RECONCILE] {
        let schema = scene.provider.schema.action(action).unwrap();
        for (wrong, told) in [
            (json!({}), "Name the rotation"),
            (json!({ "name": "orders" }), "`project_id`"),
            (json!({ "id": scene.id, "name": "orders" }), "leave out"),
            (json!({ "id": "orders" }), "`id`"),
        ] {
            let config = scene.config(action, &wrong);
            for report in [
                client.validate_action(schema, &config).await.unwrap(),
                client.plan_action(schema, &config).await.unwrap(),
                client.invoke(schema, &config).await.unwrap().report,
            ] {
                assert_failed(&report);
                assert!(words(&report).contains(told), "{told}: {}", words(&report));
            }
        }
        let known = scene.config(action, &json!({ "id": scene.id }));
        let unknown = known.with(Path::root().attribute("id"), Value::unknown());
        assert_clean(&client.plan_action(schema, &unknown).await.unwrap());
        assert_failed(&client.invoke(schema, &unknown).await.unwrap().report);
    }
    let schema = scene.provider.schema.action(RECONCILE).unwrap();
    let config = scene.config(RECONCILE, &json!({ "id": scene.id, "type": "redis-credentials" }));
    assert_failed(&client.validate_action(schema, &config).await.unwrap());
    assert_eq!(scene.attempts("rotate-secrets") + scene.attempts("reconcile"), 0);
    scene.provider.end().await;
}

/// The request is on the wire when the stop comes: it is awaited, and of it only the completion is told.
#[tokio::test]
async fn after_a_stop_only_the_completion_is_sent() {
    use wire::invoke_action::event::Type;

    let scene = Scene::redis().await;
    let gate = Gate::before(scene.server.address()).await;
    scene.provider.configure(&scene.server.block_at(gate.url())).await;
    let mut held = gate.hold("POST /api/v2/secret-rotations/redis-credentials/");
    let config = scene.config(ROTATE, &json!({ "id": scene.id, "type": "redis-credentials" }));
    let config = wire::DynamicValue { msgpack: msgpack::encode(&config), ..Default::default() };
    let action_type = ROTATE.to_owned();
    let request = wire::invoke_action::Request { action_type, config: Some(config), client_capabilities: None };
    let mut events = scene.provider.client.raw().invoke_action(request).await.unwrap().into_inner();
    let first = events.message().await.unwrap().unwrap().r#type;
    assert!(matches!(first, Some(Type::Progress(_))), "{first:?}");
    held.answered().await;
    scene.provider.client.stop().await.unwrap();
    held.open();
    let last = events.message().await.unwrap().unwrap().r#type;
    let Some(Type::Completed(completed)) = last else { panic!("{last:?}") };
    assert_eq!(completed.diagnostics, [], "the rotation was done, so nothing is to be complained of");
    assert!(events.message().await.unwrap().is_none());
    assert_eq!((scene.active_index(), scene.attempts("rotate-secrets")), (1, 1));
    scene.provider.end().await;
}

#[tokio::test]
async fn an_invocation_that_nobody_listens_to_goes_on_to_its_end() {
    let scene = Scene::redis().await;
    let gate = Gate::before(scene.server.address()).await;
    scene.provider.configure(&scene.server.block_at(gate.url())).await;
    let mut held = gate.hold("GET /api/v2/secret-rotations/redis-credentials/");
    let schema = scene.provider.schema.action(ROTATE).unwrap().clone();
    let config = scene.config(ROTATE, &json!({ "id": scene.id, "type": "redis-credentials" }));
    let client = scene.provider.client.clone();
    let call = tokio::spawn(async move { client.invoke(&schema, &config).await.map(drop) });
    held.answered().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert_eq!(scene.attempts("rotate-secrets"), 0);
    held.open();
    let Scene { server, provider, id, .. } = scene;
    server.until(|state| state.rotations[&id].active_index == 1).await;
    provider.end().await;
}
