//! States that come from elsewhere: stored by this version, written by hand, or taken over from another provider.

use bytes::Bytes;
use plugin_driver::client::MoveRequest;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::schema::Resource;
use plugin_driver::session::{Action, Address, Core};
use plugin_driver::value::{Value, json};
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::{KINDS, Kind, by_slug};

use crate::support::kinds::{Extent, example, example_json};
use crate::support::server::Server;
use crate::support::{Provider, assert_clean, assert_failed, launch, words};

const ID: &str = "00000000-0000-4000-8000-000000000000";
const HOSTS: [&str; 2] = ["registry.terraform.io", "registry.opentofu.org"];

/// A state as it lies in the state file.
fn stored_json(resource: &Resource, kind: &Kind) -> Json {
    let mut stored = json::to_json(&example(resource, kind, Extent::Full, "x"));
    stored["id"] = ID.into();
    stored["active_index"] = 1.into();
    stored["delete_secrets"] = false.into();
    stored
}

#[tokio::test]
async fn states_of_this_version_come_back_whatever_their_form() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let stored = stored_json(resource, kind);
        let upgrade = async |stored: &str| {
            let answer = provider.client.upgrade_state(resource, 0, stored.as_bytes()).await.unwrap();
            assert_clean(&answer.report);
            answer.state
        };
        let expected = json::from_json(&stored, &resource.object.kind()).unwrap();
        assert_eq!(upgrade(&stored.to_string()).await, expected);
        assert_eq!(upgrade(&format!("{stored:#}\n")).await, expected, "pretty-printed");

        let mut more = stored.clone();
        more["of_another_version"] = json!([{ "deep": 1.5e300 }]);
        more["parameters"]["of_another_version"] = Json::Null;
        assert_eq!(upgrade(&more.to_string()).await, expected, "{}: unknown keys are dropped", kind.slug);

        let mut less = stored.clone();
        less.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        assert_eq!(upgrade(&less.to_string()).await, expected, "missing keys are null");

        let mut respelt = stored.clone();
        respelt["rotation_interval"] = stored["rotation_interval"].to_string().into();
        respelt["active_index"] = "1".into();
        assert_eq!(upgrade(&respelt.to_string()).await, expected, "numbers written as text");
        assert_eq!(upgrade("{}").await, resource.object.block.empty());
    }
    provider.end().await;
}

#[tokio::test]
async fn numbers_keep_every_digit_through_storage() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    for number in ["9007199254740993", "0.1", "0.12345678901234567890", "18446744073709551615", "1e30", "-0", "2.5"] {
        let stored = format!("{{\"rotation_interval\": {number}}}");
        let answer = provider.client.upgrade_state(resource, 0, stored.as_bytes()).await.unwrap();
        assert_clean(&answer.report);
        assert_eq!(answer.state.get("rotation_interval"), Some(&Value::Number(number.parse().unwrap())), "{number}");
    }
    provider.end().await;
}

#[tokio::test]
async fn states_of_other_versions_and_of_old_hosts_are_refused_by_name() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let stored = stored_json(resource, kind).to_string();
        let newer = provider.client.upgrade_state(resource, 1, stored.as_bytes()).await.unwrap();
        assert_failed(&newer.report);
        // Hosts show no place with such errors, so the text names it.
        assert!(words(&newer.report).contains(kind.resource) && words(&newer.report).contains(ID));
        let flat = wire::upgrade_resource_state::Request {
            type_name: kind.resource.to_owned(),
            version: 0,
            raw_state: Some(wire::RawState {
                json: Bytes::new(),
                flatmap: [("id".to_owned(), ID.to_owned())].into_iter().collect(),
            }),
        };
        let answer = provider.client.raw().upgrade_resource_state(flat).await.unwrap().into_inner();
        assert_eq!(answer.diagnostics.len(), 1);
        assert!(answer.diagnostics[0].detail.contains("0.11"), "{:?}", answer.diagnostics);
    }
    provider.end().await;
}

/// The state that the official provider would have of a rotation: its own names for the type, none of ours.
fn official(state: &Value) -> Json {
    const OURS: [&str; 4] = ["rotation_triggers", "create_folder", "delete_secrets", "revoke_generated_credentials"];
    let mut official = json::to_json(state);
    official.as_object_mut().unwrap().retain(|name, _| !OURS.contains(&name.as_str()));
    if official["description"].is_null() {
        official["description"] = "".into();
    }
    official["something_else"] = json!({ "of": "theirs" });
    official
}

fn official_move(kind: &Kind, host: &str, state: &Json) -> MoveRequest {
    MoveRequest {
        provider: format!("{host}/infisical/infisical"),
        type_name: format!("infisical_secret_rotation_{}", kind.slug.replace('-', "_")),
        version: 0,
        state: format!("{state:#}"),
        private: Bytes::from_static(b"theirs"),
        identity: None,
    }
}

#[tokio::test]
async fn rotations_of_the_official_provider_move_and_their_plan_is_empty() {
    let server = Server::start();
    let mut core = Core::start(launch()).await.unwrap();
    core.configure(&server.block()).unwrap();
    for (number, kind) in KINDS.iter().enumerate() {
        let config = core.config(kind.resource, &example_json(kind, Extent::Full, "x")).unwrap();
        let created = core.apply(kind.resource, "x", &config).await.unwrap();
        assert_clean(&created.report);
        let state = official(&created.instance.unwrap().state);
        core.state_mut().clear();

        let request = official_move(kind, HOSTS[number % 2], &state);
        assert_clean(&core.move_state(kind.resource, "y", &request).await.unwrap());
        let planned = core.plan(kind.resource, "y", &config).await.unwrap();
        assert_clean(&planned.report);
        assert_eq!(planned.action, Some(Action::NoOp), "{}: {:#?} {:#?}", kind.slug, planned.instance, planned.planned);
        core.state_mut().remove(&Address::new(kind.resource, "y"));
    }
}

#[tokio::test]
async fn moves_work_in_a_configured_process_without_an_upgrade_after_them() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    let kind = by_slug("postgres-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, "x");
    let state = provider.change(resource, &Value::Null, &config).await;
    for host in HOSTS {
        let moved = provider.client.move_state(resource, &official_move(kind, host, &official(&state))).await.unwrap();
        assert_clean(&moved.report);
        let read = provider.client.read(resource, &moved.state, &moved.private, None).await.unwrap();
        assert_clean(&read.report);
        let again = provider.plan(resource, &read.state, &config).await;
        assert_clean(&again.report);
        assert_eq!(again.state, read.state);
    }
    provider.end().await;
}

#[tokio::test]
async fn the_same_type_from_anywhere_is_an_upgrade() {
    let provider = Provider::start().await;
    for kind in KINDS {
        let resource = provider.resource(kind.resource);
        let stored = stored_json(resource, kind);
        for provider_address in ["registry.opentofu.org/infisical-rotations/infisical", "example.com/a/b", ""] {
            let request = MoveRequest {
                provider: provider_address.to_owned(),
                type_name: kind.resource.to_owned(),
                version: 0,
                state: format!("{stored:#}"),
                private: Bytes::from_static(b"ours"),
                identity: None,
            };
            let moved = provider.client.move_state(resource, &request).await.unwrap();
            assert_clean(&moved.report);
            assert_eq!(moved.state, json::from_json(&stored, &resource.object.kind()).unwrap());
            assert_eq!(moved.private, &b"ours"[..]);
            let newer = MoveRequest { version: 7, ..request };
            assert_failed(&provider.client.move_state(resource, &newer).await.unwrap().report);
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn anything_else_does_not_move_and_the_message_says_what_to_do() {
    let provider = Provider::start().await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let good = official_move(kind, HOSTS[0], &stored_json(resource, kind));
    for request in [
        MoveRequest { provider: "registry.terraform.io/hashicorp/null".to_owned(), ..good.clone() },
        MoveRequest { provider: "registry.terraform.io/notinfisical/infisical".to_owned(), ..good.clone() },
        MoveRequest { type_name: "infisical_secret_rotation_postgres_credentials".to_owned(), ..good.clone() },
        MoveRequest { type_name: "infisical_secret".to_owned(), ..good.clone() },
        MoveRequest { type_name: "infisical_postgres_rotation".to_owned(), ..good.clone() },
        MoveRequest { type_name: String::new(), provider: String::new(), ..good.clone() },
        MoveRequest { version: 3, ..good.clone() },
        MoveRequest { state: "{}".to_owned(), ..good.clone() },
    ] {
        let moved = provider.client.move_state(resource, &request).await.unwrap();
        assert_failed(&moved.report);
        assert!(moved.state.is_null());
        let said = words(&moved.report);
        assert!(said.contains(kind.resource) && said.contains("import"), "{said}");
    }
    assert_clean(&provider.client.move_state(resource, &good).await.unwrap().report);
    provider.end().await;
}
