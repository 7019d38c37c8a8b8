//! The process while it serves: streams, health, standard streams, and its end in good and in bad times.

use std::time::Duration;

use futures_util::FutureExt as _;
use plugin_driver::client::{ApplyAnswer, CallError, Client, ImportTarget};
use plugin_driver::launch::Launch;
use plugin_driver::proto::health::health_check_response::ServingStatus;
use plugin_driver::value::Value;
use serde_json::json;
use terraform_provider_infisical::catalog::by_slug;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tonic::Code;

use crate::support::gate::{Gate, Held};
use crate::support::kinds::{Extent, example};
use crate::support::server::{ROTATIONS, Server};
use crate::support::{LIMIT, Provider, apply_request, assert_clean, assert_orderly, assert_succeeded, launch};
use infisical_sandbox::faults::{Effect, Told};

const REDIS: &str = "infisical_redis_rotation";
const CREATE: &str = "POST /api/v2/secret-rotations/redis-credentials HTTP";

type Call = JoinHandle<Result<ApplyAnswer, CallError>>;

/// A provider that reaches its server through a gate.
struct Gated {
    provider: Provider,
    server: Server,
    gate: Gate,
}

impl Gated {
    async fn start() -> Self {
        let (provider, server) = (Provider::start().await, Server::start());
        let gate = Gate::before(server.address()).await;
        provider.configure(&server.block_at(gate.url())).await;
        Self { provider, server, gate }
    }

    fn config(&self) -> Value {
        example(self.provider.resource(REDIS), by_slug("redis-credentials").unwrap(), Extent::Full, "x")
    }

    /// Plans and then begins to apply.
    async fn begin(&self, prior: &Value, config: &Value) -> Call {
        let resource = self.provider.resource(REDIS).clone();
        let planned = self.provider.plan(&resource, prior, config).await;
        assert_succeeded(&planned.report);
        let (client, request) = (self.provider.client.clone(), apply_request(prior, config, &planned));
        tokio::spawn(async move { client.apply(&resource, &request).await })
    }

    /// Begins to create a rotation; returns when the server has made it and the answer waits at the gate.
    async fn create(&self) -> (Call, Held) {
        let mut held = self.gate.hold(CREATE);
        let call = self.begin(&Value::Null, &self.config()).await;
        held.answered().await;
        (call, held)
    }

    async fn created(&self) -> Value {
        self.provider.change(self.provider.resource(REDIS), &Value::Null, &self.config()).await
    }

    fn rotations(&self) -> usize {
        self.server.look(|state| state.rotations.len())
    }
}

fn assert_created(answer: &ApplyAnswer) {
    assert_clean(&answer.report);
    assert!(answer.state.get("id").is_some_and(|id| id.as_text().is_some()), "{answer:?}");
}

#[tokio::test]
async fn the_streams_stay_open_and_silent_until_the_end_and_the_plugin_is_healthy() {
    let provider = Provider::start().await;
    let mut stdio = provider.client.open_stdio().await.unwrap();
    let mut broker = provider.client.open_broker().await.unwrap();
    assert_eq!(provider.client.health("plugin").await.unwrap(), ServingStatus::Serving);
    assert_eq!(provider.client.health("other").await.unwrap_err().status.code(), Code::NotFound);
    provider.client.schema().await.unwrap();
    assert!(stdio.message().now_or_never().is_none() && broker.message().now_or_never().is_none());
    provider.end().await;
    // They end with the process: properly, or because the connection does.
    assert!(!matches!(stdio.message().await, Ok(Some(_))) && !matches!(broker.message().await, Ok(Some(_))));
}

#[tokio::test]
async fn standard_input_is_left_alone_in_a_whole_life() {
    let server = Server::start();
    let provider = Provider::launched(&launch().stdin("yes\n").environment("TF_LOG", "TRACE")).await;
    provider.configure(&server.block()).await;
    let id = ImportTarget::Id("00000000-0000-4000-8000-000000000000".to_owned());
    assert!(provider.client.import(provider.resource(REDIS), &id).await.unwrap().report.has_errors());
    // The end checks what was read of it, and that stdout had one line.
    provider.end().await;
}

#[tokio::test]
async fn a_shutdown_waits_neither_for_open_streams_nor_for_readers() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let provider = Provider::start().await;
    let _streams = (provider.client.open_stdio().await.unwrap(), provider.client.open_broker().await.unwrap());
    let host = format!("http://{}", silent.local_addr().unwrap());
    provider.configure(&json!({ "host": host, "auth": { "token": "t" } })).await;
    let (client, resource) = (provider.client.clone(), provider.resource(REDIS).clone());
    let id = ImportTarget::Id("00000000-0000-4000-8000-000000000000".to_owned());
    let reading = tokio::spawn(async move { client.import(&resource, &id).await });
    let _unanswered = silent.accept().await.unwrap();
    provider.end().await;
    let answer = reading.await.unwrap();
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.report.has_errors()));
}

#[tokio::test]
async fn interrupts_do_not_disturb_an_apply() {
    let gated = Gated::start().await;
    let (call, held) = gated.create().await;
    for _ in 0..3 {
        gated.provider.process.signal("INT").await.unwrap();
        assert_eq!(gated.provider.client.health("plugin").await.unwrap(), ServingStatus::Serving);
    }
    held.open();
    assert_created(&call.await.unwrap().unwrap());
    gated.provider.end().await;
}

#[tokio::test]
async fn a_termination_lets_an_apply_finish_and_takes_no_new_work() {
    let gated = Gated::start().await;
    let (call, held) = gated.create().await;
    gated.provider.process.signal("TERM").await.unwrap();
    let (resource, config) = (gated.provider.resource(REDIS), gated.config());
    // The first refusal shows that the signal has arrived. The process then goes on refusing for as long as the apply
    // waits at the gate: were it to end before, one of many calls would not be answered.
    let mut refusals = 0;
    while refusals < 300 {
        let report = gated.provider.client.validate_resource(resource, &config).await.unwrap();
        assert!(report.has_errors() || refusals == 0);
        refusals += usize::from(report.has_errors());
    }
    held.open();
    assert_created(&call.await.unwrap().unwrap());
    assert_orderly(&gated.provider.process.finish(LIMIT).await.unwrap());
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_a_rate_limit_and_nothing_else() {
    let gated = Gated::start().await;
    let limited = Effect::RateLimited { seconds: 50, told: Told::default() };
    gated.server.injure("POST", ROTATIONS, limited);
    let mut held = gated.gate.hold(CREATE);
    let call = gated.begin(&Value::Null, &gated.config()).await;
    held.answered().await;
    held.open();
    // The refusal is on its way to the provider, which may or may not wait already; a stop counts for both.
    assert_eq!(gated.provider.client.stop().await.unwrap(), "");
    let stopped = tokio::time::timeout(Duration::from_secs(45), call).await.expect("less than it was told to wait");
    let stopped = stopped.unwrap().unwrap();
    assert!(stopped.report.has_errors() && stopped.state.is_null(), "{stopped:?}");
    assert_eq!((gated.server.count("POST"), gated.rotations()), (1, 0), "nothing is repeated");
    gated.provider.end().await;
}

#[tokio::test]
async fn a_stop_waits_for_the_answer_of_what_is_on_the_wire() {
    let gated = Gated::start().await;
    let (call, held) = gated.create().await;
    assert_eq!(gated.provider.client.stop().await.unwrap(), "");
    assert!(!call.is_finished());
    held.open();
    let answer = call.await.unwrap().unwrap();
    let id = answer.state.get("id").and_then(Value::as_text).expect("the id is known").to_owned();
    assert!(gated.server.look(|state| state.rotations.contains_key(&id)));
    // The process goes on: hosts read after a stop.
    let resource = gated.provider.resource(REDIS);
    let read = gated.provider.client.read(resource, &answer.state, &answer.private, None).await.unwrap();
    assert_clean(&read.report);
    assert_eq!(read.state, answer.state);
    gated.provider.end().await;
}

#[tokio::test]
async fn a_shutdown_in_mid_apply_still_brings_the_answer() {
    let gated = Gated::start().await;
    let (call, held) = gated.create().await;
    held.open();
    let _ = gated.provider.client.shutdown().await;
    let answer = call.await.unwrap();
    assert!(answer.is_ok_and(|answer| answer.state.get("id").is_some_and(|id| id.as_text().is_some())));
    assert_orderly(&gated.provider.process.finish(LIMIT).await.unwrap());
}

#[tokio::test]
async fn a_lost_connection_does_not_cut_a_sequence_of_calls() {
    let gated = Gated::start().await;
    let state = gated.created().await;
    let config = gated
        .config()
        .with("description", "changed".into())
        .with("rotation_triggers", Value::Map([("once".to_owned(), Value::from("more"))].into()));
    let mut held = gated.gate.hold("PATCH /api");
    let call = gated.begin(&state, &config).await;
    held.answered().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let Gated { provider, server, .. } = gated;
    let Provider { process, client, .. } = provider;
    drop(client);
    held.open();
    // It ends by itself once its work is done and nobody has come back.
    let finished = process.finish(LIMIT).await.unwrap();
    assert_orderly(&finished);
    let rotated = |entry: &infisical_sandbox::request_log::Entry| {
        entry.method == "POST" && entry.path.ends_with("/rotate-secrets") && entry.status == Some(200)
    };
    assert!(server.requests().iter().any(rotated), "{:#?}", server.requests());
}

#[tokio::test]
async fn an_orphan_ends() {
    // The shell starts the provider, waits, and is killed: nobody tells the provider.
    let recipe = Launch::new("/bin/sh").argument("-c").argument("\"$0\" & wait");
    let process = recipe.argument(env!("CARGO_BIN_EXE_terraform-provider-infisical")).start().await.unwrap();
    let client = Client::new(&process.connect().await.unwrap());
    client.schema().await.unwrap();
    process.signal("KILL").await.unwrap();
    drop(client);
    // The streams end when the last process that holds them does, and that is the provider.
    let ended = tokio::time::timeout(LIMIT, process.finish(LIMIT)).await.expect("the orphan is gone").unwrap();
    assert_eq!((ended.code, ended.killed, ended.stdout.len()), (None, false, 1));
}
