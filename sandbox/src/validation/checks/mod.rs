//! The rules that a schema can only name (`x-check`) and the two text formats, uuid and email, as the server's
//! validation library understands them.

mod bodies;
mod names;
mod network;
mod options;
mod template;

use serde::Deserialize;
use serde_json::Value;

use super::issue::{Issue, Segment};

pub(super) use names::{is_email, is_slug, is_uuid};

/// A rule written in Rust, named by a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Check {
    /// Lower-case letters and digits, in groups joined by single dashes.
    Slug,
    /// The name of a secret: no colon and no slash.
    SecretName,
    /// The name of an account on a Unix host or an iLO.
    LocalAccountName,
    /// The name of an account on a Windows host.
    WindowsAccountName,
    /// A distinguished name or a user principal name.
    DistinguishedName,
    /// None of the characters that end or quote a word in a Windows shell.
    NoShellCharacters,
    /// An address or a CIDR range.
    IpOrCidr,
    /// The text of a JSON object with further options of a LiteLLM key.
    JsonOptions,
    /// A template with a user name and a password.
    RotationStatement,
    /// At least one class of characters is required, and all of them together fit into the length.
    PasswordCounts,
    /// Zones are listed for the scope "zones" and only for it.
    PolicyScope,
    /// No bucket is listed twice.
    UniqueBuckets,
    /// The present password is there where the account changes its own.
    PasswordForLoginAsTarget,
    /// The present password is there where the directory user changes its own.
    PasswordForTargetPrincipal,
}

/// Applies a rule to a value whose parts all have the right type.
pub(super) fn run(check: Check, value: &Value, path: &[Segment], issues: &mut Vec<Issue>) {
    let text = || value.as_str().unwrap_or_default();
    let mut refuse = |refused: bool, message: &str| {
        if refused {
            issues.push(Issue::custom(path, message));
        }
    };
    match check {
        Check::Slug => refuse(!is_slug(text()), "Must be slug friendly"),
        Check::SecretName => {
            refuse(text().contains([':', '/']), "Secret names can't contain colons or forward slashes");
        }
        Check::LocalAccountName => {
            refuse(!names::is_account(text(), "-_"), "Use letters, digits, hyphens and underscores only");
        }
        Check::WindowsAccountName => names::windows_account(text(), path, issues),
        Check::DistinguishedName => {
            refuse(!names::is_distinguished_name(text()), "Must be a distinguished name or a user principal name");
        }
        Check::NoShellCharacters => {
            refuse(text().contains([';', ' ', '\'', '"', '`', '|']), "Can't contain spaces or any of ; ' \" ` |");
        }
        Check::IpOrCidr => refuse(!network::is_ip_or_cidr(text()), "Must be an IP address or a CIDR range"),
        Check::JsonOptions => options::check(text(), path, issues),
        Check::RotationStatement => template::check(text(), path, issues),
        Check::PasswordCounts => bodies::password_counts(value, path, issues),
        Check::PolicyScope => bodies::policy_scope(value, path, issues),
        Check::UniqueBuckets => bodies::unique_buckets(value, path, issues),
        Check::PasswordForLoginAsTarget => bodies::temporary_password("login-as-target", value, path, issues),
        Check::PasswordForTargetPrincipal => bodies::temporary_password("target-principal", value, path, issues),
    }
}
