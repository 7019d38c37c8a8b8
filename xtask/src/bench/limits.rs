//! The provider under the rate limits of Infisical Cloud: how much is refused, and how close it comes to what is allowed.

use std::sync::Arc;
use std::time::Duration;

use crate::tools::{Cli, Outcome};

use super::caller::{Caller, create_fleet};
use super::figure::{Figure, Findings, Table};
use super::subject::Subject;
use super::workspace::Workspace;
use super::world::World;

/// How many rotations are created where that is measured: more than fit into two windows.
const CREATED: usize = 200;

/// Refreshes `refreshed` rotations, and creates 200 where `creating` says so, which takes minutes.
pub(super) async fn measure(cli: &Cli, subject: &Subject, refreshed: usize, creating: bool) -> Outcome<Findings> {
    let title = format!("{}, {}, by the limits of Infisical Cloud's free plan", subject.name, cli.version);
    let mut table = Table::new("limits", title, &["wall", "API calls", "refused with 429"]);
    let mut findings = Findings::default();

    println!("  refresh of {refreshed} under 200 reads a minute");
    let world = World::start(Duration::ZERO)?;
    let caller = Arc::new(Caller::start(subject, &world).await?);
    let objects = create_fleet(&caller, refreshed).await?;
    let state = caller.state_file(&objects)?;
    if let Some(caller) = Arc::into_inner(caller) {
        caller.end().await?;
    }
    let workspace = Workspace::of(cli, subject, &world, refreshed)?;
    workspace.set_state(&state)?;
    world.limit();
    let before = world.requests();
    let usage = workspace.settled_plan(&[])?;
    let refused = Figure::Count(world.refused_since(before) as u64);
    let calls = Figure::Count(world.requests() - before);
    table.row(format!("plan {refreshed}"), vec![Some(Figure::Time(usage.wall)), Some(calls), Some(refused)]);
    findings.target(format!("refused requests, plan of {refreshed}"), Some(refused), Figure::Count(0));

    if creating {
        println!("  creation of {CREATED} under 90 writes a minute: takes minutes");
        let world = World::start(Duration::ZERO)?;
        let limits = world.limit();
        let workspace = Workspace::of(cli, subject, &world, CREATED)?;
        let usage = workspace.apply()?;
        let refused = Figure::Count(world.refused_since(0) as u64);
        let (wall, calls) = (Figure::Time(usage.wall), Figure::Count(world.requests()));
        table.row(format!("apply {CREATED}"), vec![Some(wall), Some(calls), Some(refused)]);
        // The last of them can be made as soon as the windows before its own are over.
        let windows = (CREATED as u64 - 1) / limits.write;
        let allowed = Duration::from_secs(windows * limits.window_seconds);
        findings.target(format!("creation of {CREATED}"), Some(wall), Figure::Time(allowed + allowed / 10));
    } else {
        findings.skipped.push(format!("limits: creation of {CREATED}, which takes minutes: --only limits"));
    }
    findings.tables.push(table);
    Ok(findings)
}
