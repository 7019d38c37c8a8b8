//! The server's rate limits.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use terraform_provider_infisical::infisical::{Client, Error, Settings};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::server::{Asked, Reply, Server};
use crate::world::{KIND, answer, client, decoded, in_turn, never_stopped, new_rotation, rotation, settings};

fn limited() -> Reply {
    Reply::refusal(429, "RateLimitExceeded", "Rate limit exceeded. Please try again in 1 seconds")
}

#[tokio::test]
async fn every_class_waits_as_told_and_repeats() {
    for told in [limited().with("retry-after", 1), limited().with("x-ratelimit-reset", 1), limited()] {
        let mut before = rotation("a", "project");
        let server = Server::start(in_turn(vec![told.clone(), answer(&before)])).await;
        client(&server).create_rotation(&never_stopped(), KIND, &new_rotation("a")).await.unwrap();
        let asked = server.asked();
        assert_eq!(asked.len(), 2, "{told:?}");
        assert!(asked[1].at - asked[0].at >= Duration::from_millis(990), "{told:?}");

        before["activeIndex"] = 1.into();
        let server = Server::start(in_turn(vec![told.clone(), answer(&before)])).await;
        client(&server).rotate(&never_stopped(), KIND, &decoded(&before)).await.unwrap();
        assert_eq!(server.count("POST"), 2, "{told:?}");
    }
}

#[tokio::test]
async fn one_waits_and_all_know() {
    let server = Server::start(in_turn(vec![limited().with("retry-after", 1), answer(&rotation("a", "p"))])).await;
    let client = Client::new(Settings { max_concurrent_requests: 1, ..settings(&server) }).unwrap();
    let mut reads = JoinSet::new();
    for _ in 0..5 {
        let client = client.clone();
        reads.spawn(async move { client.fresh_rotation(&never_stopped(), KIND, "a").await });
    }
    server.arrived(1).await;
    // Requests of another class aren't held.
    client.create_rotation(&never_stopped(), KIND, &new_rotation("a")).await.unwrap();
    assert_eq!(server.asked().len(), 2);
    assert!(reads.join_all().await.iter().all(Result::is_ok));
    let asked = server.asked();
    let (reads, created): (Vec<&Asked>, Vec<&Asked>) = asked.iter().partition(|asked| asked.method == "GET");
    assert_eq!((reads.len(), created.len()), (6, 1));
    assert!(reads[1..].iter().all(|asked| asked.at - reads[0].at >= Duration::from_millis(990)), "{reads:?}");
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_instead() {
    let server = Server::start(in_turn(vec![limited().with("retry-after", 3_000)])).await;
    let error = client(&server).fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(
        matches!(&error, Error::RateLimited { retry_after: Some(wait), .. } if *wait == Duration::from_secs(3_000)),
        "{error}"
    );
    assert_eq!(server.asked().len(), 1);
}

/// A limiter like the server's: a window that begins with its first request, for each route.
#[derive(Default)]
struct Limiter {
    windows: Mutex<BTreeMap<String, (Instant, u64)>>,
}

impl Limiter {
    const LIMIT: u64 = 30;
    const WINDOW: Duration = Duration::from_secs(2);

    fn reply(&self, asked: &Asked) -> Reply {
        let mut windows = self.windows.lock().unwrap();
        let now = Instant::now();
        let window = windows.entry(asked.method.clone()).or_insert((now, 0));
        if now >= window.0 + Self::WINDOW {
            *window = (now, 0);
        }
        window.1 += 1;
        let reset = (window.0 + Self::WINDOW - now).as_secs_f64().ceil();
        let reply = if window.1 > Self::LIMIT { limited() } else { answer(&rotation("a", "project")) };
        reply
            .with("x-ratelimit-limit", Self::LIMIT)
            .with("x-ratelimit-remaining", Self::LIMIT.saturating_sub(window.1))
            .with("x-ratelimit-reset", reset)
    }
}

#[tokio::test]
async fn the_limit_is_used_but_not_hit() {
    let limiter = Limiter::default();
    let server = Server::start(move |asked| limiter.reply(asked)).await;
    let client = Client::new(Settings { max_concurrent_requests: 10, ..settings(&server) }).unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..70 {
        let client = client.clone();
        calls.spawn(async move { client.fresh_rotation(&never_stopped(), KIND, "a").await });
    }
    assert!(calls.join_all().await.iter().all(Result::is_ok));
    // As many requests as calls: not one was refused.
    assert_eq!(server.asked().len(), 70);
}
