//! Reading generated credentials.

use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn there_is_one_set_after_creation_and_two_from_then_on() {
    let world = World::new().await;
    let path = world.created().await;
    for (rotations, sets, active) in [(0, 1, 0), (1, 2, 1), (2, 2, 0), (3, 2, 1)] {
        let answer = world.get(&format!("{path}/generated-credentials")).await.expect(200);
        assert_eq!(answer["generatedCredentials"].as_array().unwrap().len(), sets, "{rotations}");
        assert_eq!(answer["activeIndex"], active, "{rotations}");
        assert_eq!(answer["type"], "redis-credentials");
        assert_eq!(answer["rotationId"], path.rsplit('/').next().unwrap());
        world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(200);
    }
}

#[tokio::test]
async fn reading_credentials_needs_its_own_right() {
    let world = World::new().await;
    let path = world.created().await;
    world.restrict(&[("secret-rotation", &["read"])]);
    let text = "You are not allowed to read-generated-credentials on secret-rotation";
    world.get(&format!("{path}/generated-credentials")).await.refuses(403, text);
    world.get(&path).await.expect(200);
}
