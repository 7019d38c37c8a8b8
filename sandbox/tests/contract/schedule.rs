//! Rotations by the schedule, driven by the clock.

use infisical_sandbox::faults::{Call, Effect, Fault, Form};
use serde_json::{Value, json};

use crate::world::{GENERATION_FAILED, NOW, World, path_of, redis, redis_with};

#[tokio::test]
async fn the_clock_brings_scheduled_rotations() {
    let world = World::lasting().await;
    let path = world.created().await;
    world.move_to("2026-04-09T23:59:59Z").await;
    assert_eq!(world.read(&path).await["lastRotatedAt"], NOW);
    world.move_to("2026-04-10T00:00:00Z").await;
    let after = world.read(&path).await;
    assert_eq!(after["lastRotatedAt"], "2026-04-10T00:00:00.000Z");
    assert_eq!((&after["activeIndex"], &after["isLastRotationManual"]), (&json!(1), &json!(false)));
    assert!(after["lastRotationJobId"].is_string());
    assert_eq!(after["nextRotationAt"], "2026-05-10T00:00:00.000Z", "no extra day after a scheduled rotation");
}

#[tokio::test]
async fn a_long_move_rotates_as_often_as_time_would_have() {
    let world = World::lasting().await;
    let body = redis_with("rotateAtUtc", json!({ "hours": 12, "minutes": 30 }));
    let path = path_of(&world.create(&body).await);
    world.move_to("2026-07-10T00:00:00Z").await;
    let after = world.read(&path).await;
    // Due on 9 April, then every thirty days.
    assert_eq!(after["lastRotatedAt"], "2026-07-08T12:30:00.000Z");
    assert_eq!(after["nextRotationAt"], "2026-08-07T12:30:00.000Z");
    assert_eq!(world.secret("cache-password").await.expect(200)["secret"]["version"], 5);
}

#[tokio::test]
async fn auto_rotation_off_means_no_schedule() {
    let world = World::lasting().await;
    let created = world.create(&redis_with("isAutoRotationEnabled", json!(false))).await;
    assert_eq!(created["nextRotationAt"], Value::Null);
    world.move_to("2027-01-01T00:00:00Z").await;
    assert_eq!(world.read(&path_of(&created)).await["lastRotatedAt"], NOW);
}

#[tokio::test]
async fn a_job_tries_five_times_before_it_fails() {
    let world = World::lasting().await;
    let path = world.created().await;
    let effect = || Effect::ThirdParty { message: "out of order".to_owned(), form: Form::Plain, call: Call::Issue };
    world.sandbox.core().faults.add(Fault::once("*", "*", effect()).times(4));
    world.move_to("2026-04-10T00:00:00Z").await;
    assert_eq!(world.read(&path).await["rotationStatus"], "success");

    world.sandbox.core().faults.add(Fault::once("*", "*", effect()).times(5));
    world.move_to("2026-05-10T06:00:00Z").await;
    let after = world.read(&path).await;
    assert_eq!(after["rotationStatus"], "failed");
    assert_eq!(after["lastRotationMessage"], format!("{GENERATION_FAILED}out of order"));
    assert_eq!(after["lastRotationAttemptedAt"], "2026-05-10T00:00:00.000Z");
    assert_eq!(after["nextRotationAt"], "2026-05-11T00:00:00.000Z");
    assert!(after["lastRotationJobId"].is_string());
    world.move_to("2026-05-11T00:00:00Z").await;
    let after = world.read(&path).await;
    assert_eq!(after["rotationStatus"], "success");
    assert_eq!(after["lastRotatedAt"], "2026-05-11T00:00:00.000Z");
}

#[tokio::test]
async fn a_job_is_skipped_when_somebody_rotated_meanwhile() {
    let world = World::lasting().await;
    let path = path_of(&world.create(&redis_with("rotateAtUtc", json!({ "hours": 12, "minutes": 0 }))).await);
    world.move_to("2026-04-09T11:00:00Z").await;
    world.post(&format!("{path}/rotate-secrets"), &json!({})).await.expect(200);
    world.move_to("2026-04-09T13:00:00Z").await;
    let after = world.read(&path).await;
    assert_eq!(after["lastRotatedAt"], "2026-04-09T11:00:00.000Z");
    assert_eq!(after["activeIndex"], 1);
}

#[tokio::test]
async fn a_queued_job_runs_although_auto_rotation_was_turned_off() {
    let world = World::lasting().await;
    let path = path_of(&world.create(&redis_with("rotateAtUtc", json!({ "hours": 12, "minutes": 0 }))).await);
    world.move_to("2026-04-09T11:00:00Z").await;
    world.patch(&path, &json!({ "isAutoRotationEnabled": false })).await.expect(200);
    world.move_to("2026-04-09T13:00:00Z").await;
    let after = world.read(&path).await;
    assert_eq!(after["lastRotatedAt"], "2026-04-09T12:00:00.000Z");
    assert_eq!(after["nextRotationAt"], Value::Null);
}

#[tokio::test]
async fn all_seven_examples_of_the_next_rotation() {
    for (last, interval, hours, minutes, next) in [
        ("2026-03-10T09:15:30.500Z", 30, 0, 0, "2026-04-10T00:00:00.000Z"),
        ("2026-03-10T09:15:30.500Z", 30, 12, 30, "2026-04-09T12:30:00.000Z"),
        ("2026-03-10T12:30:00.000Z", 1, 12, 30, "2026-03-12T12:30:00.000Z"),
        ("2026-03-10T12:29:59.999Z", 1, 12, 30, "2026-03-11T12:30:00.000Z"),
        ("2026-03-10T00:00:05.000Z", 30, 0, 0, "2026-04-10T00:00:00.000Z"),
        ("2026-12-31T23:59:59.000Z", 1, 23, 59, "2027-01-02T23:59:00.000Z"),
    ] {
        let clock = infisical_sandbox::clock::Clock::held(crate::world::moment(last));
        let world = World::with(|options| options.clock = clock).await;
        let mut body = redis("cache");
        body["rotationInterval"] = json!(interval);
        body["rotateAtUtc"] = json!({ "hours": hours, "minutes": minutes });
        assert_eq!(world.create(&body).await["nextRotationAt"], next, "{last}");
    }
    // The seventh, a rotation by the schedule: five seconds past midnight, thirty days, at midnight.
    let world = World::new().await;
    let path = world.created().await;
    world.arrange(|state| {
        let rotation = state.rotations.values_mut().next().unwrap();
        rotation.last_rotated_at = crate::world::moment("2026-03-10T00:00:05.000Z");
        rotation.is_last_rotation_manual = false;
    });
    let after = world.patch(&path, &json!({})).await.expect(200);
    assert_eq!(after["secretRotation"]["nextRotationAt"], "2026-04-09T00:00:00.000Z");
}
