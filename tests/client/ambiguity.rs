//! Creations, rotations and revocations without a conclusive answer: never done twice, and told as they are.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use terraform_provider_infisical::infisical::{Client, Created, Deleted, Error, Settings};
use tokio_util::sync::CancellationToken;

use crate::server::{Reply, Server};
use crate::world::{
    KIND, ONE, answer, client, decoded, http_date, never_stopped, new_rotation, not_found, rotation, settings,
};

/// A server that answers a POST by `posted`, and look-ups by the record that `seen` gives for their number.
async fn server(posted: Reply, seen: impl Fn(usize) -> Option<Value> + Send + Sync + 'static) -> Server {
    let looks = Mutex::new(0);
    Server::start(move |asked| {
        if asked.method != "GET" {
            return posted.clone();
        }
        let mut looks = looks.lock().unwrap();
        *looks += 1;
        seen(*looks).map_or_else(not_found, |record| answer(&record))
    })
    .await
}

async fn create(server: &Server) -> Result<Created, Error> {
    client(server).create_rotation(&never_stopped(), KIND, &new_rotation("new")).await
}

fn gone() -> Reply {
    Reply::refusal(500, "InternalServerError", "Something went wrong")
}

#[tokio::test]
async fn a_creation_that_was_done_is_adopted() {
    for fault in [
        Reply::Drop,
        Reply::Truncated("{\"secretRotation\":".to_owned()),
        Reply::text(504, "<html>"),
        Reply::text(200, "garbage"),
        gone(),
        Reply::refusal(400, "BadRequest", "Infisical encountered an issue while generating credentials: queue"),
    ] {
        let server = server(fault.clone(), |_| Some(rotation("new", "project"))).await;
        let created = create(&server).await.unwrap();
        assert!(created.adopted && created.rotation.id == "new", "{fault:?}");
        assert_eq!((server.count("POST"), server.count("GET")), (1, 1), "{fault:?}");
        assert_eq!(server.asked()[1].line(), format!("GET {ONE}/rotation-name/new"));
    }
}

#[tokio::test]
async fn a_creation_that_the_server_goes_on_with_is_waited_for() {
    let server = server(Reply::Drop, |look| (look >= 3).then(|| rotation("new", "project"))).await;
    assert!(create(&server).await.unwrap().adopted);
    assert_eq!((server.count("POST"), server.count("GET")), (1, 3));
}

#[tokio::test]
async fn a_creation_that_is_seen_by_nobody_is_reported() {
    let server = server(Reply::Drop, |_| None).await;
    let client = Client::new(Settings { max_retry_wait: Duration::from_millis(500), ..settings(&server) }).unwrap();
    let error = client.create_rotation(&never_stopped(), KIND, &new_rotation("new")).await.unwrap_err();
    assert!(matches!(&error, Error::AmbiguousCreate { id: None, name, .. } if name == "new"), "{error}");
    assert_eq!(server.count("POST"), 1);
    assert!(server.count("GET") >= 2);
}

#[tokio::test]
async fn a_creation_that_the_server_ended_without_effect_keeps_its_error() {
    for refusal in
        [gone(), Reply::refusal(400, "BadRequest", "Infisical encountered an issue while generating credentials")]
    {
        let server = server(refusal, |_| None).await;
        let error = create(&server).await.unwrap_err();
        assert!(matches!(error, Error::Server(_) | Error::BadRequest(_)), "{error}");
        assert_eq!((server.count("POST"), server.count("GET")), (1, 1));
    }
}

#[tokio::test]
async fn a_refused_creation_is_not_looked_up() {
    let server = server(Reply::refusal(400, "BadRequest", "A Secret Rotation with the name exists"), |_| None).await;
    assert!(matches!(create(&server).await.unwrap_err(), Error::BadRequest(_)));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_may_be_somebody_elses_is_not_adopted() {
    let changes: [(&str, Value, &str); 5] = [
        ("connection", json!({"app": "redis", "name": "cache", "id": "other"}), "connection"),
        ("parameters", json!({"permissionScope": "~other"}), "parameters"),
        ("secretsMapping", json!({"username": "OTHER", "password": "P"}), "mapping"),
        ("createdAt", json!("2026-01-01T00:00:00.000Z"), "existed before"),
        ("createdAt", json!("yesterday"), "isn't known"),
    ];
    for (key, value, reason) in changes {
        let server = server(Reply::Drop, move |_| {
            let mut other = rotation("other", "project");
            other[key] = value.clone();
            Some(other)
        })
        .await;
        match create(&server).await.unwrap_err() {
            Error::AmbiguousCreate { id: Some(id), difference: Some(difference), .. } => {
                assert!(id == "other" && difference.contains(reason), "{key}: {difference}");
            }
            error => panic!("{key}: {error:?}"),
        }
        assert_eq!(server.count("POST"), 1);
    }
}

#[tokio::test]
async fn the_servers_clock_decides_and_not_that_of_this_machine() {
    // A server whose clock is a day late: what it has just created looks old here.
    let yesterday = jiff::Timestamp::now() - Duration::from_secs(86_400);
    let date = yesterday.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let mut record = rotation("new", "project");
    record["createdAt"] = json!(yesterday.to_string());
    let body = json!({"secretRotation": record});
    let with_clock = Server::start({
        let body = body.clone();
        move |asked| if asked.method == "GET" { Reply::json(200, &body).with("date", &date) } else { Reply::Drop }
    })
    .await;
    assert!(create(&with_clock).await.unwrap().adopted);
    let without =
        Server::start(move |asked| if asked.method == "GET" { Reply::json(200, &body) } else { Reply::Drop }).await;
    assert!(matches!(create(&without).await.unwrap_err(), Error::AmbiguousCreate { id: Some(_), .. }));
}

#[tokio::test]
async fn after_a_stop_one_last_look_tells_the_truth() {
    for done in [true, false] {
        let stop = CancellationToken::new();
        let (stopping, looks) = (stop.clone(), Arc::new(Mutex::new(0)));
        let server = Server::start(move |asked| {
            if asked.method != "GET" {
                return Reply::Drop;
            }
            let mut looks = looks.lock().unwrap();
            *looks += 1;
            if *looks == 1 {
                stopping.cancel();
                return not_found();
            }
            if done { answer(&rotation("new", "project")) } else { not_found() }
        })
        .await;
        let patient = Settings { max_retry_wait: Duration::from_secs(10_000), ..settings(&server) };
        let client = Client::new(patient).unwrap();
        let outcome = client.create_rotation(&stop, KIND, &new_rotation("new")).await;
        match outcome {
            Ok(created) => assert!(done && created.adopted),
            Err(error) => assert!(!done && matches!(error, Error::AmbiguousCreate { id: None, .. }), "{error}"),
        }
        assert_eq!((server.count("POST"), server.count("GET")), (1, 2 + usize::from(!done && server.count("GET") > 2)));
    }
}

/// The record of a rotation after it was rotated, or tried to be.
fn after(rotated: bool) -> Value {
    let mut record = rotation("a", "project");
    record["lastRotationAttemptedAt"] = json!("2026-03-11T00:00:00.000Z");
    if rotated {
        record["lastRotatedAt"] = record["lastRotationAttemptedAt"].clone();
        record["activeIndex"] = json!(1);
    } else {
        record["rotationStatus"] = json!("failed");
        record["lastRotationMessage"] = json!("the third party is down");
    }
    record
}

async fn rotate(server: &Server) -> Result<terraform_provider_infisical::infisical::Rotation, Error> {
    let client = Client::new(Settings { max_retry_wait: Duration::from_secs(1), ..settings(server) }).unwrap();
    client.rotate(&never_stopped(), KIND, &decoded(&rotation("a", "project"))).await
}

#[tokio::test]
async fn a_rotation_that_was_done_is_recognised() {
    for fault in [Reply::Drop, Reply::text(502, "<html>"), Reply::text(200, "garbage"), gone()] {
        let server = server(fault.clone(), |_| Some(after(true))).await;
        assert_eq!(rotate(&server).await.unwrap().active_index, 1, "{fault:?}");
        assert_eq!(server.count("POST"), 1);
    }
    let slow = server(Reply::Drop, |look| Some(if look < 3 { rotation("a", "project") } else { after(true) })).await;
    assert_eq!(rotate(&slow).await.unwrap().active_index, 1);
    assert_eq!((slow.count("POST"), slow.count("GET")), (1, 3));
}

#[tokio::test]
async fn a_rotation_that_failed_is_told_with_its_reason() {
    let lost = server(Reply::Drop, |_| Some(after(false))).await;
    let error = rotate(&lost).await.unwrap_err();
    assert!(error.to_string().contains("the third party is down"), "{error}");
    let told =
        server(Reply::refusal(500, "InternalServerError", "Infisical encountered an issue"), |_| Some(after(false)))
            .await;
    assert!(matches!(rotate(&told).await.unwrap_err(), Error::Server(_)));
    assert_eq!((lost.count("POST"), told.count("POST")), (1, 1));
}

#[tokio::test]
async fn a_rotation_of_unknown_fate_is_not_repeated() {
    let server = server(Reply::Drop, |_| Some(rotation("a", "project"))).await;
    let error = rotate(&server).await.unwrap_err();
    assert!(matches!(&error, Error::AmbiguousRotate { id, .. } if id == "a"), "{error}");
    assert_eq!(server.count("POST"), 1);
    let error =
        rotate(&self::server(Reply::refusal(400, "BadRequest", "A rotation is already in progress."), |_| None).await)
            .await;
    assert!(matches!(error, Err(Error::BadRequest(_))));
}

async fn revoke(server: &Server) -> Result<Deleted, Error> {
    let client = Client::new(Settings { max_retry_wait: Duration::from_secs(1), ..settings(server) }).unwrap();
    client.delete_rotation(&never_stopped(), KIND, "project", "a", true, true).await
}

#[tokio::test]
async fn a_revocation_is_never_repeated() {
    for (fault, still_there, expected) in [
        (Reply::Drop, false, "Ok(Done)"),
        (Reply::Drop, true, "Err(AmbiguousDelete"),
        (gone(), true, "Err(Server"),
        (gone(), false, "Ok(Done)"),
        (not_found(), false, "Ok(AlreadyGone)"),
        (Reply::refusal(400, "BadRequest", "could not revoke"), true, "Err(BadRequest"),
    ] {
        let server = server(fault.clone(), move |_| still_there.then(|| rotation("a", "project"))).await;
        let outcome = format!("{:?}", revoke(&server).await);
        assert!(outcome.starts_with(expected), "{fault:?} {still_there}: {outcome}");
        assert_eq!(server.count("DELETE"), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_revocation_that_was_never_seen_may_be_repeated() {
    let first = Mutex::new(true);
    let server = Server::start(move |_| {
        if std::mem::take(&mut *first.lock().unwrap()) {
            return Reply::refusal(429, "RateLimitExceeded", "in 0 seconds");
        }
        answer(&rotation("a", "project")).with("date", http_date())
    })
    .await;
    assert_eq!(revoke(&server).await.unwrap(), Deleted::Done);
    assert_eq!(server.count("DELETE"), 2);
}

#[tokio::test]
async fn what_a_creation_alone_needs_is_never_repeated_in_its_error() {
    let refusal = Reply::refusal(400, "BadRequest", "password hunter2hunter2 is wrong");
    let server = server(refusal, |_| None).await;
    let mut new = new_rotation("new");
    new.temporary_parameters = Some(json!({"password": "hunter2hunter2"}));
    let error = client(&server).create_rotation(&never_stopped(), KIND, &new).await.unwrap_err();
    assert_eq!(error.server_message(), Some("password (secret) is wrong"));
    assert_eq!(server.asked()[0].json()["temporaryParameters"]["password"], "hunter2hunter2");
    assert!(!format!("{new:?} {error:?}").contains("hunter2"));
}
