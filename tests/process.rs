//! The process that serves a provider, seen by its host: what happens to the calls of others when one panics, is
//! dropped or outlives the user's patience. Played on a toy provider, for the real one neither panics nor waits at will.

#![expect(clippy::unwrap_used, reason = "in a test, what is not there is a failure")]

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use plugin_driver::client::{ApplyAnswer, ApplyRequest, CallError, Client, PlanRequest, Report};
use plugin_driver::launch::{Finished, Launch, Process, Reattach};
use plugin_driver::schema::Resource;
use plugin_driver::value::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinHandle;

/// Long enough for any machine; a test that needs it has failed.
const LIMIT: Duration = Duration::from_secs(60);

/// The toy provider as a process, and a host's connection to it.
struct Toy {
    process: Process,
    client: Client,
    thing: Resource,
    gate: TcpListener,
}

impl Toy {
    async fn start() -> Self {
        let process = Launch::new(binary()).environment("TF_LOG_PROVIDER", "TRACE").start().await.unwrap();
        let client = Client::new(&process.connect().await.unwrap());
        let (schema, _) = client.schema().await.unwrap();
        let thing = schema.resource("toy_thing").unwrap().clone();
        Self { process, client, thing, gate: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    /// A thing that behaves like this and waits at the gate.
    fn waiting(&self, behaviour: &str) -> Value {
        thing(Value::text(&self.gate.local_addr().unwrap().to_string()), behaviour)
    }

    /// Begins to create a thing; returns when the provider stands at the gate.
    async fn create(&self, thing: &Value) -> (JoinHandle<Result<ApplyAnswer, CallError>>, TcpStream) {
        let (client, resource, request) = (self.client.clone(), self.thing.clone(), creation(thing));
        let call = tokio::spawn(async move { client.apply(&resource, &request).await });
        (call, self.gate.accept().await.unwrap().0)
    }

    async fn end(self) -> Finished {
        self.client.shutdown().await.unwrap();
        let finished = self.process.finish(LIMIT).await.unwrap();
        assert_eq!((finished.code, finished.killed), (Some(0), false), "{finished:?}");
        finished
    }
}

/// The toy, which cargo builds beside the tests; but not if it is told to run this file alone.
fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let built = tests.ancestors().nth(2).unwrap();
    let binary = built.join("examples").join(format!("toy{}", std::env::consts::EXE_SUFFIX));
    assert!(binary.exists(), "run `cargo build --example toy` first");
    binary
}

fn thing(gate: Value, behaviour: &str) -> Value {
    Value::object([("id", Value::Null), ("gate", gate), ("behaviour", Value::text(behaviour))])
}

fn creation(thing: &Value) -> ApplyRequest {
    ApplyRequest {
        prior: Value::Null,
        planned: thing.with("id", Value::unknown()),
        config: thing.clone(),
        private: [].as_slice().into(),
        identity: None,
    }
}

fn plan(thing: &Value) -> PlanRequest {
    PlanRequest {
        prior: Value::Null,
        config: thing.clone(),
        proposed: thing.clone(),
        prior_private: [].as_slice().into(),
        prior_identity: None,
        planned_private: [].as_slice().into(),
    }
}

fn assert_reported_as_bug(report: &Report) {
    let text = format!("{:?}", report.diagnostics);
    assert!(report.has_errors() && text.contains("bug in the provider") && !text.contains("canary"), "{text}");
}

#[tokio::test]
async fn a_panic_ends_one_call_with_a_message_and_nothing_else() {
    let toy = Toy::start().await;
    let (waiting, gate) = toy.create(&toy.waiting("waits")).await;
    let panics = |place: &str| thing(Value::Null, &format!("panics {place}"));

    assert_reported_as_bug(&toy.client.validate_resource(&toy.thing, &panics("in validate")).await.unwrap());
    assert_reported_as_bug(&toy.client.plan(&toy.thing, &plan(&panics("in plan"))).await.unwrap().report);
    let state = panics("in read").with("id", Value::text("thing"));
    let read = toy.client.read(&toy.thing, &state, &[].as_slice().into(), None).await.unwrap();
    assert_reported_as_bug(&read.report);
    let lost = toy.client.apply(&toy.thing, &creation(&panics("in apply"))).await.unwrap();
    assert_reported_as_bug(&lost.report);
    assert!(lost.state.is_null());
    let kept = toy.client.apply(&toy.thing, &creation(&panics("late"))).await.unwrap();
    assert_reported_as_bug(&kept.report);
    assert_eq!(kept.state.get("id"), Some(&Value::text("thing")), "what was reached is not lost");

    drop(gate);
    assert!(!waiting.await.unwrap().unwrap().report.has_errors());
    let stderr = toy.end().await.stderr.join("\n");
    assert_eq!(stderr.matches("a call panicked").count(), 5, "{stderr}");
    assert!(!stderr.contains("canary"), "{stderr}");
    for line in stderr.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["@level"].is_string() && line["@message"].is_string() && line["@timestamp"].is_string());
    }
}

#[tokio::test]
async fn a_change_outlives_its_connection_and_the_process_ends_after_it() {
    let Toy { process, client, thing, gate } = Toy::start().await;
    let toy = Toy { process, client, thing, gate };
    let (call, open) = toy.create(&toy.waiting("waits")).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let Toy { process, client, gate, .. } = toy;
    drop(client);
    drop(open);
    // The provider says at the gate that it got to the end.
    gate.accept().await.unwrap();
    let finished = process.finish(LIMIT).await.unwrap();
    assert_eq!((finished.code, finished.killed), (Some(0), false));
}

#[tokio::test]
async fn a_stop_ends_the_waits_of_calls_in_flight_only() {
    let toy = Toy::start().await;
    let (call, _open) = toy.create(&toy.waiting("obeys")).await;
    assert_eq!(toy.client.stop().await.unwrap(), "");
    let stopped = call.await.unwrap().unwrap();
    assert!(stopped.report.has_errors());
    assert_eq!(stopped.state.get("id"), Some(&Value::text("thing")));

    let (call, open) = toy.create(&toy.waiting("obeys")).await;
    drop(open);
    assert!(!call.await.unwrap().unwrap().report.has_errors());
    toy.end().await;
}

#[tokio::test]
async fn a_shutdown_gives_a_change_in_flight_the_chance_to_answer() {
    let toy = Toy::start().await;
    let _streams = (toy.client.open_stdio().await.unwrap(), toy.client.open_broker().await.unwrap());
    let (call, _open) = toy.create(&toy.waiting("obeys")).await;
    toy.client.shutdown().await.unwrap();
    let answer = call.await.unwrap().unwrap();
    assert_eq!(answer.state.get("id"), Some(&Value::text("thing")));
    assert_eq!(toy.process.finish(LIMIT).await.unwrap().code, Some(0));
}

#[tokio::test]
async fn a_shutdown_waits_for_no_reader_and_not_for_ever() {
    let toy = Toy::start().await;
    let state = toy.waiting("waits").with("id", Value::text("thing"));
    let (client, resource) = (toy.client.clone(), toy.thing.clone());
    let reading = tokio::spawn(async move { client.read(&resource, &state, &[].as_slice().into(), None).await });
    let _reader = toy.gate.accept().await.unwrap();
    let (changing, _open) = toy.create(&toy.waiting("waits")).await;
    toy.end().await;
    assert!(reading.await.unwrap().is_err() && changing.await.unwrap().is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn signals_do_not_cut_a_change() {
    let toy = Toy::start().await;
    let (call, open) = toy.create(&toy.waiting("obeys")).await;
    for signal in ["INT", "INT", "HUP", "TERM"] {
        toy.process.signal(signal).await.unwrap();
    }
    // The refusal shows that the last signal has arrived; the change still waits at the gate.
    let refused = loop {
        let report = toy.client.validate_resource(&toy.thing, &thing(Value::Null, "")).await.unwrap();
        if report.has_errors() {
            break format!("{:?}", report.diagnostics);
        }
    };
    assert!(refused.contains("terminating"), "{refused}");
    drop(open);
    assert!(!call.await.unwrap().unwrap().report.has_errors());
    assert_eq!(toy.process.finish(LIMIT).await.unwrap().code, Some(0));
}

#[cfg(unix)]
#[tokio::test]
async fn debug_mode_serves_one_connection_after_another_until_it_is_interrupted() {
    let mut process = Command::new(binary()).arg("debug").stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let value = loop {
        let line = lines.next_line().await.unwrap().expect("the variable to set");
        if let Some(value) = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='") {
            break value.strip_suffix('\'').unwrap().to_owned();
        }
    };
    let attachments = Reattach::parse(&value).unwrap();
    assert_eq!(attachments.len(), 2);
    for attachment in attachments.values() {
        assert!(attachment.test);
        assert_eq!(Some(attachment.id), process.id());
        let client = Client::new(&attachment.connect().await.unwrap());
        let (schema, report) = client.schema().await.unwrap();
        assert!(schema.resource("toy_thing").is_ok() && !report.has_errors());
    }
    let interrupt = Command::new("kill").args(["-INT", &process.id().unwrap().to_string()]).status().await.unwrap();
    assert!(interrupt.success());
    let status = tokio::time::timeout(LIMIT, process.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
}
