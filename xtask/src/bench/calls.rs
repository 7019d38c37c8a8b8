//! The calls of one provider process, one by one and ten at a time, against a sandbox that answers at once.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use plugin_driver::client::{ObjectAnswer, PlanAnswer};
use plugin_driver::value::Value;

use crate::tools::Outcome;

use super::caller::{AT_ONCE, Caller, ten_at_once};
use super::figure::{Figure, Findings, Table};
use super::statistics::Sample;
use super::subject::Subject;
use super::usage::processor_time;
use super::world::World;

/// Measures `count` calls of each sort, of each subject.
pub(super) async fn measure(subjects: &[Subject], count: usize) -> Outcome<Findings> {
    let title = format!("{count} calls of each sort one by one, and as many by {AT_ONCE} workers");
    let columns = ["p50", "p99", "by 10 workers", "CPU of a call", "API calls"];
    let mut table = Table::new("calls", title, &columns);
    for subject in subjects {
        let world = Arc::new(World::start(Duration::ZERO)?);
        let caller = Arc::new(Caller::start(subject, &world).await?);
        let mut bench = Bench { subject, world, caller: Arc::clone(&caller), table: &mut table };

        let configs: Arc<Vec<Value>> =
            Arc::new((0..2 * count).map(|number| caller.config(number)).collect::<Outcome<_>>()?);
        let validate = {
            let (caller, configs) = (Arc::clone(&caller), Arc::clone(&configs));
            move |number: usize| {
                let (caller, configs) = (Arc::clone(&caller), Arc::clone(&configs));
                async move { caller.validate(&configs[number]).await }
            }
        };
        bench.sort("validate", count, validate).await?;

        let plan = {
            let (caller, configs) = (Arc::clone(&caller), Arc::clone(&configs));
            move |number: usize| {
                let (caller, configs) = (Arc::clone(&caller), Arc::clone(&configs));
                async move { caller.plan(&configs[number]).await }
            }
        };
        let plans: Arc<Vec<PlanAnswer>> = Arc::new(bench.sort("plan of a creation", count, plan).await?);

        let create = {
            let (caller, configs) = (Arc::clone(&caller), Arc::clone(&configs));
            move |number: usize| {
                let (caller, configs, plans) = (Arc::clone(&caller), Arc::clone(&configs), Arc::clone(&plans));
                async move { caller.create(&configs[number], &plans[number]).await }
            }
        };
        let objects: Arc<Vec<ObjectAnswer>> = Arc::new(bench.sort("apply of a creation", count, create).await?);

        let read = {
            let (caller, objects) = (Arc::clone(&caller), Arc::clone(&objects));
            move |number: usize| {
                let (caller, objects) = (Arc::clone(&caller), Arc::clone(&objects));
                async move { caller.read(&objects[number]).await }
            }
        };
        bench.sort("read", count, read).await?;
        drop(objects);
        if let Some(caller) = Arc::into_inner(caller) {
            caller.end().await?;
        }
    }
    Ok(Findings { tables: vec![table], ..Findings::default() })
}

/// One process under measurement.
struct Bench<'a> {
    subject: &'a Subject,
    world: Arc<World>,
    caller: Arc<Caller>,
    table: &'a mut Table,
}

impl Bench<'_> {
    /// Makes the calls with numbers below `count` one by one and the next `count` by ten workers, and returns all answers.
    async fn sort<T, F>(
        &mut self,
        name: &str,
        count: usize,
        call: impl Fn(usize) -> F + Send + Sync + 'static,
    ) -> Outcome<Vec<T>>
    where
        T: Send + 'static,
        F: Future<Output = Outcome<T>> + Send,
    {
        println!("  {name}, {}", self.subject.name);
        let (requests, used) = (self.world.requests(), self.processor_time());
        let mut answers = Vec::with_capacity(2 * count);
        let mut durations = Vec::with_capacity(count);
        for number in 0..count {
            let start = Instant::now();
            answers.push(call(number).await?);
            durations.push(start.elapsed());
        }
        let start = Instant::now();
        answers.extend(ten_at_once(count, move |number| call(count + number)).await?);
        let together = start.elapsed();

        let sample: Sample = durations.into_iter().collect();
        let used = self.processor_time().zip(used).map(|(after, before)| after.saturating_sub(before));
        let calls = u32::try_from(2 * count).unwrap_or(u32::MAX);
        self.table.row(
            format!("{name}, {}", self.subject.name),
            vec![
                Some(Figure::Time(sample.median())),
                Some(Figure::Time(sample.percentile(99))),
                Figure::rate(count, together),
                used.map(|used| Figure::Time(used / calls)),
                Some(Figure::Count(self.world.requests() - requests)),
            ],
        );
        Ok(answers)
    }

    fn processor_time(&self) -> Option<Duration> {
        self.caller.id().and_then(processor_time)
    }
}
