//! Scheduled rotations: the daily pick at midnight (UTC), the queued jobs, and the clock that drives both.

use std::sync::Arc;
use std::time::Duration;

use super::rotate;
use crate::clock::Moment;
use crate::core::Core;
use crate::identifiers;
use crate::state::{QueuedJob, State};

/// How long to sleep at most before looking again.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Runs what is due, as time goes by, until the task is aborted.
pub async fn keep_running(core: Arc<Core>) {
    loop {
        run_due(&core).await;
        let now = core.clock.now();
        let next = core.read(next_event).map_or(LONGEST_SLEEP, |next| next.since(now));
        // A clock that is held does not reach the next event by itself.
        let sleep =
            if core.clock.is_held() { LONGEST_SLEEP } else { next.clamp(Duration::from_millis(1), LONGEST_SLEEP) };
        tokio::select! {
            () = core.schedule_changed.notified() => {}
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

/// Moves the clock and runs everything that has become due, in the order in which it would have happened.
pub async fn move_clock(core: &Core, to: Moment) {
    core.clock.set(to);
    run_due(core).await;
}

/// Runs everything that is due by now. On return it has been done, whoever began it.
pub async fn run_due(core: &Core) {
    let _one_at_a_time = core.schedule_run.lock().await;
    let now = core.clock.now();
    if core.read(|state| state.scheduled_until.is_none_or(|until| until > now)) {
        // The first look, or a clock that was moved back: what the last midnight would have picked is picked now.
        core.write(|state| pick(state, now));
    }
    while let Some(at) = core.read(next_event).filter(|at| *at <= now) {
        let job = core.write(|state| take_due(state, at));
        match job {
            Some((id, job)) => rotate::run_job(core, &id, &job, at).await,
            None => core.write(|state| pick(state, at)),
        }
    }
}

/// The next thing to happen: a queued job or a midnight.
fn next_event(state: &State) -> Option<Moment> {
    let job = state.rotations.values().filter_map(|rotation| Some(rotation.queued.as_ref()?.due)).min();
    let midnight = state.scheduled_until.map(Moment::next_midnight);
    match (job, midnight) {
        (Some(job), Some(midnight)) => Some(job.min(midnight)),
        (job, midnight) => job.or(midnight),
    }
}

/// Takes one job that is due by `at` out of its queue.
fn take_due(state: &mut State, at: Moment) -> Option<(String, QueuedJob)> {
    let is_due = |job: &QueuedJob| job.due <= at;
    let rotation = state.rotations.values_mut().find(|rotation| rotation.queued.as_ref().is_some_and(is_due))?;
    Some((rotation.id.clone(), rotation.queued.take()?))
}

/// Queues a job for every rotation that is due before the next midnight, as the daily job does.
fn pick(state: &mut State, at: Moment) {
    let end = at.next_midnight();
    for rotation in state.rotations.values_mut() {
        let Some(due) = rotation.next_rotation_at.filter(|due| *due <= end) else { continue };
        if rotation.is_auto_rotation_enabled && rotation.queued.is_none() {
            let rotated_before = rotation.last_rotated_at;
            rotation.queued =
                Some(QueuedJob { id: identifiers::uuid(), due: due.max(at), manual: false, rotated_before });
        }
    }
    state.scheduled_until = Some(at);
}
