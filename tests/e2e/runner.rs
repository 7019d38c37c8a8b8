//! Runs tests that are made at run time, one for each kind and CLI, and reports them as the standard harness would.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

/// One test.
pub(crate) struct Trial {
    /// Its name; `::` separates parts.
    pub(crate) name: String,
    /// What it does; a panic is a failure.
    pub(crate) run: Box<dyn FnOnce() + Send>,
}

impl Trial {
    /// A test called `name`.
    pub(crate) fn new(name: impl Into<String>, run: impl FnOnce() + Send + 'static) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

/// Runs the trials that the command line selects, as many at a time as there are cores.
pub(crate) fn run(trials: Vec<Trial>) -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filters: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let selected = |trial: &Trial| filters.is_empty() || filters.iter().any(|filter| trial.name.contains(*filter));
    let (trials, left_out): (Vec<Trial>, Vec<Trial>) = trials.into_iter().partition(selected);
    if arguments.iter().any(|argument| argument == "--list") {
        for trial in &trials {
            println!("{}: test", trial.name);
        }
        return ExitCode::SUCCESS;
    }
    println!("\nrunning {} tests", trials.len());
    let total = trials.len();
    let queue = Mutex::new(VecDeque::from(trials));
    let failed = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(trial) = queue.lock().unwrap().pop_front() else { break };
                    let passed = catch_unwind(AssertUnwindSafe(trial.run)).is_ok();
                    println!("test {} ... {}", trial.name, if passed { "ok" } else { "FAILED" });
                    if !passed {
                        failed.lock().unwrap().push(trial.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    let verdict = if failed.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {} passed; {} failed; 0 ignored; 0 measured; {} filtered out\n",
        total - failed.len(),
        failed.len(),
        left_out.len()
    );
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
