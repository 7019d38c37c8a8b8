//! Reads of one project, answered together: the first goes by id; as soon as several are asked for, one list answers
//! all of them. The list serves for a short time, and no read that begins after a write sees a list from before it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::{Error, Rotation};

/// How long a list serves after it was asked for last: one plan goes through its resources without such a pause.
const SERVES_FOR: Duration = Duration::from_secs(30);

/// How long a list serves at most, however often it is asked for: as long as a large plan takes on a slow machine.
const SERVES_AT_MOST: Duration = Duration::from_secs(300);

/// The rotations of a project by their ids, or why there are none. A failure serves like a list, so that an outage
/// doesn't cost each reader its own patience.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) rotations: Result<BTreeMap<String, Rotation>, Error>,
    /// When the answer came.
    pub(super) at: Instant,
}

/// What was asked for lately, by project.
#[derive(Debug, Default)]
pub(super) struct Reads {
    projects: Mutex<BTreeMap<String, Project>>,
}

/// How a read is to be answered.
#[derive(Debug)]
pub(super) enum Way {
    /// By a request of its own.
    ById,
    /// By the project's list, which whoever comes first fills.
    ByList(Arc<OnceCell<Listed>>),
}

/// While it lives and when it ends, nothing that was read before serves any further.
#[derive(Debug)]
pub(super) struct Writing<'a>(&'a Reads);

#[derive(Debug)]
struct Project {
    /// When it was asked for last.
    asked: Instant,
    first: String,
    list: Option<Arc<OnceCell<Listed>>>,
}

impl Reads {
    /// The way to answer a read of the rotation `id`.
    pub(super) fn way(&self, project: &str, id: &str) -> Way {
        let now = Instant::now();
        let mut projects = self.projects();
        match projects.get_mut(project) {
            Some(known) if known.serves(now) => {
                known.asked = now;
                if known.list.is_none() && known.first == id {
                    return Way::ById;
                }
                Way::ByList(known.list.get_or_insert_default().clone())
            }
            _ => {
                projects.insert(project.to_owned(), Project { asked: now, first: id.to_owned(), list: None });
                Way::ById
            }
        }
    }

    /// The project's list, which whoever comes first fills.
    pub(super) fn list(&self, project: &str) -> Arc<OnceCell<Listed>> {
        let now = Instant::now();
        let mut projects = self.projects();
        let unread = || Project { asked: now, first: String::new(), list: None };
        let known = projects.entry(project.to_owned()).or_insert_with(unread);
        if !known.serves(now) {
            *known = unread();
        }
        known.asked = now;
        known.list.get_or_insert_default().clone()
    }

    /// Announces a write: what was read is forgotten now, and again when the write is over, however it ends.
    pub(super) fn writing(&self) -> Writing<'_> {
        self.projects().clear();
        Writing(self)
    }

    fn projects(&self) -> MutexGuard<'_, BTreeMap<String, Project>> {
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Project {
    /// Whether what is known is young enough; a list that is still under way is.
    fn serves(&self, now: Instant) -> bool {
        let is_young =
            |listed: &Listed| now < self.asked.max(listed.at) + SERVES_FOR && now < listed.at + SERVES_AT_MOST;
        match &self.list {
            None => now < self.asked + SERVES_FOR,
            Some(list) => list.get().is_none_or(is_young),
        }
    }
}

impl Drop for Writing<'_> {
    fn drop(&mut self) {
        self.0.projects().clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::OnceCell;
    use tokio::time::Instant;

    use super::{Listed, Project, Reads, Way};

    #[test]
    fn a_list_serves_while_it_is_asked_for_but_not_for_ever() {
        let at = Instant::now();
        let seconds = |seconds| at + Duration::from_secs(seconds);
        let list = Arc::new(OnceCell::new_with(Some(Listed { rotations: Ok(BTreeMap::new()), at })));
        for (asked, now, serves) in
            [(0, 29, true), (0, 31, false), (25, 54, true), (25, 56, false), (290, 299, true), (299, 301, false)]
        {
            let project = Project { asked: seconds(asked), first: String::new(), list: Some(list.clone()) };
            assert_eq!(project.serves(seconds(now)), serves, "asked at {asked}, again at {now}");
        }
        let under_way = Project { asked: at, first: String::new(), list: Some(Arc::default()) };
        assert!(under_way.serves(seconds(1000)), "who asks for a list that is under way waits for it");
    }

    #[test]
    fn the_first_goes_by_id_and_all_others_share_one_list() {
        let reads = Reads::default();
        assert!(matches!(reads.way("p", "a"), Way::ById));
        let Way::ByList(list) = reads.way("p", "b") else { panic!("not by list") };
        let Way::ByList(same) = reads.way("p", "a") else { panic!("not by list") };
        assert!(Arc::ptr_eq(&list, &same));
        assert!(matches!(reads.way("q", "c"), Way::ById));
    }

    #[test]
    fn the_same_one_again_goes_by_id() {
        let reads = Reads::default();
        assert!(matches!(reads.way("p", "a"), Way::ById));
        assert!(matches!(reads.way("p", "a"), Way::ById));
    }

    #[test]
    fn who_wants_the_list_shares_it_with_those_who_want_one_of_it() {
        let reads = Reads::default();
        let list = reads.list("p");
        let Way::ByList(same) = reads.way("p", "a") else { panic!("not by list") };
        assert!(Arc::ptr_eq(&list, &same) && Arc::ptr_eq(&list, &reads.list("p")));
        assert!(!Arc::ptr_eq(&list, &reads.list("q")));
        drop(reads.writing());
        assert!(!Arc::ptr_eq(&list, &reads.list("p")));
    }

    #[test]
    fn a_write_drops_lists_when_it_begins_and_when_it_ends() {
        let reads = Reads::default();
        let list = |reads: &Reads| {
            reads.way("p", "a");
            match reads.way("p", "b") {
                Way::ByList(list) => list,
                Way::ById => panic!("not by list"),
            }
        };
        let before = list(&reads);
        let writing = reads.writing();
        let during = list(&reads);
        drop(writing);
        let after = list(&reads);
        assert!(!Arc::ptr_eq(&before, &during) && !Arc::ptr_eq(&during, &after));
    }
}
