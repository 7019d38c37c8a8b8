//! The order of the checks before a handler.

use infisical_sandbox::faults::Effect;
use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::seed;
use serde_json::{Value, json};

use crate::world::{REDIS, World, redis};

const LOGIN: &str = "/api/v1/auth/universal-auth/login";

#[tokio::test]
async fn a_bad_token_is_refused_on_public_routes_too() {
    let world = World::new().await;
    let body = json!({ "clientId": seed::CLIENT_ID, "clientSecret": seed::CLIENT_SECRET });
    let answer = world.call_as("nonsense", "POST", LOGIN, &body).await.expect(403);
    assert_eq!(answer["error"], "TokenError");
    world.call_as("nonsense", "GET", "/api/v2/no/such/route", &Value::Null).await.expect(403);
}

#[tokio::test]
async fn without_a_token_the_guard_refuses() {
    let world = World::new().await;
    let answer = world.anonymous("POST", REDIS, &json!({})).await.refuses(401, "Token missing");
    assert_eq!(answer["error"], "UnauthorizedError");
}

#[tokio::test]
async fn a_service_token_is_refused() {
    let world = World::new().await;
    world.call_as("st.a.b.c", "GET", REDIS, &Value::Null).await.expect(403);
}

#[tokio::test]
async fn bodies_that_cannot_be_read_end_in_a_bare_500() {
    let world = World::new().await;
    let authorization = format!("Bearer {}", world.token);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    for body in ["", "{", "nonsense"] {
        let answer = world.client.send("POST", REDIS, &headers, body.as_bytes()).await;
        let body = answer.refuses(500, "Something went wrong");
        assert_eq!(body["error"], "InternalServerError");
    }
}

#[tokio::test]
async fn no_body_without_a_content_type_is_fine_where_none_is_needed() {
    let world = World::new().await;
    let path = world.created().await;
    world.call("POST", &format!("{path}/rotate-secrets"), &Value::Null).await.expect(200);
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(200);
    world.post(REDIS, &Value::Null).await.expect(422);
}

#[tokio::test]
async fn the_body_is_read_before_requests_are_counted_and_judged_after() {
    let limits = RateLimits { write: 1, ..RateLimits::default() };
    let world = World::with(|options| options.rate_limits = Some(limits)).await;
    world.post(REDIS, &json!({})).await.expect(422);
    world.post(REDIS, &json!({})).await.expect(429);
    let authorization = format!("Bearer {}", world.token);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    world.client.send("POST", REDIS, &headers, b"{").await.expect(500);
    world.anonymous("POST", REDIS, &json!({})).await.expect(401);
}

#[tokio::test]
async fn validation_comes_before_the_service() {
    let world = World::new().await;
    world.arrange(|state| state.plan.secret_rotation = false);
    world.post(REDIS, &json!({})).await.expect(422);
    world.post(REDIS, &redis("cache")).await.expect(400);
    world.get(&format!("{REDIS}/not-a-uuid")).await.expect(422);
}

#[tokio::test]
async fn a_slash_at_the_end_of_a_path_makes_no_difference() {
    let world = World::new().await;
    world.get("/api/v2/secret-rotations/options/").await.expect(200);
    world.get(&format!("{REDIS}/?projectId={}", seed::PROJECT_ID)).await.expect(200);
}

#[tokio::test]
async fn unknown_keys_of_bodies_and_queries_are_dropped() {
    let world = World::new().await;
    let mut body = redis("cache");
    body["Provider"] = json!("redis-credentials");
    body["parameters"]["stray"] = json!(1);
    let created = world.create(&body).await;
    assert_eq!(created["parameters"], json!({ "permissionScope": "~* +@all" }));
    assert!(created.get("Provider").is_none());
    world.get(&format!("{REDIS}?projectId={}&stray=1", seed::PROJECT_ID)).await.expect(200);
}

#[tokio::test]
async fn a_delete_with_a_body_is_served() {
    let world = World::new().await;
    let path = world.created().await;
    let stray = json!({ "Provider": "redis-credentials", "ID": "x" });
    world.call("DELETE", &path, &stray).await.expect(200);
}

#[tokio::test]
async fn the_server_goes_on_when_the_client_has_left() {
    let world = World::new().await;
    world.fault("POST", Effect::DropAfterCommit);
    let authorization = format!("Bearer {}", world.token);
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    let lost = world.client.try_send("POST", REDIS, &headers, redis("cache").to_string().as_bytes()).await;
    assert!(lost.is_err());
    let listed = world.get(&format!("{REDIS}?projectId={}", seed::PROJECT_ID)).await.expect(200);
    assert_eq!(listed["secretRotations"][0]["name"], "cache");
}
