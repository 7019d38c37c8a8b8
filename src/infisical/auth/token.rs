//! An access token and how long it lives.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::infisical::Secret;

/// The longest time before its expiry at which a token is no longer used.
const LONGEST_MARGIN: Duration = Duration::from_secs(60);

/// What is sent as the bearer.
#[derive(Debug)]
pub(in crate::infisical) struct Token {
    secret: Secret,
    /// From when on it is renewed; `None` if it isn't known to expire, or can't be renewed.
    renew_at: Option<Instant>,
}

/// The answer of every login.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Granted {
    access_token: String,
    #[serde(default)]
    expires_in: Option<serde_json::Number>,
}

impl Token {
    /// A token that was given and that nobody here can renew.
    pub(super) fn given(secret: Secret) -> Self {
        Self { secret, renew_at: None }
    }

    /// A token that a login has just granted; `issued` is when the login was sent and `server_time` what the server's
    /// clock said.
    pub(super) fn granted(granted: Granted, issued: Instant, server_time: Option<Timestamp>) -> Self {
        let told = granted.expires_in.and_then(|seconds| seconds.as_f64()).filter(|seconds| *seconds > 0.0);
        let lifetime = lifetime(&granted.access_token, server_time)
            .or_else(|| told.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()));
        let renew_at = lifetime
            .and_then(|lifetime| issued.checked_add(lifetime.saturating_sub((lifetime / 10).min(LONGEST_MARGIN))));
        Self { secret: Secret::new(granted.access_token), renew_at }
    }

    /// The text of the token.
    pub(in crate::infisical) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whether it is time for another one.
    pub(super) fn is_expiring(&self) -> bool {
        self.renew_at.is_some_and(|renew_at| renew_at <= Instant::now())
    }
}

/// How long a JSON Web Token lives from its issue, by the server's clock and not by that of this machine.
fn lifetime(token: &str, server_time: Option<Timestamp>) -> Option<Duration> {
    let claims = token.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?).ok()?;
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    let expires = time("exp")?;
    let issued = time("iat").unwrap_or_else(|| server_time.unwrap_or_else(Timestamp::now).as_duration().as_secs_f64());
    Duration::try_from_secs_f64((expires - issued).max(0.0)).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use tokio::time::Instant;

    use super::{Granted, Token};

    fn granted(claims: Option<&str>, expires_in: Option<i64>) -> (Token, Instant) {
        let access_token = claims
            .map_or_else(|| "opaque".to_owned(), |claims| format!("e30.{}.signature", URL_SAFE_NO_PAD.encode(claims)));
        let issued = Instant::now();
        (Token::granted(Granted { access_token, expires_in: expires_in.map(Into::into) }, issued, None), issued)
    }

    #[test]
    fn the_token_itself_tells_its_life_before_the_answer_does() {
        let cases = [
            (Some(r#"{"iat":1000,"exp":1100}"#), Some(5), Some(90)),
            (Some(r#"{"iat":1000,"exp":8777000}"#), Some(0), Some(8_776_000 - 60)),
            (Some(r#"{"sub":"x"}"#), Some(100), Some(90)),
            (None, Some(3600), Some(3540)),
            (None, Some(0), None),
            (None, None, None),
        ];
        for (claims, expires_in, renewed_after) in cases {
            let (token, issued) = granted(claims, expires_in);
            assert_eq!(token.renew_at, renewed_after.map(|after| issued + Duration::from_secs(after)), "{claims:?}");
        }
    }

    #[test]
    fn a_token_that_is_over_at_once_is_expiring() {
        assert!(granted(Some(r#"{"iat":1000,"exp":900}"#), None).0.is_expiring());
        assert!(!granted(None, Some(3600)).0.is_expiring());
    }
}
