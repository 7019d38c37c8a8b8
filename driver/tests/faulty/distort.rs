//! What the faults do to values and diagnostics.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::{Refinement, Value};

use super::Fault;
use super::planning::grown;

impl Fault {
    /// Leaves something unknown, or a secret behind.
    pub(super) fn spoil(self, value: Value, unknown: Fault, write_only: Fault) -> Value {
        match self {
            _ if value.get("note").is_none() => value,
            fault if fault == unknown => value.with("note", Value::unknown()),
            fault if fault == write_only => value.with("secret", Value::from("leaked")),
            _ => value,
        }
    }

    /// Distorts a plan.
    pub(super) fn distort_plan(self, planned: Value, replan: bool) -> Value {
        let element = |kind: &str| Value::object([(kind, Value::from("new"))]);
        match self {
            Fault::PlanNull => Value::Null,
            Fault::PlanWriteOnly => planned.with("secret", Value::from("leaked")),
            Fault::PlanBlocksNull => planned.with("zone", Value::Null),
            Fault::PlanGroupNull => planned.with("group", Value::Null),
            Fault::PlanFillsOptional => planned.with("size", Value::from(5)),
            Fault::PlanChangesName => planned.with("name", Value::from("another")),
            Fault::PlanForgetsName => planned.with("name", Value::unknown()),
            Fault::PlanNestedNull => planned.with("settings", Value::Null),
            Fault::PlanNestedUnknown => planned.with("settings", Value::unknown()),
            Fault::PlanNestedChild => planned.with("steps[0].key", Value::from("another")),
            Fault::PlanElementAdded => grown(&planned, "steps", &element("key").with("result", Value::Null)),
            Fault::PlanKeyLost => planned.with("routes", Value::Map(BTreeMap::new())),
            Fault::PlanSetElementLost => planned.with("members", Value::Set(BTreeSet::new())),
            Fault::PlanBlockAdded => {
                grown(&planned, "rule", &Value::object([("port", Value::Null), ("state", Value::Null)]))
            }
            Fault::PlanBlockKeyLost => planned.with("mapped", Value::Map(BTreeMap::new())),
            Fault::PlanBlockUnknown => planned.with("rule[0]", Value::unknown()),
            Fault::PlanBlocksUnknown => planned.with("rule", Value::unknown()),
            Fault::ReplanChanges => planned.with("note", Value::from(if replan { "last" } else { "first" })),
            Fault::ApplyBreaksPromise if planned.get("note").is_some_and(Value::is_unknown) => {
                let promise = Bytes::from_static(&[0x81, 2, 0xa2, b'x', b'-']);
                planned.with("note", Value::Unknown(Refinement(Some(promise))))
            }
            _ => planned,
        }
    }

    /// Distorts what was made.
    pub(super) fn distort_applied(self, applied: Value) -> Value {
        let text = |texts: &[&str]| Value::Set(texts.iter().map(|text| Value::from(*text)).collect());
        match self {
            Fault::ApplyNull => Value::Null,
            Fault::ApplyChangesName => applied.with("name", Value::from("another")),
            Fault::ApplyForgetsName => applied.with("name", Value::Null),
            Fault::ApplyAddsOptional => applied.with("size", Value::from(5)),
            Fault::ApplyElementAdded => grown(&applied, "ports", &Value::from(9)),
            Fault::ApplyKeyLost => applied.with("labels", Value::Map(BTreeMap::new())),
            Fault::ApplySetGrows => applied.with("tags", text(&["a", "b", "c"])),
            Fault::ApplySetDiffers => applied.with("tags", text(&["a", "z"])),
            Fault::ApplyBlockAdded => {
                grown(&applied, "rule", &Value::object([("port", Value::Null), ("state", Value::Null)]))
            }
            Fault::ApplyBlockSetDiffers => {
                applied.with("zone", Value::Set(BTreeSet::from([Value::object([("name", Value::from("z"))])])))
            }
            Fault::ApplyAttributeMissing => match applied {
                Value::Object(mut members) => {
                    members.remove("note");
                    Value::Object(members)
                }
                other => other,
            },
            Fault::ApplyAttributeTooMany => applied.with("surprise", Value::from("x")),
            _ => self.spoil(applied, Fault::ApplyUnknown, Fault::ApplyWriteOnly),
        }
    }

    /// Returns a diagnostic with the fault in it.
    pub(super) fn diagnostic(self) -> Option<wire::Diagnostic> {
        let mut diagnostic = wire::Diagnostic { summary: "A warning".to_owned(), ..wire::Diagnostic::default() };
        diagnostic.set_severity(wire::diagnostic::Severity::Warning);
        match self {
            Fault::DiagnosticNoSeverity => diagnostic.set_severity(wire::diagnostic::Severity::Invalid),
            Fault::DiagnosticNoSummary => diagnostic.summary.clear(),
            Fault::DiagnosticLongSummary => diagnostic.summary = "long ".repeat(30),
            Fault::DiagnosticNowhere => diagnostic.attribute = Some(path("nothing")),
            Fault::DiagnosticColours => diagnostic.detail = "\u{1b}[31mred".into(),
            _ => return None,
        }
        Some(diagnostic)
    }
}

/// Names an attribute of the root.
pub(super) fn path(name: &str) -> wire::AttributePath {
    use wire::attribute_path::{Step, step::Selector};
    wire::AttributePath { steps: vec![Step { selector: Some(Selector::AttributeName(name.to_owned())) }] }
}
