//! What a plan of a rotation says beyond what the generic planner makes of the schema: what needs a replacement, which
//! replacement would lose data, and which change makes the server act at once.
//!
//! Pure: no call is made, and nothing that depends on the time of day enters a planned value.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::catalog::Kind;
use crate::provider::schedule::{Schedule, next_midnight};
use crate::terraform::{AttributePath, Diagnostic, Diagnostics, Plan, Reply, Result, Step, Value};

use super::normalise::equivalent;
use super::validate::validate_creation;

/// Where the secrets lie: two rotations with all of these equal share one folder.
const FOLDER: [&str; 3] = ["project_id", "environment", "secret_path"];

/// Refines what the generic planner planned.
pub(super) fn refine(kind: &'static Kind, mut plan: Plan, now: Timestamp) -> Result<Reply<Plan>> {
    if plan.planned.is_null() {
        let warnings = destruction_warnings(kind, &plan.prior);
        return Ok(Reply { value: plan, warnings });
    }
    if plan.is_no_op() {
        return Ok(plan.into());
    }
    plan.planned.set("type", Value::string(kind.slug));
    let replace = std::mem::take(&mut plan.replace);
    plan.replace = replace.into_iter().filter(|path| !means_the_same(kind, &plan, path)).collect();

    let creates = plan.prior.is_null();
    let mut told = Diagnostics::none();
    if plan.makes_new() {
        told.extend(validate_creation(kind, &plan.config));
    }
    if !creates && !plan.replace.is_empty() {
        told.extend(replacement_guard(&plan));
    } else if !creates {
        told.extend(update_warnings(&plan, now));
    }
    if told.has_errors() { Err(told) } else { Ok(Reply { value: plan, warnings: told }) }
}

/// Whether applying the change from `prior` to `planned` triggers a rotation: triggers were added or changed. An
/// unknown value counts as a change, triggers that are taken away do not.
pub(super) fn triggers_changed(prior: &Value, planned: &Value) -> bool {
    let planned = planned.get("rotation_triggers");
    !planned.is_null() && planned != prior.get("rotation_triggers")
}

/// Whether the server takes both values at `path` for the same: one may be absent where it assumes the other.
fn means_the_same(kind: &'static Kind, plan: &Plan, path: &AttributePath) -> bool {
    let names: Vec<&str> = path
        .steps()
        .iter()
        .filter_map(|step| if let Step::Attribute(name) = step { Some(name.as_str()) } else { None })
        .collect();
    let Some(field) = kind.field(&names) else { return false };
    let null = Value::Null;
    equivalent(field, plan.prior.at(path).unwrap_or(&null), plan.planned.at(path).unwrap_or(&null))
}

/// Refuses a replacement that would destroy the old rotation and then fail to create the new one, because the secrets
/// that the old one leaves behind have the names that the new one wants.
fn replacement_guard(plan: &Plan) -> Diagnostics {
    let secrets_stay = plan.prior.get("delete_secrets") != &Value::Bool(true);
    let shared = shared_names(plan);
    if !secrets_stay || shared.is_empty() || !stays_in_folder(plan) {
        return Diagnostics::none();
    }
    let reasons: Vec<String> = plan.replace.iter().map(|path| format!("`{path}`")).collect();
    let detail = format!(
        "Changing {} needs a new rotation. Destroying the old one leaves its secrets in the folder, because \
         `delete_secrets` is false, and the new one could not be created over them ({}): there would be no rotation at \
         all. Nothing was changed.\n\n\
         Either apply `delete_secrets = true` first and make this change in a second step, or map the new rotation to \
         other names in `secrets_mapping`.",
        reasons.join(", "),
        shared.join(", "),
    );
    let path = plan.replace.first().cloned().unwrap_or_default();
    Diagnostic::error("Replacement would lose the rotation", detail).at(path).into()
}

/// The names that both mappings want, for the message. A name that is not known yet may be one of them.
fn shared_names(plan: &Plan) -> Vec<String> {
    let planned = plan.planned.get("secrets_mapping");
    let Some(members) = planned.as_map() else {
        return if planned.is_unknown() { vec!["`secrets_mapping` is not known yet".to_owned()] } else { Vec::new() };
    };
    let trimmed = |value: &Value| value.as_str().map(|name| crate::catalog::checks::trim(name).to_owned());
    let kept: BTreeSet<String> = plan
        .prior
        .get("secrets_mapping")
        .as_map()
        .into_iter()
        .flatten()
        .filter_map(|(_, name)| trimmed(name))
        .collect();
    members
        .iter()
        .filter_map(|(member, name)| match trimmed(name) {
            Some(name) => kept.contains(&name).then(|| format!("`{name}`")),
            None if name.is_unknown() => Some(format!("`{member}` is not known yet")),
            None => None,
        })
        .collect()
}

/// Whether the new rotation may come into the old one's folder. A part of the folder that is not known yet may stay
/// the same; if nothing else asks for the replacement, then either it differs or there is no replacement at all.
fn stays_in_folder(plan: &Plan) -> bool {
    let known_to_differ = FOLDER.iter().any(|part| {
        let planned = plan.planned.get(part);
        !planned.is_unknown() && plan.replace.contains(&AttributePath::of(*part))
    });
    let other_reason = plan.replace.iter().any(|path| FOLDER.iter().all(|part| *path != AttributePath::of(*part)));
    !known_to_differ && other_reason
}

fn destruction_warnings(kind: &Kind, prior: &Value) -> Diagnostics {
    let revokes = prior.get("revoke_generated_credentials") == &Value::Bool(true);
    if !revokes || kind.prose.on_revoke.is_empty() {
        return Diagnostics::none();
    }
    let detail = format!("`revoke_generated_credentials` is true. {}", kind.prose.on_revoke);
    Diagnostic::warning("Destroying revokes the generated credentials", detail)
        .at(AttributePath::of("revoke_generated_credentials"))
        .into()
}

fn update_warnings(plan: &Plan, now: Timestamp) -> Diagnostics {
    let mut warnings = Diagnostics::none();
    let changed = |name: &str| plan.prior.get(name) != plan.planned.get(name);
    let rotates = triggers_changed(&plan.prior, &plan.planned);
    let schedule_changed =
        ["auto_rotation_enabled", "rotation_interval", "rotate_at_utc"].into_iter().find(|name| changed(name));
    if let Some(name) = schedule_changed.filter(|_| !rotates)
        && let Some(detail) = rotation_soon(plan, now)
    {
        let warning = Diagnostic::warning("The new schedule makes the server rotate at once", detail);
        warnings.push(warning.at(AttributePath::of(name)));
    }
    if changed("parameters") && !rotates {
        warnings.push(
            Diagnostic::warning(
                "Changed parameters take effect with the next rotation",
                "The server keeps the present credentials and uses the new `parameters` from the next rotation on. To \
                 rotate within this apply, change `rotation_triggers` too.",
            )
            .at(AttributePath::of("parameters")),
        );
    }
    warnings
}

/// Says when the server will rotate if the planned schedule makes it do so before the next midnight.
fn rotation_soon(plan: &Plan, now: Timestamp) -> Option<String> {
    let planned = &plan.planned;
    if planned.get("auto_rotation_enabled").as_bool() != Some(true) {
        return None;
    }
    let whole = |value: &Value| value.as_number()?.as_i64();
    let time = planned.get("rotate_at_utc");
    let schedule = Schedule::new(
        whole(planned.get("rotation_interval"))?,
        whole(time.get("hours"))?,
        whole(time.get("minutes"))?,
    )?;
    let next = if plan.prior.get("rotation_status").as_str() == Some("failed") {
        schedule.after_failure(now)?
    } else {
        let last: Timestamp = plan.prior.get("last_rotated_at").as_str()?.parse().ok()?;
        schedule.after(last, plan.prior.get("last_rotation_manual").as_bool().unwrap_or(false))?
    };
    if next <= now {
        Some(format!(
            "By the new schedule the next rotation was due at {next}, so the server rotates the secrets within moments \
             after this change is applied. Consumers must be ready for new credentials."
        ))
    } else if next < next_midnight(now)? {
        Some(format!("By the new schedule the next rotation is due today, at {next}."))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::by_slug;
    use crate::provider::rotation::schema::schema;
    use crate::terraform::planner;

    const NOW: &str = "2026-03-20T10:00:00Z";

    fn kind() -> &'static Kind {
        by_slug("supabase-api-key").unwrap()
    }

    fn config() -> Value {
        let mut config = Value::map([
            ("name", Value::from("orders")),
            ("project_id", Value::from("p")),
            ("connection_id", Value::from("3c90c3cc-0d44-4b50-8888-8dd25736052a")),
            ("environment", Value::from("prod")),
            ("secret_path", Value::from("/orders")),
            ("rotation_interval", Value::integer(30)),
            ("parameters", Value::map([("project_ref", Value::from("ref")), ("key_type", Value::from("secret"))])),
            ("secrets_mapping", Value::map([("api_key", Value::from("API_KEY"))])),
        ]);
        for attribute in &schema(kind()).attributes {
            if config.get(&attribute.name).is_null() {
                config.set(&attribute.name, Value::Null);
            }
        }
        config
    }

    /// What is stored after `config` was applied.
    fn stored(config: &Value) -> Value {
        let mut state = planner::plan(&schema(kind()), &Value::Null, config, config).planned;
        for (name, value) in [
            ("id", "i"),
            ("type", kind().slug),
            ("folder_id", "f"),
            ("created_at", NOW),
            ("connection_name", "c"),
            ("rotation_status", "success"),
            ("last_rotated_at", "2026-03-10T09:15:30.500Z"),
            ("last_rotation_attempted_at", NOW),
            ("next_rotation_at", "2026-04-10T00:00:00.000Z"),
            ("updated_at", NOW),
        ] {
            state.set(name, Value::from(value));
        }
        state.set("last_rotation_message", Value::Null);
        state.set("active_index", Value::integer(0));
        state.set("last_rotation_manual", Value::Bool(true));
        state
    }

    /// Plans the change from the applied `before` to `after`, as Core proposes it.
    fn plan(before: &Value, after: &Value) -> Result<Reply<Plan>> {
        let prior = stored(before);
        let mut proposed = after.clone();
        for attribute in schema(kind()).attributes.iter().filter(|attribute| attribute.is_computed()) {
            if after.get(&attribute.name).is_null() {
                proposed.set(&attribute.name, prior.get(&attribute.name).clone());
            }
        }
        let proposal = planner::plan(&schema(kind()), &prior, after, &proposed);
        let plan = Plan {
            prior,
            config: after.clone(),
            planned: proposal.planned,
            replace: proposal.replace,
            private: Vec::new(),
            identity: None,
        };
        refine(kind(), plan, NOW.parse().unwrap())
    }

    fn with(config: &Value, name: &str, value: Value) -> Value {
        let mut config = config.clone();
        config.set(name, value);
        config
    }

    fn summaries(told: &Diagnostics) -> Vec<&str> {
        told.iter().map(|diagnostic| diagnostic.summary.as_str()).collect()
    }

    const LOST: &str = "Replacement would lose the rotation";

    #[test]
    fn a_replacement_in_the_same_folder_over_secrets_that_stay_is_refused() {
        let other = Value::from("4c90c3cc-0d44-4b50-8888-8dd25736052a");
        for change in [
            with(&config(), "connection_id", other.clone()),
            with(&config(), "connection_id", Value::unknown()),
            with(
                &config(),
                "parameters",
                Value::map([("project_ref", Value::from("other")), ("key_type", Value::from("secret"))]),
            ),
            with(&with(&config(), "connection_id", other.clone()), "secret_path", Value::unknown()),
            with(
                &with(&config(), "connection_id", other.clone()),
                "secrets_mapping",
                Value::map([("api_key", Value::from(" API_KEY "))]),
            ),
            with(
                &with(&config(), "connection_id", other.clone()),
                "secrets_mapping",
                Value::map([("api_key", Value::unknown())]),
            ),
            // What destroys the old rotation is what was applied before, not what is planned now.
            with(&with(&config(), "connection_id", other.clone()), "delete_secrets", Value::Bool(true)),
        ] {
            let refused = plan(&config(), &change).unwrap_err();
            assert_eq!(summaries(&refused), [LOST]);
        }
    }

    #[test]
    fn a_replacement_that_loses_nothing_is_planned() {
        let other = Value::from("4c90c3cc-0d44-4b50-8888-8dd25736052a");
        let deletes = with(&config(), "delete_secrets", Value::Bool(true));
        for (before, after) in [
            (deletes.clone(), with(&deletes, "connection_id", other.clone())),
            (config(), with(&config(), "environment", Value::from("dev"))),
            (config(), with(&config(), "secret_path", Value::unknown())),
            (
                config(),
                with(
                    &with(&config(), "connection_id", other),
                    "secrets_mapping",
                    Value::map([("api_key", Value::from("NEW"))]),
                ),
            ),
        ] {
            assert!(!plan(&before, &after).unwrap().value.replace.is_empty());
        }
    }

    #[test]
    fn a_spelling_that_the_server_forgives_is_no_change() {
        let before = config();
        for (name, value) in [
            ("secret_path", Value::from(" /orders/ ")),
            ("name", Value::from("orders ")),
            ("connection_id", Value::from("3C90C3CC-0D44-4B50-8888-8DD25736052A")),
        ] {
            let planned = plan(&before, &with(&before, name, value)).unwrap().value;
            assert!(planned.is_no_op(), "{name}");
        }
    }

    #[test]
    fn a_schedule_that_is_overdue_is_announced() {
        let soon = plan(&config(), &with(&config(), "rotation_interval", Value::integer(2))).unwrap();
        assert_eq!(summaries(&soon.warnings), ["The new schedule makes the server rotate at once"]);
        let later = plan(&config(), &with(&config(), "rotation_interval", Value::integer(60))).unwrap();
        assert!(later.warnings.is_empty());
        let off = with(&config(), "auto_rotation_enabled", Value::Bool(false));
        assert!(plan(&config(), &off).unwrap().warnings.is_empty());
        let triggers = Value::map([("a", Value::from("b"))]);
        let rotates = with(&with(&config(), "rotation_interval", Value::integer(2)), "rotation_triggers", triggers);
        assert!(plan(&config(), &rotates).unwrap().warnings.is_empty(), "this apply rotates anyway");
    }

    #[test]
    fn revoking_on_destroy_is_announced() {
        let mut prior = stored(&config());
        let destroy = |prior: Value| {
            let plan = Plan {
                prior,
                config: Value::Null,
                planned: Value::Null,
                replace: Vec::new(),
                private: Vec::new(),
                identity: None,
            };
            refine(by_slug("salesforce-oauth-credentials").unwrap(), plan, NOW.parse().unwrap()).unwrap().warnings
        };
        assert!(destroy(prior.clone()).is_empty());
        prior.set("revoke_generated_credentials", Value::Bool(true));
        assert_eq!(summaries(&destroy(prior)), ["Destroying revokes the generated credentials"]);
    }

    #[test]
    fn triggers_rotate_when_they_are_added_or_changed() {
        let none = Value::map([("rotation_triggers", Value::Null)]);
        let one = Value::map([("rotation_triggers", Value::map([("a", Value::from("1"))]))]);
        let two = Value::map([("rotation_triggers", Value::map([("a", Value::from("2"))]))]);
        let unknown = Value::map([("rotation_triggers", Value::map([("a", Value::unknown())]))]);
        for (prior, planned, rotates) in [
            (&none, &none, false),
            (&none, &one, true),
            (&one, &one, false),
            (&one, &two, true),
            (&one, &none, false),
            (&one, &unknown, true),
        ] {
            assert_eq!(triggers_changed(prior, planned), rotates, "{prior:?} to {planned:?}");
        }
    }
}
