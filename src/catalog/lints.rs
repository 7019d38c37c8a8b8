//! Lints of the table itself: what the compiler can't tell about constants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::checks;
use super::table::{Field, Form, List, Literal, Object, Rule, Type};
use super::{KINDS, Kind, base};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/catalog/kinds");

#[test]
fn each_file_is_a_kind_and_each_kind_a_file() {
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(DIRECTORY).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let stem = name.strip_suffix(".rs").unwrap_or_else(|| panic!("{name} is no Rust file"));
        if stem != "mod" {
            files.insert(stem.to_owned());
        }
    }
    let kinds: BTreeSet<_> = KINDS.iter().map(|kind| kind.slug.replace('-', "_")).collect();
    assert_eq!(files, kinds, "a file that `kinds/mod.rs` doesn't list, or an entry without its file");
}

#[test]
fn kinds_are_data() {
    for kind in KINDS {
        let source =
            fs::read_to_string(Path::new(DIRECTORY).join(format!("{}.rs", kind.slug.replace('-', "_")))).unwrap();
        assert!(source.starts_with("//! "), "{}: the file says what it describes", kind.slug);
        for word in ["fn ", "impl ", "macro_rules!", "|_|"] {
            let found = source.lines().find(|line| line.trim_start().starts_with(word));
            assert_eq!(found, None, "{}: a kind that needs code needs a new word in `table` instead", kind.slug);
        }
    }
}

#[test]
fn kinds_are_sorted_and_unique() {
    let slugs: Vec<_> = KINDS.iter().map(|kind| kind.slug).collect();
    assert!(slugs.is_sorted(), "sort `KINDS` by slug");
    assert_unique("slug", KINDS.iter().map(|kind| kind.slug));
    assert_unique("resource", KINDS.iter().map(|kind| kind.resource));
    assert_unique("title", KINDS.iter().map(|kind| kind.title));
    for kind in KINDS {
        assert_eq!(super::by_slug(kind.slug).unwrap().resource, kind.resource);
        assert_eq!(super::by_resource(kind.resource).unwrap().slug, kind.slug);
        let name = kind.resource.strip_prefix("infisical_").and_then(|name| name.strip_suffix("_rotation"));
        assert!(name.is_some_and(is_snake_case), "{}: infisical_<name>_rotation", kind.resource);
    }
}

#[test]
fn names_are_of_one_form_and_unique() {
    for kind in KINDS {
        for (place, fields) in objects(kind) {
            let place = format!("{} {place}", kind.slug);
            assert_unique(&place, fields.iter().map(|field| field.name));
            assert_unique(&place, fields.iter().map(Field::wire));
            for field in fields {
                assert!(is_snake_case(field.name), "{place}: {}", field.name);
                assert!(
                    field.wire().chars().all(|character| character.is_ascii_alphanumeric()),
                    "{place}: {}",
                    field.wire()
                );
                assert_ne!(
                    field.irregular_wire.unwrap_or_default(),
                    camel(field.name),
                    "{place}: the derived name does"
                );
            }
        }
        assert!(!kind.secrets.is_empty() && !kind.credentials.is_empty() && !kind.connections.is_empty());
        assert_unique(kind.slug, kind.credentials.iter().map(|member| member.name));
        assert!(kind.credentials.iter().any(|member| member.secret), "{}: no credential is secret", kind.slug);
    }
}

#[test]
fn secrets_are_credentials() {
    for kind in KINDS {
        for field in kind.secrets {
            let wire = field.wire();
            let known = kind.credentials.iter().any(|member| member.name == wire);
            assert!(known, "{}: {} is mapped but never generated", kind.slug, field.name);
        }
    }
}

#[test]
fn descriptions_add_meaning() {
    for kind in KINDS {
        let mut seen = BTreeMap::new();
        for (place, fields) in objects(kind) {
            for field in fields {
                let subject = format!("{} {place}.{}", kind.slug, field.name);
                assert_is_prose(&subject, field.description);
                let words = field.name.replace('_', " ");
                let opening = field.description.trim_start_matches("The ").to_lowercase();
                assert!(!opening.starts_with(&format!("{words}.")), "{subject}: repeats the name");
                for printed in ["efault", "(optional", "(required", "(string", "(number"] {
                    assert!(!field.description.contains(printed), "{subject}: the generator prints that");
                }
                if let Some(other) = seen.insert(field.description, field.name) {
                    panic!("{subject}: described like {other}");
                }
            }
        }
    }
}

#[test]
fn prose_is_complete() {
    for kind in KINDS {
        let prose = &kind.prose;
        for text in [prose.rotated, prose.connection, prose.on_create].into_iter().chain(prose.phases.iter().copied()) {
            assert_is_prose(kind.slug, text);
        }
        for text in [prose.prerequisites, prose.on_revoke] {
            if !text.is_empty() {
                assert_is_prose(kind.slug, text);
            }
        }
        assert!(!prose.phases.is_empty(), "{}: says nothing of how long credentials live", kind.slug);
        assert!(!kind.title.to_lowercase().contains("rotation"), "{}: the generator adds the word", kind.slug);
    }
}

#[test]
fn examples_satisfy_their_own_checks() {
    for kind in KINDS {
        for (place, fields) in objects(kind) {
            for field in fields {
                let subject = format!("{} {place}.{}", kind.slug, field.name);
                match (&field.example, field.shape.object()) {
                    (None, Some(_)) => {}
                    (None, None) => panic!("{subject}: no example"),
                    (Some(_), Some(_)) => panic!("{subject}: the members have the examples"),
                    (Some(example), None) => assert_fits(&subject, &field.shape, example),
                }
                for value in field.planned_default().iter().chain(field.assumed_default().iter()) {
                    assert_fits(&subject, &field.shape, value);
                }
            }
        }
    }
}

#[test]
fn examples_may_live_side_by_side() {
    let secrets = KINDS.iter().flat_map(|kind| kind.secrets).map(|field| match field.example {
        Some(Literal::Text(name)) => name,
        other => panic!("{}: {other:?} names no secret", field.name),
    });
    assert_unique("secret in the examples, which share a folder", secrets);
}

#[test]
fn rules_refer_to_fields_that_exist() {
    for kind in KINDS {
        let root = |path: &str| {
            let names: Vec<_> = path.split('.').collect();
            kind.field(&names).copied().or_else(|| group(kind, &names))
        };
        for rule in base::RULES.iter().chain(kind.rules) {
            assert_rule(kind.slug, rule, &root);
        }
        for field in base::FIELDS.iter().chain(kind.parameters.fields) {
            assert_object_rules(kind.slug, field);
        }
    }
}

/// The objects whose members are not in [`base::FIELDS`], as fields.
fn group(kind: &Kind, names: &[&str]) -> Option<Field> {
    let fields = kind.members(names);
    let is_group = matches!(names, ["parameters" | "secrets_mapping" | "temporary_parameters"]);
    (is_group && !fields.is_empty()).then(|| super::table::object("", Object::of(fields), ""))
}

fn assert_object_rules(slug: &str, field: &Field) {
    let Some(object) = field.shape.object() else { return };
    for rule in object.rules {
        assert_rule(slug, rule, &|name| object.fields.iter().find(|field| field.name == name).copied());
    }
    for member in object.fields {
        assert_object_rules(slug, member);
    }
    if let Type::List(List { unique_by, .. }) = field.shape {
        for name in unique_by {
            assert!(object.fields.iter().any(|member| member.name == *name), "{slug}: {name} is no member");
        }
    }
}

fn assert_rule(slug: &str, rule: &Rule, field: &dyn Fn(&str) -> Option<Field>) {
    let shape = |path: &str| field(path).unwrap_or_else(|| panic!("{slug}: {rule:?} speaks of {path}")).shape;
    let is_choice = |path: &str, value: &str| matches!(shape(path), Type::Choice(values) if values.contains(&value));
    let holds = match *rule {
        Rule::CountsFit { counts, total } => {
            let numbers = |object: Object| object.fields.iter().all(|count| matches!(count.shape, Type::Number(_)));
            matches!(shape(counts), Type::Object(object) if numbers(object)) && matches!(shape(total), Type::Number(_))
        }
        Rule::FilledOnlyWhen { list, choice, value } => {
            matches!(shape(list), Type::List(_)) && is_choice(choice, value)
        }
        Rule::MembersDiffer { object } => matches!(shape(object), Type::Object(_)),
        Rule::WarnAbove { field, because, .. } => {
            assert_is_prose(slug, because);
            matches!(shape(field), Type::Number(_))
        }
        Rule::CreationNeeds { field, choice, value } => {
            matches!(shape(field), Type::Text(_)) && is_choice(choice, value)
        }
    };
    assert!(holds, "{slug}: {rule:?} doesn't fit its fields");
}

fn assert_fits(subject: &str, shape: &Type, value: &Literal) {
    match (shape, value) {
        (Type::Text(rules), Literal::Text(text)) => {
            assert_eq!(checks::text(rules, text), [], "{subject}");
            let patterns = rules.forms.iter().filter(|form| matches!(form, Form::Pattern(_)));
            for form in patterns {
                let Form::Pattern(pattern) = form else { continue };
                assert!(regex_lite::Regex::new(pattern.regex).is_ok(), "{subject}: {}", pattern.regex);
            }
        }
        (Type::Choice(values), Literal::Text(text)) => assert_eq!(checks::choice(values, text), None, "{subject}"),
        (Type::NumberChoice(values), Literal::Number(number)) => {
            assert_eq!(checks::number_choice(values, Some(*number)), None, "{subject}");
        }
        (Type::Number(rules), Literal::Number(number)) => {
            let number = number.to_string().parse().unwrap();
            assert_eq!(checks::number(rules, number, true), None, "{subject}");
        }
        (Type::Flag, Literal::Flag(_)) => {}
        (Type::List(rules), Literal::List(items)) => {
            assert_eq!(checks::list_length(rules, items.len()), None, "{subject}");
            for item in *items {
                assert_fits(subject, rules.item, item);
            }
        }
        (Type::Object(object), Literal::Object(members)) => {
            let names = |fields: &[Field]| fields.iter().map(|field| field.name).collect::<Vec<_>>();
            assert_eq!(members.iter().map(|(name, _)| *name).collect::<Vec<_>>(), names(object.fields), "{subject}");
            for (field, (_, value)) in object.fields.iter().zip(*members) {
                assert_fits(subject, &field.shape, value);
            }
        }
        (shape, value) => panic!("{subject}: {value:?} is no {shape:?}"),
    }
}

/// Every object of a kind with its members, the nested ones too.
fn objects(kind: &Kind) -> Vec<(String, &'static [Field])> {
    let mut found = Vec::new();
    let groups = [
        ("", base::FIELDS),
        ("parameters", kind.parameters.fields),
        ("secrets_mapping", kind.secrets),
        ("temporary_parameters", kind.temporary),
    ];
    let mut open: Vec<(String, &'static [Field])> = groups.map(|(place, fields)| (place.to_owned(), fields)).to_vec();
    while let Some((place, fields)) = open.pop() {
        for field in fields.iter().filter(|field| !field.members().is_empty()) {
            open.push((format!("{place}.{}", field.name), field.members()));
        }
        found.push((place, fields));
    }
    found
}

fn assert_is_prose(subject: &str, text: &str) {
    assert!(text.ends_with('.'), "{subject}: a full stop ends {text:?}");
    assert!(!text.contains("  ") && text.trim() == text, "{subject}: white space in {text:?}");
    let first = text.trim_start_matches(['`', '*']).chars().next().unwrap();
    assert!(first.is_uppercase() || text.starts_with('`'), "{subject}: a sentence starts with a capital: {text:?}");
}

fn assert_unique<T: Ord + std::fmt::Debug>(what: &str, items: impl Iterator<Item = T>) {
    let mut seen = BTreeSet::new();
    for item in items {
        assert!(!seen.contains(&item), "two times the same {what}: {item:?}");
        seen.insert(item);
    }
}

fn is_snake_case(name: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.split('_').all(word)
}

fn camel(name: &'static str) -> String {
    super::table::flag(name, "").wire().into_owned()
}
