//! Which requests arrived and how they were answered. Bodies, headers and tokens are never kept.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::clock::Moment;

/// How many requests are remembered.
const REMEMBERED: usize = 100_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Counts the requests, from 1.
    pub sequence: u64,
    /// When it arrived, by the sandbox's clock.
    pub at: Moment,
    /// The method.
    pub method: String,
    /// The route's template; `None` for an unknown route.
    pub route: Option<String>,
    /// The path as it was asked for.
    pub path: String,
    /// The query as it was asked for.
    pub query: Option<String>,
    /// Whether a body came along.
    pub has_body: bool,
    /// The body's announced type.
    pub content_type: Option<String>,
    /// Whether an `Authorization` header came along.
    pub has_token: bool,
    /// The `User-Agent`.
    pub user_agent: Option<String>,
    /// The status of the answer; `None` while it is being worked on and when the connection was closed instead.
    pub status: Option<u16>,
}

/// The latest requests, in order of arrival.
#[derive(Debug, Default)]
pub struct RequestLog {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    last: u64,
    kept: VecDeque<Entry>,
}

impl RequestLog {
    /// Notes the arrival of a request and tells its number; the entry's own number is overwritten.
    pub fn arrived(&self, mut entry: Entry) -> u64 {
        let mut entries = self.entries();
        entries.last += 1;
        entry.sequence = entries.last;
        if entries.kept.len() == REMEMBERED {
            entries.kept.pop_front();
        }
        entries.kept.push_back(entry);
        entries.last
    }

    /// Notes how a request was answered.
    pub fn answered(&self, sequence: u64, status: u16) {
        let mut entries = self.entries();
        let position = entries.kept.binary_search_by_key(&sequence, |entry| entry.sequence);
        if let Some(entry) = position.ok().and_then(|position| entries.kept.get_mut(position)) {
            entry.status = Some(status);
        }
    }

    /// Tells the remembered requests with a higher number than `sequence`.
    pub fn since(&self, sequence: u64) -> Vec<Entry> {
        self.entries().kept.iter().filter(|entry| entry.sequence > sequence).cloned().collect()
    }

    /// Tells how many requests have arrived so far.
    pub fn last(&self) -> u64 {
        self.entries().last
    }

    /// Forgets the entries; counting goes on.
    pub fn clear(&self) {
        self.entries().kept.clear();
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
