//! `cargo xtask test`: every test of the workspace, and one summary that leaves nothing unsaid.
//!
//! Tests speak to the summary by lines on their standard output: `skipped: <what>: <why>` and `figure: <what>`.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Instant;

use crate::tools::{self, Cli, Failure, Outcome};

/// Where the tests find the CLIs to run, separated as PATH is.
const CLIS: &str = "INFISICAL_TEST_CLIS";

/// Runs the tests as the arguments say.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::parse(arguments)?;
    let clis = tools::clis(&options.clis)?;
    if clis.is_empty() && options.require_cli {
        return Err(Failure::failed("no CLI was found: put terraform or tofu on PATH, or name one with --cli"));
    }
    for cli in &clis {
        println!("end to end with {} ({})", cli.version, cli.path.display());
    }
    let started = Instant::now();
    let mut summary = Summary::default();
    if clis.is_empty() {
        summary.skipped.insert("end to end: neither terraform nor tofu is on PATH (name one with --cli)".to_owned());
    }
    let passed = run_cargo(&clis, &options, &mut summary)?;
    summary.print(started);
    if passed && summary.failed.is_empty() { Ok(()) } else { Err(Failure::failed("there are failed tests")) }
}

#[derive(Default)]
struct Options {
    clis: Vec<PathBuf>,
    require_cli: bool,
    for_cargo: Vec<String>,
    for_tests: Vec<String>,
}

impl Options {
    fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--cli" => {
                    let path = arguments.next().ok_or_else(|| Failure::usage("--cli needs a path".to_owned()))?;
                    options.clis.push(PathBuf::from(path));
                }
                "--require-cli" => options.require_cli = true,
                "--test" | "--package" => {
                    let value = arguments.next().ok_or_else(|| Failure::usage(format!("{argument} needs a name")))?;
                    options.for_cargo.extend([argument.clone(), value.clone()]);
                }
                "--" => options.for_tests.extend(arguments.by_ref().cloned()),
                other => return Err(Failure::usage(format!("test knows no option `{other}`"))),
            }
        }
        Ok(options)
    }
}

/// What the run showed.
#[derive(Default)]
struct Summary {
    passed: u64,
    ignored: u64,
    failed: BTreeSet<String>,
    skipped: BTreeSet<String>,
    figures: BTreeSet<String>,
}

impl Summary {
    /// Takes in one line of the tests' output; tells whether a person watching wants to see it.
    fn take(&mut self, line: &str, section: &mut Section) -> bool {
        if let Some(skipped) = line.strip_prefix("skipped: ") {
            self.skipped.insert(skipped.to_owned());
        } else if let Some(figure) = line.strip_prefix("figure: ") {
            self.figures.insert(figure.to_owned());
        }
        match line {
            "successes:" => *section = Section::Successes,
            "failures:" => *section = Section::Failures,
            _ if line.starts_with("test result: ") => {
                *section = Section::Tests;
                self.passed += count(line, " passed");
                self.ignored += count(line, " ignored");
                return true;
            }
            _ => {}
        }
        if let Some(name) = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED")) {
            self.failed.insert(name.to_owned());
        }
        !matches!(section, Section::Successes)
    }

    fn print(&self, started: Instant) {
        println!("\n==== summary ====");
        println!(
            "{} passed, {} failed, {} ignored, in {} s",
            self.passed,
            self.failed.len(),
            self.ignored,
            started.elapsed().as_secs()
        );
        for figure in &self.figures {
            println!("  figure   {figure}");
        }
        for skipped in &self.skipped {
            println!("  skipped  {skipped}");
        }
        for failed in &self.failed {
            println!("  FAILED   {failed}");
        }
        if self.skipped.is_empty() {
            println!("nothing was skipped");
        }
    }
}

/// Which part of a test binary's report is being read.
enum Section {
    Tests,
    Successes,
    Failures,
}

fn run_cargo(clis: &[Cli], options: &Options, summary: &mut Summary) -> Outcome<bool> {
    let paths = env::join_paths(clis.iter().map(|cli| &cli.path))
        .map_err(|error| Failure::failed(format!("a CLI's path can't be handed on: {error}")))?;
    // Once for the programs that the tests start, so that a test never waits for a build.
    tools::build_provider()?;
    let mut command = tools::cargo_command();
    command
        .args(["test", "--no-fail-fast"])
        .args(if options.for_cargo.is_empty() { vec!["--workspace".to_owned()] } else { options.for_cargo.clone() })
        .args(["--", "--show-output"])
        .args(&options.for_tests)
        .env(CLIS, paths)
        .stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| tools::could_not_start("cargo", &error))?;
    let mut section = Section::Tests;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if summary.take(&line, &mut section) {
                println!("{line}");
            }
        }
    }
    let status = child.wait().map_err(|error| Failure::failed(format!("cargo was lost: {error}")))?;
    Ok(status.success())
}

/// The number in front of `what` in a line such as `test result: ok. 5 passed; 0 failed`.
fn count(line: &str, what: &str) -> u64 {
    let before = line.split(what).next().unwrap_or_default();
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_understood() {
        let report = "\
running 2 tests
test a::works ... ok
test b::breaks ... FAILED

successes:

---- a::works stdout ----
skipped: redis: redis-server is not installed
figure: vectors: 10 of 10 agree

failures:

---- b::breaks stdout ----
it broke

test result: FAILED. 12 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let mut summary = Summary::default();
        let mut section = Section::Tests;
        let shown: Vec<&str> = report.lines().filter(|line| summary.take(line, &mut section)).collect();
        assert_eq!((summary.passed, summary.ignored), (12, 3));
        assert_eq!(summary.failed.iter().collect::<Vec<_>>(), ["b::breaks"]);
        assert_eq!(summary.skipped.iter().collect::<Vec<_>>(), ["redis: redis-server is not installed"]);
        assert_eq!(summary.figures.iter().collect::<Vec<_>>(), ["vectors: 10 of 10 agree"]);
        assert!(shown.contains(&"it broke") && !shown.iter().any(|line| line.contains("redis-server")));
    }
}
