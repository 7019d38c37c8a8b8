//! Reads of many rotations: how many calls they make, and that they are right all the same.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use terraform_provider_infisical::infisical::{Client, Error, RotationChange, Settings};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::server::{Asked, Reply, Server};
use crate::world::{
    KIND, ONE, answer, client, granted, in_turn, never_stopped, not_found, rotation, settings, universal,
};

const LIST: &str = "/api/v2/secret-rotations";

/// The rotations that a server has: of each project those whose ids begin with its name.
fn stored(projects: usize, each: usize) -> Vec<Value> {
    let ids = (0..projects).flat_map(|project| (0..each).map(move |number| (project, number)));
    ids.map(|(project, number)| rotation(&format!("p{project}-{number}"), &format!("p{project}"))).collect()
}

fn serve(stored: &[Value], asked: &Asked) -> Reply {
    if asked.path == LIST {
        let project = asked.query.strip_prefix("projectId=").unwrap();
        let rotations: Vec<&Value> = stored.iter().filter(|rotation| rotation["projectId"] == project).collect();
        return Reply::json(200, &json!({"secretRotations": rotations}));
    }
    if asked.path.ends_with("/login") {
        return granted("token");
    }
    let id = asked.path.rsplit('/').next().unwrap();
    stored.iter().find(|rotation| rotation["id"] == id).map_or_else(not_found, answer)
}

/// Reads everything with ten workers, as Terraform does.
async fn refresh(client: &Client, stored: &[Value]) {
    let mut waiting: Vec<(String, String)> = stored
        .iter()
        .map(|rotation| {
            (rotation["projectId"].as_str().unwrap().to_owned(), rotation["id"].as_str().unwrap().to_owned())
        })
        .collect();
    let mut workers = JoinSet::new();
    let take = Arc::new(Mutex::new(std::mem::take(&mut waiting)));
    for _ in 0..10 {
        let (client, take) = (client.clone(), take.clone());
        workers.spawn(async move {
            loop {
                let Some((project, id)) = take.lock().unwrap().pop() else { return };
                let read = client.read_rotation(&never_stopped(), KIND, Some(&project), &id).await;
                assert_eq!(read.unwrap().unwrap().id, id);
            }
        });
    }
    workers.join_all().await;
}

async fn calls_of_a_refresh(projects: usize, each: usize) -> usize {
    let all = stored(projects, each);
    let known = all.clone();
    let server = Server::start(move |asked| serve(&known, asked)).await;
    let client = Client::new(Settings { login: Some(universal()), ..settings(&server) }).unwrap();
    refresh(&client, &all).await;
    server.asked().len()
}

#[tokio::test]
async fn a_thousand_rotations_take_three_calls() {
    assert_eq!(calls_of_a_refresh(1, 1_000).await, 3);
}

#[tokio::test]
async fn ten_projects_of_a_hundred_take_twenty_one_calls() {
    assert_eq!(calls_of_a_refresh(10, 100).await, 21);
}

#[tokio::test]
async fn one_rotation_of_a_large_project_is_read_by_its_id() {
    let all = stored(1, 5_000);
    let server = Server::start(move |asked| serve(&all, asked)).await;
    let client = client(&server);
    for _ in 0..2 {
        client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-4321").await.unwrap().unwrap();
    }
    assert_eq!((server.count("GET"), server.count(&format!("GET {ONE}/p0-4321"))), (2, 2));
}

#[tokio::test]
async fn without_batching_each_is_read_by_its_id() {
    let all = stored(1, 20);
    let known = all.clone();
    let server = Server::start(move |asked| serve(&known, asked)).await;
    let client = Client::new(Settings { batch_reads: false, ..settings(&server) }).unwrap();
    refresh(&client, &all).await;
    assert_eq!(server.count(&format!("GET {ONE}/")), 20);
}

#[tokio::test]
async fn what_the_list_hides_is_asked_for_before_it_is_called_gone() {
    let all = stored(1, 3);
    let server = Server::start(move |asked| {
        let visible = if asked.path == LIST { &all[..1] } else { &all[..] };
        serve(visible, asked)
    })
    .await;
    let client = client(&server);
    for id in ["p0-0", "p0-1", "p0-2"] {
        let read = client.read_rotation(&never_stopped(), KIND, Some("p0"), id).await.unwrap();
        assert_eq!(read.unwrap().id, id);
    }
    assert_eq!(client.read_rotation(&never_stopped(), KIND, Some("p0"), "gone").await.unwrap(), None);
    assert_eq!(server.count(&format!("GET {LIST}")), 5);
    assert_eq!(server.asked().iter().filter(|asked| asked.path == LIST).count(), 1);
}

#[tokio::test]
async fn a_list_that_is_refused_is_done_without() {
    for refusal in [Reply::refusal(403, "PermissionDenied", "no"), Reply::text(404, ""), Reply::text(200, "{}")] {
        let all = stored(1, 3);
        let server =
            Server::start(move |asked| if asked.path == LIST { refusal.clone() } else { serve(&all, asked) }).await;
        let client = client(&server);
        for id in ["p0-0", "p0-1", "p0-2", "p0-0"] {
            client.read_rotation(&never_stopped(), KIND, Some("p0"), id).await.unwrap().unwrap();
        }
        assert_eq!(server.asked().iter().filter(|asked| asked.path == LIST).count(), 1);
    }
}

#[tokio::test]
async fn a_list_of_another_kind_is_no_answer() {
    let mut all = stored(1, 2);
    all[1]["type"] = json!("supabase-api-key");
    let server = Server::start(move |asked| serve(&all, asked)).await;
    let client = client(&server);
    client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-0").await.unwrap().unwrap();
    let error = client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-1").await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedKind { .. }));
}

#[tokio::test]
async fn an_outage_is_told_to_all_who_wait() {
    let server = Server::start(in_turn(vec![
        answer(&rotation("p0-0", "p0")),
        Reply::refusal(503, "ServiceUnavailable", "no").with("retry-after", 3_000),
    ]))
    .await;
    let client = client(&server);
    client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-0").await.unwrap().unwrap();
    for id in ["p0-1", "p0-2"] {
        let error = client.read_rotation(&never_stopped(), KIND, Some("p0"), id).await.unwrap_err();
        assert!(matches!(error, Error::Server(_)), "{error}");
    }
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn reads_after_a_write_see_it() {
    let stored = Arc::new(Mutex::new(stored(1, 3)));
    let known = stored.clone();
    let server = Server::start(move |asked| {
        let mut stored = known.lock().unwrap();
        if asked.method == "PATCH" {
            stored[2]["name"] = asked.json()["name"].clone();
        }
        serve(&stored, asked)
    })
    .await;
    let client = client(&server);
    let read = async |id: &str| client.read_rotation(&never_stopped(), KIND, Some("p0"), id).await.unwrap().unwrap();
    for number in 0..3 {
        read("p0-0").await;
        read("p0-1").await;
        read("p0-2").await;
        let change = RotationChange { name: Some(format!("new-{number}")), ..RotationChange::default() };
        client.update_rotation(&never_stopped(), KIND, "p0-2", &change).await.unwrap();
        assert_eq!(read("p0-2").await.name, format!("new-{number}"));
    }
}

#[tokio::test]
async fn a_list_that_was_asked_for_before_a_write_does_not_answer_after_it() {
    let (door, opening) = watch::channel(false);
    let written = Arc::new(AtomicBool::new(false));
    let seen = written.clone();
    let server = Server::start(move |asked| {
        let mut all = stored(1, 3);
        if asked.method == "PATCH" {
            seen.store(true, Ordering::SeqCst);
        }
        if seen.load(Ordering::SeqCst) {
            all[2]["name"] = json!("new");
        }
        let reply = serve(&all, asked);
        if asked.path == LIST { Reply::Held(opening.clone(), Box::new(reply)) } else { reply }
    })
    .await;
    let client = client(&server);
    client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-0").await.unwrap();
    let listing = client.clone();
    let early = tokio::spawn(async move { listing.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-1").await });
    server.arrived(2).await;
    let change = RotationChange { name: Some("new".to_owned()), ..RotationChange::default() };
    client.update_rotation(&never_stopped(), KIND, "p0-2", &change).await.unwrap();
    let after = client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-2").await.unwrap().unwrap();
    assert_eq!(after.name, "new");
    door.send(true).unwrap();
    assert_eq!(early.await.unwrap().unwrap().unwrap().id, "p0-1");
    // What the early list said is used by nobody who comes later.
    let again = client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-2").await.unwrap().unwrap();
    assert_eq!(again.name, "new");
}

#[tokio::test]
async fn a_reader_that_gives_up_leaves_the_others_their_list() {
    let (door, opening) = watch::channel(false);
    let server = Server::start(move |asked| {
        let reply = serve(&stored(1, 3), asked);
        if asked.path == LIST { Reply::Held(opening.clone(), Box::new(reply)) } else { reply }
    })
    .await;
    let client = client(&server);
    client.read_rotation(&never_stopped(), KIND, Some("p0"), "p0-0").await.unwrap();
    let read = |id: &'static str| {
        let client = client.clone();
        tokio::spawn(async move { client.read_rotation(&never_stopped(), KIND, Some("p0"), id).await })
    };
    let first = read("p0-1");
    server.arrived(2).await;
    let second = read("p0-2");
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    door.send(true).unwrap();
    assert_eq!(second.await.unwrap().unwrap().unwrap().id, "p0-2");
}
