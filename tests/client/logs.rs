//! What is logged: long waits with their reason, and nothing secret.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use terraform_provider_infisical::infisical::{Client, Settings};
use tokio_util::sync::CancellationToken;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use crate::server::{Reply, Server};
use crate::world::{KIND, answer, granted, never_stopped, new_rotation, rotation, settings, universal};

/// Writes down every event of every level, those of other crates among them.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<(Level, String)>>>);

impl Log {
    fn lines(&self) -> Vec<(Level, String)> {
        self.0.lock().unwrap().clone()
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line(span.metadata().name().to_owned());
        span.record(&mut line);
        self.0.lock().unwrap().push((*span.metadata().level(), line.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line(String::new());
        values.record(&mut line);
        self.0.lock().unwrap().push((Level::TRACE, line.0));
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().target().to_owned());
        event.record(&mut line);
        self.0.lock().unwrap().push((*event.metadata().level(), line.0));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn long_waits_are_told_once_with_their_reason() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let server =
        Server::start(|_| Reply::refusal(429, "RateLimitExceeded", "Rate limit exceeded.").with("retry-after", 30))
            .await;
    let settings = Settings { max_retry_wait: Duration::from_secs(60), ..settings(&server) };
    let (client, stop) = (Client::new(settings).unwrap(), CancellationToken::new());
    let told = async {
        while !log.lines().iter().any(|(level, _)| *level == Level::INFO) {
            tokio::task::yield_now().await;
        }
        stop.cancel();
    };
    let read = || client.fresh_rotation(&stop, KIND, "a");
    let (one, two, three, ()) = tokio::join!(read(), read(), read(), told);
    assert!([one, two, three].into_iter().all(|outcome| outcome.unwrap_err().is_stopped()));
    let lines = log.lines();
    let infos: Vec<_> = lines.iter().filter(|(level, _)| *level <= Level::INFO).collect();
    assert_eq!(infos.len(), 1, "{infos:?}");
    let text = &infos[0].1;
    assert!(text.contains("rate limit") && text.contains("class read") && text.contains("seconds="), "{text}");
}

#[tokio::test]
async fn nothing_secret_is_logged() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let server = Server::start(|asked| {
        if asked.path.ends_with("/login") {
            return granted("canary-token");
        }
        if asked.path.ends_with("/generated-credentials") {
            return Reply::json(
                200,
                &json!({"generatedCredentials": [{"password": "canary-issued"}], "activeIndex": 0,
                "rotationId": "a", "type": KIND}),
            );
        }
        if asked.method == "POST" {
            return Reply::refusal(400, "BadRequest", "canary-temporary is wrong, client-secret and canary-token too");
        }
        answer(&rotation("a", "project"))
    })
    .await;
    let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
    client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap();
    client.generated_credentials(&never_stopped(), KIND, "a").await.unwrap();
    let mut new = new_rotation("a");
    new.temporary_parameters = Some(json!({"password": "canary-temporary"}));
    let error = client.create_rotation(&never_stopped(), KIND, &new).await.unwrap_err();
    let lines = log.lines();
    assert!(lines.iter().any(|(_, line)| line.contains("/api/v2/secret-rotations/redis-credentials")), "{lines:?}");
    for text in lines.iter().map(|(_, line)| line.clone()).chain([error.to_string(), format!("{error:?} {client:?}")]) {
        for secret in ["canary", "client-secret"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
