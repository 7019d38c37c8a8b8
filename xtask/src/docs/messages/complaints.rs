//! What validation says: the example of each kind is broken in every place and in every way that its record forbids, and
//! the provider judges it.

use std::collections::BTreeMap;

use terraform_provider_infisical::catalog::table::{Field, Form, List, Literal, Number, Object, Rule, Text, Type};
use terraform_provider_infisical::catalog::{KINDS, Kind, base};
use terraform_provider_infisical::provider::rotation::normalise::literal;
use terraform_provider_infisical::provider::rotation::validate::{validate, validate_creation};
use terraform_provider_infisical::terraform::{AttributePath, Diagnostics, Number as Decimal, Severity, Step, Value};

use super::Message;

/// Texts that some form refuses, besides those of a wrong length.
const TEXTS: &[&str] = &[
    "?",
    "a b",
    "-a-",
    "a--b",
    "a:b",
    "a/b",
    "a//b",
    "/a b",
    "{{a}}",
    "{{",
    "SELECT 1",
    "[]",
    "{",
    "guest",
    "a;'\"|`$",
    "ä",
    ".",
    "_",
    "10.0.0.0/33",
    "1",
];

/// What is told, each message with the kinds that tell it.
pub(super) fn all() -> Vec<(Message, Vec<&'static str>)> {
    let mut told: BTreeMap<(Severity, String, String), (Message, Vec<&'static str>)> = BTreeMap::new();
    for kind in KINDS {
        for config in broken(kind) {
            let mut found = validate(kind, &config);
            found.extend(validate_creation(kind, &config));
            note(kind, found, &mut told);
        }
    }
    told.into_values().collect()
}

type Told = BTreeMap<(Severity, String, String), (Message, Vec<&'static str>)>;

fn note(kind: &Kind, found: Diagnostics, told: &mut Told) {
    for diagnostic in found {
        let key = (diagnostic.severity, diagnostic.summary.clone(), diagnostic.detail.clone());
        let (_, kinds) = told.entry(key).or_insert_with(|| (Message::from(diagnostic), Vec::new()));
        let name = short(kind);
        if kinds.last() != Some(&name) {
            kinds.push(name);
        }
    }
}

/// The name of a kind's resource without what all of them have.
fn short(kind: &Kind) -> &'static str {
    kind.resource.trim_start_matches("infisical_").trim_end_matches("_rotation")
}

/// The configurations of a kind that are its example but for one place.
fn broken(kind: &Kind) -> Vec<Value> {
    let mut example = members(base::FIELDS);
    let groups = [
        ("parameters", kind.parameters),
        ("secrets_mapping", Object::of(kind.secrets)),
        ("temporary_parameters", Object::of(kind.temporary)),
    ];
    for (name, object) in groups.iter().filter(|(_, object)| !object.fields.is_empty()) {
        example.set(name, members(object.fields));
    }
    let mut places = Vec::new();
    for field in base::FIELDS {
        wrong(&AttributePath::of(field.name), &field.shape, is_needed(field), &mut places);
    }
    for (name, object) in groups {
        let path = AttributePath::of(name);
        if name != "temporary_parameters" {
            places.push((path.clone(), Value::Null));
        }
        wrong_members(&path, &object, &mut places);
    }
    places.extend(one_name_for_all(kind));
    let mut broken: Vec<Value> = places.into_iter().map(|(path, value)| with(&example, path.steps(), &value)).collect();
    broken.extend(without_password(kind, &example));
    broken.extend(too_great(kind, &example));
    broken
}

/// The example where what a creation needs once is missing.
fn without_password<'a>(kind: &'a Kind, example: &'a Value) -> impl Iterator<Item = Value> + 'a {
    kind.rules.iter().filter_map(|rule| match rule {
        Rule::CreationNeeds { choice, value, .. } => {
            let chosen = with(example, &steps(choice), &Value::from(*value));
            Some(with(&chosen, &steps("temporary_parameters"), &Value::Null))
        }
        _ => None,
    })
}

/// The example with numbers above what will work.
fn too_great<'a>(kind: &'a Kind, example: &'a Value) -> impl Iterator<Item = Value> + 'a {
    kind.rules.iter().filter_map(|rule| match rule {
        Rule::WarnAbove { field, max, .. } => Some(with(example, &steps(field), &Value::integer(max + 1))),
        _ => None,
    })
}

fn steps(path: &str) -> Vec<Step> {
    path.split('.').map(|name| Step::Attribute(name.into())).collect()
}

/// The mapping in which all credentials go to one secret, where there are several.
fn one_name_for_all(kind: &Kind) -> Option<(AttributePath, Value)> {
    let same = kind.secrets.iter().map(|field| (field.name, Value::from("SAME")));
    (kind.secrets.len() > 1).then(|| (AttributePath::of("secrets_mapping"), Value::map(same)))
}

fn is_needed(field: &Field) -> bool {
    field.is_required()
}

fn wrong_members(path: &AttributePath, object: &Object, places: &mut Vec<(AttributePath, Value)>) {
    for field in object.fields {
        wrong(&path.attribute(field.name), &field.shape, is_needed(field), places);
    }
    for rule in object.rules {
        if let Rule::CountsFit { counts, .. } = rule {
            let Some(field) = object.fields.iter().find(|field| field.name == *counts) else { continue };
            for count in [0, 250] {
                let all = field.members().iter().map(|field| (field.name, Value::integer(count)));
                places.push((path.attribute(*counts), Value::map(all)));
            }
        }
    }
}

/// Values of this shape, each wrong in another way, and those of the places inside it.
fn wrong(path: &AttributePath, shape: &Type, needed: bool, places: &mut Vec<(AttributePath, Value)>) {
    let mut put = |value: Value| places.push((path.clone(), value));
    if needed {
        put(Value::Null);
    }
    match shape {
        Type::Text(rules) => texts(rules).into_iter().for_each(|text| put(Value::from(text))),
        Type::Choice(values) => {
            values.iter().for_each(|value| put(Value::from(*value)));
            let slip = values.first().map(|value| value.to_uppercase());
            ["?".to_owned()].into_iter().chain(slip).for_each(|text| put(Value::from(text)));
        }
        Type::NumberChoice(_) => put(Value::integer(-1)),
        Type::Number(limits) => numbers(limits).into_iter().for_each(put),
        Type::Flag | Type::Any => {}
        Type::List(list) => {
            lists(list).into_iter().for_each(put);
            wrong(&path.index(0), list.item, true, places);
        }
        Type::Object(object) => wrong_members(path, object, places),
    }
}

fn texts(rules: &Text) -> Vec<String> {
    let lengths = [rules.max, rules.advised_max].into_iter().flatten().map(|max| max + 1);
    let mut texts: Vec<String> = lengths.chain(rules.min.checked_sub(1)).map(|length| "a".repeat(length)).collect();
    texts.extend(TEXTS.iter().map(|text| (*text).to_owned()));
    for form in rules.forms {
        match form {
            Form::Reserved(names) => texts.extend(names.iter().map(|name| (*name).to_owned())),
            Form::NotStartingWith(characters) => texts.extend(characters.chars().map(|first| format!("{first}a"))),
            Form::NotEndingWith(characters) => texts.extend(characters.chars().map(|last| format!("a{last}"))),
            Form::Template { needed, .. } => {
                let complete: String = needed.iter().flat_map(|name| ["{{", name, "}}"]).collect();
                texts.extend([format!("{complete}{{{{other}}}}"), format!("{complete}{{{{"), complete]);
            }
            Form::JsonObject { max_keys, refused } => {
                let keys: Vec<String> = (0..=*max_keys).map(|key| format!("\"k{key}\":1")).collect();
                texts.push(format!("{{{}}}", keys.join(",")));
                texts.extend(refused.iter().map(|key| format!("{{\"{key}\":1}}")));
            }
            _ => {}
        }
    }
    texts
}

fn numbers(limits: &Number) -> Vec<Value> {
    let texts = [limits.min.or(limits.above).map(|low| low - 1.0), limits.max.map(|high| high + 1.0), Some(0.5)];
    let numbers = texts.into_iter().flatten().filter_map(|number| number.to_string().parse::<Decimal>().ok());
    numbers.map(Value::Number).collect()
}

fn lists(list: &List) -> Vec<Value> {
    let element = match list.item {
        Type::Object(object) => members(object.fields),
        Type::Choice(values) => values.first().map_or(Value::Null, |value| Value::from(*value)),
        _ => Value::from("10.0.0.1"),
    };
    let too_many = list.max.unwrap_or(1) + 1;
    vec![Value::List(Vec::new()), Value::List(vec![element; too_many])]
}

fn members(fields: &[Field]) -> Value {
    Value::map(fields.iter().map(|field| (field.name, example(field))))
}

fn example(field: &Field) -> Value {
    match (&field.example, &field.shape) {
        (Some(example), _) => literal(example),
        (None, Type::Object(object)) => members(object.fields),
        (None, Type::List(_)) => Value::List(vec![members(field.members())]),
        (None, _) => literal(&Literal::Text("")),
    }
}

/// The value with another one at a place in it.
fn with(value: &Value, path: &[Step], new: &Value) -> Value {
    match (value, path) {
        (_, []) => new.clone(),
        (Value::Map(_), [Step::Attribute(name), rest @ ..]) => {
            let mut changed = value.clone();
            changed.set(name, with(value.get(name), rest, new));
            changed
        }
        (Value::List(elements), [Step::Index(index), rest @ ..]) => {
            let mut elements = elements.clone();
            if let Some(element) = elements.get_mut(*index) {
                *element = with(element, rest, new);
            }
            Value::List(elements)
        }
        (other, _) => other.clone(),
    }
}
