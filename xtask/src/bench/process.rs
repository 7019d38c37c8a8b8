//! The life of one provider process: how large it is, how fast it starts and ends, what memory it takes.

use std::fs;
use std::time::{Duration, Instant};

use plugin_driver::client::Client;
use plugin_driver::launch::Launch;
use plugin_driver::proto::tfplugin6::get_provider_schema;

use crate::tools::{Failure, Outcome};

use super::caller::failed;
use super::figure::{Figure, Findings, Table};
use super::statistics::Sample;
use super::subject::Subject;
use super::usage::Memory;

/// How long a process may take to end.
const END: Duration = Duration::from_secs(20);

/// How many starts are not counted: they find the program neither in memory nor in the processor's caches.
const WARMING: usize = 5;

/// What one start showed.
struct Start {
    handshake: Duration,
    schema: Duration,
    end: Duration,
    memory: Option<Memory>,
}

/// Starts each subject `runs` times, in turns, so that other work on the machine hits all of them alike.
pub(super) async fn measure(subjects: &[Subject], runs: usize) -> Outcome<Findings> {
    println!("  {runs} starts of each provider");
    let mut starts: Vec<Vec<Start>> = subjects.iter().map(|_| Vec::new()).collect();
    for run in 0..WARMING + runs {
        for (subject, starts) in subjects.iter().zip(&mut starts) {
            let start = start(subject).await?;
            if run >= WARMING {
                starts.push(start);
            }
        }
    }
    let mut findings = Findings::default();
    let title = format!("one process by mutual TLS, medians of {runs} starts");
    let columns =
        ["binary", "exec to handshake", "exec to schema", "resident after it", "peak until then", "shutdown to exit"];
    let mut table = Table::new("process", title, &columns);
    for (number, (subject, starts)) in subjects.iter().zip(&starts).enumerate() {
        let size = fs::metadata(&subject.program)
            .map_err(|error| Failure::failed(format!("{}: {error}", subject.program.display())))?
            .len();
        let time = |of: fn(&Start) -> Duration| Some(Figure::Time(starts.iter().map(of).collect::<Sample>().median()));
        let (handshake, schema, end) = (time(|it| it.handshake), time(|it| it.schema), time(|it| it.end));
        let resident = median(starts.iter().filter_map(|it| it.memory).map(|it| it.resident)).map(Figure::Size);
        let peak = median(starts.iter().filter_map(|it| it.memory).map(|it| it.peak)).map(Figure::Size);
        let binary = Some(Figure::Size(size));
        table.row(subject.name, vec![binary, handshake, schema, resident, peak, end]);
        if number == 0 {
            let milliseconds = |limit| Figure::Time(Duration::from_millis(limit));
            findings.target("size of the binary", binary, Figure::Size(8_000_000));
            findings.target("exec to handshake line", handshake, milliseconds(2));
            findings.target("exec to the first schema answer", schema, milliseconds(10));
            findings.target("resident after the schema call", resident, Figure::Size(12_000_000));
            findings.target("shutdown to exit", end, milliseconds(100));
        }
    }
    findings.tables.push(table);
    Ok(findings)
}

/// Lives through one process. The client's certificate is made before the clock starts.
async fn start(subject: &Subject) -> Outcome<Start> {
    let process = Launch::new(&subject.program).start().await.map_err(failed)?;
    let handshake = process.started_in();
    let connected = Instant::now();
    let connection = process.connect().await.map_err(failed)?;
    let client = Client::new(&connection);
    client.raw().get_provider_schema(get_provider_schema::Request {}).await.map_err(failed)?;
    let schema = handshake + connected.elapsed();
    let memory = process.id().and_then(Memory::of);
    let asked = Instant::now();
    // Core ignores the answer too: the process may be gone before it is sent.
    let _answer = client.shutdown().await;
    let finished = process.finish(END).await.map_err(failed)?;
    if finished.killed {
        return Err(Failure::failed(format!("{} does not end after Shutdown", subject.name)));
    }
    Ok(Start { handshake, schema, end: asked.elapsed(), memory })
}

/// The middle one of sizes.
fn median(sizes: impl Iterator<Item = u64>) -> Option<u64> {
    let mut sizes: Vec<u64> = sizes.collect();
    sizes.sort_unstable();
    sizes.get(sizes.len().saturating_sub(1) / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_sizes_is_one_of_them() {
        assert_eq!(median([9, 1, 5].into_iter()), Some(5));
        assert_eq!(median([4, 2].into_iter()), Some(2));
        assert_eq!(median([].into_iter()), None);
    }
}
