//! Nothing is lost whatever fails: the provider against a sandbox that refuses, lies, breaks off and holds back, killed in
//! the middle, stopped while it waits, searched for secrets, and held to the server's rate limits.
//!
//! `matrix` is the table of all operations and faults. The others are stories that a table can't tell.

#![cfg(unix)]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, what is not there is a failure"
)]

mod canary;
#[path = "../e2e/cli.rs"]
mod cli;
mod kill;
mod limits;
mod matrix;
mod provider;
mod relay;
mod server;
mod stop;
mod taken;

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::process::Child;

/// The block that names the provider, for a real CLI.
const TERRAFORM: &str = "\
terraform {
  required_providers {
    infisical = {
      source = \"infisical-rotations/infisical\"
    }
  }
}
";

/// Says something straight to the stream: what the print macros say in a test that passes is swallowed.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "\n{text}");
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// The provider processes that a CLI has started and that still run.
fn providers_of(terraform: &Child) -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let numbers = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_provider = |number: &u32| {
        let status = fs::read_to_string(format!("/proc/{number}/status")).unwrap_or_default();
        let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
        parent.is_some_and(|parent| parent.trim() == terraform.id().to_string())
            && fs::read_link(format!("/proc/{number}/exe")).is_ok_and(|program| program.ends_with(cli::PROVIDER))
    };
    numbers.filter(is_provider).collect()
}
