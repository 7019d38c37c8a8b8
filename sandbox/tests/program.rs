//! The program as a person or a pipeline runs it: what it prints, how it ends, what it keeps.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

#[allow(dead_code, reason = "each test program needs another part of it")]
#[path = "support/wire.rs"]
mod wire;

use wire::exchange;

const PROGRAM: &str = env!("CARGO_BIN_EXE_infisical-sandbox");

/// The program while it serves; killed if a test ends before it has ended it.
struct Program {
    process: Child,
    greeting: Vec<String>,
    address: SocketAddr,
}

impl Program {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        let mut process =
            command.args(["--listen", "127.0.0.1:0"]).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut greeting = Vec::new();
        // The last line is a comment that names the control API, or the way to a demo project.
        for line in lines {
            let is_last = line.contains("/_sandbox/demo") || line.contains("--seed");
            greeting.push(line);
            if is_last {
                break;
            }
        }
        let host = greeting.iter().find_map(|line| line.strip_prefix("export INFISICAL_HOST=http://")).unwrap();
        let address = host.parse().unwrap();
        Self { process, greeting, address }
    }

    fn has_line(&self, start: &str) -> bool {
        self.greeting.iter().any(|line| line.starts_with(start))
    }

    #[cfg(unix)]
    fn end_with(mut self, signal: &str) -> Option<i32> {
        let sent = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(sent.success());
        self.process.wait().unwrap().code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(PROGRAM).args(arguments).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn it_says_what_to_export_and_serves() {
    let program = Program::start(&["--seed", "--rate-limits"]);
    for variable in ["INFISICAL_HOST", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"] {
        assert!(program.has_line(&format!("export {variable}=")), "{:?}", program.greeting);
    }
    let is_for_a_shell = |line: &String| line.starts_with("export ") || line.starts_with("# ");
    assert!(program.greeting.iter().all(is_for_a_shell), "{:?}", program.greeting);

    let health = exchange(program.address, "GET", "/_sandbox/health", None, None).unwrap();
    assert_eq!(health.json()["status"], "ok");
    let body = json!({ "clientId": infisical_sandbox::seed::CLIENT_ID,
                       "clientSecret": infisical_sandbox::seed::CLIENT_SECRET });
    let login = exchange(program.address, "POST", "/api/v1/auth/universal-auth/login", None, Some(&body)).unwrap();
    assert_eq!((login.status, login.header("x-ratelimit-limit")), (200, Some("90")));
}

#[cfg(unix)]
#[test]
fn it_ends_in_good_order_and_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let state = ["--state", file.to_str().unwrap()];
    let document = json!({ "projects": [{ "slug": "shop", "environments": ["dev"] }] });
    for signal in ["-TERM", "-INT"] {
        let program = Program::start(&state);
        assert!(program.has_line("# it is empty") && !program.has_line("export INFISICAL_UNIVERSAL"));
        let planted = exchange(program.address, "POST", "/_sandbox/seed", None, Some(&document)).unwrap();
        assert_eq!(planted.status, 200);
        assert_eq!(program.end_with(signal), Some(0), "{signal}");
        assert_eq!(projects(&file), ["shop"], "it was there the second time already");
    }
}

#[cfg(unix)]
fn projects(file: &Path) -> Vec<String> {
    let kept = infisical_sandbox::persistence::Kept::load(file).unwrap().unwrap();
    kept.state.projects.values().map(|project| project.slug.clone()).collect()
}

#[test]
fn a_wrong_command_line_is_explained_on_the_error_stream() {
    let (code, stdout, stderr) = run(&["--sed"]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert_eq!(stderr, "infisical-sandbox: unknown argument --sed\nTry infisical-sandbox --help.\n");
    let (code, stdout, _) = run(&["--help"]);
    assert!(code == Some(0) && stdout.contains("--rate-limits"), "{stdout}");
    let (code, stdout, _) = run(&["--version"]);
    assert_eq!((code, stdout), (Some(0), format!("infisical-sandbox {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn a_damaged_file_is_named_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    std::fs::write(&file, "{\"format\": \"infis").unwrap();
    let (code, stdout, stderr) = run(&["--listen", "127.0.0.1:0", "--state", file.to_str().unwrap()]);
    assert_eq!((code, stdout.as_str()), (Some(2), ""));
    assert!(stderr.contains(file.to_str().unwrap()) && stderr.contains("damaged"), "{stderr}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{\"format\": \"infis");
}

#[test]
fn an_address_that_is_taken_is_named_with_the_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, _, stderr) = run(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains(&address) && stderr.contains("--listen takes another address"), "{stderr}");
}

#[test]
fn a_real_server_that_is_not_there_is_told_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let (code, _, stderr) = run(&["--listen", "127.0.0.1:0", "--seed", "--redis", &closed]);
    assert_eq!(code, Some(1));
    assert!(stderr.starts_with("infisical-sandbox: --redis: Unable to validate connection"), "{stderr}");
}
