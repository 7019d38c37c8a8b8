//! Plans of every kind, which need no server: what they say of generated configurations, known and unknown.

use bytes::Bytes;
use plugin_driver::client::{Capabilities, PlanAnswer, PlanRequest};
use plugin_driver::core::{check_final_plan, check_plan, effective_replacements};
use plugin_driver::generate::{with_each_removed, with_each_unknown};
use plugin_driver::schema::{Attribute, Resource, Shape};
use plugin_driver::value::{Path, Value, json};
use serde_json::json;
use terraform_provider_infisical::catalog::table::Field;
use terraform_provider_infisical::catalog::{KINDS, Kind, by_slug};

use crate::support::kinds::{Extent, changes, example, replaces, variant, with_present_password};
use crate::support::{Provider, assert_clean, assert_failed, assert_lawful, assert_succeeded, plan_request};

/// Seeds of the generated configurations of each kind.
const SEEDS: [u64; 3] = [1, 2, 3];

/// The examples of a kind and generated configurations that are far from them.
async fn configurations(provider: &Provider, kind: &Kind) -> Vec<Value> {
    let resource = provider.resource(kind.resource);
    let full = example(resource, kind, Extent::Full, "x");
    let mut configs = vec![example(resource, kind, Extent::Minimal, "x")];
    for seed in SEEDS {
        let varied = variant(&provider.client, resource, kind, &full, seed).await;
        configs.push(with_present_password(resource, &varied));
    }
    configs.push(full);
    configs
}

/// What a creation would store: the plan, with something in each place that only the server fills.
fn stored(resource: &Resource, planned: &Value) -> Value {
    let Value::Object(members) = planned else { panic!("no object: {planned:?}") };
    let filled = members.iter().map(|(name, value)| {
        let value = if value.is_unknown() { made_up(&resource.object.block.attributes[name]) } else { value.clone() };
        (name.clone(), value)
    });
    Value::Object(filled.collect())
}

fn made_up(attribute: &Attribute) -> Value {
    use plugin_driver::value::Type;
    match &attribute.shape {
        Shape::Plain(Type::String) => "2026-01-02T03:04:05.000Z".into(),
        Shape::Plain(Type::Number) => Value::from(0),
        Shape::Plain(Type::Bool) => Value::from(true),
        other => panic!("what the server fills is plain: {other:?}"),
    }
}

#[tokio::test]
async fn creations_are_planned_by_the_rules_and_twice_alike() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        for config in configurations(&provider, kind).await {
            let planned = provider.plan(resource, &Value::Null, &config).await;
            assert_succeeded(&planned.report);
            assert_eq!(planned.requires_replace, [], "{}", kind.slug);
            let request = plan_request(resource, &Value::Null, &config);
            let (one, other) = (raw_plan(&provider, resource, &request), raw_plan(&provider, resource, &request));
            assert!(one.await == other.await, "{}: the same question, another answer", kind.slug);
            // Unknown is only what the server tells.
            for (name, attribute) in &resource.object.block.attributes {
                let unknown = planned.state.get(name).is_some_and(|value| !value.is_wholly_known());
                let server_tells = attribute.computed && !attribute.optional && name != "type";
                assert_eq!(unknown, server_tells, "{}.{name}", kind.slug);
            }
        }
    }
    provider.end().await;
}

async fn raw_plan(provider: &Provider, resource: &Resource, request: &PlanRequest) -> (Bytes, Bytes) {
    use plugin_driver::client::dynamic;
    use plugin_driver::proto::tfplugin6::plan_resource_change::Request;
    let request = Request {
        type_name: resource.object.name.clone(),
        prior_state: Some(dynamic(&request.prior)),
        proposed_new_state: Some(dynamic(&request.proposed)),
        config: Some(dynamic(&request.config)),
        ..Request::default()
    };
    let answer = provider.client.raw().plan_resource_change(request).await.unwrap().into_inner();
    assert!(!answer.legacy_type_system && answer.deferred.is_none());
    (answer.planned_state.unwrap().msgpack, answer.planned_private)
}

#[tokio::test]
async fn what_is_unknown_is_no_error_and_its_plan_stands_when_it_is_known() {
    let provider = Provider::start().await;
    let mut positions = 0;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let block = &resource.object.block;
        let config = example(resource, kind, Extent::Full, "x");
        for unknown in with_each_unknown(block, &config) {
            positions += 1;
            let place = format!("{}.{}", kind.slug, unknown.path);
            assert_clean_of_errors(&provider, resource, &unknown.config, &place).await;
            let first = provider.plan(resource, &Value::Null, &unknown.config).await;
            assert!(first.report.is_usable(), "{place}: {:#?}", first.report.diagnostics);
            assert_lawful(&first.report);
            let write_only = block.attribute_at(&unknown.path).unwrap().write_only;
            let planned = first.state.at(&unknown.path).unwrap();
            assert!(if write_only { planned.is_null() } else { planned.is_unknown() }, "{place}: planned {planned:?}");
            let last = provider.plan(resource, &Value::Null, &config).await;
            let broken = check_final_plan(block, &first.state, &last.state);
            assert!(broken.is_empty(), "{place}: {broken:?}");
        }
    }
    assert!(positions > 15 * KINDS.len(), "{positions}");
    provider.end().await;
}

async fn assert_clean_of_errors(provider: &Provider, resource: &Resource, config: &Value, place: &str) {
    let report = provider.client.validate_resource(resource, config).await.unwrap();
    assert!(!report.has_errors(), "{place}: {:#?}", report.diagnostics);
}

#[tokio::test]
async fn unknown_values_in_updates_are_planned_and_stand_too() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let block = &resource.object.block;
        let config = example(resource, kind, Extent::Full, "x").with("delete_secrets", true.into());
        let created = provider.plan(resource, &Value::Null, &config).await;
        assert_succeeded(&created.report);
        let prior = stored(resource, &created.state);
        for unknown in with_each_unknown(block, &config) {
            let place = format!("{}.{}", kind.slug, unknown.path);
            let first = provider.plan(resource, &prior, &unknown.config).await;
            assert!(first.report.is_usable(), "{place}: {:#?}", first.report.diagnostics);
            assert_lawful(&first.report);
            // In the apply phase it turns out to be what it was: nothing is left to do, or what was planned.
            let last = provider.plan(resource, &prior, &config).await;
            assert_succeeded(&last.report);
            let (replacing, _) = effective_replacements(block, &prior, &first.state, &first.requires_replace);
            if replacing.is_empty() {
                let broken = check_final_plan(block, &first.state, &last.state);
                assert!(broken.is_empty(), "{place}: {broken:?}");
            } else {
                assert!(replaces(kind, &unknown.path) || unknown.path.0.len() == 1, "{place} replaces");
                assert_second_plan(&provider, resource, &prior, &unknown.config, &first).await;
            }
        }
    }
    provider.end().await;
}

/// The host plans a replacement a second time, from nothing, with the private bytes of the first plan.
async fn assert_second_plan(
    provider: &Provider,
    resource: &Resource,
    prior: &Value,
    config: &Value,
    first: &PlanAnswer,
) {
    assert!(!prior.is_null());
    let request = PlanRequest { prior_private: first.private.clone(), ..plan_request(resource, &Value::Null, config) };
    let second = provider.client.plan(resource, &request).await.unwrap();
    assert_succeeded(&second.report);
    assert!(second.state.get("id").is_some_and(Value::is_unknown));
    let broken = check_plan(&resource.object.block, &Value::Null, config, &second.state, true);
    assert!(broken.is_empty(), "{broken:?}");
}

#[tokio::test]
async fn nothing_changed_plans_nothing() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        for config in configurations(&provider, kind).await {
            let created = provider.plan(resource, &Value::Null, &config).await;
            assert_succeeded(&created.report);
            let prior = stored(resource, &created.state);
            let again = provider.plan(resource, &prior, &config).await;
            assert_clean(&again.report);
            assert_eq!(again.state, prior, "{}", kind.slug);
            assert_eq!(again.requires_replace, []);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn each_change_is_planned_as_an_update_or_a_replacement_as_documented() {
    let provider = Provider::start().await;
    let mut changed = 0;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let block = &resource.object.block;
        let config = example(resource, kind, Extent::Full, "x").with("delete_secrets", true.into());
        let created = provider.plan(resource, &Value::Null, &config).await;
        let prior = stored(resource, &created.state);
        for change in changes(&provider.client, resource, kind, &config).await {
            changed += 1;
            let place = format!("{}.{}", kind.slug, change.path);
            let config = with_present_password(resource, &change.config);
            let planned = provider.plan(resource, &prior, &config).await;
            assert!(planned.report.is_usable(), "{place}: {:#?}", planned.report.diagnostics);
            assert_lawful(&planned.report);
            assert_ne!(planned.state, prior, "{place} is no change");
            let (effective, broken) = effective_replacements(block, &prior, &planned.state, &planned.requires_replace);
            assert!(broken.is_empty(), "{place}: {broken:?}");
            assert_eq!(!effective.is_empty(), replaces(kind, &change.path), "{place}: {effective:?}");
            if effective.is_empty() {
                for stable in ["id", "type", "folder_id", "created_at"] {
                    assert_eq!(planned.state.get(stable), prior.get(stable), "{place}: {stable}");
                }
            } else {
                assert_second_plan(&provider, resource, &prior, &config, &planned).await;
            }
        }
    }
    assert!(changed > 12 * KINDS.len(), "{changed}");
    provider.end().await;
}

#[tokio::test]
async fn what_is_taken_out_of_the_configuration_is_null_or_its_default() {
    let provider = Provider::start().await;
    let mut removed = 0;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let block = &resource.object.block;
        let config = example(resource, kind, Extent::Full, "x").with("delete_secrets", true.into());
        let created = provider.plan(resource, &Value::Null, &config).await;
        let prior = stored(resource, &created.state);
        for variation in with_each_removed(block, &config) {
            if provider.client.validate_resource(resource, &variation.config).await.unwrap().has_errors() {
                // Some argument asks for another one.
                continue;
            }
            removed += 1;
            let place = format!("{}.{}", kind.slug, variation.path);
            let planned = provider.plan(resource, &prior, &with_present_password(resource, &variation.config)).await;
            assert!(planned.report.is_usable(), "{place}: {:#?}", planned.report.diagnostics);
            assert_lawful(&planned.report);
            let attribute = block.attribute_at(&variation.path).unwrap();
            let value = planned.state.at(&variation.path).unwrap();
            let names: Vec<&str> = variation.path.0.iter().filter_map(name_of).collect();
            let default = kind.field(&names).and_then(Field::planned_default);
            if attribute.computed {
                assert!(value.is_wholly_known() && !value.is_null(), "{place}: {value:?}");
            } else {
                assert!(value.is_null() && default.is_none(), "{place}: {value:?}");
            }
        }
    }
    assert!(removed > 3 * KINDS.len(), "{removed}");
    provider.end().await;
}

fn name_of(step: &plugin_driver::value::Step) -> Option<&str> {
    match step {
        plugin_driver::value::Step::Attribute(name) => Some(name),
        _ => None,
    }
}

#[tokio::test]
async fn a_destruction_is_planned_as_nothing_and_keeps_the_private_bytes() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let created = provider.plan(resource, &Value::Null, &example(resource, kind, Extent::Minimal, "x")).await;
        let prior = stored(resource, &created.state);
        for private in [&b""[..], b"\x00\xffforeign"] {
            let request = PlanRequest {
                prior_private: Bytes::from_static(private),
                proposed: Value::Null,
                ..plan_request(resource, &prior, &Value::Null)
            };
            let planned = provider.client.plan(resource, &request).await.unwrap();
            assert_clean(&planned.report);
            assert!(planned.state.is_null() && planned.requires_replace.is_empty());
            assert_eq!(planned.private, private);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn private_bytes_of_others_are_kept_and_planned_ones_change_nothing() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, "x");
    let created = provider.plan(resource, &Value::Null, &config).await;
    let prior = stored(resource, &created.state);
    let changed = config.with("description", "another".into());
    for prior in [Value::Null, prior] {
        let plain = plan_request(resource, &prior, &changed);
        let garbage = PlanRequest { prior_private: Bytes::from_static(b"{\"not\": ours\x00"), ..plain.clone() };
        let repeated = PlanRequest { planned_private: Bytes::from_static(b"\xff\xff"), ..plain.clone() };
        let first = provider.client.plan(resource, &plain).await.unwrap();
        let kept = provider.client.plan(resource, &garbage).await.unwrap();
        assert_eq!(kept.private, garbage.prior_private);
        assert_eq!(provider.client.plan(resource, &repeated).await.unwrap().state, first.state);
        assert_eq!(kept.state, first.state);
        for capabilities in [Capabilities::none(), Capabilities { planned_private: false, ..Capabilities::default() }] {
            let older = provider.client.clone().with_capabilities(capabilities);
            assert_eq!(older.plan(resource, &repeated).await.unwrap().state, first.state);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn spellings_that_mean_the_same_are_no_change() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, "x").with("secret_path", "/a\u{e9}".into());
    // A folder has plain characters; the planner does not judge them, validation does.
    let created = provider.plan(resource, &Value::Null, &config.with("secret_path", "/app".into())).await;
    let prior = stored(resource, &created.state);
    for (path, spelling) in [
        ("secret_path", " /app/ "),
        ("secret_path", "/app/"),
        ("parameters.permission_scope", "  ~orders:* +@read +@write -@dangerous\n"),
    ] {
        let respelt = config.with("secret_path", "/app".into()).with(path, spelling.into());
        let again = provider.plan(resource, &prior, &respelt).await;
        assert_succeeded(&again.report);
        assert_eq!(again.state, prior, "{path}: {spelling:?}");
    }
    // Composed and decomposed letters are one text to hosts and to the provider.
    let decomposed = json!("caf\u{0065}\u{0301}");
    let with = |text: &serde_json::Value| {
        let mut raw = json::to_json(&config.with("secret_path", "/app".into()));
        raw["description"] = text.clone();
        raw.to_string()
    };
    let upgraded = |text: String| {
        let client = provider.client.clone();
        async move { client.upgrade_state(resource, 0, text.as_bytes()).await.unwrap().state }
    };
    assert_eq!(upgraded(with(&decomposed)).await, upgraded(with(&json!("caf\u{e9}"))).await);
    provider.end().await;
}

#[tokio::test]
async fn empty_and_absent_collections_are_kept_apart() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, "x");
    for triggers in [Value::Null, Value::Map([].into()), Value::Map([("a".to_owned(), Value::from("b"))].into())] {
        let config = config.with("rotation_triggers", triggers.clone());
        let planned = provider.plan(resource, &Value::Null, &config).await;
        assert_succeeded(&planned.report);
        assert_eq!(planned.state.get("rotation_triggers"), Some(&triggers));
        let prior = stored(resource, &planned.state);
        assert_eq!(provider.plan(resource, &prior, &config).await.state, prior);
    }
    provider.end().await;
}

#[tokio::test]
async fn elements_of_lists_come_go_and_change_places() {
    let provider = Provider::start().await;
    let mut seen = 0;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let config = example(resource, kind, Extent::Full, "x");
        let created = provider.plan(resource, &Value::Null, &config).await;
        let prior = stored(resource, &created.state);
        for field in kind.parameters.fields {
            let path = Path::root().attribute("parameters").attribute(field.name);
            let Some(Value::List(elements)) = config.at(&path) else { continue };
            seen += 1;
            let mut reversed = elements.clone();
            reversed.reverse();
            let doubled: Vec<Value> = elements.iter().chain(elements).cloned().collect();
            for elements in [reversed, doubled, Vec::new(), elements[1..].to_vec()] {
                let config = config.with(path.clone(), Value::List(elements.clone()));
                let report = provider.client.validate_resource(resource, &config).await.unwrap();
                assert_lawful(&report);
                if report.has_errors() {
                    continue;
                }
                // The driver holds the answer to the number and the order of the configured elements.
                assert_succeeded(&provider.plan(resource, &prior, &config).await.report);
            }
        }
    }
    assert!(seen > 3, "{seen}");
    provider.end().await;
}

#[tokio::test]
async fn a_replacement_that_would_lose_the_rotation_is_refused() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let config = example(resource, kind, Extent::Full, "x");
        let created = provider.plan(resource, &Value::Null, &config).await;
        let prior = stored(resource, &created.state);
        let other = crate::support::server::shared_connections(kind.connections[0])[1].clone();
        let moved = with_present_password(resource, &config.with("connection_id", other.as_str().into()));
        let refused = provider.plan(resource, &prior, &moved).await;
        assert_failed(&refused.report);
        let told = refused.report.errors().next().unwrap();
        assert_eq!(told.path.as_ref().map(ToString::to_string).as_deref(), Some("connection_id"), "{}", kind.slug);
        let free = prior.with("delete_secrets", true.into());
        assert_succeeded(&provider.plan(resource, &free, &moved).await.report);
        let elsewhere = with_present_password(resource, &config.with("secret_path", "/ci".into()));
        assert_succeeded(&provider.plan(resource, &prior, &elsewhere).await.report);
    }
    provider.end().await;
}
