//! The sandbox itself, under more load than a provider makes.

use std::time::Duration;

use infisical_sandbox::load::{Load, run};

use crate::tools::Outcome;

use super::caller::failed;
use super::figure::{Figure, Findings, Table};

/// Puts the sandbox under the load of 500 connections; a wrong or lost answer is a failure.
pub(super) fn measure(duration: Duration) -> Outcome<Findings> {
    let load = Load { duration, ..Load::default() };
    println!("  {} connections for {} s", load.connections, duration.as_secs());
    let report = run(load).map_err(failed)?;
    let columns = ["requests", "rate", "p50", "p99", "slowest", "memory before", "memory after", "changes checked"];
    let mut table = Table::new("sandbox", "the sandbox and its clients in one process, every answer checked", &columns);
    let milliseconds = |value: f64| Some(Figure::Time(Duration::from_secs_f64(value / 1000.0)));
    let memory = |kibibytes: u64| (kibibytes > 0).then_some(Figure::Size(kibibytes * 1024));
    table.row(
        format!("{} connections", report.connections),
        vec![
            Some(Figure::Count(report.requests as u64)),
            Some(Figure::Rate(report.requests_per_second)),
            milliseconds(report.p50_milliseconds),
            milliseconds(report.p99_milliseconds),
            milliseconds(report.slowest_milliseconds),
            memory(report.memory_before_kibibytes),
            memory(report.memory_after_kibibytes),
            Some(Figure::Count(report.changes_found_again as u64)),
        ],
    );
    Ok(Findings { tables: vec![table], ..Findings::default() })
}
