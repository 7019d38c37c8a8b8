//! Renders the page of one resource from its record, its schema and its examples.

use std::fmt::Write as _;

use terraform_provider_infisical::catalog::table::{Credential, Field, Kind, List, Phase};
use terraform_provider_infisical::catalog::{Type, open};
use terraform_provider_infisical::terraform::{Attribute, Schema, Shape};

use super::{Snippet, front_matter, schema};

/// Values beyond which a description names only the first ones.
const MOST_VALUES: usize = 30;

/// Renders the page of `kind`. `examples` are the first one and its variants, `imports` the forms of an import.
pub(super) fn page(kind: &Kind, schema: &Schema, examples: &[Snippet], imports: &[Snippet]) -> String {
    let name = kind.resource;
    let sections = [
        front_matter(
            &format!("{name} Resource - terraform-provider-infisical"),
            Some("Secret Rotations"),
            &schema.description,
        ),
        format!("# {name} (Resource)\n\n{}\n", schema.description),
        before(kind),
        credentials(kind),
        usage(examples),
        state(kind, schema),
        permissions().to_owned(),
        schema::section(schema),
        long_choices(kind),
        replacement(schema),
        import(imports),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Renders the page of the resource for any kind.
pub(super) fn page_of_any(schema: &Schema, examples: &[Snippet], imports: &[Snippet]) -> String {
    let name = open::RESOURCE;
    let sections = [
        front_matter(
            &format!("{name} Resource - terraform-provider-infisical"),
            Some("Secret Rotations"),
            &schema.description,
        ),
        format!("# {name} (Resource)\n\n{}\n", schema.description),
        ANY.to_owned(),
        usage(examples),
        "## What Reaches State\n\nThe arguments as written, and what the server says of the rotation: IDs, dates, \
         status. Of `parameters` and `secrets_mapping` state holds what the configuration names; after an import, all \
         that the server stores. What a rotation generates reaches neither plan nor state.\n\n`temporary_parameters` \
         is write-only: it is sent to the server once and stored nowhere.\n"
            .to_owned(),
        permissions().to_owned(),
        schema::section(schema),
        replacement(schema),
        import(imports).replacen(
            "named by its ID, or by `<",
            "named by its kind and ID, `<type>/<rotation id>`, or by `<type>/<",
            1,
        ),
    ];
    sections.join("\n")
}

const ANY: &str = "\
## For Kinds Without a Resource of Their Own

Infisical learns new kinds of rotations between two releases of this provider. This resource manages each of them: `type` \
says which, `parameters` and `secrets_mapping` take what the API takes, under the API's own names. The data source \
[`infisical_rotation_options`](../data-sources/rotation_options.md) lists the kinds that your server knows.

- **Validation.** While it plans a creation or a change, the provider asks the server once for its own description of \
its API and judges the arguments by it: missing and unknown names, types, limits, choices. Where the server can't be \
asked, or `preflight` is `\"off\"`, the API judges when the plan is applied.
- **What is not named is left alone.** A member that the configuration does not name never shows as a difference, and an \
update keeps it. To take one away, name it as `null`.
- **Before the first apply** the app connection, the project, the environment and the folder exist, and no secret of \
the folder has a name used in `secrets_mapping`. What creation itself does at the third party is told by Infisical's \
own documentation of the kind.
- **Immutable parameters** are not known in advance: the API refuses to change one, and the message says how to replace \
the rotation.

When a later release has a resource of the kind's own, a [`moved` block](../guides/upgrade.md) takes the rotation over \
without a change.
";

fn before(kind: &Kind) -> String {
    let apps: Vec<String> = kind.connections.iter().map(|app| format!("`{app}`")).collect();
    let mut text = format!(
        "## Before the First Apply\n\n- **App connection** of the app {}, made once in Infisical. {}\n",
        apps.join(" or "),
        kind.prose.connection
    );
    if !kind.prose.prerequisites.is_empty() {
        let _ = writeln!(text, "- **At the third party**: {}", kind.prose.prerequisites);
    }
    text += "- **In Infisical**: the project, the environment and the folder exist, and no secret of the folder has a name \
             used in `secrets_mapping`.\n";
    text
}

fn credentials(kind: &Kind) -> String {
    let old = match kind.phase {
        Phase::Single => "Old credentials stop working at once.",
        Phase::Dual => "Old credentials stop working one rotation later.",
    };
    let revoked = match kind.prose.on_revoke {
        "" => "The generated credentials are removed.",
        known => known,
    };
    let creation = paragraphs(&["**Creation** acts at the third party at once.", kind.prose.on_create]);
    let rotation = format!("**Rotation** replaces the values of the secrets. {old}");
    let rotation = [&[rotation.as_str()], kind.prose.phases].concat();
    let destruction = paragraphs(&[
        "**Destruction** ends the rotation. The secrets stay, with their last values, unless `delete_secrets` is `true`. \
         The third party is not touched unless `revoke_generated_credentials` is `true`.",
        &format!("Revocation: {revoked}"),
    ]);
    format!("## What Happens to the Credentials\n\n{creation}{}{destruction}", paragraphs(&rotation))
}

/// An item of a list, of several paragraphs.
fn paragraphs(texts: &[&str]) -> String {
    format!("- {}\n", texts.join("\n\n  "))
}

/// Renders the section of examples, the plain one first.
pub(super) fn usage(examples: &[Snippet]) -> String {
    let mut text = "## Example Usage\n".to_owned();
    for example in examples {
        if let Some(title) = &example.title {
            let _ = write!(text, "\n### {title}\n");
        }
        let _ = write!(text, "\n{}", example.fenced());
    }
    text
}

fn state(kind: &Kind, schema: &Schema) -> String {
    let names: Vec<String> =
        kind.credentials.iter().map(|credential| format!("`{}`", snake_case(credential))).collect();
    let mut text = format!(
        "## What Reaches State\n\nThe arguments as written, and what the server says of the rotation: IDs, dates, status. \
         `secrets_mapping` holds *names* of secrets. What a rotation generates ({}) reaches neither plan nor state.\n",
        names.join(", ")
    );
    if schema.attributes.iter().any(|attribute| attribute.write_only) {
        text += "\n`temporary_parameters` is write-only: it is sent to the server once and stored nowhere.\n";
    }
    text
}

const fn permissions() -> &'static str {
    "\
## Permissions

The machine identity needs, in the project of `project_id`:

| For | Action | Subject |
|---|---|---|
| plan, refresh, import | `read` | `secret-rotation` |
| creation | `create` | `secret-rotation` |
| creation, connection of the project | `connect-app-connections` | `app-connections` |
| change | `edit` | `secret-rotation` |
| change of `rotation_triggers` | `rotate-secrets` | `secret-rotation` |
| destruction | `delete` | `secret-rotation` |

A connection of the organisation needs `connect` on the *organisation's* `app-connections` instead. The project role \
*Admin* has all of this; *Member* may only read rotations. Conditions of a custom role on `environment`, `secretPath` and \
`connectionId` are judged with the values of the rotation.
"
}

/// All values of choices that are too long for a description.
fn long_choices(kind: &Kind) -> String {
    let mut text = String::new();
    for (path, values) in choices("parameters", kind.parameters.fields) {
        if values.len() > MOST_VALUES {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
            let _ = write!(text, "### Values of `{path}`\n\nAll {}: {}.\n", values.len(), values.join(", "));
        }
    }
    text
}

fn choices(path: &str, fields: &'static [Field]) -> Vec<(String, &'static [&'static str])> {
    let mut found = Vec::new();
    for field in fields {
        let path = format!("{path}.{}", field.name);
        let item = if let Type::List(List { item, .. }) = field.shape { *item } else { field.shape };
        if let Type::Choice(values) = item {
            found.push((path.clone(), values));
        }
        found.extend(choices(&path, field.members()));
    }
    found
}

fn replacement(schema: &Schema) -> String {
    let arguments = replacing("", &schema.attributes);
    format!(
        "## Replacement\n\nA change of {} needs a new rotation: the old one is destroyed, then the new one created. In the same \
         folder that works only if the old secrets go with the old rotation, so the plan refuses such a replacement while \
         `delete_secrets` is `false` in state. Apply `delete_secrets = true` first, or map to other names.\n\n~> `-replace` \
         and tainted resources are replaced without the provider being asked: apply `delete_secrets = true` before you use \
         them.\n",
        series(&arguments)
    )
}

/// The arguments whose change needs a new object, as paths, sorted.
fn replacing(path: &str, attributes: &[Attribute]) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in attributes {
        let path = if path.is_empty() { attribute.name.to_string() } else { format!("{path}.{}", attribute.name) };
        if attribute.replaces {
            found.push(format!("`{path}`"));
        } else if let Shape::Nested(_, members) = &attribute.shape {
            found.extend(replacing(&path, members));
        }
    }
    found.sort();
    found
}

fn import(imports: &[Snippet]) -> String {
    let mut text =
        "## Import\n\nA rotation is named by its ID, or by `<project id>/<environment>/<name>?path=/folder`; \
                    without `?path=` the root folder is meant. From Terraform and OpenTofu 1.12 on, its identity names it too; \
                    `project_id` in it may be left out. After the import `delete_secrets` and \
                    `revoke_generated_credentials` are `false`.\n"
            .to_owned();
    for form in imports {
        let _ = write!(text, "\n{}", form.fenced());
    }
    text
}

/// Joins words as people do.
fn series(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The name of a generated value as attributes are named.
fn snake_case(credential: &Credential) -> String {
    let mut name = String::with_capacity(credential.name.len() + 2);
    for character in credential.name.chars() {
        if character.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}
