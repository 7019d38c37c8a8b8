//! Many rotations in the hands of the real CLI: how long it takes, what the provider uses, how often it asks the API.

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
/// A provider that answers late or not shall plan 1,000 rotations in nearly the same time.
const LATENCY_LIMIT: f64 = 1.15;
const MEMORY_LIMIT: u64 = 40_000_000;
const PROCESSOR_LIMIT: Duration = Duration::from_millis(500);
const CALLS_LIMIT: u64 = 3;

/// Measures fleets of these sizes, each plan `repeats` times.
pub(super) fn measure(cli: &Cli, subjects: &[Subject], sizes: &[usize], repeats: usize) -> Outcome<Findings> {
    let title = format!(
        "{}; \"baseline\" is terraform_data with the same graph; each plan is run {repeats} times",
        cli.version
    );
    let columns = ["wall", "to baseline", "to 0 ms", "CLI's CPU", "provider's CPU", "provider's peak", "API calls"];
    let mut findings = Findings { tables: vec![Table::new("scale", title, &columns)], ..Findings::default() };
    for size in sizes {
        let baseline = Baseline::measure(cli, *size, repeats, &mut findings)?;
        for (number, subject) in subjects.iter().enumerate() {
            let fleet = Fleet { cli, subject, size: *size, repeats, baseline };
            fleet.measure(number == 0, &mut findings)?;
        }
    }
    Ok(findings)
}

/// What the CLI needs for itself.
#[derive(Clone, Copy)]
struct Baseline {
    apply: Duration,
    plan: Duration,
}

impl Baseline {
    fn measure(cli: &Cli, size: usize, repeats: usize, findings: &mut Findings) -> Outcome<Self> {
        println!("  {size} of terraform_data: apply and plan");
        let workspace = Workspace::baseline(cli, size)?;
        let apply = workspace.apply()?;
        let plans = (0..repeats).map(|_| workspace.settled_plan(&[])).collect::<Outcome<Vec<_>>>()?;
        let plan = median_wall(&plans);
        let own = plans.iter().filter_map(|usage| usage.own).max();
        for (command, wall, own) in [("apply", apply.wall, apply.own), ("plan", plan, own)] {
            let figures = vec![Some(Figure::Time(wall)), None, None, own.map(Figure::Time), None, None, None];
            findings.tables[0].row(format!("{command} {size}, baseline"), figures);
        }
        Ok(Self { apply: apply.wall, plan })
    }
}

/// A number of rotations of one provider.
struct Fleet<'a> {
    cli: &'a Cli,
    subject: &'a Subject,
    size: usize,
    repeats: usize,
    baseline: Baseline,
}

/// What a command showed, run once or more often.
struct Measured {
    wall: Duration,
    own: Option<Duration>,
    processor: Option<Duration>,
    peak: Option<u64>,
    calls: u64,
}

impl Fleet<'_> {
    fn measure(&self, has_targets: bool, findings: &mut Findings) -> Outcome {
        let mut at_once = None;
        for latency in LATENCIES {
            println!("  {} rotations at {} ms: apply and plan, {}", self.size, latency.as_millis(), self.subject.name);
            let world = World::start(latency)?;
            let workspace = Workspace::of(self.cli, self.subject, &world, self.size)?;
            let applied = measured(&world, 1, || workspace.apply())?;
            if world.rotations() != self.size {
                let failure =
                    format!("the sandbox has {} rotations after an apply of {}", world.rotations(), self.size);
                return Err(Failure::failed(failure));
            }
            let planned = measured(&world, self.repeats, || workspace.settled_plan(&[]))?;
            let (apply_at_once, plan_at_once) = *at_once.get_or_insert((applied.wall, planned.wall));
            self.row("apply", latency, &applied, self.baseline.apply, apply_at_once, findings);
            self.row("plan", latency, &planned, self.baseline.plan, plan_at_once, findings);
            let unrefreshed = latency.is_zero();
            if unrefreshed {
                let planned = measured(&world, 1, || workspace.settled_plan(&["-refresh=false"]))?;
                self.row("plan -refresh=false", latency, &planned, self.baseline.plan, planned.wall, findings);
            }
            if has_targets && self.size >= 1000 {
                self.targets(latency, &applied, &planned, plan_at_once, findings);
            }
        }
        Ok(())
    }

    fn row(
        &self,
        command: &str,
        latency: Duration,
        measured: &Measured,
        baseline: Duration,
        at_once: Duration,
        findings: &mut Findings,
    ) {
        let label = format!("{command} {}, {} ms, {}", self.size, latency.as_millis(), self.subject.name);
        let figures = vec![
            Some(Figure::Time(measured.wall)),
            Figure::ratio(measured.wall, baseline),
            Figure::ratio(measured.wall, at_once).filter(|_| !latency.is_zero()),
            measured.own.map(Figure::Time),
            measured.processor.map(Figure::Time),
            measured.peak.map(Figure::Size),
            Some(Figure::Count(measured.calls)),
        ];
        findings.tables[0].row(label, figures);
    }

    /// Holds the plan and the apply of the whole fleet against what they shall keep to.
    fn targets(
        &self,
        latency: Duration,
        applied: &Measured,
        planned: &Measured,
        plan_at_once: Duration,
        findings: &mut Findings,
    ) {
        let (size, milliseconds) = (self.size, latency.as_millis());
        if latency.is_zero() {
            let processor = planned.processor.map(Figure::Time);
            findings.target(format!("provider's CPU, plan of {size}"), processor, Figure::Time(PROCESSOR_LIMIT));
        } else {
            let ratio = Figure::ratio(planned.wall, plan_at_once);
            findings.target(
                format!("plan of {size} at {milliseconds} ms to 0 ms"),
                ratio,
                Figure::Ratio(LATENCY_LIMIT),
            );
        }
        let calls = Some(Figure::Count(planned.calls));
        findings.target(format!("API calls, plan of {size} at {milliseconds} ms"), calls, Figure::Count(CALLS_LIMIT));
        let peak = applied.peak.max(planned.peak).map(Figure::Size);
        findings.target(format!("provider's peak, {size} at {milliseconds} ms"), peak, Figure::Size(MEMORY_LIMIT));
    }
}

/// Runs a command `repeats` times: the median of the times, the most of everything else.
fn measured(world: &World, repeats: usize, run: impl Fn() -> Outcome<Usage>) -> Outcome<Measured> {
    let mut usages = Vec::with_capacity(repeats);
    let mut calls = 0;
    for _ in 0..repeats {
        let before = world.requests();
        usages.push(run()?);
        calls = calls.max(world.requests() - before);
    }
    Ok(Measured {
        wall: median_wall(&usages),
        own: usages.iter().filter_map(|usage| usage.own).max(),
        processor: usages.iter().filter_map(|usage| usage.children).max(),
        peak: usages.iter().filter_map(|usage| usage.children_peak).max(),
        calls,
    })
}

fn median_wall(usages: &[Usage]) -> Duration {
    usages.iter().map(|usage| usage.wall).collect::<Sample>().median()
}
