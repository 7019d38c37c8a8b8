//! What the provider says when it is asked: of its own block, of plans, of what exists and of what a server answers.

use std::io;

use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::KINDS;
use terraform_provider_infisical::provider::InfisicalProvider;
use terraform_provider_infisical::terraform::operations::{self, Listing};
use terraform_provider_infisical::terraform::{
    Capabilities, Context, Diagnostics, FunctionError, IdentitySchema, MoveSource, Number, Object, Progress,
    Provider as _, Resource, Severity, Target, Value, json as state_json,
};

use super::asking::{
    POSTGRES, PROJECT, applied, asked, config, found, lay_over, of, planned, provider, refused, resource, value,
};
use super::server::Server;
use super::{ID, Message, any, defects, preflight};

const OTHER_CONNECTION: &str = "4d01d4dd-1e55-4c61-9999-9ee36847163b";

/// The sections, each with its heading.
pub(super) fn all() -> io::Result<Vec<(&'static str, Vec<Message>)>> {
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(vec![
        ("The provider block", block()),
        ("Plans of a rotation", runtime.block_on(plans())),
        ("Plans of a rotation of any kind", any::all()),
        ("What the server would refuse of a plan", runtime.block_on(preflight::all(&server))),
        ("What is attempted, where the provider is not configured", runtime.block_on(attempts())),
        ("What an answer of the server leads to", runtime.block_on(answers(&server))),
        ("Imports, moves and stored state", runtime.block_on(existing())),
        ("Data sources, ephemeral resources, actions and lists", runtime.block_on(reading(&server))),
        ("Functions", functions()),
        ("Defects of the provider itself", of(runtime.block_on(defects::all()))),
    ])
}

/// The provider, calling `server`.
fn connected(server: &Server) -> InfisicalProvider {
    asked(server, "off")
}

fn block() -> Vec<Message> {
    let blocks = [
        json!({ "host": "app.infisical.com" }),
        json!({ "request_timeout": 0 }),
        json!({ "ca_certificate_pem": "x", "ca_certificate_path": "x" }),
        json!({ "auth": { "token": "t", "oidc": {} } }),
    ];
    let mut told: Vec<Diagnostics> =
        blocks.iter().map(|block| provider(&[]).validate(&value(provider(&[]).schema(), block))).collect();
    let configured: [(&'static [_], Json); 8] = [
        (&[], json!({ "auth": { "token": null, "universal": {} } })),
        (&[], json!({ "auth": { "oidc": { "identity_id": "i" } } })),
        (&[("INFISICAL_AUTH_METHOD", "password")], json!({})),
        (&[("INFISICAL_AUTH_METHOD", "token")], json!({})),
        (&[], json!({ "ca_certificate_path": "absent.pem" })),
        (&[], json!({ "ca_certificate_pem": "not a certificate" })),
        (&[], json!({ "client_certificate_pem": "not a certificate" })),
        (&[("INFISICAL_HOST", "ftp://infisical.example")], json!({})),
    ];
    told.extend(configured.map(|(variables, block)| {
        let provider = provider(variables);
        provider.configure(value(provider.schema(), &block))
    }));
    // The words of the operating system are not ours.
    let reason = std::fs::read("absent.pem").err().map(|error| error.to_string()).unwrap_or_default();
    let mut told = of(told);
    for message in &mut told {
        message.detail = message.detail.replace(&reason, "<the system's reason>");
    }
    told
}

/// What is stored of it.
fn stored(change: &Json) -> Json {
    let mut state = config(&json!({
        "auto_rotation_enabled": true, "rotate_at_utc": { "hours": 0, "minutes": 0 }, "delete_secrets": false,
        "revoke_generated_credentials": false, "id": ID, "type": "postgres-credentials", "folder_id": "f",
        "connection_name": "orders", "active_index": 0, "rotation_status": "success",
        "last_rotated_at": "2020-03-10T09:15:30.500Z", "last_rotation_attempted_at": "2020-03-10T09:15:30.500Z",
        "next_rotation_at": "2020-04-10T00:00:00.000Z", "last_rotation_manual": true,
        "created_at": "2020-03-10T09:15:30.500Z", "updated_at": "2020-03-10T09:15:30.500Z",
    }));
    lay_over(&mut state, change);
    state
}

async fn plans() -> Vec<Message> {
    let provider = provider(&[]);
    let mut told = Vec::new();
    if let Some(resource) = resource(&provider, POSTGRES) {
        let prior = stored(&json!({}));
        for change in [
            json!({ "connection_id": OTHER_CONNECTION }),
            json!({ "rotation_interval": 1 }),
            json!({ "parameters": { "username1": "orders_c", "username2": "orders_d" } }),
        ] {
            told.push(planned(resource.as_ref(), &prior, &config(&change)).await);
        }
    }
    for kind in KINDS {
        let Some(resource) = resource(&provider, kind.resource) else { continue };
        let prior = json!({ "id": ID, "name": "orders", "revoke_generated_credentials": true });
        told.push(planned(resource.as_ref(), &prior, &Json::Null).await);
    }
    let mut seen = Vec::new();
    for message in of(told) {
        if !seen.contains(&message) {
            seen.push(message);
        }
    }
    seen
}

fn object(resource: &dyn Resource, state: &Json) -> Object {
    Object { state: value(resource.schema(), state), private: Vec::new(), identity: None }
}

async fn attempts() -> Vec<Message> {
    let provider = provider(&[]);
    let Some(resource) = resource(&provider, POSTGRES) else { return Vec::new() };
    let (resource, context) = (resource.as_ref(), Context::default());
    let prior = stored(&json!({}));
    let read = operations::read(resource, &context, object(resource, &prior)).await;
    let import = operations::import(resource, POSTGRES, &context, Target::Id(ID.to_owned())).await;
    let mut told = vec![
        applied(resource, &Json::Null, &config(&json!({}))).await,
        read.err().unwrap_or_default(),
        applied(resource, &prior, &config(&json!({ "description": "Changed." }))).await,
        applied(resource, &prior, &Json::Null).await,
        import.err().unwrap_or_default(),
    ];
    told.extend(looked_up(&provider).await);
    let mut told = of(told);
    let unknown = InfisicalProvider::new();
    let mut block = value(unknown.schema(), &json!({}));
    block.set("host", Value::unknown());
    unknown.configure(block);
    if let Some(resource) = unknown.resources().get(POSTGRES) {
        told.extend(of([applied(resource.as_ref(), &Json::Null, &config(&json!({}))).await]));
    }
    told
}

/// What data sources, the ephemeral resource, actions and lists say of something named properly.
async fn looked_up(provider: &InfisicalProvider) -> Vec<Diagnostics> {
    let context = Context::default();
    let place = json!({
        "id": ID, "type": "postgres-credentials", "project_id": PROJECT, "app": "postgres", "name": "orders",
        "secrets_mapping": null,
    });
    let only = |names: &[&str]| {
        let members = names.iter().map(|name| ((*name).to_owned(), place.get(*name).cloned().unwrap_or_default()));
        Json::Object(members.collect())
    };
    let mut told = Vec::new();
    for (name, source) in provider.data_sources() {
        let config = match name.as_str() {
            "infisical_app_connection" => only(&["project_id", "app", "name"]),
            "infisical_project" => json!({ "id": PROJECT }),
            "infisical_rotations" => only(&["project_id"]),
            _ => only(&["id", "type"]),
        };
        let config = value(source.schema(), &config);
        told.push(operations::read_data(source.as_ref(), &context, config).await.err().unwrap_or_default());
    }
    for source in provider.ephemeral_resources().values() {
        let config = value(source.schema(), &only(&["id", "type"]));
        told.push(operations::open(source.as_ref(), &context, config).await.err().unwrap_or_default());
    }
    for action in provider.actions().values() {
        let config = value(action.schema(), &json!({ "id": ID, "type": "windows-local-account" }));
        told.push(operations::invoke(action.as_ref(), &context, config, &Progress::new(|_| {})).await);
    }
    let (list, resource) = (provider.lists().get(POSTGRES), provider.resources().get(POSTGRES));
    if let (Some(list), Some(resource)) = (list, resource) {
        let config = value(list.schema(), &only(&["project_id"]));
        let listing = Listing { config, limit: 1, with_state: false };
        let listed = operations::list(list.as_ref(), resource.as_ref(), &context, listing).await;
        told.push(listed.err().unwrap_or_default());
    }
    told
}

fn not_found() -> Option<(u16, Json)> {
    refused(404, "NotFound", "Could not find it")
}

async fn answers(server: &Server) -> Vec<Message> {
    let provider = connected(server);
    let Some(resource) = resource(&provider, POSTGRES) else { return Vec::new() };
    let (resource, context) = (resource.as_ref(), Context::default());
    let prior = stored(&json!({}));
    let renamed = config(&json!({ "name": "orders-db" }));
    let mut told = Vec::new();

    server.play(|method, _| if method == "POST" { None } else { found(&json!({})) });
    told.push(applied(resource, &Json::Null, &config(&json!({}))).await);

    // No validation comes before this in the provider; hosts always ask for it.
    told.push(applied(resource, &Json::Null, &config(&json!({ "rotation_interval": 0.5 }))).await);

    server.play(|_, _| not_found());
    told.push(applied(resource, &prior, &renamed).await);

    // The server takes the new name and keeps the old one.
    server.play(|_, _| found(&json!({})));
    told.push(applied(resource, &prior, &renamed).await);

    server.play(|method, _| match method {
        "POST" => refused(400, "BadRequest", "A rotation is already in progress. Please try again shortly."),
        _ => found(&json!({})),
    });
    told.push(applied(resource, &prior, &config(&json!({ "rotation_triggers": { "incident": "1" } }))).await);

    server.play(|_, _| {
        found(&json!({ "rotationStatus": "failed", "lastRotationMessage": "permission denied to alter role" }))
    });
    let read = operations::read(resource, &context, object(resource, &prior)).await;
    told.push(read.map_or_else(|told| told, |reply| reply.warnings));

    server.play(|_, _| found(&json!({ "parameters": { "username1": ["orders_a"] } })));
    told.push(operations::read(resource, &context, object(resource, &prior)).await.err().unwrap_or_default());

    server.play(|_, _| not_found());
    for id in [ID.to_owned(), format!("{PROJECT}/prod/orders?path=/orders")] {
        told.push(operations::import(resource, POSTGRES, &context, Target::Id(id)).await.err().unwrap_or_default());
    }
    of(told)
}

async fn existing() -> Vec<Message> {
    let provider = provider(&[]);
    let Some(resource) = resource(&provider, POSTGRES) else { return Vec::new() };
    let (resource, context) = (resource.as_ref(), Context::default());
    let mut told = Vec::new();
    for text in ["", "orders", "a/b", "a/b/c?path=d", "a/b/c?folder=/d", &format!("{ID}?path=/a")] {
        let import = operations::import(resource, POSTGRES, &context, Target::Id(text.to_owned())).await;
        told.push(import.err().unwrap_or_default());
    }
    for identity in [json!({}), json!({ "id": "orders" })] {
        let of = resource.identity().map(IdentitySchema::value_type);
        let identity = of.and_then(|of| state_json::decode(&identity, &of, state_json::Extras::Dropped).ok());
        let target = Target::Identity(identity.unwrap_or(Value::Null));
        told.push(operations::import(resource, POSTGRES, &context, target).await.err().unwrap_or_default());
    }
    let official = "registry.terraform.io/infisical/infisical";
    let same_kind = "infisical_secret_rotation_postgres_credentials";
    for (type_name, schema_version, state) in [
        (same_kind, 1, json!({ "id": ID })),
        (same_kind, 0, json!({ "id": ID, "parameters": 1 })),
        (same_kind, 0, json!({ "id": "" })),
        ("infisical_secret_rotation_mysql_credentials", 0, json!({ "id": ID })),
    ] {
        let source =
            MoveSource { provider: official.to_owned(), type_name: type_name.to_owned(), schema_version, state };
        told.push(operations::move_state(resource, POSTGRES, source, Vec::new()).err().unwrap_or_default());
    }
    for (version, state) in [(7, json!({ "id": ID })), (0, json!({ "id": ID, "parameters": 1 }))] {
        told.push(operations::upgrade(resource, POSTGRES, version, state).err().unwrap_or_default());
    }
    let windows = "infisical_windows_rotation";
    if let Some(resource) = provider.resources().get(windows) {
        let config = value(resource.schema(), &json!({ "temporary_parameters": { "password": "x" } }));
        let old = operations::validate(resource.as_ref(), Capabilities::default(), &config);
        told.push(old.into_iter().filter(|told| told.path.to_string().starts_with("temporary")).collect());
    }
    of(told)
}

async fn reading(server: &Server) -> Vec<Message> {
    let provider = connected(server);
    let mut told = Vec::new();
    for (name, source) in provider.data_sources() {
        let configs: &[Json] = match name.as_str() {
            "infisical_project" => &[json!({}), json!({ "id": "p", "slug": "s" })],
            "infisical_rotation" => {
                &[json!({}), json!({ "id": ID, "name": "orders" }), json!({ "name": "orders", "project_id": "p" })]
            }
            _ => &[],
        };
        for config in configs {
            told.push(operations::validate_data(source.as_ref(), &value(source.schema(), config)));
        }
    }
    let mapped = json!({ "username": "ORDERS_DB_USERNAME", "password": "ORDERS_DB_PASSWORD" });
    for source in provider.ephemeral_resources().values() {
        for config in [
            json!({ "id": ID, "secrets_mapping": mapped, "project_id": "p", "environment": "prod" }),
            json!({ "secrets_mapping": mapped, "include_previous": true }),
            json!({ "secrets_mapping": {}, "project_id": "p", "environment": "prod" }),
            json!({ "secrets_mapping": { "password": "" }, "project_id": "p", "environment": "prod" }),
        ] {
            told.push(operations::validate_ephemeral(source.as_ref(), &value(source.schema(), &config)));
        }
    }
    for action in provider.actions().values() {
        let config = value(action.schema(), &json!({ "id": ID, "type": "redis-credentials" }));
        told.push(operations::validate_action(action.as_ref(), &config));
        let unknown = Value::map([("id", Value::unknown())]);
        told.push(operations::invoke(action.as_ref(), &Context::default(), unknown, &Progress::new(|_| {})).await);
    }
    server.play(|_, path| match path {
        path if path.ends_with("/available") => Some((200, json!({ "appConnections": [] }))),
        _ => not_found(),
    });
    told.extend(looked_up(&provider).await);
    told.extend(credentials(&provider, server, &mapped).await);
    of(told)
}

/// What can go wrong with the credentials of a rotation that exists.
async fn credentials(provider: &InfisicalProvider, server: &Server, mapped: &Json) -> Vec<Diagnostics> {
    let context = Context::default();
    let mut told = Vec::new();
    for source in provider.ephemeral_resources().values() {
        let open = async |config: Json| {
            let config = value(source.schema(), &config);
            operations::open(source.as_ref(), &context, config).await.err().unwrap_or_default()
        };
        server.play(|_, _| {
            let body = json!({
                "generatedCredentials": [], "activeIndex": 0, "rotationId": ID, "type": "postgres-credentials",
            });
            Some((200, body))
        });
        told.push(open(json!({ "id": ID, "type": "postgres-credentials" })).await);
        let secrets = json!({
            "secrets_mapping": mapped, "project_id": "p", "environment": "prod", "secret_path": "/orders",
        });
        server.play(|_, _| not_found());
        told.push(open(secrets.clone()).await);
        server.play(|_, path| Some((200, secret(path, 1, true))));
        told.push(open(secrets.clone()).await);
        let version = std::sync::atomic::AtomicI64::new(0);
        server.play(move |_, path| {
            let version = version.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Some((200, secret(path, version, false)))
        });
        told.push(open(secrets).await);
    }
    told
}

fn secret(path: &str, version: i64, is_hidden: bool) -> Json {
    let name = path.rsplit('/').next().unwrap_or_default();
    json!({ "secret": {
        "id": "s", "secretKey": name, "secretValue": "v", "version": version, "secretValueHidden": is_hidden,
        "environment": "prod", "secretPath": "/orders", "workspace": "p", "type": "shared",
    } })
}

fn functions() -> Vec<Message> {
    let provider = provider(&[]);
    let number = |text: &str| text.parse::<Number>().map_or(Value::Null, Value::Number);
    let next = |last: &str, [interval, hours, minutes]: [&str; 3]| {
        [Value::from(last), number(interval), number(hours), number(minutes), Value::Bool(true)]
    };
    let last = "2020-03-10T09:15:30.500Z";
    let calls: [(&str, Vec<Value>); 8] = [
        ("next_rotation", next("yesterday", ["30", "0", "0"]).into()),
        ("next_rotation", next(last, ["0", "0", "0"]).into()),
        ("next_rotation", next(last, ["2147483647", "0", "0"]).into()),
        ("next_rotation", next(last, ["1", "24", "0"]).into()),
        ("next_rotation", next(last, ["1", "0", "60"]).into()),
        ("next_rotation", vec![Value::from(last)]),
        ("next_rotation", vec![Value::Null; 5]),
        ("parse_import_id", vec![Value::from("orders")]),
    ];
    let told = calls.into_iter().filter_map(|(name, arguments)| {
        let function = provider.functions().get(name)?;
        let FunctionError { text, argument } = operations::call(function.as_ref(), &arguments).err()?;
        let parameter = argument.and_then(|index| function.signature().parameters.get(index));
        Some(Message {
            severity: Severity::Error,
            summary: name.to_owned(),
            path: parameter.map(|parameter| parameter.name.clone()).unwrap_or_default(),
            detail: text,
        })
    });
    told.collect()
}
