//! What Core accepts as a plan.

use std::collections::BTreeMap;

use super::checks::{Findings, element, join, length, part, show};
use crate::rule::{Rule, Violation};
use crate::schema::{Attribute, Block, NestedBlock, Nesting, Shape};
use crate::value::{Path, Value};

const CALL: &str = "PlanResourceChange";

/// Is the three values that are compared in each place.
#[derive(Clone, Copy)]
struct Place<'a> {
    prior: &'a Value,
    config: &'a Value,
    planned: &'a Value,
    computed_blocks: bool,
}

impl<'a> Place<'a> {
    fn part(self, name: &str) -> Self {
        Self {
            prior: part(self.prior, name),
            config: part(self.config, name),
            planned: part(self.planned, name),
            ..self
        }
    }

    fn element(self, steps: &Path, planned: &'a Value) -> Self {
        Self { prior: element(self.prior, steps), config: element(self.config, steps), planned, ..self }
    }
}

/// Checks a plan against the prior state and the configuration. Only clients that say so accept blocks which the provider
/// fills in.
pub fn check_plan(
    block: &Block,
    prior: &Value,
    config: &Value,
    planned: &Value,
    computed_blocks: bool,
) -> Vec<Violation> {
    let mut findings = Findings::new(CALL);
    findings.block(block, Place { prior, config, planned, computed_blocks }, &Path::root());
    findings.violations
}

/// Returns those of the paths that make Core replace the object, and reports those that lead nowhere.
pub fn effective_replacements(
    block: &Block,
    prior: &Value,
    planned: &Value,
    paths: &[Path],
) -> (Vec<Path>, Vec<Violation>) {
    let mut findings = Findings::new(CALL);
    let mut effective = Vec::new();
    if prior.is_null() {
        return (effective, findings.violations);
    }
    for path in paths {
        let (before, after) = (prior.at(path), planned.at(path));
        let write_only = block.attribute_at(path).is_some_and(|attribute| attribute.write_only);
        match (before, after) {
            (None, None) => findings.add(Rule::ReplacePathMissing, path, "neither before nor after"),
            (before, after) => {
                let (before, after) = (before.unwrap_or(&Value::Null), after.unwrap_or(&Value::Null));
                if write_only || before != after || !after.is_wholly_known() {
                    effective.push(path.clone());
                }
            }
        }
    }
    (effective, findings.violations)
}

impl Findings {
    fn block(&mut self, block: &Block, place: Place<'_>, path: &Path) {
        let Place { config, planned, .. } = place;
        if planned.is_null() != config.is_null() {
            let detail = format!("planned {}, configured {}", show(planned, true), show(config, true));
            self.add(Rule::PlanNullness, path, detail);
        }
        if planned.is_null() || config.is_null() {
            return;
        }
        self.attributes(&block.attributes, place, path);
        for (name, nested) in &block.blocks {
            self.blocks(nested, place.part(name), &path.attribute(name));
        }
    }

    fn attributes(&mut self, attributes: &BTreeMap<String, Attribute>, place: Place<'_>, path: &Path) {
        for (name, attribute) in attributes {
            self.attribute(attribute, place.part(name), &path.attribute(name));
        }
    }

    fn attribute(&mut self, attribute: &Attribute, place: Place<'_>, path: &Path) {
        let Place { prior, config, planned, .. } = place;
        if planned.same(config) {
            return;
        }
        // The sanctioned way to say that the configuration differs from the prior value in its spelling only.
        if planned.same(prior) && !prior.is_null() && !config.is_null() {
            return;
        }
        // A value here is reported with the answer itself.
        if attribute.write_only {
            return;
        }
        if config.is_null() {
            if !attribute.computed {
                self.add(Rule::PlanNonComputed, path, format!("planned {}", show(planned, attribute.sensitive)));
            }
            return;
        }
        match &attribute.shape {
            Shape::Nested(nesting, attributes) => self.nested(*nesting, attributes, place, path),
            Shape::Plain(_) => {
                let rule = if planned.is_unknown() { Rule::PlanUnknown } else { Rule::PlanMatchesConfig };
                let [planned, config, prior] = [planned, config, prior].map(|value| show(value, attribute.sensitive));
                self.add(rule, path, format!("planned {planned}, configured {config}, before {prior}"));
            }
        }
    }

    fn nested(&mut self, nesting: Nesting, attributes: &BTreeMap<String, Attribute>, place: Place<'_>, path: &Path) {
        let Place { config, planned, .. } = place;
        if planned.is_null() || planned.is_unknown() {
            self.add(Rule::PlanNestedWhole, path, format!("planned {} for a configured value", show(planned, true)));
            return;
        }
        if config.is_unknown() {
            self.add(Rule::PlanNestedWhole, path, "planned known for an unknown value");
            return;
        }
        match nesting {
            Nesting::Single | Nesting::Group => self.attributes(attributes, place, path),
            Nesting::Set => {
                if length(planned) != length(config) {
                    let detail = format!("{} planned, {} configured", length(planned), length(config));
                    self.add(Rule::PlanNestedElements, path, detail);
                }
            }
            Nesting::List | Nesting::Map => {
                if !self.same_members(Rule::PlanNestedElements, config, planned, path) {
                    return;
                }
                for (steps, object) in nesting.objects(planned) {
                    let (place, path) = (place.element(&steps, object), join(path, &steps));
                    if place.planned.same(place.config) {
                        continue;
                    }
                    if object.is_null() || object.is_unknown() {
                        self.add(Rule::PlanNestedWhole, &path, format!("planned {}", show(object, true)));
                    } else {
                        self.attributes(attributes, place, &path);
                    }
                }
            }
        }
    }

    fn blocks(&mut self, nested: &NestedBlock, place: Place<'_>, path: &Path) {
        let Place { config, planned, .. } = place;
        if planned.same(config) {
            return;
        }
        if config.is_unknown() || planned.is_unknown() {
            self.add(Rule::PlanBlockUnknown, path, format!("planned {}", show(planned, true)));
            return;
        }
        // The client said that it takes blocks which the provider fills in; what is in them is then free.
        if place.computed_blocks && nested.block.computed && nested.nesting.objects(config).is_empty() {
            return;
        }
        match nested.nesting {
            Nesting::Single | Nesting::Group => self.block(&nested.block, place, path),
            // A null set is reported with the answer itself, and elements of sets have nothing to be correlated by.
            Nesting::Set => {}
            Nesting::List | Nesting::Map => {
                if planned.is_null() || !self.same_members(Rule::PlanBlockCount, config, planned, path) {
                    return;
                }
                for (steps, object) in nested.nesting.objects(planned) {
                    let (place, path) = (place.element(&steps, object), join(path, &steps));
                    if object.is_unknown() && !place.config.is_unknown() {
                        self.add(Rule::PlanBlockUnknown, &path, "an unknown element");
                    } else {
                        self.block(&nested.block, place, &path);
                    }
                }
            }
        }
    }
}
