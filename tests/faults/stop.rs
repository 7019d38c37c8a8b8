//! The user stops: waits end, what is on the wire is awaited, and the truth is in state.

use std::time::{Duration, Instant};

use bytes::Bytes;
use infisical_sandbox::faults::{Effect, Fault, Told};
use plugin_driver::client::{ApplyAnswer, ApplyRequest, PlanRequest};
use plugin_driver::core::proposed_new;
use plugin_driver::schema::Resource;
use plugin_driver::session::{Core, Phase};
use plugin_driver::value::{Value, json};

use crate::provider::{assert_lawful, launch, words};
use crate::relay::{Act, Plan, Point, Relay};
use crate::server::{Patience, RESOURCE, Server, block, rotation};

/// How soon a stopped call has to answer. It takes less than a second; a machine that does ten other things may take its
/// time. What is not stopped waits for at least a minute in each of these tests.
const SOON: Duration = Duration::from_secs(20);

/// The route of all rotations of the kind.
const ROUTE: &str = "/api/v2/secret-rotations/redis-credentials";

/// A provider process that has been configured and asked for its schema.
struct Configured {
    core: Core,
    phase: Phase,
}

impl Configured {
    async fn with(url: &str) -> Self {
        let mut core = Core::start(launch().environment("TF_LOG", "DEBUG")).await.unwrap();
        core.configure(&block(url, Patience { request: 120, retry: 600 })).unwrap();
        let phase = core.configured_phase().await.unwrap();
        Self { core, phase }
    }

    fn resource(&self) -> &Resource {
        self.core.schema().resource(RESOURCE).unwrap()
    }

    /// Applies what the configuration says.
    async fn apply(&self, prior: &Value, config: &serde_json::Value) -> ApplyAnswer {
        let resource = self.resource();
        let config = self.core.config(RESOURCE, config).unwrap();
        let request = PlanRequest {
            prior: prior.clone(),
            config: config.clone(),
            proposed: proposed_new(&resource.object.block, prior, &config),
            prior_private: Bytes::new(),
            prior_identity: None,
            planned_private: Bytes::new(),
        };
        let planned = self.phase.client.plan(resource, &request).await.unwrap();
        let request = ApplyRequest {
            prior: prior.clone(),
            planned: planned.state,
            config,
            private: planned.private,
            identity: planned.identity,
        };
        let applied = self.phase.client.apply(resource, &request).await.unwrap();
        assert_lawful(&applied.report, "the stopped apply");
        applied
    }

    /// Waits until the provider's log says that it waits, does something, and stops it. Tells when.
    async fn stop_when_it_waits(&self, first: impl FnOnce()) -> Instant {
        let log = self.phase.process().unwrap().stderr();
        log.containing("waiting: ").await.expect("the provider waits");
        first();
        self.stop().await
    }

    async fn stop(&self) -> Instant {
        let begun = Instant::now();
        assert_eq!(self.phase.client.stop().await.unwrap(), "");
        begun
    }
}

fn id(state: &Value) -> Option<&str> {
    state.get("id").and_then(Value::as_text)
}

#[tokio::test]
async fn a_wait_for_the_rate_limit_ends_and_nothing_is_created() {
    let server = Server::start();
    let limited = Effect::RateLimited { seconds: 600, told: Told::Everywhere };
    server.core().faults.add(Fault::once("POST", ROUTE, limited).always());
    let provider = Configured::with(&server.core().url).await;
    let config = rotation("one");
    let (applied, stopped) = tokio::join!(provider.apply(&Value::Null, &config), provider.stop_when_it_waits(|| ()));
    assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
    assert!(applied.report.has_errors() && applied.state.is_null(), "{}", words(&applied.report));
    assert_eq!(server.count(|method, path| method == "POST" && path == ROUTE), 1, "asked once, and not again");
    assert!(server.rotations().is_empty());
}

#[tokio::test]
async fn a_refresh_that_waits_for_a_failing_server_ends_and_nothing_is_taken_as_gone() {
    let server = Server::start();
    let provider = Configured::with(&server.core().url).await;
    let created = provider.apply(&Value::Null, &rotation("one")).await.state;
    let failing = Effect::Status {
        status: 503,
        message: None,
        body: None,
        headers: [("retry-after", "600")].map(owned).into(),
        after_commit: false,
    };
    server.core().faults.add(Fault::once("GET", "*", failing).always());
    let private = Bytes::new();
    let reading = provider.phase.client.read(provider.resource(), &created, &private, None);
    let (read, stopped) = tokio::join!(reading, provider.stop_when_it_waits(|| ()));
    assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
    assert!(read.unwrap().report.has_errors());
}

#[tokio::test]
async fn a_creation_on_the_wire_is_awaited_for_its_answer_holds_the_id() {
    for point in [Point::Before, Point::After] {
        let server = Server::start();
        let plan = Plan { method: "POST", path: ROUTE, number: 1, point, act: Act::Hold };
        let mut relay = Relay::start(server.address(), plan);
        let provider = Configured::with(&relay.url()).await;
        let config = rotation("one");
        let mut applying = Box::pin(provider.apply(&Value::Null, &config));
        // The third party takes its time, and the user's comes to an end.
        tokio::select! {
            _ = &mut applying => panic!("nobody has answered"),
            () = relay.reached() => {}
        }
        tokio::select! {
            biased;
            _ = &mut applying => panic!("nobody has answered"),
            _ = provider.stop() => {}
        }
        relay.release();
        let applied = applying.await;
        assert!(!applied.report.has_errors(), "{point:?}: {}", words(&applied.report));
        assert_eq!(id(&applied.state), server.rotations().first().map(|rotation| rotation.id.as_str()), "{point:?}");
        assert_eq!(server.issued(), 1);
    }
}

#[tokio::test]
async fn a_creation_of_unknown_fate_is_looked_up_a_last_time() {
    let server = Server::start();
    lose_answers(&server, "POST", ROUTE);
    let provider = Configured::with(&server.core().url).await;
    let config = rotation("one");
    let heal = || server.core().faults.clear();
    let (applied, stopped) = tokio::join!(provider.apply(&Value::Null, &config), provider.stop_when_it_waits(heal));
    assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
    assert!(!applied.report.has_errors(), "{}", words(&applied.report));
    assert!(words(&applied.report).contains("although the answer was lost"));
    assert_eq!(id(&applied.state), server.rotations().first().map(|rotation| rotation.id.as_str()));
}

#[tokio::test]
async fn a_creation_whose_fate_stays_unknown_is_reported() {
    let server = Server::start();
    lose_answers(&server, "POST", ROUTE);
    let provider = Configured::with(&server.core().url).await;
    let config = rotation("one");
    let (applied, stopped) = tokio::join!(provider.apply(&Value::Null, &config), provider.stop_when_it_waits(|| ()));
    assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
    assert!(applied.state.is_null());
    assert!(words(&applied.report).contains("no conclusive answer"), "{}", words(&applied.report));
}

#[tokio::test]
async fn a_rotation_of_unknown_fate_is_looked_up_a_last_time_and_in_state() {
    let server = Server::start();
    let provider = Configured::with(&server.core().url).await;
    let mut config = rotation("one");
    let created = provider.apply(&Value::Null, &config).await.state;
    config["rotation_triggers"] = serde_json::json!({ "reason": "test" });
    // The first read comes before the rotation, all others after it.
    server.core().faults.add(Fault::once("GET", "*", unavailable()).after(1).always());
    server.core().faults.add(Fault::once("POST", &format!("{ROUTE}/{{id}}/rotate-secrets"), Effect::DropAfterCommit));
    let heal = || server.core().faults.clear();
    let (applied, stopped) = tokio::join!(provider.apply(&created, &config), provider.stop_when_it_waits(heal));
    assert!(stopped.elapsed() < SOON, "{:?}", stopped.elapsed());
    assert!(!applied.report.has_errors(), "{}", words(&applied.report));
    let state = json::to_json(&applied.state);
    assert_eq!((&state["active_index"], &state["rotation_triggers"]["reason"]), (&1.into(), &"test".into()));
    assert_eq!(server.issued(), 2);
}

/// Carries out the first such request without an answer, and shows nothing of it.
fn lose_answers(server: &Server, method: &str, route: &str) {
    server.core().faults.add(Fault::once(method, route, Effect::DropAfterCommit));
    server.core().faults.add(Fault::once("GET", "*", unavailable()).always());
}

fn unavailable() -> Effect {
    Effect::Status { status: 503, message: None, body: None, headers: [].into(), after_commit: false }
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
