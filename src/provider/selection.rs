//! How users name one rotation to read: by its ID, or by its place and name; and finding it.
//!
//! The API's own routes want the kind as well. Where the configuration leaves it out, the rotation is picked from the
//! list of its project, which one call answers for all that are read in the same run.

use tokio_util::sync::CancellationToken;

use crate::catalog::table::{Field, Form, Literal, TEXT, text};
use crate::infisical::{Client, Error, Rotation};
use crate::terraform::{AttributePath, Diagnostic, Diagnostics, Value};

use super::rotation::normalise::{equivalent, normalise_members};
use super::rotation::validate::validate_arguments;

/// The arguments that name a rotation.
pub(super) static FIELDS: &[Field] = &[
    text("id", TEXT.untrimmed().forms(&[Form::Uuid]), "The rotation's ID. Goes without place and name.").optional(),
    KIND,
    text(
        "project_id",
        TEXT,
        "The project's ID. Needed beside `name`; beside `id` it spares the search through all projects of the identity.",
    )
    .optional(),
    text("environment", TEXT.forms(&[Form::Slug]), "Slug of the environment. Needed beside `name`.").optional(),
    PATH,
    text("name", TEXT.forms(&[Form::Slug]), "The rotation's name. Goes without `id`.").optional(),
];

/// The kind of a rotation as an argument; a kind newer than this provider is as good as any other.
pub(super) const KIND: Field = text(
    "type",
    TEXT.untrimmed().forms(&[Form::Slug]),
    "The kind of rotation as the API spells it, such as `redis-credentials`.",
)
.optional();

/// A folder as an argument.
pub(super) const PATH: Field =
    text("secret_path", TEXT.forms(&[Form::FolderPath]), "The folder. Goes with `name`.").default(Literal::Text("/"));

/// One rotation, named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    kind: Option<String>,
    by: By,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum By {
    Id { id: String, project_id: Option<String> },
    Name { project_id: String, environment: String, secret_path: String, name: String },
}

/// Judges the arguments that name a rotation: each alone, and whether they name exactly one.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = validate_arguments(FIELDS, config);
    diagnostics.extend(contradictions(config));
    diagnostics
}

/// Says where the arguments name no rotation, or name it twice.
fn contradictions(config: &Value) -> Diagnostics {
    let is_null = |name: &str| config.get(name).is_null();
    let is_known = |name: &str| !is_null(name) && !config.get(name).is_unknown();
    if is_null("id") && is_null("name") {
        let text = "Name the rotation: by its `id`, or by `project_id`, `environment`, `secret_path` and `name`.";
        return Diagnostic::error("Missing value", text).at(AttributePath::of("id")).into();
    }
    if is_known("id") {
        let beside = ["name", "environment", "secret_path"].into_iter().filter(|name| is_known(name));
        return beside.map(|name| twice(name, "id")).collect();
    }
    let missing = ["project_id", "environment"].into_iter().filter(|name| is_known("name") && is_null(name));
    missing
        .map(|name| {
            let text = format!("`{name}` needs a value: a `name` alone does not tell which rotation is meant.");
            Diagnostic::error("Missing value", text).at(AttributePath::of(name))
        })
        .collect()
}

/// Says that `name` is given although `other` says the same.
pub(super) fn twice(name: &str, other: &str) -> Diagnostic {
    let text = format!("`{other}` alone says which one is meant: leave out `{name}`, or `{other}`.");
    Diagnostic::error("Named in two ways", text).at(AttributePath::of(name))
}

impl Selection {
    /// Reads a known configuration.
    pub(super) fn read(config: &Value) -> Result<Self, Diagnostics> {
        let diagnostics = contradictions(config);
        if diagnostics.has_errors() {
            return Err(diagnostics);
        }
        let sent = normalise_members(FIELDS, config);
        let given = |name: &str| sent.get(name).as_str().map(str::to_owned);
        let text = |name: &str| given(name).unwrap_or_default();
        let by = match given("id") {
            Some(id) => By::Id { id: id.to_ascii_lowercase(), project_id: given("project_id") },
            None => By::Name {
                project_id: text("project_id"),
                environment: text("environment"),
                secret_path: text("secret_path"),
                name: text("name"),
            },
        };
        Ok(Self { kind: given("type"), by })
    }

    /// Says which rotation is meant, to be read after a verb.
    pub(super) fn describe(&self) -> String {
        let kind = self.kind.as_deref().map(|kind| format!(" of the type {kind}")).unwrap_or_default();
        match &self.by {
            By::Id { id, project_id: Some(project) } => {
                format!("the rotation with the ID {id}{kind} in the project {project}")
            }
            By::Id { id, project_id: None } => format!("the rotation with the ID {id}{kind}"),
            By::Name { project_id, environment, secret_path, name } => format!(
                "the rotation `{name}`{kind} in `{secret_path}` of the environment `{environment}` in the project \
                 {project_id}"
            ),
        }
    }

    /// The ID and the kind, where both are given: enough for the routes of one rotation.
    pub(super) fn id_and_kind(&self) -> Option<(&str, &str)> {
        match (&self.by, &self.kind) {
            (By::Id { id, .. }, Some(kind)) => Some((id, kind)),
            _ => None,
        }
    }

    /// Finds the rotation; `None` if there is none that the caller may see.
    pub(super) async fn find(&self, client: &Client, stop: &CancellationToken) -> Result<Option<Rotation>, Error> {
        match (&self.by, self.kind.as_deref()) {
            (By::Id { id, project_id }, Some(kind)) => {
                client.read_rotation(stop, kind, project_id.as_deref(), id).await
            }
            (By::Id { id, project_id: Some(project) }, None) => with_id(client, stop, project, id).await,
            (By::Id { id, project_id: None }, None) => anywhere(client, stop, id).await,
            (By::Name { project_id, environment, secret_path, name }, Some(kind)) => {
                client.rotation_by_name(stop, kind, project_id, environment, secret_path, name).await
            }
            (By::Name { project_id, environment, secret_path, name }, None) => {
                let rotations = client.project_rotations(stop, project_id).await?;
                let is_meant = |rotation: &Rotation| {
                    rotation.name == *name
                        && rotation.environment.slug == *environment
                        && is_same_folder(&rotation.folder.path, secret_path)
                };
                Ok(rotations.into_iter().find(is_meant))
            }
        }
    }

    /// Finds the rotation as it is at this moment, by no answer that is shared with others: for what changes it.
    pub(super) async fn find_now(&self, client: &Client, stop: &CancellationToken) -> Result<Option<Rotation>, Error> {
        match (&self.by, self.kind.as_deref()) {
            (By::Id { id, .. }, Some(kind)) => client.fresh_rotation(stop, kind, id).await,
            (By::Name { .. }, Some(_)) => self.find(client, stop).await,
            (_, None) => match self.find(client, stop).await? {
                Some(found) => client.fresh_rotation(stop, &found.kind, &found.id).await,
                None => Ok(None),
            },
        }
    }
}

/// Whether two spellings mean the same folder.
pub(super) fn is_same_folder(one: &str, other: &str) -> bool {
    equivalent(&PATH, &one.into(), &other.into())
}

async fn with_id(
    client: &Client,
    stop: &CancellationToken,
    project: &str,
    id: &str,
) -> Result<Option<Rotation>, Error> {
    Ok(client.project_rotations(stop, project).await?.into_iter().find(|rotation| rotation.id == id))
}

/// Looks through all projects that the caller is a member of; those whose rotations it may not read have none for it.
async fn anywhere(client: &Client, stop: &CancellationToken, id: &str) -> Result<Option<Rotation>, Error> {
    for project in client.projects(stop).await? {
        match with_id(client, stop, &project.id, id).await {
            Ok(Some(rotation)) => return Ok(Some(rotation)),
            Ok(None) => {}
            Err(Error::Forbidden(_)) => {
                tracing::info!(project = project.id, "the rotations of this project may not be read");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

    fn config(arguments: &[(&str, &str)]) -> Value {
        Value::map(arguments.iter().map(|(name, value)| (*name, Value::from(*value))))
    }

    fn complaints(config: &Value) -> Vec<(String, String)> {
        validate(config).iter().map(|told| (told.path.to_string(), told.summary.clone())).collect()
    }

    #[test]
    fn exactly_one_way_names_a_rotation() {
        let place = [("project_id", "p"), ("environment", "prod"), ("name", "orders")];
        assert_eq!(complaints(&config(&[("id", ID)])), []);
        assert_eq!(complaints(&config(&[("id", ID), ("type", "redis-credentials"), ("project_id", "p")])), []);
        assert_eq!(complaints(&config(&place)), []);
        let complaint = |path: &str, summary: &str| (path.to_owned(), summary.to_owned());
        assert_eq!(complaints(&config(&[])), [complaint("id", "Missing value")]);
        assert_eq!(
            complaints(&config(&[("name", "orders"), ("secret_path", "/a")])),
            [complaint("project_id", "Missing value"), complaint("environment", "Missing value")]
        );
        assert_eq!(
            complaints(&config(&[("id", ID), ("name", "orders"), ("secret_path", "/a")])),
            [complaint("name", "Named in two ways"), complaint("secret_path", "Named in two ways")]
        );
        assert_eq!(complaints(&config(&[("id", "7")])), [complaint("id", "Text of a wrong form")]);
        assert_eq!(complaints(&config(&[("id", ID), ("type", "a/../b")])), [complaint("type", "Text of a wrong form")]);
    }

    #[test]
    fn what_is_not_known_yet_is_not_judged() {
        for name in ["id", "name", "environment", "project_id", "secret_path", "type"] {
            let mut both = config(&[("id", ID)]);
            both.set(name, Value::unknown());
            assert_eq!(complaints(&both), [], "{name}");
            let mut place = config(&[("project_id", "p"), ("environment", "prod"), ("name", "orders")]);
            place.set(name, Value::unknown());
            assert_eq!(complaints(&place), [], "{name}");
        }
    }

    #[test]
    fn arguments_are_read_as_the_server_would() {
        let place = config(&[("project_id", " p "), ("environment", "prod"), ("name", "orders ")]);
        let selection = Selection::read(&place).unwrap();
        assert_eq!(selection.describe(), "the rotation `orders` in `/` of the environment `prod` in the project p");
        assert!(is_same_folder("/a/b", " /a/b/"));
        assert!(!is_same_folder("/a/b", "/a"));
        let upper = Selection::read(&config(&[("id", &ID.to_uppercase()), ("type", "a")])).unwrap();
        assert_eq!(upper.describe(), format!("the rotation with the ID {ID} of the type a"));
    }
}
