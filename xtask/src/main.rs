//! The project's own commands, run as `cargo xtask <command>`.
//!
//! This file only chooses; each command is a module, and what commands share (finding programs, building, saying what
//! happens) is in `tools`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for people at a terminal")]

mod bench;
mod docs;
mod drift;
mod http;
mod package;
mod quickstart;
mod test;
mod tools;

use std::process::ExitCode;

const HELP: &str = "\
The project's own commands.

Usage: cargo xtask <command> [options]

Commands:
  bench [--quick] [--only SECTION]... [--cli PATH] [--peer PATH] [--json FILE]
      Measure the released provider: process, sandbox, calls, scale (100 and 1,000 rotations with the real CLI), limits.
      --peer measures another provider beside it. Targets are shown, not asserted.
  quickstart [--keep] [--cli PATH]
      Show the main job end to end against the embedded sandbox: plan, apply, working credentials, a rotation, a
      refusal, destroy. --keep leaves the sandbox running to play with.
  docs [--check]
      Render docs/ and the examples of the resources from the catalog and the schemas. --check writes nothing and fails
      where a file is not up to date.
  drift --file FILE | --url URL
      Compare the catalog with the OpenAPI document of a server (its /api/docs/json): prints new kinds and changed
      constraints, and fails where there are any. --url takes the server's address.
  package [--out DIR] [--version V] [--check]
      Make the files of a release for this platform, in target/dist unless --out says where: the zip, the manifest, the
      SHA256SUMS, and a mirror that `terraform init` installs from. --version fails unless the sources are of that
      version. --check builds again from a copy of the sources in another folder, and fails where a byte differs.
      --binary FILE packs that program instead of a release build.
  package --sums DIR [--version V]
      Make the manifest and the SHA256SUMS of the zips that DIR holds, such as those of several platforms.
  test [--cli PATH]... [--require-cli] [-- ARGUMENTS]
      Run every test: unit, table, protocol, sandbox, faults, and end to end with each CLI on PATH or named by --cli.
      Ends with one summary that says what was skipped and why. --require-cli fails where no CLI is found.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let outcome = match command.as_deref() {
        Some("bench") => bench::run(&rest),
        Some("docs") => docs::run(&rest),
        Some("drift") => drift::run(&rest),
        Some("package") => package::run(&rest),
        Some("quickstart") => quickstart::run(&rest),
        Some("test") => test::run(&rest),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(())
        }
        Some(unknown) => Err(tools::Failure::usage(format!("there is no command `{unknown}`"))),
        None => Err(tools::Failure::usage("no command is given".to_owned())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nerror: {failure}");
            if failure.is_usage() {
                eprintln!("\n{HELP}");
            }
            ExitCode::from(if failure.is_usage() { 2 } else { 1 })
        }
    }
}
