//! The server's rate limits, kept for the whole process: one gate for each class of limits. A 429 closes the gate for
//! everybody until the time that the server tells; `x-ratelimit-*` of each answer says how many requests are left, and
//! the last of them are spread over the rest of the window, so that the limit is used but not hit.
//!
//! The server counts by route, its documentation says by class. Both are met: a route is spread by its own counter, and
//! no route of a class is used while one of them is exhausted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::request::{RateClass, Request};
use super::transport::Answer;
use super::{answer, waiting};

/// How much later than known windows a window has to end to be another one: the server tells whole seconds.
const SAME_WINDOW: Duration = Duration::from_millis(1_500);

/// The longest that a request is taken to be on its way to the server.
const LONGEST_WAY: Duration = Duration::from_secs(1);

const EXCEEDED: &str = "the server's rate limit is exceeded";
const USED_UP: &str = "the requests of the server's rate limit are used up";
const SCARCE: &str = "few requests are left of the server's rate limit";

/// The gates of all classes.
#[derive(Debug, Default)]
pub(super) struct Pacing {
    lanes: Mutex<BTreeMap<RateClass, Lane>>,
}

/// The right to send one request, with its place in the order in which its route's requests were sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    position: u64,
    taken: Instant,
}

#[derive(Debug, Default)]
struct Lane {
    closed_until: Option<Instant>,
    told_until: Option<Instant>,
    counters: BTreeMap<String, Counter>,
    sent: BTreeMap<String, u64>,
}

#[derive(Debug)]
struct Counter {
    limit: i64,
    left: i64,
    resets: Instant,
    next: Instant,
}

/// Whether a request may be sent.
#[derive(Debug)]
pub(super) enum Turn {
    /// It may, if it is sent at once.
    Now(Ticket),
    /// It may ask again at this time.
    Later(Instant),
}

impl Pacing {
    /// Whether `request` may be sent. A counter that would put it off for more than `longest` is not heeded: the server
    /// may decide.
    pub(super) fn turn(&self, request: &Request, longest: Duration) -> Turn {
        let now = Instant::now();
        let mut lanes = self.lanes();
        let lane = lanes.entry(request.rate).or_default();
        match lane.turn(&key(request), now, longest) {
            Ok(ticket) => Turn::Now(ticket),
            Err(Delay { until, reason }) => {
                lane.tell(until, now, request.rate, reason);
                Turn::Later(until)
            }
        }
    }

    /// Learns from an answer how much is left.
    pub(super) fn observe(&self, request: &Request, ticket: Ticket, answer: &Answer) {
        let number = |name| answer::header(answer, name).and_then(|text| text.trim().parse::<i64>().ok());
        let (Some(limit), Some(left), Some(reset)) = (
            number("x-ratelimit-limit"),
            number("x-ratelimit-remaining"),
            answer::header(answer, "x-ratelimit-reset").and_then(|text| answer::reset_in(text, answer)),
        ) else {
            return;
        };
        let mut lanes = self.lanes();
        lanes.entry(request.rate).or_default().observe(&key(request), ticket, limit, left, reset, answer.received);
    }

    /// Closes the gate of a class for everybody.
    pub(super) fn close(&self, rate: RateClass, wait: Duration) {
        let now = Instant::now();
        let mut lanes = self.lanes();
        let lane = lanes.entry(rate).or_default();
        let until = lane.closed_until.map_or(now + wait, |closed| closed.max(now + wait));
        lane.closed_until = Some(until);
        lane.tell(until, now, rate, EXCEEDED);
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<RateClass, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a request may not be sent yet.
#[derive(Debug)]
struct Delay {
    until: Instant,
    reason: &'static str,
}

impl Lane {
    fn turn(&mut self, key: &str, now: Instant, longest: Duration) -> Result<Ticket, Delay> {
        if let Some(until) = self.closed_until {
            if until > now {
                return Err(Delay { until, reason: EXCEEDED });
            }
            self.closed_until = None;
        }
        self.counters.retain(|_, counter| counter.resets > now);
        let bearable = |until: &Instant| *until > now && *until - now <= longest;
        let used_up = self.counters.values().filter(|counter| counter.left <= 0).map(|counter| counter.resets);
        if let Some(until) = used_up.filter(bearable).max() {
            return Err(Delay { until, reason: USED_UP });
        }
        let scarce = self.counters.get(key).filter(|counter| counter.is_scarce());
        if let Some(until) = scarce.map(|counter| counter.next).filter(bearable) {
            return Err(Delay { until, reason: SCARCE });
        }
        if let Some(counter) = self.counters.get_mut(key) {
            if counter.is_scarce() {
                let share = u32::try_from(counter.left.max(1)).unwrap_or(1);
                counter.next = now + (counter.resets - now) / share;
            }
            counter.left -= 1;
        }
        let sent = self.sent.entry(key.to_owned()).or_default();
        *sent += 1;
        Ok(Ticket { position: *sent, taken: now })
    }

    fn observe(&mut self, key: &str, ticket: Ticket, limit: i64, left: i64, reset: Duration, received: Instant) {
        // The server looks at its clock when a request arrives, however long its answer then takes.
        let resets = ticket.taken + received.saturating_duration_since(ticket.taken).min(LONGEST_WAY) + reset;
        if resets <= received {
            return;
        }
        let sent = self.sent.get(key).copied().unwrap_or(ticket.position);
        let left = left - i64::try_from(sent - ticket.position).unwrap_or(i64::MAX);
        match self.counters.get_mut(key) {
            Some(counter) if counter.resets + SAME_WINDOW >= resets => {
                counter.left = counter.left.min(left);
                counter.resets = counter.resets.min(resets);
            }
            _ => {
                self.counters.insert(key.to_owned(), Counter { limit, left, resets, next: received });
            }
        }
    }

    /// Tells about a wait once, however many requests have to wait for the same moment.
    fn tell(&mut self, until: Instant, now: Instant, rate: RateClass, reason: &str) {
        if self.told_until.is_none_or(|told| until > told + SAME_WINDOW) {
            self.told_until = Some(until);
            waiting::tell(until - now, &format!("{reason} (class {})", rate.name()));
        }
    }
}

impl Counter {
    /// Whether the rest has to be spread: the last tenth.
    fn is_scarce(&self) -> bool {
        self.left <= (self.limit / 10).max(1)
    }
}

fn key(request: &Request) -> String {
    format!("{} {}", request.method, request.route)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Delay, Lane, Ticket};

    const SECOND: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(90);

    fn taken(turn: Result<Ticket, Delay>) -> Ticket {
        turn.unwrap_or_else(|delay| panic!("had to wait: {}", delay.reason))
    }

    fn wait(turn: Result<Ticket, Delay>, now: Instant) -> Duration {
        turn.unwrap_err().until - now
    }

    #[test]
    fn a_whole_window_is_used_and_never_exceeded() {
        let start = Instant::now();
        let end = start + 60 * SECOND;
        let (mut lane, mut now, mut sent) = (Lane::default(), start, 0_i64);
        while now < end {
            match lane.turn("GET /a", now, LONG) {
                Ok(ticket) => {
                    sent += 1;
                    assert!(sent <= 90, "one too many after {:?}", now - start);
                    // The server rounds up.
                    let reset = Duration::from_secs((end - now).as_secs() + 1);
                    lane.observe("GET /a", ticket, 90, 90 - sent, reset, now);
                    now += Duration::from_millis(10);
                }
                Err(delay) => now = delay.until,
            }
        }
        assert_eq!(sent, 90);
    }

    #[test]
    fn the_last_tenth_is_spread() {
        let now = Instant::now();
        let mut lane = Lane::default();
        let ticket = taken(lane.turn("GET /a", now, LONG));
        lane.observe("GET /a", ticket, 100, 10, 60 * SECOND, now);
        taken(lane.turn("GET /a", now, LONG));
        assert_eq!(wait(lane.turn("GET /a", now, LONG), now), 6 * SECOND);
        taken(lane.turn("GET /b", now, LONG));
    }

    #[test]
    fn an_exhausted_route_holds_its_class_until_the_window_ends() {
        let now = Instant::now();
        let mut lane = Lane::default();
        let ticket = taken(lane.turn("GET /a", now, LONG));
        lane.observe("GET /a", ticket, 100, 0, 40 * SECOND, now);
        assert_eq!(wait(lane.turn("GET /b", now, LONG), now), 40 * SECOND);
        taken(lane.turn("GET /b", now, SECOND));
        taken(lane.turn("GET /b", now + 40 * SECOND, LONG));
    }

    #[test]
    fn requests_on_the_wire_are_counted_before_their_answers_come() {
        let now = Instant::now();
        let mut lane = Lane::default();
        let first = taken(lane.turn("GET /a", now, LONG));
        for _ in 0..4 {
            taken(lane.turn("GET /a", now, LONG));
        }
        lane.observe("GET /a", first, 5, 4, 60 * SECOND, now);
        assert_eq!(wait(lane.turn("GET /a", now, LONG), now), 60 * SECOND);
    }

    #[test]
    fn an_answer_that_took_its_time_does_not_prolong_the_window() {
        let now = Instant::now();
        let mut lane = Lane::default();
        let ticket = taken(lane.turn("POST /a", now, LONG));
        lane.observe("POST /a", ticket, 100, 0, 40 * SECOND, now + 30 * SECOND);
        assert_eq!(wait(lane.turn("POST /a", now + 30 * SECOND, LONG), now + 30 * SECOND), 11 * SECOND);
    }
}
