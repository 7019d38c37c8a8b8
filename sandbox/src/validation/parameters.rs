//! The parts of a request that aren't bodies: route parameters and query strings. Each is judged alone and complains
//! as a body would, with its name as the path.

use serde_json::Value;

use super::checks;
use super::issue::{Issue, Limit, Segment};
use super::javascript;

/// Takes a uuid as it is.
pub fn uuid(name: &str, value: Option<&str>) -> Result<String, Issue> {
    let path = [Segment::from(name)];
    let text = stated(&path, value)?;
    if checks::is_uuid(text) { Ok(text.to_owned()) } else { Err(Issue::invalid_text(&path, "uuid")) }
}

/// Takes a text, trims it and refuses an empty one.
pub fn text(name: &str, value: Option<&str>) -> Result<String, Issue> {
    let path = [Segment::from(name)];
    let text = javascript::trim(stated(&path, value)?);
    if text.is_empty() { Err(too_short(&path)) } else { Ok(text.to_owned()) }
}

/// Takes a slug of up to 64 characters, after trimming.
pub fn slug(name: &str, value: Option<&str>) -> Result<String, Issue> {
    let path = [Segment::from(name)];
    let text = text(name, value)?;
    if javascript::length(&text) > 64 {
        let limit = Limit { code: "too_big", subject: "string", value: 64.into(), inclusive: true };
        return Err(Issue::limit(&path, limit));
    }
    if checks::is_slug(&text) { Ok(text) } else { Err(Issue::custom(&path, "Must be slug friendly")) }
}

/// Takes `true` or `false`; an absent value is false.
pub fn flag(name: &str, value: Option<&str>) -> Result<bool, Issue> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(other) => {
            let options = ["true", "false"].map(Value::from);
            Err(Issue::invalid_option(&[Segment::from(name)], &options, other))
        }
    }
}

fn stated<'a>(path: &[Segment], value: Option<&'a str>) -> Result<&'a str, Issue> {
    value.ok_or_else(|| Issue::invalid_type(path, "string", None))
}

fn too_short(path: &[Segment]) -> Issue {
    Issue::limit(path, Limit { code: "too_small", subject: "string", value: 1.into(), inclusive: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_judged_as_bodies_are() {
        assert_eq!(uuid("rotationId", Some("3C90C3CC-0d44-4b50-8888-8dd25736052a")).unwrap().len(), 36);
        assert_eq!(uuid("rotationId", Some("x")).unwrap_err().to_json()["message"], "Invalid uuid");
        assert_eq!(text("projectId", Some(" a ")).unwrap(), "a");
        assert_eq!(text("projectId", None).unwrap_err().message, "Required");
        assert_eq!(text("projectId", Some("\u{feff}")).unwrap_err().code, "too_small");
        assert_eq!(slug("name", Some("a-b ")).unwrap(), "a-b");
        assert_eq!(slug("name", Some("a_b")).unwrap_err().path, [Segment::from("name")]);
        assert_eq!(slug("name", Some(&"a".repeat(65))).unwrap_err().code, "too_big");
        assert_eq!(
            (flag("deleteSecrets", None).ok(), flag("deleteSecrets", Some("true")).ok()),
            (Some(false), Some(true))
        );
        assert_eq!(flag("deleteSecrets", Some("True")).unwrap_err().code, "invalid_enum_value");
    }
}
