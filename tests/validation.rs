//! Compares the provider's validation with verdicts of the API on recorded request bodies.
//!
//! Every accepted body must pass and be stored as the provider says; every rejected one must be complained of at one of
//! the places that the API complained of. Bodies that the API's schema accepts although the service, its database or
//! the third party refuses them carry a caveat, and for those the provider is stricter on purpose.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value as Json;
use terraform_provider_infisical::catalog::table::{Field, Type};
use terraform_provider_infisical::catalog::{self, Kind, base};
use terraform_provider_infisical::provider::rotation::normalise::normalise_field;
use terraform_provider_infisical::provider::rotation::validate::{validate, validate_creation};
use terraform_provider_infisical::terraform::{AttributePath, Diagnostics, Severity, Value};

const OBJECTS: [(&str, &str); 3] = [
    ("parameters", "parameters"),
    ("secrets_mapping", "secretsMapping"),
    ("temporary_parameters", "temporaryParameters"),
];

/// Caveats of bodies that must be refused although the API's schema accepts them, with the attributes to blame.
const REFUSED: [(&str, &[&str]); 8] = [
    ("path-not-absolute", &["secret_path"]),
    ("path-not-canonical", &["secret_path"]),
    ("path-characters", &["secret_path"]),
    ("interval-not-int32", &["rotation_interval"]),
    ("time-fraction", &["rotate_at_utc.hours", "rotate_at_utc.minutes"]),
    ("ip-lax", &["parameters.allowed_ips", "parameters.disallowed_ips"]),
    ("dn-backslash", &["parameters.dn"]),
    ("email-regex-version", &["parameters.service_account_email"]),
];

/// Caveats of limits that are not confirmed: whatever the recorded verdict is, the attribute must pass.
const DOUBTFUL: [(&str, &str); 2] =
    [("dbt-token-name-trim", "parameters.token_name"), ("stripe-key-name-max", "parameters.key_name")];

#[test]
fn verdicts_agree_with_the_api() {
    let mut tally = Tally::default();
    for vector in vectors().iter().filter(|vector| vector["method"] == "POST") {
        let fault = if vector["caveats"].is_array() { with_caveats(vector) } else { without_caveats(vector) };
        tally.count(vector, fault);
    }
    tally.finish("vectors");
}

#[test]
fn patched_rotations_agree_with_the_api() {
    let mut tally = Tally::default();
    for vector in vectors().iter().filter(|vector| vector["method"] == "PATCH") {
        // What Terraform configures is the whole rotation: the stored one with the patched members in place of its own.
        // Members that the API ignores in a patch are replacements to Terraform.
        let mut whole = vector.clone();
        let Json::Object(body) = &mut whole["base"].take() else { panic!("a patch without a base") };
        for name in [
            "name",
            "description",
            "isAutoRotationEnabled",
            "rotationInterval",
            "rotateAtUtc",
            "parameters",
            "secretsMapping",
        ] {
            if let Some(member) = vector["body"].get(name) {
                body.insert(name.to_owned(), member.clone());
            }
        }
        whole["body"] = Json::Object(body.clone());
        let fault = if vector["caveats"].is_array() { with_caveats(&whole) } else { without_caveats(&whole) };
        tally.count(vector, fault);
    }
    tally.finish("patches");
}

fn without_caveats(vector: &Json) -> Option<String> {
    let kind = kind_of(vector);
    let config = configuration(kind, &vector["body"]);
    let errors = errors(kind, &config);
    if vector["accepted"] == true {
        if !errors.is_empty() {
            return Some(format!("accepted by the API, but: {errors:?}"));
        }
        return stored_differently(kind, &config, vector);
    }
    let expected = recorded_paths(kind, vector);
    let hit = errors.iter().any(|(path, _)| expected.contains(path));
    (!hit).then(|| format!("the API complains of {expected:?}, we of {errors:?}"))
}

fn with_caveats(vector: &Json) -> Option<String> {
    let kind = kind_of(vector);
    let config = configuration(kind, &vector["body"]);
    let errors = errors(kind, &config);
    let caveats: Vec<&str> = vector["caveats"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
    let mut expected = recorded_paths(kind, vector);
    // Where only a doubtful attribute was rejected, others may still be refused here: their caveats are recorded with
    // accepted bodies only.
    let mut undecided = false;
    for caveat in caveats {
        if let Some((_, paths)) = REFUSED.iter().find(|(code, _)| *code == caveat) {
            undecided = true;
            if !errors.iter().any(|(path, _)| paths.iter().any(|expected| path.starts_with(expected))) {
                return Some(format!("{caveat}: nothing is said of {paths:?}, only {errors:?}"));
            }
        } else if let Some((_, doubtful)) = DOUBTFUL.iter().find(|(code, _)| *code == caveat) {
            undecided |= expected.remove(*doubtful);
            if errors.iter().any(|(path, _)| path == doubtful) {
                return Some(format!("{caveat}: {doubtful} is refused: {errors:?}"));
            }
        } else {
            // A warning at most, so the verdict counts.
            assert_eq!(caveat, "ilo-password-39", "an unknown caveat");
            if !validate(kind, &config).iter().any(|told| told.severity == Severity::Warning) {
                return Some(format!("{caveat}: no warning"));
            }
        }
    }
    if expected.is_empty() {
        return (!undecided && !errors.is_empty()).then(|| format!("accepted by the API, but: {errors:?}"));
    }
    let hit = errors.iter().any(|(path, _)| expected.contains(path));
    (!hit).then(|| format!("the API complains of {expected:?}, we of {errors:?}"))
}

/// Compares what the provider takes for stored with what the API stores.
fn stored_differently(kind: &Kind, config: &Value, vector: &Json) -> Option<String> {
    let mut stored = vector["stored"].clone();
    // The response has these two at another place than the request.
    stored["environment"] = stored["environment"]["slug"].take();
    stored["secretPath"] = stored["folder"]["path"].take();
    let expected = configuration(kind, &stored);
    let attributes = base::FIELDS.iter().map(|field| (vec![field.name], field));
    let parameters = kind.parameters.fields.iter().map(|field| (vec!["parameters", field.name], field));
    let secrets = kind.secrets.iter().map(|field| (vec!["secrets_mapping", field.name], field));
    for (path, field) in attributes.chain(parameters).chain(secrets) {
        let at = |value: &Value| path.iter().fold(value.clone(), |value, name| value.get(name).clone());
        let ours = normalise_field(field, &at(config));
        let theirs = at(&expected);
        if ours != theirs {
            return Some(format!("{}: we store {}, the API {}", path.join("."), text(&ours), text(&theirs)));
        }
    }
    None
}

fn errors(kind: &Kind, config: &Value) -> Vec<(String, String)> {
    let mut diagnostics: Diagnostics = validate(kind, config);
    diagnostics.extend(validate_creation(kind, config));
    diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| (diagnostic.path.to_string(), diagnostic.detail.clone()))
        .collect()
}

/// The configuration that a body stands for. What is absent there is null here.
fn configuration(kind: &Kind, body: &Json) -> Value {
    let mut config = members(base::FIELDS, body);
    for (name, wire) in OBJECTS {
        let fields = kind.members(&[name]);
        config.set(name, body.get(wire).map_or(Value::Null, |object| members(fields, object)));
    }
    config
}

fn members(fields: &[Field], body: &Json) -> Value {
    Value::map(fields.iter().map(|field| {
        let member = body.get(field.wire().as_ref()).unwrap_or(&Json::Null);
        (field.name, value(&field.shape, member))
    }))
}

fn value(shape: &Type, json: &Json) -> Value {
    match (shape, json) {
        (_, Json::Null) => Value::Null,
        (_, Json::Bool(flag)) => Value::Bool(*flag),
        (_, Json::Number(number)) => Value::Number(number.to_string().parse().unwrap()),
        (_, Json::String(text)) => Value::String(text.clone()),
        (Type::List(list), Json::Array(items)) => {
            Value::List(items.iter().map(|item| value(list.item, item)).collect())
        }
        (Type::Object(object), Json::Object(_)) => members(object.fields, json),
        other => panic!("a value of another type than the catalog's: {other:?}"),
    }
}

/// The places of the API's complaints as attribute paths.
fn recorded_paths(kind: &Kind, vector: &Json) -> BTreeSet<String> {
    let paths = vector["error_paths"].as_array().unwrap();
    paths.iter().map(|path| attribute_path(kind, path.as_array().unwrap()).to_string()).collect()
}

fn attribute_path(kind: &Kind, keys: &[Json]) -> AttributePath {
    let mut path = AttributePath::root();
    let mut names: Vec<&str> = Vec::new();
    for key in keys {
        path = match key {
            Json::Number(index) => path.index(usize::try_from(index.as_u64().unwrap()).unwrap()),
            key => {
                let wire = key.as_str().unwrap();
                let object = OBJECTS.iter().find(|(_, object)| names.is_empty() && *object == wire);
                let field = || kind.members(&names).iter().find(|field| field.wire() == wire);
                let name = object.map(|(name, _)| *name).or_else(|| field().map(|field| field.name));
                let name = name.unwrap_or_else(|| panic!("{}: the catalog lacks {keys:?}", kind.slug));
                names.push(name);
                path.attribute(name)
            }
        };
    }
    path
}

fn kind_of(vector: &Json) -> &'static Kind {
    catalog::by_slug(vector["kind"].as_str().unwrap()).unwrap()
}

fn vectors() -> Vec<Json> {
    let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/vectors-public.jsonl.gz")).unwrap();
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::List(items) => format!("{:?}", items.iter().map(text).collect::<Vec<_>>()),
        Value::Map(entries) => {
            format!("{:?}", entries.iter().map(|(name, value)| (name, text(value))).collect::<BTreeMap<_, _>>())
        }
        other => format!("{other:?}"),
    }
}

/// Counts agreement, and collects what disagrees.
#[derive(Default)]
struct Tally {
    judged: usize,
    with_caveats: usize,
    accepted: usize,
    kinds: BTreeSet<String>,
    faults: Vec<String>,
}

impl Tally {
    fn count(&mut self, vector: &Json, fault: Option<String>) {
        self.judged += 1;
        self.with_caveats += usize::from(vector["caveats"].is_array());
        self.accepted += usize::from(vector["accepted"] == true);
        self.kinds.insert(vector["kind"].to_string());
        self.faults.extend(fault.map(|fault| format!("{} {}: {fault}", vector["kind"], vector["label"])));
    }

    #[expect(clippy::print_stdout, reason = "the figures are what a reader of the test's output wants")]
    fn finish(self, what: &str) {
        let agree = self.judged - self.faults.len();
        println!(
            "{what}: {agree} of {} agree ({} accepted, {} rejected; {} of them with a caveat)",
            self.judged,
            self.accepted,
            self.judged - self.accepted,
            self.with_caveats
        );
        let copy: BTreeMap<String, String> = serde_json::from_str(include_str!("data/resource-names.json")).unwrap();
        assert_eq!(self.kinds.len(), copy.len(), "some kind of the copied description has no vector");
        assert!(self.faults.is_empty(), "{}", self.faults.join("\n"));
    }
}
