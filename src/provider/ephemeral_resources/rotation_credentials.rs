//! `infisical_rotation_credentials`: the credentials of a rotation, for use in this run only.
//!
//! They come from the rotation, which takes a permission of its own, or from the secrets that it writes, for which
//! reading secrets is enough.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use serde_json::Value as Json;

use crate::catalog::table::{Field, flag};
use crate::infisical::{Client, GeneratedCredentials, Place};
use crate::provider::failure::Attempt;
use crate::provider::rotation::normalise::normalise_members;
use crate::provider::rotation::schema::attribute;
use crate::provider::rotation::validate::validate_arguments;
use crate::provider::selection::{self, Selection, twice};
use crate::provider::session::Session;
use crate::terraform::{
    Attribute, AttributePath, Context, Diagnostic, Diagnostics, EphemeralResource, Lease, Members, Mode, Name, Opened,
    Reply, Result, Schema, Type, Value,
};

use super::mapped::{self, Trouble};

const MAPPING: &str = "secrets_mapping";

static PREVIOUS: &[Field] = &[flag(
    "include_previous",
    "Whether `previous_credentials` is filled too. Goes without `secrets_mapping`: secrets hold the active ones only.",
)
.optional()];

/// The ephemeral resource.
pub(super) struct RotationCredentials {
    session: Arc<Session>,
    schema: OnceLock<Schema>,
}

impl RotationCredentials {
    /// The ephemeral resource, which calls through `session`.
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, schema: OnceLock::new() }
    }
}

#[async_trait]
impl EphemeralResource for RotationCredentials {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(schema)
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        match config.get(MAPPING) {
            Value::Null => selection::validate(config),
            Value::Unknown(_) => validate_arguments(selection::FIELDS, config),
            mapping => {
                let mut diagnostics = validate_arguments(selection::FIELDS, config);
                diagnostics.extend(misplaced(config));
                diagnostics.extend(unnamed(mapping));
                diagnostics
            }
        }
    }

    async fn open(&self, context: &Context, config: Value) -> Result<Reply<Opened>> {
        let credentials = match config.get(MAPPING) {
            Value::Null => self.generated(context, &config).await?,
            mapping => Credentials { active: self.mapped(context, &config, mapping).await?, ..Credentials::default() },
        };
        let mut value = config;
        value.set("credentials", credentials.active);
        value.set("previous_credentials", credentials.previous);
        value.set("active_index", credentials.active_index);
        Ok(Opened { value, lease: Lease::default() }.into())
    }
}

/// What was found.
struct Credentials {
    active: Value,
    previous: Value,
    active_index: Value,
}

impl Default for Credentials {
    fn default() -> Self {
        Self { active: Value::Null, previous: Value::Null, active_index: Value::Null }
    }
}

impl RotationCredentials {
    /// The credentials as the rotation has them.
    async fn generated(&self, context: &Context, config: &Value) -> Result<Credentials> {
        let selection = Selection::read(config)?;
        let what = format!("Reading the credentials of {}.", selection.describe());
        let attempt = attempt(what);
        let client = self.session.client(&attempt)?;
        let (id, kind) = identify(&selection, &client, context, &attempt).await?;
        let generated = client.generated_credentials(&context.stop, &kind, &id).await;
        let generated = generated.map_err(|error| attempt.failed(&error))?;
        let Some(active) = generated.active() else {
            let text = "The server did not say which credentials are the active ones. Run the command again; if that does \
                        not help, report it.";
            return Err(failure(&attempt, text).into());
        };
        let previous = previous(&generated).filter(|_| config.get("include_previous").as_bool() == Some(true));
        Ok(Credentials {
            active: texts(active),
            previous: previous.map_or(Value::Null, texts),
            active_index: Value::integer(generated.active_index),
        })
    }

    /// The credentials as the secrets hold them, under the keys of `mapping`.
    async fn mapped(&self, context: &Context, config: &Value, mapping: &Value) -> Result<Value> {
        let sent = normalise_members(selection::FIELDS, config);
        let argument = |name: &str| sent.get(name).as_str().unwrap_or_default();
        let (project_id, environment, path) =
            (argument("project_id"), argument("environment"), argument("secret_path"));
        let attempt = attempt(format!(
            "Reading the secrets that `{MAPPING}` names in `{path}` of the environment `{environment}` in the project \
             {project_id}."
        ));
        let client = self.session.client(&attempt)?;
        let members = mapping.as_map().into_iter().flatten();
        let wanted: Vec<(&Name, &str)> = members.filter_map(|(key, name)| Some((key, name.as_str()?))).collect();
        let names: BTreeSet<&str> = wanted.iter().map(|(_, name)| *name).collect();
        let place = Place { project_id, environment, path };
        let secrets = mapped::read(&client, &context.stop, place, &names).await.map_err(|trouble| {
            let text = match trouble {
                Trouble::Call(error) => return attempt.failed(&error),
                Trouble::Missing(name) => {
                    format!(
                        "There is no secret `{name}`, or the identity may not see it. Check `secret_path` and the names in \
                         `{MAPPING}`."
                    )
                }
                Trouble::Hidden(name) => {
                    format!(
                        "The identity may see that `{name}` exists, not its value: it lacks `readValue` on \
                         `secrets`. Give its role that permission."
                    )
                }
                Trouble::Restless => {
                    "They were rotated again and again while they were read. Run the command again.".to_owned()
                }
            };
            failure(&attempt, &text).at(AttributePath::of(MAPPING)).into()
        })?;
        Ok(Value::map(wanted.into_iter().filter_map(|(key, name)| {
            let secret = secrets.get(name)?;
            Some((key, Value::string(secret.value.expose())))
        })))
    }
}

/// The ID and the kind of the rotation, which the routes of one rotation want.
async fn identify(
    selection: &Selection,
    client: &Client,
    context: &Context,
    attempt: &Attempt,
) -> Result<(String, String)> {
    if let Some((id, kind)) = selection.id_and_kind() {
        return Ok((id.to_owned(), kind.to_owned()));
    }
    let found = selection.find(client, &context.stop).await.map_err(|error| attempt.failed(&error))?;
    let Some(rotation) = found else {
        let text = "There is no such rotation, or the identity may not see it. Check what it is named by, and that the identity's \
                    role has `read` on `secret-rotation`.";
        return Err(failure(attempt, text).into());
    };
    Ok((rotation.id, rotation.kind))
}

fn attempt(what: String) -> Attempt {
    Attempt { summary: "Could not read the credentials", what, kind: None }
}

fn failure(attempt: &Attempt, text: &str) -> Diagnostic {
    Diagnostic::error(attempt.summary, format!("{}\n\n{text}", attempt.what))
}

/// The credentials that were active before; none after the creation, and for kinds that have but one set.
fn previous(generated: &GeneratedCredentials) -> Option<&Json> {
    let mut others = generated.generated_credentials.iter().zip(0_i64..);
    others.find(|(_, index)| *index != generated.active_index).map(|(set, _)| set)
}

/// A set of credentials as a map of texts, under the API's keys. What has no value is left out.
fn texts(set: &Json) -> Value {
    let members = set.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    Value::map(members.map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (key, Value::string(text))
    }))
}

/// Arguments that do not go with `secrets_mapping`, and those that it lacks.
fn misplaced(config: &Value) -> Diagnostics {
    let is_null = |name: &str| config.get(name).is_null();
    let surplus = ["id", "name", "type"].into_iter().filter(|name| config.get(name).as_str().is_some());
    let mut diagnostics: Diagnostics = surplus.map(|name| twice(name, MAPPING)).collect();
    if config.get("include_previous").as_bool() == Some(true) {
        let text = format!(
            "The secrets of `{MAPPING}` hold the active credentials only: leave out `include_previous`, or \
                            name the rotation instead."
        );
        let error = Diagnostic::error("Previous credentials are not in the secrets", text);
        diagnostics.push(error.at(AttributePath::of("include_previous")));
    }
    for name in ["project_id", "environment"].into_iter().filter(|name| is_null(name)) {
        let text = format!("`{name}` needs a value: `{MAPPING}` alone does not tell where the secrets are.");
        diagnostics.push(Diagnostic::error("Missing value", text).at(AttributePath::of(name)));
    }
    diagnostics
}

/// Says where a mapping names no secret.
fn unnamed(mapping: &Value) -> Diagnostics {
    let path = AttributePath::of(MAPPING);
    let members = mapping.as_map();
    if members.is_none_or(Members::is_empty) {
        let text = format!("`{MAPPING}` names no secret: give the names of those that the rotation writes.");
        return Diagnostic::error("Wrong number of elements", text).at(path).into();
    }
    let empty = members.into_iter().flatten().filter(|(_, name)| name.is_null() || name.as_str() == Some(""));
    empty
        .map(|(key, _)| {
            let path = path.key(key);
            Diagnostic::error("Missing value", format!("`{path}` needs the name of a secret.")).at(path)
        })
        .collect()
}

fn schema() -> Schema {
    let arguments = selection::FIELDS.iter().chain(PREVIOUS).map(|field| {
        // Nothing is planned here: what is left out stays so.
        Attribute { mode: Mode::Optional, default: None, ..attribute(field) }
    });
    let mapping = Attribute::new(MAPPING, Type::map(Type::String)).optional().describe(
        "Reads the secrets of these names instead of asking the rotation: needs `project_id`, `environment` and \
         `secret_path`, and no permission but to read these secrets. Usually `secrets_mapping` of the rotation's resource; \
         its keys become the keys of `credentials`.",
    );
    let credentials =
        |name: &str, text: &str| Attribute::new(name, Type::map(Type::String)).computed().sensitive().describe(text);
    let computed = [
        credentials(
            "credentials",
            "The active credentials: under the API's keys, such as `username` and `password`, or under those of \
             `secrets_mapping`.",
        ),
        credentials(
            "previous_credentials",
            "The other credentials, which were active before the last rotation, under the API's keys. Null without \
             `include_previous`, and before the first rotation.",
        ),
        Attribute::new("active_index", Type::Number)
            .computed()
            .describe("Which of the generated credentials, 0 or 1, is the active one; null with `secrets_mapping`."),
    ];
    Schema {
        description: "Hands the credentials of a rotation to what needs them in this run: a provider block, a write-only \
                      argument. They reach neither state nor plan. Without `secrets_mapping` the identity needs \
                      `read-generated-credentials` on `secret-rotation`, and `read` unless `id` and `type` are given; with \
                      it, `describeSecret` and `readValue` on `secrets`. Needs Terraform 1.11 or OpenTofu 1.11."
            .to_owned(),
        attributes: arguments.chain([mapping]).chain(computed).collect(),
        ..Schema::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn generated(sets: &Json, active_index: i64) -> GeneratedCredentials {
        serde_json::from_value(json!({
            "generatedCredentials": sets, "activeIndex": active_index, "rotationId": "i", "type": "t",
        }))
        .unwrap()
    }

    #[test]
    fn the_previous_set_is_the_other_one() {
        let sets = json!([{"a": "0"}, {"a": "1"}]);
        assert_eq!(previous(&generated(&sets, 0)), Some(&json!({"a": "1"})));
        assert_eq!(previous(&generated(&sets, 1)), Some(&json!({"a": "0"})));
        assert_eq!(previous(&generated(&json!([{"a": "0"}]), 0)), None);
    }

    #[test]
    fn credentials_of_every_sort_become_texts() {
        let set = r#"{"keyId": 7, "exact": 0.10, "clientSecret": "s", "none": null, "on": true}"#;
        let expected = Value::map([
            ("keyId", Value::from("7")),
            ("exact", "0.10".into()),
            ("clientSecret", "s".into()),
            ("on", "true".into()),
        ]);
        assert_eq!(texts(&serde_json::from_str(set).unwrap()), expected);
    }
}
