//! Secrets are marked and then looked for: in logs at TRACE, in messages, in state, in plans and in command lines. The
//! marks reach the provider only through the environment, so they may be nowhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;

use infisical_sandbox::faults::{Effect, Fault};
use infisical_sandbox::seed;
use infisical_sandbox::state::{AuthMethod, MethodKind, Proof};
use infisical_sandbox::token;
use serde_json::json;

use crate::cli::{Cli, Ran, Workspace};
use crate::relay::{Act, Plan, Point, Relay};
use crate::server::{ENVIRONMENT, FOLDER, Server};
use crate::{TERRAFORM, providers_of, say};

const CLIENT_SECRET: &str = "canary-client-secret-7f3a";
const PASSWORD: &str = "canary-present-password-91cc";
const HEADER: &str = "canary-of-a-header-55d0";
const BODY: &str = "canary-of-a-body-2ab8";
/// How every token of the sandbox begins: the same text that begins the tokens of the real server.
const ANY_TOKEN: &str = "eyJhbGciOi";

/// The first versions that keep write-only and ephemeral values out of plans by themselves.
const NEWEST_FEATURES: (u32, u32) = (1, 11);

/// A workspace, and everything that its commands have said.
struct Watched<'a> {
    server: &'a Server,
    workspace: Workspace,
    said: Vec<(String, String)>,
}

impl<'a> Watched<'a> {
    fn new(cli: &Cli, server: &'a Server, environment: &[(&str, &str)]) -> Self {
        let mut environment = environment.to_vec();
        environment.extend([("INFISICAL_HOST", server.core().url.as_str()), ("TF_LOG", "TRACE")]);
        let workspace = Workspace::new(cli, &environment);
        workspace.write("terraform.tf", TERRAFORM);
        Self { server, workspace, said: Vec::new() }
    }

    /// Runs a command, and remembers what it said.
    fn run(&mut self, arguments: &[&str]) -> Ran {
        let log = self.workspace.path().join("trace.log");
        let ran = Ran::of(self.workspace.command(arguments).env("TF_LOG_PATH", log).output().unwrap());
        self.said.push((format!("{arguments:?}"), format!("{}\n{}", ran.stdout, ran.stderr)));
        ran
    }

    fn succeeds(&mut self, arguments: &[&str]) {
        self.run(arguments).ok();
    }

    fn fails(&mut self, arguments: &[&str], because: &str) {
        let ran = self.run(arguments);
        assert!(ran.status != 0 && ran.text().contains(because), "{}", ran.text());
    }

    /// Lets requests meet an effect while a command runs that fails because of it.
    fn fails_by(&mut self, method: &str, route: &str, effect: Effect, arguments: &[&str], because: &str) {
        self.server.core().faults.add(Fault::once(method, route, effect).always());
        self.fails(arguments, because);
        self.server.core().faults.clear();
    }

    /// Remembers the command lines of the CLI and of the provider while a plan is under way.
    fn watch_command_lines(&mut self) {
        let plan = Plan { method: "", path: "/", number: 1, point: Point::Before, act: Act::Hold };
        let mut relay = Relay::start(self.server.address(), plan);
        let mut command = self.workspace.command(&["plan", "-no-color"]);
        command.env("INFISICAL_HOST", relay.url()).env_remove("TF_LOG").stdout(Stdio::null()).stderr(Stdio::null());
        let mut cli = command.spawn().unwrap();
        relay.wait();
        let providers = providers_of(&cli);
        assert!(!providers.is_empty(), "a provider asks, so it runs");
        for process in providers.into_iter().chain([cli.id()]) {
            let words = fs::read(format!("/proc/{process}/cmdline")).unwrap();
            let words = String::from_utf8_lossy(&words).replace('\0', " ");
            assert!(!words.is_empty());
            self.said.push((format!("command line of {process}"), words));
        }
        relay.release();
        assert!(cli.wait().unwrap().success());
    }

    /// Demands that no mark is anywhere, except that the log is one that would show them.
    fn assert_clean(&self, marks: &BTreeMap<String, String>) {
        let mut places = self.said.clone();
        files(self.workspace.path(), &mut places);
        let log = places.iter().find(|(name, _)| name.ends_with("trace.log")).expect("a log");
        assert!(log.1.contains("[TRACE]") && log.1.contains("@module=infisical::client"), "the log tells nothing");
        assert!(places.iter().any(|(name, _)| name.ends_with("terraform.tfstate")), "there is no state");
        for (place, text) in &places {
            for (what, mark) in marks {
                let at = text.find(mark.as_str());
                let around = at.map(|at| text[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev());
                let around = around.map(Iterator::collect::<String>);
                assert!(at.is_none(), "{what} is in {place}, after: {}", around.unwrap_or_default());
            }
        }
    }
}

/// Every file below a folder, as text.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            let bytes = fs::read(&path).unwrap();
            found.push((path.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

/// A server with marked secrets.
fn server() -> Server {
    let server = Server::start();
    server.core().write(|state| {
        let methods = &mut state.identities.get_mut(seed::IDENTITY_ID).unwrap().methods;
        let proof = Proof::client_secret(seed::CLIENT_ID, CLIENT_SECRET);
        methods.insert(MethodKind::Universal, AuthMethod::new(proof));
    });
    server
}

/// All that must not be found: the marks, any token, and every value that a rotation has ever issued.
fn marks(server: &Server) -> BTreeMap<String, String> {
    let fixed = [
        ("the client secret", CLIENT_SECRET),
        ("the temporary password", PASSWORD),
        ("the header", HEADER),
        ("the body", BODY),
        ("a token", ANY_TOKEN),
    ];
    let mut marks: BTreeMap<_, _> = fixed.map(|(what, mark)| (what.to_owned(), mark.to_owned())).into();
    server.core().read(|state| {
        for secret in state.secrets.values().flat_map(|folder| folder.values()) {
            let former = secret.versions.iter().map(|version| (version.version, &version.value));
            for (version, value) in former.chain([(secret.version, &secret.value)]) {
                marks.insert(format!("version {version} of {}", secret.key), value.clone());
            }
        }
    });
    marks
}

fn resource(kind: &str, name: &str, connection: &str, more: &str) -> String {
    let (project, connection) = (seed::PROJECT_ID, seed::connection_id(connection).unwrap());
    format!(
        "resource \"infisical_{kind}_rotation\" \"{name}\" {{
  name              = \"{name}\"
  project_id        = \"{project}\"
  connection_id     = \"{connection}\"
  environment       = \"{ENVIRONMENT}\"
  secret_path       = \"{FOLDER}\"
  rotation_interval = 30
  delete_secrets    = true
{more}
}}
"
    )
}

fn redis(name: &str, more: &str) -> String {
    let upper = name.to_uppercase();
    let arguments = format!(
        "  parameters = {{ permission_scope = \"~*\" }}
  secrets_mapping = {{ username = \"{upper}_USERNAME\", password = \"{upper}_PASSWORD\" }}
{more}"
    );
    resource("redis", name, "redis", &arguments)
}

fn ldap(name: &str) -> String {
    // The distinguished name is also what the rotation writes into a secret: it is no secret.
    let arguments = "  parameters = { dn = \"CN=canary,DC=example,DC=com\", rotation_method = \"target-principal\" }
  temporary_parameters = { password = var.password }
  secrets_mapping = { dn = \"LDAP_DN\", password = \"LDAP_PASSWORD\" }";
    resource("ldap", name, "ldap", arguments)
}

fn variable(name: &str) -> String {
    format!("variable \"{name}\" {{\n  type      = string\n  sensitive = true\n  ephemeral = true\n}}\n")
}

fn saying(status: u16, message: &str) -> Effect {
    let headers = [("set-cookie".to_owned(), format!("session={HEADER}")), ("x-token".to_owned(), HEADER.to_owned())];
    Effect::Status {
        status,
        message: Some(message.to_owned()),
        body: None,
        headers: headers.into(),
        after_commit: false,
    }
}

/// The first CLI, if it is new enough.
fn cli(what: &str) -> Option<Cli> {
    let Some(cli) = Cli::all().into_iter().next() else {
        say(&format!("skipped: {what}: neither terraform nor tofu is on PATH (name one with --cli)"));
        return None;
    };
    let mut numbers = cli.version.split(['v', '.']).filter_map(|word| word.parse::<u32>().ok());
    let version = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if version < NEWEST_FEATURES {
        say(&format!("skipped: {what}: {} has no ephemeral and write-only values", cli.version));
        return None;
    }
    Some(cli)
}

#[test]
fn secrets_of_the_configuration_and_of_answers_stay_where_they_belong() {
    let Some(cli) = cli("canary test of the configuration") else { return };
    let server = server();
    let environment = [("TF_VAR_client_secret", CLIENT_SECRET), ("TF_VAR_password", PASSWORD)];
    let mut watched = Watched::new(&cli, &server, &environment);
    let provider = format!(
        "provider \"infisical\" {{
  auth           = {{ universal = {{ client_id = \"{}\", client_secret = var.client_secret }} }}
  max_retry_wait = 1
}}
",
        seed::CLIENT_ID
    );
    let head = [variable("client_secret"), variable("password"), provider].concat();
    let opened = format!(
        "ephemeral \"infisical_rotation_credentials\" \"generated\" {{
  id   = infisical_redis_rotation.one.id
  type = infisical_redis_rotation.one.type
}}
ephemeral \"infisical_rotation_credentials\" \"mapped\" {{
  project_id      = \"{}\"
  environment     = \"{ENVIRONMENT}\"
  secret_path     = infisical_redis_rotation.one.secret_path
  secrets_mapping = infisical_redis_rotation.one.secrets_mapping
}}
",
        seed::PROJECT_ID
    );
    let write = |watched: &Watched, resources: &[String]| {
        watched.workspace.write("main.tf", &(head.clone() + &resources.concat()));
    };
    let apply = ["apply", "-auto-approve", "-no-color"];
    let rotations = "/api/v2/secret-rotations/*";

    // Created by a saved plan, rotated, shown.
    write(&watched, &[redis("one", ""), ldap("two")]);
    watched.succeeds(&["plan", "-no-color", "-out=saved.plan"]);
    watched.succeeds(&["show", "-json", "saved.plan"]);
    watched.succeeds(&["apply", "-no-color", "saved.plan"]);
    write(&watched, &[redis("one", "  rotation_triggers = { reason = \"canary\" }"), ldap("two")]);
    watched.succeeds(&apply);
    write(&watched, &[redis("one", "  rotation_triggers = { reason = \"canary\" }"), ldap("two"), opened]);
    watched.succeeds(&["plan", "-no-color", "-out=opened.plan"]);
    watched.succeeds(&["show", "-json", "opened.plan"]);
    let asked = server.count(|_, path| path.ends_with("/generated-credentials") || path.starts_with("/api/v4/secrets"));
    assert!(asked > 1, "the credentials were read in both ways");
    watched.succeeds(&["show", "-json"]);
    watched.watch_command_lines();

    // Errors whose texts and headers hold what was sent, or more.
    let echo = format!("no login with {CLIENT_SECRET} and {PASSWORD}");
    write(&watched, &[redis("one", "  rotation_triggers = { reason = \"canary\" }"), ldap("two"), ldap("three")]);
    watched.fails_by("POST", rotations, saying(400, &echo), &apply, "No login with (secret)");
    let unprocessable = Effect::Unprocessable { path: vec!["temporaryParameters".to_owned()], message: echo.clone() };
    watched.fails_by("POST", rotations, unprocessable, &apply, "No login with (secret)");
    let login = saying(401, &format!("Nobody has {CLIENT_SECRET}"));
    watched.fails_by("POST", "/api/v1/auth/*", login, &apply, "Nobody has (secret)");
    watched.fails_by("GET", "/api/*", saying(500, "Something went wrong"), &apply, "Something went wrong");
    let unreadable = Effect::Status {
        status: 200,
        message: None,
        body: Some(json!({ "secretRotation": { "id": BODY }, "secretRotations": [{ "id": BODY }] })),
        headers: BTreeMap::new(),
        after_commit: false,
    };
    watched.fails_by("GET", "/api/*", unreadable, &apply, "unexpected answer");

    let marks = marks(&server);
    assert!(marks.len() > 8, "rotations have issued something: {:?}", marks.keys());
    write(&watched, &[]);
    watched.succeeds(&apply);
    assert!(server.rotations().is_empty());
    let marks = marks.into_iter().filter(|(_, mark)| mark != "CN=canary,DC=example,DC=com").collect();
    watched.assert_clean(&marks);
}

#[test]
fn secrets_of_the_environment_stay_there() {
    let Some(cli) = cli("canary test of the environment") else { return };
    let server = server();
    let given = server.core().write(|state| {
        let settings = state.identities[seed::IDENTITY_ID].methods[&MethodKind::Token].clone();
        let now = server.core().clock.now();
        token::issue(state, seed::IDENTITY_ID, MethodKind::Token, &settings, now)
    });
    let given = given["accessToken"].as_str().unwrap();
    assert!(given.starts_with(ANY_TOKEN));
    let secret = [
        ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", seed::CLIENT_ID),
        ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", CLIENT_SECRET),
    ];
    for (environment, mark) in [(secret.as_slice(), CLIENT_SECRET), (&[("INFISICAL_TOKEN", given)], given)] {
        let mut watched = Watched::new(&cli, &server, environment);
        watched.workspace.write("main.tf", &redis("one", ""));
        let apply = ["apply", "-auto-approve", "-no-color"];
        let echo = format!("not by {mark}");
        watched.fails_by("POST", "/api/v2/secret-rotations/*", saying(403, &echo), &apply, "Not by (secret)");
        watched.succeeds(&apply);
        watched.watch_command_lines();
        let marks = marks(&server);
        watched.succeeds(&["destroy", "-auto-approve", "-no-color"]);
        watched.assert_clean(&marks);
    }
}
