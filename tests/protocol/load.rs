//! Many calls at once, large messages, and messages from other versions of the protocol.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use plugin_driver::client::{Client, PlanRequest, dynamic};
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::{Value, json};
use serde_json::Value as Json;
use terraform_provider_infisical::catalog::{KINDS, by_slug};
use tonic::Code;
use tonic::codegen::http::uri::PathAndQuery;
use tonic_prost::ProstCodec;

use crate::support::kinds::{Extent, example, example_json};
use crate::support::{Provider, assert_clean, assert_succeeded, plan_request};

const MEBIBYTE: usize = 1 << 20;

#[tokio::test]
async fn a_hundred_calls_at_once_get_each_its_own_answer() {
    let provider = Arc::new(Provider::start().await);
    let calls = (0..100).map(|number| {
        let provider = Arc::clone(&provider);
        tokio::spawn(async move { mixed_call(&provider, number).await })
    });
    for call in join_all(calls).await {
        call.unwrap();
    }
    Arc::into_inner(provider).unwrap().end().await;
}

async fn mixed_call(provider: &Provider, number: usize) {
    let kind = &KINDS[number % KINDS.len()];
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, &format!("n{number}"));
    match number % 5 {
        0 => {
            let planned = provider.plan(resource, &Value::Null, &config).await;
            assert_succeeded(&planned.report);
            assert_eq!(planned.state.get("name"), config.get("name"));
        }
        1 => {
            let wrong = config.with("rotation_interval", Value::from(-1));
            let report = provider.client.validate_resource(resource, &wrong).await.unwrap();
            let paths: Vec<String> = report.errors().filter_map(|it| Some(it.path.as_ref()?.to_string())).collect();
            assert_eq!(paths, ["rotation_interval"]);
        }
        2 => {
            let mut stored = example_json(kind, Extent::Full, "x");
            stored["id"] = Json::from(format!("id-{number}"));
            let stored = stored.to_string();
            let upgraded = provider.client.upgrade_state(resource, 0, stored.as_bytes()).await.unwrap();
            assert_clean(&upgraded.report);
            assert_eq!(upgraded.state.get("id"), Some(&Value::from(format!("id-{number}").as_str())));
        }
        3 => {
            let (schema, report) = provider.client.schema().await.unwrap();
            assert_clean(&report);
            assert_eq!(schema.resources.len(), KINDS.len() + 1, "those of the kinds, and the one for any kind");
        }
        _ => assert_clean(
            &provider
                .client
                .validate_provider(
                    &provider.schema,
                    &provider.block(&Json::Object(
                        [("host".to_owned(), Json::from(format!("https://h{number}.example")))].into_iter().collect(),
                    )),
                )
                .await
                .unwrap(),
        ),
    }
}

#[tokio::test]
async fn large_messages_pass_both_ways_and_too_large_ones_are_refused() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let request = |length: usize| PlanRequest {
        prior_private: Bytes::from(vec![b'p'; length]),
        ..plan_request(resource, &Value::Null, &example(resource, kind, Extent::Full, "x"))
    };
    let answer = provider.client.plan(resource, &request(100 * MEBIBYTE)).await.unwrap();
    assert_succeeded(&answer.report);
    assert_eq!(answer.private.len(), 100 * MEBIBYTE, "what is stored reaches the change");
    let refused = provider.client.plan(resource, &request(257 * MEBIBYTE)).await.unwrap_err();
    assert_eq!(refused.status.code(), Code::OutOfRange, "{refused}");
    assert_succeeded(&provider.client.plan(resource, &request(0)).await.unwrap().report);
    provider.end().await;
}

/// A request of a later version of the protocol: it has a field that is not known yet.
#[derive(Clone, PartialEq, prost::Message)]
struct LaterRequest {
    #[prost(string, tag = "1")]
    type_name: String,
    #[prost(message, optional, tag = "2")]
    config: Option<wire::DynamicValue>,
    #[prost(string, tag = "99")]
    later: String,
    #[prost(message, optional, tag = "100")]
    nested: Option<wire::DynamicValue>,
}

async fn call<Q, A>(
    client: &mut tonic::client::Grpc<tonic::transport::Channel>,
    path: &'static str,
    request: Q,
) -> Result<A, tonic::Status>
where
    Q: prost::Message + Send + Sync + 'static,
    A: prost::Message + Default + Send + Sync + 'static,
{
    client.ready().await.unwrap();
    let codec = ProstCodec::<Q, A>::default();
    let answer = client.unary(tonic::Request::new(request), PathAndQuery::from_static(path), codec).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn what_later_versions_add_is_ignored_and_what_does_not_exist_is_unimplemented() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let config = example(provider.resource(kind.resource), kind, Extent::Full, "x");
    let connection = provider.process.connect().await.unwrap();
    let mut raw = tonic::client::Grpc::new(connection.channel.clone());
    let later = LaterRequest {
        type_name: kind.resource.to_owned(),
        config: Some(dynamic(&config)),
        later: "later".to_owned(),
        nested: Some(dynamic(&config)),
    };
    let answer: wire::validate_resource_config::Response =
        call(&mut raw, "/tfplugin6.Provider/ValidateResourceConfig", later.clone()).await.unwrap();
    assert_eq!(answer.diagnostics, []);
    for path in [
        "/tfplugin6.Provider/FlyToTheMoon",
        "/tfplugin5.Provider/GetSchema",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let status = call::<_, wire::stop_provider::Response>(&mut raw, path, later.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented, "{path}");
    }
    let client = Client::new(&connection);
    assert_clean(&client.validate_resource(provider.resource(kind.resource), &config).await.unwrap());
    provider.end().await;
}

#[tokio::test]
async fn values_in_json_are_read_and_absent_ones_are_null() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let config = example_json(kind, Extent::Full, "x").to_string();
    let mut request = wire::validate_resource_config::Request {
        type_name: kind.resource.to_owned(),
        config: Some(wire::DynamicValue { json: config.into(), msgpack: Bytes::new() }),
        client_capabilities: None,
    };
    let answer = provider.client.raw().validate_resource_config(request.clone()).await.unwrap().into_inner();
    assert_eq!(answer.diagnostics, []);
    let stored = json::from_json(&Json::Null, &provider.resource(kind.resource).object.kind()).unwrap();
    assert!(stored.is_null());
    for absent in [None, Some(wire::DynamicValue::default())] {
        request.config = absent.clone();
        provider.client.raw().validate_resource_config(request.clone()).await.unwrap();
        let read = wire::read_resource::Request {
            type_name: kind.resource.to_owned(),
            current_state: absent,
            ..wire::read_resource::Request::default()
        };
        let answer = provider.client.raw().read_resource(read).await.unwrap().into_inner();
        assert!(answer.new_state.is_none_or(|state| state.msgpack.is_empty() || *state.msgpack == [0xc0]));
    }
    provider.end().await;
}
