//! Creating, reading, changing, rotating and deleting a rotation through the API.
//!
//! Whatever fails, what is returned as state is what is then true remotely.

use std::sync::Arc;

use serde_json::{Number, Value as Json};

use crate::catalog::{Kind, base};
use crate::infisical::{Client, Error, NewRotation, Place, RotateAtUtc, Rotation, RotationChange};
use crate::provider::failure::Attempt;
use crate::provider::session::Session;
use crate::terraform::{
    Applied, AttributePath, Context, Diagnostic, Diagnostics, Number as Whole, Object, Plan, Reply, Result, Value,
    clean, conform,
};

use super::identity::identified;
use super::open;
use super::plan::triggers_changed;
use super::state::state;
use super::wire;

/// Reads the rotation that `object` stores.
pub(super) async fn read(
    kind: &'static Kind,
    session: &Session,
    context: &Context,
    object: Object,
) -> Result<Reply<Option<Object>>> {
    let attempt = attempt(kind, "Could not read the rotation", "Reading", &object.state);
    let client = session.client(&attempt)?;
    let project = object.state.get("project_id").as_str();
    match client.read_rotation(&context.stop, kind.slug, project, text(&object.state, "id")).await {
        Ok(None) => {
            tracing::info!(id = text(&object.state, "id"), kind = kind.slug, "the rotation is gone");
            Ok(None.into())
        }
        Ok(Some(rotation)) => {
            let state = stored(kind, &object.state, &rotation)?;
            let warnings = failed_rotation(kind, &rotation);
            Ok(Reply { value: Some(Object { state, ..object }), warnings })
        }
        Err(error) => Err(attempt.failed(&error)),
    }
}

/// Creates the planned rotation.
pub(super) async fn create(kind: &'static Kind, session: &Session, context: &Context, plan: Plan) -> Applied {
    let attempt = attempt(kind, "Could not create the rotation", "Creating", &plan.planned);
    let client = match session.client(&attempt) {
        Ok(client) => client,
        Err(diagnostics) => return failed(Value::Null, plan, diagnostics),
    };
    let request = match new_rotation(kind, &plan) {
        Ok(request) => request,
        Err(diagnostic) => return failed(Value::Null, plan, diagnostic.into()),
    };
    if plan.planned.get("create_folder").as_bool() == Some(true)
        && let Err(diagnostics) = make_folder(kind, &client, context, &request).await
    {
        return failed(Value::Null, plan, diagnostics);
    }
    match client.create_rotation(&context.stop, kind.slug, &request).await {
        Ok(created) => {
            reached(kind, context, &plan, &created.rotation);
            let mut diagnostics = Diagnostics::none();
            if created.adopted {
                diagnostics.push(Diagnostic::warning(
                    "The rotation was created although the answer was lost",
                    format!(
                        "{} The server's answer did not arrive, but a rotation with this name, connection, parameters \
                         and mapping has been created since (ID {}), so it was taken over. Nothing was created twice.",
                        attempt.what, created.rotation.id
                    ),
                ));
            }
            applied(kind, plan, &created.rotation, diagnostics)
        }
        Err(error) => failed(Value::Null, plan, attempt.failed(&error)),
    }
}

/// Makes the folder that the rotation is to lie in, unless it exists.
async fn make_folder(kind: &'static Kind, client: &Client, context: &Context, new: &NewRotation) -> Result<()> {
    let place = Place { project_id: &new.project_id, environment: &new.environment, path: &new.secret_path };
    let Err(error) = client.make_folder(&context.stop, place).await else { return Ok(()) };
    let attempt = Attempt {
        summary: "Could not create the folder of the rotation",
        what: format!(
            "Creating the folder `{}` in the environment `{}` for the {} rotation `{}`, as `create_folder` asks. The \
             rotation was not created.",
            new.secret_path, new.environment, kind.title, new.name
        ),
        kind: None,
    };
    let told = attempt.failed(&error).into_iter();
    Err(told.map(|told| if told.path.is_root() { told.at(AttributePath::of("secret_path")) } else { told }).collect())
}

/// Changes the rotation as planned, and rotates it if its triggers changed: first the change, then the rotation.
pub(super) async fn update(kind: &'static Kind, session: &Session, context: &Context, plan: Plan) -> Applied {
    let attempt = attempt(kind, "Could not update the rotation", "Updating", &plan.prior);
    let client = match session.client(&attempt) {
        Ok(client) => client,
        Err(diagnostics) => return failed(plan.prior.clone(), plan, diagnostics),
    };
    match change(kind, &client, context, &plan, &attempt).await {
        Ok(changed) if triggers_changed(&plan.prior, &plan.planned) => {
            rotate(kind, &client, context, plan, changed).await
        }
        Ok(changed) => applied(kind, plan, &changed, Diagnostics::none()),
        Err(diagnostics) => {
            // Half of a change can't be told from none by the error alone: what is true is asked for.
            let truth = match fetch(kind, &client, context, &plan.prior).await {
                Ok(Some(rotation)) => stored(kind, &plan.prior, &rotation).unwrap_or_else(|_| plan.prior.clone()),
                Ok(None) | Err(_) => plan.prior.clone(),
            };
            failed(truth, plan, diagnostics)
        }
    }
}

/// Deletes the rotation as its stored `delete_secrets` and `revoke_generated_credentials` say.
pub(super) async fn delete(kind: &'static Kind, session: &Session, context: &Context, object: Object) -> Applied {
    let attempt = attempt(kind, "Could not delete the rotation", "Deleting", &object.state);
    let flag = |name: &str| object.state.get(name).as_bool().unwrap_or(false);
    let outcome = match session.client(&attempt) {
        Ok(client) => client
            .delete_rotation(
                &context.stop,
                kind.slug,
                text(&object.state, "project_id"),
                text(&object.state, "id"),
                flag("delete_secrets"),
                flag("revoke_generated_credentials"),
            )
            .await
            .map_err(|error| attempt.failed(&error)),
        Err(diagnostics) => Err(diagnostics),
    };
    match outcome {
        Ok(_) => Applied { state: Value::Null, private: Vec::new(), identity: None, diagnostics: Diagnostics::none() },
        Err(diagnostics) => {
            Applied { state: object.state, private: object.private, identity: object.identity, diagnostics }
        }
    }
}

/// Sends what differs, and nothing if nothing does. Returns the rotation as it then is.
async fn change(
    kind: &'static Kind,
    client: &Arc<Client>,
    context: &Context,
    plan: &Plan,
    attempt: &Attempt,
) -> Result<Rotation> {
    let current = match fetch(kind, client, context, &plan.prior).await {
        Ok(Some(current)) => current,
        Ok(None) => {
            return Err(Diagnostic::error(
                attempt.summary,
                format!(
                    "{}\n\nThe rotation does not exist any more. Plan again: it will be created anew.",
                    attempt.what
                ),
            )
            .into());
        }
        Err(error) => return Err(attempt.failed(&error)),
    };
    let Some(change) = rotation_change(kind, plan, &current)? else { return Ok(current) };
    client
        .update_rotation(&context.stop, kind.slug, text(&plan.prior, "id"), &change)
        .await
        .map_err(|error| attempt.failed(&error))
}

/// Rotates the secrets once. If that fails the triggers of the prior state stay, so that the next plan tries again.
async fn rotate(
    kind: &'static Kind,
    client: &Arc<Client>,
    context: &Context,
    mut plan: Plan,
    before: Rotation,
) -> Applied {
    let attempt = attempt(kind, "Could not rotate the secrets", "Rotating the secrets of", &plan.planned);
    match client.rotate(&context.stop, kind.slug, &before).await {
        Ok(rotation) => applied(kind, plan, &rotation, Diagnostics::none()),
        Err(error) => {
            let now = fetch(kind, client, context, &plan.prior).await.ok().flatten().unwrap_or(before);
            let triggers = plan.prior.get("rotation_triggers").clone();
            plan.planned.set("rotation_triggers", triggers);
            let truth = stored(kind, &plan.planned, &now).unwrap_or_else(|_| plan.prior.clone());
            failed(truth, plan, attempt.failed(&error))
        }
    }
}

/// Notes that the rotation exists, so that it is in state even if this call should end in a panic.
fn reached(kind: &'static Kind, context: &Context, plan: &Plan, rotation: &Rotation) {
    let mut state = conform::nulls_for_unknowns(plan.planned.clone());
    state.set("id", Value::string(rotation.id.as_str()));
    context.checkpoint.reach(identified(kind, Object { state, private: plan.private.clone(), identity: None }));
}

/// The rotation as it is at this moment: around a change no answer that others share will do.
async fn fetch(
    kind: &'static Kind,
    client: &Arc<Client>,
    context: &Context,
    state: &Value,
) -> std::result::Result<Option<Rotation>, Error> {
    client.fresh_rotation(&context.stop, kind.slug, text(state, "id")).await
}

fn new_rotation(kind: &'static Kind, plan: &Plan) -> std::result::Result<NewRotation, Diagnostic> {
    let planned = &plan.planned;
    let temporary = plan.config.get("temporary_parameters");
    let members = wire::to_json(&kind.temporary_parameters(), temporary);
    Ok(NewRotation {
        name: text(planned, "name").to_owned(),
        description: planned.get("description").as_str().map(str::to_owned),
        project_id: text(planned, "project_id").to_owned(),
        connection_id: text(planned, "connection_id").to_owned(),
        environment: text(planned, "environment").to_owned(),
        secret_path: text(planned, "secret_path").to_owned(),
        is_auto_rotation_enabled: planned.get("auto_rotation_enabled").as_bool().unwrap_or(true),
        rotation_interval: interval(planned)?,
        rotate_at_utc: time_of_day(planned)?,
        parameters: wire::to_json(&kind.parameters, planned.get("parameters")),
        secrets_mapping: wire::to_json(&kind.mapping(), planned.get("secrets_mapping")),
        temporary_parameters: (!temporary.is_null()).then_some(members),
    })
}

/// What the update sends; `None` if the server would not notice. What is equal in the server's eyes is left out.
fn rotation_change(
    kind: &'static Kind,
    plan: &Plan,
    current: &Rotation,
) -> std::result::Result<Option<RotationChange>, Diagnostic> {
    let (prior, planned) = (&plan.prior, &plan.planned);
    let changed = |name: &str| prior.get(name) != planned.get(name);
    let mut change = RotationChange::default();
    let mut any = false;
    let mut note = |differs: bool| {
        any |= differs;
        differs
    };
    if note(changed("name")) {
        change.name = Some(text(planned, "name").to_owned());
    }
    if note(changed("description")) {
        change.description = Some(planned.get("description").as_str().map(str::to_owned));
    }
    if note(changed("auto_rotation_enabled")) {
        change.is_auto_rotation_enabled = planned.get("auto_rotation_enabled").as_bool();
    }
    if note(changed("rotation_interval")) {
        change.rotation_interval = Some(interval(planned)?);
    }
    if note(changed("rotate_at_utc")) {
        change.rotate_at_utc = Some(time_of_day(planned)?);
    }
    if note(changed("parameters")) {
        change.parameters = Some(whole_parameters(kind, planned.get("parameters"), &current.parameters));
    }
    if note(changed("secrets_mapping")) {
        change.secrets_mapping = Some(whole_mapping(kind, planned.get("secrets_mapping"), &current.secrets_mapping));
    }
    Ok(any.then_some(change))
}

/// The parameters as PATCH replaces them, as a whole: what configuration says, and what the server stores beyond it.
/// Keys that the catalog does not know would be lost otherwise; and where the server compares strictly, an immutable
/// parameter that it stores must be repeated even if configuration leaves it to the server.
fn whole_parameters(kind: &'static Kind, planned: &Value, current: &Json) -> Json {
    let mut sent = wire::to_json(&kind.parameters, planned);
    if kind.is_open() {
        open::leave_alone(planned, &mut sent, current);
        return sent;
    }
    if let (Json::Object(sent), Json::Object(current)) = (&mut sent, current) {
        for (key, value) in current {
            let field = kind.parameters.fields.iter().find(|field| field.wire() == key.as_str());
            if field.is_none_or(|field| field.immutable) {
                sent.entry(key.clone()).or_insert_with(|| value.clone());
            }
        }
    }
    sent
}

/// The mapping as PATCH replaces it, as a whole.
fn whole_mapping(kind: &'static Kind, planned: &Value, current: &Json) -> Json {
    let mut sent = wire::to_json(&kind.mapping(), planned);
    if kind.is_open() {
        open::leave_alone(planned, &mut sent, current);
    }
    sent
}

fn interval(planned: &Value) -> std::result::Result<Number, Diagnostic> {
    let number = planned.get("rotation_interval").as_number().and_then(Whole::as_i64);
    number.map(Number::from).ok_or_else(|| not_a_number("rotation_interval"))
}

fn time_of_day(planned: &Value) -> std::result::Result<RotateAtUtc, Diagnostic> {
    let time = planned.get("rotate_at_utc");
    let part = |name: &str| {
        let number = time.get(name).as_number().and_then(|number| u32::try_from(number.as_u64()?).ok());
        number.ok_or_else(|| not_a_number("rotate_at_utc"))
    };
    Ok(RotateAtUtc { hours: part("hours")?, minutes: part("minutes")? })
}

fn not_a_number(name: &str) -> Diagnostic {
    Diagnostic::error("Invalid number", format!("`{name}` must be a whole number.")).at(AttributePath::of(name))
}

/// The success of a change, with the server's facts in the plan's spelling.
fn applied(kind: &'static Kind, plan: Plan, rotation: &Rotation, mut diagnostics: Diagnostics) -> Applied {
    match stored(kind, &plan.planned, rotation) {
        Ok(mut state) => {
            diagnostics.extend(failed_rotation(kind, rotation));
            diagnostics.extend(stored_otherwise(&plan.planned, &mut state));
            Applied { state, private: plan.private, identity: plan.identity, diagnostics }
        }
        Err(mismatch) => {
            // The change is done; an answer that can't be read must not lose the rotation.
            let mut state = plan.planned.clone();
            state.set("id", Value::string(rotation.id.as_str()));
            diagnostics.extend(mismatch);
            failed(state, plan, diagnostics)
        }
    }
}

fn failed(state: Value, plan: Plan, diagnostics: Diagnostics) -> Applied {
    Applied { state, private: plan.private, identity: plan.identity, diagnostics }
}

/// The state of `rotation`, or the message that its answer can't be read.
pub(in crate::provider) fn stored(kind: &'static Kind, before: &Value, rotation: &Rotation) -> Result<Value> {
    state(kind, before, rotation).map_err(|mismatch| {
        Diagnostic::error(
            "The server's answer can't be read",
            format!(
                "The answer about the rotation {} is not what the API documents for {}: {mismatch}. The server may be \
                 newer than this provider; please report it.",
                rotation.id, kind.slug
            ),
        )
        .into()
    })
}

/// Keeps what was planned where the server stored something else, so that nothing is lost over it, and warns: the next
/// refresh shows the difference.
fn stored_otherwise(planned: &Value, state: &mut Value) -> Diagnostics {
    let configured = base::FIELDS.iter().map(|field| field.name).chain(["parameters", "secrets_mapping"]);
    let other: Vec<&str> = configured.filter(|name| planned.get(name) != state.get(name)).collect();
    if other.is_empty() {
        return Diagnostics::none();
    }
    for name in &other {
        state.set(name, planned.get(name).clone());
    }
    let detail = format!(
        "The server accepted the change but stored another value of `{}` than it was sent. The next plan will show it. \
         This server differs from the published description of the API; please report it.",
        other.join("`, `")
    );
    Diagnostic::warning("The server stored another value", detail).at(AttributePath::of(other[0])).into()
}

/// Warns if the server's last attempt to rotate failed: the secrets are older than they should be.
fn failed_rotation(kind: &Kind, rotation: &Rotation) -> Diagnostics {
    if rotation.rotation_status.as_deref() != Some("failed") {
        return Diagnostics::none();
    }
    let reason = rotation.last_rotation_message.as_deref().unwrap_or("the server gave no reason");
    let detail = format!(
        "The last attempt to rotate {} `{}` ({}), at {}, failed: {}\n\nThe secrets still hold the credentials of the last \
         success. The server tries again by itself; to rotate now, change `rotation_triggers`.",
        kind.title,
        rotation.name,
        rotation.id,
        rotation.last_rotation_attempted_at.as_deref().unwrap_or("an unknown time"),
        clean(reason),
    );
    Diagnostic::warning("The last rotation failed", detail).into()
}

/// What is being done, with the names that a reader knows the rotation by.
fn attempt(kind: &'static Kind, summary: &'static str, doing: &str, state: &Value) -> Attempt {
    let known = |name: &str| state.get(name).as_str();
    let name = known("name").map_or_else(String::new, |name| format!(" `{name}`"));
    let place = match (known("secret_path"), known("environment")) {
        (Some(path), Some(environment)) => format!(" in `{path}` of the environment `{environment}`"),
        _ => String::new(),
    };
    let id = known("id").map_or_else(String::new, |id| format!(" (ID {id})"));
    let what = format!("{doing} the {} rotation{name}{place}{id}.", kind.title);
    Attempt { summary, what, kind: Some(kind) }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).as_str().unwrap_or_default()
}
