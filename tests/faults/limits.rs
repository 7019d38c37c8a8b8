//! Many rotations under the limits of Infisical Cloud, and plans that need no server at all. Requests are counted, time
//! is not.

use std::collections::BTreeMap;

use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::seed;
use infisical_sandbox::state::{ProjectRole, Rotation};
use plugin_driver::client::PlanRequest;
use plugin_driver::core::proposed_new;
use plugin_driver::session::{Action, Address, Configuration, Instance};
use plugin_driver::value::{Path, Value, json};
use serde_json::{Value as Json, json};

use crate::cli::{Cli, Workspace};
use crate::provider::{Provider, assert_clean};
use crate::server::{ENVIRONMENT, FOLDER, Patience, RESOURCE, ROTATIONS, Server, rotation};
use crate::{TERRAFORM, nobody, say};

/// Plants `count` rotations into each project, at the server and in state, as copies of one that the provider has
/// created. Returns their configuration.
async fn plant(provider: &mut Provider, server: &Server, projects: &[String], count: usize) -> Configuration {
    let config = provider.config(&rotation("template"));
    let applied = provider.core.apply(RESOURCE, "template", &config).await.unwrap();
    assert_clean(&applied.report, "the template");
    let template = applied.instance.unwrap();
    let stored = server.rotations().remove(0);
    provider.core.state_mut().clear();
    server.core().write(|state| {
        state.rotations.clear();
        state.secrets.clear();
    });
    let mut configuration = Configuration::new();
    for (number, project) in projects.iter().enumerate() {
        let (environment_id, folder_id) = server.core().read(|state| {
            let folder = state.folder(project, ENVIRONMENT, FOLDER).unwrap();
            (folder.environment_id.clone(), folder.id.clone())
        });
        for copy in 0..count {
            let name = format!("p{number}-r{copy}");
            let wish = rotation(&name);
            let id = format!("5eed0001-0000-4000-8000-{number:04x}{copy:08x}");
            let mapping = wish["secrets_mapping"].as_object().unwrap().clone();
            let rotation = Rotation {
                id: id.clone(),
                name: name.clone(),
                project_id: project.clone(),
                environment_id: environment_id.clone(),
                folder_id: folder_id.clone(),
                secrets_mapping: mapping,
                ..stored.clone()
            };
            server.core().write(|state| state.rotations.insert(id.clone(), rotation));
            let changed = |value: &Value, with_computed: bool| {
                let mut parts = vec![("name", json!(name)), ("project_id", json!(project))];
                if with_computed {
                    parts.extend([("id", json!(id)), ("folder_id", json!(folder_id))]);
                }
                let value = parts.into_iter().fold(value.clone(), |value, (part, text)| {
                    value.with(Path::root().attribute(part), Value::text(text.as_str().unwrap()))
                });
                let mapping = ["username", "password"]
                    .map(|part| (part, Value::text(wish["secrets_mapping"][part].as_str().unwrap())));
                value.with(Path::root().attribute("secrets_mapping"), Value::object(mapping))
            };
            let address = Address::new(RESOURCE, &name);
            let instance = Instance { state: changed(&template.state, true), identity: None, ..template.clone() };
            provider.core.state_mut().insert(address.clone(), instance);
            configuration.insert(address, changed(&config, false));
        }
    }
    server.core().requests.clear();
    server.core().limits.set(Some(RateLimits::default()));
    configuration
}

/// Plans all of it and demands that there is nothing to do. Returns the requests that this took, by method and path.
async fn requests_of_a_plan(
    provider: &mut Provider,
    server: &Server,
    configuration: &Configuration,
) -> BTreeMap<String, usize> {
    for (address, planned) in provider.core.plan_all(configuration).await.unwrap() {
        assert_clean(&planned.report, &address.to_string());
        assert_eq!((planned.action, planned.drifted), (Some(Action::NoOp), false), "{address}");
    }
    let mut requests = BTreeMap::new();
    for entry in server.core().requests.since(0) {
        assert_ne!(entry.status, Some(429), "{entry:?}");
        *requests.entry(format!("{} {}", entry.method, entry.route.unwrap_or(entry.path))).or_default() += 1;
    }
    requests
}

async fn provider_for(server: &Server) -> Provider {
    let mut provider = Provider::start().await;
    let mut block = server.block(Patience::AMPLE);
    block["preflight"] = "warn".into();
    provider.reset(&block);
    provider
}

#[tokio::test]
async fn a_refresh_of_a_thousand_rotations_takes_three_calls_and_meets_no_limit() {
    let server = Server::start();
    let mut provider = provider_for(&server).await;
    let configuration = plant(&mut provider, &server, &[seed::PROJECT_ID.to_owned()], 1_000).await;
    let requests = requests_of_a_plan(&mut provider, &server, &configuration).await;
    let total: usize = requests.values().sum();
    assert!(total <= 3, "{requests:?}");
    say(&format!("figure: refresh of 1000 rotations under Cloud's limits: {total} calls, no 429"));
}

#[tokio::test]
async fn a_refresh_of_ten_projects_takes_two_calls_each_and_a_login() {
    let server = Server::start();
    let mut provider = provider_for(&server).await;
    let now = server.core().clock.now();
    let projects: Vec<String> = (0..10)
        .map(|number| {
            server.core().write(|state| {
                let slug = format!("project-{number}");
                let id = state.add_project(&slug, &slug, &[(ENVIRONMENT, "Development")], now);
                state.ensure_folder(&id, ENVIRONMENT, FOLDER, now).unwrap();
                let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
                identity.projects.insert(id.clone(), ProjectRole::Admin);
                id
            })
        })
        .collect();
    let configuration = plant(&mut provider, &server, &projects, 100).await;
    let requests = requests_of_a_plan(&mut provider, &server, &configuration).await;
    let total: usize = requests.values().sum();
    assert!(total <= 21, "{requests:?}");
    say(&format!("figure: refresh of 10 projects of 100 rotations under Cloud's limits: {total} calls, no 429"));
}

#[tokio::test]
async fn an_apply_of_two_hundred_creations_keeps_to_the_limit() {
    // Cloud's numbers in a shorter window.
    let window = RateLimits { window_seconds: 3, ..RateLimits::default() };
    let server = Server::limited(Some(window));
    let mut provider = provider_for(&server).await;
    let configs: Vec<Json> = (0..200).map(|number| rotation(&format!("r{number}"))).collect();
    let configuration = provider.configuration(&configs);
    for (address, applied) in provider.core.apply_all(&configuration).await.unwrap() {
        assert_clean(&applied.report, &address.to_string());
    }
    assert_eq!((server.rotations().len(), server.issued()), (200, 200));
    let refused = server.core().requests.since(0).iter().filter(|entry| entry.status == Some(429)).count();
    assert!(refused <= 16, "{refused} x 429: more than there are requests on the wire at once");
    say(&format!("figure: 200 creations at 90 writes a window: no error, {refused} x 429"));
}

#[tokio::test]
async fn one_rotation_of_a_large_project_is_read_by_its_id() {
    let server = Server::start();
    let mut provider = provider_for(&server).await;
    let mut configuration = plant(&mut provider, &server, &[seed::PROJECT_ID.to_owned()], 5_000).await;
    let one = Address::new(RESOURCE, "p0-r4711");
    configuration.retain(|address, _| *address == one);
    provider.core.state_mut().retain(|address, _| *address == one);
    let requests = requests_of_a_plan(&mut provider, &server, &configuration).await;
    let by_id = format!("GET {ROTATIONS}/redis-credentials/{{rotationId}}");
    let expected = [("POST /api/v1/auth/universal-auth/login".to_owned(), 1), (by_id, 1)];
    assert_eq!(requests, expected.into());
}

#[tokio::test]
async fn what_needs_no_answer_asks_nobody() {
    let server = Server::start();
    let mut provider = provider_for(&server).await;
    let config = provider.config(&rotation("one"));
    let created = provider.core.apply(RESOURCE, "one", &config).await.unwrap().instance.unwrap().state;

    // Nobody listens there, and creations are not checked.
    provider.core.configure(&crate::server::block(&nobody(), Patience::AMPLE)).unwrap();
    assert_clean(&provider.core.validate(RESOURCE, &config).await.unwrap(), "validate");
    let changed = provider.config(&with_interval(60));
    let phase = provider.core.configured_phase().await.unwrap();
    let resource = provider.core.schema().resource(RESOURCE).unwrap();
    // What a plan without a refresh asks for: the upgrade, the validation and the plan itself.
    let stored = json::to_json(&created).to_string();
    let upgraded = phase.client.upgrade_state(resource, 0, stored.as_bytes()).await.unwrap();
    assert_clean(&upgraded.report, "upgrade");
    for (prior, config, what) in [
        (&Value::Null, &config, "a creation"),
        (&created, &config, "no change"),
        (&created, &changed, "a change"),
        (&created, &Value::Null, "a destruction"),
    ] {
        let request = PlanRequest {
            prior: prior.clone(),
            config: config.clone(),
            proposed: proposed_new(&resource.object.block, prior, config),
            prior_private: [].as_slice().into(),
            prior_identity: None,
            planned_private: [].as_slice().into(),
        };
        assert_clean(&phase.client.plan(resource, &request).await.unwrap().report, what);
    }
}

fn with_interval(days: u32) -> Json {
    let mut config = rotation("one");
    config["rotation_interval"] = days.into();
    config
}

#[test]
fn a_plan_without_refresh_works_while_the_server_is_down() {
    let Some(cli) = Cli::all().into_iter().next() else {
        say("skipped: plan without a server: neither terraform nor tofu is on PATH (name one with --cli)");
        return;
    };
    let server = Server::start();
    let workspace = Workspace::new(
        &cli,
        &[
            ("INFISICAL_HOST", &server.core().url),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", seed::CLIENT_ID),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", seed::CLIENT_SECRET),
        ],
    );
    workspace.write("terraform.tf", TERRAFORM);
    let write = |config: &Json| {
        let text = json!({ "resource": { RESOURCE: { "one": config } } }).to_string();
        workspace.write("main.tf.json", &text);
    };
    write(&rotation("one"));
    workspace.apply(&[]).ok();
    let asked = server.core().requests.last();
    let plan = |options: &[&str]| workspace.run(&[&["plan", "-no-color", "-detailed-exitcode"], options].concat());

    // With the server there, it is left alone; with the server gone, nobody notices.
    assert_eq!(plan(&["-refresh=false"]).status, 0);
    workspace.run(&["validate", "-no-color"]).ok();
    assert_eq!(server.core().requests.last(), asked, "{:?}", server.core().requests.since(asked));
    drop(server);
    assert_eq!(plan(&["-refresh=false"]).status, 0);
    workspace.run(&["validate", "-no-color"]).ok();
    write(&with_interval(60));
    assert_eq!(plan(&["-refresh=false"]).status, 2, "a change is planned");
    assert_eq!(plan(&["-refresh=false", "-destroy"]).status, 2, "a destruction is planned");
}
