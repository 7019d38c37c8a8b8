//! AWS's Signature Version 4, for the one form of request that is needed: a POST of a form to `/`.

use std::fmt::Write;

use jiff::Timestamp;
use ring::{digest, hmac};

use super::Credentials;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded; charset=utf-8";

/// A POST of a form, and who signs it.
pub(super) struct SignedPost<'a> {
    pub(super) host: &'a str,
    pub(super) region: &'a str,
    pub(super) service: &'a str,
    pub(super) body: &'a str,
    pub(super) credentials: &'a Credentials,
}

impl SignedPost<'_> {
    /// All headers of the request, its signature among them.
    pub(super) fn headers(&self, now: Timestamp) -> Vec<(&'static str, String)> {
        let time = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let mut headers = vec![
            ("Content-Length", self.body.len().to_string()),
            ("Content-Type", CONTENT_TYPE.to_owned()),
            ("Host", self.host.to_owned()),
            ("X-Amz-Date", time.clone()),
        ];
        if let Some(token) = &self.credentials.session_token {
            headers.push(("X-Amz-Security-Token", token.expose().to_owned()));
        }
        let authorization = authorization(
            self.credentials,
            &Scope { region: self.region, service: self.service, time: &time },
            &headers,
            self.body,
        );
        headers.push(("Authorization", authorization));
        headers
    }
}

/// What a signature is limited to.
struct Scope<'a> {
    region: &'a str,
    service: &'a str,
    /// As `X-Amz-Date` writes it.
    time: &'a str,
}

/// The value of the header `Authorization`; `headers` are sorted by their lower-case names.
fn authorization(credentials: &Credentials, scope: &Scope<'_>, headers: &[(&str, String)], body: &str) -> String {
    let date = scope.time.get(..8).unwrap_or(scope.time);
    let mut canonical = "POST\n/\n\n".to_owned();
    for (name, value) in headers {
        // Writing to a text never fails.
        let _ = writeln!(canonical, "{}:{}", name.to_ascii_lowercase(), value.trim());
    }
    let signed = headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect::<Vec<_>>().join(";");
    let _ = write!(canonical, "\n{signed}\n{}", hash(body));
    let reach = format!("{date}/{}/{}/aws4_request", scope.region, scope.service);
    let text = format!("{ALGORITHM}\n{}\n{reach}\n{}", scope.time, hash(&canonical));
    let first = format!("AWS4{}", credentials.secret_access_key.expose());
    let key = [date, scope.region, scope.service, "aws4_request"]
        .iter()
        .fold(first.into_bytes(), |key, part| mac(&key, part));
    let signature = hexadecimal(&mac(&key, &text));
    format!(
        "{ALGORITHM} Credential={}/{reach}, SignedHeaders={signed}, Signature={signature}",
        credentials.access_key_id
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hash(text: &str) -> String {
    hexadecimal(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Scope, SignedPost, authorization};
    use crate::infisical::Secret;
    use crate::infisical::auth::aws::Credentials;

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "AKIDEXAMPLE".to_owned(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: None,
        }
    }

    /// The cases `post-vanilla` and `post-x-www-form-urlencoded` of the test suite that AWS publishes.
    #[test]
    fn signatures_are_those_of_the_published_test_suite() {
        let scope = Scope { region: "us-east-1", service: "service", time: "20150830T123600Z" };
        let host = ("Host", "example.amazonaws.com".to_owned());
        let date = ("X-Amz-Date", "20150830T123600Z".to_owned());
        let form = ("Content-Type", "application/x-www-form-urlencoded".to_owned());
        for (headers, body, signature) in [
            (vec![host.clone(), date.clone()], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (
                vec![form, host, date],
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ] {
            let value = authorization(&credentials(), &scope, &headers, body);
            assert!(value.ends_with(&format!("Signature={signature}")), "{value}");
            assert!(value.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
            ));
        }
    }

    #[test]
    fn a_session_token_is_signed_as_well() {
        let credentials = Credentials { session_token: Some(Secret::new("session")), ..credentials() };
        let now: Timestamp = "2026-03-10T09:15:30.5Z".parse().unwrap();
        let post =
            SignedPost { host: "h", region: "eu-west-1", service: "sts", body: "A=B", credentials: &credentials };
        let headers = post.headers(now);
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names,
            ["Content-Length", "Content-Type", "Host", "X-Amz-Date", "X-Amz-Security-Token", "Authorization"]
        );
        assert_eq!(headers[3].1, "20260310T091530Z");
        assert!(
            headers[5].1.contains("SignedHeaders=content-length;content-type;host;x-amz-date;x-amz-security-token,")
        );
    }
}
