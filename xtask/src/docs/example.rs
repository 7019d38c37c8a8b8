//! Makes the examples of a resource from its record: the one to copy first, its variants, and how to import.
//!
//! An argument whose example says the same as leaving it out is left out.

use serde_json::Value as Json;
use terraform_provider_infisical::catalog::base;
use terraform_provider_infisical::catalog::table::{
    Field, Form, Kind, List, Literal, Object, Presence, Rule, Text, Type,
};
use terraform_provider_infisical::terraform::hcl::{Arguments, Expression, block};

/// The rotation that the import examples name: not the ID of anything else in the examples.
const ROTATION_ID: &str = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b";

/// One file of `examples/resources/<resource>/`.
pub(super) struct Example {
    /// The file's name.
    pub(super) file: &'static str,
    /// What is in it.
    pub(super) text: String,
}

/// All examples that follow from the record of `kind`.
pub(super) fn examples(kind: &Kind) -> Vec<Example> {
    let mut examples = vec![
        Example { file: "resource.tf", text: resource(kind, &parameters(kind, &is_needed), None) },
        Example { file: "import.sh", text: import_command(kind) },
        Example { file: "import-by-string-id.tf", text: import_block(kind) },
        Example { file: "import-by-identity.tf", text: import_by_identity(kind) },
    ];
    if parameters(kind, &is_needed) != parameters(kind, &adds_something) {
        let comment = "# With the optional parameters too.\n";
        let text = format!("{comment}{}", resource(kind, &parameters(kind, &adds_something), None));
        examples.push(Example { file: "resource-all-parameters.tf", text });
    }
    if let Some(text) = with_temporary_password(kind) {
        examples.push(Example { file: "resource-temporary-password.tf", text });
    }
    examples
}

/// The resource's name in the examples.
pub(super) fn label() -> &'static str {
    match base::FIELDS.first().and_then(|field| field.example) {
        Some(Literal::Text(name)) => name,
        _ => "example",
    }
}

/// Whether a parameter is in the first example.
fn is_needed(field: &Field) -> bool {
    field.is_required()
}

/// Whether the example of a field says more than its absence would.
fn adds_something(field: &Field) -> bool {
    match field.presence {
        Presence::Default(value) | Presence::Assumed(value) => field.example != Some(value),
        Presence::Required | Presence::Optional => true,
    }
}

fn parameters(kind: &Kind, takes: &dyn Fn(&Field) -> bool) -> Arguments {
    members(kind.parameters.fields.iter().filter(|field| takes(field)))
}

fn resource(kind: &Kind, parameters: &Arguments, more: Option<Arguments>) -> String {
    let fields = base::FIELDS.iter().filter(|field| adds_something(field));
    let (schedule, place): (Vec<_>, Vec<_>) = fields.partition(|field| field.name.starts_with("rotat"));
    let groups = [
        members(place),
        members(schedule),
        vec![("parameters".to_owned(), Expression::Object(parameters.clone()))],
        vec![("secrets_mapping".to_owned(), Expression::Object(members(kind.secrets)))],
        more.unwrap_or_default(),
    ];
    block(&format!("resource \"{}\" \"{}\"", kind.resource, label()), &groups)
}

/// The variant in which the account changes its own password, for kinds that have it.
fn with_temporary_password(kind: &Kind) -> Option<String> {
    let (field, choice, value) = kind.rules.iter().find_map(|rule| match *rule {
        Rule::CreationNeeds { field, choice, value } => Some((field, choice, value)),
        _ => None,
    })?;
    let (choice, member) = (choice.strip_prefix("parameters.")?, field.strip_prefix("temporary_parameters.")?);
    let parameters = kind.parameters.fields.iter().filter(|field| field.is_required() || field.name == choice);
    let parameters = parameters.map(|field| {
        let example =
            if field.name == choice { Expression::Plain(Literal::Text(value).hcl()) } else { expression(field) };
        (field.name.to_owned(), example)
    });
    let temporary = format!("var.present_password == null ? null : {{ {member} = var.present_password }}");
    let temporary = Expression::Plain(temporary);
    let resource = resource(kind, &parameters.collect(), Some(vec![("temporary_parameters".to_owned(), temporary)]));
    let variable = block(
        "variable \"present_password\"",
        &[vec![
            ("description".to_owned(), quoted("The account's password until the rotation is created.")),
            ("type".to_owned(), Expression::Plain("string".to_owned())),
            ("ephemeral".to_owned(), Expression::Plain("true".to_owned())),
            ("default".to_owned(), Expression::Plain("null".to_owned())),
        ]],
    );
    Some(format!(
        "# Needs: terraform 1.11\n# The account changes its own password. Give the present one once, for the creation; \
         afterwards nobody needs it.\n{resource}\n{variable}"
    ))
}

fn import_command(kind: &Kind) -> String {
    let address = format!("{}.{}", kind.resource, label());
    format!(
        "# By the rotation's ID.\nterraform import {address} {ROTATION_ID}\n\n# By place and name: <project \
         id>/<environment>/<name>?path=/folder. Without ?path= the root folder is meant.\nterraform import {address} \
         '{}'\n",
        place_and_name()
    )
}

fn import_block(kind: &Kind) -> String {
    let arguments = vec![
        ("to".to_owned(), Expression::Plain(format!("{}.{}", kind.resource, label()))),
        ("id".to_owned(), quoted(ROTATION_ID)),
    ];
    block("import", &[arguments])
}

fn import_by_identity(kind: &Kind) -> String {
    let identity =
        vec![("id".to_owned(), quoted(ROTATION_ID)), ("project_id".to_owned(), quoted(base_example("project_id")))];
    let arguments = vec![
        ("to".to_owned(), Expression::Plain(format!("{}.{}", kind.resource, label()))),
        ("identity".to_owned(), Expression::Object(identity)),
    ];
    format!("# Needs: terraform 1.12\n{}", block("import", &[arguments]))
}

/// The second form of the import ID, for the rotation of the examples.
fn place_and_name() -> String {
    let [project, environment, name, path] = ["project_id", "environment", "name", "secret_path"].map(base_example);
    format!("{project}/{environment}/{name}?path={path}")
}

/// The project of the examples.
pub(super) fn project_id() -> &'static str {
    base_example("project_id")
}

/// The example of a text that all kinds have.
fn base_example(name: &str) -> &'static str {
    match base::FIELDS.iter().find(|field| field.name == name).and_then(|field| field.example) {
        Some(Literal::Text(text)) => text,
        _ => "",
    }
}

fn members<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Arguments {
    fields.into_iter().map(|field| (field.name.to_owned(), expression(field))).collect()
}

/// The example of a field: its own, or made of its members' where it is an object or a list of them.
fn expression(field: &Field) -> Expression {
    match (field.shape, field.example) {
        (Type::Text(Text { forms: [Form::JsonObject { .. }, ..], .. }), Some(Literal::Text(text))) => {
            match serde_json::from_str(text) {
                Ok(json) => Expression::Call("jsonencode", Box::new(from_json(&json))),
                Err(_) => quoted(text),
            }
        }
        (_, Some(literal)) => from_literal(literal),
        (Type::Object(object), None) => from_object(object),
        (Type::List(List { item: Type::Object(object), .. }), None) => Expression::List(vec![from_object(*object)]),
        (_, None) => Expression::Plain("null".to_owned()),
    }
}

fn from_object(object: Object) -> Expression {
    Expression::Object(members(object.fields.iter().filter(|field| adds_something(field))))
}

fn from_literal(literal: Literal) -> Expression {
    match literal {
        Literal::List(items) => Expression::List(items.iter().copied().map(from_literal).collect()),
        Literal::Object(members) => {
            Expression::Object(members.iter().map(|(name, value)| ((*name).to_owned(), from_literal(*value))).collect())
        }
        Literal::Text(_) | Literal::Number(_) | Literal::Flag(_) => Expression::Plain(literal.hcl()),
    }
}

fn from_json(json: &Json) -> Expression {
    match json {
        Json::Object(members) => {
            Expression::Object(members.iter().map(|(name, value)| (name.clone(), from_json(value))).collect())
        }
        Json::Array(items) => Expression::List(items.iter().map(from_json).collect()),
        // Null, truth values, numbers and plain texts are spelt alike in both languages.
        other => Expression::Plain(other.to_string()),
    }
}

fn quoted(text: &'static str) -> Expression {
    Expression::Plain(Literal::Text(text).hcl())
}
