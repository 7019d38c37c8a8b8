//! Configurations of every kind: the examples of the catalog, placed in the sandbox, and valid variations of them.

use std::collections::BTreeMap;

use plugin_driver::client::Client;
use plugin_driver::generate::Random;
use plugin_driver::schema::Resource;
use plugin_driver::value::{Path, Step, Value, json};
use serde_json::{Map, Value as Json};
use terraform_provider_infisical::catalog::table::{Field, Literal, Type};
use terraform_provider_infisical::catalog::{Kind, base};

use super::server::{ENVIRONMENT, FOLDER, OTHER_PROJECT_ID, shared_connections};
use infisical_sandbox::seed;

/// How much of a kind a configuration uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// What must be there.
    Minimal,
    /// Everything that has an example.
    Full,
}

/// A configuration that differs from another one in one place, and is as valid.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The place.
    pub(crate) path: Path,
    /// The whole configuration with another value there.
    pub(crate) config: Value,
}

/// The example of a kind as JSON. Names are unique to `suffix`, so that several fit into one folder.
pub(crate) fn example_json(kind: &Kind, extent: Extent, suffix: &str) -> Json {
    let takes = |field: &Field| extent == Extent::Full || field.is_required();
    let mut config = members(base::FIELDS, &takes);
    let mut set = |name: &str, value: &str| drop(config.insert(name.to_owned(), value.into()));
    set("name", &format!("{}-{suffix}", kind.slug));
    set("project_id", seed::PROJECT_ID);
    set("connection_id", &shared_connections(kind.connections[0])[0]);
    set("environment", ENVIRONMENT);
    set("secret_path", FOLDER);
    config.insert("parameters".to_owned(), members(kind.parameters.fields, &takes).into());
    let secrets = members(kind.secrets, &|_| true);
    let unique = secrets.iter().map(|(name, secret)| {
        let secret = format!("{}_{}", secret.as_str().unwrap(), suffix.to_uppercase().replace('-', "_"));
        (name.clone(), Json::from(format!("{}_{secret}", kind.slug.to_uppercase().replace('-', "_"))))
    });
    config.insert("secrets_mapping".to_owned(), unique.collect::<Map<_, _>>().into());
    config.into()
}

/// The example of a kind.
pub(crate) fn example(resource: &Resource, kind: &Kind, extent: Extent, suffix: &str) -> Value {
    json::from_json(&example_json(kind, extent, suffix), &resource.object.kind()).unwrap()
}

/// Another valid value for each argument that is set, one at a time. Fails where there is none, unless the argument has
/// but one value.
pub(crate) async fn changes(client: &Client, resource: &Resource, kind: &Kind, config: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    for (path, value) in leaves(config) {
        let names: Vec<&str> = path.0.iter().filter_map(name_of).collect();
        let candidates = candidates(kind, &names, value);
        let mut valid = None;
        for candidate in &candidates {
            let changed = config.with(path.clone(), candidate.clone());
            for config in with_companions(kind, &changed, &path) {
                if valid.is_none() && is_valid(client, resource, &config).await {
                    valid = Some(config);
                }
            }
        }
        match valid {
            Some(config) => found.push(Change { path, config }),
            None => assert!(candidates.is_empty(), "{}: nothing else fits {path}: {candidates:?}", kind.slug),
        }
    }
    found
}

/// A valid configuration that is far from the example: as many random changes as stay valid together.
pub(crate) async fn variant(client: &Client, resource: &Resource, kind: &Kind, config: &Value, seed: u64) -> Value {
    let mut random = Random::new(seed);
    let mut varied = config.clone();
    let mut kept = 0;
    for _ in 0..12 {
        let leaves = leaves(&varied);
        let Some((path, value)) = random.one_of(&leaves) else { break };
        let names: Vec<&str> = path.0.iter().filter_map(name_of).collect();
        let mut others = candidates(kind, &names, value);
        if kind.field(&names).is_some_and(|field| !field.is_required()) {
            others.push(Value::Null);
        }
        let Some(other) = random.one_of(&others) else { continue };
        let changed = varied.with(path.clone(), other.clone());
        if is_valid(client, resource, &changed).await {
            varied = changed;
            kept += 1;
        }
    }
    assert!(kept > 1, "{}: hardly anything can be changed", kind.slug);
    varied
}

/// Nothing is to be said about it, not even a warning: the tests after it ask for silence.
async fn is_valid(client: &Client, resource: &Resource, config: &Value) -> bool {
    client.validate_resource(resource, config).await.unwrap().diagnostics.is_empty()
}

/// The configuration with the present password, which some creations and replacements need.
pub(crate) fn with_present_password(resource: &Resource, config: &Value) -> Value {
    if !resource.object.block.attributes.contains_key("temporary_parameters") {
        return config.clone();
    }
    config.with("temporary_parameters", Value::object([("password", Value::from("Present-1-Password"))]))
}

/// Whether the catalog says that a change at a path needs another rotation.
pub(crate) fn replaces(kind: &Kind, path: &Path) -> bool {
    let names: Vec<&str> = path.0.iter().filter_map(name_of).collect();
    (1..=names.len()).any(|length| kind.field(&names[..length]).is_some_and(|field| field.immutable))
}

fn name_of(step: &Step) -> Option<&str> {
    match step {
        Step::Attribute(name) => Some(name),
        Step::Key(_) | Step::Index(_) | Step::Element => None,
    }
}

fn members(fields: &[Field], takes: &dyn Fn(&Field) -> bool) -> Map<String, Json> {
    fields.iter().filter(|field| takes(field)).map(|field| (field.name.to_owned(), example_of(field))).collect()
}

fn example_of(field: &Field) -> Json {
    match (field.example, field.shape.object()) {
        (Some(literal), _) => literal_json(literal),
        (None, Some(object)) => {
            let object: Json = members(object.fields, &|_| true).into();
            if matches!(field.shape, Type::List(_)) { Json::Array(vec![object]) } else { object }
        }
        (None, None) => Json::Null,
    }
}

fn literal_json(literal: Literal) -> Json {
    match literal {
        Literal::Text(text) => text.into(),
        Literal::Number(number) => number.into(),
        Literal::Flag(flag) => flag.into(),
        Literal::List(items) => items.iter().copied().map(literal_json).collect(),
        Literal::Object(members) => {
            Json::Object(members.iter().map(|(name, value)| ((*name).to_owned(), literal_json(*value))).collect())
        }
    }
}

/// The arguments that hold something, innermost ones only; lists of plain values count as one.
fn leaves(config: &Value) -> Vec<(Path, &Value)> {
    let mut found = Vec::new();
    collect(config, &Path::root(), &mut found);
    found
}

fn collect<'a>(value: &'a Value, path: &Path, found: &mut Vec<(Path, &'a Value)>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in members {
                collect(member, &path.attribute(name), found);
            }
        }
        Value::List(elements) if elements.iter().any(|element| matches!(element, Value::Object(_))) => {
            for (index, element) in elements.iter().enumerate() {
                collect(element, &path.index(index), found);
            }
        }
        leaf => found.push((path.clone(), leaf)),
    }
}

/// Other values for a field, the likeliest first. Which of them are valid the provider says.
fn candidates(kind: &Kind, names: &[&str], value: &Value) -> Vec<Value> {
    match names {
        ["project_id"] => return vec![OTHER_PROJECT_ID.into()],
        ["environment"] => return vec!["staging".into()],
        ["secret_path"] => return vec!["/ci".into()],
        ["connection_id"] => return vec![shared_connections(kind.connections[0])[1].as_str().into()],
        _ => {}
    }
    match (kind.field(names).map(|field| field.shape), value) {
        (Some(shape), value) => others(&shape, value),
        (None, Value::Bool(truth)) => vec![Value::Bool(!truth)],
        (None, _) => Vec::new(),
    }
}

fn others(shape: &Type, value: &Value) -> Vec<Value> {
    match (shape, value) {
        (Type::Choice(choices), Value::String(text)) => {
            choices.iter().filter(|choice| *choice != text).map(|choice| (*choice).into()).collect()
        }
        (Type::NumberChoice(choices), value) => {
            choices.iter().map(|choice| Value::from(*choice)).filter(|choice| choice != value).collect()
        }
        (Type::Flag, Value::Bool(truth)) => vec![Value::Bool(!truth)],
        (Type::Number(_), Value::Number(number)) => {
            let number: i64 = number.to_string().parse().unwrap();
            [number + 1, number - 1, number + 7].map(Value::from).into()
        }
        (Type::Text(_), Value::String(text)) => other_texts(text),
        (Type::List(list), Value::List(elements)) => {
            let mut lists = Vec::new();
            for (index, element) in elements.iter().enumerate() {
                for other in others(list.item, element).into_iter().filter(|other| !elements.contains(other)) {
                    let mut longer = elements.clone();
                    longer.push(other.clone());
                    let mut replaced = elements.clone();
                    replaced[index] = other;
                    lists.extend([Value::List(replaced), Value::List(longer)]);
                }
            }
            lists
        }
        _ => Vec::new(),
    }
}

fn other_texts(text: &str) -> Vec<Value> {
    let mut texts: Vec<String> = ["2", "-2", "_2", "x"].iter().map(|end| format!("{text}{end}")).collect();
    texts.push(format!("x{text}"));
    // Where the form fixes the ends: one letter or digit exchanged for another of its class.
    for (index, character) in text.char_indices() {
        let exchange = match character {
            '0'..='8' | 'a'..='y' | 'A'..='Y' => char::from_u32(u32::from(character) + 1),
            _ => None,
        };
        if let Some(other) = exchange {
            texts.push(format!("{}{other}{}", &text[..index], &text[index + 1..]));
        }
    }
    texts.iter().map(|text| Value::text(text)).collect()
}

/// The configuration itself, and with each optional sibling of the changed argument left out: some depend on it.
fn with_companions(kind: &Kind, config: &Value, path: &Path) -> Vec<Value> {
    let mut configs = vec![config.clone()];
    let mut parent = path.clone();
    let Some(Step::Attribute(changed)) = parent.0.pop() else { return configs };
    let names: Vec<&str> = parent.0.iter().filter_map(name_of).collect();
    let siblings: BTreeMap<&str, &Field> = kind.members(&names).iter().map(|field| (field.name, field)).collect();
    for (name, field) in siblings {
        let place = parent.attribute(name);
        if name != changed && !field.is_required() && config.at(&place).is_some_and(|value| !value.is_null()) {
            configs.push(config.with(place, Value::Null));
        }
    }
    configs
}
