//! Functions: pure, offline, and the same whether the provider is configured or not.

use plugin_driver::client::CallAnswer;
use plugin_driver::value::Value;

use crate::support::Provider;
use crate::world::World;

async fn call(provider: &Provider, name: &str, arguments: &[Value]) -> CallAnswer {
    let function = provider.schema.function(name).unwrap();
    let answer = provider.client.call(name, function, arguments).await.unwrap();
    assert!(answer.report.violations.is_empty(), "{:?}", answer.report.violations);
    answer
}

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

/// The arguments of `next_rotation`.
fn schedule(last: &str, interval: &str, hours: &str, minutes: &str, manual: bool) -> [Value; 5] {
    [Value::text(last), number(interval), number(hours), number(minutes), Value::Bool(manual)]
}

#[tokio::test]
async fn the_next_rotation_is_the_one_that_the_server_computes() {
    let provider = Provider::start().await;
    for (last, interval, hours, minutes, manual, next) in [
        ("2026-03-10T09:15:30.500Z", "30", "0", "0", true, "2026-04-10T00:00:00.000Z"),
        ("2026-03-10T09:15:30.500Z", "30", "12", "30", true, "2026-04-09T12:30:00.000Z"),
        ("2026-03-10T12:30:00.000Z", "1", "12", "30", true, "2026-03-12T12:30:00.000Z"),
        ("2026-03-10T12:29:59.999Z", "1", "12", "30", true, "2026-03-11T12:30:00.000Z"),
        ("2026-03-10T00:00:05.000Z", "30", "0", "0", true, "2026-04-10T00:00:00.000Z"),
        ("2026-03-10T00:00:05.000Z", "30", "0", "0", false, "2026-04-09T00:00:00.000Z"),
        ("2026-12-31T23:59:59.000Z", "1", "23", "59", true, "2027-01-02T23:59:00.000Z"),
    ] {
        let answer = call(&provider, "next_rotation", &schedule(last, interval, hours, minutes, manual)).await;
        assert_eq!(answer.result, Ok(Value::text(next)), "{last}");
    }
    provider.end().await;
}

#[tokio::test]
async fn what_cannot_be_computed_names_its_argument() {
    let provider = Provider::start().await;
    let last = "2026-03-10T09:15:30.500Z";
    for (arguments, blamed) in [
        (schedule("soon", "1", "0", "0", true), 0),
        (schedule(last, "0.5", "0", "0", true), 1),
        (schedule(last, "1", "24", "0", true), 2),
        (schedule(last, "1", "0", "60", true), 3),
    ] {
        let error = call(&provider, "next_rotation", &arguments).await.result.unwrap_err();
        assert_eq!(error.argument, Some(blamed), "{}", error.text);
    }
    let error = call(&provider, "parse_import_id", &[Value::text("nonsense")]).await.result.unwrap_err();
    assert_eq!(error.argument, Some(0));
    // Hosts never send these; whoever does is told.
    for arguments in [vec![], vec![Value::Null], vec![Value::unknown()], vec![Value::text("a"), Value::text("b")]] {
        assert!(call(&provider, "parse_import_id", &arguments).await.result.is_err());
    }
    provider.end().await;
}

#[tokio::test]
async fn the_text_of_an_import_is_taken_apart() {
    let provider = Provider::start().await;
    let parsed = call(&provider, "parse_import_id", &[Value::text("p/prod/orders?path=/a")]).await.result.unwrap();
    let expected = Value::object([
        ("type", Value::Null),
        ("id", Value::Null),
        ("project_id", Value::text("p")),
        ("environment", Value::text("prod")),
        ("secret_path", Value::text("/a")),
        ("name", Value::text("orders")),
    ]);
    assert_eq!(parsed, expected);
    provider.end().await;
}

#[tokio::test]
async fn a_hundred_calls_answer_alike_and_ask_nobody() {
    let world = World::new().await;
    let asked = world.server.requests().len();
    let bare = Provider::start().await;
    let arguments = schedule("2026-03-10T09:15:30.500Z", "7", "3", "30", true);
    let mut results = Vec::new();
    for _ in 0..50 {
        for provider in [&world.provider, &bare] {
            results.push(call(provider, "next_rotation", &arguments).await.result.unwrap());
        }
    }
    results.dedup();
    assert_eq!(results, [Value::text("2026-03-18T03:30:00.000Z")]);
    assert_eq!(world.server.requests().len(), asked);
    bare.end().await;
    world.provider.end().await;
}
