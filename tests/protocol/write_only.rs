//! Write-only arguments: the present password that some creations need, and that nothing may keep.

use bytes::Bytes;
use plugin_driver::client::{Capabilities, ImportTarget, MoveRequest, PlanRequest};
use plugin_driver::schema::Resource;
use plugin_driver::value::{Value, json};
use serde_json::json;
use terraform_provider_infisical::catalog::table::Rule;
use terraform_provider_infisical::catalog::{KINDS, Kind};

use crate::support::gate::Gate;
use crate::support::kinds::{Extent, example_json};
use crate::support::server::Server;
use crate::support::{Provider, apply_request, assert_clean, assert_failed, assert_succeeded, plan_request};

/// The kinds that have one.
fn kinds() -> impl Iterator<Item = &'static Kind> {
    KINDS.iter().copied().filter(|kind| kind.has_temporary_parameters())
}

/// A configuration in which the account changes its own password.
fn self_service(resource: &Resource, kind: &Kind, suffix: &str, password: &str) -> Value {
    let mut config = example_json(kind, Extent::Full, suffix);
    let needs = kind.rules.iter().find_map(|rule| match rule {
        Rule::CreationNeeds { choice, value, .. } => Some((choice.strip_prefix("parameters.").unwrap(), *value)),
        _ => None,
    });
    let (choice, value) = needs.unwrap();
    config["parameters"][choice] = value.into();
    config["temporary_parameters"] = json!({ "password": password });
    json::from_json(&config, &resource.object.kind()).unwrap()
}

#[tokio::test]
async fn hosts_that_would_store_the_value_are_refused_at_its_place() {
    let provider = Provider::start().await;
    assert!(kinds().count() >= 4);
    for kind in kinds() {
        let resource = provider.resource(kind.resource);
        let older = provider.client.clone().with_capabilities(Capabilities::none());
        let config = self_service(resource, kind, "x", "Secret-1");
        for config in [
            config.clone(),
            config.with("temporary_parameters.password", Value::unknown()),
            config.with("temporary_parameters", Value::unknown()),
        ] {
            let report = older.validate_resource(resource, &config).await.unwrap();
            assert_failed(&report);
            for told in report.errors() {
                let path = told.path.as_ref().unwrap().to_string();
                assert!(path.starts_with("temporary_parameters"), "{path}");
                assert!(told.detail.contains("Terraform 1.11") && told.detail.contains("OpenTofu 1.11"), "{told:?}");
            }
            assert_clean(&provider.client.validate_resource(resource, &config).await.unwrap());
        }
        let without = config.with("temporary_parameters", Value::Null);
        assert_clean(&older.validate_resource(resource, &without).await.unwrap());
    }
    provider.end().await;
}

#[tokio::test]
async fn the_value_is_null_in_every_answer() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    for kind in kinds() {
        let resource = provider.resource(kind.resource);
        let config = self_service(resource, kind, "x", "Secret-1");
        // Hosts propose the value too; the driver names every answer that repeats it.
        let request = plan_request(resource, &Value::Null, &config);
        assert_eq!(request.proposed.get("temporary_parameters"), config.get("temporary_parameters"));
        let planned = provider.plan(resource, &Value::Null, &config).await;
        assert_succeeded(&planned.report);
        let state = provider.change(resource, &Value::Null, &config).await;
        let read = provider.client.read(resource, &state, &Bytes::new(), None).await.unwrap();
        assert_clean(&read.report);
        let id = state.get("id").and_then(Value::as_text).unwrap().to_owned();
        let imported = provider.client.import(resource, &ImportTarget::Id(id)).await.unwrap();
        assert_clean(&imported.report);
        let mut stored = json::to_json(&state);
        stored["temporary_parameters"] = json!({ "password": "Secret-1" });
        let upgraded = provider.client.upgrade_state(resource, 0, stored.to_string().as_bytes()).await.unwrap();
        assert_clean(&upgraded.report);
        let moved = MoveRequest {
            provider: "registry.terraform.io/infisical/infisical".to_owned(),
            type_name: format!("infisical_secret_rotation_{}", kind.slug.replace('-', "_")),
            version: 0,
            state: stored.to_string(),
            private: Bytes::new(),
            identity: None,
        };
        let moved = provider.client.move_state(resource, &moved).await.unwrap();
        assert_clean(&moved.report);
        let generated = provider.client.generate_config(resource, &state).await.unwrap();
        assert_clean(&generated.report);
        let states = [
            &planned.state,
            &state,
            &read.state,
            &imported.objects[0].state,
            &upgraded.state,
            &moved.state,
            &generated.state,
        ];
        for answered in states {
            assert_eq!(answered.get("temporary_parameters"), Some(&Value::Null), "{}", kind.slug);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn the_value_of_the_apply_counts_and_only_a_creation_sends_it() {
    let server = Server::start();
    let gate = Gate::before(server.address()).await;
    let provider = Provider::start().await;
    provider.configure(&server.block_at(gate.url())).await;
    for kind in kinds() {
        let resource = provider.resource(kind.resource);
        let (planning, applying) = (format!("Plan-1-{}", kind.slug), format!("Apply-2-{}", kind.slug));
        let planned = provider.plan(resource, &Value::Null, &self_service(resource, kind, "x", &planning)).await;
        assert_succeeded(&planned.report);
        let config = self_service(resource, kind, "x", &applying);
        let applied = provider.apply(resource, &Value::Null, &config, &planned).await;
        assert_succeeded(&applied.report);
        assert_eq!((gate.heard(&planning), gate.heard(&applying)), (0, 1), "{}", kind.slug);

        // Another value alone is no change; with one, it is not sent either.
        let another = self_service(resource, kind, "x", "Third-3");
        let again = provider.plan(resource, &applied.state, &another).await;
        assert_clean(&again.report);
        assert_eq!(again.state, applied.state, "{}", kind.slug);
        let triggers = Value::Map([("now".to_owned(), Value::from("1"))].into());
        let changed = another.with("description", "another".into()).with("rotation_triggers", triggers);
        let updated = provider.change(resource, &applied.state, &changed).await;
        provider.change(resource, &updated, &Value::Null).await;
        assert_eq!((gate.heard(&applying), gate.heard("Third-3")), (1, 0), "{}", kind.slug);
    }
    provider.end().await;
}

#[tokio::test]
async fn a_creation_without_the_value_is_refused_by_its_plan_and_nothing_else_asks_for_it() {
    let provider = Provider::start().await;
    for kind in kinds() {
        let resource = provider.resource(kind.resource);
        let config = self_service(resource, kind, "x", "Secret-1");
        let without = config.with("temporary_parameters", Value::Null);
        assert_clean(&provider.client.validate_resource(resource, &without).await.unwrap());
        let refused = provider.plan(resource, &Value::Null, &without).await;
        assert_failed(&refused.report);
        let path = refused.report.errors().next().unwrap().path.as_ref().unwrap().to_string();
        assert_eq!(path, "temporary_parameters.password");
        // It may become known later, from an ephemeral source.
        for later in ["temporary_parameters", "temporary_parameters.password"] {
            let planned = provider.plan(resource, &Value::Null, &config.with(later, Value::unknown())).await;
            assert_succeeded(&planned.report);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn the_value_is_not_in_the_private_bytes() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    for kind in kinds() {
        let resource = provider.resource(kind.resource);
        let config = self_service(resource, kind, "x", "Secret-1");
        let request =
            PlanRequest { prior_private: Bytes::from_static(b"{}"), ..plan_request(resource, &Value::Null, &config) };
        let planned = provider.client.plan(resource, &request).await.unwrap();
        let request = apply_request(&Value::Null, &config, &planned);
        let applied = provider.client.apply(resource, &request).await.unwrap();
        assert_succeeded(&applied.report);
        for private in [&planned.private, &applied.private] {
            assert!(!String::from_utf8_lossy(private).contains("Secret-1"));
        }
    }
    provider.end().await;
}
