//! Messages, and values of any shape: whatever is configured, answers keep the rules of hosts.

use plugin_driver::client::dynamic;
use plugin_driver::generate::{Random, configuration, with_each_changed};
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::{Value, msgpack};
use terraform_provider_infisical::catalog::KINDS;

use crate::support::kinds::{Extent, example};
use crate::support::{Provider, assert_failed, assert_lawful};

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once_in_a_fixed_order() {
    let (provider, other) = (Provider::start().await, Provider::start().await);
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let wrong = example(resource, kind, Extent::Full, "x")
            .with("name", "Not A Slug!".into())
            .with("connection_id", "not-a-uuid".into())
            .with("environment", "".into())
            .with("rotation_interval", Value::from(0))
            .with("rotate_at_utc.hours", Value::from(24))
            .with("rotate_at_utc.minutes", Value::from(-1))
            .with("secret_path", "no/slash".into());
        let told = async |provider: &Provider| {
            let report = provider.client.validate_resource(resource, &wrong).await.unwrap();
            assert_failed(&report);
            let place = |told: &plugin_driver::client::Diagnostic| told.path.as_ref().unwrap().to_string();
            report.diagnostics.iter().map(|told| (place(told), told.detail.clone())).collect::<Vec<_>>()
        };
        let first = told(&provider).await;
        assert_eq!(first, told(&provider).await);
        assert_eq!(first, told(&other).await, "in every process");
        let places: Vec<&str> = first.iter().map(|(place, _)| place.as_str()).collect();
        for place in [
            "connection_id",
            "environment",
            "name",
            "rotate_at_utc.hours",
            "rotate_at_utc.minutes",
            "rotation_interval",
            "secret_path",
        ] {
            assert!(places.contains(&place), "{}: {place} is missing in {places:?}", kind.slug);
        }
    }
    provider.end().await;
    other.end().await;
}

#[tokio::test]
async fn whatever_is_configured_answers_keep_the_rules() {
    let provider = Provider::start().await;
    let (mut refused, mut planned) = (0, 0);
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let block = &resource.object.block;
        let good = example(resource, kind, Extent::Full, "x");
        let random = (0..15).map(|seed| configuration(block, seed));
        let changed = with_each_changed(block, &good, 3).into_iter().map(|variation| variation.config);
        for config in random.chain(changed) {
            let report = provider.client.validate_resource(resource, &config).await.unwrap();
            assert_lawful(&report);
            refused += usize::from(report.has_errors());
            let answer = provider.plan(resource, &Value::Null, &config).await;
            assert_lawful(&answer.report);
            planned += usize::from(answer.report.is_usable());
        }
    }
    assert!(refused > 15 * KINDS.len() && planned > 20 * KINDS.len(), "{refused} {planned}");
    provider.end().await;
}

#[tokio::test]
async fn values_survive_the_way_there_and_back() {
    let provider = Provider::start().await;
    let mut random = Random::new(5);
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let block = &resource.object.block;
        for _ in 0..5 {
            // Generating a configuration drops what only the provider sets and passes on all the rest.
            let state = configuration(block, random.next_number());
            let request = wire::generate_resource_config::Request {
                type_name: kind.resource.to_owned(),
                state: Some(dynamic(&state)),
            };
            let answer = provider.client.raw().generate_resource_config(request).await.unwrap().into_inner();
            assert_eq!(answer.diagnostics, []);
            let back = msgpack::decode(&answer.config.unwrap().msgpack, &resource.object.kind()).unwrap();
            for field in kind.parameters.fields.iter().filter(|field| field.planned_default().is_none()) {
                if field.members().is_empty() {
                    let path = plugin_driver::value::Path::root().attribute("parameters").attribute(field.name);
                    assert_eq!(back.at(&path), state.at(&path), "{}.{path}", kind.slug);
                }
            }
            for name in ["name", "description", "rotation_interval", "rotation_triggers", "secrets_mapping"] {
                assert_eq!(back.get(name), state.get(name), "{}.{name}", kind.slug);
            }
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn numbers_are_planned_as_exactly_as_they_are_configured() {
    let provider = Provider::start().await;
    for kind in KINDS.iter().take(3) {
        let resource = provider.resource(kind.resource);
        let good = example(resource, kind, Extent::Full, "x");
        for number in [
            "0.1",
            "0.5",
            "9007199254740993",
            "9223372036854775807",
            "-9223372036854775808",
            "18446744073709551615",
            "1e30",
            "-0",
            "0.12345678901234567890",
        ] {
            let number = Value::Number(number.parse().unwrap());
            let answer = provider.plan(resource, &Value::Null, &good.with("rotation_interval", number.clone())).await;
            assert_lawful(&answer.report);
            assert_eq!(answer.state.get("rotation_interval"), Some(&number));
        }
    }
    provider.end().await;
}
