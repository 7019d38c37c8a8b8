//! What Core proposes, case by case as the protocol documents it.

use plugin_driver::core::{check_plan, effective_replacements, proposed_new};
use plugin_driver::rule::Rule;
use plugin_driver::schema::Block;
use plugin_driver::value::{Path, Value, json};
use serde_json::{Value as Json, json};

use crate::faulty::schema::{self, THING};

fn block() -> Block {
    schema::correct().resource(THING).unwrap().object.block.clone()
}

fn value(config: &Json) -> Value {
    let block = block();
    block.with_block_collections(&json::from_json(config, &block.kind()).unwrap())
}

#[track_caller]
fn proposes(prior: &Json, config: &Json, wanted: &Json) {
    let mut wanted = value(wanted);
    // Core never proposes anything for blocks that the provider fills in.
    wanted = wanted.with("filled", Value::Null);
    assert_eq!(proposed_new(&block(), &value(prior), &value(config)), wanted);
}

#[test]
fn configured_values_win_and_computed_ones_stay() {
    let prior = json!({"id": "1", "name": "old", "note": "kept", "size": 3});
    proposes(&prior, &json!({"name": "new"}), &json!({"id": "1", "name": "new", "note": "kept"}));
    proposes(&prior, &json!({"name": "new", "note": "own"}), &json!({"id": "1", "name": "new", "note": "own"}));
    let config = json!({"name": "new", "secret": "s"});
    assert_eq!(proposed_new(&block(), &Value::Null, &value(&config)), value(&config).with("filled", Value::Null));
    assert_eq!(proposed_new(&block(), &value(&prior), &Value::Null), Value::Null);
}

#[test]
fn lists_are_matched_by_index_and_maps_by_key() {
    let steps = json!({"name": "x", "steps": [{"key": "a", "result": "1"}, {"key": "b", "result": "2"}]});
    proposes(
        &steps,
        &json!({"name": "x", "steps": [{"key": "c"}, {"key": "b"}, {"key": "d"}]}),
        &json!({"name": "x", "steps": [{"key": "c", "result": "1"}, {"key": "b", "result": "2"}, {"key": "d"}]}),
    );
    let routes = json!({"name": "x", "routes": {"a": {"target": "t", "weight": 1}, "b": {"target": "u", "weight": 2}}});
    proposes(
        &routes,
        &json!({"name": "x", "routes": {"b": {"target": "v"}, "c": {"target": "w"}}}),
        &json!({"name": "x", "routes": {"b": {"target": "v", "weight": 2}, "c": {"target": "w"}}}),
    );
    let rules = json!({"name": "x", "rule": [{"port": 1, "state": "up"}]});
    proposes(
        &rules,
        &json!({"name": "x", "rule": [{"port": 2}, {"port": 1}]}),
        &json!({"name": "x", "rule": [{"port": 2, "state": "up"}, {"port": 1}]}),
    );
}

#[test]
fn sets_are_matched_by_what_may_have_come_from_the_configuration() {
    let prior = json!({"name": "x", "members": [{"user": "ann", "uid": "1"}, {"user": "bob", "uid": "2"}]});
    proposes(
        &prior,
        &json!({"name": "x", "members": [{"user": "bob"}, {"user": "cid"}]}),
        &json!({"name": "x", "members": [{"user": "bob", "uid": "2"}, {"user": "cid"}]}),
    );
}

#[test]
fn unknown_values_are_proposed_as_they_are() {
    let config = value(&json!({"name": "x", "steps": [{"key": "a"}]})).with("steps", Value::unknown());
    let prior = value(&json!({"name": "x", "steps": [{"key": "a", "result": "1"}]}));
    assert_eq!(proposed_new(&block(), &prior, &config).get("steps"), Some(&Value::unknown()));
}

#[test]
fn a_spelling_that_differs_may_keep_the_prior_one() {
    let (prior, config) = (value(&json!({"name": "/a"})), value(&json!({"name": " /a/ "})));
    assert_eq!(check_plan(&block(), &prior, &config, &prior, true), []);
    let without = value(&json!({}));
    let found = check_plan(&block(), &without, &config, &value(&json!({"name": "/a"})), true);
    assert_eq!(found.iter().map(|violation| violation.rule).collect::<Vec<_>>(), [Rule::PlanMatchesConfig]);
}

#[test]
fn only_changed_paths_replace() {
    let (prior, planned) = (value(&json!({"name": "a", "region": "n"})), value(&json!({"name": "a", "region": "s"})));
    let paths = ["name", "region", "secret"].map(Path::from);
    let (effective, violations) = effective_replacements(&block(), &prior, &planned, &paths);
    // A write-only attribute is null on both sides; naming it says that it changed.
    assert_eq!((effective, violations), (vec![Path::from("region"), Path::from("secret")], Vec::new()));
    let unknown = planned.with("name", Value::unknown());
    assert_eq!(effective_replacements(&block(), &prior, &unknown, &[Path::from("name")]).0.len(), 1);
    assert_eq!(effective_replacements(&block(), &Value::Null, &planned, &paths), (Vec::new(), Vec::new()));
}

#[test]
fn sensitive_values_stay_out_of_violations() {
    let mut block = block();
    block.attributes.get_mut("name").unwrap().sensitive = true;
    let (config, planned) = (value(&json!({"name": "hunter2"})), value(&json!({"name": "hunter3"})));
    let found = check_plan(&block, &Value::Null, &config, &planned, true);
    assert_eq!(found.len(), 1);
    assert!(!found[0].to_string().contains("hunter"), "{}", found[0]);
}
