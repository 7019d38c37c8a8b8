//! A load test: many clients on connections of their own live through rotations against a sandbox on loopback, and
//! everything that was answered must be found again at the end.
//!
//! Each client owns the rotations that it makes, so every answer can be checked: an update must show what was written,
//! a rotation must turn the slots, and at the end the API must hold exactly what the clients believe.

mod client;
mod worker;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::state::State;
use crate::{Options, Sandbox, StartError, seed};

/// How much load, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// How many clients work at the same time, each on a connection of its own.
    pub connections: usize,
    /// For how long they begin new rounds.
    pub duration: Duration,
}

impl Default for Load {
    fn default() -> Self {
        Self { connections: 500, duration: Duration::from_secs(10) }
    }
}

/// What the load test measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// How many clients worked.
    pub connections: usize,
    /// How many requests were answered.
    pub requests: usize,
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Requests in a second.
    pub requests_per_second: f64,
    /// Half of the answers took no longer than this.
    pub p50_milliseconds: f64,
    /// 99 of 100 answers took no longer than this.
    pub p99_milliseconds: f64,
    /// The slowest answer.
    pub slowest_milliseconds: f64,
    /// How many updates and rotations were found again at the end.
    pub changes_found_again: usize,
    /// The memory of the process, clients included, when all clients were connected; 0 where the system does not tell.
    pub memory_before_kibibytes: u64,
    /// The memory at the end.
    pub memory_after_kibibytes: u64,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "connections   {:>10}", self.connections)?;
        writeln!(formatter, "requests      {:>10}   in {:.1} s, no error", self.requests, self.seconds)?;
        writeln!(formatter, "per second    {:>10.0}", self.requests_per_second)?;
        writeln!(formatter, "p50           {:>10.2} ms", self.p50_milliseconds)?;
        writeln!(formatter, "p99           {:>10.2} ms", self.p99_milliseconds)?;
        writeln!(formatter, "slowest       {:>10.2} ms", self.slowest_milliseconds)?;
        writeln!(formatter, "found again   {:>10}   updates and rotations, none lost", self.changes_found_again)?;
        let [before, after] = [self.memory_before_kibibytes, self.memory_after_kibibytes].map(|size| size / 1024);
        write!(formatter, "memory        {after:>10} MiB (server and clients; {before} MiB at the start)")
    }
}

/// Why the load test failed.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The sandbox did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system gave no threads.
    #[error("cannot run the clients: {0}")]
    Runtime(std::io::Error),
    /// A request failed or its answer was wrong.
    #[error("client {client}: {reason}")]
    Client {
        /// The number of the client.
        client: usize,
        /// What was wrong.
        reason: String,
    },
    /// The API holds something else than the clients have been told.
    #[error("at the end: {0}")]
    Lost(String),
}

/// Starts a sandbox of its own, puts it under load and checks every answer.
pub fn run(load: Load) -> Result<Report, LoadError> {
    let mut state = State::default();
    let clock = crate::clock::Clock::real();
    seed::plant(&mut state, clock.now());
    let sandbox = Sandbox::start(Options { clock, state, ..Options::default() })?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("load")
        .enable_all()
        .build()
        .map_err(LoadError::Runtime)?;
    let address = sandbox.address();
    let outcome = runtime.block_on(work(address, load));
    runtime.shutdown_background();
    let report = outcome?;
    // The clients have deleted what they made, with the secrets: all that is left is what was planted.
    let (rotations, secrets) = sandbox.core().read(|state| {
        let secrets: usize = state.secrets.values().map(BTreeMap::len).sum();
        (state.rotations.len(), secrets)
    });
    if rotations + secrets > 0 {
        return Err(LoadError::Lost(format!("{rotations} rotations and {secrets} secrets were left behind")));
    }
    Ok(report)
}

async fn work(address: std::net::SocketAddr, load: Load) -> Result<Report, LoadError> {
    let failed = |client| move |reason| LoadError::Client { client, reason };
    let token = client::log_in(address).await.map_err(failed(0))?;
    let mut workers = Vec::with_capacity(load.connections);
    for number in 0..load.connections {
        workers.push(worker::Worker::connect(address, &token, number).await.map_err(failed(number))?);
    }
    let memory_before_kibibytes = resident_kibibytes();
    let start = Instant::now();
    let deadline = start + load.duration;
    let tasks = workers.into_iter().map(|worker| tokio::spawn(worker.run_until(deadline)));
    let tasks: Vec<_> = tasks.collect();

    let mut latencies = Vec::new();
    let mut changes_found_again = 0;
    for (number, task) in tasks.into_iter().enumerate() {
        let done = task.await.map_err(|error| failed(number)(error.to_string()))?.map_err(failed(number))?;
        latencies.extend(done.latencies);
        changes_found_again += done.changes;
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "an index into a list that memory can hold"
        )]
        let index = (latencies.len() as f64 * share) as usize;
        let index = index.min(latencies.len().saturating_sub(1));
        latencies.get(index).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    #[expect(clippy::cast_precision_loss, reason = "nobody sends that many requests")]
    let requests_per_second = latencies.len() as f64 / seconds;
    Ok(Report {
        connections: load.connections,
        requests: latencies.len(),
        seconds,
        requests_per_second,
        p50_milliseconds: at(0.5),
        p99_milliseconds: at(0.99),
        slowest_milliseconds: at(1.0),
        changes_found_again,
        memory_before_kibibytes,
        memory_after_kibibytes: resident_kibibytes(),
    })
}

/// The memory of this process that is in use, where the system tells.
fn resident_kibibytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_load_loses_nothing() {
        let report = run(Load { connections: 20, duration: Duration::from_millis(300) }).unwrap();
        // Each client makes, changes, turns and ends at least one rotation, however slow the machine is.
        assert!(report.requests >= 20 * worker::ROUND.len(), "{report}");
        assert!(report.changes_found_again >= 20 * 3, "{report}");
        assert!(report.p50_milliseconds <= report.p99_milliseconds);
    }
}
