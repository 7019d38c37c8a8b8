//! Finding an existing rotation by what the user names: its ID, or where it lies and what it is called.

use std::fmt;

use crate::catalog::checks::is_uuid;
use crate::catalog::{Kind, open};
use crate::provider::failure::Attempt;
use crate::provider::session::Session;
use crate::terraform::{Context, Diagnostic, Imported, Object, Reply, Result, Target, Value};

use super::lifecycle::stored;

/// The forms in which a rotation can be named, for messages and documentation.
pub(in crate::provider) const FORMS: &str = concat!(
    "  <rotation id>\n",
    "  <project id>/<environment>/<name>?path=/folder   (without ?path= the root folder is meant)"
);

/// How the kind is named where the resource type does not tell it.
const KIND: &str = "<type>/";

/// How the user names a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImportId {
    /// By the ID that the server gave it.
    Id(String),
    /// By its place and name.
    Name {
        /// The project's ID.
        project_id: String,
        /// The environment's slug.
        environment: String,
        /// The folder.
        secret_path: String,
        /// The rotation's name.
        name: String,
    },
}

/// Why a text names no rotation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct ImportIdError(String);

impl ImportId {
    /// Reads one of the two forms.
    pub(crate) fn parse(text: &str) -> std::result::Result<Self, ImportIdError> {
        let error = |what: &str| Err(ImportIdError(what.to_owned()));
        let (place, query) = match text.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (text, None),
        };
        let parts: Vec<&str> = place.split('/').collect();
        if text.trim() != text || parts.iter().any(|part| part.is_empty()) {
            return error("no part may be empty or surrounded by blanks");
        }
        match (parts.as_slice(), query) {
            ([id], None) if is_uuid(id) => Ok(Self::Id((*id).to_owned())),
            ([_], None) => error("a rotation's ID is a UUID, such as 3c90c3cc-0d44-4b50-8888-8dd25736052a"),
            ([_], Some(_)) => error("an ID stands alone, without `?path=`"),
            ([project_id, environment, name], query) => {
                let secret_path = match query.map(|query| query.strip_prefix("path=")) {
                    None => "/",
                    Some(Some(path)) if path.starts_with('/') => path,
                    Some(Some(_)) => return error("the folder after `?path=` starts with `/`"),
                    Some(None) => return error("after `?` only `path=/folder` may follow"),
                };
                Ok(Self::Name {
                    project_id: (*project_id).to_owned(),
                    environment: (*environment).to_owned(),
                    secret_path: secret_path.to_owned(),
                    name: (*name).to_owned(),
                })
            }
            _ => error("it has neither one part nor three parts separated by `/`"),
        }
    }
}

impl fmt::Display for ImportId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => formatter.write_str(id),
            Self::Name { project_id, environment, secret_path, name } if secret_path == "/" => {
                write!(formatter, "{project_id}/{environment}/{name}")
            }
            Self::Name { project_id, environment, secret_path, name } => {
                write!(formatter, "{project_id}/{environment}/{name}?path={secret_path}")
            }
        }
    }
}

/// Reads a text that begins with the kind: the kind's slug and the rest.
pub(in crate::provider) fn split_kind(text: &str) -> Option<(&str, &str)> {
    text.split_once('/').filter(|(slug, rest)| is_slug(slug) && !rest.is_empty())
}

/// Takes apart what names a rotation together with its kind.
pub(super) fn named_with_kind(target: Target) -> Result<(&'static Kind, Target)> {
    match target {
        Target::Id(text) => {
            let Some((slug, rest)) = split_kind(&text) else {
                let error = ImportIdError("it does not begin with the kind as the API spells it".to_owned());
                return Err(malformed(open::kind(""), &text, &error).into());
            };
            Ok((open::kind(slug), Target::Id(rest.to_owned())))
        }
        Target::Identity(identity) => {
            let slug = identity.get("type").as_str().unwrap_or_default();
            if !is_slug(slug) {
                let error = ImportIdError("the identity needs the `type`, as the API spells it".to_owned());
                return Err(malformed(open::kind(""), slug, &error).into());
            }
            Ok((open::kind(slug), Target::Identity(identity)))
        }
    }
}

/// Imports the rotation that `target` names.
pub(super) async fn import(
    kind: &'static Kind,
    session: &Session,
    context: &Context,
    target: Target,
) -> Result<Reply<Imported>> {
    let id = match &target {
        Target::Id(text) => ImportId::parse(text).map_err(|error| malformed(kind, text, &error))?,
        Target::Identity(identity) => match identity.get("id").as_str() {
            Some(id) if is_uuid(id) => ImportId::Id(id.to_owned()),
            given => {
                return Err(malformed(
                    kind,
                    given.unwrap_or("null"),
                    &ImportIdError("the identity needs the rotation's ID, a UUID".to_owned()),
                )
                .into());
            }
        },
    };
    let attempt = Attempt {
        summary: "Could not import the rotation",
        what: format!("Importing {} `{id}`.", kind.resource),
        kind: Some(kind),
    };
    let client = session.client(&attempt)?;
    let project = match &target {
        Target::Identity(identity) => identity.get("project_id").as_str(),
        Target::Id(_) => None,
    };
    let found = match &id {
        ImportId::Id(id) => client.read_rotation(&context.stop, kind.slug, project, id).await,
        ImportId::Name { project_id, environment, secret_path, name } => {
            client.rotation_by_name(&context.stop, kind.slug, project_id, environment, secret_path, name).await
        }
    };
    match found.map_err(|error| attempt.failed(&error))? {
        Some(rotation) => {
            session.note_managed(&rotation.id);
            let state = stored(kind, &Value::Null, &rotation)?;
            Ok(Object { state, private: Vec::new(), identity: None }.into())
        }
        None => Err(Diagnostic::error(
            attempt.summary,
            format!(
                "{}\n\nThere is no such rotation of the type {}, or the identity may not see it. A rotation is named \
                 by one of these forms:\n\n{}",
                attempt.what,
                kind.slug,
                forms(kind),
            ),
        )
        .into()),
    }
}

fn malformed(kind: &Kind, given: &str, error: &ImportIdError) -> Diagnostic {
    let detail = format!(
        "Importing {} `{given}`: {error}. A rotation is named by one of these forms:\n\n{}",
        kind.resource,
        forms(kind),
    );
    Diagnostic::error("Invalid import ID", detail)
}

fn forms(kind: &Kind) -> String {
    if kind.is_open() { FORMS.replace("  <", &format!("  {KIND}<")) } else { FORMS.to_owned() }
}

fn is_slug(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

    #[test]
    fn both_forms_are_read_and_written() {
        for text in [ID, "my-project/prod/orders", "my-project/prod/orders?path=/a/b"] {
            assert_eq!(ImportId::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(ImportId::parse("p/e/n?path=/").unwrap().to_string(), "p/e/n");
    }

    #[test]
    fn where_the_type_does_not_tell_the_kind_it_comes_first() {
        let (kind, target) = named_with_kind(Target::Id(format!("brand-new/{ID}"))).unwrap();
        assert!(matches!(target, Target::Id(id) if id == ID) && kind.slug == "brand-new" && kind.is_open());
        let error = named_with_kind(Target::Id(ID.to_owned())).unwrap_err();
        let detail = &error.iter().next().unwrap().detail;
        assert!(detail.contains("  <type>/<rotation id>\n  <type>/<project id>/<environment>"), "{detail}");
    }

    #[test]
    fn anything_else_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "no part may be empty"),
            ("orders", "is a UUID"),
            (&format!("{ID}?path=/a"), "stands alone"),
            ("p/e", "neither one part nor three"),
            ("p/e/n/x", "neither one part nor three"),
            ("p//n", "no part may be empty"),
            (" p/e/n", "no part may be empty"),
            ("p/e/n?path=a", "starts with `/`"),
            ("p/e/n?folder=/a", "only `path=/folder`"),
        ] {
            let error = ImportId::parse(text).unwrap_err();
            assert!(error.to_string().contains(reason), "{text}: {error}");
        }
    }
}
