//! Rate limits as Cloud has them.

use infisical_sandbox::rate_limit::RateLimits;
use infisical_sandbox::seed;
use serde_json::json;

use crate::world::{REDIS, ROTATIONS, World, redis};

#[tokio::test]
async fn there_are_none_by_default() {
    let world = World::new().await;
    let answer = world.get("/api/v2/secret-rotations/options").await;
    assert_eq!(answer.header("x-ratelimit-limit"), None);
}

#[tokio::test]
async fn one_too_many_is_a_429_that_tells_the_wait() {
    let limits = RateLimits { read: 2, ..RateLimits::default() };
    let world = World::with(|options| options.rate_limits = Some(limits)).await;
    let path = format!("{REDIS}?projectId={}", seed::PROJECT_ID);
    let first = world.get(&path).await;
    let headers = |answer: &crate::client::Answer| {
        ["limit", "remaining", "reset"].map(|name| answer.header(&format!("x-ratelimit-{name}")).map(str::to_owned))
    };
    assert_eq!(headers(&first), ["2", "1", "60"].map(|value| Some(value.to_owned())));
    assert_eq!(first.header("retry-after"), None);
    world.get(&path).await.expect(200);
    world.move_to("2026-03-10T09:15:48.400Z").await;
    let refused = world.get(&path).await;
    assert_eq!(headers(&refused), ["2", "0", "43"].map(|value| Some(value.to_owned())));
    assert_eq!(refused.header("retry-after"), Some("43"));
    let body = refused.refuses(429, "Rate limit exceeded. Please try again in 43 seconds");
    assert_eq!(body["error"], "RateLimitExceeded");
    world.move_to("2026-03-10T09:16:30.500Z").await;
    world.get(&path).await.expect(200);
}

#[tokio::test]
async fn each_route_of_each_kind_counts_apart() {
    let limits = RateLimits { read: 1, ..RateLimits::default() };
    let world = World::with(|options| options.rate_limits = Some(limits)).await;
    let path = world.created().await;
    let other = crate::world::path_of(&world.create(&redis("other")).await);
    world.get(&path).await.expect(200);
    world.get(&other).await.expect(429);
    world.get(&format!("{ROTATIONS}/okta-client-secret?projectId={}", seed::PROJECT_ID)).await.expect(200);
    world.get(&format!("{ROTATIONS}/auth0-client-secret?projectId={}", seed::PROJECT_ID)).await.expect(200);
}

#[tokio::test]
async fn a_429_does_nothing_so_that_it_can_be_repeated() {
    let limits = RateLimits { write: 1, ..RateLimits::default() };
    let world = World::with(|options| options.rate_limits = Some(limits)).await;
    world.post(REDIS, &redis("one")).await.expect(200);
    world.post(REDIS, &redis("two")).await.expect(429);
    let listed = world.get(&format!("{REDIS}?projectId={}", seed::PROJECT_ID)).await.expect(200);
    assert_eq!(listed["secretRotations"].as_array().unwrap().len(), 1);
    world.move_to("2026-03-10T09:17:00Z").await;
    world.post(REDIS, &redis("two")).await.expect(200);
}

#[tokio::test]
async fn logins_count_as_writing() {
    let limits = RateLimits { write: 2, ..RateLimits::default() };
    let world = World::with(|options| options.rate_limits = Some(limits)).await;
    world.log_in(seed::CLIENT_ID, seed::CLIENT_SECRET).await;
    let body = json!({ "clientId": seed::CLIENT_ID, "clientSecret": seed::CLIENT_SECRET });
    world.anonymous("POST", "/api/v1/auth/universal-auth/login", &body).await.expect(429);
}
