//! What Core accepts as the outcome of a plan: of an apply, and of planning again with more values known.

use super::checks::{Findings, join, length, show};
use crate::rule::{Rule, Violation};
use crate::schema::{Block, NestedBlock, Nesting};
use crate::value::refinement::Promise;
use crate::value::{Path, Value};

/// Checks the state after an apply against the plan.
pub fn check_apply(block: &Block, planned: &Value, actual: &Value) -> Vec<Violation> {
    let mut findings = Findings::new("ApplyResourceChange");
    findings.object(block, planned, actual, &Path::root());
    findings.violations
}

/// Checks a plan with more values known against the first plan.
pub fn check_final_plan(block: &Block, first: &Value, last: &Value) -> Vec<Violation> {
    let mut findings = Findings::new("PlanResourceChange");
    findings.object(block, first, last, &Path::root());
    for violation in &mut findings.violations {
        violation.detail = format!("{}: {}", violation.rule, violation.detail);
        violation.rule = Rule::FinalPlanValue;
    }
    findings.violations
}

impl Findings {
    fn object(&mut self, block: &Block, planned: &Value, actual: &Value, path: &Path) {
        if planned.is_null() != actual.is_null() {
            let detail = format!("was {}, but now {}", presence(planned), presence(actual));
            let rule = if path.0.is_empty() { Rule::ApplyRootAbsent } else { Rule::ApplyBlockCount };
            self.add(rule, path, detail);
            return;
        }
        if planned.is_null() || planned.is_unknown() {
            return;
        }
        for (name, attribute) in &block.attributes {
            if let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) {
                self.value(planned, actual, &path.attribute(name), attribute.sensitive);
            }
        }
        for (name, nested) in &block.blocks {
            if let (Some(planned), Some(actual)) = (planned.get(name), actual.get(name)) {
                self.nested_blocks(nested, planned, actual, &path.attribute(name));
            }
        }
    }

    fn nested_blocks(&mut self, nested: &NestedBlock, planned: &Value, actual: &Value, path: &Path) {
        // An unknown number of blocks may have become any number, none included.
        if planned.is_unknown() || actual.is_unknown() {
            return;
        }
        match nested.nesting {
            Nesting::Single | Nesting::Group => self.object(&nested.block, planned, actual, path),
            _ if planned.is_null() || actual.is_null() => {}
            Nesting::Set => {
                let fits = |planned: &Value, actual: &Value| {
                    let mut findings = Findings::new(self.call);
                    findings.object(&nested.block, planned, actual, &Path::root());
                    findings.violations.is_empty()
                };
                let problem = set_problem(planned, actual, &fits);
                if let Some(problem) = problem {
                    self.add(Rule::ApplyBlockCount, path, problem);
                }
            }
            Nesting::List | Nesting::Map => {
                if self.same_members(Rule::ApplyBlockCount, planned, actual, path) {
                    for ((steps, planned), (_, actual)) in
                        nested.nesting.objects(planned).into_iter().zip(nested.nesting.objects(actual))
                    {
                        self.object(&nested.block, planned, actual, &join(path, &steps));
                    }
                }
            }
        }
    }

    fn value(&mut self, planned: &Value, actual: &Value, path: &Path, sensitive: bool) {
        let changed = |findings: &mut Self| {
            let detail = format!("was {}, but now {}", show(planned, sensitive), show(actual, sensitive));
            findings.add(Rule::ApplyValueChanged, path, detail);
        };
        match (planned, actual) {
            (Value::Unknown(refinement), actual) => {
                if let Some(broken) = Promise::read(refinement).broken_by(actual) {
                    self.add(Rule::ApplyRefinement, path, broken);
                }
            }
            (Value::Null, Value::Null) => {}
            (Value::Null, _) | (_, Value::Null | Value::Unknown(_)) => changed(self),
            (Value::Dynamic(planned_kind, planned), Value::Dynamic(actual_kind, actual)) => {
                if planned_kind == actual_kind || planned.is_unknown() {
                    self.value(planned, actual, path, sensitive);
                } else {
                    changed(self);
                }
            }
            (Value::Set(_), Value::Set(_)) => {
                let fits = |planned: &Value, actual: &Value| {
                    let mut findings = Findings::new(self.call);
                    findings.value(planned, actual, &Path::root(), sensitive);
                    findings.violations.is_empty()
                };
                let problem = set_problem(planned, actual, &fits);
                if let Some(problem) = problem {
                    self.add(Rule::ApplySetElements, path, problem);
                }
            }
            (
                Value::List(_) | Value::Tuple(_) | Value::Map(_) | Value::Object(_),
                Value::List(_) | Value::Tuple(_) | Value::Map(_) | Value::Object(_),
            ) => {
                if self.same_members(Rule::ApplyElements, planned, actual, path) {
                    for ((step, planned), (_, actual)) in planned.parts().into_iter().zip(actual.parts()) {
                        self.value(planned, actual, &path.then(step), sensitive);
                    }
                }
            }
            (planned, actual) if planned == actual => {}
            _ => changed(self),
        }
    }
}

fn presence(value: &Value) -> &'static str {
    if value.is_null() { "absent" } else { "present" }
}

/// Elements of sets have no name: each planned one must have become some actual one, and each actual one must come from
/// some planned one. Several may have become one.
fn set_problem(planned: &Value, actual: &Value, fits: &dyn Fn(&Value, &Value) -> bool) -> Option<String> {
    let (before, after) = (planned.parts(), actual.parts());
    if length(actual) > length(planned) {
        return Some(format!("length changed from {} to {}", before.len(), after.len()));
    }
    let lost = before.iter().any(|(_, planned)| !after.iter().any(|(_, actual)| fits(planned, actual)));
    let new = after.iter().any(|(_, actual)| !before.iter().any(|(_, planned)| fits(planned, actual)));
    match (lost, new) {
        (false, false) => None,
        (true, _) => Some("a planned element corresponds to no actual one".to_owned()),
        (false, true) => Some("an actual element corresponds to no planned one".to_owned()),
    }
}
