//! What the service, not the validation, refuses about a body, as far as the body alone tells it.

use serde_json::Value;

/// Says whether a folder could have this path: it starts with a slash, and its parts have letters, digits, dashes and
/// underscores only.
pub fn secret_path_is_valid(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else {
        return false;
    };
    rest.is_empty() || rest.split('/').all(is_folder_name)
}

/// Gives the service's complaint about a mapping that uses a name twice.
pub fn duplicate_mapping(mapping: &Value) -> Option<String> {
    let names: Vec<&str> = mapping.as_object()?.values().filter_map(Value::as_str).collect();
    let is_repeated = |name: &&str| names.iter().filter(|other| *other == name).count() > 1;
    let text = names.join(", ");
    names
        .iter()
        .any(is_repeated)
        .then(|| format!("Secrets mapping keys must be unique. \"{text}\" contains duplicate keys."))
}

fn is_folder_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_of_folders() {
        for good in ["/", "/a", "/a-B/c_9"] {
            assert!(secret_path_is_valid(good), "{good}");
        }
        for bad in ["", "a", "//", "/a/", "/a//b", "/a b", "/.", "/ä"] {
            assert!(!secret_path_is_valid(bad), "{bad}");
        }
    }

    #[test]
    fn a_name_used_twice() {
        assert_eq!(
            duplicate_mapping(&json!({"username": "A", "password": "A"})).as_deref(),
            Some("Secrets mapping keys must be unique. \"A, A\" contains duplicate keys.")
        );
        assert_eq!(duplicate_mapping(&json!({"username": "A", "password": "a"})), None);
    }
}
