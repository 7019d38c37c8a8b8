//! The ephemeral resource of a rotation's credentials.

use infisical_sandbox::faults::Effect;
use infisical_sandbox::seed;
use infisical_sandbox::state::OrganizationRole;
use plugin_driver::client::{Client, EphemeralAnswer};
use plugin_driver::schema::Object;
use plugin_driver::value::{Path, Value};
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::{KINDS, by_slug};

use crate::support::server::{ENVIRONMENT, FOLDER};
use crate::support::{Provider, assert_clean, assert_lawful, launch, words};
use crate::world::{World, name, text};

const CREDENTIALS: &str = "infisical_rotation_credentials";
const REDIS: &str = "redis-credentials";

fn place() -> Json {
    json!({ "project_id": seed::PROJECT_ID, "environment": ENVIRONMENT, "secret_path": FOLDER })
}

fn at_place(more: &Json) -> Json {
    let mut config = place();
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    config
}

fn schema(provider: &Provider) -> &Object {
    provider.schema.ephemeral_resource(CREDENTIALS).unwrap()
}

/// Validates without complaints, opens, and closes again with what the opening gave.
async fn open(provider: &Provider, config: &Json) -> EphemeralAnswer {
    let schema = schema(provider);
    let config = World::config(schema, config);
    assert_clean(&provider.client.validate_ephemeral(schema, &config).await.unwrap());
    let answer = provider.client.open(schema, &config).await.unwrap();
    assert_lawful(&answer.report);
    if answer.report.is_usable() {
        assert!(answer.renew_at.is_none(), "nothing to renew");
        // Hosts may close twice, and without what opening gave.
        for private in [answer.private.clone(), answer.private.clone(), None] {
            assert_clean(&provider.client.close(schema, private).await.unwrap());
        }
        assert_clean(&provider.client.renew(schema, answer.private.clone()).await.unwrap().report);
    }
    answer
}

/// The credentials that are opened without complaints.
async fn opened(provider: &Provider, config: &Json) -> Value {
    let answer = open(provider, config).await;
    assert_clean(&answer.report);
    answer.result
}

async fn refused(provider: &Provider, config: &Json) -> String {
    let answer = open(provider, config).await;
    assert!(answer.report.has_errors() && answer.result.is_null(), "{config} was opened");
    words(&answer.report)
}

/// What the server keeps as the credentials of the only rotation of this ID.
fn kept(world: &World, id: &str) -> (Vec<Json>, usize) {
    world.server.look(|state| {
        let rotation = &state.rotations[id];
        (rotation.generated_credentials.clone(), rotation.active_index)
    })
}

/// The names of a Redis rotation's secrets.
fn mapping(state: &Value) -> Json {
    let mapping = state.get("secrets_mapping").unwrap();
    json!({ "username": text(mapping, "username"), "password": text(mapping, "password") })
}

/// A set of credentials as texts.
fn as_texts(set: &Json) -> Value {
    let member = |(key, value): (&String, &Json)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (key.clone(), Value::text(&text))
    };
    Value::Map(set.as_object().unwrap().iter().map(member).collect())
}

async fn rotated(world: &World, slug: &str, state: &Value) -> Value {
    let resource = world.provider.resource(by_slug(slug).unwrap().resource);
    let triggers = Value::Map([("again".to_owned(), Value::text("1"))].into());
    let mut config = state.clone();
    for (name, attribute) in &resource.object.block.attributes {
        if attribute.computed && !attribute.optional {
            config = config.with(Path::root().attribute(name), Value::Null);
        }
    }
    let config = config.with(Path::root().attribute("rotation_triggers"), triggers);
    world.provider.change(resource, state, &config).await
}

#[tokio::test]
async fn the_active_credentials_of_every_kind_are_opened() {
    let world = World::new().await;
    for kind in KINDS {
        let state = world.rotation(kind.slug, "x", &json!({})).await;
        let id = text(&state, "id");
        let (sets, active) = kept(&world, id);
        let result = opened(&world.provider, &json!({ "id": id, "type": kind.slug })).await;
        assert_eq!(result.get("credentials"), Some(&as_texts(&sets[active])), "{}", kind.slug);
        assert_eq!(result.get("previous_credentials"), Some(&Value::Null));
        for credential in kind.credentials {
            assert!(result.get("credentials").unwrap().get(credential.name).is_some(), "{}: {credential:?}", kind.slug);
        }
    }
    world.provider.end().await;
}

#[tokio::test]
async fn the_previous_credentials_are_opened_if_asked_for() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({})).await;
    let id = text(&state, "id");
    let asking = json!({ "id": id, "include_previous": true });
    let result = opened(&world.provider, &asking).await;
    assert_eq!(result.get("previous_credentials"), Some(&Value::Null), "none before the first rotation");
    rotated(&world, REDIS, &state).await;
    let (sets, active) = kept(&world, id);
    assert_eq!((sets.len(), active), (2, 1));
    let result = opened(&world.provider, &asking).await;
    assert_eq!(result.get("credentials"), Some(&as_texts(&sets[1])));
    assert_eq!(result.get("previous_credentials"), Some(&as_texts(&sets[0])));
    assert_eq!(result.get("active_index"), Some(&Value::Number("1".parse().unwrap())));
    let result = opened(&world.provider, &json!({ "id": id, "include_previous": false })).await;
    assert_eq!(result.get("previous_credentials"), Some(&Value::Null));
    let named = at_place(&json!({ "name": name(REDIS, "x") }));
    assert_eq!(opened(&world.provider, &named).await.get("credentials"), Some(&as_texts(&sets[1])));
    world.provider.end().await;
}

#[tokio::test]
async fn secrets_are_opened_by_who_may_read_nothing_else() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({})).await;
    let (sets, active) = kept(&world, text(&state, "id"));
    let mapping = mapping(&state);
    let rules = [("secrets", "describeSecret"), ("secrets", "readValue")];
    let limited = world.as_identity(OrganizationRole::NoAccess, &rules).await;
    let result = opened(&limited, &at_place(&json!({ "secrets_mapping": mapping }))).await;
    assert_eq!(result.get("credentials"), Some(&as_texts(&sets[active])));
    assert_eq!(result.get("active_index"), Some(&Value::Null));
    // Keys are the user's own.
    let renamed = json!({ "secrets_mapping": { "PGPASSWORD": mapping["password"] } });
    let result = opened(&limited, &at_place(&renamed)).await;
    assert_eq!(text(result.get("credentials").unwrap(), "PGPASSWORD"), sets[active]["password"]);

    let told = refused(&limited, &at_place(&json!({ "secrets_mapping": { "a": "NO_SUCH_SECRET" } }))).await;
    assert!(told.contains("There is no secret `NO_SUCH_SECRET`"), "{told}");
    let told = refused(&limited, &json!({ "id": text(&state, "id"), "type": REDIS })).await;
    assert!(told.contains("lacks `read-generated-credentials` on `secret-rotation`"), "{told}");
    limited.end().await;

    let blind = world.as_identity(OrganizationRole::NoAccess, &[("secrets", "describeSecret")]).await;
    let told = refused(&blind, &at_place(&json!({ "secrets_mapping": mapping }))).await;
    assert!(told.contains("`readValue` on `secrets`"), "{told}");
    blind.end().await;
    world.provider.end().await;
}

#[tokio::test]
async fn a_rotation_needs_no_reading_where_its_kind_is_told() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({})).await;
    let rules = [("secret-rotation", "read-generated-credentials")];
    let limited = world.as_identity(OrganizationRole::NoAccess, &rules).await;
    let before = world.server.requests().len();
    opened(&limited, &json!({ "id": text(&state, "id"), "type": REDIS })).await;
    let expected = format!("GET /api/v2/secret-rotations/{REDIS}/{}/generated-credentials", text(&state, "id"));
    assert_eq!(world.calls_since(before), [expected]);
    limited.end().await;
    world.provider.end().await;
}

#[tokio::test]
async fn exactly_one_way_names_the_credentials() {
    let world = World::new().await;
    let schema = schema(&world.provider);
    let mapping = json!({ "password": "PASSWORD" });
    for (config, paths) in [
        (json!({}), vec!["id"]),
        (place(), vec!["id"]),
        (json!({ "id": "x" }), vec!["id"]),
        (at_place(&json!({ "id": seed::PROJECT_ID, "name": "x" })), vec!["name", "environment", "secret_path"]),
        (json!({ "secrets_mapping": mapping }), vec!["project_id", "environment"]),
        (at_place(&json!({ "secrets_mapping": mapping, "id": seed::PROJECT_ID })), vec!["id"]),
        (at_place(&json!({ "secrets_mapping": mapping, "name": "x", "type": REDIS })), vec!["name", "type"]),
        (at_place(&json!({ "secrets_mapping": mapping, "include_previous": true })), vec!["include_previous"]),
        (at_place(&json!({ "secrets_mapping": {} })), vec!["secrets_mapping"]),
        (
            at_place(&json!({ "secrets_mapping": { "a": "A", "b": null, "c": "" } })),
            vec!["secrets_mapping[\"b\"]", "secrets_mapping[\"c\"]"],
        ),
    ] {
        let told = world.provider.client.validate_ephemeral(schema, &World::config(schema, &config)).await.unwrap();
        assert_lawful(&told);
        let told: Vec<String> = told.diagnostics.iter().map(|told| told.path.as_ref().unwrap().to_string()).collect();
        assert_eq!(told, paths, "{config}");
    }
    for config in [
        json!({ "id": seed::PROJECT_ID }),
        at_place(&json!({ "name": "x" })),
        at_place(&json!({ "secrets_mapping": mapping })),
    ] {
        let config = World::config(schema, &config);
        for (name, attribute) in &schema.block.attributes {
            if attribute.optional {
                let unknown = config.with(Path::root().attribute(name), Value::unknown());
                assert_clean(&world.provider.client.validate_ephemeral(schema, &unknown).await.unwrap());
            }
        }
    }
    assert!(
        schema.block.attributes["credentials"].sensitive && schema.block.attributes["previous_credentials"].sensitive
    );
    world.provider.end().await;
}

#[tokio::test]
async fn nothing_that_was_opened_is_in_the_log_or_in_a_message() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({})).await;
    let provider = Provider::launched(&launch().environment("TF_LOG", "TRACE")).await;
    provider.configure(&world.server.block()).await;
    let id = text(&state, "id");
    let mapping = mapping(&state);
    let by_id = json!({ "id": id, "type": REDIS, "include_previous": true });
    let by_secrets = at_place(&json!({ "secrets_mapping": mapping }));
    let mut told = String::new();
    for config in [&by_id, &by_secrets] {
        opened(&provider, config).await;
    }
    // Answers that break off, and answers of another form, hold secrets too.
    let routes = [("/api/v2/secret-rotations/*", &by_id), ("/api/v4/secrets/*", &by_secrets)];
    for (route, config) in routes {
        let body = json!({ "generatedCredentials": "canary-in-an-odd-answer", "secret": "canary-in-an-odd-answer" });
        world.server.injure_always(
            "GET",
            route,
            Effect::Status { status: 200, message: None, body: Some(body), headers: [].into(), after_commit: false },
        );
        told += &refused(&provider, config).await;
        world.server.heal();
    }
    assert!(told.contains("Could not read the credentials"), "{told}");
    let secrets = world.secrets();
    assert!(!secrets.is_empty());
    let finished = provider.end().await;
    assert!(finished.stderr.len() > 4, "there is a log");
    told += &finished.stderr.join("\n");
    for secret in secrets.iter().map(String::as_str).chain(["canary-in-an-odd-answer"]) {
        assert!(!told.contains(secret), "a secret was told");
    }
    world.provider.end().await;
}

#[tokio::test]
async fn a_process_that_ends_without_a_close_holds_nothing() {
    let world = World::new().await;
    let state = world.rotation(REDIS, "x", &json!({})).await;
    let schema = schema(&world.provider);
    let config = World::config(schema, &json!({ "id": text(&state, "id") }));
    let client: &Client = &world.provider.client;
    assert_clean(&client.open(schema, &config).await.unwrap().report);
    client.stop().await.unwrap();
    assert_clean(&client.close(schema, None).await.unwrap());
    world.provider.end().await;
}
