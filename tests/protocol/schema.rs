//! What the provider says that it offers. The driver checks the rules of hosts whenever it reads a schema; here is what
//! needs two answers, or knowledge of this provider.

use std::collections::BTreeMap;

use plugin_driver::client::{Client, ImportTarget, MoveRequest};
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::schema::{Attribute, Block, Shape};
use plugin_driver::value::{Path, Type, Value};
use prost::Message as _;
use terraform_provider_infisical::catalog::{KINDS, by_slug, open};
use tonic::Code;

use crate::support::kinds::{Extent, example, example_json};
use crate::support::server::Server;
use crate::support::{Provider, assert_clean, assert_failed, assert_succeeded, launch, plan_request};

/// Words in the name of an attribute that holds a secret.
const SECRETIVE: [&str; 6] = ["password", "secret", "token", "jwt", "private", "key"];

/// Objects of such names that hold none: names of secrets, and rules.
const HARMLESS: [&str; 2] = ["secrets_mapping", "password_requirements"];
/// What a name ends with that speaks of a secret and does not hold it.
const HARMLESS_ENDS: [&str; 3] = ["_name", "_path", "_type"];

#[tokio::test]
async fn the_schema_is_the_same_in_every_process() {
    let ask = async || {
        let provider = Provider::start().await;
        let answer = provider.client.raw().get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap();
        provider.end().await;
        answer.into_inner()
    };
    let (one, other) = (ask().await, ask().await);
    assert!(one == other);
    assert_eq!(one.encoded_len(), other.encoded_len());
    let expected: Vec<&str> = KINDS.iter().map(|kind| kind.resource).chain([open::RESOURCE]).collect();
    let mut names: Vec<&String> = one.resource_schemas.keys().collect();
    names.sort();
    let mut sorted = expected.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
}

#[tokio::test]
async fn metadata_functions_and_identities_agree_with_the_schema() {
    let provider = Provider::start().await;
    assert_clean(&provider.client.metadata(&provider.schema).await.unwrap());
    assert_clean(&provider.client.functions(&provider.schema).await.unwrap());
    let abilities = provider.schema.capabilities;
    assert!(abilities.plan_destroy && abilities.get_provider_schema_optional && abilities.move_resource_state);
    let request = wire::get_resource_identity_schemas::Request {};
    let identities = provider.client.raw().get_resource_identity_schemas(request).await.unwrap().into_inner();
    let with_identity: Vec<&String> =
        provider.schema.resources.iter().filter(|(_, it)| it.identity.is_some()).map(|(name, _)| name).collect();
    let mut named: Vec<&String> = identities.identity_schemas.keys().collect();
    named.sort();
    assert_eq!(named, with_identity);
    provider.end().await;
}

#[tokio::test]
async fn every_attribute_is_described_and_its_type_is_written_as_everybody_writes_it() {
    let provider = Provider::start().await;
    let answer = provider.client.raw().get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap();
    let answer = answer.into_inner();
    let mut described = 0;
    for (name, schema) in
        answer.resource_schemas.iter().chain([(&"provider".to_owned(), answer.provider.as_ref().unwrap())])
    {
        let block = schema.block.as_ref().unwrap();
        assert!(!block.description.is_empty(), "{name}");
        let mut waiting: Vec<(String, &wire::schema::Attribute)> =
            block.attributes.iter().map(|attribute| (format!("{name}.{}", attribute.name), attribute)).collect();
        while let Some((path, attribute)) = waiting.pop() {
            assert!(attribute.description.trim().len() > 10, "{path}: {:?}", attribute.description);
            assert!(attribute.description.ends_with('.'), "{path}: {:?}", attribute.description);
            assert!(attribute.deprecated || attribute.deprecation_message.is_empty(), "{path}");
            described += 1;
            if let Some(nested) = &attribute.nested_type {
                assert!(attribute.r#type.is_empty(), "{path}");
                let inner = nested.attributes.iter();
                waiting.extend(inner.map(|attribute| (format!("{path}.{}", attribute.name), attribute)));
            } else {
                let kind = Type::parse(&attribute.r#type).unwrap();
                assert_eq!(kind.to_json().as_bytes(), attribute.r#type, "{path}");
            }
        }
    }
    assert!(described > 30 * KINDS.len(), "{described} attributes");
    provider.end().await;
}

#[tokio::test]
async fn what_sounds_secret_is_hidden() {
    let provider = Provider::start().await;
    let mut hidden = 0;
    let mut open = Vec::new();
    let resources = provider.schema.resources.iter().map(|(name, resource)| (name.as_str(), &resource.object.block));
    for (name, block) in resources.chain([("provider", &provider.schema.provider.block)]) {
        sort_by_secrecy(block, &mut |path, attribute| {
            if attribute.sensitive || attribute.write_only { hidden += 1 } else { open.push(format!("{name}.{path}")) }
        });
    }
    assert_eq!(open, [""; 0]);
    assert!(hidden > 8, "{hidden}");
    provider.end().await;
}

fn sort_by_secrecy(block: &Block, sort: &mut dyn FnMut(&Path, &Attribute)) {
    let mut waiting: Vec<(Path, &BTreeMap<String, Attribute>)> = vec![(Path::root(), &block.attributes)];
    while let Some((parent, attributes)) = waiting.pop() {
        for (name, attribute) in attributes {
            let path = parent.attribute(name);
            if HARMLESS.contains(&name.as_str()) || HARMLESS_ENDS.iter().any(|end| name.ends_with(end)) {
                continue;
            }
            match &attribute.shape {
                Shape::Nested(_, inner) => waiting.push((path, inner)),
                Shape::Plain(Type::String) if SECRETIVE.iter().any(|word| name.contains(word)) => {
                    sort(&path, attribute);
                }
                Shape::Plain(_) => {}
            }
        }
    }
}

#[tokio::test]
async fn every_call_works_in_a_process_that_was_never_asked_for_its_schema() {
    let knowing = Provider::start().await;
    let schema = knowing.schema.clone();
    knowing.end().await;

    let server = Server::start();
    let process = launch().start().await.unwrap();
    let client = Client::new(&process.connect().await.unwrap());
    let provider = Provider { process, client, schema };
    provider.configure(&server.block()).await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, "x");
    assert_clean(&provider.client.validate_resource(resource, &config).await.unwrap());
    let state = provider.change(resource, &Value::Null, &config).await;
    let id = state.get("id").and_then(Value::as_text).unwrap().to_owned();
    let read = provider.client.read(resource, &state, &[].as_slice().into(), None).await.unwrap();
    assert_eq!((read.state, read.report.diagnostics.len()), (state.clone(), 0));
    assert_clean(&provider.client.generate_config(resource, &state).await.unwrap().report);
    assert_clean(&provider.client.import(resource, &ImportTarget::Id(id)).await.unwrap().report);
    let stored = example_json(kind, Extent::Full, "x").to_string();
    assert_clean(&provider.client.upgrade_state(resource, 0, stored.as_bytes()).await.unwrap().report);
    let deletion = provider.change(resource, &state, &Value::Null).await;
    assert!(deletion.is_null());
    provider.end().await;
}

#[tokio::test]
async fn names_that_do_not_exist_are_refused_with_a_message() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let mut stranger = provider.resource(kind.resource).clone();
    stranger.object.name = "infisical_unheard_of".to_owned();
    let config = example(provider.resource(kind.resource), kind, Extent::Full, "x");
    let client = &provider.client;
    let told = [
        client.validate_resource(&stranger, &config).await.unwrap(),
        client.plan(&stranger, &plan_request(&stranger, &Value::Null, &config)).await.unwrap().report,
        client.read(&stranger, &config, &[].as_slice().into(), None).await.unwrap().report,
        client.upgrade_state(&stranger, 0, b"{}").await.unwrap().report,
        client.import(&stranger, &ImportTarget::Id("x".to_owned())).await.unwrap().report,
        client.move_state(&stranger, &foreign_move()).await.unwrap().report,
        client.generate_config(&stranger, &config).await.unwrap().report,
        client.validate_data_source(&stranger.object, &config).await.unwrap(),
        client.read_data_source(&stranger.object, &config).await.unwrap().report,
        client.validate_ephemeral(&stranger.object, &config).await.unwrap(),
        client.open(&stranger.object, &config).await.unwrap().report,
        client.validate_list(&stranger.object, &config).await.unwrap(),
        client.validate_action(&stranger.object, &config).await.unwrap(),
        client.plan_action(&stranger.object, &config).await.unwrap(),
    ];
    for report in &told {
        assert_failed(report);
        assert!(report.diagnostics[0].detail.contains("infisical_unheard_of"), "{:?}", report.diagnostics);
    }
    let function = wire::call_function::Request { name: "unheard_of".to_owned(), arguments: Vec::new() };
    let called = client.raw().call_function(function).await.unwrap().into_inner();
    assert!(called.error.is_some_and(|error| error.text.contains("unheard_of")) && called.result.is_none());
    let health = client.health("plugin").await;
    assert!(health.is_ok() && !matches!(health.map_err(|it| it.status.code()), Err(Code::Unimplemented)));
    provider.end().await;
}

fn foreign_move() -> MoveRequest {
    MoveRequest {
        provider: "registry.terraform.io/hashicorp/null".to_owned(),
        type_name: "null_resource".to_owned(),
        version: 0,
        state: "{\n  \"id\": \"1\"\n}".to_owned(),
        private: [].as_slice().into(),
        identity: None,
    }
}

#[tokio::test]
async fn an_object_has_an_identity_exactly_if_its_type_says_so() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let config = example(resource, kind, Extent::Minimal, "x");
        // The driver names both an identity that nobody asked for and a missing one as broken rules, in each of these.
        let state = provider.change(resource, &Value::Null, &config).await;
        let read = provider.client.read(resource, &state, &[].as_slice().into(), None).await.unwrap();
        assert_succeeded(&read.report);
        let id = state.get("id").and_then(Value::as_text).unwrap().to_owned();
        assert_succeeded(&provider.client.import(resource, &ImportTarget::Id(id)).await.unwrap().report);
        assert_eq!(read.identity.is_some(), resource.identity.is_some(), "{}", kind.slug);
    }
    provider.end().await;
}
