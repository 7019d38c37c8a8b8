//! Every operation meets every fault. One table says what comes of it, and is compared as a whole.
//!
//! A cell is what the user sees, and how many requests of that operation reached the server (`n` is more than two):
//!
//! - `done`: success without a word; `adopted`: success, with the warning that the answer was lost;
//! - `gone`: taken for deleted, so that the next plan creates it;
//! - a status: an error that tells the server's refusal; `unreachable` and `time-out`: an error that tells this;
//! - `unsure`: an error that says that it is not known whether it was done, and what to look at;
//! - `-`: this fault can't meet this operation.
//!
//! After each cell what is in state is at the server; what is at the server is in state or named with its import
//! command; nothing was done twice; and doing it again, with nothing going wrong, leads to an empty plan.

mod faults;
mod operation;

use std::collections::{BTreeMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use infisical_sandbox::faults::{Effect, Fault as Injected, NotFound};
use plugin_driver::session::Action;

use crate::provider::{Provider, assert_clean, assert_lawful, words};
use crate::relay::Relay;
use crate::server::{Patience, Server};
use crate::{nobody, say};
use operation::{Operation, Outcome};

/// The matrix.
const EXPECTED: &str = include_str!("expected.txt");

/// How many cells are worked on at once: most of their time is spent waiting.
const WORKERS: usize = 12;

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_survives_every_fault() {
    let (operations, faults) = headings();
    let cells =
        faults.iter().flat_map(|fault| operations.iter().map(move |operation| (fault.clone(), operation.clone())));
    let queue = Mutex::new(cells.collect::<VecDeque<_>>());
    let worked = join_all((0..WORKERS).map(|_| work(&queue))).await;
    let outcomes: BTreeMap<_, _> = worked.into_iter().flatten().collect();
    let actual = table(&operations, &faults, &outcomes);
    let met = outcomes.values().filter(|outcome| *outcome != "-").count();
    say(&format!("{actual}\nfigure: fault matrix: {met} cells"));
    assert_eq!(actual, EXPECTED, "the matrix differs:\n{}", differences(&actual));
}

async fn work(queue: &Mutex<VecDeque<(String, String)>>) -> BTreeMap<(String, String), String> {
    let mut provider = in_order().await;
    let mut outcomes = BTreeMap::new();
    loop {
        let next = queue.lock().unwrap().pop_front();
        let Some((fault, operation)) = next else { return outcomes };
        let outcome = AssertUnwindSafe(cell(&mut provider, &operation, &fault)).catch_unwind().await;
        if outcome.is_err() {
            provider = in_order().await;
        }
        outcomes.insert((fault, operation), outcome.unwrap_or_else(|_| "FAILED".to_owned()));
    }
}

/// A provider whose resources are worked on one after the other, so that each request has its place in the story.
async fn in_order() -> Provider {
    let mut provider = Provider::start().await;
    provider.core.set_parallelism(1);
    provider
}

/// Lets an operation meet a fault, and says what came of it.
async fn cell(provider: &mut Provider, operation: &str, fault: &str) -> String {
    let name = format!("{operation} x {fault}");
    let (operation, fault) = (Operation::named(operation), faults::named(fault));
    let server = Server::start();
    provider.reset(&server.block(Patience::AMPLE));
    operation.prepare(provider).await;
    server.core().requests.clear();

    // The fault.
    let (method, route) = operation.request();
    let mut relay = None;
    let url = match &fault.effect {
        Some(effect) => {
            let injected = Injected::once(method, route, effect.clone());
            server.core().faults.add(if fault.always { injected.always() } else { injected });
            server.core().url.clone()
        }
        None => match operation.comes_after() {
            Some(plan) => relay.insert(Relay::start(server.address(), plan)).url(),
            None => nobody(),
        },
    };
    provider.core.configure(&crate::server::block(&url, fault.patience)).unwrap();
    let outcome = operation.act(provider).await;
    let requests = server.count(|asked, path| asked == method && same_route(route, path));
    if let Some(waiting) = server.core().faults.list().first().filter(|_| !fault.always) {
        assert_eq!(waiting.matched, 0, "{name}: the fault has been avoided");
        return "-".to_owned();
    }
    server.core().faults.clear();
    drop(relay);

    // What it left behind.
    let told = words(&outcome.report);
    let word = outcome.word(&name);
    if fault.effect == Some(Effect::NotFound(NotFound::Entity)) && operation.destroys() {
        // The server has said so; it is made true.
        server.core().write(|state| {
            state.rotations.clear();
            state.secrets.clear();
        });
    }
    for rotation in server.rotations() {
        let is_named = told.contains(&rotation.id) && told.contains("terraform import");
        assert!(provider.ids().contains(&rotation.id) || is_named || word == "gone", "{name}: an orphan: {told}");
    }
    provider.assert_true_to(&server, &name);
    assert!(server.issued() <= operation.issued(), "{name}: done twice");

    // Once more, with nothing going wrong.
    provider.core.configure(&server.block(Patience::AMPLE)).unwrap();
    assert_clean(&operation.converge(provider).await, &format!("{name}: once more"));
    provider.assert_true_to(&server, &format!("{name}: in the end"));
    let wanted = provider.configuration(&operation.wanted());
    for (address, planned) in provider.core.plan_all(&wanted).await.unwrap() {
        assert_clean(&planned.report, &name);
        assert_eq!(planned.action, Some(Action::NoOp), "{name}: the plan of {address} is not empty");
    }
    assert_eq!(server.rotations().len(), wanted.len(), "{name}: in the end");
    assert_eq!(server.issued(), operation.issued(), "{name}: credentials issued in the end");
    let written: u32 = server.rotations().iter().map(|rotation| server.written(rotation)).sum();
    assert!(
        operation.destroys() || usize::try_from(written) == Ok(server.issued()),
        "{name}: secrets written {written}"
    );
    // How often a patient client asks in vain depends on chance: its waits are jittered.
    let requests = if requests > 2 { "n".to_owned() } else { requests.to_string() };
    format!("{word} {requests}")
}

impl Outcome {
    /// The word of the table for this.
    fn word(&self, name: &str) -> String {
        assert_lawful(&self.report, name);
        let words = words(&self.report);
        let says = |texts: &[&str]| texts.iter().any(|text| words.contains(text));
        if !self.report.has_errors() {
            return match self.action {
                _ if says(&["although the answer was lost"]) => "adopted",
                Some(Action::Create) if name.starts_with("read") || name.starts_with("list") => "gone",
                _ if words.is_empty() => "done",
                _ => panic!("{name}: unexpected words: {words}"),
            }
            .to_owned();
        }
        if says(&["no conclusive answer", "isn't known whether", "is still there after a deletion"]) {
            return "unsure".to_owned();
        }
        if says(&["can't be reached"]) {
            return "unreachable".to_owned();
        }
        if says(&["no answer within"]) {
            return "time-out".to_owned();
        }
        let status = words.split("answered ").nth(1).and_then(|rest| rest.get(..3));
        let is_status = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
        if words.contains("refused `name`") && words.contains("Not today") {
            return "422".to_owned();
        }
        status.filter(is_status).unwrap_or_else(|| panic!("{name}: no word for {words}")).to_owned()
    }
}

fn same_route(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(given)) if wanted == given || wanted.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// The names of the operations and of the faults, as the table has them.
fn headings() -> (Vec<String>, Vec<String>) {
    let mut rows = EXPECTED.lines().map(|line| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>());
    let operations = rows.next().unwrap().split_off(1);
    (operations, rows.map(|mut row| row.swap_remove(0)).collect())
}

fn table(operations: &[String], faults: &[String], outcomes: &BTreeMap<(String, String), String>) -> String {
    let line = |first: &str, cells: Vec<&str>| {
        let cells = cells.iter().map(|cell| format!("{cell:<13}")).collect::<Vec<_>>().join("| ");
        format!("{first:<22}| {cells}").trim_end().to_owned() + "\n"
    };
    let head = line("", operations.iter().map(String::as_str).collect());
    let body = faults.iter().map(|fault| {
        let cells = operations.iter().map(|operation| outcomes[&(fault.clone(), operation.clone())].as_str());
        line(fault, cells.collect())
    });
    std::iter::once(head).chain(body).collect()
}

fn differences(actual: &str) -> String {
    let pairs = EXPECTED.lines().zip(actual.lines()).filter(|(expected, actual)| expected != actual);
    pairs.map(|(expected, actual)| format!("- {expected}\n+ {actual}")).collect::<Vec<_>>().join("\n")
}
