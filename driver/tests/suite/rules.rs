//! Checks the driver against itself: a provider that keeps all rules breaks none, and each fault breaks the rules it must.

use std::collections::BTreeSet;

use plugin_driver::client::{Capabilities, ImportTarget, Listing, MoveRequest, Report};
use plugin_driver::rule::{Rule, Violation};
use plugin_driver::session::{Action, Core, CoreError, list};
use plugin_driver::value::{Path, Value};
use serde_json::json;

use crate::faulty::Fault;
use crate::faulty::fault::FAULTS;
use crate::faulty::schema::{PLAIN, THING};
use crate::faulty::server::Inside;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[test]
fn each_rule_has_a_fault() {
    let covered: BTreeSet<Rule> = FAULTS.iter().flat_map(|(_, rules)| rules.iter().copied()).collect();
    let missing: Vec<Rule> = Rule::all().filter(|rule| !covered.contains(rule)).collect();
    assert_eq!(missing, []);
}

#[tokio::test]
async fn the_correct_provider_breaks_no_rule() {
    let violations = everything(None).await.unwrap();
    assert!(violations.is_empty(), "\n{}", list(&violations));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_breaks_exactly_its_rules() {
    let runs: Vec<_> = FAULTS.iter().map(|(fault, _)| tokio::spawn(everything(Some(*fault)))).collect();
    let mut wrong = Vec::new();
    for ((number, (fault, rules)), run) in FAULTS.iter().enumerate().zip(runs) {
        assert_eq!(*fault as usize, number, "the table follows the enum");
        let violations = run.await.unwrap().unwrap();
        let found: BTreeSet<Rule> = violations.iter().map(|violation| violation.rule).collect();
        if found != rules.iter().copied().collect() {
            // One violation of each rule is enough to see what happened.
            let mut seen = BTreeSet::new();
            let first: Vec<_> = violations.into_iter().filter(|violation| seen.insert(violation.rule)).collect();
            wrong.push(format!("{fault:?} should break {rules:?}, but there is\n{}", list(&first)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Runs all commands and calls against the toy provider and returns what they found.
async fn everything(fault: Option<Fault>) -> Result<Vec<Violation>, Failure> {
    let provider = Inside::serve(fault)?;
    let mut core = Core::start(provider.reattach()).await?;
    let mut found = Found(core.schema_report().violations.clone());
    let phase = core.phase().await?;
    found.take(phase.client.metadata(core.schema()).await?);
    found.take(phase.client.functions(core.schema()).await?);
    core.end(phase).await?;
    if fault.is_some_and(Fault::is_in_schema) {
        return Ok(found.0);
    }
    for chapter in 0..5 {
        match chapter {
            0 => lifecycle(&mut core, &mut found).await?,
            1 => replacements(&mut core, &mut found).await?,
            2 => other_clients(&mut core, &mut found).await?,
            3 => imports(&mut core, &mut found).await?,
            _ => others(&mut core, &mut found).await?,
        }
        // A fault that has shown itself need not be looked for any further.
        if !found.0.is_empty() {
            break;
        }
    }
    Ok(found.0)
}

struct Found(Vec<Violation>);

impl Found {
    fn take(&mut self, report: Report) {
        self.0.extend(report.violations);
    }
}

fn config(core: &Core) -> Result<Value, CoreError> {
    let config = json!({
        "name": "first", "secret": "s3cret", "labels": {"team": "red"}, "ports": [80, 0.1], "tags": ["a", "b"],
        "anything": {"deep": [1, "x", null]}, "region": "north", "settings": {"mode": "fast"},
        "steps": [{"key": "build"}, {"key": "ship"}], "routes": {"main": {"target": "x"}},
        "members": [{"user": "ann"}, {"user": "bob"}], "rule": [{"port": 1}], "zone": [{"name": "a"}],
        "mapped": {"m": {"value": "v"}}, "group": {"owner": "ann"}, "single": {"text": "t"},
    });
    core.config(THING, &config)
}

async fn lifecycle(core: &mut Core, found: &mut Found) -> Result<(), Failure> {
    let first = config(core)?;
    found.take(core.validate(THING, &first).await?);
    let applied = core.apply(THING, "x", &first).await?;
    assert_eq!(applied.action.unwrap_or(Action::Create), Action::Create);
    found.take(applied.report);
    if core.instance(THING, "x").is_err() {
        return Ok(());
    }
    let again = core.plan(THING, "x", &first).await?;
    found.take(again.report);
    let unknown =
        first.with("name", Value::unknown()).with("settings.mode", Value::unknown()).with("note", Value::unknown());
    let planned = core.plan(THING, "x", &unknown).await?;
    let known = first.with("name", Value::from("second")).with("note", Value::from("noted"));
    found.take(core.apply_planned(THING, "x", &planned, &known).await?.report);
    found.take(planned.report);
    if let Ok(instance) = core.instance(THING, "x").cloned() {
        let phase = core.phase().await?;
        let resource = core.schema().resource(THING)?;
        found.take(phase.client.generate_config(resource, &instance.state).await?.report);
        let (_, report) = phase.client.upgrade_identity(resource, 0, Some(br#"{"id":"x"}"#)).await?;
        found.take(report);
        core.end(phase).await?;
        found.take(core.destroy(THING, "x").await?.report);
    }
    Ok(())
}

async fn replacements(core: &mut Core, found: &mut Found) -> Result<(), Failure> {
    let first = config(core)?;
    for (name, create_first) in [("plain", false), ("careful", true)] {
        core.set_create_before_destroy(create_first);
        found.take(core.apply(THING, name, &first).await?.report);
        let moved = first.with("region", Value::from("south"));
        found.take(core.apply(THING, name, &moved).await?.report);
        if let Some(instance) = core.state_mut().values_mut().next() {
            instance.tainted = true;
        }
        found.take(core.apply(THING, name, &moved).await?.report);
        if core.instance(THING, name).is_ok() {
            found.take(core.destroy(THING, name).await?.report);
        }
    }
    core.set_create_before_destroy(false);
    Ok(())
}

async fn other_clients(core: &mut Core, found: &mut Found) -> Result<(), Failure> {
    let first = config(core)?.with("secret", Value::Null);
    core.set_capabilities(Capabilities::none());
    found.take(core.plan(THING, "old", &first).await?.report);
    core.set_capabilities(Capabilities::default());
    let plain = core.config(PLAIN, &json!({"name": "plain"}))?;
    found.take(core.apply(PLAIN, "x", &plain).await?.report);
    if core.instance(PLAIN, "x").is_ok() {
        found.take(core.plan(PLAIN, "x", &plain).await?.report);
    }
    Ok(())
}

async fn imports(core: &mut Core, found: &mut Found) -> Result<(), Failure> {
    let first = config(core)?;
    found.take(core.apply(THING, "there", &first).await?.report);
    found.take(core.apply(THING, "there_too", &first).await?.report);
    let Ok(there) = core.instance(THING, "there").cloned() else { return Ok(()) };
    let id = there.state.get("id").cloned().unwrap_or(Value::Null);
    let text = id.as_text().unwrap_or_default().to_owned();
    found.take(core.import(THING, "by_id", &ImportTarget::Id(text.clone())).await?);
    let identity = ImportTarget::Identity(Value::object([("id", id)]));
    found.take(core.import(THING, "by_identity", &identity).await?);
    let request = MoveRequest {
        provider: "registry.example/old/toy".to_owned(),
        type_name: "old_thing".to_owned(),
        version: 0,
        state: json!({"id": text}).to_string(),
        private: bytes::Bytes::new(),
        identity: None,
    };
    found.take(core.move_state(THING, "moved", &request).await?);
    for name in ["by_id", "by_identity", "moved"] {
        if core.instance(THING, name).is_ok() {
            let planned = core.plan(THING, name, &first).await?;
            found.take(planned.report);
        }
    }
    Ok(())
}

async fn others(core: &mut Core, found: &mut Found) -> Result<(), Failure> {
    let phase = core.configured_phase().await?;
    let (client, schema) = (&phase.client, core.schema());
    let data = schema.data_source("toy_lookup")?;
    let config = data.block.empty().with("name", Value::from("x"));
    found.take(client.validate_data_source(data, &config).await?);
    found.take(client.read_data_source(data, &config).await?.report);

    let lease = schema.ephemeral_resource("toy_lease")?;
    let config = lease.block.empty().with("ttl", Value::from(60));
    found.take(client.validate_ephemeral(lease, &config).await?);
    let opened = client.open(lease, &config).await?;
    found.take(opened.report);
    let renewed = client.renew(lease, opened.private).await?;
    found.take(renewed.report);
    found.take(client.close(lease, renewed.private).await?);

    let (things, resource) = (schema.list_resource(THING)?, schema.resource(THING)?);
    found.take(client.validate_list(things, &things.block.empty()).await?);
    for (include_objects, limit) in [(true, 100), (false, 1)] {
        let listing = Listing { config: things.block.empty(), include_objects, limit };
        for event in client.list(things, resource, &listing).await? {
            found.take(event.report);
        }
    }

    let double = schema.function("double")?;
    found.take(client.call("double", double, &[Value::from(21)]).await?.report);

    let poke = schema.action("toy_poke")?;
    let config = poke.block.empty().with("secret", Value::from("s3cret"));
    found.take(client.validate_action(poke, &config).await?);
    found.take(client.plan_action(poke, &config).await?);
    found.take(client.invoke(poke, &config).await?.report);
    let waiting = config.with(Path::from("target"), Value::from("wait"));
    found.take(client.invoke_and_stop(poke, &waiting, 1).await?.report);
    Ok(())
}
