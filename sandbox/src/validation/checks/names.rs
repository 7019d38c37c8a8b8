//! Names: slugs, accounts, directory names, e-mail addresses and uuids. Every class is ASCII, whatever the locale.

use super::super::issue::{Issue, Segment};

/// Recognises lower-case letters and digits in groups joined by single dashes.
pub(in super::super) fn is_slug(text: &str) -> bool {
    text.split('-')
        .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()))
}

/// Recognises a uuid of any version and in any case, with its hyphens and nothing around it.
pub(in super::super) fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.len() == 5
        && groups
            .iter()
            .zip([8, 4, 4, 4, 12])
            .all(|(group, length)| group.len() == length && group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Recognises an e-mail address as version 3.22 of the server's validation library does; the comma in the local part
/// is its own (a range of characters that was meant as three).
pub(in super::super) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b',' | b'-' | b'.');
    let last = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-');
    local.bytes().all(inner)
        && local.bytes().last().is_some_and(last)
        && !local.starts_with('.')
        && !text.contains("..")
        && is_domain(domain)
}

fn is_domain(domain: &str) -> bool {
    let Some((labels, top)) = domain.rsplit_once('.') else {
        return false;
    };
    let is_label = |label: &str| {
        label.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    top.len() >= 2 && top.bytes().all(|byte| byte.is_ascii_alphabetic()) && labels.split('.').all(is_label)
}

/// Recognises a name of letters, digits and the marks given.
pub(super) fn is_account(text: &str, marks: &str) -> bool {
    !text.is_empty() && text.chars().all(|character| character.is_ascii_alphanumeric() || marks.contains(character))
}

/// Reports what Windows would refuse as the name of a local account, and the names that it uses itself.
pub(super) fn windows_account(text: &str, path: &[Segment], issues: &mut Vec<Issue>) {
    let reserved = ["administrator", "system", "guest", "defaultaccount"];
    let mut refuse = |refused: bool, message: &str| {
        if refused {
            issues.push(Issue::custom(path, message));
        }
    };
    refuse(!is_account(text, "-_."), "Use letters, digits, hyphens, underscores and periods only");
    refuse(text.starts_with(['-', '.']), "Can't start with a hyphen or a period");
    refuse(text.ends_with('.'), "Can't end with a period");
    refuse(reserved.iter().any(|name| name.eq_ignore_ascii_case(text)), "Can't be the name of a built-in account");
}

/// Recognises `CN=name,DC=example,DC=com` or `name@example.com`.
pub(super) fn is_distinguished_name(text: &str) -> bool {
    text.split(',').all(is_relative_name) || is_principal_name(text)
}

/// Recognises one part of a distinguished name. The server's pattern was to allow several values joined by `+`, but
/// says "one or more backslashes" where it means the plus sign: so backslashes join values, and a plus sign doesn't.
fn is_relative_name(part: &str) -> bool {
    let is_value = |value: &str| !value.is_empty() && !value.contains(['+', '=', '"', '<', '>', '#', ';']);
    let is_assertion = |assertion: &str| {
        assertion.split_once('=').is_some_and(|(attribute, value)| is_account(attribute, "") && is_value(value))
    };
    let mut assertions = part.split('\\');
    assertions.next().is_some_and(is_assertion)
        && !part.ends_with('\\')
        && assertions.all(|assertion| assertion.is_empty() || is_assertion(assertion))
}

fn is_principal_name(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let Some((host, top)) = domain.rsplit_once('.') else {
        return false;
    };
    is_account(local, "._%+-")
        && is_account(host, "._-")
        && top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn email_addresses() {
        for good in ["a@b.co", "A.B@C.Co", "a+b-c_@x-.co", "a,b@c.co", "a@xn--bcher-kva.de", "_@1.aa"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "a",
            "a@b",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a@b..co",
            "a@-b.co",
            "a@b.c",
            "a@b.c0",
            "a'b@c.co",
            "a@@b.co",
            "a@b.co\n",
            "ä@b.co",
            "@b.co",
            "a@b_c.co",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn distinguished_names_and_principal_names() {
        for good in [
            "CN=user,OU=users,DC=example,DC=com",
            "CN=a (b):*,DC=x",
            "cn=a\\\\uid=b,dc=x",
            "user@.a.com",
            "u%+@a_-.com",
        ] {
            assert!(is_distinguished_name(good), "{good}");
        }
        for bad in [
            "",
            "user",
            "CN=user, OU=users,DC=x",
            "cn=a+uid=b,dc=x",
            "2.5.4.3=a,dc=x",
            "cn=a\\",
            "cn=a\\2Cb,dc=x",
            "\\cn=a",
            "CN=,DC=x",
            "CN=a,",
            "user@localhost",
            "a@b.c0",
            "a@b@c.com",
            "a@.com",
        ] {
            assert!(!is_distinguished_name(bad), "{bad}");
        }
    }
}
