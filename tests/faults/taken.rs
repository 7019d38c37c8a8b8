//! A name that is taken: by a rotation whose creation was never heard of, or by another one. The error leads to it.

use plugin_driver::client::ImportTarget;
use plugin_driver::session::Action;
use serde_json::{Value as Json, json};

use crate::provider::{Provider, assert_clean, assert_lawful, words};
use crate::relay::{Act, Plan, Point, Relay};
use crate::server::{ENVIRONMENT, FOLDER, Patience, RESOURCE, Server, block, rotation};
use infisical_sandbox::faults::{Effect, Fault, Forbidden};
use infisical_sandbox::seed;

/// Creates a rotation and forgets it, as somebody does who is killed before the state is written.
async fn create_and_forget(provider: &mut Provider, resource: &str, config: &Json) -> String {
    let config = provider.core.config(resource, config).unwrap();
    let applied = provider.core.apply(resource, "forgotten", &config).await.unwrap();
    assert_clean(&applied.report, "creating what is forgotten");
    provider.core.state_mut().clear();
    let instance = applied.instance.unwrap();
    instance.state.get("id").and_then(|id| id.as_text()).unwrap().to_owned()
}

/// Tries to create a rotation whose name is taken, and returns the error's words.
async fn refused(provider: &mut Provider, config: &Json) -> String {
    let config = provider.config(config);
    let applied = provider.core.apply(RESOURCE, "one", &config).await.unwrap();
    assert_lawful(&applied.report, "the refusal");
    assert!(applied.report.has_errors() && applied.instance.is_none());
    let paths: Vec<_> = applied.report.errors().filter_map(|error| Some(error.path.as_ref()?.to_string())).collect();
    assert_eq!(paths, ["name"]);
    words(&applied.report)
}

#[tokio::test]
async fn the_error_names_the_rotation_and_the_import_after_which_all_is_well() {
    let server = Server::start();
    let mut provider = Provider::start().await;
    provider.reset(&server.block(Patience::AMPLE));
    // The folder is found however its path is written.
    let mut wanted = rotation("one");
    wanted["secret_path"] = json!(format!("{FOLDER}/"));
    let id = create_and_forget(&mut provider, RESOURCE, &wanted).await;

    let words = refused(&mut provider, &wanted).await;
    assert!(words.contains("already exists at the secret path"), "the server's own words: {words}");
    assert!(words.contains(&format!("terraform import {RESOURCE}.NAME {id}")), "{words}");

    let imported = provider.core.import(RESOURCE, "one", &ImportTarget::Id(id.clone())).await.unwrap();
    assert_clean(&imported, "the import");
    let config = provider.config(&wanted);
    let applied = provider.core.apply(RESOURCE, "one", &config).await.unwrap();
    assert_clean(&applied.report, "the apply after the import");
    assert_eq!(provider.core.plan(RESOURCE, "one", &config).await.unwrap().action, Some(Action::NoOp));
    assert_eq!((provider.ids(), server.issued()), (vec![id], 1));
}

#[tokio::test]
async fn a_creation_that_ends_after_everybody_has_left_is_found_by_the_next_apply() {
    let server = Server::start();
    let mut provider = Provider::start().await;
    let plan = Plan { method: "POST", path: "/redis-credentials", number: 1, point: Point::Before, act: Act::Hold };
    let relay = Relay::start(server.address(), plan);
    provider.reset(&block(&relay.url(), Patience { request: 2, retry: 1 }));
    let config = provider.config(&rotation("one"));
    let unsure = provider.core.apply(RESOURCE, "one", &config).await.unwrap();
    assert!(words(&unsure.report).contains("no conclusive answer"), "{}", words(&unsure.report));
    assert!(unsure.instance.is_none() && server.rotations().is_empty());

    // Only now does the server do it.
    let mut changes = server.core().changes();
    relay.release();
    while server.rotations().is_empty() {
        changes.changed().await.unwrap();
    }
    let id = server.rotations().remove(0).id;

    provider.core.configure(&server.block(Patience::AMPLE)).unwrap();
    let words = refused(&mut provider, &rotation("one")).await;
    assert!(words.contains(&format!("terraform import {RESOURCE}.NAME {id}")), "{words}");
    assert_clean(&provider.core.import(RESOURCE, "one", &ImportTarget::Id(id)).await.unwrap(), "the import");
    assert_clean(&provider.core.apply(RESOURCE, "one", &config).await.unwrap().report, "the apply after the import");
    assert_eq!((server.rotations().len(), server.issued()), (1, 1));
}

#[tokio::test]
async fn a_rotation_of_another_kind_is_named_with_its_own_resource_type() {
    let server = Server::start();
    let mut provider = Provider::start().await;
    provider.reset(&server.block(Patience::AMPLE));
    let stripe = json!({
        "name": "one", "project_id": seed::PROJECT_ID, "connection_id": seed::connection_id("stripe"),
        "environment": ENVIRONMENT, "secret_path": FOLDER, "rotation_interval": 30,
        "parameters": { "permissions": ["charge_read"] }, "secrets_mapping": { "api_key": "STRIPE" },
    });
    let id = create_and_forget(&mut provider, "infisical_stripe_rotation", &stripe).await;
    let words = refused(&mut provider, &rotation("one")).await;
    assert!(words.contains(&format!("terraform import infisical_stripe_rotation.NAME {id}")), "{words}");
    assert!(words.contains("Stripe API Key"), "{words}");
}

#[tokio::test]
async fn a_rotation_in_another_folder_is_not_taken_for_it() {
    let server = Server::start();
    let mut provider = Provider::start().await;
    provider.reset(&server.block(Patience::AMPLE));
    let mut elsewhere = rotation("one");
    elsewhere["secret_path"] = json!("/ci");
    let other = create_and_forget(&mut provider, RESOURCE, &elsewhere).await;
    let id = create_and_forget(&mut provider, RESOURCE, &rotation("one")).await;
    let words = refused(&mut provider, &rotation("one")).await;
    assert!(words.contains(&id) && !words.contains(&other), "{words}");
}

#[tokio::test]
async fn one_that_may_not_be_seen_is_told_of_all_the_same() {
    let server = Server::start();
    let mut provider = Provider::start().await;
    provider.reset(&server.block(Patience::AMPLE));
    create_and_forget(&mut provider, RESOURCE, &rotation("one")).await;
    let forbidden = Fault::once("GET", "*", Effect::Forbidden(Forbidden::Permission)).always();
    server.core().faults.add(forbidden);
    let words = refused(&mut provider, &rotation("one")).await;
    assert!(words.contains("already exists at the secret path") && words.contains("Choose another name"), "{words}");
}
