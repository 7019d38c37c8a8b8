//! The forms of refusals.

use infisical_sandbox::seed;
use serde_json::{Value, json};

use crate::world::{REDIS, World};

#[tokio::test]
async fn every_refusal_carries_an_identifier_and_its_status() {
    let world = World::new().await;
    let answer = world.post(REDIS, &json!({})).await.expect(422);
    assert_eq!((&answer["statusCode"], &answer["error"]), (&json!(422), &json!("ValidationFailure")));
    let identifier = answer["reqId"].as_str().unwrap().strip_prefix("req-").unwrap();
    assert!(identifier.len() == 14 && identifier.bytes().all(|byte| byte.is_ascii_alphanumeric()));
}

#[tokio::test]
async fn a_422_lists_issues_with_their_paths() {
    let world = World::new().await;
    let body = json!({ "name": "Not A Slug", "rotateAtUtc": { "hours": 24 } });
    let answer = world.post(REDIS, &body).await.expect(422);
    let issues = answer["message"].as_array().unwrap();
    let issue = |path: Value| issues.iter().find(|issue| issue["path"] == path).unwrap();
    assert_eq!(issue(json!(["projectId"]))["message"], "Required");
    assert_eq!(issue(json!(["projectId"]))["code"], "invalid_type");
    assert_eq!(issue(json!(["rotateAtUtc", "hours"]))["code"], "too_big");
    assert_eq!(issue(json!(["rotateAtUtc", "minutes"]))["received"], "undefined");
}

#[tokio::test]
async fn an_unknown_route_has_the_other_404() {
    let world = World::new().await;
    for path in [
        "/api/v2/secret-rotations/no-such-kind?projectId=x",
        "/api/v2/secret-rotations/no-such-kind/5eed0000-0000-4000-8000-00000000ffff",
        "/api/v1/app-connections/no-such-app",
    ] {
        let answer = world.get(path).await.expect(404);
        let text = format!("Route GET:{path} not found");
        assert_eq!(answer, json!({ "message": text, "error": "Not Found", "statusCode": 404 }));
    }
    let answer = world.call("PUT", REDIS, &json!({})).await.expect(404);
    assert_eq!(answer["message"], format!("Route PUT:{REDIS} not found"));
}

#[tokio::test]
async fn tokens_that_cannot_be_used_are_403_with_their_reason() {
    let world = World::new().await;
    let malformed =
        "The provided access token is malformed. Please use a valid token or generate a new one and try again.";
    let use_token = async |token: &str| world.call_as(token, "GET", REDIS, &Value::Null).await;
    for token in ["nonsense", "a.b.c", ""] {
        assert_eq!(use_token(token).await.refuses(403, malformed)["error"], "TokenError");
    }
    let (signed, _) = world.token.rsplit_once('.').unwrap();
    use_token(&format!("{signed}.AAAA")).await.refuses(403, "invalid signature");
    let unsigned = "eyJhbGciOiJub25lIn0.e30.";
    let message = use_token(unsigned).await.expect(403)["message"].clone();
    assert!(message.as_str().unwrap().starts_with("The access token is signed with an invalid algorithm."));
}

#[tokio::test]
async fn an_expired_token_is_a_403_and_a_revoked_one_a_401() {
    let world = World::new().await;
    let options = "/api/v2/secret-rotations/options";
    world.move_to("2026-04-09T09:15:29Z").await;
    world.get(options).await.expect(200);
    world.move_to("2026-04-09T09:15:30.500Z").await;
    let text = "Your token has expired. Please re-authenticate.";
    assert_eq!(world.get(options).await.refuses(403, text)["error"], "TokenError");

    let token = world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    let body = json!({ "accessToken": token });
    world.anonymous("POST", "/api/v1/auth/token/revoke", &body).await.expect(200);
    let answer = world.call_as(&token, "GET", options, &Value::Null).await;
    let body = answer.refuses(401, "Failed to authorize: token has been revoked");
    assert_eq!(body["error"], "UnauthorizedError");
}
