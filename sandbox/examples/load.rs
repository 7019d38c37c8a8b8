//! Puts a sandbox under load and prints what was measured: `load [SECONDS] [CONNECTIONS]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]

use std::process::ExitCode;
use std::time::Duration;

use infisical_sandbox::load::{Load, run};

fn main() -> ExitCode {
    let numbers: Result<Vec<u32>, _> = std::env::args().skip(1).map(|argument| argument.parse()).collect();
    let Ok(numbers) = numbers else {
        eprintln!("usage: load [SECONDS] [CONNECTIONS]");
        return ExitCode::from(2);
    };
    let mut load = Load::default();
    if let Some(seconds) = numbers.first() {
        load.duration = Duration::from_secs(u64::from(*seconds));
    }
    if let Some(connections) = numbers.get(1) {
        load.connections = *connections as usize;
    }
    match run(load) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
