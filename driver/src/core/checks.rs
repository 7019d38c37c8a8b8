//! Small things that the rules of plan and apply share.

use crate::rule::{Rule, Violation};
use crate::value::{Path, Value};

/// Collects violations of one call.
pub(super) struct Findings {
    pub(super) call: &'static str,
    pub(super) violations: Vec<Violation>,
}

impl Findings {
    pub(super) fn new(call: &'static str) -> Self {
        Self { call, violations: Vec::new() }
    }

    pub(super) fn add(&mut self, rule: Rule, path: &Path, detail: impl Into<String>) {
        self.violations.push(Violation::new(rule, self.call, path, detail));
    }

    /// Reports each member of one collection that the other one lacks; tells whether there was none.
    pub(super) fn same_members(&mut self, rule: Rule, wanted: &Value, actual: &Value, path: &Path) -> bool {
        let (missing, added) = (vanished(wanted, actual), vanished(actual, wanted));
        for steps in &missing {
            self.add(rule, &join(path, steps), "has vanished");
        }
        for steps in &added {
            self.add(rule, &join(path, steps), "has appeared");
        }
        missing.is_empty() && added.is_empty()
    }
}

/// Describes a value in a violation. Values of sensitive attributes are not shown.
pub(super) fn show(value: &Value, sensitive: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        value if value.is_unknown() => "unknown".to_owned(),
        _ if sensitive => "a sensitive value".to_owned(),
        value => crate::value::json::to_json(value).to_string(),
    }
}

/// Returns a part of a value; all parts of what is null are null, of what is unknown unknown.
pub(super) fn part<'a>(value: &'a Value, name: &str) -> &'a Value {
    match value {
        Value::Unknown(_) => value,
        value => value.get(name).unwrap_or(&Value::Null),
    }
}

/// Returns the element that a step leads to, null where there is none.
pub(super) fn element<'a>(collection: &'a Value, steps: &Path) -> &'a Value {
    match collection {
        Value::Unknown(_) => collection,
        collection => collection.at(steps).unwrap_or(&Value::Null),
    }
}

/// Returns how many elements a known collection has.
pub(super) fn length(value: &Value) -> usize {
    value.parts().len()
}

pub(super) fn join(path: &Path, more: &Path) -> Path {
    Path(path.0.iter().chain(&more.0).cloned().collect())
}

fn vanished(from: &Value, to: &Value) -> Vec<Path> {
    let there: Vec<_> = to.parts().into_iter().map(|(step, _)| step).collect();
    let steps = from.parts().into_iter().map(|(step, _)| step).filter(|step| !there.contains(step));
    steps.map(|step| Path(vec![step])).collect()
}
