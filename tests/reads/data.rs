//! Data sources.

use infisical_sandbox::clock::Moment;
use infisical_sandbox::seed;
use infisical_sandbox::state::{OrganizationRole, Status};
use plugin_driver::value::Value;
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::KINDS;

use crate::support::server::{ENVIRONMENT, FOLDER, OTHER_PROJECT_ID};
use crate::support::{assert_clean, words};
use crate::world::{World, name, text};

const ROTATION: &str = "infisical_rotation";
const ROTATIONS: &str = "infisical_rotations";
const CONNECTION: &str = "infisical_app_connection";
const PROJECT: &str = "infisical_project";
const REDIS: &str = "redis-credentials";

fn place(name: &str) -> Json {
    json!({ "project_id": seed::PROJECT_ID, "environment": ENVIRONMENT, "secret_path": FOLDER, "name": name })
}

fn and(config: &Json, more: &Json) -> Json {
    let mut config = config.clone();
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

#[tokio::test]
async fn a_rotation_is_found_however_it_is_named() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({ "rotation_interval": 7 })).await;
    world.rotation(REDIS, "y", &json!({})).await;
    assert!(!world.secrets().is_empty(), "there is something that must not be seen");
    let id = text(&state, "id");
    let by_place = place(&name(REDIS, "x"));
    for config in [
        json!({ "id": id }),
        json!({ "id": id.to_uppercase() }),
        json!({ "id": id, "type": REDIS }),
        json!({ "id": id, "project_id": seed::PROJECT_ID }),
        json!({ "id": id, "project_id": seed::PROJECT_ID, "type": REDIS }),
        by_place.clone(),
        and(&by_place, &json!({ "secret_path": "/app/" })),
        and(&by_place, &json!({ "type": REDIS })),
    ] {
        let found = world.found(ROTATION, &config).await;
        for same in [
            "type",
            "project_id",
            "environment",
            "connection_id",
            "connection_name",
            "rotation_interval",
            "rotate_at_utc",
            "active_index",
            "rotation_status",
            "last_rotated_at",
            "next_rotation_at",
            "created_at",
            "folder_id",
        ] {
            assert_eq!(found.get(same), state.get(same), "{same} of {config}");
        }
        assert_eq!(text(&found, "id").to_lowercase(), id);
        assert_eq!(text(&found, "connection_app"), "redis");
        assert_eq!(found.get("overdue"), Some(&Value::Bool(false)));
        let mapping = found.get("secrets_mapping").unwrap();
        let configured = state.get("secrets_mapping").unwrap();
        assert_eq!(text(mapping, "password"), text(configured, "password"));
        let parameters: Json = serde_json::from_str(text(&found, "parameters_json")).unwrap();
        assert!(parameters.is_object());
    }
    world.provider.end().await;
}

#[tokio::test]
async fn a_rotation_that_is_not_there_is_an_error() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({})).await;
    let (id, other_id) = (text(&state, "id"), "5eed0000-0000-4000-8000-00000000beef");
    let here = place(&name(REDIS, "x"));
    for config in [
        json!({ "id": other_id }),
        json!({ "id": other_id, "type": REDIS }),
        json!({ "id": id, "project_id": OTHER_PROJECT_ID }),
        and(&here, &json!({ "name": "orders" })),
        and(&here, &json!({ "secret_path": "/" })),
        and(&here, &json!({ "environment": "prod" })),
        and(&here, &json!({ "type": REDIS, "name": "orders" })),
        // The right ID on the route of another kind, of another app and of the same one.
        json!({ "id": id, "type": "postgres-credentials" }),
        and(&here, &json!({ "type": "okta-client-secret" })),
        and(&here, &json!({ "type": "unheard-of" })),
        and(&here, &json!({ "type": REDIS, "environment": "nowhere" })),
        and(&here, &json!({ "project_id": "nowhere" })),
    ] {
        let told = world.refused(ROTATION, &config).await;
        assert!(told.starts_with("Could not read the rotation\nLooking for the rotation"), "{told}");
    }
    world.provider.end().await;
}

#[tokio::test]
async fn configurations_that_name_nothing_or_two_things_are_refused_offline() {
    let world = World::new().await;
    let asked = world.server.requests().len();
    for (name, config, paths) in [
        (ROTATION, json!({}), vec!["id"]),
        (ROTATION, json!({ "id": "x" }), vec!["id"]),
        (ROTATION, and(&place("x"), &json!({ "id": seed::PROJECT_ID })), vec!["name", "environment", "secret_path"]),
        (ROTATION, json!({ "name": "x" }), vec!["project_id", "environment"]),
        (
            ROTATIONS,
            json!({ "project_id": "", "status": "failing", "secret_path": "app" }),
            vec!["project_id", "secret_path", "status"],
        ),
        (CONNECTION, json!({ "name": "x y", "app": "a/b", "project_id": "p" }), vec!["name", "app"]),
        (PROJECT, json!({}), vec!["id"]),
        (PROJECT, json!({ "id": "p", "slug": "s" }), vec!["slug"]),
    ] {
        let source = world.provider.schema.data_source(name).unwrap();
        let config = World::config(source, &config);
        let told = world.provider.client.validate_data_source(source, &config).await.unwrap();
        assert!(told.violations.is_empty(), "{:?}", told.violations);
        let told: Vec<String> = told.diagnostics.iter().map(|told| told.path.as_ref().unwrap().to_string()).collect();
        assert_eq!(told, paths, "{name}");
    }
    assert_eq!(world.server.requests().len(), asked, "validation asks nobody");
    world.provider.end().await;
}

#[tokio::test]
async fn what_is_not_known_yet_is_not_judged() {
    let world = World::new().await;
    for (name, source) in &world.provider.schema.data_sources {
        let arguments =
            source.block.attributes.iter().filter(|(_, attribute)| attribute.required || attribute.optional);
        let unknown = arguments.fold(World::config(source, &json!({})), |config, (name, _)| {
            config.with(plugin_driver::value::Path::root().attribute(name), Value::unknown())
        });
        assert_clean(&world.provider.client.validate_data_source(source, &unknown).await.unwrap());
        assert!(!source.block.description.is_empty(), "{name}");
    }
    assert_eq!(world.provider.schema.data_sources.len(), 5);
    world.provider.end().await;
}

#[tokio::test]
async fn rotations_are_listed_by_every_filter() {
    let world = World::new().await;
    world.rotation(REDIS, "b", &json!({})).await;
    world.rotation(REDIS, "a", &json!({ "environment": "prod" })).await;
    world.rotation("postgres-credentials", "x", &json!({ "secret_path": "/app/database" })).await;
    let failed = world.rotation("mysql-credentials", "x", &json!({})).await;
    world.server.change(|state| {
        let rotation = state.rotations.get_mut(text(&failed, "id")).unwrap();
        rotation.rotation_status = Status::Failed;
        rotation.last_rotation_message = Some("the third party is asleep".to_owned());
        rotation.next_rotation_at = Moment::parse("2020-01-01T00:00:00.000Z");
    });
    let all = ["mysql-credentials-x", "postgres-credentials-x", "redis-credentials-a", "redis-credentials-b"];
    for (filter, expected) in [
        (json!({}), &all[..]),
        (json!({ "type": REDIS }), &all[2..]),
        (json!({ "environment": "prod" }), &all[2..3]),
        (json!({ "secret_path": "/app/database/" }), &all[1..2]),
        (json!({ "secret_path": "/" }), &[]),
        (json!({ "status": "failed" }), &all[..1]),
        (json!({ "status": "success" }), &all[1..]),
        (json!({ "overdue": true }), &all[..1]),
        (json!({ "overdue": false }), &all[1..]),
        (json!({ "type": REDIS, "environment": "dev" }), &all[3..]),
        (json!({ "type": "newer-than-this-provider" }), &[]),
    ] {
        let config = and(&json!({ "project_id": seed::PROJECT_ID }), &filter);
        let found = world.found(ROTATIONS, &config).await;
        let Some(Value::List(rotations)) = found.get("rotations") else { panic!("no list") };
        let names: Vec<&str> = rotations.iter().map(|rotation| text(rotation, "name")).collect();
        assert_eq!(names, expected, "{filter}");
    }
    let none = world.found(ROTATIONS, &json!({ "project_id": OTHER_PROJECT_ID })).await;
    assert_eq!(none.get("rotations"), Some(&Value::List(Vec::new())));
    let told = world.refused(ROTATIONS, &json!({ "project_id": "nowhere" })).await;
    assert!(told.starts_with("Could not list the rotations\n"), "{told}");
    world.provider.end().await;
}

#[tokio::test]
async fn many_data_sources_of_one_project_share_one_call() {
    let world = World::new().await;
    for suffix in ["a", "b", "c"] {
        world.rotation(REDIS, suffix, &json!({})).await;
    }
    let before = world.server.requests().len();
    for suffix in ["a", "b", "c"] {
        world.found(ROTATION, &place(&name(REDIS, suffix))).await;
    }
    world.found(ROTATIONS, &json!({ "project_id": seed::PROJECT_ID })).await;
    world.found(ROTATIONS, &json!({ "project_id": seed::PROJECT_ID, "overdue": true })).await;
    assert_eq!(world.calls_since(before), ["GET /api/v2/secret-rotations"]);
    // What is created meanwhile is seen.
    world.rotation(REDIS, "d", &json!({})).await;
    world.found(ROTATION, &place(&name(REDIS, "d"))).await;
    world.provider.end().await;
}

#[tokio::test]
async fn a_connection_of_the_project_comes_before_one_of_the_organisation() {
    let world = World::new().await;
    let organization = world.connection("redis", "cache", None);
    let config = json!({ "name": "cache", "app": "redis", "project_id": seed::PROJECT_ID });
    let found = world.found(CONNECTION, &config).await;
    assert_eq!((text(&found, "id"), text(&found, "scope")), (organization.as_str(), "organization"));
    let project = world.connection("redis", "cache", Some(seed::PROJECT_ID));
    let found = world.found(CONNECTION, &config).await;
    assert_eq!((text(&found, "id"), text(&found, "scope")), (project.as_str(), "project"));
    for missing in [json!({ "name": "cash" }), json!({ "app": "postgres", "name": "hidden" })] {
        let told = world.refused(CONNECTION, &and(&config, &missing)).await;
        assert!(told.starts_with("Could not find the app connection\n"), "{told}");
    }
    world.provider.end().await;
}

#[tokio::test]
async fn who_may_only_connect_finds_connections_too() {
    let world = World::new().await;
    let project = world.connection("redis", "cache", Some(seed::PROJECT_ID));
    let shared = world.connection("redis", "cache", None);
    let organization = world.connection("redis", "global", None);
    let rules = [("app-connections", "connect-app-connections")];
    let limited = world.as_identity(OrganizationRole::Member, &rules).await;
    let source = limited.schema.data_source(CONNECTION).unwrap();
    for (name, id) in [("cache", &project), ("global", &organization)] {
        let config = World::config(source, &json!({ "name": name, "app": "redis", "project_id": seed::PROJECT_ID }));
        let answer = limited.client.read_data_source(source, &config).await.unwrap();
        assert_clean(&answer.report);
        assert_eq!(text(&answer.state, "id"), id);
        assert_ne!(text(&answer.state, "id"), shared);
    }
    let config = World::config(source, &json!({ "name": "no", "app": "redis", "project_id": seed::PROJECT_ID }));
    let answer = limited.client.read_data_source(source, &config).await.unwrap();
    assert!(words(&answer.report).contains("neither read nor use it"), "{}", words(&answer.report));
    limited.end().await;
    world.provider.end().await;
}

#[tokio::test]
async fn a_project_is_found_by_slug_and_by_id_with_its_environments() {
    let world = World::new().await;
    for config in [json!({ "slug": seed::PROJECT_SLUG }), json!({ "id": seed::PROJECT_ID })] {
        let found = world.found(PROJECT, &config).await;
        assert_eq!((text(&found, "id"), text(&found, "slug")), (seed::PROJECT_ID, seed::PROJECT_SLUG));
        assert_eq!(text(&found, "type"), "secret-manager");
        let Some(Value::List(environments)) = found.get("environments") else { panic!("no list") };
        let told: Vec<_> =
            environments.iter().map(|one| (text(one, "id"), text(one, "slug"), text(one, "name"))).collect();
        assert_eq!(told, seed::ENVIRONMENTS);
    }
    for config in [json!({ "slug": "nowhere" }), json!({ "id": "nowhere" })] {
        let told = world.refused(PROJECT, &config).await;
        assert!(told.starts_with("Could not read the project\nLooking for the project"), "{told}");
    }
    world.provider.end().await;
}

#[tokio::test]
async fn the_options_are_those_of_the_server() {
    let world = World::new().await;
    let found = world.found("infisical_rotation_options", &json!({})).await;
    let Some(Value::Set(types)) = found.get("types") else { panic!("no set") };
    let types: Vec<&str> = types.iter().filter_map(Value::as_text).collect();
    assert_eq!(types, KINDS.iter().map(|kind| kind.slug).collect::<Vec<_>>());
    let Some(Value::List(options)) = found.get("options") else { panic!("no list") };
    for (option, kind) in options.iter().zip(KINDS) {
        assert_eq!((text(option, "type"), text(option, "resource_type")), (kind.slug, kind.resource));
        let template: Json = serde_json::from_str(text(option, "template_json")).unwrap();
        assert!(template["secretsMapping"].is_object(), "{template}");
    }
    world.provider.end().await;
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::new().await;
    world.rotation(REDIS, "x", &json!({})).await;
    let limited = world.as_identity(OrganizationRole::NoAccess, &[("secrets", "readValue")]).await;
    for (name, config) in [
        (ROTATIONS, json!({ "project_id": seed::PROJECT_ID })),
        (ROTATION, place("redis-credentials-x")),
        (ROTATION, and(&place("redis-credentials-x"), &json!({ "type": REDIS }))),
    ] {
        let source = limited.schema.data_source(name).unwrap();
        let answer = limited.client.read_data_source(source, &World::config(source, &config)).await.unwrap();
        assert!(words(&answer.report).contains("lacks `read` on `secret-rotation`"), "{}", words(&answer.report));
    }
    limited.end().await;
    world.provider.end().await;
}
