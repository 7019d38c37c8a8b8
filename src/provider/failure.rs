//! The one place that turns a failed call into what the user reads: what was attempted, what happened, what to do, and
//! the id under which the server logged it.

use crate::catalog::Kind;
use crate::infisical::{ApiFailure, Error, Issue, PathStep};
use crate::terraform::{AttributePath, Diagnostic, Diagnostics, clean};

/// What was being done when a call failed.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The title of the message, such as "Could not create the rotation". Constant, so that equal ones are merged.
    pub summary: &'static str,
    /// One sentence on what was attempted, with the names that matter.
    pub what: String,
    /// The kind that it was about, for the paths of the server's complaints.
    pub kind: Option<&'static Kind>,
}

impl Attempt {
    /// The messages that tell of `error`.
    pub fn failed(&self, error: &Error) -> Diagnostics {
        let issues = error.issues();
        if issues.is_empty() {
            return self.diagnostic(error).into();
        }
        issues.iter().map(|issue| self.refused_value(error, issue)).collect()
    }

    fn diagnostic(&self, error: &Error) -> Diagnostic {
        let advice = advice(error);
        let paragraphs = [self.what.clone(), happened(error), advice.text, request(error)];
        let detail = paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect::<Vec<_>>().join("\n\n");
        Diagnostic::error(self.summary, detail).at(advice.path)
    }

    /// One complaint of a 422, at the argument that it is about.
    fn refused_value(&self, error: &Error, issue: &Issue) -> Diagnostic {
        let path = self.kind.map(|kind| attribute_path(kind, &issue.path)).unwrap_or_default();
        let place = if path.is_root() { wire_path(&issue.path) } else { path.to_string() };
        let detail = format!(
            "{}\n\nInfisical refused `{place}`: {}\n\nThis server judges the value more strictly than its published \
             description does. Change the value; if the rule is new, please report it so that the plan can tell.\n\n{}",
            self.what,
            sentence(&issue.message),
            request(error),
        );
        Diagnostic::error(self.summary, detail).at(path)
    }
}

/// What to do, and which argument to look at.
struct Advice {
    text: String,
    path: AttributePath,
}

impl Advice {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), path: AttributePath::root() }
    }

    fn at(name: &str, text: impl Into<String>) -> Self {
        Self { text: text.into(), path: AttributePath::of(name) }
    }
}

/// The server's complaints about a creation or an update that come as text, by a part of that text.
const REFUSALS: &[(&str, &str, &str)] = &[
    (
        "plan restriction",
        "",
        "The organisation's Infisical plan has no secret rotation. Upgrade the plan, or use a server whose licence has it.",
    ),
    (
        "Could not find folder",
        "secret_path",
        "Check `environment` and `secret_path`: the folder must exist before the rotation, and a missing environment \
         reads the same. Create the folder first and make the rotation depend on it, or set `create_folder = true`.",
    ),
    (
        "Environment with slug",
        "environment",
        "Check `environment`: it is the slug of an environment of the project. Create the environment first, and make \
         the rotation depend on it.",
    ),
    (
        "Invalid secret path",
        "secret_path",
        "A folder's name has letters, digits, dashes and underscores only; the path starts with `/`.",
    ),
    (
        "with the name",
        "name",
        "No two rotations of a folder share a name, whatever their kinds. Choose another name, or import the existing \
         rotation if it is the one you mean.",
    ),
    (
        "secrets already exist",
        "secrets_mapping",
        "The rotation makes its secrets itself, so none of them may exist in the folder. Map to other names, or remove \
         the secrets that are there; a rotation destroyed without `delete_secrets` leaves its own behind.",
    ),
    ("Secrets mapping keys must be unique", "secrets_mapping", "Give each part of the credentials a name of its own."),
    (
        "Could not find App Connection",
        "connection_id",
        "Check the ID; the connection must exist in this project or in its organisation.",
    ),
    (
        "cannot be used to connect",
        "connection_id",
        "The connection is of another app than this kind of rotation needs. Use one of the right app.",
    ),
    ("You cannot connect project App Connection", "connection_id", "The connection belongs to another project."),
    (
        "Cannot update",
        "parameters",
        "This parameter can't be changed once the rotation exists. Replace the rotation with `-replace`, after applying \
         `delete_secrets = true`.",
    ),
    (
        "rotation is already in progress",
        "",
        "Another rotation of the same secrets is running. Apply again in a minute.",
    ),
    (
        "Reconcile operation is only supported",
        "",
        "A password can be reconciled where the account itself logs in to change it: set `rotation_method` to \
         `login-as-target`. Otherwise the connection's user sets the password anyway: rotate instead.",
    ),
    (
        "encountered an issue while generating credentials",
        "parameters",
        "The third party refused. The reason above is its own; check the connection's rights and `parameters`.",
    ),
];

fn advice(error: &Error) -> Advice {
    match error {
        Error::NotConfigured(_) => {
            Advice::new("Set `auth` in the provider block, or the environment variables that its documentation names.")
        }
        Error::InvalidIdentifier { .. } => Advice::new("Correct the value."),
        Error::Login { source, .. } => login_advice(source),
        Error::Credentials(_) => Advice::new("Check the login's settings in the provider block and the environment."),
        Error::Unauthorised(_) => Advice::new(
            "The access token is not accepted any more. Check that the machine identity still exists, belongs to the \
             organisation and is not limited to fewer uses than a run needs.",
        ),
        Error::Forbidden(failure) => Advice::new(permission_advice(failure)),
        Error::NotFound(failure) => refusal_advice(failure).unwrap_or_else(|| {
            Advice::new("Check the IDs: what does not exist and what the identity may not see read the same.")
        }),
        Error::UnknownRoute(_) => Advice::new(
            "The server does not know this route: it is too old for this kind of rotation, or `host` points to something \
             that is not Infisical. Nothing was taken as deleted.",
        ),
        Error::BadRequest(failure) => refusal_advice(failure)
            .unwrap_or_else(|| Advice::new("Correct what the server complains of, then apply again.")),
        Error::Validation(_) => Advice::new("Change the value that the server names."),
        Error::RateLimited { .. } => Advice::new(
            "The server's rate limit did not free up within `max_retry_wait`. Apply again later, raise that setting, or \
             lower `max_concurrent_requests`. All runs behind one address share the limit.",
        ),
        Error::Server(failure) => refusal_advice(failure).unwrap_or_else(|| {
            Advice::new("The server failed. Its log knows why, under the request's ID. Apply again when it works.")
        }),
        Error::Unreachable { permanent: true, .. } => Advice::new(
            "Check `host` in the provider block or `INFISICAL_HOST`, and the certificates: a private authority is named \
             by `ca_certificate_pem`.",
        ),
        Error::Unreachable { .. } => {
            Advice::new("Check `host` in the provider block or `INFISICAL_HOST`, the network and the proxy.")
        }
        Error::TimedOut { .. } => Advice::new(
            "Apply again; if the server is known to be slow, raise `request_timeout` in the provider block.",
        ),
        Error::Stopped => Advice::new("Apply again to go on from here."),
        Error::UnexpectedAnswer { .. } => Advice::new(
            "Check that `host` is the address of an Infisical server and that nothing between changes its answers.",
        ),
        Error::UnexpectedKind { .. } => {
            Advice::new("Use the resource type of that kind; nothing of the answer was stored.")
        }
        Error::AmbiguousCreate { kind, id, difference, .. } => {
            ambiguous_create(kind, id.as_deref(), difference.as_deref())
        }
        Error::NameTaken { kind, id, .. } => name_taken(kind, id),
        Error::RotationFailed { .. } => Advice::at(
            "rotation_triggers",
            "The third party refused, or could not be reached. The secrets still hold the credentials of the last success; \
             check the connection and `parameters`, then apply again.",
        ),
        Error::AmbiguousRotate { .. } => Advice::at(
            "rotation_triggers",
            "Look at the rotation in Infisical before you apply again: applying again rotates again.",
        ),
        Error::AmbiguousDelete { .. } => Advice::at(
            "revoke_generated_credentials",
            "Look at the third party before you destroy again, or apply `revoke_generated_credentials = false` first.",
        ),
    }
}

fn ambiguous_create(kind: &str, id: Option<&str>, difference: Option<&str>) -> Advice {
    let text = match id {
        Some(id) => format!(
            "{}Nothing was created twice. If the rotation is the one you mean, import it and apply again:\n\n{}",
            difference
                .map(|difference| format!(
                    "It was not taken over, because {}. ",
                    clean(difference).trim_end_matches('.')
                ))
                .unwrap_or_default(),
            import_command(kind, id),
        ),
        None => {
            "Nothing was created twice. Look into the folder before you apply again: a slow creation may still end \
                 there."
                .to_owned()
        }
    };
    Advice::at("name", text)
}

fn name_taken(kind: &str, id: &str) -> Advice {
    let title = crate::catalog::by_slug(kind).map_or(kind, |kind| kind.title);
    Advice::at(
        "name",
        format!(
            "No two rotations of a folder share a name, whatever their kinds. The one that has it is a {title} rotation \
             with the ID {id}. If it is the one you mean, such as after a run that was cut off, import it and apply \
             again:\n\n{}\n\nOtherwise choose another name.",
            import_command(kind, id)
        ),
    )
}

/// What to type to take over an existing rotation.
pub(super) fn import_command(kind: &str, id: &str) -> String {
    match crate::catalog::by_slug(kind) {
        Some(kind) => format!("  terraform import {}.NAME {id}", kind.resource),
        None => format!("  terraform import {}.NAME {kind}/{id}", crate::catalog::open::RESOURCE),
    }
}

fn login_advice(source: &Error) -> Advice {
    let text = match source {
        Error::Unauthorised(_) => {
            "The server does not accept these credentials. They were sent once only: three failures lock the login for \
             five minutes. Check the identity and its secret."
        }
        Error::NotFound(_) => "The identity does not exist, or this login method is not set up for it.",
        Error::Forbidden(_) => "The identity may not log in from this address: check its trusted IPs.",
        Error::UnknownRoute(_) => {
            "The server does not know this login method, or `host` points to something that is not Infisical."
        }
        Error::Unreachable { .. } | Error::TimedOut { .. } => {
            "Check `host` in the provider block or `INFISICAL_HOST`, the network and the proxy."
        }
        Error::Server(_) | Error::RateLimited { .. } => {
            "The server can't take logins now. Run the command again later."
        }
        _ => "Check the login's settings in the provider block and the environment.",
    };
    Advice::new(text)
}

fn permission_advice(failure: &ApiFailure) -> String {
    let needed = failure.details.as_ref().and_then(|details| {
        let first = details.get(0)?;
        let word = |key| first.get(key).and_then(serde_json::Value::as_str).map(clean);
        Some(format!("`{}` on `{}`", word("action")?, word("subject")?))
    });
    match needed {
        Some(needed) => format!(
            "The machine identity lacks {needed}. Give it a role with that permission; conditions of the role on \
             environment, path or connection count too."
        ),
        None => "The machine identity may not do this. Check that it is a member of the project and that its role \
                 permits the operation."
            .to_owned(),
    }
}

fn refusal_advice(failure: &ApiFailure) -> Option<Advice> {
    let (_, name, text) = REFUSALS.iter().find(|(part, _, _)| failure.message.contains(part))?;
    Some(if name.is_empty() { Advice::new(*text) } else { Advice::at(name, *text) })
}

/// What happened, in the server's words where it said something.
fn happened(error: &Error) -> String {
    match (error, error.failure()) {
        (Error::Login { method, source }, _) => format!("The login with `{method}` failed. {}", happened(source)),
        (Error::AmbiguousCreate { .. } | Error::AmbiguousRotate { .. } | Error::AmbiguousDelete { .. }, _)
        | (_, None) => sentence(&error.to_string()),
        (_, Some(failure)) => {
            let name = failure.name.as_deref().map(|name| format!(" ({})", clean(name))).unwrap_or_default();
            format!("Infisical answered {}{name}: {}", failure.status, sentence(&failure.message))
        }
    }
}

/// The call and the id under which the server logged it.
fn request(error: &Error) -> String {
    error.failure().map_or_else(String::new, |failure| {
        let id = failure.request_id.as_deref().map(|id| format!(", request ID {}", clean(id))).unwrap_or_default();
        format!("Call: {} {}{id}.", failure.method, failure.route)
    })
}

/// The remote text, safe to show, as a sentence.
pub(super) fn sentence(text: &str) -> String {
    let text = clean(text);
    let text = text.trim();
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return "no reason was given.".to_owned() };
    let capital: String = first.to_uppercase().chain(characters).collect();
    if capital.ends_with(['.', '!', '?']) { capital } else { format!("{capital}.") }
}

/// The attribute that a path of the API's body means; as far as it can be followed.
fn attribute_path(kind: &Kind, wire: &[PathStep]) -> AttributePath {
    use crate::catalog::base;
    use crate::catalog::table::Field;

    let mut path = AttributePath::root();
    let mut fields: &[Field] = base::FIELDS;
    for step in wire {
        match step {
            PathStep::Index(index) => path = path.index(*index),
            PathStep::Key(key) if path.is_root() && key == "parameters" => {
                fields = kind.parameters.fields;
                path = path.attribute("parameters");
            }
            PathStep::Key(key) if path.is_root() && key == "secretsMapping" => {
                fields = kind.mapping().fields;
                path = path.attribute("secrets_mapping");
            }
            PathStep::Key(key) if path.is_root() && key == "temporaryParameters" => {
                fields = kind.temporary_parameters().fields;
                path = path.attribute("temporary_parameters");
            }
            // The names are the API's own there.
            PathStep::Key(key) if kind.is_open() && !path.is_root() => path = path.attribute(key.as_str()),
            PathStep::Key(key) => {
                let Some(field) = fields.iter().find(|field| field.wire() == key.as_str()) else { return path };
                path = path.attribute(field.name);
                fields = field.members();
            }
        }
    }
    path
}

fn wire_path(path: &[PathStep]) -> String {
    let steps = path.iter().map(|step| match step {
        PathStep::Key(key) => clean(key),
        PathStep::Index(index) => index.to_string(),
    });
    steps.collect::<Vec<_>>().join(".")
}
