//! What processes use, as the system accounts for it: memory, processor time, and both for the processes below one.
//!
//! The accounts are read under `/proc`; where a system has none, times by the clock are all that there is.

use std::fs;
use std::io;
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

/// The length of one of the ticks in which Linux shows processor time, on every architecture.
const TICK: Duration = Duration::from_millis(10);
/// How often a running command is looked at. The peak that is read is the system's own, so nothing in between is missed
/// but what a process takes within this time before its end.
const INTERVAL: Duration = Duration::from_millis(5);

/// The memory of a process, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// What is resident now.
    pub(super) resident: u64,
    /// The most that has been resident so far.
    pub(super) peak: u64,
}

impl Memory {
    /// The memory of the process `id`.
    pub(super) fn of(id: u32) -> Option<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{id}/status")).ok()?)
    }

    fn read(status: &str) -> Option<Self> {
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1024)
        };
        Some(Self { resident: field("VmRSS:")?, peak: field("VmHWM:")? })
    }
}

/// The processor time that the process `id` has used so far.
pub(super) fn processor_time(id: u32) -> Option<Duration> {
    Account::of(id).map(|account| account.own)
}

/// What a command and the processes below it used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// How the command ended.
    pub(super) status: ExitStatus,
    /// How long it took.
    pub(super) wall: Duration,
    /// The processor time of the command itself.
    pub(super) own: Option<Duration>,
    /// The processor time of all processes that it started.
    pub(super) children: Option<Duration>,
    /// The most memory that one of those has used.
    pub(super) children_peak: Option<u64>,
}

/// Runs a command to its end and watches what it uses.
pub(super) fn watch(command: &mut Command) -> io::Result<Usage> {
    let start = Instant::now();
    let mut child = command.spawn()?;
    let mut children_peak = None;
    // Until it is waited for, an ended process keeps its account, with the accounts of those that it has waited for.
    let account = loop {
        match Account::of(child.id()) {
            Some(account) if account.has_ended => break Some(account),
            Some(_) => {}
            None => break None,
        }
        let peaks = programs_below(child.id()).into_iter().filter_map(Memory::of).map(|memory| memory.peak);
        children_peak = children_peak.max(peaks.max());
        thread::sleep(INTERVAL);
    };
    let status = child.wait()?;
    Ok(Usage {
        status,
        wall: start.elapsed(),
        own: account.map(|account| account.own),
        children: account.map(|account| account.children),
        children_peak,
    })
}

/// The other programs that the process `id` has started and not yet waited for. A child that is still to become another
/// program is left out: until then it shows the memory of its parent.
fn programs_below(id: u32) -> Vec<u32> {
    let program = |id: u32| fs::read_link(format!("/proc/{id}/exe")).ok();
    let own = program(id);
    children(id).into_iter().filter(|child| program(*child).is_some_and(|program| Some(program) != own)).collect()
}

fn children(id: u32) -> Vec<u32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{id}/task")) else { return Vec::new() };
    let lists = threads.flatten().filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

/// What the system has booked on a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Account {
    has_ended: bool,
    own: Duration,
    children: Duration,
}

impl Account {
    fn of(id: u32) -> Option<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// Reads `/proc/<id>/stat`: the name in parentheses may hold anything, so the fields are counted from its end.
    fn read(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks = |number: usize| fields.get(number)?.parse::<u32>().ok();
        let time = |user: usize, system: usize| Some(TICK * (ticks(user)? + ticks(system)?));
        let has_ended = matches!(*fields.first()?, "Z" | "X");
        Some(Self { has_ended, own: time(11, 12)?, children: time(13, 14)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_read_whatever_the_program_is_called() {
        let stat = "4711 (a) Z (b)) S 1 4711 4711 0 -1 4194304 10 20 0 0 150 25 310 40 20 0 7 0 99 100 5 18446744";
        let account = Account::read(stat).unwrap();
        assert_eq!(account.own, Duration::from_millis(1750));
        assert_eq!(account.children, Duration::from_millis(3500));
        assert!(!account.has_ended);
        assert!(Account::read("4711 (a) Z 1 1 1 0 -1 0 0 0 0 0 1 2 3 4 20").unwrap().has_ended);
        assert_eq!(Account::read("4711 (a"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tp\nVmPeak:\t  99 kB\nVmHWM:\t    6000 kB\nVmRSS:\t    5000 kB\nThreads:\t3\n";
        assert_eq!(Memory::read(status), Some(Memory { resident: 5_120_000, peak: 6_144_000 }));
        assert_eq!(Memory::read("Name:\tzombie\n"), None);
    }

    #[test]
    fn a_command_is_watched_to_its_end() {
        let usage = watch(Command::new("sh").args(["-c", "exit 3"])).unwrap();
        assert_eq!(usage.status.code(), Some(3));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_its_children_use_is_theirs() {
        let script = "(i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done); exit 0";
        let usage = watch(Command::new("sh").args(["-c", script])).unwrap();
        assert!(usage.status.success());
        assert!(usage.children.unwrap() > usage.own.unwrap(), "{usage:?}");
    }
}
