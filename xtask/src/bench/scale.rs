//! Many rotations in the hands of the real CLI: how long it takes, what the provider uses, how often it asks the API.
//!
//! Everything that is compared is run in turns, so that other work on the machine hits all of it alike.

use std::time::Duration;

use crate::tools::{Cli, Failure, Outcome};

use super::figure::{Figure, Findings, Table};
use super::statistics::Sample;
use super::subject::Subject;
use super::usage::Usage;
use super::workspace::Workspace;
use super::world::World;

/// How long the API takes to answer, first at once and then as over a long line.
const LATENCIES: [Duration; 2] = [Duration::ZERO, Duration::from_millis(100)];
/// Whether the API answers late or at once, a plan of 1,000 rotations shall take nearly the same time.
const LATENCY_LIMIT: f64 = 1.15;
const MEMORY_LIMIT: u64 = 40_000_000;
const PROCESSOR_LIMIT: Duration = Duration::from_millis(500);
const CALLS_LIMIT: u64 = 3;
/// From how many rotations on the targets hold.
const TARGET_SIZE: usize = 1000;

/// Measures fleets of these sizes, each plan `repeats` times.
pub(super) fn measure(cli: &Cli, subjects: &[Subject], sizes: &[usize], repeats: usize) -> Outcome<Findings> {
    let title = format!(
        "{}; \"baseline\" is terraform_data with the same graph; one apply, the fastest of {repeats} plans",
        cli.version
    );
    let columns = ["wall", "to baseline", "to 0 ms", "CLI's CPU", "provider's CPU", "provider's peak", "API calls"];
    let mut findings = Findings { tables: vec![Table::new("scale", title, &columns)], ..Findings::default() };
    for &size in sizes {
        let mut baseline = Fleet::baseline(cli, size)?;
        let mut fleets = Vec::new();
        for (subject, latency) in subjects.iter().flat_map(|subject| LATENCIES.map(|latency| (subject, latency))) {
            fleets.push(Fleet::of(cli, subject, latency, size)?);
        }
        println!("  plans of {size}, in turns, {repeats} times");
        for _ in 0..repeats {
            baseline.plan()?;
            for fleet in &mut fleets {
                fleet.plan()?;
            }
        }
        baseline.show(&baseline, None, &mut findings);
        for at_each in fleets.chunks(LATENCIES.len()) {
            for fleet in at_each {
                fleet.show(&baseline, at_each.first(), &mut findings);
            }
        }
        if size >= TARGET_SIZE {
            hold_to_targets(&fleets[..LATENCIES.len()], &mut findings);
        }
    }
    Ok(findings)
}

/// A number of resources of one provider, with the API that they are in and all that has been done with them.
struct Fleet<'a> {
    name: &'static str,
    size: usize,
    latency: Duration,
    world: Option<World>,
    workspace: Workspace<'a>,
    apply: Runs,
    plan: Runs,
    plan_without_refresh: Runs,
}

impl<'a> Fleet<'a> {
    /// Resources that need no provider to do any work, applied.
    fn baseline(cli: &'a Cli, size: usize) -> Outcome<Self> {
        println!("  apply of {size}, baseline");
        Self::applied("baseline", size, Duration::ZERO, None, Workspace::baseline(cli, size)?)
    }

    /// Rotations in an API that takes `latency` to answer, applied.
    fn of(cli: &'a Cli, subject: &Subject, latency: Duration, size: usize) -> Outcome<Self> {
        println!("  apply of {size} at {} ms, {}", latency.as_millis(), subject.name);
        let world = World::start(latency)?;
        let workspace = Workspace::of(cli, subject, &world, size)?;
        let fleet = Self::applied(subject.name, size, latency, Some(world), workspace)?;
        let rotations = fleet.world.as_ref().map_or(0, World::rotations);
        if rotations == size {
            return Ok(fleet);
        }
        Err(Failure::failed(format!("the sandbox has {rotations} rotations after an apply of {size}")))
    }

    fn applied(
        name: &'static str,
        size: usize,
        latency: Duration,
        world: Option<World>,
        workspace: Workspace<'a>,
    ) -> Outcome<Self> {
        let [mut apply, plan, plan_without_refresh] = [const { Runs::new() }; 3];
        apply.add(world.as_ref(), || workspace.apply())?;
        Ok(Self { name, size, latency, world, workspace, apply, plan, plan_without_refresh })
    }

    /// Plans what has been applied: there is nothing to do.
    fn plan(&mut self) -> Outcome {
        let (world, workspace) = (self.world.as_ref(), &self.workspace);
        self.plan.add(world, || workspace.settled_plan(&[]))?;
        if world.is_some() && self.latency.is_zero() {
            self.plan_without_refresh.add(world, || workspace.settled_plan(&["-refresh=false"]))?;
        }
        Ok(())
    }

    /// Adds a row for each command, beside the baseline and beside the same at once.
    fn show(&self, baseline: &Self, at_once: Option<&Self>, findings: &mut Findings) {
        let at_once = at_once.filter(|_| !self.latency.is_zero());
        self.row("apply", &self.apply, &baseline.apply, at_once.map(|it| &it.apply), findings);
        self.row("plan", &self.plan, &baseline.plan, at_once.map(|it| &it.plan), findings);
        if !self.plan_without_refresh.usages.is_empty() {
            self.row("plan -refresh=false", &self.plan_without_refresh, &baseline.plan, None, findings);
        }
    }

    fn row(&self, command: &str, runs: &Runs, baseline: &Runs, at_once: Option<&Runs>, findings: &mut Findings) {
        let world = self.world.as_ref();
        let at = world.map_or(String::new(), |_| format!(" at {} ms", self.latency.as_millis()));
        let to = |other: &Runs| Figure::ratio(runs.wall(), other.wall());
        let figures = vec![
            Some(Figure::Time(runs.wall())),
            world.and_then(|_| to(baseline)),
            at_once.and_then(to),
            runs.own().map(Figure::Time),
            world.and(runs.children()).map(Figure::Time),
            runs.peak().map(Figure::Size),
            world.map(|_| Figure::Count(runs.calls)),
        ];
        findings.tables[0].row(format!("{command} {}{at}, {}", self.size, self.name), figures);
    }
}

/// Holds the fleets of this provider, at once and late, against what they shall keep to.
fn hold_to_targets(fleets: &[Fleet<'_>], findings: &mut Findings) {
    let [at_once, late] = fleets else { return };
    let (size, milliseconds) = (late.size, late.latency.as_millis());
    let processor = at_once.plan.children().map(Figure::Time);
    findings.target(format!("provider's CPU, plan of {size}"), processor, Figure::Time(PROCESSOR_LIMIT));
    let ratio = Figure::ratio(late.plan.wall(), at_once.plan.wall());
    findings.target(format!("plan of {size} at {milliseconds} ms to 0 ms"), ratio, Figure::Ratio(LATENCY_LIMIT));
    let calls = at_once.plan.calls.max(late.plan.calls);
    findings.target(format!("API calls, plan of {size}"), Some(Figure::Count(calls)), Figure::Count(CALLS_LIMIT));
    let calls = Figure::Count(at_once.plan_without_refresh.calls);
    findings.target(format!("API calls, plan of {size} without refresh"), Some(calls), Figure::Count(0));
    let peaks = [&at_once.apply, &at_once.plan, &late.apply, &late.plan].map(Runs::peak);
    let peak = peaks.into_iter().max().flatten().map(Figure::Size);
    findings.target(format!("provider's peak, apply and plan of {size}"), peak, Figure::Size(MEMORY_LIMIT));
}

/// What the runs of one command showed: the least time, and the most of everything else.
struct Runs {
    usages: Vec<Usage>,
    calls: u64,
}

impl Runs {
    const fn new() -> Self {
        Self { usages: Vec::new(), calls: 0 }
    }

    fn add(&mut self, world: Option<&World>, run: impl FnOnce() -> Outcome<Usage>) -> Outcome {
        let before = world.map_or(0, World::requests);
        self.usages.push(run()?);
        self.calls = self.calls.max(world.map_or(0, World::requests) - before);
        Ok(())
    }

    fn wall(&self) -> Duration {
        self.usages.iter().map(|usage| usage.wall).collect::<Sample>().fastest()
    }

    fn own(&self) -> Option<Duration> {
        self.least(|usage| usage.own)
    }

    fn children(&self) -> Option<Duration> {
        self.least(|usage| usage.children)
    }

    fn least(&self, of: impl Fn(&Usage) -> Option<Duration>) -> Option<Duration> {
        let durations: Option<Vec<Duration>> = self.usages.iter().map(of).collect();
        Some(durations?.into_iter().collect::<Sample>().fastest())
    }

    fn peak(&self) -> Option<u64> {
        self.usages.iter().filter_map(|usage| usage.children_peak).max()
    }
}
