//! Judges the configuration of a rotation offline, exactly as the API would judge the request made from it.
//!
//! Everything wrong is told at once, in the order of the documentation, each with its attribute. What is not known yet
//! is not judged: Terraform validates again when it is. Values are never repeated in messages, since any of them may
//! come from a secret.

mod rules;

use super::normalise::normalise;
use crate::catalog::base;
use crate::catalog::checks::{self, Complaint};
use crate::catalog::table::{Field, Kind, List, Object, Type};
use crate::terraform::{AttributePath, Diagnostic, Diagnostics, Number, Value};

/// Judges a configuration by every rule that holds at any time.
pub fn validate(kind: &Kind, config: &Value) -> Diagnostics {
    let mut judge = Judge::default();
    if config.as_map().is_none() {
        return judge.diagnostics;
    }
    judge.members(base::FIELDS, config, &AttributePath::root());
    for (name, object) in [("parameters", kind.parameters), ("secrets_mapping", Object::of(kind.secrets))] {
        judge.present(config.get(name), &AttributePath::of(name), |judge, value, path| {
            judge.object(&object, value, path);
        });
    }
    judge.members(kind.temporary, config.get("temporary_parameters"), &AttributePath::of("temporary_parameters"));
    for rule in base::RULES.iter().chain(kind.rules) {
        judge.rule(rule, &|path| kind.members(path), config, &AttributePath::root());
    }
    judge.diagnostics
}

/// Judges a configuration by the rules that only a creation can break. The plan of a creation or a replacement calls
/// it: afterwards nobody has to supply what was needed once.
pub fn validate_creation(kind: &Kind, config: &Value) -> Diagnostics {
    let mut judge = Judge::default();
    for rule in kind.rules {
        judge.creation_rule(rule, &|path| kind.members(path), config);
    }
    judge.diagnostics
}

/// Collects complaints while it walks through a configuration.
#[derive(Default)]
struct Judge {
    diagnostics: Diagnostics,
}

impl Judge {
    fn complain(&mut self, complaint: &Complaint, path: &AttributePath) {
        let detail = format!("`{path}` {complaint}.");
        let diagnostic = if complaint.is_warning() {
            Diagnostic::warning(complaint.title(), detail)
        } else {
            Diagnostic::error(complaint.title(), detail)
        };
        self.diagnostics.push(diagnostic.at(path.clone()));
    }

    /// Judges a value that must be there; one that is not known yet is left alone.
    fn present(&mut self, value: &Value, path: &AttributePath, judge: impl FnOnce(&mut Self, &Value, &AttributePath)) {
        match value {
            Value::Null => self.complain(&Complaint::Missing, path),
            Value::Unknown(_) => {}
            known => judge(self, known, path),
        }
    }

    fn object(&mut self, object: &Object, value: &Value, path: &AttributePath) {
        self.members(object.fields, value, path);
        for rule in object.rules {
            self.rule(rule, &|path| object.members(path), value, path);
        }
    }

    fn members(&mut self, fields: &'static [Field], value: &Value, path: &AttributePath) {
        if value.as_map().is_none() {
            return;
        }
        for field in fields {
            let member = value.get(field.name);
            let path = path.attribute(field.name);
            if !member.is_null() || field.is_required() {
                self.present(member, &path, |judge, value, path| judge.value(&field.shape, value, path));
            }
        }
    }

    /// Judges a known value. One of another type than the schema's can't get here.
    fn value(&mut self, shape: &Type, value: &Value, path: &AttributePath) {
        match shape {
            Type::Text(rules) => {
                for complaint in value.as_str().map(|text| checks::text(rules, text)).unwrap_or_default() {
                    self.complain(&complaint, path);
                }
            }
            Type::Choice(values) => self.judged(value.as_str().and_then(|text| checks::choice(values, text)), path),
            Type::NumberChoice(values) => {
                self.judged(value.as_number().and_then(|number| checks::number_choice(values, number.as_i64())), path);
            }
            Type::Number(rules) => {
                let judged = |number: &Number| checks::number(rules, number.to_f64(), number.is_whole());
                self.judged(value.as_number().and_then(judged), path);
            }
            Type::Flag => {}
            Type::List(rules) => self.list(rules, value.as_list().unwrap_or_default(), path),
            Type::Object(object) => self.object(object, value, path),
        }
    }

    fn judged(&mut self, complaint: Option<Complaint>, path: &AttributePath) {
        if let Some(complaint) = complaint {
            self.complain(&complaint, path);
        }
    }

    fn list(&mut self, rules: &List, elements: &[Value], path: &AttributePath) {
        self.judged(checks::list_length(rules, elements.len()), path);
        for (index, element) in elements.iter().enumerate() {
            self.present(element, &path.index(index), |judge, value, path| judge.value(rules.item, value, path));
        }
        self.judged(repetition(rules, elements), path);
    }
}

/// Finds the first element that repeats an earlier one where elements must differ.
fn repetition(rules: &List, elements: &[Value]) -> Option<Complaint> {
    if rules.unique_by.is_empty() {
        return None;
    }
    let key = |element: &Value| {
        let stored = normalise(rules.item, element);
        let key: Vec<_> = rules.unique_by.iter().map(|member| stored.get(member).clone()).collect();
        key.iter().all(|member| !member.is_null() && member.is_wholly_known()).then_some(key)
    };
    let keys: Vec<_> = elements.iter().map(key).collect();
    keys.iter().enumerate().find_map(|(second, key)| {
        let first = keys[..second].iter().position(|earlier| key.is_some() && earlier == key)?;
        Some(Complaint::Repeated { first, second })
    })
}
