//! The token of the process: how often it is asked for.

use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use terraform_provider_infisical::infisical::{Client, Error, Settings};
use tokio::task::JoinSet;

use crate::server::{Asked, Reply, Server};
use crate::world::{KIND, answer, client, granted, never_stopped, rotation, settings, universal};

const LOGIN: &str = "POST /api/v1/auth/universal-auth/login";

/// A server that grants `token-1`, `token-2` and so on, and judges each by `judge`.
async fn granting(judge: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static) -> (Server, Client) {
    let granted_so_far = Mutex::new(0);
    let server = Server::start(move |asked: &Asked| {
        if asked.path.ends_with("/login") {
            let mut number = granted_so_far.lock().unwrap();
            *number += 1;
            return granted(&format!("token-{number}"));
        }
        let token = asked.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
        judge(token).unwrap_or_else(|| answer(&rotation("a", "project")))
    })
    .await;
    let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
    (server, client)
}

async fn read_at_once(client: &Client, number: usize) -> Vec<Result<(), Error>> {
    let mut reads = JoinSet::new();
    for _ in 0..number {
        let client = client.clone();
        reads.spawn(async move { client.fresh_rotation(&never_stopped(), KIND, "a").await.map(|_| ()) });
    }
    reads.join_all().await
}

#[tokio::test]
async fn all_calls_share_one_login() {
    let (server, client) = granting(|_| None).await;
    assert!(read_at_once(&client, 50).await.iter().all(Result::is_ok));
    assert_eq!((server.count(LOGIN), server.count("GET")), (1, 50));
    let asked = server.asked();
    assert_eq!(asked[0].header("authorization"), None);
    assert_eq!(asked[0].json(), serde_json::json!({"clientId": "id", "clientSecret": "client-secret"}));
}

#[tokio::test]
async fn nothing_is_asked_before_the_first_call() {
    let (server, client) = granting(|_| None).await;
    assert!(client.has_login());
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_for_all() {
    for refusal in [
        Reply::refusal(401, "UnauthorizedError", "Failed to authorize: token has been revoked"),
        Reply::refusal(403, "TokenError", "Your token has expired. Please re-authenticate."),
    ] {
        let (server, client) = granting(move |token| (token == "token-1").then(|| refusal.clone())).await;
        let outcomes = read_at_once(&client, 50).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(server.count(LOGIN), 2);
    }
}

#[tokio::test]
async fn a_missing_permission_is_no_reason_to_log_in_again() {
    let (server, client) = granting(|_| Some(Reply::refusal(403, "PermissionDenied", "no"))).await;
    assert!(read_at_once(&client, 5).await.iter().all(|outcome| matches!(outcome, Err(Error::Forbidden(_)))));
    assert_eq!(server.count(LOGIN), 1);
}

#[tokio::test]
async fn fresh_tokens_that_are_refused_do_not_lead_to_a_loop() {
    let (server, client) = granting(|_| Some(Reply::refusal(401, "UnauthorizedError", "not a member"))).await;
    for _ in 0..10 {
        let error = client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
        assert!(matches!(error, Error::Unauthorised(_)), "{error}");
    }
    assert_eq!((server.count(LOGIN), server.count("GET")), (2, 2));
}

#[tokio::test]
async fn tokens_of_few_uses_are_replaced_as_long_as_they_are_of_use() {
    let uses = Mutex::new(std::collections::BTreeMap::new());
    let (server, client) = granting(move |token| {
        let mut uses = uses.lock().unwrap();
        let count: &mut u32 = uses.entry(token.to_owned()).or_default();
        *count += 1;
        (*count > 2).then(|| Reply::refusal(401, "UnauthorizedError", "token usage limit reached"))
    })
    .await;
    for _ in 0..10 {
        client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap();
    }
    assert_eq!(server.count(LOGIN), 5);
}

#[tokio::test]
async fn a_refused_login_is_never_repeated() {
    let server = Server::start(|_| Reply::refusal(401, "UnauthorizedError", "Invalid credentials client-secret")).await;
    let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
    let outcomes = [read_at_once(&client, 20).await, read_at_once(&client, 5).await].concat();
    for outcome in outcomes {
        let error = outcome.unwrap_err();
        assert!(matches!(&error, Error::Login { method: "universal", .. }), "{error}");
        assert_eq!(error.server_message(), Some("Invalid credentials (secret)"));
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_login_that_fails_in_passing_is_repeated() {
    for fault in [Reply::Drop, Reply::text(502, "<html>"), Reply::refusal(429, "RateLimitExceeded", "in 0 seconds")] {
        let first = Mutex::new(Some(fault));
        let server = Server::start(move |asked| match first.lock().unwrap().take() {
            Some(fault) => fault,
            None if asked.path.ends_with("/login") => granted("token"),
            None => answer(&rotation("a", "project")),
        })
        .await;
        let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
        client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap();
        assert_eq!(server.count(LOGIN), 2);
    }
}

#[tokio::test]
async fn an_outage_during_the_login_is_not_held_against_later_calls() {
    let broken = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let state = broken.clone();
    let server = Server::start(move |asked| {
        if state.load(std::sync::atomic::Ordering::SeqCst) {
            return Reply::refusal(503, "ServiceUnavailable", "no").with("retry-after", 3_000);
        }
        if asked.path.ends_with("/login") { granted("token") } else { answer(&rotation("a", "project")) }
    })
    .await;
    let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
    let error = client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(matches!(&error, Error::Login { .. }) && error.is_transient(), "{error}");
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap();
}

#[tokio::test]
async fn a_token_is_renewed_before_it_expires() {
    let over = format!("e30.{}.x", URL_SAFE_NO_PAD.encode(r#"{"iat":1000,"exp":1000}"#));
    let server =
        Server::start(
            move |asked| {
                if asked.path.ends_with("/login") { granted(&over) } else { answer(&rotation("a", "project")) }
            },
        )
        .await;
    let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
    for number in 1..=3 {
        client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap();
        assert_eq!(server.count(LOGIN), number);
    }
}

#[tokio::test]
async fn a_given_token_is_used_as_it_is() {
    let server = Server::start(|_| Reply::refusal(401, "UnauthorizedError", "no given-token here")).await;
    let client = client(&server);
    for _ in 0..2 {
        let error = client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
        assert!(matches!(&error, Error::Unauthorised(_)) && !error.to_string().contains("given-token"), "{error}");
    }
    assert_eq!((server.count("GET"), server.asked().len()), (2, 2));
}
