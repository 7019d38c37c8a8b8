//! Access tokens: JWTs signed with HMAC-SHA-256, and what the token hook makes of an `Authorization` header.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::core::Core;
use crate::error::ApiError;
use crate::identifiers;
use crate::state::{AccessToken, AuthMethod, MethodKind, State};

/// The longest life of a token without a configured expiry.
const LONGEST_LIFE: u64 = 7_776_000;

const MALFORMED: &str =
    "The provided access token is malformed. Please use a valid token or generate a new one and try again.";
const WRONG_ALGORITHM: &str =
    "The access token is signed with an invalid algorithm. Please provide a valid token and try again.";
const EXPIRED: &str = "Your token has expired. Please re-authenticate.";

/// Who asks, as the token hook found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A machine identity with an access token.
    Identity {
        /// The identity's id.
        id: String,
    },
    /// The bearer of a service token, whom the rotation endpoints do not serve.
    ServiceToken,
}

/// Judges an `Authorization` header as the hook does that runs on every route; counts the use of the token.
pub fn hook(core: &Core, header: Option<&str>) -> Result<Option<Caller>, ApiError> {
    let Some(header) = header else { return Ok(None) };
    let token =
        header.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).map_or(header, |_| &header[7..]);
    if token.starts_with("st.") {
        return Ok(Some(Caller::ServiceToken));
    }
    let now = core.clock.now();
    let (token, identity, is_limited) = core.read(|state| {
        let token = verify(state, token, now)?;
        let identity = holder(state, &token)?;
        let is_limited = state.tokens.get(&token).is_some_and(|token| token.num_uses_limit > 0);
        Ok::<_, ApiError>((token, identity, is_limited))
    })?;
    // Uses are counted where they are limited only: a change of the state with every request would keep others busy.
    if is_limited {
        core.write(|state| count_use(state, &token))?;
    }
    Ok(Some(Caller::Identity { id: identity }))
}

/// Issues a token of an identity by a login method and makes the answer of a login.
pub fn issue(state: &mut State, identity: &str, method: MethodKind, settings: &AuthMethod, now: Moment) -> Value {
    let token = AccessToken {
        id: identifiers::uuid(),
        identity_id: identity.to_owned(),
        method,
        created_at: now,
        renewed_at: now,
        ttl: settings.access_token_ttl,
        max_ttl: settings.access_token_max_ttl,
        period: settings.access_token_period,
        num_uses: 0,
        num_uses_limit: settings.access_token_num_uses_limit,
        revoked: false,
    };
    let answer = answer(&state.signing_key, &token);
    state.tokens.insert(token.id.clone(), token);
    answer
}

/// Renews a token within its budget and makes the answer.
pub fn renew(state: &mut State, token: &str, now: Moment) -> Result<Value, ApiError> {
    const NO_RENEWAL: &str = "Cannot renew: identity access token has reached its max TTL";
    let id = verify(state, token, now)?;
    let key = state.signing_key.clone();
    let token = state.tokens.get_mut(&id).ok_or_else(unknown)?;
    check_standing(token)?;
    if token.period == 0 && token.max_ttl > 0 {
        let budget = token.max_ttl.saturating_sub(now.since(token.created_at).as_secs());
        if budget == 0 {
            return Err(ApiError::Unauthorized(NO_RENEWAL.to_owned()));
        }
        token.ttl = if token.ttl == 0 { budget } else { token.ttl.min(budget) };
    }
    token.renewed_at = now;
    Ok(answer(&key, token))
}

/// Revokes a token.
pub fn revoke(state: &mut State, token: &str, now: Moment) -> Result<(), ApiError> {
    let id = verify(state, token, now)?;
    state.tokens.get_mut(&id).ok_or_else(unknown)?.revoked = true;
    Ok(())
}

/// Reads a token and tells its id.
fn verify(state: &State, token: &str, now: Moment) -> Result<String, ApiError> {
    let malformed = || ApiError::Token(MALFORMED.to_owned());
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let header = decode(header).ok_or_else(malformed)?;
    let claims = decode(claims).ok_or_else(malformed)?;
    if header.get("alg").and_then(Value::as_str) != Some("HS256") {
        return Err(ApiError::Token(WRONG_ALGORITHM.to_owned()));
    }
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, state.signing_key.as_bytes());
    if hmac::verify(&key, signed.as_bytes(), &signature).is_err() {
        return Err(ApiError::Token("invalid signature".to_owned()));
    }
    if claims.get("exp").and_then(Value::as_i64).is_none_or(|expiry| now.seconds() >= expiry) {
        return Err(ApiError::Token(EXPIRED.to_owned()));
    }
    let id = claims.get("identityAccessTokenId").and_then(Value::as_str).ok_or_else(unknown)?;
    Ok(id.to_owned())
}

/// Tells whose a token is, if it and its holder are in order.
fn holder(state: &State, id: &str) -> Result<String, ApiError> {
    let token = state.tokens.get(id).ok_or_else(unknown)?;
    check_standing(token)?;
    let identity = state.identities.get(&token.identity_id).ok_or_else(unknown)?;
    if identity.organization_role.is_none() {
        return Err(ApiError::Unauthorized("Identity is not a member of the organization".to_owned()));
    }
    Ok(token.identity_id.clone())
}

/// Counts one use of a token.
fn count_use(state: &mut State, id: &str) -> Result<(), ApiError> {
    let token = state.tokens.get_mut(id).ok_or_else(unknown)?;
    check_standing(token)?;
    token.num_uses += 1;
    Ok(())
}

fn check_standing(token: &AccessToken) -> Result<(), ApiError> {
    if token.revoked {
        return Err(ApiError::Unauthorized("Failed to authorize: token has been revoked".to_owned()));
    }
    if token.num_uses_limit > 0 && token.num_uses >= token.num_uses_limit {
        return Err(ApiError::Unauthorized("Failed to authorize: token usage limit reached".to_owned()));
    }
    Ok(())
}

fn unknown() -> ApiError {
    ApiError::Unauthorized("Invalid identity access token claims, please re-authenticate".to_owned())
}

fn answer(key: &str, token: &AccessToken) -> Value {
    let ttl = if token.period > 0 { token.period } else { token.ttl };
    let life = if ttl == 0 { LONGEST_LIFE } else { ttl };
    let issued = token.renewed_at.seconds();
    let claims = json!({
        "identityId": token.identity_id,
        "identityAccessTokenId": token.id,
        "authTokenType": "identityAccessToken",
        "iat": issued,
        "exp": issued.saturating_add(i64::try_from(life).unwrap_or(i64::MAX)),
    });
    json!({
        "accessToken": sign(key, &claims),
        "expiresIn": ttl,
        "accessTokenMaxTTL": token.max_ttl,
        "tokenType": "Bearer",
    })
}

fn sign(key: &str, claims: &Value) -> String {
    let header = URL_SAFE_NO_PAD.encode(json!({ "alg": "HS256", "typ": "JWT" }).to_string());
    let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn decode(part: &str) -> Option<Value> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok().filter(Value::is_object)
}
