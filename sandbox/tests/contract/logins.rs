//! Logins and tokens.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use infisical_sandbox::seed;
use infisical_sandbox::state::{AuthMethod, MethodKind, Proof};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::world::{World, moment};

const OPTIONS: &str = "/api/v2/secret-rotations/options";

async fn log_in(world: &World, method: &str, body: &Value) -> Answer {
    world.anonymous("POST", &format!("/api/v1/auth/{method}-auth/login"), body).await
}

fn adjust(world: &World, change: impl FnOnce(&mut AuthMethod)) {
    world.arrange(|state| {
        let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
        change(identity.methods.get_mut(&MethodKind::Universal).unwrap());
    });
}

fn claims(token: &Value) -> Value {
    let part = token.as_str().unwrap().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn universal() -> Value {
    json!({ "clientId": seed::CLIENT_ID, "clientSecret": seed::CLIENT_SECRET })
}

#[tokio::test]
async fn a_login_answers_with_a_token_and_its_life() {
    let world = World::new().await;
    let answer = log_in(&world, "universal", &universal()).await.expect(200);
    assert_eq!((&answer["expiresIn"], &answer["accessTokenMaxTTL"]), (&json!(2_592_000), &json!(2_592_000)));
    assert_eq!(answer["tokenType"], "Bearer");
    let claims = claims(&answer["accessToken"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 2_592_000);
    assert_eq!(claims["identityId"], seed::IDENTITY_ID);
}

#[tokio::test]
async fn a_token_without_a_configured_expiry_still_ends() {
    let world = World::new().await;
    adjust(&world, |method| method.access_token_ttl = 0);
    let answer = log_in(&world, "universal", &universal()).await.expect(200);
    assert_eq!(answer["expiresIn"], 0);
    let claims = claims(&answer["accessToken"]);
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 7_776_000);
}

#[tokio::test]
async fn logins_with_a_jwt_accept_the_one_that_the_identity_was_given() {
    let world = World::new().await;
    for (method, jwt, name) in [
        ("oidc", seed::OIDC_JWT, "OIDC"),
        ("kubernetes", seed::KUBERNETES_JWT, "Kubernetes"),
        ("gcp", seed::GCP_JWT, "GCP"),
        ("azure", seed::AZURE_JWT, "Azure"),
        ("jwt", seed::PLAIN_JWT, "JWT"),
    ] {
        let body = |identity: &str, jwt: &str| json!({ "identityId": identity, "jwt": jwt });
        let answer = log_in(&world, method, &body(seed::IDENTITY_ID, jwt)).await.expect(200);
        let token = answer["accessToken"].as_str().unwrap();
        world.call_as(token, "GET", OPTIONS, &Value::Null).await.expect(200);
        log_in(&world, method, &body(seed::IDENTITY_ID, "other")).await.expect(401);
        let text = format!("{name} auth method not found for identity, did you configure {name} auth?");
        log_in(&world, method, &body(seed::VIEWER_ID, jwt)).await.refuses(404, &text);
    }
}

#[tokio::test]
async fn an_aws_login_shows_a_signed_request() {
    let world = World::new().await;
    let body = |key: &str| {
        let signature = "0".repeat(64);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={key}/20260310/us-east-1/sts/aws4_request, \
             SignedHeaders=content-type;host;x-amz-date, Signature={signature}"
        );
        let headers = json!({ "Host": "sts.us-east-1.amazonaws.com", "X-Amz-Date": "20260310T091530Z",
                              "Authorization": authorization });
        json!({
            "identityId": seed::IDENTITY_ID,
            "iamHttpRequestMethod": "POST",
            "iamRequestBody": STANDARD.encode("Action=GetCallerIdentity&Version=2011-06-15"),
            "iamRequestHeaders": STANDARD.encode(headers.to_string()),
        })
    };
    log_in(&world, "aws", &body(seed::AWS_ACCESS_KEY_ID)).await.expect(200);
    log_in(&world, "aws", &body("AKIAOTHER")).await.expect(401);
    let mut unsigned = body(seed::AWS_ACCESS_KEY_ID);
    unsigned["iamRequestHeaders"] = json!(STANDARD.encode("{}"));
    log_in(&world, "aws", &unsigned).await.expect(401);
    let mut other_request = body(seed::AWS_ACCESS_KEY_ID);
    other_request["iamRequestBody"] = json!(STANDARD.encode("Action=AssumeRole"));
    log_in(&world, "aws", &other_request).await.expect(401);
}

#[tokio::test]
async fn an_ldap_login_shows_user_and_password() {
    let world = World::new().await;
    let body = |password: &str| json!({ "identityId": seed::IDENTITY_ID, "username": seed::LDAP_USERNAME, "password": password });
    log_in(&world, "ldap", &body(seed::LDAP_PASSWORD)).await.expect(200);
    log_in(&world, "ldap", &body("wrong")).await.refuses(401, "Invalid credentials");
    log_in(&world, "ldap", &json!({ "identityId": "x", "username": "u", "password": "p" })).await.expect(422);
}

#[tokio::test]
async fn a_certificate_login_reads_the_header_of_a_proxy() {
    let world = World::new().await;
    let body = json!({ "identityId": seed::IDENTITY_ID }).to_string();
    let path = "/api/v1/auth/tls-cert-auth/login";
    let json = ("content-type", "application/json");
    let encoded = seed::CERTIFICATE_PEM.replace('\n', "%0A").replace(' ', "%20").replace('=', "%3D");
    let header = ("x-identity-tls-cert-auth-client-cert", encoded.as_str());
    world.client.send("POST", path, &[json, header], body.as_bytes()).await.expect(200);
    let other = ("x-identity-tls-cert-auth-client-cert", "other");
    world.client.send("POST", path, &[json, other], body.as_bytes()).await.expect(401);
    let answer = world.client.send("POST", path, &[json], body.as_bytes()).await;
    answer.refuses(400, "Missing TLS certificate in header");
}

#[tokio::test]
async fn three_failures_lock_a_method_for_five_minutes() {
    let world = World::new().await;
    let wrong = json!({ "clientId": seed::CLIENT_ID, "clientSecret": "wrong" });
    for _ in 0..3 {
        log_in(&world, "universal", &wrong).await.refuses(401, "Invalid credentials");
    }
    let locked = "This identity auth method is temporarily locked, please try again later";
    log_in(&world, "universal", &universal()).await.refuses(401, locked);
    world.move_to("2026-03-10T09:20:30.499Z").await;
    log_in(&world, "universal", &universal()).await.refuses(401, locked);
    world.move_to("2026-03-10T09:20:30.500Z").await;
    log_in(&world, "universal", &universal()).await.expect(200);
}

#[tokio::test]
async fn client_secrets_expire_and_are_used_up() {
    let world = World::new().await;
    let secret = |change: fn(&mut infisical_sandbox::state::ClientSecret)| {
        adjust(&world, |method| {
            if let Proof::ClientSecret { secrets, .. } = &mut method.proof {
                change(&mut secrets[0]);
            }
        });
    };
    secret(|secret| secret.num_uses_limit = secret.num_uses + 1);
    log_in(&world, "universal", &universal()).await.expect(200);
    let text = "Access denied due to client secret usage limit reached";
    log_in(&world, "universal", &universal()).await.refuses(401, text);
    secret(|secret| secret.expires_at = Some(moment("2026-03-10T09:15:30Z")));
    log_in(&world, "universal", &universal()).await.refuses(401, "Access denied due to expired client secret");
    let unknown = json!({ "clientId": "nobody", "clientSecret": "x" });
    log_in(&world, "universal", &unknown).await.refuses(401, "Invalid credentials");
}

#[tokio::test]
async fn the_organization_of_a_login_must_be_the_right_one() {
    let world = World::new().await;
    let mut body = universal();
    body["organizationSlug"] = json!(seed::ORGANIZATION_SLUG);
    log_in(&world, "universal", &body).await.expect(200);
    body["organizationSlug"] = json!("elsewhere");
    log_in(&world, "universal", &body).await.expect(404);
    body["organizationSlug"] = json!("Not A Slug");
    log_in(&world, "universal", &body).await.expect(422);
}

#[tokio::test]
async fn every_request_uses_a_token_up() {
    let world = World::new().await;
    adjust(&world, |method| method.access_token_num_uses_limit = 2);
    let token = world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    for _ in 0..2 {
        world.call_as(&token, "GET", OPTIONS, &Value::Null).await.expect(200);
    }
    let answer = world.call_as(&token, "GET", OPTIONS, &Value::Null).await;
    answer.refuses(401, "Failed to authorize: token usage limit reached");
}

#[tokio::test]
async fn renewal_gives_a_new_token_within_the_budget() {
    let world = World::new().await;
    adjust(&world, |method| {
        method.access_token_ttl = 3600;
        method.access_token_max_ttl = 5400;
    });
    let first = world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    let renew =
        async |token: &str| world.anonymous("POST", "/api/v1/auth/token/renew", &json!({ "accessToken": token })).await;
    world.move_to("2026-03-10T10:00:30.500Z").await;
    let answer = renew(&first).await.expect(200);
    assert_eq!((&answer["expiresIn"], &answer["accessTokenMaxTTL"]), (&json!(2700), &json!(5400)));
    assert_eq!(claims(&answer["accessToken"])["identityAccessTokenId"], claims(&json!(first))["identityAccessTokenId"]);
    let second = answer["accessToken"].as_str().unwrap().to_owned();
    world.move_to("2026-03-10T10:45:30.500Z").await;
    renew(&second).await.expect(403);
}

#[tokio::test]
async fn a_token_whose_budget_is_spent_cannot_be_renewed() {
    let world = World::new().await;
    adjust(&world, |method| {
        method.access_token_ttl = 7200;
        method.access_token_max_ttl = 3600;
    });
    let token = world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    world.move_to("2026-03-10T10:30:00Z").await;
    let answer = world.anonymous("POST", "/api/v1/auth/token/renew", &json!({ "accessToken": token })).await;
    answer.refuses(401, "Cannot renew: identity access token has reached its max TTL");
}

#[tokio::test]
async fn a_periodic_token_can_be_renewed_without_end() {
    let world = World::new().await;
    adjust(&world, |method| method.access_token_period = 90);
    let mut token = world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    for minute in 16..20 {
        world.move_to(&format!("2026-03-10T09:{minute}:00Z")).await;
        let body = json!({ "accessToken": token });
        let answer = world.anonymous("POST", "/api/v1/auth/token/renew", &body).await.expect(200);
        assert_eq!(answer["expiresIn"], 90);
        token = answer["accessToken"].as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn revoking_says_so() {
    let world = World::new().await;
    let body = json!({ "accessToken": world.token });
    let answer = world.anonymous("POST", "/api/v1/auth/token/revoke", &body).await.expect(200);
    assert_eq!(answer, json!({ "message": "Successfully revoked access token" }));
    world.get(OPTIONS).await.expect(401);
}
