//! What is in flight, and how it ends: the user's stop, the host's shutdown, signals, and a host that vanished.
//!
//! One rule holds for all of them: a change that has begun is not cut in half while there is time to finish it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// How long a shutdown waits for changes in flight: they were told to stop, and their answers hold what they reached.
const LAST_CHANCE: Duration = Duration::from_millis(400);
/// How much earlier than the answer to a shutdown their answers leave.
const HEAD_START: Duration = Duration::from_millis(10);
/// How long the answers of the last calls may take to leave once the server ends.
const FLUSH: Duration = Duration::from_millis(80);
/// How often the host is looked after.
const WATCH_INTERVAL: Duration = Duration::from_secs(2);
/// How many looks a process outlives its host while it is busy, and waits for a first connection: a minute.
const PATIENT_LOOKS: u32 = 30;
/// How many looks a process stays without any connection after it had one: long enough for a host to come back.
const DESERTED_LOOKS: u32 = 3;

/// What keeps the process busy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    /// Open connections.
    connections: usize,
    /// Calls in flight that only look.
    queries: usize,
    /// Calls in flight that change something, and changes that go on after their call was dropped.
    changes: usize,
    /// Whether there ever was a connection.
    was_connected: bool,
}

impl Load {
    fn counter(&mut self, work: Work) -> &mut usize {
        match work {
            Work::Connection => &mut self.connections,
            Work::Query => &mut self.queries,
            Work::Change => &mut self.changes,
        }
    }

    fn is_calm(&self) -> bool {
        self.connections == 0 && self.changes == 0
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// A connection.
    Connection,
    /// A call that only looks, and may be dropped at any moment.
    Query,
    /// A call that changes something, and goes on until it is done.
    Change,
}

/// The life of the process from the first connection to its end.
#[derive(Debug, Default)]
pub(crate) struct Lifecycle {
    /// Cancelled by the next stop; calls take it when they begin.
    stop: Mutex<CancellationToken>,
    /// No new work is taken.
    closed: CancellationToken,
    /// The server ends.
    ended: CancellationToken,
    load: watch::Sender<Load>,
}

/// Counts one piece of work for as long as it lives.
#[derive(Debug)]
pub(crate) struct Busy {
    lifecycle: Arc<Lifecycle>,
    work: Work,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.lifecycle.load.send_modify(|load| *load.counter(self.work) -= 1);
    }
}

/// The process ends; it takes no new work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

impl Lifecycle {
    /// Counts a connection.
    pub(crate) fn connected(self: &Arc<Self>) -> Busy {
        self.count(Work::Connection)
    }

    /// Begins a call: gives the token that the next stop cancels, unless no new work is taken.
    pub(crate) fn begin(self: &Arc<Self>, work: Work) -> Result<(Busy, CancellationToken), Closed> {
        // Counted before the look, so that whoever closes sees either the count or no call.
        let busy = self.count(work);
        if self.closed.is_cancelled() {
            return Err(Closed);
        }
        Ok((busy, self.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    /// Tells the calls in flight at this moment to return with what they know. Later calls are not affected.
    pub(crate) fn stop_calls(&self) {
        std::mem::take(&mut *self.stop.lock().unwrap_or_else(PoisonError::into_inner)).cancel();
    }

    /// Takes no new work, lets the calls in flight finish.
    pub(crate) async fn drain(&self) {
        self.closed.cancel();
        self.wait_for(|load| load.queries == 0 && load.changes == 0).await;
    }

    /// Tells changes in flight to stop and gives them a moment to answer; without any, returns at once.
    pub(crate) async fn last_chance(&self) {
        self.stop_calls();
        if self.load.borrow().changes > 0 {
            let _ = tokio::time::timeout(LAST_CHANCE, self.wait_for(|load| load.changes == 0)).await;
            tokio::time::sleep(HEAD_START).await;
        }
    }

    /// Ends the server: open streams close, answers that are ready leave, the rest is dropped.
    pub(crate) fn end(&self) {
        self.closed.cancel();
        self.ended.cancel();
    }

    /// Resolves when no new work is taken.
    pub(crate) async fn closed_to_new_work(&self) {
        self.closed.cancelled().await;
    }

    /// Resolves when the server is to end.
    pub(crate) fn ended(&self) -> WaitForCancellationFutureOwned {
        self.ended.clone().cancelled_owned()
    }

    /// Resolves a moment after the server is to end: answers that are ready have left by then.
    pub(crate) async fn flushed(&self) {
        self.ended.cancelled().await;
        tokio::time::sleep(FLUSH).await;
    }

    /// Resolves when nobody needs this process any more: the host is gone, or left and did not come back.
    ///
    /// `host_lives` tells whether the process that started this one still runs.
    pub(crate) async fn deserted(&self, host_lives: impl Fn() -> bool) {
        let mut looks = tokio::time::interval(WATCH_INTERVAL);
        let mut vigil = Vigil::default();
        loop {
            looks.tick().await;
            let load = *self.load.borrow();
            if vigil.is_over(host_lives(), load) {
                return;
            }
        }
    }

    fn count(self: &Arc<Self>, work: Work) -> Busy {
        self.load.send_modify(|load| {
            *load.counter(work) += 1;
            load.was_connected |= work == Work::Connection;
        });
        Busy { lifecycle: Arc::clone(self), work }
    }

    async fn wait_for(&self, reached: impl Fn(&Load) -> bool) {
        // The sender lives in `self`, so the channel stays open.
        let _ = self.load.subscribe().wait_for(|load| reached(load)).await;
    }
}

/// Decides when a process without a host ends; counts looks instead of reading a clock.
#[derive(Debug, Default)]
struct Vigil {
    orphaned: u32,
    calm: u32,
}

impl Vigil {
    fn is_over(&mut self, host_lives: bool, load: Load) -> bool {
        self.orphaned = if host_lives { 0 } else { self.orphaned + 1 };
        self.calm = if load.is_calm() { self.calm + 1 } else { 0 };
        let orphaned = self.orphaned > 0 && (load.is_calm() || self.orphaned > PATIENT_LOOKS);
        let deserted = self.calm > if load.was_connected { DESERTED_LOOKS } else { PATIENT_LOOKS };
        orphaned || deserted
    }
}

/// The process that started this one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Host {
    #[cfg(unix)]
    process: u32,
}

impl Host {
    /// Remembers it. To be called first of all: an orphan is known by a parent that is not the first one.
    #[cfg(unix)]
    pub(crate) fn current() -> Self {
        Self { process: std::os::unix::process::parent_id() }
    }

    /// Whether it still runs.
    #[cfg(unix)]
    pub(crate) fn lives(self) -> bool {
        std::os::unix::process::parent_id() == self.process
    }

    /// Remembers nothing: this system doesn't tell when a parent ends.
    #[cfg(not(unix))]
    pub(crate) fn current() -> Self {
        Self {}
    }

    /// Assumes that it does; the end of its connection tells the rest.
    #[cfg(not(unix))]
    pub(crate) fn lives(self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    const CONNECTED: Load = Load { connections: 1, queries: 0, changes: 0, was_connected: true };

    #[test]
    fn a_stop_reaches_the_calls_in_flight_and_no_later_ones() {
        let lifecycle = Arc::new(Lifecycle::default());
        let (_one, before) = lifecycle.begin(Work::Change).unwrap();
        lifecycle.stop_calls();
        let (_other, after) = lifecycle.begin(Work::Query).unwrap();
        assert!(before.is_cancelled() && !after.is_cancelled());
        lifecycle.stop_calls();
        assert!(after.is_cancelled());
    }

    #[tokio::test]
    async fn draining_refuses_new_calls_and_waits_for_those_in_flight() {
        let lifecycle = Arc::new(Lifecycle::default());
        let (change, token) = lifecycle.begin(Work::Change).unwrap();
        let mut drained = Box::pin(lifecycle.drain());
        assert!(drained.as_mut().now_or_never().is_none());
        assert_eq!(lifecycle.begin(Work::Query).err(), Some(Closed));
        assert!(drained.as_mut().now_or_never().is_none());
        assert!(!token.is_cancelled());
        drop(change);
        drained.await;
    }

    #[tokio::test]
    async fn the_last_chance_is_for_changes_only() {
        let lifecycle = Arc::new(Lifecycle::default());
        let (_query, token) = lifecycle.begin(Work::Query).unwrap();
        let mut chance = Box::pin(lifecycle.last_chance());
        assert!(chance.as_mut().now_or_never().is_some());
        assert!(token.is_cancelled());
        let (_change, _) = lifecycle.begin(Work::Change).unwrap();
        let mut chance = Box::pin(lifecycle.last_chance());
        assert!(chance.as_mut().now_or_never().is_none());
    }

    #[test]
    fn an_orphan_ends_when_its_work_is_done() {
        let mut vigil = Vigil::default();
        assert!(!vigil.is_over(true, CONNECTED));
        assert!(!vigil.is_over(false, Load { connections: 0, changes: 1, ..CONNECTED }));
        assert!(vigil.is_over(false, Load { connections: 0, ..CONNECTED }));
        assert!(Vigil::default().is_over(false, Load::default()));
    }

    #[test]
    fn an_orphan_that_never_gets_done_and_a_process_that_nobody_connects_to_end_after_a_minute() {
        for (host_lives, load) in [(false, CONNECTED), (true, Load::default())] {
            let mut vigil = Vigil::default();
            let looks = (1..100).find(|_| vigil.is_over(host_lives, load)).unwrap();
            assert_eq!(WATCH_INTERVAL * (looks - 1), Duration::from_secs(60));
        }
    }

    #[test]
    fn a_connected_process_never_leaves_its_host() {
        let mut vigil = Vigil::default();
        assert!((0..1000).all(|_| !vigil.is_over(true, CONNECTED)));
    }

    #[test]
    fn a_host_may_come_back_but_not_too_late() {
        let gone = Load { connections: 0, ..CONNECTED };
        let mut vigil = Vigil::default();
        for load in [CONNECTED, gone, gone, gone, CONNECTED, gone, gone, gone] {
            assert!(!vigil.is_over(true, load));
        }
        assert!(vigil.is_over(true, gone));
    }
}
