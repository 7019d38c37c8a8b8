//! Rules between the parts of an object or an array.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::issue::{Issue, Segment};
use super::super::javascript;

/// Reports counts that ask for nothing, or for more characters than a password has. The counts are added as floats, in
/// the order digits, lower case, upper case, symbols.
pub(super) fn password_counts(value: &Value, path: &[Segment], issues: &mut Vec<Issue>) {
    let float = |value: &Value| value.as_number().map_or(0.0, javascript::float);
    let counts = ["digits", "lowercase", "uppercase", "symbols"].map(|class| float(&value["required"][class]));
    if counts.iter().all(|count| *count <= 0.0) {
        issues.push(Issue::custom(path, "At least one character type must be required"));
    }
    if counts.iter().sum::<f64>() > float(&value["length"]) {
        issues.push(Issue::custom(path, "The sum of required characters can't exceed the length"));
    }
}

/// Reports a policy that names no zones though its scope needs them, or names some though its scope has none.
pub(super) fn policy_scope(value: &Value, path: &[Segment], issues: &mut Vec<Issue>) {
    let names_zones = value["zoneIds"].as_array().is_some_and(|zones| !zones.is_empty());
    let message = match (value["scope"] == "zones", names_zones) {
        (true, false) => "At least one zone must be listed for the scope \"zones\"",
        (false, true) => "Zones can only be listed for the scope \"zones\"",
        _ => return,
    };
    issues.push(Issue::custom(&within(path, ["zoneIds"]), message));
}

/// Reports buckets that are listed twice, after trimming and with the default jurisdiction filled in.
pub(super) fn unique_buckets(value: &Value, path: &[Segment], issues: &mut Vec<Issue>) {
    let buckets = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut seen = BTreeSet::new();
    if !buckets.iter().all(|bucket| seen.insert((bucket["jurisdiction"].as_str(), bucket["name"].as_str()))) {
        issues.push(Issue::custom(path, "Each bucket can be listed only once"));
    }
}

/// Reports a body whose method of rotation needs the present password and that doesn't bring it. Any text will do but
/// the empty one: it isn't trimmed.
pub(super) fn temporary_password(method: &str, value: &Value, path: &[Segment], issues: &mut Vec<Issue>) {
    let is_needed = value["parameters"]["rotationMethod"] == method;
    let is_given = value["temporaryParameters"]["password"].as_str().is_some_and(|password| !password.is_empty());
    if is_needed && !is_given {
        let path = within(path, ["temporaryParameters", "password"]);
        issues.push(Issue::custom(&path, format!("The current password is required for the method {method}")));
    }
}

fn within<const N: usize>(path: &[Segment], keys: [&str; N]) -> Vec<Segment> {
    path.iter().cloned().chain(keys.map(Segment::from)).collect()
}
