//! Answers that faults give in the place of the right ones, in the exact forms of the server.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::{Effect, Forbidden, NotFound, Told};

/// An answer that takes the place of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
}

#[derive(Debug, Clone, PartialEq)]
enum Content {
    /// The API's error body without its identifier and status code.
    Error { error: &'static str, message: Value, details: Option<Value> },
    /// The default body for a route that does not exist.
    UnknownRoute,
    /// A body as it was given.
    Json(Value),
    /// A page.
    Html(&'static str),
}

impl Answer {
    /// Makes the answer of an effect; `None` for one that gives none.
    pub(super) fn of(effect: &Effect) -> Option<Self> {
        Some(match effect {
            Effect::Status { status, message, body, headers, .. } => Self {
                status: *status,
                headers: headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
                content: body.clone().map_or_else(|| plain(*status, message.as_deref()), Content::Json),
            },
            Effect::Html { status, .. } => Self { status: *status, headers: Vec::new(), content: Content::Html(PAGE) },
            Effect::RateLimited { seconds, told } => rate_limited(*seconds, *told),
            Effect::TokenExpired => {
                Self::error(403, "TokenError", "Your token has expired. Please re-authenticate.".into())
            }
            Effect::TokenRevoked => {
                Self::error(401, "UnauthorizedError", "Failed to authorize: token has been revoked".into())
            }
            Effect::Forbidden(form) => forbidden(*form),
            Effect::NotFound(NotFound::Entity) => {
                Self::error(404, "NotFound", "Could not find the object that was asked for".into())
            }
            Effect::NotFound(NotFound::Route) => {
                Self { status: 404, headers: Vec::new(), content: Content::UnknownRoute }
            }
            Effect::Unprocessable { path, message } => {
                let issue = json!({ "code": "custom", "path": path, "message": message });
                Self::error(422, "ValidationFailure", json!([issue]))
            }
            Effect::Delay { .. }
            | Effect::DropBeforeCommit
            | Effect::DropAfterCommit
            | Effect::Truncate { .. }
            | Effect::Slow { .. }
            | Effect::ThirdParty { .. }
            | Effect::LockHeld => return None,
        })
    }

    /// Tells the status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Makes the HTTP answer to a request with this identifier, method and path and query.
    pub fn response(&self, request_id: &str, method: &str, uri: &str) -> http::Response<Vec<u8>> {
        let (kind, body) = match &self.content {
            Content::Error { error, message, details } => {
                let mut body = json!({
                    "reqId": request_id, "statusCode": self.status, "message": message, "error": error,
                });
                if let Some(details) = details {
                    body["details"] = details.clone();
                }
                (JSON, body.to_string())
            }
            Content::UnknownRoute => {
                let message = format!("Route {method}:{uri} not found");
                (JSON, json!({ "message": message, "error": "Not Found", "statusCode": 404 }).to_string())
            }
            Content::Json(body) => (JSON, body.to_string()),
            Content::Html(page) => (HTML, (*page).to_owned()),
        };
        let mut response = http::Response::new(body.into_bytes());
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *response.headers_mut() = self.header_map();
        response.headers_mut().entry(http::header::CONTENT_TYPE).or_insert(HeaderValue::from_static(kind));
        response
    }

    fn header_map(&self) -> HeaderMap {
        let parse = |(name, value): &(String, String)| -> Option<(HeaderName, HeaderValue)> {
            Some((name.parse().ok()?, value.parse().ok()?))
        };
        self.headers.iter().filter_map(parse).collect()
    }

    fn error(status: u16, error: &'static str, message: Value) -> Self {
        Self { status, headers: Vec::new(), content: Content::Error { error, message, details: None } }
    }
}

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html";
const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

fn plain(status: u16, message: Option<&str>) -> Content {
    let (error, default) = match status {
        400 => ("BadRequest", "The request was refused"),
        401 => ("UnauthorizedError", "Token missing"),
        403 => ("ForbiddenError", "You are not allowed to access this resource"),
        404 => ("NotFound", "Could not find the object that was asked for"),
        504 => ("GatewayTimeoutError", "The third party did not answer in time"),
        _ => ("InternalServerError", "Something went wrong"),
    };
    Content::Error { error, message: message.unwrap_or(default).into(), details: None }
}

fn forbidden(form: Forbidden) -> Answer {
    match form {
        Forbidden::Permission => {
            let details =
                json!([{ "action": "read", "inverted": false, "subject": "secret-rotation", "conditions": {} }]);
            let message = "You are not allowed to read on secret-rotation".into();
            let content = Content::Error { error: "PermissionDenied", message, details: Some(details) };
            Answer { status: 403, headers: Vec::new(), content }
        }
        Forbidden::Membership => Answer::error(
            403,
            "You are not member of this project",
            "You are not allowed to access this resource".into(),
        ),
        Forbidden::Token => Answer::error(
            403,
            "TokenError",
            "The provided access token is malformed. Please use a valid token or generate a new one and try again."
                .into(),
        ),
    }
}

fn rate_limited(seconds: u64, told: Told) -> Answer {
    let message = match told {
        Told::Everywhere | Told::Message => format!("Rate limit exceeded. Please try again in {seconds} seconds"),
        Told::RetryAfter | Told::Reset | Told::Nowhere => "Rate limit exceeded".to_owned(),
    };
    let header = |name: &str, value: String| (name.to_owned(), value);
    let headers = match told {
        Told::Everywhere => vec![
            header("x-ratelimit-limit", "90".to_owned()),
            header("x-ratelimit-remaining", "0".to_owned()),
            header("x-ratelimit-reset", seconds.to_string()),
            header("retry-after", seconds.to_string()),
        ],
        Told::RetryAfter => vec![header("retry-after", seconds.to_string())],
        Told::Reset => vec![header("x-ratelimit-reset", seconds.to_string())],
        Told::Message | Told::Nowhere => Vec::new(),
    };
    Answer { headers, ..Answer::error(429, "RateLimitExceeded", message.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(effect: &Effect) -> (u16, HeaderMap, Value) {
        let response = Answer::of(effect).unwrap().response("req-12345678901234", "GET", "/api/x?y=1");
        let body = serde_json::from_slice(response.body()).unwrap_or(Value::Null);
        (response.status().as_u16(), response.headers().clone(), body)
    }

    #[test]
    fn a_rate_limit_tells_the_wait_where_it_should() {
        for (told, retry_after, reset, in_message) in [
            (Told::Everywhere, true, true, true),
            (Told::RetryAfter, true, false, false),
            (Told::Reset, false, true, false),
            (Told::Message, false, false, true),
            (Told::Nowhere, false, false, false),
        ] {
            let (status, headers, body) = response(&Effect::RateLimited { seconds: 42, told });
            assert_eq!(status, 429);
            assert_eq!(headers.contains_key("retry-after"), retry_after, "{told:?}");
            assert_eq!(headers.contains_key("x-ratelimit-reset"), reset, "{told:?}");
            assert_eq!(body["message"].as_str().unwrap().contains("42"), in_message, "{told:?}");
            assert_eq!(body["error"], "RateLimitExceeded");
        }
    }

    #[test]
    fn the_two_404s_differ_in_the_identifier() {
        let (_, _, entity) = response(&Effect::NotFound(NotFound::Entity));
        assert_eq!((&entity["error"], &entity["reqId"]), (&json!("NotFound"), &json!("req-12345678901234")));
        let (_, _, route) = response(&Effect::NotFound(NotFound::Route));
        let expected = json!({ "message": "Route GET:/api/x?y=1 not found", "error": "Not Found", "statusCode": 404 });
        assert_eq!(route, expected);
    }

    #[test]
    fn the_three_403s() {
        let (_, _, permission) = response(&Effect::Forbidden(Forbidden::Permission));
        assert_eq!((&permission["error"], permission["details"].is_array()), (&json!("PermissionDenied"), true));
        let (_, _, membership) = response(&Effect::Forbidden(Forbidden::Membership));
        assert_eq!(membership["message"], "You are not allowed to access this resource");
        let (status, _, token) = response(&Effect::Forbidden(Forbidden::Token));
        assert_eq!((status, &token["error"]), (403, &json!("TokenError")));
    }

    #[test]
    fn a_page_is_no_json_and_given_bodies_and_headers_stay_as_they_are() {
        let page = Answer::of(&Effect::Html { status: 502, after_commit: false }).unwrap().response("r", "GET", "/");
        assert_eq!(page.headers()["content-type"], "text/html");
        assert!(page.body().starts_with(b"<html>"));

        let effect = Effect::Status {
            status: 418,
            message: None,
            body: Some(json!([1])),
            headers: [("x-a".to_owned(), "b".to_owned()), ("no such header".to_owned(), String::new())].into(),
            after_commit: false,
        };
        let (status, headers, body) = response(&effect);
        assert_eq!((status, headers["x-a"].to_str().unwrap(), body), (418, "b", json!([1])));
    }

    #[test]
    fn a_422_has_a_list_of_issues() {
        let effect = Effect::Unprocessable { path: vec!["name".to_owned()], message: "Required".to_owned() };
        let (status, _, body) = response(&effect);
        assert_eq!((status, &body["message"][0]["path"]), (422, &json!(["name"])));
    }
}
