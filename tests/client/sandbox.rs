//! The client against the sandbox: a server that was written from the API's description and not from the client.

use std::time::Duration;

use infisical_sandbox::clock::Clock;
use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::state::State;
use infisical_sandbox::{Options, Running, Sandbox, seed};
use serde_json::json;
use terraform_provider_infisical::catalog::KINDS;
use terraform_provider_infisical::infisical::{
    Client, Deleted, Error, Login, NewRotation, Place, RotateAtUtc, RotationChange, Secret, Settings,
};
use tokio::task::JoinSet;

use crate::world::never_stopped;

const KIND: &str = "auth0-client-secret";
const PLACE: Place<'static> = Place { project_id: seed::PROJECT_ID, environment: "dev", path: "/app" };

fn sandbox(rate_limits: Option<RateLimits>) -> Running {
    let clock = Clock::real();
    let mut state = State::default();
    seed::plant(&mut state, clock.now());
    Sandbox::start(Options { clock, rate_limits, state, ..Options::default() }).unwrap()
}

fn client(sandbox: &Running, login: Login) -> Client {
    let settings =
        Settings { host: Some(format!("{}/api/", sandbox.url())), login: Some(login), ..Settings::default() };
    Client::new(settings).unwrap()
}

fn universal() -> Login {
    Login::Universal { client_id: seed::CLIENT_ID.to_owned(), client_secret: Secret::new(seed::CLIENT_SECRET) }
}

fn new(name: &str) -> NewRotation {
    let name_of_secret = |end: &str| format!("{}_{end}", name.to_uppercase().replace('-', "_"));
    NewRotation {
        name: name.to_owned(),
        description: Some("made by a test".to_owned()),
        project_id: seed::PROJECT_ID.to_owned(),
        connection_id: seed::connection_id("auth0").unwrap().to_owned(),
        environment: "dev".to_owned(),
        secret_path: "/app".to_owned(),
        is_auto_rotation_enabled: true,
        rotation_interval: 30.into(),
        rotate_at_utc: RotateAtUtc { hours: 1, minutes: 30 },
        parameters: json!({"clientId": "client"}),
        secrets_mapping: json!({"clientId": name_of_secret("ID"), "clientSecret": name_of_secret("SECRET")}),
        temporary_parameters: None,
    }
}

#[tokio::test]
async fn a_rotation_lives_from_its_creation_to_its_end() {
    let sandbox = sandbox(None);
    let (client, stop) = (client(&sandbox, universal()), never_stopped());
    let created = client.create_rotation(&stop, KIND, &new("one")).await.unwrap();
    assert!(!created.adopted);
    let id = created.rotation.id.clone();
    let read = client.read_rotation(&stop, KIND, Some(seed::PROJECT_ID), &id).await.unwrap().unwrap();
    assert_eq!(read, created.rotation);
    let by_name = client.rotation_by_name(&stop, KIND, seed::PROJECT_ID, "dev", "/app", "one").await.unwrap();
    assert_eq!(by_name.unwrap().id, id);
    assert_eq!(client.list_rotations(&stop, seed::PROJECT_ID).await.unwrap(), std::slice::from_ref(&read));

    let change =
        RotationChange { description: Some(None), is_auto_rotation_enabled: Some(false), ..RotationChange::default() };
    let updated = client.update_rotation(&stop, KIND, &id, &change).await.unwrap();
    assert_eq!((updated.description, updated.is_auto_rotation_enabled), (None, false));
    assert_eq!(updated.next_rotation_at, None);
    let rotated = client.rotate(&stop, KIND, &read).await.unwrap();
    assert_ne!(rotated.active_index, read.active_index);
    let credentials = client.generated_credentials(&stop, KIND, &id).await.unwrap();
    assert_eq!((credentials.generated_credentials.len(), credentials.active_index), (2, rotated.active_index));
    let secret = client.secret(&stop, PLACE, "ONE_SECRET").await.unwrap().unwrap();
    assert_eq!(credentials.active().unwrap()["clientSecret"], secret.value.expose());
    assert_eq!(secret.rotation_id.as_deref(), Some(id.as_str()));
    let names = client.secret_names(&stop, PLACE).await.unwrap();
    assert_eq!(names.iter().filter(|secret| secret.is_rotated_secret).count(), 2);

    let error = client.create_rotation(&stop, KIND, &new("one")).await.unwrap_err();
    assert!(matches!(&error, Error::NameTaken { id: taker, .. } if *taker == id), "{error}");
    assert!(error.request_id().is_some(), "{error}");
    let delete = || client.delete_rotation(&stop, KIND, seed::PROJECT_ID, &id, true, true);
    assert_eq!(delete().await.unwrap(), Deleted::Done);
    assert_eq!(delete().await.unwrap(), Deleted::AlreadyGone);
    assert_eq!(client.fresh_rotation(&stop, KIND, &id).await.unwrap(), None);
    assert!(client.secret_names(&stop, PLACE).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_neighbours_of_a_rotation_are_found() {
    let sandbox = sandbox(None);
    let (client, stop) = (client(&sandbox, universal()), never_stopped());
    let project = client.project_by_slug(&stop, seed::PROJECT_SLUG).await.unwrap().unwrap();
    assert_eq!(client.project(&stop, seed::PROJECT_ID).await.unwrap().as_ref(), Some(&project));
    assert_eq!(client.projects(&stop).await.unwrap(), std::slice::from_ref(&project));
    assert_eq!(project.environments.len(), 3);
    assert_eq!(client.project(&stop, "5eed0000-0000-4000-8000-00000000ffff").await.unwrap(), None);

    let connection = client.connection_by_name(&stop, "auth0", seed::PROJECT_ID, "demo-auth0").await.unwrap().unwrap();
    assert_eq!(Some(connection.id.as_str()), seed::connection_id("auth0"));
    assert_eq!(client.connection(&stop, "auth0", &connection.id).await.unwrap().unwrap().name, "demo-auth0");
    assert_eq!(client.connection_by_name(&stop, "auth0", seed::PROJECT_ID, "none").await.unwrap(), None);
    assert!(!client.connections(&stop, "auth0", Some(seed::PROJECT_ID)).await.unwrap().is_empty());
    assert!(!client.available_connections(&stop, "auth0", seed::PROJECT_ID).await.unwrap().is_empty());

    let deep = Place { path: "/made/by/this", ..PLACE };
    assert_eq!(client.folder(&stop, deep).await.unwrap(), None);
    let made = client.ensure_folder(&stop, deep).await.unwrap().unwrap();
    assert_eq!(client.ensure_folder(&stop, deep).await.unwrap().unwrap().id, made.id);
    assert_eq!(client.folder(&stop, deep).await.unwrap().unwrap().id, made.id);
    assert!(client.secret(&stop, PLACE, "NONE").await.unwrap().is_none());

    assert_eq!(client.rotation_options(&stop).await.unwrap().len(), KINDS.len());
    assert!(client.openapi(&stop).await.unwrap()["paths"].is_object());
}

#[tokio::test]
async fn the_sandbox_knows_the_same_logins() {
    let sandbox = sandbox(None);
    let identity_id = || seed::IDENTITY_ID.to_owned();
    for login in [
        universal(),
        Login::Oidc { identity_id: identity_id(), jwt: Secret::new(seed::OIDC_JWT) },
        Login::Jwt { identity_id: identity_id(), jwt: Secret::new(seed::PLAIN_JWT) },
        Login::Kubernetes {
            identity_id: identity_id(),
            service_account_token: Some(Secret::new(seed::KUBERNETES_JWT)),
            service_account_token_path: None,
        },
        Login::Ldap {
            identity_id: identity_id(),
            username: seed::LDAP_USERNAME.to_owned(),
            password: Secret::new(seed::LDAP_PASSWORD),
        },
    ] {
        let method = login.method();
        let outcome = client(&sandbox, login).projects(&never_stopped()).await;
        assert_eq!(outcome.map(|projects| projects.len()).map_err(|error| error.to_string()), Ok(1), "{method}");
    }
    let keys = |name: &str| match name {
        "AWS_ACCESS_KEY_ID" => Some(seed::AWS_ACCESS_KEY_ID.to_owned()),
        "AWS_SECRET_ACCESS_KEY" => Some("any".to_owned()),
        _ => None,
    };
    let settings = Settings {
        host: Some(sandbox.url().to_owned()),
        login: Some(Login::AwsIam { identity_id: identity_id() }),
        ..Settings::default()
    };
    let client = Client::with_environment(settings, std::sync::Arc::new(keys)).unwrap();
    assert_eq!(client.projects(&never_stopped()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn who_may_only_read_is_told_so() {
    let sandbox = sandbox(None);
    let viewer = Login::Universal {
        client_id: seed::VIEWER_CLIENT_ID.to_owned(),
        client_secret: Secret::new(seed::VIEWER_CLIENT_SECRET),
    };
    let client = client(&sandbox, viewer);
    let error = client.create_rotation(&never_stopped(), KIND, &new("one")).await.unwrap_err();
    assert!(matches!(&error, Error::Forbidden(failure) if failure.details.is_some()), "{error}");
}

/// Limits as those of the free plan of Infisical Cloud, with a window that a test can wait for.
fn limits() -> RateLimits {
    RateLimits { window_seconds: 3, ..RateLimits::default() }
}

#[tokio::test]
async fn two_hundred_creations_and_five_hundred_reads_meet_no_refusal() {
    let sandbox = sandbox(Some(limits()));
    let settings = Settings {
        host: Some(sandbox.url().to_owned()),
        login: Some(universal()),
        max_concurrent_requests: 10,
        batch_reads: false,
        max_retry_wait: Duration::from_secs(60),
        ..Settings::default()
    };
    let client = Client::new(settings).unwrap();
    let mut creations = JoinSet::new();
    for number in 0..200 {
        let client = client.clone();
        creations.spawn(async move {
            client.create_rotation(&never_stopped(), KIND, &new(&format!("r-{number}"))).await.unwrap().rotation.id
        });
    }
    let ids = creations.join_all().await;
    let mut reads = JoinSet::new();
    for id in ids.into_iter().cycle().take(500) {
        let client = client.clone();
        reads.spawn(async move { client.fresh_rotation(&never_stopped(), KIND, &id).await.unwrap().unwrap() });
    }
    assert_eq!(reads.join_all().await.len(), 500);
    let asked = sandbox.core().requests.since(0);
    assert!(asked.iter().all(|entry| entry.status == Some(200)), "{asked:?}");
    assert_eq!(asked.len(), 1 + 200 + 500);
}
