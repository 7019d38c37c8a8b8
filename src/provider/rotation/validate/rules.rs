//! The rules between fields.

use super::Judge;
use crate::catalog::checks::{self, Complaint};
use crate::catalog::table::{Field, Literal, Rule, Type};
use crate::terraform::{AttributePath, Number, Value};

/// Tells the members of the object at a path of names below the place where a rule is attached.
type Members<'a> = &'a dyn Fn(&[&str]) -> &'static [Field];

impl Judge {
    /// Judges by a rule that holds at any time. `value` and `path` are of the place where the rule is attached.
    pub(super) fn rule(&mut self, rule: &Rule, members: Members<'_>, value: &Value, path: &AttributePath) {
        match *rule {
            Rule::CountsFit { counts, total } => {
                if let Some(complaint) = counts_fit(members, value, counts, total) {
                    self.complain(&complaint, path);
                }
            }
            Rule::FilledOnlyWhen { list, choice, value: wanted } => {
                if let Some(complaint) = filled_only_when(members, value, list, choice, wanted) {
                    self.complain(&complaint, &below(path, list));
                }
            }
            Rule::MembersDiffer { object } => {
                for (name, complaint) in same_secrets(members, value, object) {
                    self.complain(&complaint, &below(path, object).attribute(name));
                }
            }
            Rule::WarnAbove { field, max, because } => {
                if exceeds(at(value, field), max) {
                    self.complain(&Complaint::AboveAdvised { max, because }, &below(path, field));
                }
            }
            Rule::CreationNeeds { .. } => {}
        }
    }

    /// Judges by a rule that only a creation can break.
    pub(super) fn creation_rule(&mut self, rule: &Rule, members: Members<'_>, config: &Value) {
        let Rule::CreationNeeds { field, choice, value } = *rule else { return };
        let is_missing = match at(config, field) {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        if is_missing && chosen(members, config, choice) == Some(value) {
            self.complain(&Complaint::NeededOnCreation { choice, value }, &below(&AttributePath::root(), field));
        }
    }
}

/// The server adds the counts as 64-bit floats, in the order of the members; so does this.
fn counts_fit(members: Members<'_>, value: &Value, counts: &'static str, total: &'static str) -> Option<Complaint> {
    let numbers: Option<Vec<f64>> = members(&names(counts))
        .iter()
        .map(|member| at(value, counts).get(member.name).as_number().map(Number::to_f64))
        .collect();
    let numbers = numbers?;
    if numbers.iter().all(|count| *count <= 0.0) {
        return Some(Complaint::NothingRequired { counts });
    }
    let required: f64 = numbers.iter().sum();
    let total_number = at(value, total).as_number()?.to_f64();
    (required > total_number).then_some(Complaint::DoesNotFit { required, total: total_number, field: total })
}

fn filled_only_when(
    members: Members<'_>,
    value: &Value,
    list: &str,
    choice: &'static str,
    wanted: &'static str,
) -> Option<Complaint> {
    let is_wanted = chosen(members, value, choice)? == wanted;
    let is_filled = match at(value, list) {
        Value::Null => false,
        known => !known.as_list()?.is_empty(),
    };
    match (is_wanted, is_filled) {
        (true, false) => Some(Complaint::MustBeFilled { choice, value: wanted }),
        (false, true) => Some(Complaint::MustBeEmpty { choice, value: wanted }),
        _ => None,
    }
}

/// Compares the texts of an object's members. Of two that are the same the later one in the documentation is named.
fn same_secrets(members: Members<'_>, value: &Value, object: &str) -> Vec<(&'static str, Complaint)> {
    let mut seen: Vec<(&'static str, &str)> = Vec::new();
    let mut complaints = Vec::new();
    for field in members(&names(object)) {
        let text = at(value, object).get(field.name).as_str().map(checks::trim).unwrap_or_default();
        match seen.iter().find(|(_, earlier)| *earlier == text) {
            _ if text.is_empty() => {}
            Some((other, _)) => complaints.push((field.name, Complaint::SameSecret { other })),
            None => seen.push((field.name, text)),
        }
    }
    complaints
}

/// What a choice is, given or by default. None while it is unknown, and for what is no choice: that is complained of
/// on its own.
fn chosen(members: Members<'_>, value: &Value, choice: &str) -> Option<&'static str> {
    let path = names(choice);
    let (name, parent) = path.split_last()?;
    let field = members(parent).iter().find(|field| field.name == *name)?;
    let Type::Choice(values) = field.shape else { return None };
    match at(value, choice) {
        Value::Null => match field.planned_default().or(field.assumed_default())? {
            Literal::Text(text) => Some(text),
            _ => None,
        },
        given => values.iter().copied().find(|known| given.as_str() == Some(known)),
    }
}

fn exceeds(value: &Value, max: i64) -> bool {
    value.as_number().is_some_and(|number| *number > Number::from(max))
}

/// The value at a path of names joined by `.`; null or unknown where an object on the way is.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, name| if value.is_unknown() { value } else { value.get(name) })
}

fn below(path: &AttributePath, names: &str) -> AttributePath {
    names.split('.').fold(path.clone(), |path, name| path.attribute(name))
}

fn names(path: &str) -> Vec<&str> {
    path.split('.').collect()
}
