//! Keeps calls apart: each runs as a task of its own, so that a panic ends one call with a message, a dropped call
//! stops looking, and a dropped change goes on to its end.

use std::future::Future;
use std::panic::PanicHookInfo;
use std::sync::Arc;

use tokio::task::{JoinError, JoinSet};

use super::log;
use super::stop::{Closed, Lifecycle, Work};
use crate::terraform::{Capabilities, Checkpoint, Context, Diagnostic, Diagnostics, Result};

/// Runs calls.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    lifecycle: Arc<Lifecycle>,
}

impl Calls {
    /// Runs calls that `lifecycle` counts and stops.
    pub(crate) fn new(lifecycle: Arc<Lifecycle>) -> Self {
        Self { lifecycle }
    }

    /// Runs a call that only looks. Dropping the returned future drops the call.
    pub(crate) async fn query<T, F>(&self, capabilities: Capabilities, call: impl FnOnce(Context) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (_busy, stop) = self.lifecycle.begin(Work::Query)?;
        let mut task = JoinSet::new();
        task.spawn(call(Context { stop, capabilities, checkpoint: Checkpoint::default() }));
        match task.join_next().await {
            Some(joined) => joined?,
            None => Err(bug()),
        }
    }

    /// Runs a call that changes something. Once begun it goes on to its end, whoever still waits for the answer.
    pub(crate) async fn change<T, F>(&self, checkpoint: Checkpoint, call: impl FnOnce(Context) -> F) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (busy, stop) = self.lifecycle.begin(Work::Change)?;
        // Both the change and its answer count: a shutdown waits until the answer is on its way.
        let busy = Arc::new(busy);
        let change = call(Context { stop, capabilities: Capabilities::default(), checkpoint });
        let held = Arc::clone(&busy);
        tokio::spawn(async move {
            let result = change.await;
            drop(held);
            result
        })
        .await?
    }
}

impl From<Closed> for Diagnostics {
    fn from(_: Closed) -> Self {
        Diagnostic::error(
            "The provider is terminating",
            "The provider process was asked to end and takes no new work. Nothing was done. Run the command again.",
        )
        .into()
    }
}

impl From<JoinError> for Diagnostics {
    /// Says that a call panicked, without the panic's text, which may hold anything.
    fn from(_: JoinError) -> Self {
        bug()
    }
}

/// Replaces the standard report of panics by one line without the panic's text.
pub(crate) fn report_panics_by_place() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        log::write(tracing::Level::ERROR, "plugin", "a call panicked; this is a bug in the provider", [("at", place)]);
    }));
}

/// Says that a call panicked.
pub(super) fn bug() -> Diagnostics {
    Diagnostic::error(
        "The provider failed internally",
        "This is a bug in the provider; please report it with the command that led to it. The call was ended, the \
         provider goes on. Where it failed is in the log at level ERROR (set TF_LOG=ERROR).",
    )
    .into()
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    fn calls() -> (Calls, Arc<Lifecycle>) {
        let lifecycle = Arc::new(Lifecycle::default());
        (Calls::new(Arc::clone(&lifecycle)), lifecycle)
    }

    fn text(diagnostics: &Diagnostics) -> String {
        format!("{diagnostics:?}")
    }

    #[tokio::test]
    async fn a_panic_becomes_a_message_that_does_not_repeat_it() {
        let (calls, lifecycle) = calls();
        let query: Result<()> = calls.query(Capabilities::default(), |_| async { panic!("canary") }).await;
        let change: Result<()> = calls.change(Checkpoint::default(), |_| async { panic!("canary") }).await;
        for outcome in [query, change] {
            let message = text(&outcome.unwrap_err());
            assert!(message.contains("bug in the provider") && !message.contains("canary"), "{message}");
        }
        lifecycle.drain().await;
    }

    #[tokio::test]
    async fn a_dropped_change_goes_on_to_its_end() {
        let (calls, lifecycle) = calls();
        let (go, gone) = oneshot::channel::<()>();
        let (done, seen) = oneshot::channel();
        let mut call = Box::pin(calls.change(Checkpoint::default(), |_| async move {
            let _ = gone.await;
            let _ = done.send(());
            Ok(())
        }));
        assert!(call.as_mut().now_or_never().is_none());
        drop(call);
        let mut drained = Box::pin(lifecycle.drain());
        assert!(drained.as_mut().now_or_never().is_none());
        go.send(()).unwrap();
        seen.await.unwrap();
        drained.await;
    }

    #[tokio::test]
    async fn a_dropped_query_ends() {
        let (calls, lifecycle) = calls();
        let (held, dropped) = oneshot::channel::<()>();
        let mut call = Box::pin(calls.query(Capabilities::default(), |_| async move {
            let _held = held;
            std::future::pending::<Result<()>>().await
        }));
        assert!(call.as_mut().now_or_never().is_none());
        drop(call);
        assert!(dropped.await.is_err());
        lifecycle.drain().await;
    }

    #[tokio::test]
    async fn a_closed_process_refuses_with_a_message() {
        let (calls, lifecycle) = calls();
        lifecycle.end();
        let refused: Result<()> = calls.query(Capabilities::default(), |_| async { Ok(()) }).await;
        assert!(text(&refused.unwrap_err()).contains("terminating"));
    }
}
