//! What a user is told of what was found: what is wrong, and what to do.

use crate::infisical::{Error, Place, Project, SecretHolder, Sight};
use crate::provider::failure::{Attempt, import_command};
use crate::terraform::{AttributePath, Diagnostic, Diagnostics, Severity, clean};

use super::Checked;

/// The server does not have the kind.
pub(super) fn unknown_kind(checked: &Checked<'_>) -> Diagnostic {
    let detail = format!(
        "The server does not know rotations of the type `{}`: it is too old for them, or they are not part of its \
         edition. Upgrade the server, or use a kind of rotation that the data source `infisical_rotation_options` lists.",
        checked.slug
    );
    Diagnostic::error("The server does not know this kind of rotation", detail).at(checked.kind_path.clone())
}

/// The server knows no kinds at all.
pub(super) fn no_kinds(checked: &Checked<'_>) -> Diagnostic {
    let detail = format!(
        "The server can't say which kinds of rotations it knows, so it is too old for rotations of the type `{}`, or \
         `host` points to something that is not Infisical. Upgrade the server, or check `host`.",
        checked.slug
    );
    Diagnostic::error("The server does not know this kind of rotation", detail).at(checked.kind_path.clone())
}

/// The connection is not among those that may be used.
pub(super) fn unusable(
    checked: &Checked<'_>,
    apps: &[String],
    id: &str,
    project: Option<&str>,
    sight: &Sight,
) -> Diagnostic {
    let right = apps.iter().map(|app| format!("`{}`", clean(app))).collect::<Vec<_>>().join(" or ");
    let title = checked.title;
    let told = match sight {
        Sight::Missing => finding(
            "The app connection does not exist",
            format!(
                "There is no app connection with the ID {id}. Check `connection_id`: it takes the ID of a connection of \
                 the app {right} that belongs to the project or to its organisation. The data source \
                 `infisical_app_connection` finds it by its name."
            ),
            Severity::Error,
        ),
        Sight::OtherApp => finding(
            "The app connection is of another app",
            format!(
                "The app connection {id} is not of the app {right}, as {title} rotations need it. Use a connection of \
                 the right app; the data source `infisical_app_connection` finds it by its name."
            ),
            Severity::Error,
        ),
        Sight::Seen(connection) if connection.project_id.is_some() && connection.project_id.as_deref() != project => {
            finding(
                "The app connection belongs to another project",
                format!(
                    "The app connection `{}` ({id}) belongs to the project {}, so the project {} can't use it. Use one of \
                 this project or of the organisation.",
                    clean(&connection.name),
                    clean(connection.project_id.as_deref().unwrap_or_default()),
                    project.unwrap_or_default(),
                ),
                Severity::Error,
            )
        }
        Sight::Seen(_) | Sight::Hidden => finding(
            "The app connection may not be used",
            format!(
                "The app connection {id} exists, but the machine identity may not use it in this project. Give it a role \
                 that permits `connect` on this connection, or use another connection of the app {right}."
            ),
            Severity::Error,
        ),
    };
    told.at(AttributePath::of("connection_id"))
}

/// The project lacks the environment.
pub(super) fn no_environment(project: &Project, environment: &str, severity: Severity) -> Diagnostic {
    let known = project.environments.iter().map(|known| format!("`{}`", clean(&known.slug))).collect::<Vec<_>>();
    let known = if known.is_empty() { "it has none".to_owned() } else { format!("it has {}", known.join(", ")) };
    let detail = format!(
        "The project `{}` ({}) has no environment `{environment}`; {known}. Correct `environment`, or create the \
         environment first and make the rotation depend on it. {}",
        clean(&project.name),
        clean(&project.id),
        unless(severity, "creates"),
    );
    finding("The environment does not exist", detail, severity).at(AttributePath::of("environment"))
}

/// The environment lacks the folder.
pub(super) fn no_folder(place: Place<'_>, severity: Severity) -> Diagnostic {
    let detail = format!(
        "There is no folder `{}` in the environment `{}`, and a rotation can't be created without its folder. Check \
         `secret_path`, or create the folder first and make the rotation depend on it, or set `create_folder = true`. {}",
        place.path,
        place.environment,
        unless(severity, "creates"),
    );
    finding("The folder does not exist", detail, severity).at(AttributePath::of("secret_path"))
}

/// Another rotation of the folder has the name.
pub(super) fn name_taken(place: Place<'_>, name: &str, kind: &str, id: &str, severity: Severity) -> Diagnostic {
    let title = crate::catalog::by_slug(kind).map_or_else(|| clean(kind), |kind| kind.title.to_owned());
    let (kind, id) = (clean(kind), clean(id));
    let detail = format!(
        "In the folder `{}` of the environment `{}` the name `{name}` is taken by a {title} rotation with the ID {id}. No \
         two rotations of a folder share a name, whatever their kinds. If it is the one you mean, import it instead of \
         creating another:\n\n{}\n\nOtherwise choose another name. {}",
        place.path,
        place.environment,
        import_command(&kind, &id),
        unless(severity, "removes"),
    );
    finding("The name of the rotation is taken", detail, severity).at(AttributePath::of("name"))
}

/// Secrets of the folder have the mapped names: members, names, and what holds each.
pub(super) fn secrets_taken(
    place: Place<'_>,
    taken: &[(String, String, SecretHolder)],
    severity: Severity,
) -> Vec<Diagnostic> {
    let tell = |(member, name, holder): &(String, String, SecretHolder)| {
        let (what, way_out) = match &holder.rotation_id {
            Some(id) => (
                format!("It is written by the rotation with the ID {}.", clean(id)),
                "Map to another name, or destroy that rotation first, with `delete_secrets = true`; without, its secrets \
                 stay behind",
            ),
            None => (
                "No rotation writes it: somebody made it, or a rotation left it behind that was destroyed without \
                 `delete_secrets = true`."
                    .to_owned(),
                "Map to another name, or remove the secret first",
            ),
        };
        // Hosts may show only the first of several equal warnings.
        let others: Vec<String> =
            taken.iter().filter(|(other, ..)| other != member).map(|(_, name, _)| format!("`{name}`")).collect();
        let others =
            if others.is_empty() { String::new() } else { format!(" The same is true of {}.", others.join(", ")) };
        let detail = format!(
            "The folder `{}` of the environment `{}` has a secret `{name}` already, and a rotation can't be created over \
             it: it makes its secrets itself. {what}{others}\n\n{way_out}. {}",
            place.path,
            place.environment,
            unless(severity, "removes"),
        );
        let path = AttributePath::of("secrets_mapping").attribute(member.as_str());
        finding("A mapped secret exists already", detail, severity).at(path)
    };
    taken.iter().map(tell).collect()
}

/// The server can't be asked. Told once in a process.
pub(super) fn outage(error: &Error, severity: Severity) -> Diagnostics {
    let attempt = Attempt {
        summary: "The plan could not be checked against the server",
        what:
            "Asking the server what it would refuse of the planned creations. What was not checked may still fail when \
               the plan is applied. To plan without asking, set `preflight = \"off\"` in the provider block."
                .to_owned(),
        kind: None,
    };
    // No argument of this resource is to blame.
    let told = attempt.failed(error).into_iter();
    told.map(|told| Diagnostic { severity, path: AttributePath::root(), ..told }).collect()
}

/// What it means that this very apply may put it right first.
fn unless(severity: Severity, does: &str) -> String {
    match severity {
        Severity::Warning => format!("If this apply {does} it first, all is well."),
        Severity::Error => {
            format!("If this apply {does} it first: with `preflight = \"warn\"` this would be a warning.")
        }
    }
}

fn finding(summary: &str, detail: String, severity: Severity) -> Diagnostic {
    Diagnostic { severity, ..Diagnostic::warning(summary, detail) }
}
