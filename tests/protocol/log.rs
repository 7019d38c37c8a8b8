//! What leaves the process besides its answers: the log, and the secrets that must be neither there nor in messages.

use infisical_sandbox::faults::{Call, Effect, Form};
use infisical_sandbox::seed;
use plugin_driver::client::{ImportTarget, Report};
use plugin_driver::value::{Value, json};
use serde_json::json;
use terraform_provider_infisical::catalog::by_slug;

use crate::support::kinds::{Extent, example, example_json};
use crate::support::server::{ROTATIONS, Server};
use crate::support::{Provider, assert_failed, assert_succeeded, launch, words};

const ID: &str = "00000000-0000-4000-8000-000000000000";
/// What a server may say to take over the terminal, the log or the host that reads it.
const HOSTILE: &str =
    "first\n{\"@message\":1}\r\npanic: not ours\n\u{1b}[31mred\u{1b}[0m\u{7}\u{9b}1m\u{202e}\n[red]{\"@level\":5}";

fn status(status: u16, message: &str) -> Effect {
    Effect::Status { status, message: Some(message.to_owned()), body: None, headers: [].into(), after_commit: false }
}

#[tokio::test]
async fn whatever_the_server_says_the_log_and_the_messages_stay_in_form() {
    let server = Server::start();
    let provider = Provider::launched(&launch().environment("TF_LOG", "TRACE")).await;
    provider.configure(&server.block()).await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let config = example(resource, kind, Extent::Full, "x");
    let planned = provider.plan(resource, &Value::Null, &config).await;

    // A refused login comes last: it is not tried again in the life of a process.
    for code in [400, 403, 404, 409, 418, 422] {
        server.injure_always("*", ROTATIONS, status(code, HOSTILE));
        let answer = provider.apply(resource, &Value::Null, &config, &planned).await;
        assert_failed(&answer.report);
        let answer = provider.client.import(resource, &ImportTarget::Id(ID.to_owned())).await.unwrap();
        assert_failed(&answer.report);
        server.heal();
    }
    server.injure_always("*", ROTATIONS, status(400, &"long ".repeat(100_000)));
    let answer = provider.apply(resource, &Value::Null, &config, &planned).await;
    assert_failed(&answer.report);
    assert!(words(&answer.report).contains("long long"), "{:.3000}", words(&answer.report));
    assert!(words(&answer.report).len() < 16 * 1024, "{}", words(&answer.report).len());
    server.injure_always("*", ROTATIONS, status(401, HOSTILE));
    assert_failed(&provider.apply(resource, &Value::Null, &config, &planned).await.report);
    let stderr = provider.end().await.stderr;
    assert!(stderr.iter().any(|line| line.contains("answered")), "nothing was logged: {stderr:?}");
}

#[tokio::test]
async fn a_failed_rotation_tells_the_third_partys_reason_without_its_control_characters() {
    let server = Server::start();
    let provider = Provider::start().await;
    provider.configure(&server.block()).await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(kind.resource);
    let state = provider.change(resource, &Value::Null, &example(resource, kind, Extent::Full, "x")).await;
    server.change(|state| {
        let rotation = state.rotations.values_mut().next().unwrap();
        rotation.rotation_status = infisical_sandbox::state::Status::Failed;
        rotation.last_rotation_message = Some(HOSTILE.to_owned());
    });
    let read = provider.client.read(resource, &state, &[].as_slice().into(), None).await.unwrap();
    // Broken rules would name the control characters.
    assert_succeeded(&read.report);
    assert!(read.report.warnings().any(|warning| warning.detail.contains("not ours")), "{:?}", read.report);
    provider.end().await;
}

#[tokio::test]
async fn without_a_wish_for_a_log_there_is_none() {
    let server = Server::start();
    for level in ["", "OFF"] {
        let provider = Provider::launched(&launch().environment("TF_LOG", level)).await;
        provider.configure(&server.block()).await;
        let resource = provider.resource("infisical_redis_rotation");
        let answer = provider.client.import(resource, &ImportTarget::Id(ID.to_owned())).await.unwrap();
        assert_failed(&answer.report);
        assert_eq!(provider.end().await.stderr, [""; 0]);
    }
}

/// Reports of everything that was done with secrets at hand.
struct Heard(String);

impl Heard {
    fn note(&mut self, report: &Report) {
        self.also(&(&report.diagnostics, &report.violations));
    }

    fn also(&mut self, thing: &impl std::fmt::Debug) {
        use std::fmt::Write as _;
        writeln!(self.0, "{thing:?}").unwrap();
    }
}

#[tokio::test]
async fn secrets_are_neither_logged_nor_told_nor_stored() {
    const CANARY: &str = "canary-7f3a";
    let server = Server::start();
    let recipe = launch()
        .environment("TF_LOG", "TRACE")
        .environment("INFISICAL_TOKEN", format!("{CANARY}-environment-token"))
        .environment("INFISICAL_AUTH_JWT", format!("{CANARY}-environment-jwt"));
    let provider = Provider::launched(&recipe).await;
    let mut heard = Heard(String::new());
    let kind = by_slug("unix-linux-local-account").unwrap();
    let resource = provider.resource(kind.resource);
    let id = ImportTarget::Id(ID.to_owned());

    // Logins that are refused, and blocks that are.
    let auth = |login: serde_json::Value| json!({ "host": server.block()["host"], "auth": login });
    for block in [
        json!({ "host": server.block()["host"] }),
        auth(json!({ "token": format!("{CANARY}-token") })),
        auth(json!({ "universal": { "client_id": seed::CLIENT_ID, "client_secret": format!("{CANARY}-secret") } })),
        auth(json!({ "jwt": { "identity_id": seed::IDENTITY_ID, "jwt": format!("{CANARY}-jwt") } })),
        auth(
            json!({ "ldap": { "identity_id": seed::IDENTITY_ID, "username": "u", "password": format!("{CANARY}-ldap") } }),
        ),
        auth(
            json!({ "kubernetes": { "identity_id": seed::IDENTITY_ID, "service_account_token": format!("{CANARY}-k8s") } }),
        ),
        json!({ "host": format!("https://user:{CANARY}-host@127.0.0.1:1") }),
        json!({ "client_certificate_pem": format!("{CANARY}-certificate"), "client_key_pem": format!("{CANARY}-key") }),
    ] {
        let block = provider.block(&block);
        heard.note(&provider.client.validate_provider(&provider.schema, &block).await.unwrap());
        let configured = provider.client.configure(&provider.schema, &block).await.unwrap();
        let imported = provider.client.import(resource, &id).await.unwrap().report;
        assert!(configured.has_errors() || imported.has_errors());
        heard.note(&configured);
        heard.note(&imported);
    }

    // A write-only password, through creation, a failing creation, update and deletion.
    provider.configure(&server.block()).await;
    let mut config = example_json(kind, Extent::Full, "x");
    config["parameters"]["rotation_method"] = "login-as-target".into();
    config["temporary_parameters"] = json!({ "password": format!("{CANARY}-password") });
    let config = json::from_json(&config, &resource.object.kind()).unwrap();
    let planned = provider.plan(resource, &Value::Null, &config).await;
    assert_succeeded(&planned.report);
    for effect in [
        status(400, &format!("wrong: {CANARY}-password")),
        Effect::ThirdParty {
            message: format!("{CANARY}-password was refused"),
            form: Form::BadRequest,
            call: Call::Issue,
        },
    ] {
        server.injure("POST", ROTATIONS, effect);
        let failed = provider.apply(resource, &Value::Null, &config, &planned).await;
        assert_failed(&failed.report);
        heard.note(&failed.report);
        heard.also(&failed);
    }
    let created = provider.apply(resource, &Value::Null, &config, &planned).await;
    assert_succeeded(&created.report);
    let read = provider.client.read(resource, &created.state, &created.private, None).await.unwrap();
    heard.note(&read.report);
    heard.also(&(&planned, &created));
    let changed = config.with("description", "another".into());
    let updated = provider.change(resource, &created.state, &changed).await;
    heard.also(&updated);

    let (tokens, credentials) = server.look(|state| {
        let credentials = state.rotations.values().flat_map(|rotation| rotation.generated_credentials.clone());
        let texts = credentials.flat_map(|set| set.as_object().unwrap().values().cloned().collect::<Vec<_>>());
        (state.tokens.len(), texts.filter_map(|text| text["password"].as_str().map(str::to_owned)).collect::<Vec<_>>())
    });
    assert!(tokens > 0);
    let stderr = provider.end().await.stderr.join("\n");
    assert!(stderr.contains("answered"), "nothing was logged");
    for text in [&stderr, &heard.0] {
        assert!(!text.contains(CANARY), "{text}");
        assert!(!text.contains(seed::CLIENT_SECRET) && !text.contains("eyJ"), "{text}");
        assert!(credentials.iter().all(|credential| !text.contains(credential.as_str())));
    }
}
