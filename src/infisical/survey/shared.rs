//! One question that many ask: whoever comes first asks the server, and all others share the answer, or the failure.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::infisical::Error;

/// A point in the order of what one client asks and does. No clock: only before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// Before everything.
    pub(super) const BEGINNING: Self = Self(0);
}

/// Gives out moments, each later than all before it.
#[derive(Debug)]
pub(super) struct Order(AtomicU64);

impl Default for Order {
    fn default() -> Self {
        Self(AtomicU64::new(1))
    }
}

impl Order {
    pub(super) fn next(&self) -> Moment {
        Moment(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// The answers to one kind of question, by what was asked about.
#[derive(Debug)]
pub(super) struct Shared<K, T> {
    asked: Mutex<BTreeMap<K, Arc<Asked<T>>>>,
}

/// An answer with the moment before which its question was not yet sent.
#[derive(Clone, Debug)]
pub(super) struct Answer<T> {
    pub(super) began: Moment,
    pub(super) value: Arc<T>,
}

#[derive(Debug)]
struct Asked<T> {
    began: Moment,
    /// A failure is an answer too, so that an outage doesn't cost everybody their own patience.
    outcome: OnceCell<Result<Arc<T>, Error>>,
}

impl<K, T> Default for Shared<K, T> {
    fn default() -> Self {
        Self { asked: Mutex::default() }
    }
}

impl<K: Ord, T> Shared<K, T> {
    /// The answer about `key`, of any age or asked for after `since`. `ask` is used unless there is such an answer, or
    /// one is under way. `began` tells when a question that begins now counts as sent.
    pub(super) async fn ask(
        &self,
        stop: &CancellationToken,
        key: K,
        since: Option<Moment>,
        began: impl FnOnce() -> Moment,
        ask: impl Future<Output = Result<T, Error>>,
    ) -> Result<Answer<T>, Error> {
        let asked = self.asked(key, since, began);
        let filled = asked.outcome.get_or_try_init(|| async {
            match ask.await {
                // Whoever asks has stopped; nobody else has to, so the next one asks.
                Err(error) if error.is_stopped() => Err(error),
                outcome => Ok(outcome.map(Arc::new)),
            }
        });
        let outcome = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Error::Stopped),
            outcome = filled => outcome?,
        };
        outcome.clone().map(|value| Answer { began: asked.began, value })
    }

    fn asked(&self, key: K, since: Option<Moment>, began: impl FnOnce() -> Moment) -> Arc<Asked<T>> {
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&key) {
            Some(asked) if since.is_none_or(|since| asked.began > since) => Arc::clone(asked),
            _ => {
                let asked = Arc::new(Asked { began: began(), outcome: OnceCell::new() });
                all.insert(key, Arc::clone(&asked));
                asked
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use futures_util::future::join_all;

    use super::*;

    fn unreachable() -> Error {
        Error::TimedOut { method: "GET".to_owned(), route: "/".to_owned(), after: Duration::from_secs(1) }
    }

    #[derive(Default)]
    struct World {
        order: Order,
        shared: Shared<&'static str, usize>,
        asked: AtomicUsize,
        stop: CancellationToken,
    }

    impl World {
        async fn ask(&self, key: &'static str, since: Option<Moment>) -> Result<usize, Error> {
            let ask = async {
                let number = self.asked.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                Ok(number)
            };
            self.shared.ask(&self.stop, key, since, || self.order.next(), ask).await.map(|answer| *answer.value)
        }
    }

    #[tokio::test]
    async fn all_who_ask_share_one_answer_and_other_questions_have_their_own() {
        let world = World::default();
        let answers = join_all((0..10).map(|_| world.ask("a", None))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == 0));
        assert_eq!(world.ask("b", None).await.unwrap(), 1);
        assert_eq!(world.ask("a", None).await.unwrap(), 0);
    }

    #[tokio::test]
    async fn who_wants_a_newer_answer_shares_it_with_all_who_do() {
        let world = World::default();
        world.ask("a", None).await.unwrap();
        let now: Vec<Moment> = (0..10).map(|_| world.order.next()).collect();
        let answers = join_all(now.iter().map(|moment| world.ask("a", Some(*moment)))).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == 1));
        // The newer one serves those too who take any, and those whose moment lies before it.
        assert_eq!(world.ask("a", None).await.unwrap(), 1);
        assert_eq!(world.ask("a", Some(now[0])).await.unwrap(), 1);
        assert_eq!(world.ask("a", Some(world.order.next())).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_question_under_way_is_too_old_for_who_came_after_it() {
        let world = World::default();
        let (old, newer) = tokio::join!(world.ask("a", None), async {
            // By now the first one is on its way.
            world.ask("a", Some(world.order.next())).await
        });
        assert_eq!((old.unwrap(), newer.unwrap()), (0, 1));
    }

    #[tokio::test]
    async fn a_failure_is_shared_and_a_stop_is_not() {
        let world = World::default();
        let fail = async || {
            let ask = async {
                world.asked.fetch_add(1, Ordering::SeqCst);
                Err(unreachable())
            };
            world.shared.ask(&world.stop, "a", None, || world.order.next(), ask).await
        };
        for _ in 0..3 {
            assert!(matches!(fail().await, Err(Error::TimedOut { .. })));
        }
        assert_eq!(world.asked.load(Ordering::SeqCst), 1);
        let stopped = world.shared.ask(&world.stop, "b", None, || world.order.next(), async { Err(Error::Stopped) });
        assert!(matches!(stopped.await, Err(Error::Stopped)));
        assert_eq!(world.ask("b", None).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn who_is_stopped_waits_no_longer() {
        let world = World::default();
        let never = world.shared.ask(&world.stop, "a", None, || world.order.next(), std::future::pending());
        let stopping = async { world.stop.cancel() };
        let (outcome, ()) = tokio::join!(never, stopping);
        assert!(matches!(outcome, Err(Error::Stopped)));
    }
}
