//! The named forms of texts.

use std::net::{Ipv4Addr, Ipv6Addr};

use regex_lite::Regex;

use super::{Complaint, json_object, template};
use crate::catalog::table::Form;

/// Judges a text, already trimmed where it is to be, by one form.
pub(super) fn judge(form: &Form, text: &str) -> Result<(), Complaint> {
    let fits = match form {
        Form::Slug => text.split('-').all(|group| !group.is_empty() && group.bytes().all(is_slug_byte)),
        Form::Uuid => is_uuid(text),
        Form::FolderPath => return folder_path(text),
        Form::SecretName => !text.contains([':', '/']),
        Form::EmailAddress => is_email_address(text),
        Form::DirectoryName => is_distinguished_name(text) || is_principal_name(text),
        Form::IpRange => is_ip_range(text),
        // A lint compiles the table's own patterns. One that only a server knows may be beyond `regex-lite`: what can't
        // be judged here is left to the server.
        Form::Pattern(pattern) => Regex::new(pattern.regex).map_or(true, |regex| regex.is_match(text)),
        Form::NotStartingWith(characters) => !text.starts_with(|first| characters.contains(first)),
        Form::NotEndingWith(characters) => !text.ends_with(|last| characters.contains(last)),
        Form::Without(characters) => !text.contains(|character| characters.contains(character)),
        Form::Reserved(names) => !names.iter().any(|name| text.to_lowercase() == *name),
        Form::Template { needed, variables, helpers } => return template::judge(text, needed, variables, helpers),
        Form::JsonObject { max_keys, refused } => return json_object::judge(text, *max_keys, refused),
    };
    if fits { Ok(()) } else { Err(Complaint::Malformed { form: *form }) }
}

/// Drops one trailing slash, as the server does; the root stays.
pub(super) fn without_trailing_slash(path: &str) -> &str {
    match path.strip_suffix('/') {
        Some(shorter) if !shorter.is_empty() => shorter,
        _ => path,
    }
}

/// The server answers 400 for every path without a folder, and folders have plain names only.
fn folder_path(text: &str) -> Result<(), Complaint> {
    let Some(inner) = without_trailing_slash(text).strip_prefix('/') else { return Err(Complaint::NotAbsolute) };
    let is_name = |segment: &str| !segment.is_empty() && segment.bytes().all(is_word_byte);
    // `//` is no longer spelling of `/`: dropping its trailing slash leaves the root, but no folder is called "".
    if text == "/" || (text != "//" && inner.split('/').all(is_name)) { Ok(()) } else { Err(Complaint::NotAFolder) }
}

/// Whether a text is a UUID, in letters of either case.
pub fn is_uuid(text: &str) -> bool {
    let groups = text.split('-').map(str::len);
    groups.eq([8, 4, 4, 4, 12]) && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The address rule of the server's validation library: stricter than the standard, ASCII only, no quoted parts. A
/// comma or an apostrophe passes some versions of it and is refused here, for no service account has one.
fn is_email_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_local = !local.is_empty()
        && local.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+.-".contains(&byte))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let Some((labels, top_level)) = domain.rsplit_once('.') else { return false };
    let is_label = |label: &str| {
        label.starts_with(|first: char| first.is_ascii_alphanumeric())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    is_local && labels.split('.').all(is_label) && is_top_level_domain(top_level)
}

/// A distinguished name as the server accepts it: no escapes, no multi-valued parts, nothing after a comma but the
/// next part.
fn is_distinguished_name(text: &str) -> bool {
    text.split(',').all(|part| {
        part.split_once('=').is_some_and(|(attribute, value)| {
            !attribute.is_empty()
                && attribute.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && !value.is_empty()
                && !value.contains(['+', '=', '"', '<', '>', '#', ';', '\\'])
        })
    })
}

fn is_principal_name(text: &str) -> bool {
    let Some((user, domain)) = text.split_once('@') else { return false };
    let Some((labels, top_level)) = domain.rsplit_once('.') else { return false };
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(&byte);
    let is_domain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !user.is_empty()
        && user.bytes().all(is_user)
        && !labels.is_empty()
        && labels.bytes().all(is_domain)
        && is_top_level_domain(top_level)
}

fn is_top_level_domain(text: &str) -> bool {
    text.len() >= 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Host bits are not looked at. The server reads prefixes leniently and permits zones; what the third party would
/// refuse is refused here.
fn is_ip_range(text: &str) -> bool {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let most_bits = if address.parse::<Ipv4Addr>().is_ok() {
        32
    } else if address.parse::<Ipv6Addr>().is_ok() {
        128
    } else {
        return false;
    };
    prefix.is_none_or(|bits| {
        bits.bytes().all(|byte| byte.is_ascii_digit()) && bits.parse::<u128>().is_ok_and(|bits| bits <= most_bits)
    })
}

fn is_slug_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(form: Form, text: &str) -> bool {
        judge(&form, text).is_ok()
    }

    #[test]
    fn folders_have_plain_names_between_single_slashes() {
        for path in ["/", "/a", "/a/", "/a/b-c/D_4", "/_"] {
            assert!(fits(Form::FolderPath, path), "{path}");
        }
        for path in ["", "a", "a/", ".", "//", "///", "/a//", "//a", "/a//b", "/.", "/..", "/a b", "/a /b", "/\u{e4}"] {
            assert!(!fits(Form::FolderPath, path), "{path}");
        }
        assert_eq!(without_trailing_slash("/"), "/");
        assert_eq!(without_trailing_slash("/a/"), "/a");
    }

    #[test]
    fn ranges_have_strict_addresses_and_plain_prefixes() {
        for range in ["10.0.0.1", "10.0.0.0/8", "10.0.0.9/08", "::", "::1", "2001:db8::/32", "::ffff:1.2.3.4/128"] {
            assert!(fits(Form::IpRange, range), "{range}");
        }
        for range in [
            "",
            "host",
            "10.0.0",
            "010.0.0.1",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/8.0",
            "10.0.0.0/8/8",
            "::1/129",
            "fe80::1%eth0",
            "1:2:3:4:5:6:7",
            "1::2::3",
            "[::1]",
        ] {
            assert!(!fits(Form::IpRange, range), "{range}");
        }
    }

    #[test]
    fn directory_names_are_plain() {
        for name in ["CN=user,OU=users,DC=example,DC=com", "CN=a (b),DC=x", "user@example.com", "a.@.b.museum"] {
            assert!(fits(Form::DirectoryName, name), "{name}");
        }
        for name in [
            "user",
            "CN=a, DC=x",
            "cn=a+uid=b,dc=x",
            "2.5.4.3=a,dc=x",
            "CN=,DC=x",
            "cn=a\\2Cb",
            "user@localhost",
            "a@b.c1",
        ] {
            assert!(!fits(Form::DirectoryName, name), "{name}");
        }
    }

    #[test]
    fn addresses_follow_the_servers_rule() {
        for address in ["a@b.co", "A.B@C.Co", "a_b+c-d@x-.example", "a-@b.co"] {
            assert!(fits(Form::EmailAddress, address), "{address}");
        }
        for address in [
            "a",
            "a@b",
            ".a@b.co",
            "a.@b.co",
            "a..b@c.co",
            "a@b..co",
            "a@-b.co",
            "a@b_c.co",
            "a@b.c1",
            "a@@b.co",
            "\u{17f}@b.co",
            "@b.co",
            "a'b@c.co",
        ] {
            assert!(!fits(Form::EmailAddress, address), "{address}");
        }
    }

    #[test]
    fn uuids_have_hyphens_and_nothing_else() {
        for uuid in ["00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF"] {
            assert!(fits(Form::Uuid, uuid), "{uuid}");
        }
        for uuid in [
            "",
            "3c90c3cc0d444b5088888dd25736052a",
            "{3c90c3cc-0d44-4b50-8888-8dd25736052a}",
            "3c90c3cc-0d44-4b50-8888-8dd25736052g",
        ] {
            assert!(!fits(Form::Uuid, uuid), "{uuid}");
        }
    }
}
