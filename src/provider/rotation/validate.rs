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
use crate::terraform::{AttributePath, Diagnostic, Diagnostics, Members, Number, Value};

/// Judges a configuration by every rule that holds at any time.
pub fn validate(kind: &Kind, config: &Value) -> Diagnostics {
    Judge::default().configuration(kind, config)
}

/// Judges a configuration that may leave to the server what is stored there: nothing that is missing is asked for.
pub(super) fn validate_change(kind: &Kind, config: &Value) -> Diagnostics {
    Judge { partial: true, ..Judge::default() }.configuration(kind, config)
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

/// Judges the arguments that `fields` describe, by the rules of each alone.
pub(in crate::provider) fn validate_arguments(fields: &'static [Field], config: &Value) -> Diagnostics {
    let mut judge = Judge::default();
    judge.members(fields, config, &AttributePath::root());
    judge.diagnostics
}

/// Collects complaints while it walks through a configuration.
#[derive(Default)]
struct Judge {
    diagnostics: Diagnostics,
    /// Whether what is missing may be left to the server.
    partial: bool,
}

impl Judge {
    /// Judges a whole configuration by every rule that holds at any time.
    fn configuration(mut self, kind: &Kind, config: &Value) -> Diagnostics {
        if config.as_map().is_none() {
            return self.diagnostics;
        }
        self.members(base::FIELDS, config, &AttributePath::root());
        for (name, object) in [("parameters", kind.parameters), ("secrets_mapping", kind.mapping())] {
            self.present(config.get(name), &AttributePath::of(name), |judge, value, path| {
                judge.value(&Type::Object(object), value, path);
            });
        }
        let temporary = config.get("temporary_parameters");
        if !temporary.is_null() {
            let path = AttributePath::of("temporary_parameters");
            self.value(&Type::Object(kind.temporary_parameters()), temporary, &path);
        }
        for rule in base::RULES.iter().chain(kind.rules) {
            self.rule(rule, &|path| kind.members(path), config, &AttributePath::root());
        }
        self.diagnostics
    }

    fn complain(&mut self, complaint: &Complaint, path: &AttributePath) {
        let mut detail = format!("`{path}` {complaint}");
        if !detail.ends_with('?') {
            detail.push('.');
        }
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
        for name in value.as_map().into_iter().flat_map(Members::keys) {
            self.judged(checks::member(object, name), &path.attribute(name));
        }
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
            if !member.is_null() || (field.is_required() && !self.partial) {
                self.present(member, &path.attribute(field.name), |judge, value, path| {
                    judge.value(&field.shape, value, path);
                });
            }
        }
    }

    /// Judges a value. Only where the schema leaves the type open can it be of another type than it should be.
    fn value(&mut self, shape: &Type, value: &Value, path: &AttributePath) {
        if value.is_unknown() {
            return;
        }
        if !has_type(shape, value) {
            return self.complain(&Complaint::WrongType { expected: shape.noun() }, path);
        }
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
            Type::Flag | Type::Any => {}
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

fn has_type(shape: &Type, value: &Value) -> bool {
    match shape {
        Type::Text(_) | Type::Choice(_) => value.as_str().is_some(),
        Type::Number(_) | Type::NumberChoice(_) => value.as_number().is_some(),
        Type::Flag => value.as_bool().is_some(),
        Type::List(_) => value.as_list().is_some(),
        Type::Object(_) => value.as_map().is_some(),
        Type::Any => true,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{KINDS, by_slug};
    use crate::provider::rotation::normalise::literal;
    use crate::terraform::{Severity, Step};

    /// The configuration that the examples of a kind's fields make up.
    fn example(kind: &Kind) -> Value {
        let mut config = members(base::FIELDS);
        config.set("parameters", members(kind.parameters.fields));
        config.set("secrets_mapping", members(kind.secrets));
        config
    }

    fn members(fields: &[Field]) -> Value {
        Value::map(fields.iter().map(|field| (field.name, example_of(field))))
    }

    fn example_of(field: &Field) -> Value {
        match (&field.example, &field.shape) {
            (Some(example), _) => literal(example),
            (None, Type::Object(object)) => members(object.fields),
            (None, Type::List(_)) => Value::List(vec![members(field.members())]),
            (None, other) => panic!("{}: no example of {other:?}", field.name),
        }
    }

    /// Puts a value at a path of names and indexes.
    fn put(value: &mut Value, path: &[Step], new: Value) {
        match (value, path) {
            (value, []) => *value = new,
            (Value::Map(entries), [Step::Attribute(name), rest @ ..]) => put(entries.get_mut(name).unwrap(), rest, new),
            (Value::List(elements), [Step::Index(index), rest @ ..]) => put(&mut elements[*index], rest, new),
            (_, path) => panic!("nothing at {path:?}"),
        }
    }

    /// Every place in a value, the value itself left out.
    fn places(value: &Value, path: &AttributePath) -> Vec<AttributePath> {
        let below: Vec<(AttributePath, &Value)> = match value {
            Value::Map(entries) => entries.iter().map(|(name, value)| (path.attribute(name), value)).collect(),
            Value::List(elements) => {
                elements.iter().enumerate().map(|(index, value)| (path.index(index), value)).collect()
            }
            _ => Vec::new(),
        };
        below.into_iter().flat_map(|(path, value)| [vec![path.clone()], places(value, &path)].concat()).collect()
    }

    fn told(diagnostics: &Diagnostics, severity: Severity) -> Vec<String> {
        let of_severity = diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
        of_severity.map(|diagnostic| format!("{}: {}", diagnostic.path, diagnostic.detail)).collect()
    }

    fn errors(kind: &Kind, config: &Value) -> Vec<String> {
        told(&validate(kind, config), Severity::Error)
    }

    #[test]
    fn the_examples_are_valid() {
        for kind in KINDS {
            assert_eq!(validate(kind, &example(kind)), Diagnostics::none(), "{}", kind.slug);
            assert_eq!(validate_creation(kind, &example(kind)), Diagnostics::none(), "{}", kind.slug);
        }
    }

    #[test]
    fn an_unknown_value_anywhere_postpones_and_never_fails() {
        for kind in KINDS {
            let config = example(kind);
            for place in places(&config, &AttributePath::root()) {
                let mut config = config.clone();
                put(&mut config, place.steps(), Value::unknown());
                assert_eq!(validate(kind, &config), Diagnostics::none(), "{} {place}", kind.slug);
                assert_eq!(validate_creation(kind, &config), Diagnostics::none(), "{} {place}", kind.slug);
            }
        }
    }

    #[test]
    fn null_is_missed_exactly_where_a_value_is_required() {
        for kind in KINDS {
            let config = example(kind);
            for place in places(&config, &AttributePath::root()) {
                let mut without = config.clone();
                put(&mut without, place.steps(), Value::Null);
                let names: Vec<_> = place
                    .steps()
                    .iter()
                    .filter_map(|step| if let Step::Attribute(name) = step { Some(name.as_str()) } else { None })
                    .collect();
                let is_element = matches!(place.steps().last(), Some(Step::Index(_)));
                let required = is_element || kind.field(&names).is_none_or(Field::is_required);
                let errors = errors(kind, &without);
                let missed = errors.iter().any(|error| *error == format!("{place}: `{place}` needs a value."));
                assert_eq!(missed, required, "{} {place}: {errors:?}", kind.slug);
            }
        }
    }

    #[test]
    fn no_message_repeats_a_value() {
        const MARK: &str = "hunter2";
        for kind in KINDS {
            let mut config = example(kind);
            config.set("temporary_parameters", members(kind.temporary));
            for place in places(&config, &AttributePath::root()) {
                if config.at(&place).is_some_and(|value| value.as_str().is_some()) {
                    put(&mut config, place.steps(), Value::string(format!("{MARK}:/\u{1} ;{}", "x".repeat(300))));
                }
            }
            let mut diagnostics = validate(kind, &config);
            diagnostics.extend(validate_creation(kind, &config));
            assert!(diagnostics.iter().count() > 4, "{}", kind.slug);
            for told in diagnostics {
                assert!(!told.detail.contains(MARK) && !told.summary.contains(MARK), "{}: {}", kind.slug, told.detail);
            }
        }
    }

    #[test]
    fn everything_wrong_is_told_at_once_and_in_order() {
        let kind = by_slug("cloudflare-api-token").unwrap();
        let mut config = example(kind);
        config.set("name", Value::string("Not a slug"));
        config.set("secret_path", Value::string("apps"));
        config.set("rotation_interval", Value::integer(0));
        put(
            &mut config,
            AttributePath::of("parameters").attribute("allowed_ips").index(0).steps(),
            Value::string("10.0.0.0/33"),
        );
        let zones = AttributePath::of("parameters").attribute("policies").index(0).attribute("zone_ids");
        put(&mut config, zones.steps(), Value::List(Vec::new()));
        config.set(
            "secrets_mapping",
            Value::map([("token_id", Value::string("SAME")), ("api_token", Value::string(" SAME"))]),
        );
        assert_eq!(
            errors(kind, &config),
            [
                "name: `name` must consist of lower-case letters and digits, in groups that single hyphens separate, such as `orders-db`.",
                "secret_path: `secret_path` must start with `/`: the path of a folder is given from the root.",
                "rotation_interval: `rotation_interval` must be a whole number from 1 to 2147483647.",
                "parameters.policies[0].zone_ids: `parameters.policies[0].zone_ids` needs at least one element, \
                 because `scope` is `zones`.",
                "parameters.allowed_ips[0]: `parameters.allowed_ips[0]` must be an IPv4 or IPv6 address, or a range \
                 such as `10.0.0.0/8`.",
                "secrets_mapping.api_token: `secrets_mapping.api_token` names the same secret as `token_id`; white \
                 space at the ends doesn't count: give each its own name.",
            ]
        );
    }

    #[test]
    fn a_slip_in_a_choice_is_recognised() {
        let kind = by_slug("supabase-api-key").unwrap();
        let mut config = example(kind);
        let path = AttributePath::of("parameters").attribute("key_type");
        put(&mut config, path.steps(), Value::string("Secret"));
        assert_eq!(
            errors(kind, &config),
            [
                "parameters.key_type: `parameters.key_type` must be `publishable` or `secret`, spelt exactly so; did you \
              mean `secret`?"
            ]
        );
    }

    #[test]
    fn a_present_password_is_asked_for_by_a_creation_only() {
        let kind = by_slug("windows-local-account").unwrap();
        let mut config = example(kind);
        let method = AttributePath::of("parameters").attribute("rotation_method");
        put(&mut config, method.steps(), Value::string("login-as-target"));
        for (password, asked) in
            [(Value::Null, true), (Value::string(""), true), (Value::string("x"), false), (Value::unknown(), false)]
        {
            config.set("temporary_parameters", Value::map([("password", password)]));
            assert_eq!(errors(kind, &config), [""; 0]);
            assert_eq!(!validate_creation(kind, &config).is_empty(), asked);
        }
        config.set("temporary_parameters", Value::Null);
        assert_eq!(
            told(&validate_creation(kind, &config), Severity::Error),
            ["temporary_parameters.password: `temporary_parameters.password` is needed to create the rotation, \
                 because `parameters.rotation_method` is `login-as-target`; it is used once and never stored."]
        );
        put(&mut config, method.steps(), Value::Null);
        assert!(validate_creation(kind, &config).is_empty(), "the server assumes login-as-root");
    }

    #[test]
    fn what_the_server_accepts_but_will_not_work_is_a_warning() {
        let ilo = by_slug("hp-ilo-local-account").unwrap();
        let mut config = example(ilo);
        let length = AttributePath::of("parameters").attribute("password_requirements").attribute("length");
        put(&mut config, length.steps(), Value::integer(40));
        let databricks = by_slug("databricks-service-principal-secret").unwrap();
        let mut yearly = example(databricks);
        yearly.set("rotation_interval", Value::integer(364));
        for (kind, config) in [(ilo, config), (databricks, yearly)] {
            let diagnostics = validate(kind, &config);
            assert!(!diagnostics.has_errors(), "{}", kind.slug);
            assert_eq!(told(&diagnostics, Severity::Warning).len(), 1, "{}", kind.slug);
        }
    }
}
