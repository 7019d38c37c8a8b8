//! SIGKILL, to the provider or to Terraform, anywhere in an apply: the next apply converges, or says what to import, after
//! which it does. Nothing is there twice, nothing is there unnamed.
//!
//! The points are chosen by a seed and reached by counting requests. `KILL_ROUNDS` and `KILL_SEED` ask for others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use infisical_sandbox::seed;
use plugin_driver::generate::Random;
use serde_json::Value as Json;

use crate::cli::{Cli, Ran, Workspace};
use crate::relay::{Act, Plan, Point, Relay};
use crate::server::{ENVIRONMENT, FOLDER, RESOURCE, Server};
use crate::{TERRAFORM, providers_of, say};

/// How many rotations are created.
const ROTATIONS: usize = 20;
/// The requests of such an apply: one login, and a creation each.
const REQUESTS: usize = 1 + ROTATIONS;
/// How many rounds are run unless told otherwise.
const ROUNDS: usize = 50;

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    Provider,
    Terraform,
}

/// One round.
#[derive(Clone, Copy, Debug)]
struct Round {
    victim: Victim,
    /// At which request, from 1.
    request: usize,
    point: Point,
}

/// What the next apply found.
#[derive(Default)]
struct Found {
    rounds: usize,
    lost: usize,
}

#[test]
fn whoever_is_killed_the_next_apply_finds_everything() {
    let Some(cli) = Cli::all().into_iter().next() else {
        say("skipped: kill test: neither terraform nor tofu is on PATH (name one with --cli)");
        return;
    };
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (rounds, seed) = (number("KILL_ROUNDS", ROUNDS), number("KILL_SEED", 1));
    let mut random = Random::new(u64::try_from(seed).unwrap());
    let rounds = (0..rounds).map(|round| Round {
        victim: if round % 2 == 0 { Victim::Provider } else { Victim::Terraform },
        request: 1 + random.below(REQUESTS),
        point: if random.below(2) == 0 { Point::Before } else { Point::After },
    });
    let queue = Mutex::new(rounds.collect::<Vec<_>>().into_iter());
    let found = Mutex::new(Found::default());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let Some(round) = queue.lock().unwrap().next() else { break };
                    let lost = live(&cli, round);
                    let mut found = found.lock().unwrap();
                    found.rounds += 1;
                    found.lost += lost;
                }
            });
        }
    });
    let Found { rounds, lost } = found.into_inner().unwrap();
    say(&format!(
        "figure: kill test: {rounds} rounds (seed {seed}), {lost} rotations were missing in state, all were named"
    ));
}

/// Lives through a round and tells how many rotations were at the server and not in state after the kill.
fn live(cli: &Cli, round: Round) -> usize {
    let server = Server::start();
    let Round { request: number, point, .. } = round;
    let mut relay = Relay::start(server.address(), Plan { method: "", path: "/api/", number, point, act: Act::Hold });
    let workspace = Workspace::new(
        cli,
        &[
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", seed::CLIENT_ID),
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", seed::CLIENT_SECRET),
        ],
    );
    workspace.write("terraform.tf", TERRAFORM);
    workspace.write("main.tf", &(1..=ROTATIONS).map(block).collect::<String>());

    // The kill.
    let mut command = workspace.command(&["apply", "-auto-approve", "-no-color"]);
    command.env("INFISICAL_HOST", relay.url()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut terraform = command.spawn().unwrap();
    relay.wait();
    match round.victim {
        Victim::Terraform => terraform.kill().unwrap(),
        Victim::Provider => providers_of(&terraform).into_iter().for_each(kill),
    }
    relay.release();
    assert!(!terraform.wait().unwrap().success(), "{round:?}: the apply was cut off");

    // The next apply.
    let run = |arguments: &[&str]| run_against(&workspace, &server.core().url, arguments);
    let applied = run(&["apply", "-auto-approve", "-json"]);
    let imports = imports(&applied);
    let in_state = ids_in_state(&workspace);
    for rotation in server.rotations() {
        let is_named = imports.values().any(|id| *id == rotation.id);
        assert!(
            in_state.contains(&rotation.id) || is_named,
            "{round:?}: {} is unnamed:\n{}",
            rotation.name,
            applied.stdout
        );
    }
    assert_eq!(applied.status == 0, imports.is_empty(), "{round:?}: another error:\n{}", applied.stdout);

    // What it says is done: by the command itself, and for the others by blocks that mean the same and take less time.
    if let Some((address, id)) = imports.first_key_value() {
        run(&["import", "-no-color", address, id]).ok();
        let others = imports.iter().skip(1);
        let blocks = others.map(|(address, id)| format!("import {{\n  to = {address}\n  id = \"{id}\"\n}}\n"));
        workspace.write("imports.tf", &blocks.collect::<String>());
        run(&["apply", "-auto-approve", "-no-color"]).ok();
    }
    let settled = run(&["plan", "-no-color", "-detailed-exitcode"]);
    assert_eq!(settled.status, 0, "{round:?}: not settled:\n{}\n{}", settled.stdout, settled.stderr);

    let names: BTreeSet<String> = server.rotations().into_iter().map(|rotation| rotation.name).collect();
    assert_eq!((names.len(), server.rotations().len()), (ROTATIONS, ROTATIONS), "{round:?}");
    assert_eq!(server.issued(), ROTATIONS, "{round:?}: credentials were issued twice");
    assert_eq!(ids_in_state(&workspace).len(), ROTATIONS, "{round:?}");
    imports.len()
}

fn block(number: usize) -> String {
    let (project, connection) = (seed::PROJECT_ID, seed::connection_id("redis").unwrap());
    format!(
        "resource \"{RESOURCE}\" \"r{number}\" {{
  name              = \"r{number}\"
  project_id        = \"{project}\"
  connection_id     = \"{connection}\"
  environment       = \"{ENVIRONMENT}\"
  secret_path       = \"{FOLDER}\"
  rotation_interval = 30
  parameters        = {{ permission_scope = \"~* +@read\" }}
  secrets_mapping   = {{ username = \"USERNAME_{number}\", password = \"PASSWORD_{number}\" }}
}}
"
    )
}

fn run_against(workspace: &Workspace, url: &str, arguments: &[&str]) -> Ran {
    Ran::of(workspace.command(arguments).env("INFISICAL_HOST", url).output().unwrap())
}

/// The import commands that errors give: addresses and ids.
fn imports(applied: &Ran) -> BTreeMap<String, String> {
    let diagnostics = applied.messages().into_iter().filter_map(|message| Some(message.get("diagnostic")?.clone()));
    let errors = diagnostics.filter(|diagnostic| diagnostic["severity"] == "error");
    let import = |diagnostic: Json| {
        let detail = diagnostic["detail"].as_str()?;
        let command = detail.lines().find_map(|line| line.trim().strip_prefix("terraform import "))?;
        let (address, id) = command.split_once(' ')?;
        assert_eq!(address, format!("{RESOURCE}.NAME"));
        Some((diagnostic["address"].as_str()?.to_owned(), id.to_owned()))
    };
    errors.filter_map(import).collect()
}

fn ids_in_state(workspace: &Workspace) -> BTreeSet<String> {
    let state = fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap();
    let state: Json = serde_json::from_str(&state).unwrap();
    let resources = state["resources"].as_array().unwrap().iter();
    let id = |resource: &Json| resource["instances"][0]["attributes"]["id"].as_str().map(str::to_owned);
    resources.filter_map(id).collect()
}

fn kill(process: u32) {
    // It may have ended by itself meanwhile: then the round kills nobody, which is as good a point as any.
    let _ = Command::new("kill").args(["-KILL", &process.to_string()]).stderr(Stdio::null()).status().unwrap();
}
