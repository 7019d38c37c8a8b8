//! Each operation asked of a resource that answers as it is told, well or badly.

use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::super::{
    Applied, Attribute, AttributePath, Capabilities, Context, Diagnostic, Diagnostics, IdentityAttribute,
    IdentitySchema, Imported, MoveSource, Nesting, Object, Plan, Reply, Resource, Result, Schema, Target, Type, Value,
};
use super::{Change, Planned, apply, generate_config, import, move_state, plan, read, upgrade, validate};

/// A resource whose answers are prepared, and which remembers what it was asked.
struct Scripted {
    schema: Schema,
    identity: Option<IdentitySchema>,
    /// What it answers a read, an import, a move or a change with.
    answer: Object,
    /// What it reports beside it.
    diagnostics: Diagnostics,
    /// What it changes about a plan.
    refine: fn(Plan) -> Plan,
    asked: Mutex<Vec<(&'static str, Value)>>,
}

impl Scripted {
    fn answering(state: Value) -> Self {
        let schema = Schema {
            version: 2,
            attributes: vec![
                Attribute::new("id", Type::String).computed().stable(),
                Attribute::new("name", Type::String),
                Attribute::new("place", Type::String).optional().replaces(),
                Attribute::new("size", Type::Number).default(Value::integer(1)),
                Attribute::new("status", Type::String).computed(),
                Attribute::new("password", Type::String).optional().write_only(),
                Attribute::nested(
                    "tags",
                    Nesting::List,
                    vec![
                        Attribute::new("key", Type::String),
                        Attribute::new("colour", Type::String).default("red".into()),
                        Attribute::new("token", Type::String).optional().write_only(),
                    ],
                )
                .optional(),
            ]
            .into(),
            ..Schema::default()
        };
        let answer = Object { state, private: b"new".to_vec(), identity: None };
        Self {
            schema,
            identity: None,
            answer,
            diagnostics: Diagnostics::none(),
            refine: |plan| plan,
            asked: Mutex::default(),
        }
    }

    fn failing(self) -> Self {
        Self { diagnostics: Diagnostic::error("It broke", "The server said no.").into(), ..self }
    }

    fn warning(self) -> Self {
        Self { diagnostics: Diagnostic::warning("Mind the gap", "It is there.").into(), ..self }
    }

    fn refining(self, refine: fn(Plan) -> Plan) -> Self {
        Self { refine, ..self }
    }

    fn identified(self, identity: Option<Value>) -> Self {
        let attribute = |name: &str, required_for_import| IdentityAttribute {
            name: name.into(),
            of: Type::String,
            description: String::new(),
            required_for_import,
        };
        let schema = IdentitySchema { version: 0, attributes: vec![attribute("id", true), attribute("host", false)] };
        Self { identity: Some(schema), answer: Object { identity, ..self.answer }, ..self }
    }

    fn note(&self, what: &'static str, value: &Value) {
        self.asked.lock().unwrap().push((what, value.clone()));
    }

    fn asked(&self) -> Vec<(&'static str, Value)> {
        self.asked.lock().unwrap().clone()
    }

    fn reply<T>(&self, value: T) -> Result<Reply<T>> {
        let warnings = self.diagnostics.clone();
        if warnings.has_errors() { Err(warnings) } else { Ok(Reply { value, warnings }) }
    }

    fn applied(&self) -> Applied {
        let Object { state, private, identity } = self.answer.clone();
        Applied { state, private, identity, diagnostics: self.diagnostics.clone() }
    }
}

#[async_trait]
impl Resource for Scripted {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity(&self) -> Option<&IdentitySchema> {
        self.identity.as_ref()
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        self.note("validate", config);
        self.diagnostics.clone()
    }

    fn upgrade(&self, version: i64, mut state: Json) -> Result<Json> {
        state["name"] = json!(format!("{} of version {version}", state["title"].as_str().unwrap_or_default()));
        self.reply(state).map(|reply| reply.value)
    }

    async fn plan(&self, _: &Context, plan: Plan) -> Result<Reply<Plan>> {
        self.note("plan", &plan.planned);
        self.reply((self.refine)(plan))
    }

    async fn read(&self, _: &Context, object: Object) -> Result<Reply<Option<Object>>> {
        self.note("read", &object.state);
        self.reply(Some(self.answer.clone()).filter(|answer| !answer.private.is_empty()))
    }

    async fn create(&self, _: &Context, plan: Plan) -> Applied {
        self.note("create", plan.config.get("password"));
        self.applied()
    }

    async fn update(&self, _: &Context, plan: Plan) -> Applied {
        self.note("update", plan.config.get("password"));
        self.applied()
    }

    async fn delete(&self, _: &Context, object: Object) -> Applied {
        self.note("delete", &object.state);
        self.applied()
    }

    async fn import(&self, _: &Context, _: Target) -> Result<Reply<Imported>> {
        self.reply(self.answer.clone())
    }

    fn move_from(&self, source: &MoveSource) -> Result<Option<Reply<Object>>> {
        if source.type_name == "other_thing" { self.reply(self.answer.clone()).map(Some) } else { Ok(None) }
    }
}

fn blank() -> Value {
    let names = ["id", "name", "place", "size", "status", "password", "tags"];
    Value::map(names.map(|name| (name, Value::Null)))
}

fn with(mut value: Value, name: &str, new: impl Into<Value>) -> Value {
    value.set(name, new.into());
    value
}

fn config() -> Value {
    with(with(blank(), "name", "x"), "password", "secret")
}

fn state() -> Value {
    with(with(with(with(blank(), "id", "1"), "name", "x"), "status", "good"), "size", Value::integer(1))
}

fn identity(id: &str) -> Value {
    Value::map([("id", id.into()), ("host", "h".into())])
}

/// The host's merge of `state()` and `config`, which sets a name.
fn change(prior: Value, config: Value) -> Change {
    let computed = ["id", "status"];
    let planned = if config.is_null() {
        Value::Null
    } else {
        computed.iter().fold(config.clone(), |planned, name| with(planned, name, prior.get(name).clone()))
    };
    Change { prior, config, planned, private: b"old".to_vec(), identity: None }
}

async fn planned(resource: &Scripted, change: Change) -> Result<Reply<Planned>> {
    plan(resource, &Context::default(), change).await
}

async fn applied(resource: &Scripted, change: Change) -> Applied {
    apply(resource, &Context::default(), change).await
}

fn summaries(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
}

#[test]
fn validation_refuses_write_only_values_from_clients_that_would_store_them() {
    let resource = Scripted::answering(Value::Null).warning();
    let tag = Value::map([("key", "k".into()), ("colour", Value::Null), ("token", Value::unknown())]);
    let config = with(config(), "tags", Value::List(vec![tag]));
    let old = validate(&resource, Capabilities::default(), &config);
    let paths: Vec<_> = old.iter().map(|diagnostic| diagnostic.path.to_string()).collect();
    assert_eq!(paths, ["password", "tags[0].token", ""]);
    assert!(old.iter().all(|diagnostic| !diagnostic.detail.contains("secret")));
    let new = validate(&resource, Capabilities { write_only_attributes: true }, &config);
    assert_eq!(summaries(&new), ["Mind the gap"]);
    assert_eq!(resource.asked().len(), 2, "the resource judges in both cases");
}

#[tokio::test]
async fn a_plan_is_the_schemas_and_then_the_resources() {
    let resource = Scripted::answering(Value::Null).warning().refining(|plan| Plan {
        planned: with(plan.planned, "status", "new"),
        private: b"more".to_vec(),
        ..plan
    });
    let Reply { value, warnings } = planned(&resource, change(Value::Null, config())).await.unwrap();
    assert_eq!(summaries(&warnings), ["Mind the gap"]);
    assert_eq!(value.state.get("size"), &Value::integer(1));
    assert_eq!(value.state.get("id"), &Value::unknown());
    assert_eq!(value.state.get("status"), &"new".into());
    assert_eq!(value.state.get("password"), &Value::Null);
    assert_eq!(value.private, b"more");
    assert_eq!(value.replace, []);
}

#[tokio::test]
async fn a_plan_never_drops_what_is_stored_and_never_keeps_what_is_not() {
    let resource = Scripted::answering(Value::Null).refining(|plan| Plan {
        planned: with(plan.planned, "password", plan.config.get("password").clone()),
        private: vec![],
        ..plan
    });
    let value = planned(&resource, change(state(), config())).await.unwrap().value;
    assert_eq!(value.state, state());
    assert_eq!(value.private, b"old");
}

#[tokio::test]
async fn replacement_is_of_something_that_changes() {
    let resource = Scripted::answering(Value::Null)
        .refining(|plan| Plan { replace: [vec![AttributePath::of("name")], plan.replace].concat(), ..plan });
    let moved = with(config(), "place", "there");
    let value = planned(&resource, change(state(), moved.clone())).await.unwrap().value;
    assert_eq!(value.replace, [AttributePath::of("name"), AttributePath::of("place")]);
    assert_eq!(planned(&resource, change(state(), config())).await.unwrap().value.replace, []);
    assert_eq!(planned(&resource, change(Value::Null, moved)).await.unwrap().value.replace, []);
}

#[tokio::test]
async fn a_destruction_is_shown_to_the_resource_and_planned_as_nothing() {
    let resource = Scripted::answering(Value::Null)
        .warning()
        .refining(|plan| Plan { planned: plan.prior.clone(), private: b"other".to_vec(), ..plan })
        .identified(None);
    let destruction = Change { identity: Some(identity("1")), ..change(state(), Value::Null) };
    let Reply { value, warnings } = planned(&resource, destruction.clone()).await.unwrap();
    assert_eq!((value.state, value.private, value.identity), (Value::Null, b"old".to_vec(), None));
    assert_eq!(summaries(&warnings), ["Mind the gap"]);
    assert_eq!(resource.asked(), [("plan", Value::Null)]);
    assert!(planned(&resource.failing(), destruction).await.is_err(), "it may refuse");
}

#[tokio::test]
async fn a_plan_that_breaks_the_schema_is_a_defect() {
    let wrong = Scripted::answering(Value::Null)
        .refining(|plan| Plan { planned: with(with(plan.planned, "size", "big"), "colour", "red"), ..plan });
    let found = planned(&wrong, change(Value::Null, config())).await.unwrap_err();
    let told: Vec<_> = found.iter().map(|diagnostic| diagnostic.path.to_string()).collect();
    assert_eq!(told, ["colour", "size"]);
    let none = Scripted::answering(Value::Null).refining(|plan| Plan { planned: Value::Null, ..plan });
    assert!(planned(&none, change(Value::Null, config())).await.is_err());
}

#[tokio::test]
async fn an_identity_is_planned_for_updates_only_and_for_types_that_have_one() {
    let known = || Some(identity("1"));
    let with_identity = |change: Change| Change { identity: known(), ..change };
    let update = || with_identity(change(state(), with(config(), "name", "y")));
    let replacement = with_identity(change(state(), with(config(), "place", "there")));
    let creation = with_identity(change(Value::Null, config()));
    let resource = Scripted::answering(Value::Null).identified(None);
    assert_eq!(planned(&resource, update()).await.unwrap().value.identity, known());
    assert_eq!(planned(&resource, replacement).await.unwrap().value.identity, None);
    assert_eq!(planned(&resource, creation).await.unwrap().value.identity, None);
    let stored_without = change(state(), with(config(), "name", "y"));
    assert_eq!(planned(&resource, stored_without).await.unwrap().value.identity, None);
    let without = Scripted::answering(Value::Null);
    assert_eq!(planned(&without, update()).await.unwrap().value.identity, None);
}

#[tokio::test]
async fn the_right_change_is_asked_for_with_the_configuration_of_now() {
    let resource = Scripted::answering(state());
    let plans = |prior: Value| Change { planned: state(), ..change(prior, config()) };
    let created = applied(&resource, plans(Value::Null)).await;
    assert_eq!((created.state, created.private, created.diagnostics), (state(), b"new".to_vec(), Diagnostics::none()));
    applied(&resource, plans(state())).await;
    let gone = Scripted::answering(Value::Null);
    let deleted = applied(&gone, change(state(), Value::Null)).await;
    assert_eq!((deleted.state, deleted.private, deleted.diagnostics), (Value::Null, vec![], Diagnostics::none()));
    assert_eq!(resource.asked(), [("create", "secret".into()), ("update", "secret".into())]);
    assert_eq!(gone.asked(), [("delete", state())]);
}

#[tokio::test]
async fn what_is_never_stored_is_never_answered() {
    let tag = |token: Value| Value::map([("key", "k".into()), ("colour", "red".into()), ("token", token)]);
    let tagged = |token: Value| with(state(), "tags", Value::List(vec![tag(token)]));
    let leaking = || Scripted::answering(with(tagged("t".into()), "password", "secret"));
    let clean = tagged(Value::Null);
    let create = Change { planned: state(), ..change(Value::Null, config()) };
    assert_eq!(applied(&leaking(), create.clone()).await.state, clean);
    assert_eq!(applied(&leaking().failing(), create).await.state, clean);
    let stored = || Object { state: state(), private: vec![], identity: None };
    let read = read(&leaking(), &Context::default(), stored()).await.unwrap().value.unwrap();
    assert_eq!(read.state, clean);
    let target = Target::Id("1".to_owned());
    assert_eq!(import(&leaking(), "thing", &Context::default(), target).await.unwrap().value.state, clean);
    assert_eq!(move_state(&leaking(), "thing", source("other_thing"), vec![]).unwrap().value.state, clean);
    let upgraded = upgrade(&leaking(), "thing", 2, json!({"name": "x", "password": "p"})).unwrap();
    assert_eq!(upgraded, with(blank(), "name", "x"));
}

#[tokio::test]
async fn a_failed_change_keeps_what_is_known() {
    let half = with(with(state(), "status", Value::unknown()), "size", Value::unknown());
    let kept = with(with(state(), "status", Value::Null), "size", Value::Null);
    let create = Change { planned: half.clone(), ..change(Value::Null, config()) };
    let mut resource = Scripted::answering(half.clone()).failing();
    resource.answer.private.clear();
    let failed = applied(&resource, create.clone()).await;
    assert_eq!(failed.state, kept);
    assert_eq!(failed.private, b"old", "the host would store empty bytes");
    assert_eq!(summaries(&failed.diagnostics), ["It broke"]);

    let nothing = applied(&Scripted::answering(Value::Null).failing(), create.clone()).await;
    assert_eq!((nothing.state, summaries(&nothing.diagnostics)), (Value::Null, vec!["It broke"]));

    let careless = applied(&Scripted::answering(half), create.clone()).await;
    assert_eq!(careless.state, kept);
    assert_eq!(summaries(&careless.diagnostics), ["The provider left a value unknown"]);

    let wrong = applied(&Scripted::answering(with(state(), "size", "big")), create).await;
    assert_eq!(wrong.state, with(state(), "size", Value::Null), "an object that exists is never lost");
    assert!(wrong.diagnostics.has_errors());
}

#[tokio::test]
async fn a_change_that_contradicts_itself_is_a_defect() {
    let kept = applied(&Scripted::answering(state()), change(state(), Value::Null)).await;
    assert_eq!((kept.state, kept.diagnostics.has_errors()), (state(), true));
    let create = Change { planned: state(), ..change(Value::Null, config()) };
    assert!(applied(&Scripted::answering(Value::Null), create).await.diagnostics.has_errors());
    let not_deleted = applied(&Scripted::answering(state()).failing(), change(state(), Value::Null)).await;
    assert_eq!((not_deleted.state, summaries(&not_deleted.diagnostics)), (state(), vec!["It broke"]));
}

#[tokio::test]
async fn every_existing_object_of_a_type_with_identity_has_one() {
    let create = || Change { planned: state(), ..change(Value::Null, config()) };
    let answered = applied(&Scripted::answering(state()).identified(Some(identity("1"))), create()).await;
    assert_eq!(answered.identity, Some(identity("1")));
    let update = Change { identity: Some(identity("1")), planned: state(), ..change(state(), config()) };
    let stored = applied(&Scripted::answering(state()).identified(None), update.clone()).await;
    assert_eq!((stored.identity, stored.diagnostics), (Some(identity("1")), Diagnostics::none()));
    let none = applied(&Scripted::answering(state()).identified(Some(Value::unknown())), create()).await;
    assert_eq!((none.identity, summaries(&none.diagnostics)), (None, vec!["The provider gave no identity"]));

    let replaced = Change { prior: Value::Null, ..update.clone() };
    let answered = applied(&Scripted::answering(state()).identified(None), replaced).await;
    assert_eq!(answered.identity, None, "the old object's identity is not the new one's");

    let mut without = Scripted::answering(state());
    without.answer.identity = Some(identity("1"));
    assert_eq!(applied(&without, update).await.identity, None);

    let object = Object { state: state(), private: vec![], identity: Some(identity("1")) };
    let resource = Scripted::answering(state()).identified(None);
    let read = read(&resource, &Context::default(), object).await.unwrap().value.unwrap();
    assert_eq!(read.identity, Some(identity("1")));
}

#[tokio::test]
async fn reading_tells_gone_from_wrong() {
    let context = Context::default();
    let stored = || Object { state: state(), private: b"old".to_vec(), identity: None };
    let mut gone = Scripted::answering(Value::Null);
    gone.answer.private.clear();
    assert_eq!(read(&gone, &context, stored()).await.unwrap().value, None);
    assert!(read(&Scripted::answering(Value::Null), &context, stored()).await.is_err(), "no object is not a null one");
    assert!(read(&Scripted::answering(state()).failing(), &context, stored()).await.is_err());
    let unknown = Scripted::answering(with(state(), "status", Value::unknown()));
    let found = read(&unknown, &context, stored()).await.unwrap_err();
    assert_eq!(summaries(&found), ["The provider left a value unknown"]);
    let partial = Scripted::answering(Value::map([("id", "1")].map(|(name, id)| (name, id.into())))).warning();
    let Reply { value, warnings } = read(&partial, &context, stored()).await.unwrap();
    assert_eq!(value.unwrap().state, with(blank(), "id", "1"));
    assert_eq!(summaries(&warnings), ["Mind the gap"]);
    let nothing = Object { state: Value::Null, private: vec![], identity: None };
    let asked = Scripted::answering(state());
    assert_eq!(read(&asked, &context, nothing).await.unwrap().value, None);
    assert_eq!(asked.asked(), [], "nothing is stored that could be read");
}

#[tokio::test]
async fn an_import_gives_one_object_and_its_identity() {
    let context = Context::default();
    let by_identity = |id: Value| Target::Identity(Value::map([("id", id), ("host", Value::Null)]));
    let resource = Scripted::answering(state()).identified(Some(identity("1")));
    let imported = import(&resource, "thing", &context, by_identity("1".into())).await.unwrap().value;
    assert_eq!((imported.state, imported.identity), (state(), Some(identity("1"))));
    let refused = import(&resource, "thing", &context, by_identity(Value::Null)).await.unwrap_err();
    assert!(refused.iter().next().unwrap().detail.contains("`id`"));

    let without = Scripted::answering(state());
    let refused = import(&without, "thing", &context, by_identity("1".into())).await.unwrap_err();
    assert!(refused.iter().next().unwrap().detail.contains("import it by its ID"));
    let id = || Target::Id("1".to_owned());
    assert_eq!(import(&without, "thing", &context, id()).await.unwrap().value.identity, None);
    assert!(import(&Scripted::answering(Value::Null), "thing", &context, id()).await.is_err());
    let unknown = Scripted::answering(with(state(), "status", Value::unknown()));
    assert!(import(&unknown, "thing", &context, id()).await.is_err());
}

#[test]
fn stored_state_of_every_version_is_upgraded_or_refused() {
    let resource = Scripted::answering(Value::Null);
    let now =
        upgrade(&resource, "thing", 2, json!({"name": 5, "size": "7", "gone": [], "tags": [{"key": "k"}]})).unwrap();
    assert_eq!(now.get("name"), &"5".into());
    assert_eq!(now.get("size"), &Value::integer(7));
    assert_eq!(now.at(&AttributePath::of("tags").index(0).attribute("token")), Some(&Value::Null));
    let older = upgrade(&resource, "thing", 1, json!({"title": "x"})).unwrap();
    assert_eq!(older.get("name"), &"x of version 1".into());
    assert_eq!(upgrade(&resource, "thing", 2, Json::Null).unwrap(), Value::Null);

    let detail = |stored: Json, version: i64| {
        let found = upgrade(&resource, "thing", version, stored).unwrap_err();
        found.iter().map(|diagnostic| diagnostic.detail.clone()).collect::<String>()
    };
    let newer = detail(json!({"id": "i-1"}), 3);
    assert!(newer.contains("`thing`") && newer.contains("i-1") && newer.contains("version is 3"), "{newer}");
    let wrong = detail(json!({"id": "i-1", "tags": {"a": "secret"}}), 2);
    assert!(wrong.contains("tags") && !wrong.contains("secret"), "{wrong}");
    let failing = Scripted::answering(Value::Null).failing();
    assert_eq!(summaries(&upgrade(&failing, "thing", 1, json!({})).unwrap_err()), ["It broke"]);
}

fn source(type_name: &str) -> MoveSource {
    MoveSource {
        provider: "registry.example/other/thing".to_owned(),
        type_name: type_name.to_owned(),
        schema_version: 2,
        state: json!({"name": "x", "gone": 1}),
    }
}

#[test]
fn objects_are_taken_over_from_known_types_and_from_the_same() {
    let resource = Scripted::answering(state());
    let moved = move_state(&resource, "thing", source("other_thing"), b"theirs".to_vec()).unwrap().value;
    assert_eq!((moved.state, moved.private), (state(), b"new".to_vec()));
    let same = move_state(&resource, "thing", source("thing"), b"theirs".to_vec()).unwrap().value;
    assert_eq!((same.state, same.private), (with(blank(), "name", "x"), b"theirs".to_vec()));

    let refused = move_state(&resource, "thing", source("alien"), vec![]).unwrap_err();
    let detail = &refused.iter().next().unwrap().detail;
    assert!(
        ["`alien`", "`thing`", "registry.example/other/thing"].iter().all(|name| detail.contains(name)),
        "{detail}"
    );
    let newer = MoveSource { schema_version: 3, ..source("thing") };
    assert!(move_state(&resource, "thing", newer, vec![]).is_err());
    assert!(move_state(&Scripted::answering(Value::Null), "thing", source("other_thing"), vec![]).is_err());
}

#[test]
fn a_generated_configuration_says_only_what_must_be_said() {
    let resource = Scripted::answering(Value::Null);
    let tag = |colour: Value| Value::map([("key", "k".into()), ("colour", colour), ("token", Value::Null)]);
    let tagged = |value: Value, colours: [Value; 2]| with(value, "tags", Value::List(colours.map(tag).into()));
    let stored = tagged(state(), ["red".into(), "blue".into()]);
    let expected = tagged(with(blank(), "name", "x"), [Value::Null, "blue".into()]);
    assert_eq!(generate_config(&resource, &stored), expected);
    let larger = with(stored, "size", Value::integer(2));
    assert_eq!(generate_config(&resource, &larger), with(expected, "size", Value::integer(2)));
}
