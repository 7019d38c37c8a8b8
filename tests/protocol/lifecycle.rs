//! The life of rotations of every kind against a server: created, read, changed, imported, destroyed.

use std::collections::BTreeMap;

use plugin_driver::client::{ImportTarget, Report};
use plugin_driver::session::{Action, Address, Applied, Configuration, Core, Planned};
use plugin_driver::value::Value;
use terraform_provider_infisical::catalog::{KINDS, Kind};

use crate::support::kinds::{Change, Extent, changes, example, replaces, variant, with_present_password};
use crate::support::server::Server;
use crate::support::{Provider, assert_clean, assert_orderly, launch};

/// A session of the host with a server: each command starts processes of its own.
struct Session {
    core: Core,
    server: Server,
}

impl Session {
    async fn start() -> Self {
        let server = Server::start();
        let mut core = Core::start(launch()).await.unwrap();
        assert_clean(core.schema_report());
        core.configure(&server.block()).unwrap();
        Self { core, server }
    }

    async fn apply(&mut self, configuration: &Configuration) -> BTreeMap<Address, Applied> {
        let applied = self.core.apply_all(configuration).await.unwrap();
        for (address, applied) in &applied {
            assert!(applied.report.is_usable(), "{address}: {:#?}", applied.report.diagnostics);
            assert!(applied.report.violations.is_empty(), "{address}: {:#?}", applied.report.violations);
        }
        applied
    }

    /// The plan of what is there already is empty, and the refresh before it finds what is stored.
    async fn assert_settled(&mut self, configuration: &Configuration) {
        for (address, planned) in self.core.plan_all(configuration).await.unwrap() {
            assert_clean_at(&address, &planned.report);
            assert_eq!(planned.action, Some(Action::NoOp), "{address}: {:#?}", difference(&planned));
            assert!(!planned.drifted, "{address}: {:#?}", difference(&planned));
        }
    }

    async fn end(mut self) {
        self.apply(&Configuration::new()).await;
        assert!(self.core.state().is_empty());
        assert_eq!(self.server.look(|state| state.rotations.len()), 0);
        self.core.finished().iter().for_each(assert_orderly);
    }
}

fn assert_clean_at(address: &Address, report: &Report) {
    assert!(report.diagnostics.is_empty(), "{address}: {:#?}", report.diagnostics);
    assert!(report.violations.is_empty(), "{address}: {:#?}", report.violations);
}

fn difference(planned: &Planned) -> Vec<(String, Value, Value)> {
    let Some(Value::Object(before)) = planned.instance.as_ref().map(|instance| &instance.state) else {
        return Vec::new();
    };
    let differ = before.iter().filter(|(name, value)| planned.planned.get(name) != Some(value));
    differ.map(|(name, value)| (name.clone(), value.clone(), planned.planned.get(name).cloned().unwrap())).collect()
}

/// Rotations of every kind: the least, all of it, and a generated one.
async fn of_every_kind(core: &Core) -> Configuration {
    let phase = core.phase().await.unwrap();
    let mut configuration = Configuration::new();
    for kind in KINDS {
        let resource = core.schema().resource(kind.resource).unwrap();
        let generated = example(resource, kind, Extent::Full, "c");
        let generated = variant(&phase.client, resource, kind, &generated, 7).await;
        for (name, config) in [
            ("minimal", example(resource, kind, Extent::Minimal, "a")),
            ("full", example(resource, kind, Extent::Full, "b")),
            ("generated", generated.with("name", format!("{}-c", kind.slug).as_str().into())),
        ] {
            let config = with_present_password(resource, &config);
            configuration.insert(Address::new(kind.resource, name), config);
        }
    }
    phase.end().await.unwrap();
    configuration
}

#[tokio::test]
async fn every_kind_is_created_settled_imported_and_destroyed() {
    let mut session = Session::start().await;
    let configuration = of_every_kind(&session.core).await;
    assert_eq!(configuration.len(), 3 * KINDS.len());
    session.apply(&configuration).await;
    assert_eq!(session.server.look(|state| state.rotations.len()), configuration.len());
    session.assert_settled(&configuration).await;

    let stored = session.core.state().clone();
    session.core.state_mut().clear();
    for (number, (address, instance)) in stored.iter().enumerate() {
        let text = |name: &str| instance.state.get(name).and_then(Value::as_text).unwrap().to_owned();
        let id = if number % 2 == 0 {
            text("id")
        } else {
            format!("{}/{}/{}?path={}", text("project_id"), text("environment"), text("name"), text("secret_path"))
        };
        if number % 3 != 0 {
            session.core.state_mut().insert(address.clone(), instance.clone());
            continue;
        }
        let report = session.core.import(&address.type_name, &address.name, &ImportTarget::Id(id)).await.unwrap();
        assert_clean_at(address, &report);
    }
    for (address, planned) in session.core.plan_all(&configuration).await.unwrap() {
        assert_clean_at(&address, &planned.report);
        let different = difference(&planned);
        // What the server does not know is not imported: what destroying does, and the triggers.
        let local = |name: &str| {
            ["create_folder", "delete_secrets", "revoke_generated_credentials", "rotation_triggers"].contains(&name)
        };
        let volatile = |value: &Value| value.is_unknown();
        assert!(different.iter().all(|(name, _, after)| local(name) || volatile(after)), "{address}: {different:#?}");
    }
    *session.core.state_mut() = stored;
    session.end().await;
}

#[tokio::test]
async fn each_attribute_is_changed_in_turn_and_the_plan_is_empty_after() {
    let mut session = Session::start().await;
    let mut configuration = Configuration::new();
    let mut pending: BTreeMap<Address, (&Kind, Vec<Change>)> = BTreeMap::new();
    let phase = session.core.phase().await.unwrap();
    for kind in KINDS {
        let resource = session.core.schema().resource(kind.resource).unwrap();
        let config = example(resource, kind, Extent::Full, "x").with("delete_secrets", true.into());
        let address = Address::new(kind.resource, "x");
        let mut changes = changes(&phase.client, resource, kind, &config).await;
        // The last one to be tried: without it, replacements would be refused.
        changes.sort_by_key(|change| change.path.to_string() != "delete_secrets");
        configuration.insert(address.clone(), with_present_password(resource, &config));
        pending.insert(address, (kind, changes));
    }
    phase.end().await.unwrap();
    session.apply(&configuration).await;

    let mut rounds = 0;
    while pending.values().any(|(_, changes)| !changes.is_empty()) {
        rounds += 1;
        let mut expected = BTreeMap::new();
        for (address, (kind, changes)) in &mut pending {
            // One change at a time, and back to the example with the next one.
            let Some(change) = changes.pop() else { continue };
            let resource = session.core.schema().resource(kind.resource).unwrap();
            configuration.insert(address.clone(), with_present_password(resource, &change.config));
            expected.insert(address.clone(), (change.path.clone(), replaces(kind, &change.path)));
        }
        let applied = session.apply(&configuration).await;
        for (address, (path, replaces)) in expected {
            let action = applied[&address].action;
            assert!(matches!(action, Some(Action::Update | Action::Replace)), "{address}.{path}: {action:?}");
            assert!(!replaces || action == Some(Action::Replace), "{address}.{path}: {action:?}");
        }
        session.assert_settled(&configuration).await;
    }
    assert!(rounds > 15, "{rounds}");
    session.end().await;
}

#[tokio::test]
async fn generated_configurations_are_valid_and_change_nothing() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        for (extent, suffix) in [(Extent::Minimal, "a"), (Extent::Full, "b")] {
            let config = example(resource, kind, extent, suffix);
            let state = provider.change(resource, &Value::Null, &config).await;
            let generated = provider.client.generate_config(resource, &state).await.unwrap();
            assert_clean(&generated.report);
            assert_clean(&provider.client.validate_resource(resource, &generated.state).await.unwrap());
            let again = provider.plan(resource, &state, &generated.state).await;
            assert_clean(&again.report);
            assert_eq!(again.state, state, "{}", kind.slug);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn two_hundred_rotations_are_created_and_refreshed_in_parallel() {
    const COUNT: usize = 200;
    let mut session = Session::start().await;
    let mut configuration = Configuration::new();
    for number in 0..COUNT {
        let kind = &KINDS[number % KINDS.len()];
        let resource = session.core.schema().resource(kind.resource).unwrap();
        let config = example(resource, kind, Extent::Minimal, &format!("n{number}"));
        configuration.insert(Address::new(kind.resource, &format!("n{number}")), config);
    }
    session.apply(&configuration).await;
    let ids = session.core.state().values().map(|it| it.state.get("id").and_then(Value::as_text).unwrap().to_owned());
    assert_eq!(ids.collect::<std::collections::BTreeSet<_>>().len(), COUNT);
    let before = session.server.requests().len();
    session.assert_settled(&configuration).await;
    let asked = session.server.requests().len() - before;
    assert!(asked < COUNT / 4, "reads are answered together: {asked} requests for {COUNT} rotations");
    session.end().await;
}
