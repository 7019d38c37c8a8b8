//! Compares the catalog with a copy of the published API description: every member, limit, choice, default and rule.
//!
//! The copy (`tests/data/kinds.json`) is JSON Schema with a few words of its own: `x-trim`, `x-pattern` (judged after
//! trimming), `x-refine` (rules in words), `x-ok` and `x-bad` (samples), `x-server-default` (assumed, not stored).

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test that can't go on fails")]

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_json::{Map, Value as Json};
use terraform_provider_infisical::catalog::table::{
    Credential, Field, Form, List, Literal, Number, Object, Phase, Presence, Rule, Text, Trim, Type,
};
use terraform_provider_infisical::catalog::{KINDS, Kind, base, checks};

#[test]
fn kinds_are_those_of_the_api() {
    let names: BTreeMap<String, String> = serde_json::from_str(include_str!("data/resource-names.json")).unwrap();
    let ours: BTreeMap<String, String> =
        KINDS.iter().map(|kind| (kind.slug.to_owned(), kind.resource.to_owned())).collect();
    let described: BTreeSet<String> = description()["kinds"].as_array().unwrap().iter().map(slug_of).collect();
    assert_eq!(names.keys().cloned().collect::<BTreeSet<_>>(), described);
    for (slug, resource) in &ours {
        match names.get(slug) {
            Some(name) => assert_eq!(resource, name),
            None => println!("skipped: {slug} is newer than the copy of the API's description"),
        }
    }
    let missing: Vec<_> = described.iter().filter(|slug| !ours.contains_key(*slug)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_all_kinds_share_is_as_described() {
    let described = description()["base"]["create"].clone();
    let mut comparison = Comparison::new("base");
    let wires: BTreeSet<_> = base::FIELDS.iter().map(|field| field.wire().into_owned()).collect();
    assert_eq!(wires, described.as_object().unwrap().keys().cloned().collect());
    for field in base::FIELDS {
        let schema = &described[field.wire().as_ref()];
        comparison.field(field, schema, schema["required"] == true);
    }
    let immutable: Vec<_> = base::FIELDS.iter().filter(|field| field.immutable).map(|field| field.name).collect();
    assert_eq!(immutable, ["project_id", "connection_id", "environment", "secret_path"]);
    comparison.finish();
}

#[test]
fn each_kind_is_as_described() {
    for described in description()["kinds"].as_array().unwrap() {
        let kind = KINDS.iter().find(|kind| kind.slug == slug_of(described)).unwrap();
        let mut comparison = Comparison::new(kind.slug);
        comparison.same("title", &Json::from(kind.title), &described["display_name"]);
        comparison.same("connections", &Json::from(kind.connections.to_vec()), &described["connection_apps"]);
        comparison.same("phase", &Json::from(phase_word(kind.phase)), &described["phase"]);
        let reconcile = described["extra_endpoints"].to_string().contains("/reconcile");
        comparison.same("reconcile", &Json::from(kind.reconcile), &Json::from(reconcile));
        comparison.object(&kind.parameters, &described["parameters"], "parameters");
        comparison.object(&Object::of(kind.secrets), &described["secretsMapping"], "secrets_mapping");
        if kind.temporary.is_empty() {
            comparison.same("temporary_parameters", &Json::Null, &described["temporaryParameters"]);
        } else {
            comparison.temporary(kind, &described["temporaryParameters"]);
        }
        comparison.immutable(kind, &described["immutable_parameters"]);
        comparison.credentials(kind.credentials, &described["generatedCredentials"]["items"]);
        comparison.finish();
    }
}

/// Collects the differences within one kind.
struct Comparison {
    subject: &'static str,
    differences: Vec<String>,
}

impl Comparison {
    fn new(subject: &'static str) -> Self {
        Self { subject, differences: Vec::new() }
    }

    fn finish(self) {
        assert!(self.differences.is_empty(), "{}:\n{}", self.subject, self.differences.join("\n"));
    }

    fn check(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.differences.push(what());
        }
    }

    fn same(&mut self, what: &str, ours: &Json, theirs: &Json) {
        self.check(ours == theirs, || format!("{what}: {ours} here, {theirs} described"));
    }

    fn object(&mut self, object: &Object, schema: &Json, path: &str) {
        let empty = Map::new();
        let properties = schema["properties"].as_object().unwrap_or(&empty);
        let wires: BTreeSet<_> = object.fields.iter().map(|field| field.wire().into_owned()).collect();
        let described: BTreeSet<_> = properties.keys().cloned().collect();
        self.check(wires == described, || format!("{path}: members {wires:?} here, {described:?} described"));
        let required = strings(&schema["required"]);
        for field in object.fields {
            let wire = field.wire();
            self.field(field, &properties[wire.as_ref()], required.contains(&wire.to_string()));
        }
        for sentence in strings(&schema["x-refine"]) {
            let known = rule_holds(&sentence, object.rules);
            self.check(known == Some(true), || format!("{path}: no rule for: {sentence}"));
        }
    }

    fn field(&mut self, field: &Field, schema: &Json, required: bool) {
        let path = field.name;
        let presence = match field.presence {
            Presence::Required => "required".to_owned(),
            Presence::Optional => "optional".to_owned(),
            Presence::Default(value) => format!("default {}", json(&value)),
            Presence::Assumed(value) => format!("assumed {}", json(&value)),
        };
        let described = match (required, schema.get("default"), schema.get("x-server-default")) {
            (true, None, None) => "required".to_owned(),
            (_, Some(value), _) => format!("default {value}"),
            // The server also returns this one, so it is planned.
            (_, None, Some(value)) if path == "rotate_at_utc" => format!("default {value}"),
            (_, None, Some(value)) => format!("assumed {value}"),
            _ => "optional".to_owned(),
        };
        self.check(presence == described, || format!("{path}: {presence} here, {described} described"));
        self.same(path, &Json::from(field.nullable), &Json::from(schema["nullable"] == true));
        self.same(path, &Json::from(field.sensitive), &Json::from(schema["x-secret"] == true));
        self.shape(&field.shape, schema, path);
    }

    fn shape(&mut self, shape: &Type, schema: &Json, path: &str) {
        match shape {
            Type::Text(rules) => self.text(rules, schema, path),
            Type::Choice(values) => {
                self.same(path, &"string".into(), &schema["type"]);
                self.same(path, &values.to_vec().into(), &schema["enum"]);
            }
            Type::NumberChoice(values) => {
                let described: Vec<_> =
                    schema["anyOf"].as_array().unwrap().iter().map(|one| one["enum"][0].clone()).collect();
                self.same(path, &values.to_vec().into(), &described.into());
            }
            Type::Number(limits) => self.number(limits, schema, path),
            Type::Flag => self.same(path, &"boolean".into(), &schema["type"]),
            Type::Any => panic!("{path}: the catalog knows what each field is"),
            Type::List(rules) => self.list(rules, schema, path),
            Type::Object(object) => {
                self.same(path, &"object".into(), &schema["type"]);
                self.object(object, schema, path);
            }
        }
    }

    fn number(&mut self, limits: &Number, schema: &Json, path: &str) {
        self.same(path, &"number".into(), &schema["type"]);
        let bound = |name: &str, exclusive: bool| {
            schema[name].as_f64().filter(|_| (schema["exclusiveMinimum"] == true) == exclusive)
        };
        let described = (bound("minimum", false), bound("minimum", true), schema["maximum"].as_f64());
        // Days must fit the server's database, which its schema doesn't say.
        let max = limits.max.filter(|_| path != "rotation_interval");
        let ours = (limits.min, limits.above, max);
        self.check(ours == described, || format!("{path}: limits {ours:?} here, {described:?} described"));
    }

    fn list(&mut self, rules: &List, schema: &Json, path: &str) {
        self.same(path, &"array".into(), &schema["type"]);
        self.same(path, &rules.min.into(), &schema.get("minItems").cloned().unwrap_or(0.into()));
        self.same(path, &rules.max.map_or(Json::Null, Json::from), &schema["maxItems"]);
        let drops = schema["x-transform"].as_str().is_some_and(|text| text.starts_with("duplicates removed"));
        self.same(path, &rules.drops_duplicates.into(), &drops.into());
        let unique: &[&str] = match strings(&schema["x-refine"]).as_slice() {
            [] => &[],
            [sentence] if sentence == "(jurisdiction, name) pairs are unique" => &["jurisdiction", "name"],
            other => panic!("{path}: unknown rules {other:?}"),
        };
        self.check(rules.unique_by == unique, || format!("{path}: unique by {:?}", rules.unique_by));
        self.shape(rules.item, &schema["items"], path);
    }

    fn text(&mut self, rules: &Text, schema: &Json, path: &str) {
        self.same(path, &"string".into(), &schema["type"]);
        let sentences = strings(&schema["x-refine"]);
        let says = |text: &str| sentences.iter().any(|sentence| sentence == text);
        let trim = match rules.trim {
            Trim::Unconfirmed => says("whether it is trimmed is not known"),
            trim => (trim == Trim::Stripped) == (schema["x-trim"] == true),
        };
        self.check(trim, || format!("{path}: trimming"));
        self.same(path, &rules.min.into(), &schema.get("minLength").cloned().unwrap_or(0.into()));
        if says("the maximum is not confirmed") {
            self.check(rules.max.is_none() && rules.advised_max.is_some(), || format!("{path}: a doubtful maximum"));
        } else {
            self.same(path, &rules.max.map_or(Json::Null, Json::from), &schema["maxLength"]);
        }
        let format = match schema["format"].as_str() {
            None => None,
            Some("uuid") => Some(Form::Uuid),
            Some("email") => Some(Form::EmailAddress),
            Some(other) => panic!("{path}: unknown format {other}"),
        };
        self.check(format.is_none_or(|form| rules.forms.contains(&form)), || format!("{path}: lacks {format:?}"));
        let is_path = schema["x-transform"].as_str().is_some_and(|text| text.starts_with("exactly one trailing '/'"));
        self.check(is_path == rules.forms.contains(&Form::FolderPath), || format!("{path}: folder path"));
        for sentence in &sentences {
            let known = form_holds(sentence, rules.forms);
            self.check(known == Some(true), || format!("{path}: no form for: {sentence}"));
        }
        let explained = schema.get("pattern").or(schema.get("x-pattern")).is_some();
        let nothing_described = sentences.is_empty() && format.is_none() && !is_path && !explained;
        self.check(!nothing_described || rules.forms.is_empty(), || format!("{path}: forms that nobody described"));
        self.samples(rules, schema, path);
    }

    /// Judges the samples, and where there is a pattern, every text of one or two ASCII characters.
    fn samples(&mut self, rules: &Text, schema: &Json, path: &str) {
        for sample in strings(&schema["x-ok"]) {
            self.check(accepts(rules, &sample), || format!("{path}: refuses {sample:?}"));
        }
        for sample in strings(&schema["x-bad"]) {
            self.check(!accepts(rules, &sample), || format!("{path}: accepts {sample:?}"));
        }
        let Some(pattern) = schema.get("pattern").or(schema.get("x-pattern")).and_then(Json::as_str) else { return };
        let regex = Regex::new(pattern).unwrap();
        let ascii = || (b'\0'..=127).map(char::from);
        let pairs = ascii().flat_map(|first| ascii().map(move |second| format!("{first}{second}")));
        for sample in ascii().map(String::from).chain(pairs) {
            let judged = if rules.trim == Trim::Stripped { checks::trim(&sample) } else { &sample };
            let (ours, theirs) = (accepts(rules, &sample), regex.is_match(judged));
            // Further rules may refuse what the pattern lets pass, never the other way round.
            let agrees = if schema.get("x-refine").is_some() { !ours || theirs } else { ours == theirs };
            self.check(agrees, || format!("{path}: {sample:?} is judged {ours}, described as {theirs}"));
        }
    }

    fn temporary(&mut self, kind: &Kind, schema: &Json) {
        self.object(&Object::of(kind.temporary), &without_rules(schema), "temporary_parameters");
        for sentence in strings(&schema["x-refine"]) {
            let known = rule_holds(&sentence, kind.rules);
            self.check(known == Some(true), || format!("temporary_parameters: no rule for: {sentence}"));
        }
    }

    fn immutable(&mut self, kind: &Kind, described: &Json) {
        let fields = kind.parameters.fields.iter().filter(|field| field.immutable);
        let ours: BTreeSet<_> = fields.map(|field| field.wire().into_owned()).collect();
        let described: BTreeSet<_> = strings(described).into_iter().collect();
        self.check(ours == described, || format!("immutable: {ours:?} here, {described:?} described"));
    }

    fn credentials(&mut self, credentials: &[Credential], schema: &Json) {
        let properties = schema["properties"].as_object().unwrap();
        let ours: BTreeMap<_, _> =
            credentials.iter().map(|member| (member.name.to_owned(), (member.secret, member.number))).collect();
        let described: BTreeMap<_, _> = properties
            .iter()
            .map(|(name, member)| (name.clone(), (member["x-secret"] == true, member["type"] == "number")))
            .collect();
        self.check(ours == described, || format!("credentials: {ours:?} here, {described:?} described"));
    }
}

/// Whether a rule in words about an object is among the rules; none if the words are unknown to this test.
fn rule_holds(sentence: &str, rules: &[Rule]) -> Option<bool> {
    let wanted = |rule: Rule| Some(rules.contains(&rule));
    let creation = |value: &'static str| Rule::CreationNeeds {
        field: "temporary_parameters.password",
        choice: "parameters.rotation_method",
        value,
    };
    match sentence {
        "at least one of required.* is > 0" | "sum of required.* <= length" => {
            wanted(Rule::CountsFit { counts: "required", total: "length" })
        }
        "zoneIds non-empty if scope = zones" | "zoneIds absent or empty for the other scopes" => {
            wanted(Rule::FilledOnlyWhen { list: "zone_ids", choice: "scope", value: "zones" })
        }
        "required on create when parameters.rotationMethod = login-as-target (password must be non-empty)" => {
            wanted(creation("login-as-target"))
        }
        "required on create when parameters.rotationMethod = target-principal" => wanted(creation("target-principal")),
        _ => None,
    }
}

/// Whether a rule in words about a text is among its forms; none if the words are unknown to this test.
fn form_holds(sentence: &str, forms: &[Form]) -> Option<bool> {
    let has = |form: Form| Some(forms.contains(&form));
    let refuses = |keys: &str| {
        forms.iter().any(|form| {
            matches!(form, Form::JsonObject { refused, .. } if keys.split(", ").all(|key| refused.contains(&key)))
        })
    };
    match sentence {
        "must not contain ':' or '/'" => has(Form::SecretName),
        "IPv4/IPv6 address or CIDR (prefix 0..32 / 0..128)" => has(Form::IpRange),
        "must not contain ; space ' \" ` or |" | "if non-empty: no ; space ' \" ` or |" => {
            has(Form::Without("; '\"`|"))
        }
        "not starting with '-' or '.', not ending with '.'" => {
            Some(forms.contains(&Form::NotStartingWith("-.")) && forms.contains(&Form::NotEndingWith(".")))
        }
        "case-insensitively not administrator, system, guest, defaultaccount" => {
            has(Form::Reserved(&["administrator", "system", "guest", "defaultaccount"]))
        }
        "blank, or the text of a JSON object with at most 55 keys" => {
            Some(forms.iter().any(|form| matches!(form, Form::JsonObject { max_keys: 55, .. })))
        }
        text if text.starts_with("DN (attr=value") => has(Form::DirectoryName),
        text if text.starts_with("handlebars template: only plain mustaches")
            || text.starts_with("must contain the literal texts") =>
        {
            has(Form::Template {
                needed: &["username", "password"],
                variables: &["database"],
                helpers: &["replace", "truncate", "random", "uppercase", "lowercase"],
            })
        }
        text if text.starts_with("forbidden keys: ") || text.starts_with("reserved keys: ") => {
            Some(refuses(text.split_once(": ").unwrap().1))
        }
        // Remarks that ask for no form.
        "not uuid-checked" | "the maximum is not confirmed" | "whether it is trimmed is not known" => Some(true),
        text if text.starts_with("pattern is not anchored") || text.starts_with("a handlebars SYNTAX error") => {
            Some(true)
        }
        _ => None,
    }
}

fn accepts(rules: &Text, sample: &str) -> bool {
    checks::text(rules, sample).iter().all(checks::Complaint::is_warning)
}

fn without_rules(schema: &Json) -> Json {
    let mut schema = schema.clone();
    schema.as_object_mut().unwrap().remove("x-refine");
    schema
}

fn json(literal: &Literal) -> Json {
    match literal {
        Literal::Text(text) => (*text).into(),
        Literal::Number(number) => (*number).into(),
        Literal::Flag(flag) => (*flag).into(),
        Literal::List(items) => items.iter().map(json).collect(),
        Literal::Object(members) => members.iter().map(|(name, value)| ((*name).to_owned(), json(value))).collect(),
    }
}

fn strings(json: &Json) -> Vec<String> {
    json.as_array().into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

fn slug_of(kind: &Json) -> String {
    kind["slug"].as_str().unwrap().to_owned()
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Single => "single",
        Phase::Dual => "dual",
    }
}

fn description() -> Json {
    serde_json::from_str(include_str!("data/kinds.json")).unwrap()
}
