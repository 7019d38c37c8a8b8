//! The calls besides those of rotations.

use serde_json::json;
use terraform_provider_infisical::infisical::{Error, Place};

use crate::server::{Asked, Reply, Server};
use crate::world::{client, never_stopped, not_found};

const PLACE: Place<'static> = Place { project_id: "p", environment: "prod", path: "/a/b" };

fn connection(id: &str, name: &str, project: Option<&str>) -> serde_json::Value {
    json!({"id": id, "name": name, "app": "redis", "projectId": project, "credentials": {"host": "h"}})
}

#[tokio::test]
async fn projects_are_found_by_id_and_by_slug() {
    let project = json!({"id": "p", "name": "P", "slug": "p-slug", "type": "secret-manager",
        "environments": [{"id": "e", "name": "Production", "slug": "prod"}]});
    let server = Server::start(move |asked: &Asked| match asked.path.as_str() {
        "/api/v1/projects" => Reply::json(200, &json!({"projects": [project]})),
        "/api/v1/projects/p" => Reply::json(200, &json!({"project": project})),
        "/api/v1/projects/slug/p-slug" => Reply::json(200, &project),
        _ => not_found(),
    })
    .await;
    let (client, stop) = (client(&server), never_stopped());
    assert_eq!(client.projects(&stop).await.unwrap().len(), 1);
    let by_id = client.project(&stop, "p").await.unwrap().unwrap();
    assert_eq!(by_id.environments[0].slug, "prod");
    assert_eq!(client.project_by_slug(&stop, "p-slug").await.unwrap(), Some(by_id));
    assert_eq!(client.project(&stop, "q").await.unwrap(), None);
    assert_eq!(client.project_by_slug(&stop, "q").await.unwrap(), None);
}

#[tokio::test]
async fn folders_are_made_once_whatever_the_server_says_about_those_that_exist() {
    let folder = json!({"id": "f", "name": "b", "path": "/a/b"});
    for exists in [
        Reply::json(200, &json!({"folder": folder})),
        Reply::refusal(400, "BadRequest", "Folder with name 'b' already exists in path '/a'"),
    ] {
        let server = Server::start(move |asked: &Asked| {
            if asked.method == "POST" {
                exists.clone()
            } else {
                Reply::json(200, &json!({"folders": [{"id": "f", "name": "b"}]}))
            }
        })
        .await;
        let (client, stop) = (client(&server), never_stopped());
        assert_eq!(client.ensure_folder(&stop, PLACE).await.unwrap().unwrap().id, "f");
        assert_eq!(
            server.asked()[0].json(),
            json!({"projectId": "p", "environment": "prod", "path": "/a", "name": "b"})
        );
        assert_eq!(client.ensure_folder(&stop, Place { path: "/", ..PLACE }).await.unwrap(), None);
        assert_eq!(client.folder(&stop, Place { path: "/a/c", ..PLACE }).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_name_means_the_projects_connection_before_the_organisations() {
    let server = Server::start(|asked: &Asked| {
        let name = asked.path.rsplit('/').next().unwrap();
        match (name, asked.query.as_str()) {
            ("both", "projectId=p") => Reply::json(200, &json!({"appConnection": connection("1", "both", Some("p"))})),
            ("both" | "org", "") => Reply::json(200, &json!({"appConnection": connection("2", name, None)})),
            _ => not_found(),
        }
    })
    .await;
    let (client, stop) = (client(&server), never_stopped());
    for (name, id) in [("both", Some("1")), ("org", Some("2")), ("none", None)] {
        let found = client.connection_by_name(&stop, "redis", "p", name).await.unwrap();
        assert_eq!(found.map(|connection| connection.id).as_deref(), id, "{name}");
    }
}

#[tokio::test]
async fn who_may_only_use_connections_finds_them_all_the_same() {
    let usable = json!({"appConnections": [connection("2", "both", None), connection("1", "both", Some("p")), connection("3", "x", None)]});
    let server = Server::start(move |asked: &Asked| {
        if asked.path.ends_with("/available") {
            Reply::json(200, &usable)
        } else {
            Reply::refusal(403, "PermissionDenied", "no")
        }
    })
    .await;
    let (client, stop) = (client(&server), never_stopped());
    assert_eq!(client.connection_by_name(&stop, "redis", "p", "both").await.unwrap().unwrap().id, "1");
    assert_eq!(client.connection_by_name(&stop, "redis", "p", "none").await.unwrap(), None);
    assert!(matches!(client.connection(&stop, "redis", "1").await, Err(Error::Forbidden(_))));
}

#[tokio::test]
async fn secrets_are_read_with_and_without_their_values() {
    let server = Server::start(|asked: &Asked| match asked.path.as_str() {
        "/api/v4/secrets" => Reply::json(
            200,
            &json!({"secrets": [
            {"id": "1", "secretKey": "A", "isRotatedSecret": true, "rotationId": "r"}, {"id": "2", "secretKey": "B"}]}),
        ),
        "/api/v4/secrets/A" => Reply::json(
            200,
            &json!({"secret": {"secretKey": "A", "version": 3, "secretValue": "hunter2", "rotationId": "r"}}),
        ),
        _ => not_found(),
    })
    .await;
    let (client, stop) = (client(&server), never_stopped());
    let names = client.secret_names(&stop, PLACE).await.unwrap();
    assert!(names[0].is_rotated_secret && !names[1].is_rotated_secret);
    assert_eq!(server.asked()[0].query, "projectId=p&environment=prod&secretPath=%2Fa%2Fb&viewSecretValue=false");
    let secret = client.secret(&stop, PLACE, "A").await.unwrap().unwrap();
    assert_eq!((secret.version, secret.value.expose()), (3, "hunter2"));
    assert!(!format!("{secret:?}").contains("hunter2"));
    assert!(client.secret(&stop, PLACE, "B").await.unwrap().is_none());
}

#[tokio::test]
async fn credentials_options_and_the_description_are_read() {
    let server = Server::start(|asked: &Asked| match asked.path.as_str() {
        "/api/docs/json" => Reply::json(200, &json!({"openapi": "3.0.3"})),
        "/api/v2/secret-rotations/options" => Reply::json(200, &json!({"secretRotationOptions": [
            {"name": "Redis Credentials", "type": "redis-credentials", "connection": "redis", "template": {"secretsMapping": {}}}]})),
        "/api/v2/secret-rotations/redis-credentials/r/generated-credentials" => Reply::json(200, &json!({
            "generatedCredentials": [{"password": "old"}, {"password": "hunter2"}], "activeIndex": 1, "rotationId": "r", "type": "redis-credentials"})),
        _ => not_found(),
    })
    .await;
    let (client, stop) = (client(&server), never_stopped());
    assert_eq!(client.openapi(&stop).await.unwrap()["openapi"], "3.0.3");
    assert_eq!(server.asked()[0].header("authorization"), None);
    assert_eq!(client.rotation_options(&stop).await.unwrap()[0].kind, "redis-credentials");
    let credentials = client.generated_credentials(&stop, "redis-credentials", "r").await.unwrap();
    assert_eq!(credentials.active().unwrap()["password"], "hunter2");
    assert!(!format!("{credentials:?}").contains("hunter2"));
}
