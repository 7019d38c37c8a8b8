//! Random configurations against the provider that keeps all rules: none may seem broken, whatever is configured.

use plugin_driver::generate::{Variation, configuration, with_each_changed, with_each_removed, with_each_unknown};
use plugin_driver::session::{Action, Core, list};
use plugin_driver::value::{Value, json, msgpack};

use crate::faulty::schema::{self, THING};
use crate::faulty::server::Inside;

const SEEDS: u64 = 12;

#[test]
fn generated_values_survive_both_encodings() {
    let schema = schema::correct();
    let object = &schema.resource(THING).unwrap().object;
    for seed in 0..300 {
        let config = configuration(&object.block, seed);
        let kind = object.kind();
        assert_eq!(msgpack::decode(&msgpack::encode(&config), &kind).as_ref(), Ok(&config), "seed {seed}");
        let stored = json::to_json(&config);
        let text: serde_json::Value = serde_json::from_str(&format!("{stored:#}")).unwrap();
        assert_eq!(json::from_json(&text, &kind).as_ref(), Ok(&config), "seed {seed}");
        assert_eq!(configuration(&object.block, seed), config, "the seed decides");
    }
}

#[test]
fn every_configurable_position_becomes_unknown_once() {
    let schema = schema::correct();
    let block = &schema.resource(THING).unwrap().object.block;
    let config = configuration(block, 1);
    let variations = with_each_unknown(block, &config);
    for name in block.attributes.iter().filter(|(_, attribute)| !attribute.computed).map(|(name, _)| name) {
        assert!(variations.iter().any(|variation| variation.path.to_string() == *name), "{name}");
    }
    for Variation { path, config } in &variations {
        assert!(config.first_unknown().is_some_and(|found| found.to_string() == path.to_string()), "{path}");
    }
}

#[tokio::test]
async fn lives_of_random_configurations_break_no_rule() {
    let provider = Inside::serve(None).unwrap();
    let mut core = Core::start(provider.reattach()).await.unwrap();
    let block = core.schema().resource(THING).unwrap().object.block.clone();
    let mut actions = std::collections::BTreeMap::<String, usize>::new();
    for seed in 0..SEEDS {
        let config = configuration(&block, seed);
        let applied = core.apply(THING, "x", &config).await.unwrap();
        assert!(applied.report.violations.is_empty(), "seed {seed}\n{}", list(&applied.report.violations));
        let settled = core.plan(THING, "x", &config).await.unwrap();
        assert_eq!((settled.action, settled.drifted), (Some(Action::NoOp), false), "seed {seed}");
        let unknown = with_each_unknown(&block, &config).into_iter().map(|variation| (variation, config.clone()));
        let changed = with_each_changed(&block, &config, seed);
        let removed = with_each_removed(&block, &config);
        let known = changed.into_iter().chain(removed).map(|variation| (variation.clone(), variation.config));
        for (number, (variation, known)) in unknown.chain(known).enumerate() {
            let Variation { path, config } = variation;
            let planned = core.plan(THING, "x", &config).await.unwrap();
            let violations = &planned.report.violations;
            assert!(violations.is_empty(), "seed {seed}, {path}\n{}", list(violations));
            *actions.entry(format!("{:?}", planned.action)).or_default() += 1;
            // An apply after each plan would only repeat what the first few show.
            if number % 7 == 0 {
                let applied = core.apply_planned(THING, "x", &planned, &known).await.unwrap();
                let violations = &applied.report.violations;
                assert!(violations.is_empty(), "seed {seed}, {path}\n{}", list(violations));
            }
        }
        core.destroy(THING, "x").await.unwrap();
        assert_eq!(core.state().len(), 0);
    }
    assert!(actions.len() >= 3, "too little happened: {actions:?}");
    println!("plans by action: {actions:?}");
}

#[test]
fn what_is_removed_was_optional() {
    let schema = schema::correct();
    let block = &schema.resource(THING).unwrap().object.block;
    let config = configuration(block, 3);
    for Variation { path, config } in with_each_removed(block, &config) {
        assert!(block.attribute_at(&path).unwrap().optional);
        assert!(config.at(&path).is_none_or(Value::is_null), "{path}");
    }
}
