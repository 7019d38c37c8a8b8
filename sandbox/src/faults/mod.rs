//! Injected faults: what shall go wrong, at which requests, how often.
//!
//! A fault waits until a request matches its method and route, lets the first few pass if told so, acts on the next
//! ones and is then spent. [`Faults::take`] settles for one request what goes wrong with it; the pipeline carries it
//! out. The vocabulary is in `effect`; how answers and bodies look on the wire is in `answer` and `body`.

mod answer;
mod body;
mod effect;
mod route;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use answer::Answer;
pub use body::{Delivered, Interrupted};
pub use effect::{Call, Effect, Forbidden, Form, NotFound, Told};

use crate::issuers::ThirdPartyError;

/// A fault and the requests that it is meant for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// The method, or `*` for any.
    #[serde(default = "any")]
    pub method: String,
    /// The path or the route's template: `{name}` stands for one segment, a `*` at the end for any rest.
    #[serde(default = "any")]
    pub route: String,
    /// How many matching requests pass before the fault acts.
    #[serde(default)]
    pub skip: u64,
    /// On how many requests it acts; `null` for all.
    #[serde(default = "once")]
    pub count: Option<u64>,
    /// What goes wrong.
    pub effect: Effect,
}

impl Fault {
    /// Makes a fault that acts once.
    pub fn once(method: &str, route: &str, effect: Effect) -> Self {
        Self { method: method.to_owned(), route: route.to_owned(), skip: 0, count: Some(1), effect }
    }

    /// Lets the first `skip` matching requests pass.
    #[must_use]
    pub fn after(self, skip: u64) -> Self {
        Self { skip, ..self }
    }

    /// Acts on `count` requests.
    #[must_use]
    pub fn times(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }

    /// Acts on every request until it is removed.
    #[must_use]
    pub fn always(self) -> Self {
        Self { count: None, ..self }
    }
}

fn any() -> String {
    "*".to_owned()
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional field")]
fn once() -> Option<u64> {
    Some(1)
}

/// What goes wrong with one request; by default nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interference {
    /// How long to wait before anything is done.
    pub delay_before: Duration,
    /// How long to wait before the answer is sent.
    pub delay_after: Duration,
    /// The answer in the place of all work.
    pub instead: Option<Answer>,
    /// The answer in the place of the right one, after the work.
    pub afterwards: Option<Answer>,
    /// The third party's refusal and the call that it is for.
    pub third_party: Option<(Call, ThirdPartyError)>,
    /// Whether another rotation holds the lock.
    pub lock_held: bool,
    /// How the answer travels.
    pub delivery: Delivery,
}

impl Interference {
    /// Fails a call to the third party if that is what was injected.
    pub fn third_party(&self, call: Call) -> Result<(), ThirdPartyError> {
        match &self.third_party {
            Some((failing, error)) if *failing == call => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Whether the request ends before any work is done.
    fn is_final(&self) -> bool {
        self.instead.is_some() || self.delivery == Delivery::DroppedBefore
    }

    /// Adds an effect; `false` if what it would change is settled already.
    fn add(&mut self, effect: &Effect) -> bool {
        fn fill<T>(place: &mut Option<T>, value: T) -> bool {
            let free = place.is_none();
            place.get_or_insert(value);
            free
        }
        match effect {
            Effect::Delay { milliseconds, after_commit } => {
                let delay = if *after_commit { &mut self.delay_after } else { &mut self.delay_before };
                *delay += Duration::from_millis(*milliseconds);
                true
            }
            Effect::DropBeforeCommit => self.deliver(Delivery::DroppedBefore),
            Effect::DropAfterCommit => self.deliver(Delivery::DroppedAfter),
            Effect::Truncate { bytes } => self.deliver(Delivery::Truncated { bytes: *bytes }),
            Effect::Slow { bytes, milliseconds } => {
                self.deliver(Delivery::Slow { bytes: *bytes, pause: Duration::from_millis(*milliseconds) })
            }
            Effect::ThirdParty { message, form, call } => {
                let error = match form {
                    Form::BadRequest => ThirdPartyError::BadRequest(message.clone()),
                    Form::Plain => ThirdPartyError::Other(message.clone()),
                };
                fill(&mut self.third_party, (*call, error))
            }
            Effect::LockHeld => !std::mem::replace(&mut self.lock_held, true),
            Effect::Status { after_commit: true, .. } | Effect::Html { after_commit: true, .. } => {
                Answer::of(effect).is_some_and(|answer| fill(&mut self.afterwards, answer))
            }
            _ => Answer::of(effect).is_some_and(|answer| fill(&mut self.instead, answer)),
        }
    }

    fn deliver(&mut self, delivery: Delivery) -> bool {
        let free = self.delivery == Delivery::Whole;
        if free {
            self.delivery = delivery;
        }
        free
    }
}

/// How an answer travels to the client.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Delivery {
    /// As it is.
    #[default]
    Whole,
    /// The connection is closed before the work.
    DroppedBefore,
    /// The connection is closed after the work.
    DroppedAfter,
    /// The connection is closed in the middle of the body.
    Truncated {
        /// After so many bytes; half of them if absent.
        bytes: Option<usize>,
    },
    /// Piece by piece.
    Slow {
        /// The size of a piece.
        bytes: usize,
        /// The time between two pieces.
        pause: Duration,
    },
}

/// A fault that waits, with its number and what it has done so far.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Armed {
    /// The number to remove it by.
    pub id: u64,
    /// How many requests have matched it.
    pub matched: u64,
    /// On how many requests it has acted.
    pub acted: u64,
    /// The fault as it was given.
    #[serde(flatten)]
    pub fault: Fault,
}

impl Armed {
    /// Counts a matching request and says whether the fault is due at it.
    fn is_due(&mut self) -> bool {
        self.matched += 1;
        self.matched > self.fault.skip
    }

    fn is_spent(&self) -> bool {
        self.fault.count.is_some_and(|count| self.acted >= count)
    }
}

/// All faults that wait, in the order in which they were injected.
#[derive(Debug, Default)]
pub struct Faults {
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    last: u64,
    armed: Vec<Armed>,
}

impl Faults {
    /// Injects a fault and tells its number.
    pub fn add(&self, fault: Fault) -> u64 {
        let mut waiting = self.waiting();
        waiting.last += 1;
        let id = waiting.last;
        waiting.armed.push(Armed { id, matched: 0, acted: 0, fault });
        id
    }

    /// Lists the faults that are not spent.
    pub fn list(&self) -> Vec<Armed> {
        self.waiting().armed.clone()
    }

    /// Removes one fault; `false` if it is not there (any more).
    pub fn remove(&self, id: u64) -> bool {
        let mut waiting = self.waiting();
        let before = waiting.armed.len();
        waiting.armed.retain(|armed| armed.id != id);
        waiting.armed.len() < before
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.waiting().armed.clear();
    }

    /// Settles what goes wrong with a request.
    ///
    /// Each matching fault counts it. The first one decides where two would change the same thing: the second keeps
    /// for the next request, so that faults injected one after the other also act one after the other.
    pub fn take(&self, method: &str, path: &str) -> Interference {
        self.take_where(method, path, |_| true)
    }

    /// Settles what goes wrong with work that no request asks for, such as a scheduled rotation: only the third party
    /// and the lock can fail it.
    pub fn take_for_background(&self, method: &str, path: &str) -> Interference {
        self.take_where(method, path, |effect| matches!(effect, Effect::ThirdParty { .. } | Effect::LockHeld))
    }

    fn take_where(&self, method: &str, path: &str, concerns: impl Fn(&Effect) -> bool) -> Interference {
        let mut interference = Interference::default();
        let mut waiting = self.waiting();
        for armed in &mut waiting.armed {
            let fault = &armed.fault;
            let matches = (fault.method == "*" || fault.method.eq_ignore_ascii_case(method))
                && route::matches(&fault.route, path)
                && fault.effect.can_meet(method, path)
                && concerns(&fault.effect);
            if matches && armed.is_due() && !interference.is_final() && interference.add(&armed.fault.effect) {
                armed.acted += 1;
            }
        }
        waiting.armed.retain(|armed| !armed.is_spent());
        interference
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // A list of plain values: a panic elsewhere cannot leave it half-changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const ROUTE: &str = "/api/v2/secret-rotations/redis-credentials";

    fn status(status: u16) -> Effect {
        Effect::Status { status, message: None, body: None, headers: BTreeMap::new(), after_commit: false }
    }

    fn statuses(faults: &Faults, requests: usize) -> Vec<Option<u16>> {
        let take = |_| faults.take("POST", ROUTE).instead.map(|answer| answer.status());
        (0..requests).map(take).collect()
    }

    #[test]
    fn a_fault_lets_some_pass_acts_and_is_spent() {
        let faults = Faults::default();
        faults.add(Fault::once("post", ROUTE, status(500)).after(2).times(2));
        assert_eq!(statuses(&faults, 6), [None, None, Some(500), Some(500), None, None]);
        assert!(faults.list().is_empty());
    }

    #[test]
    fn other_methods_and_routes_do_not_count() {
        let faults = Faults::default();
        faults.add(Fault::once("POST", ROUTE, status(500)));
        assert_eq!(faults.take("GET", ROUTE), Interference::default());
        assert_eq!(faults.take("POST", "/api/v2/secret-rotations/x"), Interference::default());
        assert_eq!(faults.list()[0].matched, 0);
        assert_eq!(statuses(&faults, 1), [Some(500)]);
    }

    #[test]
    fn faults_in_a_row_act_in_a_row() {
        let faults = Faults::default();
        faults.add(Fault::once("*", "*", status(502)));
        faults.add(Fault::once("*", "*", status(503)));
        assert_eq!(statuses(&faults, 3), [Some(502), Some(503), None]);
    }

    #[test]
    fn faults_of_different_things_act_together() {
        let faults = Faults::default();
        faults.add(Fault::once("*", "*", Effect::Delay { milliseconds: 5, after_commit: true }));
        faults.add(Fault::once("*", "*", Effect::DropAfterCommit));
        let interference = faults.take("POST", ROUTE);
        assert_eq!(interference.delay_after, Duration::from_millis(5));
        assert_eq!(interference.delivery, Delivery::DroppedAfter);
        assert_eq!(interference.instead, None);
    }

    #[test]
    fn one_without_end_stays_until_it_is_removed() {
        let faults = Faults::default();
        let id = faults.add(Fault::once("*", "/api/*", status(500)).always());
        assert_eq!(statuses(&faults, 3), [Some(500); 3]);
        assert!(faults.remove(id));
        assert!(!faults.remove(id));
        assert_eq!(statuses(&faults, 1), [None]);
    }

    #[test]
    fn work_without_a_request_meets_only_the_third_party_and_the_lock() {
        let faults = Faults::default();
        faults.add(Fault::once("*", "*", status(500)));
        let refusal = Effect::ThirdParty { message: "no".to_owned(), form: Form::Plain, call: Call::Issue };
        faults.add(Fault::once("*", "*", refusal));
        assert_eq!(faults.take_for_background("GET", ROUTE), Interference::default());
        let interference = faults.take_for_background("POST", ROUTE);
        assert_eq!(interference.instead, None);
        assert_eq!(interference.third_party(Call::Issue), Err(ThirdPartyError::Other("no".to_owned())));
        assert_eq!(interference.third_party(Call::Revoke), Ok(()));
        assert_eq!(faults.list().len(), 1);
    }

    #[test]
    fn the_json_form_is_short_and_checked() {
        let fault: Fault = serde_json::from_value(json!({ "effect": "lock-held" })).unwrap();
        assert_eq!(fault, Fault::once("*", "*", Effect::LockHeld));
        let fault: Fault = serde_json::from_value(json!({
            "method": "GET", "route": ROUTE, "skip": 1, "count": null,
            "effect": { "rate-limited": { "seconds": 7, "told": "reset" } },
        }))
        .unwrap();
        assert_eq!(fault.count, None);
        assert_eq!(fault.effect, Effect::RateLimited { seconds: 7, told: Told::Reset });
        let forbidden: Fault = serde_json::from_value(json!({ "effect": { "forbidden": "membership" } })).unwrap();
        assert_eq!(forbidden.effect, Effect::Forbidden(Forbidden::Membership));
        for wrong in [json!({ "effect": "explode" }), json!({ "effect": "lock-held", "kount": 2 }), json!({})] {
            assert!(serde_json::from_value::<Fault>(wrong.clone()).is_err(), "{wrong}");
        }
        let listed = serde_json::to_value(&Armed { id: 3, matched: 0, acted: 0, fault }).unwrap();
        assert_eq!((&listed["id"], &listed["effect"]["rate-limited"]["told"]), (&json!(3), &json!("reset")));
    }
}
