//! Stories of a user: what each command plans, does, and leaves in the state.

use plugin_driver::client::{ImportTarget, MoveRequest};
use plugin_driver::session::{Action, Address, Configuration, Core, CoreError};
use plugin_driver::value::Value;
use serde_json::{Value as Json, json};

use crate::faulty::schema::{PLAIN, THING};
use crate::faulty::server::Inside;

async fn start() -> (Inside, Core) {
    let provider = Inside::serve(None).unwrap();
    let core = Core::start(provider.reattach()).await.unwrap();
    (provider, core)
}

async fn apply(core: &mut Core, config: Json) -> Option<Action> {
    let config = core.config(THING, &config).unwrap();
    let applied = core.apply(THING, "x", &config).await.unwrap();
    assert!(applied.report.violations.is_empty(), "{:?}", applied.report);
    applied.action
}

async fn action(core: &mut Core, config: Json) -> Option<Action> {
    let config = core.config(THING, &config).unwrap();
    core.plan(THING, "x", &config).await.unwrap().action
}

fn stored(core: &Core, name: &str) -> Value {
    core.instance(THING, "x").unwrap().state.get(name).unwrap().clone()
}

#[tokio::test]
async fn a_resource_lives_from_creation_to_destruction() {
    let (_provider, mut core) = start().await;
    assert_eq!(apply(&mut core, json!({"name": "a", "region": "n"})).await, Some(Action::Create));
    let id = stored(&core, "id");
    let instance = core.instance(THING, "x").unwrap();
    assert_eq!(instance.identity, Some(Value::object([("id", id.clone())])));
    assert_eq!((&instance.private[..], instance.tainted), (&b"private"[..], false));
    assert_eq!(apply(&mut core, json!({"name": "a", "region": "n"})).await, Some(Action::NoOp));
    assert_eq!(apply(&mut core, json!({"name": "b", "region": "n"})).await, Some(Action::Update));
    assert_eq!((stored(&core, "name"), stored(&core, "id")), ("b".into(), id.clone()));
    assert_eq!(apply(&mut core, json!({"name": "b", "region": "s"})).await, Some(Action::Replace));
    assert_ne!(stored(&core, "id"), id);
    let destroyed = core.destroy(THING, "x").await.unwrap();
    assert_eq!((destroyed.action, destroyed.instance), (Some(Action::Delete), None));
    assert!(matches!(core.instance(THING, "x"), Err(CoreError::NotInState(_))));
}

#[tokio::test]
async fn a_write_only_value_alone_changes_nothing_and_is_never_stored() {
    let (_provider, mut core) = start().await;
    apply(&mut core, json!({"name": "a", "secret": "one"})).await;
    assert_eq!(stored(&core, "secret"), Value::Null);
    assert_eq!(action(&mut core, json!({"name": "a", "secret": "two"})).await, Some(Action::NoOp));
}

#[tokio::test]
async fn refreshing_finds_what_others_did() {
    let (provider, mut core) = start().await;
    apply(&mut core, json!({"name": "a"})).await;
    let id = stored(&core, "id").as_text().unwrap().to_owned();
    provider.meddle(|objects| {
        let changed = objects[&id].with("name", "meddled".into());
        objects.insert(id.clone(), changed);
    });
    let config = core.config(THING, &json!({"name": "a"})).unwrap();
    let planned = core.plan(THING, "x", &config).await.unwrap();
    assert_eq!((planned.action, planned.drifted), (Some(Action::Update), true));
    core.refresh(THING, "x").await.unwrap();
    assert_eq!(stored(&core, "name"), "meddled".into());
    provider.meddle(|objects| drop(objects.remove(&id)));
    let planned = core.plan(THING, "x", &config).await.unwrap();
    assert_eq!((planned.action, planned.drifted, planned.instance), (Some(Action::Create), true, None));
}

#[tokio::test]
async fn failures_leave_what_is_known_in_the_state() {
    let (_provider, mut core) = start().await;
    let early = core.config(THING, &json!({"name": "fails early"})).unwrap();
    let applied = core.apply(THING, "x", &early).await.unwrap();
    assert!(applied.report.has_errors() && applied.instance.is_none());
    // The object was made before the failure: it is stored, tainted, and replaced by the next plan.
    let late = core.config(THING, &json!({"name": "fails late"})).unwrap();
    let applied = core.apply(THING, "x", &late).await.unwrap();
    assert!(applied.report.has_errors() && applied.instance.is_some_and(|instance| instance.tainted));
    assert_eq!(stored(&core, "id"), "half-made".into());
    assert_eq!(apply(&mut core, json!({"name": "good"})).await, Some(Action::Replace));
    assert!(!core.instance(THING, "x").unwrap().tainted);
    // An update that fails with nothing to say keeps the prior state.
    let applied = core.apply(THING, "x", &early).await.unwrap();
    assert!(applied.report.has_errors());
    assert_eq!(stored(&core, "name"), "good".into());
    // A destruction that fails keeps the object.
    apply(&mut core, json!({"name": "stays"})).await;
    assert!(core.destroy(THING, "x").await.unwrap().report.has_errors());
    assert_eq!(stored(&core, "name"), "stays".into());
}

#[tokio::test]
async fn imports_and_moves_lead_to_an_empty_plan() {
    let (_provider, mut core) = start().await;
    apply(&mut core, json!({"name": "a"})).await;
    let id = stored(&core, "id");
    let text = id.as_text().unwrap().to_owned();
    let request = MoveRequest {
        provider: "registry.example/old/toy".to_owned(),
        type_name: "old_thing".to_owned(),
        version: 0,
        state: json!({"id": text}).to_string(),
        private: bytes::Bytes::new(),
        identity: None,
    };
    let by_identity = ImportTarget::Identity(Value::object([("id", id.clone())]));
    core.import(THING, "by_id", &ImportTarget::Id(text.clone())).await.unwrap();
    core.import(THING, "by_identity", &by_identity).await.unwrap();
    core.move_state(THING, "moved", &request).await.unwrap();
    let config = core.config(THING, &json!({"name": "a"})).unwrap();
    for name in ["by_id", "by_identity", "moved"] {
        assert_eq!(core.plan(THING, name, &config).await.unwrap().action, Some(Action::NoOp), "{name}");
    }
    let gone = core.import(THING, "gone", &ImportTarget::Id("nothing".to_owned())).await.unwrap();
    assert!(gone.is_usable() && core.instance(THING, "gone").is_err());
}

#[tokio::test]
async fn a_configuration_of_many_is_made_and_unmade() {
    let (_provider, mut core) = start().await;
    core.set_parallelism(4);
    let mut configuration = Configuration::new();
    for number in 0..25 {
        let config = core.config(PLAIN, &json!({"name": format!("n{number}")})).unwrap();
        configuration.insert(Address::new(PLAIN, &format!("r{number}")), config);
    }
    let applied = core.apply_all(&configuration).await.unwrap();
    assert_eq!((applied.len(), core.state().len()), (25, 25));
    let ids: std::collections::BTreeSet<_> = core.state().values().map(|it| it.state.get("id").cloned()).collect();
    assert_eq!(ids.len(), 25);
    let again = core.plan_all(&configuration).await.unwrap();
    assert!(again.values().all(|planned| planned.action == Some(Action::NoOp)));
    configuration.retain(|address, _| address.name == "r7");
    let applied = core.apply_all(&configuration).await.unwrap();
    assert_eq!(applied.values().filter(|applied| applied.action == Some(Action::Delete)).count(), 24);
    assert_eq!(core.state().keys().map(|address| address.name.as_str()).collect::<Vec<_>>(), ["r7"]);
}

#[tokio::test]
async fn a_replacement_creates_first_where_asked() {
    let (provider, mut core) = start().await;
    core.set_create_before_destroy(true);
    apply(&mut core, json!({"name": "a", "region": "n"})).await;
    let first = stored(&core, "id");
    assert_eq!(apply(&mut core, json!({"name": "a", "region": "s"})).await, Some(Action::Replace));
    assert_ne!(stored(&core, "id"), first);
    provider.meddle(|objects| assert_eq!(objects.len(), 1));
}

#[tokio::test]
async fn what_can_not_be_asked_is_an_error_of_its_own() {
    let (_provider, mut core) = start().await;
    core.configure(&json!({"endpoint": "nowhere"})).unwrap();
    let config = core.config(PLAIN, &json!({"name": "x"})).unwrap();
    let error = core.plan(PLAIN, "x", &config).await.unwrap_err();
    assert!(matches!(error, CoreError::Configuration(report) if report.has_errors()));
    assert!(matches!(core.config("toy_other", &json!({})), Err(CoreError::Missing(_))));
    assert!(matches!(core.config(PLAIN, &json!({"nam": "x"})), Err(CoreError::Config { .. })));
    assert!(matches!(core.configure(&json!({"endpoint": 1, "x": 2})), Err(CoreError::Config { .. })));
}
