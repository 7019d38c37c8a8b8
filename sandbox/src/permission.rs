//! Who may do what: membership in projects, the built-in roles and the rules of custom ones.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::ApiError;
use crate::state::{Identity, OrganizationRole, Project, ProjectRole, Rule, State};

/// Rotations.
pub const ROTATION: &str = "secret-rotation";
/// App connections.
pub const CONNECTION: &str = "app-connections";
/// Secrets.
pub const SECRET: &str = "secrets";
/// Folders.
pub const FOLDER: &str = "secret-folders";
/// Environments.
pub const ENVIRONMENT: &str = "environments";

/// The fields that conditions of rules are compared with.
pub type Fields<'a> = &'a [(&'a str, &'a str)];

/// What a caller may do in one project.
#[derive(Clone, Copy, Debug)]
pub struct Membership<'a> {
    /// The project.
    pub project: &'a Project,
    role: &'a ProjectRole,
}

/// Checks, in the service's order, that a project exists, belongs to the organisation, is meant for secrets and has
/// the caller as a member.
pub fn enter<'a>(state: &'a State, identity: &str, project: &str) -> Result<Membership<'a>, ApiError> {
    let found =
        state.projects.get(project).ok_or_else(|| ApiError::NotFound(format!("Project with {project} not found")))?;
    if found.organization_id.as_ref().is_some_and(|owner| *owner != state.organization.id) {
        return Err(ApiError::forbidden("This project does not belong to your selected organization."));
    }
    if found.kind != "secret-manager" {
        let text = format!("The project is of type {}. Operations of type secret-manager are not allowed.", found.kind);
        return Err(ApiError::BadRequest(text));
    }
    let role = caller(state, identity)?
        .projects
        .get(project)
        .ok_or_else(|| ApiError::forbidden("You are not member of this project"))?;
    Ok(Membership { project: found, role })
}

/// Finds the identity of a caller whose token was accepted.
pub fn caller<'a>(state: &'a State, identity: &str) -> Result<&'a Identity, ApiError> {
    let unknown = || ApiError::Unauthorized("Invalid identity access token claims, please re-authenticate".to_owned());
    state.identities.get(identity).ok_or_else(unknown)
}

impl Membership<'_> {
    /// Tells whether the role permits an action on something with these fields.
    pub fn permits(&self, subject: &str, action: &str, fields: Fields<'_>) -> bool {
        match self.role {
            ProjectRole::Custom(rules) => {
                let of_interest = |rule: &&Rule| rule.covers(subject, action) && rule.holds(fields);
                rules.iter().rev().find(of_interest).is_some_and(|rule| !rule.inverted)
            }
            role => built_in(role, subject, action),
        }
    }

    /// Tells whether the role permits an action on at least something.
    pub fn permits_at_all(&self, subject: &str, action: &str) -> bool {
        match self.role {
            ProjectRole::Custom(rules) => rules.iter().any(|rule| rule.covers(subject, action) && !rule.inverted),
            role => built_in(role, subject, action),
        }
    }

    /// Refuses an action that the role does not permit.
    pub fn require(&self, subject: &str, action: &str, fields: Fields<'_>) -> Result<(), ApiError> {
        if self.permits(subject, action, fields) { Ok(()) } else { Err(denied(subject, action)) }
    }
}

/// Refuses an action on connections of the whole organisation that the caller's role there does not permit.
pub fn require_in_organization(state: &State, identity: &str, action: &str) -> Result<(), ApiError> {
    if permits_in_organization(state, identity, action)? { Ok(()) } else { Err(denied(CONNECTION, action)) }
}

/// Tells whether the caller's role in the organisation permits an action on its connections.
pub fn permits_in_organization(state: &State, identity: &str, action: &str) -> Result<bool, ApiError> {
    Ok(match caller(state, identity)?.organization_role {
        Some(OrganizationRole::Admin) => true,
        Some(OrganizationRole::Member) => action == "connect",
        Some(OrganizationRole::NoAccess) | None => false,
    })
}

/// Makes the refusal of an action.
pub fn denied(subject: &str, action: &str) -> ApiError {
    ApiError::PermissionDenied { action: action.to_owned(), subject: subject.to_owned() }
}

fn built_in(role: &ProjectRole, subject: &str, action: &str) -> bool {
    match role {
        ProjectRole::Admin => true,
        ProjectRole::Member => match subject {
            ROTATION => action == "read",
            CONNECTION => action == "connect-app-connections",
            SECRET | FOLDER | ENVIRONMENT => true,
            _ => false,
        },
        ProjectRole::Viewer => match subject {
            ROTATION | FOLDER | ENVIRONMENT => action == "read",
            SECRET => matches!(action, "describeSecret" | "readValue"),
            _ => false,
        },
        ProjectRole::NoAccess | ProjectRole::Custom(_) => false,
    }
}

impl Rule {
    fn covers(&self, subject: &str, action: &str) -> bool {
        let named = |wanted: &str| self.actions.iter().any(|action| action == wanted);
        // Old roles say `read` where newer ones tell names from values.
        let read_of_old = subject == SECRET && matches!(action, "describeSecret" | "readValue") && named("read");
        self.subject == subject && (named(action) || read_of_old)
    }

    fn holds(&self, fields: Fields<'_>) -> bool {
        let of_interest = |(field, condition): (&String, &Value)| {
            let value = fields.iter().find(|(name, _)| name == field).map(|(_, value)| *value);
            value.is_some_and(|value| is_met(condition, value))
        };
        self.conditions.iter().all(of_interest)
    }
}

fn is_met(condition: &Value, value: &str) -> bool {
    let operators: BTreeMap<&str, &Value> = match condition {
        Value::String(text) => return text == value,
        Value::Object(operators) => operators.iter().map(|(name, wanted)| (name.as_str(), wanted)).collect(),
        _ => return false,
    };
    operators.into_iter().all(|(operator, wanted)| match (operator, wanted) {
        ("$eq", Value::String(text)) => text == value,
        ("$ne", Value::String(text)) => text != value,
        ("$in", Value::Array(texts)) => texts.iter().any(|text| text == value),
        ("$glob", Value::String(pattern)) => glob(pattern.as_bytes(), value.as_bytes()),
        _ => false,
    })
}

/// Compares with a pattern in which `*` stands for any text without a slash and `**` for any text.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=text.len()).any(|end| glob(rest, &text[end..])),
        [b'*', rest @ ..] => {
            let end = text.iter().position(|byte| *byte == b'/').unwrap_or(text.len());
            (0..=end).any(|end| glob(rest, &text[end..]))
        }
        [first, rest @ ..] => text.split_first().is_some_and(|(byte, tail)| byte == first && glob(rest, tail)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_of_rules() {
        for (condition, value, expected) in [
            (json!("prod"), "prod", true),
            (json!("prod"), "dev", false),
            (json!({ "$ne": "prod" }), "dev", true),
            (json!({ "$in": ["dev", "test"] }), "test", true),
            (json!({ "$in": ["dev"] }), "test", false),
            (json!({ "$glob": "/apps/*" }), "/apps/db", true),
            (json!({ "$glob": "/apps/*" }), "/apps/db/a", false),
            (json!({ "$glob": "/apps/**" }), "/apps/db/a", true),
            (json!({ "$eq": "a", "$ne": "a" }), "a", false),
            (json!({ "$unheard-of": "a" }), "a", false),
        ] {
            assert_eq!(is_met(&condition, value), expected, "{condition} {value}");
        }
    }

    #[test]
    fn the_last_rule_that_matches_decides() {
        let reading = |inverted, conditions: &[(&str, Value)]| Rule {
            subject: ROTATION.to_owned(),
            actions: vec!["read".to_owned()],
            inverted,
            conditions: conditions.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        };
        let role = ProjectRole::Custom(vec![reading(false, &[]), reading(true, &[("environment", json!("prod"))])]);
        let project = Project::new("p", "p", "p", crate::clock::Moment::from_milliseconds(0));
        let membership = Membership { project: &project, role: &role };
        assert!(membership.permits(ROTATION, "read", &[("environment", "dev")]));
        assert!(!membership.permits(ROTATION, "read", &[("environment", "prod")]));
        assert!(membership.permits_at_all(ROTATION, "read"));
        assert!(!membership.permits_at_all(ROTATION, "delete"));
    }
}
