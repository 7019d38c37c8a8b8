//! What an answer means: the value that was asked for, or which failure.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{ApiFailure, Issue, PathStep};
use super::request::Request;
use super::transport::Answer;
use super::{Error, Secret};

/// The longest message of a server that is passed on, in characters.
const LONGEST_MESSAGE: usize = 1_500;

/// The value of a successful answer.
pub(super) fn decode<T: DeserializeOwned>(request: &Request, answer: &Answer) -> Result<T, Error> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        let text = error.to_string();
        // Only these texts name a key of the description rather than data of the answer.
        let reason = if looks_like_html(&answer.body) {
            "a web page and not JSON; is the host right?".to_owned()
        } else if text.starts_with("missing field") {
            text
        } else {
            format!("not the JSON that the API describes (line {}, column {})", error.line(), error.column())
        };
        unexpected(request, answer.status, reason)
    })
}

/// The failure that an answer with a status other than 2xx tells.
pub(super) fn refusal(request: &Request, answer: &Answer, secrets: &[Secret]) -> Error {
    if (300..400).contains(&answer.status) {
        let target = header(answer, "location").and_then(|target| reqwest::Url::parse(target).ok());
        let reason = target.map_or_else(
            || "a redirect".to_owned(),
            |target| format!("a redirect to {}; is the host right?", target.origin().ascii_serialization()),
        );
        return unexpected(request, answer.status, reason);
    }
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let failure = Arc::new(api_failure(request, answer, body.as_ref(), secrets));
    let name = failure.name.as_deref().unwrap_or_default();
    match answer.status {
        401 => Error::Unauthorised(failure),
        403 if name == "TokenError" => Error::Unauthorised(failure),
        403 => Error::Forbidden(failure),
        404 if name == "NotFound" => Error::NotFound(failure),
        404 => Error::UnknownRoute(failure),
        422 => Error::Validation(failure),
        429 => Error::RateLimited { retry_after: told_wait(answer, Some(&failure.message)), failure },
        500..=599 => Error::Server(failure),
        400..=499 => Error::BadRequest(failure),
        status => unexpected(request, status, "a status that the API doesn't use".to_owned()),
    }
}

/// How long the server asks to wait: by `Retry-After`, by `x-ratelimit-reset`, or by the number in its message.
pub(super) fn told_wait(answer: &Answer, message: Option<&str>) -> Option<Duration> {
    header(answer, "retry-after")
        .and_then(|text| seconds(text).or_else(|| until(text, answer)))
        .or_else(|| header(answer, "x-ratelimit-reset").and_then(|text| reset_in(text, answer)))
        .or_else(|| message.and_then(seconds_in_message))
}

/// The server's clock, as it wrote it on this answer.
pub(super) fn server_date(answer: &Answer) -> Option<Timestamp> {
    header(answer, "date").and_then(http_date)
}

/// The time from the answer until the reset that `x-ratelimit-reset` tells, as a distance or as a Unix time (some
/// proxies count milliseconds).
pub(super) fn reset_in(text: &str, answer: &Answer) -> Option<Duration> {
    let number: f64 = text.trim().parse().ok().filter(|number| *number >= 0.0)?;
    if number < 1e9 {
        return Duration::try_from_secs_f64(number).ok();
    }
    let then = if number < 1e12 { number } else { number / 1_000.0 };
    let now = server_date(answer).unwrap_or_else(Timestamp::now).as_duration().as_secs_f64();
    Duration::try_from_secs_f64((then - now).max(0.0)).ok()
}

pub(super) fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.get(name).and_then(|value| value.to_str().ok())
}

pub(super) fn unexpected(request: &Request, status: u16, reason: String) -> Error {
    Error::UnexpectedAnswer { method: request.method.to_string(), route: request.route.clone(), status, reason }
}

fn api_failure(request: &Request, answer: &Answer, body: Option<&Value>, secrets: &[Secret]) -> ApiFailure {
    let secrets: Vec<&Secret> = secrets.iter().chain(&request.sensitive).collect();
    let text = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_str);
    let issues = body
        .and_then(|body| body.get("message"))
        .and_then(Value::as_array)
        .map_or_else(Vec::new, |issues| issues.iter().map(|issue| issue_of(issue, &secrets)).collect());
    let message = match text("message") {
        Some(message) => clean(message, &secrets),
        None if !issues.is_empty() => {
            clean(&issues.iter().map(Issue::to_string).collect::<Vec<_>>().join("; "), &secrets)
        }
        None if looks_like_html(&answer.body) => "a web page, probably of a proxy in between".to_owned(),
        None => String::new(),
    };
    ApiFailure {
        method: request.method.to_string(),
        route: request.route.clone(),
        status: answer.status,
        name: text("error").map(|name| clean(name, &secrets)),
        message,
        request_id: text("reqId").map(|id| clean(id, &secrets)),
        details: body.and_then(|body| body.get("details")).filter(|details| !details.is_null()).cloned(),
        issues,
        retry_after: header(answer, "retry-after").and_then(|text| seconds(text).or_else(|| until(text, answer))),
    }
}

fn issue_of(issue: &Value, secrets: &[&Secret]) -> Issue {
    let steps = issue.get("path").and_then(Value::as_array).map_or_else(Vec::new, |steps| {
        steps
            .iter()
            .filter_map(|step| match step {
                Value::String(key) => Some(PathStep::Key(clean(key, secrets))),
                Value::Number(index) => {
                    index.as_u64().and_then(|index| usize::try_from(index).ok()).map(PathStep::Index)
                }
                _ => None,
            })
            .collect()
    });
    let message = issue.get("message").and_then(Value::as_str).unwrap_or("not valid");
    Issue { path: steps, message: clean(message, secrets) }
}

/// A server's text on one line, bounded, and without what must not be repeated.
fn clean(text: &str, secrets: &[&Secret]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.expose().len() >= 4) {
        if text.contains(secret.expose()) {
            text = text.replace(secret.expose(), "(secret)");
        }
    }
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().filter(|character| !character.is_control()).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST_MESSAGE {
        return line;
    }
    line.chars().take(LONGEST_MESSAGE).chain("...".chars()).collect()
}

fn looks_like_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse::<f64>().ok().and_then(|number| Duration::try_from_secs_f64(number).ok())
}

fn until(text: &str, answer: &Answer) -> Option<Duration> {
    let then = http_date(text)?;
    let now = server_date(answer).unwrap_or_else(Timestamp::now);
    Some(Duration::try_from(then.duration_since(now)).unwrap_or_default())
}

fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

/// The number before `second` in a text such as `Please try again in 42 seconds`.
fn seconds_in_message(message: &str) -> Option<Duration> {
    let before = &message[..message.find("second")?];
    let number = before.split_whitespace().next_back()?;
    seconds(number)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
    use reqwest::{Method, Url};
    use tokio::time::Instant;

    use super::{Answer, Request, decode, refusal, told_wait};
    use crate::infisical::{Error, PathStep, Secret};

    fn answer(status: u16, headers: &[(&'static str, &str)], body: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
            .collect::<HeaderMap>();
        Answer { status, headers, body: body.as_bytes().to_vec(), received: Instant::now() }
    }

    fn request() -> Request {
        Request::new(&Url::parse("http://localhost").unwrap(), Method::GET, "/api/v1/things/:name", &["x"]).unwrap()
    }

    #[test]
    fn both_kinds_of_404_are_told_apart() {
        let entity =
            answer(404, &[], r#"{"reqId":"req-1","statusCode":404,"message":"Could not find it","error":"NotFound"}"#);
        let Error::NotFound(failure) = refusal(&request(), &entity, &[]) else { panic!("not an entity") };
        assert_eq!(
            failure.to_string(),
            "GET /api/v1/things/:name answered 404 NotFound: Could not find it (request req-1)"
        );
        for body in [r#"{"message":"Route GET:/x not found","error":"Not Found","statusCode":404}"#, "<html>", "", "{}"]
        {
            assert!(matches!(refusal(&request(), &answer(404, &[], body), &[]), Error::UnknownRoute(_)), "{body}");
        }
    }

    #[test]
    fn the_three_forms_of_403_are_told_apart() {
        let of = |body| refusal(&request(), &answer(403, &[], body), &[]);
        assert!(matches!(of(r#"{"error":"TokenError","message":"Your token has expired."}"#), Error::Unauthorised(_)));
        assert!(matches!(of(r#"{"error":"You are not member of this project","message":"m"}"#), Error::Forbidden(_)));
        let Error::Forbidden(failure) =
            of(r#"{"error":"PermissionDenied","message":"m","details":[{"action":"create"}]}"#)
        else {
            panic!("not forbidden")
        };
        assert_eq!(failure.details.as_ref().unwrap()[0]["action"], "create");
    }

    #[test]
    fn issues_keep_their_paths() {
        let body = r#"{"reqId":"r","error":"ValidationFailure","message":[
            {"path":["parameters","grants",1,"database"],"message":"Required"},{"message":"odd","path":[null]}]}"#;
        let error = refusal(&request(), &answer(422, &[], body), &[]);
        assert_eq!(error.issues().len(), 2);
        assert_eq!(error.issues()[0].path[2], PathStep::Index(1));
        assert!(error.to_string().contains("parameters.grants[1].database: Required"), "{error}");
    }

    #[test]
    fn the_wait_is_read_in_order_of_precedence() {
        let message = Some("Rate limit exceeded. Please try again in 42 seconds");
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        for (headers, expected) in [
            (vec![("retry-after", "7"), ("x-ratelimit-reset", "9")], Some(7)),
            (vec![("retry-after", "Sat, 21 Nov 2026 10:00:30 GMT"), date], Some(30)),
            (vec![("retry-after", "soon"), ("x-ratelimit-reset", "9")], Some(9)),
            (vec![("x-ratelimit-reset", "1795255212"), date], Some(12)),
            (vec![("x-ratelimit-reset", "1795255212000"), date], Some(12)),
            (vec![], Some(42)),
            (vec![("retry-after", "-1")], Some(42)),
        ] {
            let wait = told_wait(&answer(429, &headers, ""), message);
            assert_eq!(wait, expected.map(Duration::from_secs), "{headers:?}");
        }
        assert_eq!(told_wait(&answer(429, &[], ""), Some("Failed to acquire lock: rate limit exceeded")), None);
    }

    #[test]
    fn messages_are_cleaned_bounded_and_without_secrets() {
        let body = format!(r#"{{"message":"bad\u001b[31m token hunter2\n\n  twice {}"}}"#, "x".repeat(5_000));
        let error = refusal(&request(), &answer(400, &[], &body), &[Secret::new("hunter2")]);
        let message = error.server_message().unwrap();
        assert!(message.starts_with("bad[31m token (secret) twice xxx"), "{message}");
        assert!(message.len() < 2_000);
    }

    #[test]
    fn an_answer_that_cannot_be_decoded_is_told_without_its_data() {
        let error = decode::<Vec<u32>>(&request(), &answer(200, &[], r#"["hunter2"]"#)).unwrap_err();
        assert!(matches!(&error, Error::UnexpectedAnswer { reason, .. } if !reason.contains("hunter2")), "{error}");
        let page = decode::<Vec<u32>>(&request(), &answer(200, &[], " <!doctype html>")).unwrap_err();
        assert!(page.to_string().contains("web page"));
    }
}
