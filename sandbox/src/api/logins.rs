//! `/api/v1/auth`: logins, and the renewal and revocation of tokens.
//!
//! What each method accepts is the sandbox's own rule where the real server asks a third party: the JWT of OIDC,
//! Kubernetes, GCP, Azure and JWT logins must equal the one that the identity was given; an AWS login must carry a
//! `SigV4` Authorization header (of the access key that the identity names, if it names one); a client certificate
//! must arrive, URL-encoded, in the header in which a TLS-terminating proxy hands it on.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::core::Core;
use crate::error::ApiError;
use crate::fields::Fields;
use crate::route::{Call, decode};
use crate::state::{AuthMethod, Failures, MethodKind, Proof, State};
use crate::token;

/// The header in which a proxy hands a client certificate on.
const CERTIFICATE_HEADER: &str = "x-identity-tls-cert-auth-client-cert";
/// What an AWS login asks the security token service for.
const CALLER_IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

const FAILURES_UNTIL_LOCKED: usize = 3;
const FAILURES_COUNT_FOR: Duration = Duration::from_secs(30);
const LOCKED_FOR: Duration = Duration::from_secs(300);

const INVALID: &str = "Invalid credentials";
const LOCKED: &str = "This identity auth method is temporarily locked, please try again later";

pub(super) fn login(core: &Core, call: &Call<'_>, method: MethodKind) -> Result<Value, ApiError> {
    let request = Request::read(call, method)?;
    let now = core.clock.now();
    core.write(|state| {
        let identity = request.identity(state, method)?;
        check_organization(state, request.organization.as_deref())?;
        let settings = state
            .identities
            .get_mut(&identity)
            .and_then(|identity| identity.methods.get_mut(&method))
            .ok_or_else(|| unknown(method))?;
        if settings.failures.locked_until.is_some_and(|until| now < until) {
            return Err(ApiError::Unauthorized(LOCKED.to_owned()));
        }
        if let Err(error) = request.check(&mut settings.proof, now) {
            // A wrong secret counts towards the lock; one that has expired or is used up does not.
            if locks(method) && error == invalid() {
                settings.failures.count(now);
            }
            return Err(error);
        }
        settings.failures = Failures::default();
        let settings = settings.clone();
        Ok(token::issue(state, &identity, method, &settings, now))
    })
}

pub(super) fn renew(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let token = access_token(call)?;
    core.write(|state| token::renew(state, &token, core.clock.now()))
}

pub(super) fn revoke(core: &Core, call: &Call<'_>) -> Result<Value, ApiError> {
    let token = access_token(call)?;
    core.write(|state| token::revoke(state, &token, core.clock.now()))?;
    Ok(json!({ "message": "Successfully revoked access token" }))
}

/// What a login shows.
struct Request {
    /// The identity's id; for universal auth the client id.
    subject: String,
    organization: Option<String>,
    shown: Shown,
}

enum Shown {
    Secret(String),
    Jwt(String),
    /// The signed request: its headers as a JSON object.
    Headers(Value),
    Directory {
        username: String,
        password: String,
    },
    Certificate(String),
}

impl Request {
    fn read(call: &Call<'_>, method: MethodKind) -> Result<Self, ApiError> {
        let mut fields = Fields::of(call.body.as_ref());
        let subject = match method {
            MethodKind::Universal => fields.text("clientId"),
            MethodKind::Ldap => fields.uuid("identityId"),
            _ => fields.text("identityId"),
        };
        let shown = match method {
            MethodKind::Universal => Shown::Secret(fields.text("clientSecret")),
            MethodKind::Aws => {
                let verb = fields.text("iamHttpRequestMethod");
                let body = fields.text("iamRequestBody");
                let headers = fields.text("iamRequestHeaders");
                Shown::Headers(signed_headers(&verb, &body, &headers).unwrap_or_default())
            }
            MethodKind::Ldap => {
                Shown::Directory { username: fields.text("username"), password: fields.raw("password") }
            }
            MethodKind::TlsCert => {
                let header = call.headers.get(CERTIFICATE_HEADER).and_then(|value| value.to_str().ok());
                Shown::Certificate(header.map(decode).unwrap_or_default())
            }
            _ => Shown::Jwt(fields.text("jwt")),
        };
        let older_name = fields.optional_slug("subOrganizationName");
        let organization = fields.optional_slug("organizationSlug").or(older_name);
        fields.finish()?;
        if matches!(&shown, Shown::Certificate(pem) if pem.is_empty()) {
            return Err(ApiError::BadRequest("Missing TLS certificate in header".to_owned()));
        }
        Ok(Self { subject, organization, shown })
    }

    /// Finds whose login it is.
    fn identity(&self, state: &State, method: MethodKind) -> Result<String, ApiError> {
        if method != MethodKind::Universal {
            return Ok(self.subject.to_ascii_lowercase());
        }
        let is_meant = |settings: &AuthMethod| matches!(&settings.proof, Proof::ClientSecret { client_id, .. } if *client_id == self.subject);
        let mut identities = state.identities.values();
        let found = identities.find(|identity| identity.methods.get(&method).is_some_and(is_meant));
        found.map(|identity| identity.id.clone()).ok_or_else(invalid)
    }

    fn check(&self, proof: &mut Proof, now: Moment) -> Result<(), ApiError> {
        let refused = |text: &str| Err(ApiError::Unauthorized(text.to_owned()));
        match (&self.shown, proof) {
            (Shown::Secret(shown), Proof::ClientSecret { secrets, .. }) => {
                let secret = secrets.iter_mut().find(|secret| secret.secret == *shown).ok_or_else(invalid)?;
                if secret.expires_at.is_some_and(|expiry| now >= expiry) {
                    return refused("Access denied due to expired client secret");
                }
                if secret.num_uses_limit > 0 && secret.num_uses >= secret.num_uses_limit {
                    return refused("Access denied due to client secret usage limit reached");
                }
                secret.num_uses += 1;
                Ok(())
            }
            (Shown::Jwt(shown), Proof::Jwt { jwt }) if shown == jwt => Ok(()),
            (Shown::Jwt(_), Proof::Jwt { .. }) => refused("Access denied: Token verification failed"),
            (Shown::Headers(headers), Proof::SignedRequest { access_key_id }) => {
                if is_signed(headers, access_key_id.as_deref()) {
                    Ok(())
                } else {
                    refused("Access denied: the request is not signed by an accepted principal")
                }
            }
            (Shown::Directory { username: name, password: word }, Proof::Directory { username, password })
                if name == username && word == password =>
            {
                Ok(())
            }
            (Shown::Certificate(shown), Proof::Certificate { pem }) if shown.trim() == pem.trim() => Ok(()),
            (Shown::Certificate(_), Proof::Certificate { .. }) => {
                refused("Access denied: Certificate not signed by the CA of the identity")
            }
            _ => Err(invalid()),
        }
    }
}

impl Failures {
    fn count(&mut self, now: Moment) {
        self.at.retain(|at| now.since(*at) < FAILURES_COUNT_FOR);
        self.at.push(now);
        if self.at.len() >= FAILURES_UNTIL_LOCKED {
            self.at.clear();
            self.locked_until = Some(now.plus(LOCKED_FOR));
        }
    }
}

/// Whether the server locks a method after failures.
const fn locks(method: MethodKind) -> bool {
    matches!(method, MethodKind::Universal | MethodKind::Ldap)
}

fn check_organization(state: &State, slug: Option<&str>) -> Result<(), ApiError> {
    match slug {
        Some(slug) if slug != state.organization.slug => {
            Err(ApiError::NotFound(format!("Organization with slug {slug} not found")))
        }
        _ => Ok(()),
    }
}

/// Decodes the headers of an AWS login; `None` unless it is the one request that the server sends on.
fn signed_headers(verb: &str, body: &str, headers: &str) -> Option<Value> {
    let body = STANDARD.decode(body).ok()?;
    if verb != "POST" || body != CALLER_IDENTITY.as_bytes() {
        return None;
    }
    serde_json::from_slice(&STANDARD.decode(headers).ok()?).ok()
}

fn is_signed(headers: &Value, access_key_id: Option<&str>) -> bool {
    let header = |wanted: &str| {
        let mut all = headers.as_object()?.iter();
        let (_, value) = all.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        value.as_str().or_else(|| value.get(0)?.as_str())
    };
    let Some(signature) = header("authorization").and_then(|value| value.strip_prefix("AWS4-HMAC-SHA256 ")) else {
        return false;
    };
    let part = |name: &str| {
        let mut parts = signature.split(',').map(str::trim);
        parts.find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let credential: Vec<&str> = part("Credential").unwrap_or_default().split('/').collect();
    let [key, _, _, service, end] = credential[..] else { return false };
    let is_hexadecimal = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    service == "sts"
        && end == "aws4_request"
        && header("x-amz-date").is_some()
        && part("SignedHeaders").is_some_and(|headers| headers.split(';').any(|name| name == "host"))
        && part("Signature").is_some_and(is_hexadecimal)
        && access_key_id.is_none_or(|accepted| accepted == key)
}

fn unknown(method: MethodKind) -> ApiError {
    let name = match method {
        MethodKind::Universal | MethodKind::Token => return invalid(),
        MethodKind::Oidc => "OIDC",
        MethodKind::Kubernetes => "Kubernetes",
        MethodKind::Aws => "AWS",
        MethodKind::Gcp => "GCP",
        MethodKind::Azure => "Azure",
        MethodKind::Jwt => "JWT",
        MethodKind::Ldap => "LDAP",
        MethodKind::TlsCert => "TLS Certificate",
    };
    ApiError::NotFound(format!("{name} auth method not found for identity, did you configure {name} auth?"))
}

fn access_token(call: &Call<'_>) -> Result<String, ApiError> {
    let mut fields = Fields::of(call.body.as_ref());
    let token = fields.text("accessToken");
    fields.finish()?;
    Ok(token)
}

fn invalid() -> ApiError {
    ApiError::Unauthorized(INVALID.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(authorization: &str) -> Value {
        json!({ "Authorization": authorization, "X-Amz-Date": "20260310T091530Z", "Host": "sts.us-east-1.amazonaws.com" })
    }

    #[test]
    fn an_aws_login_is_a_signed_request_to_the_token_service() {
        let signature = "a".repeat(64);
        let signed = |service: &str| {
            headers(&format!(
                "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260310/us-east-1/{service}/aws4_request, \
                 SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
            ))
        };
        assert!(is_signed(&signed("sts"), None));
        assert!(is_signed(&signed("sts"), Some("AKIAEXAMPLE")));
        assert!(!is_signed(&signed("sts"), Some("AKIAOTHER")));
        assert!(!is_signed(&signed("s3"), None));
        assert!(!is_signed(&headers("Bearer x"), None));
        assert!(!is_signed(&json!({}), None));
    }

    #[test]
    fn three_failures_within_half_a_minute_lock_for_five_minutes() {
        let start = Moment::from_milliseconds(0);
        let at = |seconds| start.plus(Duration::from_secs(seconds));
        let mut failures = Failures::default();
        for seconds in [0, 20, 40] {
            failures.count(at(seconds));
        }
        assert_eq!(failures.locked_until, None, "the first one no longer counts");
        failures.count(at(45));
        assert_eq!(failures.locked_until, Some(at(345)));
    }
}
