//! `cargo xtask bench`: what the provider takes, in figures: a table for people and JSON for programs.
//!
//! Targets are shown beside the figures and never asserted: times depend on what else the machine does. A figure that
//! can't be measured because something went wrong is a failure all the same.

mod caller;
mod calls;
mod figure;
mod limits;
mod load;
mod options;
mod process;
mod scale;
mod statistics;
mod subject;
mod usage;
mod workspace;
mod world;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use crate::tools::{self, Cli, Failure, Outcome};

use caller::failed;
use figure::Findings;
use options::Options;
use subject::Subject;

/// The cargo profile of the measuring programs: fast enough not to be what is measured.
const PROFILE: &str = "measuring";

/// Runs the bench as the arguments say.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::parse(arguments)?;
    if cfg!(debug_assertions) {
        return hand_over(arguments);
    }
    println!("Building the provider as it is released (a minute or two if it has changed)");
    tools::cargo(["build", "--release", "--package", "terraform-provider-infisical"])?;
    let named: Vec<PathBuf> = options.cli.iter().cloned().collect();
    let cli = tools::clis(&named)?.into_iter().next();

    let place = tempfile::Builder::new().prefix("infisical-bench-").tempdir().map_err(failed)?;
    let runtime = Runtime::new().map_err(failed)?;
    let provider = built("release", "terraform-provider-infisical");
    let mut subjects = vec![runtime.block_on(Subject::adopt("this provider", &provider, place.path()))?];
    if let Some(peer) = &options.peer {
        subjects.push(runtime.block_on(Subject::adopt("the peer", peer, place.path()))?);
    }
    let machine = machine();
    let started = Instant::now();
    println!("Measuring on {} cores, load {} before the start", machine["cores"], machine["load"]);

    let mut findings = Vec::new();
    for section in options::SECTIONS.into_iter().filter(|section| options.wants(section)) {
        println!("\n==> {section}");
        let found = measure(section, &options, &runtime, &subjects, cli.as_ref())?;
        for table in &found.tables {
            println!("\n{table}");
        }
        findings.push(found);
    }
    summarise(&findings, started);
    match &options.json {
        None => Ok(()),
        Some(file) => {
            let report = report(&findings, &options, &machine, cli.as_ref());
            fs::write(file, format!("{report:#}\n"))
                .map_err(|error| Failure::failed(format!("{}: {error}", file.display())))
        }
    }
}

/// Builds this program anew, optimised, and lets that one do the work.
fn hand_over(arguments: &[String]) -> Outcome {
    println!("Building the bench itself with optimisation (a few minutes the first time)");
    tools::cargo(["build", "--profile", PROFILE, "--package", "xtask"])?;
    let mut command = Command::new(built(PROFILE, "xtask"));
    let status = command.arg("bench").args(arguments).status();
    let status = status.map_err(|error| tools::could_not_start("the bench", &error))?;
    // What went wrong has been said already.
    if status.success() { Ok(()) } else { Err(Failure::failed("the bench did not come to its end")) }
}

/// Where cargo puts a program that it builds in a profile.
fn built(profile: &str, name: &str) -> PathBuf {
    tools::target().join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
}

fn measure(
    section: &'static str,
    options: &Options,
    runtime: &Runtime,
    subjects: &[Subject],
    cli: Option<&Cli>,
) -> Outcome<Findings> {
    let without_cli = || {
        let skipped = vec![format!("{section}: neither terraform nor tofu is on PATH (name one with --cli)")];
        Ok(Findings { skipped, ..Findings::default() })
    };
    match section {
        "process" => runtime.block_on(process::measure(subjects, options.pick(100, 40))),
        "calls" => runtime.block_on(calls::measure(subjects, options.pick(2000, 500))),
        "scale" => {
            let Some(cli) = cli else { return without_cli() };
            scale::measure(cli, subjects, &options.pick([100, 1000], [10, 100]), options.pick(4, 2))
        }
        "limits" => {
            let Some(cli) = cli else { return without_cli() };
            let creating = options.names(section) && !options.quick;
            runtime.block_on(limits::measure(cli, &subjects[0], options.pick(1000, 300), creating))
        }
        _ => load::measure(Duration::from_secs(options.pick(10, 2))),
    }
}

/// Ends the report with what matters: the targets, and what was left out.
fn summarise(findings: &[Findings], started: Instant) {
    println!("\n==== targets ====");
    for target in findings.iter().flat_map(|found| &found.targets) {
        println!("{target}");
    }
    for skipped in findings.iter().flat_map(|found| &found.skipped) {
        println!("skipped {skipped}");
    }
    println!("done in {} s", started.elapsed().as_secs());
}

/// The report for programs.
fn report(findings: &[Findings], options: &Options, machine: &Json, cli: Option<&Cli>) -> Json {
    json!({
        "machine": machine,
        "cli": cli.map(|cli| &cli.version),
        "isQuick": options.quick,
        "tables": findings.iter().flat_map(|found| &found.tables).map(figure::Table::json).collect::<Vec<_>>(),
        "targets": findings.iter().flat_map(|found| &found.targets).map(figure::Target::json).collect::<Vec<_>>(),
        "skipped": findings.iter().flat_map(|found| &found.skipped).collect::<Vec<_>>(),
    })
}

/// What a reader of the figures has to know about the machine.
fn machine() -> Json {
    let load = fs::read_to_string("/proc/loadavg").ok();
    let load = load.as_deref().and_then(|load| load.split_whitespace().next()?.parse::<f64>().ok());
    json!({
        "system": env::consts::OS,
        "architecture": env::consts::ARCH,
        "cores": std::thread::available_parallelism().map_or(1, usize::from),
        "load": load,
    })
}
