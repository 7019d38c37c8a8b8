//! The provider in the hands of real CLIs, against the sandbox.
//!
//! Which CLIs is told by `cargo xtask test --cli`; without it, those on PATH. Where there is none, that is said.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod adopts;
mod any;
mod cli;
mod lives;
mod reads;
mod runner;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let clis = cli::Cli::all();
    if clis.is_empty() {
        println!("skipped: end to end: neither terraform nor tofu is on PATH (name one with --cli)");
        return ExitCode::SUCCESS;
    }
    any::add_kind();
    let trials = [lives::trials(&clis), reads::trials(&clis), adopts::trials(&clis), any::trials(&clis)];
    runner::run(trials.into_iter().flatten().collect())
}
