//! Statements that change a password: templates of which only texts and plain insertions are allowed.

use super::super::issue::{Issue, Segment};
use super::super::template::{Statement, parse};

const INSERTIONS: [&str; 8] =
    ["username", "password", "database", "replace", "truncate", "random", "uppercase", "lowercase"];

/// Reports a statement that inserts something else or that lacks the user name or the password. A template with a
/// syntax error makes the server fail.
pub(super) fn check(text: &str, path: &[Segment], issues: &mut Vec<Issue>) {
    match parse(text) {
        Err(error) => {
            issues.push(Issue::server_fault(path, error));
            return;
        }
        Ok(statements) if !statements.iter().all(is_allowed) => {
            let message = format!("The rotation statement can only use {}", INSERTIONS.join(", "));
            issues.push(Issue::custom(path, message));
        }
        Ok(_) => {}
    }
    if !(text.contains("{{username}}") && text.contains("{{password}}")) {
        issues.push(Issue::custom(path, "The rotation statement must contain {{username}} and {{password}}"));
    }
}

fn is_allowed(statement: &Statement) -> bool {
    match statement {
        Statement::Text => true,
        Statement::Insertion(name) => INSERTIONS.contains(&name.as_str()),
        Statement::Other => false,
    }
}
