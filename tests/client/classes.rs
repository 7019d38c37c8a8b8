//! What is repeated, what is not, and how each request is sent.

use std::time::Duration;

use serde_json::json;
use terraform_provider_infisical::infisical::{Client, Deleted, Error, PathStep, RotationChange, Settings};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::server::{Reply, Server};
use crate::world::{KIND, ONE, answer, client, decoded, in_turn, never_stopped, not_found, rotation, settings};

/// Everything that is over as soon as the server is well again.
fn passing_faults() -> Vec<Reply> {
    vec![
        Reply::Drop,
        Reply::Truncated("{\"secretRotation\":".to_owned()),
        Reply::text(502, "<html>Bad Gateway</html>"),
        Reply::refusal(500, "InternalServerError", "Something went wrong"),
        Reply::refusal(503, "ServiceUnavailable", "later").with("retry-after", 0),
        Reply::refusal(429, "RateLimitExceeded", "Rate limit exceeded. Please try again in 0 seconds"),
    ]
}

#[tokio::test]
async fn reads_updates_and_deletions_are_repeated() {
    for fault in passing_faults() {
        let server = Server::start(in_turn(vec![fault.clone(), answer(&rotation("a", "project"))])).await;
        let read = client(&server).fresh_rotation(&never_stopped(), KIND, "a").await;
        assert_eq!(read.unwrap().unwrap().id, "a", "{fault:?}");
        assert_eq!(server.count("GET"), 2, "{fault:?}");

        let server = Server::start(in_turn(vec![fault.clone(), answer(&rotation("a", "project"))])).await;
        let change = RotationChange { name: Some("n".to_owned()), ..RotationChange::default() };
        client(&server).update_rotation(&never_stopped(), KIND, "a", &change).await.unwrap();
        assert_eq!(server.count("PATCH"), 2, "{fault:?}");

        let server = Server::start(in_turn(vec![fault.clone(), not_found()])).await;
        let deleted = client(&server).delete_rotation(&never_stopped(), KIND, "project", "a", true, false).await;
        assert_eq!(deleted.unwrap(), Deleted::AlreadyGone, "{fault:?}");
        assert_eq!(server.count("DELETE"), 2, "{fault:?}");
    }
}

#[tokio::test]
async fn refusals_are_told_at_once() {
    let token = json!({"error": "PermissionDenied", "message": "You are not allowed", "details": [{"action": "read"}]});
    for (reply, expected) in [
        (Reply::refusal(400, "BadRequest", "no"), "BadRequest"),
        (Reply::refusal(401, "UnauthorizedError", "Token missing"), "Unauthorised"),
        (Reply::refusal(403, "TokenError", "Your token has expired."), "Unauthorised"),
        (Reply::refusal(403, "You are not member of this project", "no"), "Forbidden"),
        (Reply::json(403, &token), "Forbidden"),
        (Reply::refusal(409, "Conflict", "no"), "BadRequest"),
        (
            Reply::json(422, &json!({"error": "ValidationFailure", "message": [{"path": ["name"], "message": "m"}]})),
            "Validation",
        ),
        (
            Reply::json(404, &json!({"message": "Route GET:/x not found", "error": "Not Found", "statusCode": 404})),
            "UnknownRoute",
        ),
        (Reply::text(404, "<html>nginx</html>"), "UnknownRoute"),
        (Reply::text(200, "<!doctype html>"), "UnexpectedAnswer"),
        (Reply::text(302, "").with("location", "https://elsewhere.example/api"), "UnexpectedAnswer"),
    ] {
        let server = Server::start(in_turn(vec![reply])).await;
        let error = client(&server).fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
        assert!(format!("{error:?}").starts_with(expected), "{error:?}");
        assert!(!error.is_transient(), "{error}");
        assert_eq!(server.asked().len(), 1, "{error}");
    }
}

#[tokio::test]
async fn issues_of_a_refused_body_keep_their_places() {
    let body =
        json!({"error": "ValidationFailure", "message": [{"path": ["parameters", "grants", 0], "message": "m"}]});
    let server = Server::start(in_turn(vec![Reply::json(422, &body)])).await;
    let change = RotationChange::default();
    let error = client(&server).update_rotation(&never_stopped(), KIND, "a", &change).await.unwrap_err();
    let path = [PathStep::Key("parameters".to_owned()), PathStep::Key("grants".to_owned()), PathStep::Index(0)];
    assert_eq!(error.issues()[0].path, path);
    assert_eq!(error.failure().unwrap().route, "/api/v2/secret-rotations/redis-credentials/:rotation");
}

#[tokio::test]
async fn an_unknown_route_is_never_taken_for_a_deleted_rotation() {
    let route = json!({"message": "Route DELETE:/x not found", "error": "Not Found", "statusCode": 404});
    let server = Server::start(in_turn(vec![Reply::json(404, &route)])).await;
    for revoke in [false, true] {
        let outcome = client(&server).delete_rotation(&never_stopped(), KIND, "project", "a", true, revoke).await;
        assert!(matches!(outcome, Err(Error::UnknownRoute(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn another_kind_is_an_error() {
    let mut other = rotation("a", "project");
    other["type"] = json!("supabase-api-key");
    let server = Server::start(in_turn(vec![answer(&other)])).await;
    let client = client(&server);
    let error = client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(matches!(&error, Error::UnexpectedKind { asked, got, .. } if asked == KIND && got == "supabase-api-key"));
    let error = client.rotate(&never_stopped(), KIND, &decoded(&rotation("a", "project"))).await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedKind { .. }));
}

#[tokio::test]
async fn requests_are_sent_as_the_server_wants_them() {
    let server = Server::start(in_turn(vec![answer(&rotation("a", "project"))])).await;
    let client = client(&server);
    let stop = never_stopped();
    client.rotate(&stop, KIND, &decoded(&rotation("a", "project"))).await.unwrap();
    client.delete_rotation(&stop, KIND, "project", "a", true, false).await.unwrap();
    client.rotation_by_name(&stop, KIND, "project", "prod", "/a b", "n").await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].line(), format!("POST {ONE}/a/rotate-secrets"));
    assert_eq!((asked[0].body.as_str(), asked[0].header("content-type")), ("{}", Some("application/json")));
    assert_eq!(asked[1].line(), format!("DELETE {ONE}/a"));
    assert_eq!(asked[1].query, "deleteSecrets=true&revokeGeneratedCredentials=false");
    assert_eq!((asked[1].body.as_str(), asked[1].header("content-type")), ("", None));
    assert_eq!(asked[2].line(), format!("GET {ONE}/rotation-name/n"));
    assert_eq!(asked[2].query, "projectId=project&environment=prod&secretPath=%2Fa+b");
    for one in &asked {
        assert_eq!(one.header("authorization"), Some("Bearer given-token"));
        let agent = one.header("user-agent").unwrap();
        assert!(agent.starts_with("terraform-provider-infisical/"), "{agent}");
        assert!(one.header("accept-encoding").unwrap().contains("gzip"));
    }
}

#[tokio::test]
async fn a_stop_ends_reads_and_waits_at_once_and_awaits_changes() {
    let server = Server::start(|_| Reply::Never).await;
    let (client, stop) = (client(&server), CancellationToken::new());
    let (read, ()) = tokio::join!(client.fresh_rotation(&stop, KIND, "a"), async {
        server.arrived(1).await;
        stop.cancel();
    });
    assert!(read.unwrap_err().is_stopped());

    // Far longer than any test may take.
    let told = Reply::refusal(503, "ServiceUnavailable", "later").with("retry-after", 3_000);
    let server = Server::start(in_turn(vec![told])).await;
    let stop = CancellationToken::new();
    let patient = Settings { max_retry_wait: Duration::from_secs(10_000), ..settings(&server) };
    let client = Client::new(patient).unwrap();
    let (read, ()) = tokio::join!(client.fresh_rotation(&stop, KIND, "a"), async {
        server.arrived(1).await;
        stop.cancel();
    });
    assert!(read.is_err());
    assert_eq!(server.asked().len(), 1);

    let (door, opening) = watch::channel(false);
    let server = Server::start(move |_| Reply::Held(opening.clone(), Box::new(answer(&rotation("a", "p"))))).await;
    let stop = CancellationToken::new();
    let client = crate::world::client(&server);
    let change = RotationChange::default();
    let (update, ()) = tokio::join!(client.update_rotation(&stop, KIND, "a", &change), async {
        server.arrived(1).await;
        stop.cancel();
        door.send(true).unwrap();
    });
    assert_eq!(update.unwrap().id, "a");
    assert!(client.update_rotation(&stop, KIND, "a", &change).await.unwrap_err().is_stopped());
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_with_its_cause() {
    let server = Server::start(|_| Reply::Drop).await;
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let gone = Settings {
        host: Some(format!("http://{nobody}")),
        max_retry_wait: Duration::from_millis(100),
        ..settings(&server)
    };
    let client = Client::new(gone).unwrap();
    let error = client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { cause, .. } if cause.contains("refused")), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_a_time_out() {
    let server = Server::start(|_| Reply::Never).await;
    let hasty = Settings {
        request_timeout: Duration::from_millis(50),
        max_retry_wait: Duration::from_millis(50),
        ..settings(&server)
    };
    let error = Client::new(hasty).unwrap().fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn nothing_is_asked_without_a_login() {
    let server = Server::start(|_| Reply::Drop).await;
    let client = Client::new(Settings { login: None, ..settings(&server) }).unwrap();
    assert!(!client.has_login());
    let error = client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(matches!(error, Error::NotConfigured(_)));
    let error = client.fresh_rotation(&never_stopped(), KIND, "").await.unwrap_err();
    assert!(matches!(error, Error::InvalidIdentifier { .. }));
    assert!(server.asked().is_empty());
}
