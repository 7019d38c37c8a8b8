//! The schema of a rotation resource, made from its kind's record.
//!
//! Three groups of attributes: what the catalog describes (base, `parameters`, `secrets_mapping`,
//! `temporary_parameters`), what only Terraform knows, and what only the server tells.

use crate::catalog::base;
use crate::catalog::table::{Field, Kind, List, Object, Presence, Type as Catalog};
use crate::terraform::{Attribute, Mode, Nesting, Schema, Type, Value};

use super::normalise::{equivalent, literal};
use super::open;

/// The attributes of the resource that manages rotations of this kind.
pub(super) fn schema(kind: &'static Kind) -> Schema {
    let mut attributes: Vec<Attribute> = base::FIELDS.iter().map(attribute).collect();
    attributes.push(group("parameters", &kind.parameters).describe("What is rotated, and how."));
    attributes.push(group("secrets_mapping", &kind.mapping()).describe(
        "Names of the secrets that receive the credentials, in the folder of `secret_path`. Creation makes them, so \
         none of them may exist there yet; a later change renames them and keeps their values.",
    ));
    if kind.has_temporary_parameters() {
        attributes.push(temporary_parameters(kind));
    }
    attributes.extend(local_attributes());
    attributes.extend(computed_attributes());
    Schema {
        version: 0,
        description: format!(
            "Rotates {} {}",
            lower_first(kind.prose.rotated),
            "Infisical issues the credentials and keeps the named secrets up to date; Terraform never sees them."
        ),
        deprecation: None,
        attributes: attributes.into(),
    }
}

fn group(name: &str, object: &Object) -> Attribute {
    if object.open {
        return Attribute::new(name, Type::Dynamic).same_if(open::is_as_wanted);
    }
    Attribute::nested(name, Nesting::Single, object.fields.iter().map(attribute))
}

/// The attribute that a field describes.
pub(in crate::provider) fn attribute(field: &'static Field) -> Attribute {
    let described = match field.shape {
        Catalog::Object(object) => group(field.name, &object),
        Catalog::List(List { item: Catalog::Object(object), .. }) => {
            Attribute::nested(field.name, Nesting::List, object.fields.iter().map(attribute))
        }
        shape => Attribute::new(field.name, plain(&shape)),
    }
    .describe(description(field))
    .same_if(move |one, other| equivalent(field, one, other));
    let moded = match field.presence {
        Presence::Required => described,
        Presence::Optional | Presence::Assumed(_) => described.optional(),
        Presence::Default(value) => described.default(literal(&value)),
    };
    Attribute { replaces: field.immutable, sensitive: field.sensitive, ..moded }
}

fn plain(shape: &Catalog) -> Type {
    match shape {
        Catalog::Text(_) | Catalog::Choice(_) => Type::String,
        Catalog::Number(_) | Catalog::NumberChoice(_) => Type::Number,
        Catalog::Flag => Type::Bool,
        Catalog::Any => Type::Dynamic,
        Catalog::List(list) => Type::list(plain(list.item)),
        Catalog::Object(object) => {
            Type::object(object.fields.iter().map(|field| (field.name.to_owned(), plain(&field.shape))))
        }
    }
}

/// The field's own text, and what its record says beside it: limits, the default, that a change replaces.
fn description(field: &Field) -> String {
    let mut sentences = vec![field.description.to_owned()];
    let limits = field.shape.describe();
    if !limits.is_empty() {
        sentences.push(format!("{}.", upper_first(&limits)));
    }
    match field.presence {
        Presence::Default(value) => sentences.push(format!("Defaults to `{}`.", value.hcl())),
        Presence::Assumed(value) => {
            sentences.push(format!("The server acts as with `{}` when it is left out.", value.hcl()));
        }
        Presence::Required | Presence::Optional => {}
    }
    if field.immutable {
        sentences.push("Changing it replaces the rotation.".to_owned());
    }
    sentences.join(" ")
}

/// Sent once, at creation, and stored nowhere: the object and its members are write-only.
fn temporary_parameters(kind: &'static Kind) -> Attribute {
    let members = kind.temporary.iter().map(|field| {
        // Core refuses a required member inside a write-only object that it has nulled, and the record's own
        // validation says what is missing.
        Attribute { mode: Mode::Optional, replaces: false, write_only: true, ..attribute(field) }
    });
    let attribute = if kind.is_open() {
        Attribute::new("temporary_parameters", Type::Dynamic)
    } else {
        Attribute::nested("temporary_parameters", Nesting::Single, members)
    };
    attribute.optional().write_only().describe(
        "What only the creation needs. Write-only: it is sent once and reaches neither state nor plan. Needs \
             Terraform 1.11 or OpenTofu 1.11.",
    )
}

fn local_attributes() -> [Attribute; 4] {
    [
        Attribute::new("rotation_triggers", Type::map(Type::String)).optional().describe(
            "Any change of this map rotates the secrets now, in place. Adding the map to an existing rotation counts as a \
             change; creating the rotation with it, or removing it, does not.",
        ),
        Attribute::new("create_folder", Type::Bool).default(Value::Bool(false)).describe(
            "Whether creating the rotation first makes the folder of `secret_path`, with those above it, where it is \
             missing. Nothing ever deletes it again. Defaults to `false`.",
        ),
        Attribute::new("delete_secrets", Type::Bool).default(Value::Bool(false)).describe(
            "Whether destroying the rotation deletes the mapped secrets too. When they stay, a later rotation can't be \
             mapped to the same names in the folder. Defaults to `false`.",
        ),
        Attribute::new("revoke_generated_credentials", Type::Bool).default(Value::Bool(false)).describe(
            "Whether destroying the rotation first revokes the credentials at the third party. Defaults to `false`.",
        ),
    ]
}

fn computed_attributes() -> Vec<Attribute> {
    let stable = |name: &str, text: &str| Attribute::new(name, Type::String).computed().stable().describe(text);
    let volatile = |name: &str, of: Type, text: &str| Attribute::new(name, of).computed().describe(text);
    vec![
        stable("id", "The rotation's ID, by which it can be imported."),
        stable("type", "The kind of rotation, as the API spells it."),
        stable("folder_id", "ID of the folder that holds the secrets."),
        stable("created_at", "When the rotation was created."),
        volatile("connection_name", Type::String, "Name of the app connection."),
        volatile("active_index", Type::Number, "Which of the generated credentials, 0 or 1, the secrets hold now."),
        volatile("rotation_status", Type::String, "How the last rotation went: `success` or `failed`."),
        volatile("last_rotation_message", Type::String, "Why the last rotation failed; null if it did not."),
        volatile("last_rotated_at", Type::String, "When the secrets were last rotated."),
        volatile("last_rotation_attempted_at", Type::String, "When a rotation was last tried."),
        volatile("next_rotation_at", Type::String, "When the next one is due; null without automatic rotation."),
        volatile("last_rotation_manual", Type::Bool, "Whether the last rotation was asked for, not scheduled."),
        volatile("updated_at", Type::String, "When the rotation was last changed."),
    ]
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_lowercase().chain(characters).collect()).unwrap_or_default()
}

fn upper_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
