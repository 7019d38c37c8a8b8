//! Values that no host sends: garbage, truncated and confused ones, deep and huge ones. Each gets a message or a status,
//! memory stays bounded, and the process lives on.

use bytes::Bytes;
use plugin_driver::client::dynamic;
use plugin_driver::generate::Random;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::Value;
use terraform_provider_infisical::catalog::by_slug;
use tonic::{Code, Status};

use crate::support::kinds::{Extent, example};
use crate::support::{Provider, assert_clean};

const REDIS: &str = "infisical_redis_rotation";
/// What the process may have used at most after small malformed messages, whatever lengths they announce.
const MODEST: u64 = 128 << 20;
const MEBIBYTE: usize = 1 << 20;

/// The most memory that a process has ever used, in bytes.
#[cfg(target_os = "linux")]
fn peak_memory(provider: &Provider) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", provider.process.id().unwrap())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}

#[cfg(not(target_os = "linux"))]
fn peak_memory(_: &Provider) -> u64 {
    0
}

fn packed(bytes: impl Into<Bytes>) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: bytes.into(), json: Bytes::new() }
}

/// What came of a call: whether there were errors, or the status.
type Outcome = Result<bool, Status>;

/// A value is refused by a message, or its call by a status that blames the sender.
fn assert_refused(outcome: &Outcome, what: &str) {
    match outcome {
        Ok(errors) => assert!(errors, "{what} was accepted"),
        Err(status) => assert_eq!(status.code(), Code::InvalidArgument, "{what}: {status}"),
    }
}

fn has_errors(diagnostics: &[wire::Diagnostic]) -> bool {
    diagnostics.iter().any(|told| told.severity() == wire::diagnostic::Severity::Error && !told.summary.is_empty())
}

async fn validate(provider: &Provider, config: wire::DynamicValue) -> Outcome {
    let request = wire::validate_resource_config::Request {
        type_name: REDIS.to_owned(),
        config: Some(config),
        client_capabilities: None,
    };
    provider.client.raw().validate_resource_config(request).await.map(|it| has_errors(&it.get_ref().diagnostics))
}

/// Sends a value in each place of each call that takes one.
async fn everywhere(provider: &Provider, bytes: &Bytes, good: &Value) -> Vec<(&'static str, Outcome)> {
    let mut client = provider.client.raw();
    let (bad, good, type_name) = (Some(packed(bytes.clone())), Some(dynamic(good)), REDIS.to_owned());
    let mut outcomes = vec![("configuration to validate", validate(provider, packed(bytes.clone())).await)];
    let plan = wire::plan_resource_change::Request {
        type_name: type_name.clone(),
        config: good.clone(),
        proposed_new_state: good.clone(),
        ..Default::default()
    };
    for (place, plan) in [
        ("prior state", wire::plan_resource_change::Request { prior_state: bad.clone(), ..plan.clone() }),
        ("configuration to plan", wire::plan_resource_change::Request { config: bad.clone(), ..plan.clone() }),
        ("proposed state", wire::plan_resource_change::Request { proposed_new_state: bad.clone(), ..plan }),
    ] {
        outcomes.push((place, client.plan_resource_change(plan).await.map(|it| has_errors(&it.get_ref().diagnostics))));
    }
    let apply = wire::apply_resource_change::Request {
        type_name: type_name.clone(),
        config: good.clone(),
        planned_state: good.clone(),
        ..Default::default()
    };
    for (place, apply) in [
        ("state before", wire::apply_resource_change::Request { prior_state: bad.clone(), ..apply.clone() }),
        ("configuration to apply", wire::apply_resource_change::Request { config: bad.clone(), ..apply.clone() }),
        ("planned state", wire::apply_resource_change::Request { planned_state: bad.clone(), ..apply }),
    ] {
        let outcome = client.apply_resource_change(apply).await;
        outcomes.push((place, outcome.map(|it| has_errors(&it.get_ref().diagnostics))));
    }
    let read =
        wire::read_resource::Request { type_name: type_name.clone(), current_state: bad.clone(), ..Default::default() };
    outcomes.push(("state to read", client.read_resource(read).await.map(|it| has_errors(&it.get_ref().diagnostics))));
    let generate = wire::generate_resource_config::Request { type_name, state: bad.clone() };
    let outcome = client.generate_resource_config(generate).await;
    outcomes.push(("state to describe", outcome.map(|it| has_errors(&it.get_ref().diagnostics))));
    let block = wire::validate_provider_config::Request { config: bad.clone() };
    let outcome = client.validate_provider_config(block).await;
    outcomes.push(("provider block to validate", outcome.map(|it| has_errors(&it.get_ref().diagnostics))));
    let block = wire::configure_provider::Request { config: bad, ..Default::default() };
    let outcome = client.configure_provider(block).await;
    outcomes.push(("provider block", outcome.map(|it| has_errors(&it.get_ref().diagnostics))));
    outcomes
}

/// `depth` arrays, or maps, one inside the other.
fn nested(depth: usize, opening: &[u8]) -> Bytes {
    let mut bytes = opening.repeat(depth);
    bytes.push(0xc0);
    bytes.into()
}

async fn assert_alive(provider: &Provider) {
    let kind = by_slug("redis-credentials").unwrap();
    let resource = provider.resource(REDIS);
    let config = example(resource, kind, Extent::Full, "x");
    assert_clean(&provider.client.validate_resource(resource, &config).await.unwrap());
}

fn good_value(provider: &Provider) -> Value {
    example(provider.resource(REDIS), by_slug("redis-credentials").unwrap(), Extent::Full, "x")
}

#[tokio::test]
async fn malformed_values_are_refused_wherever_they_stand() {
    let provider = Provider::start().await;
    let good = good_value(&provider);
    let deep_map = [0x81, 0xa1, b'a'];
    let malformed: Vec<(&str, Bytes)> = vec![
        ("a reserved marker", vec![0xc1].into()),
        ("a number", vec![0x01].into()),
        ("text", vec![0xa1, b'x'].into()),
        ("an empty array", vec![0x90].into()),
        ("an empty map", vec![0x80].into()),
        ("something after the end", [&dynamic(&good).msgpack[..], &[0xc0]].concat().into()),
        ("keys that are no text", vec![0x81, 0x01, 0x02].into()),
        ("1,000 arrays", nested(1_000, &[0x91])),
        ("1,000 maps", nested(1_000, &deep_map)),
        ("a million arrays", nested(1_000_000, &[0x91])),
        ("4 billion elements", vec![0xdd, 0xff, 0xff, 0xff, 0xff].into()),
        ("4 billion members", vec![0xdf, 0xff, 0xff, 0xff, 0xff].into()),
        ("4 GiB of text", vec![0xdb, 0xff, 0xff, 0xff, 0xff, b'x'].into()),
        ("4 GiB of bytes", vec![0xc6, 0xff, 0xff, 0xff, 0xff, 0].into()),
        ("4 GiB of extension", vec![0xc9, 0xff, 0xff, 0xff, 0xff, 12].into()),
        ("text that is no UTF-8", vec![0xa2, 0xff, 0xfe].into()),
    ];
    for (what, bytes) in &malformed {
        for (place, outcome) in everywhere(&provider, bytes, &good).await {
            assert_refused(&outcome, &format!("{what} as {place}"));
        }
    }
    assert_alive(&provider).await;
    assert!(peak_memory(&provider) < MODEST, "{} bytes", peak_memory(&provider));
    provider.end().await;
}

#[tokio::test]
async fn every_truncation_of_a_value_is_refused() {
    let provider = Provider::start().await;
    let whole = dynamic(&good_value(&provider)).msgpack;
    assert!(whole.len() > 500);
    for length in 1..whole.len() {
        assert_refused(&validate(&provider, packed(whole.slice(..length))).await, &format!("{length} bytes"));
    }
    assert_alive(&provider).await;
    provider.end().await;
}

#[tokio::test]
async fn garbage_never_ends_the_process() {
    let provider = Provider::start().await;
    let whole = dynamic(&good_value(&provider)).msgpack;
    let mut random = Random::new(1);
    for round in 0..400 {
        // Half of them are noise, half are good values with a few bytes exchanged.
        let mut bytes = if round % 2 == 0 { vec![0; random.below(300)] } else { whole.to_vec() };
        let exchanged = if round % 2 == 0 { bytes.len() } else { 1 + random.below(4) };
        for number in 0..exchanged {
            let place = if round % 2 == 0 { number } else { random.below(bytes.len()) };
            bytes[place] = u8::try_from(random.below(256)).unwrap();
        }
        // A byte of a text may be exchanged for another good one: only an answer is asked for.
        match validate(&provider, packed(bytes.clone())).await {
            Ok(_) => {}
            Err(status) => assert_eq!(status.code(), Code::InvalidArgument, "{bytes:?}: {status}"),
        }
    }
    assert_alive(&provider).await;
    assert!(peak_memory(&provider) < MODEST, "{} bytes", peak_memory(&provider));
    provider.end().await;
}

#[tokio::test]
async fn confused_objects_are_refused_and_the_place_is_named() {
    let provider = Provider::start().await;
    let good = good_value(&provider);
    for (path, wrong) in [
        ("name", Value::from(true)),
        ("name", Value::List(vec![Value::from("a")])),
        ("rotation_interval", Value::from(true)),
        ("rotation_interval", Value::from("thirty")),
        ("auto_rotation_enabled", Value::from(1)),
        ("parameters", Value::from("a")),
        ("parameters", Value::List(Vec::new())),
        ("parameters.permission_scope", Value::from(5)),
        ("rotate_at_utc.hours", Value::object([("a", Value::Null)])),
        ("rotation_triggers", Value::List(vec![Value::from("a")])),
        ("parameters.unheard_of", Value::from("a")),
        ("unheard_of", Value::from("a")),
    ] {
        let request = wire::validate_resource_config::Request {
            type_name: REDIS.to_owned(),
            config: Some(dynamic(&good.with(path, wrong))),
            client_capabilities: None,
        };
        let answer = provider.client.raw().validate_resource_config(request).await.unwrap().into_inner();
        assert!(has_errors(&answer.diagnostics), "{path}");
        let place = path.trim_end_matches("unheard_of").trim_end_matches('.');
        assert!(answer.diagnostics[0].detail.contains(place), "{path}: {:?}", answer.diagnostics);
    }
    let Value::Object(mut members) = good else { panic!("no object") };
    members.remove("name");
    assert_refused(&validate(&provider, dynamic(&Value::Object(members))).await, "an object without a member");
    provider.end().await;
}

/// A good configuration with other bytes in the place of the rotation interval.
fn with_interval(good: &Value, bytes: &[u8]) -> Bytes {
    const MARK: i64 = 1_234_567;
    let packed = dynamic(&good.with("rotation_interval", Value::from(MARK))).msgpack;
    let mark = [&[0xce][..], &u32::try_from(MARK).unwrap().to_be_bytes()].concat();
    let place = packed.windows(mark.len()).position(|window| window == mark).unwrap();
    [&packed[..place], bytes, &packed[place + mark.len()..]].concat().into()
}

fn text(content: &str) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[0xdb][..], &length, content.as_bytes()].concat()
}

#[tokio::test]
async fn numbers_of_any_size_are_judged_quickly_and_in_little_space() {
    let provider = Provider::start().await;
    let good = good_value(&provider);
    let long = "9".repeat(200_000);
    let fraction = format!("0.{long}");
    for (what, bytes) in [
        ("a billion digits, written short", text("1e1000000000")),
        ("more digits than can be counted", text("1e99999999999999999999")),
        ("next to nothing", text("1e-1000000000")),
        ("200,000 digits", text(&long)),
        ("200,000 digits behind the point", text(&fraction)),
        ("no number", [&[0xcb][..], &f64::NAN.to_be_bytes()].concat()),
        ("infinity", [&[0xcb][..], &f64::INFINITY.to_be_bytes()].concat()),
        ("words", text("thirty")),
        ("nothing written", text("")),
        ("hexadecimal", text("0x1e")),
        ("a fraction", text("30.5")),
        ("the largest unsigned", vec![0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        ("the smallest signed", vec![0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        assert_refused(&validate(&provider, packed(with_interval(&good, &bytes))).await, what);
    }
    // The same number in each of the forms that a host may choose.
    for (what, bytes) in [
        ("a small integer", vec![30]),
        ("eight bits", vec![0xcc, 30]),
        ("64 bits", vec![0xd3, 0, 0, 0, 0, 0, 0, 0, 30]),
        ("a float", [&[0xcb][..], &30_f64.to_be_bytes()].concat()),
        ("a short float", [&[0xca][..], &30_f32.to_be_bytes()].concat()),
        ("text", text("30")),
        ("text with a fraction", text("30.000")),
        ("text with an exponent", text("3e1")),
    ] {
        assert!(!validate(&provider, packed(with_interval(&good, &bytes))).await.unwrap(), "{what}");
    }
    assert!(peak_memory(&provider) < MODEST, "{} bytes", peak_memory(&provider));
    provider.end().await;
}

#[tokio::test]
async fn every_form_of_unknown_is_read_as_one() {
    let provider = Provider::start().await;
    let good = good_value(&provider);
    // Refinements: not null, a prefix, bounds of numbers, bounds of lengths, and a key of a later version.
    let refinements: [&[u8]; 5] = [
        &[0x81, 1, 0xc2],
        &[0x82, 1, 0xc2, 2, 0xa2, b'a', b'b'],
        &[0x82, 3, 0x92, 1, 0xc3, 4, 0x92, 9, 0xc2],
        &[0x82, 5, 0, 6, 3],
        &[0x81, 77, 0xc0],
    ];
    let refined = refinements.map(|payload| [&[0xc7, u8::try_from(payload.len()).unwrap(), 12][..], payload].concat());
    let plain: [Vec<u8>; 5] =
        [vec![0xd4, 0, 0], vec![0xd4, 5, 0], vec![0xc7, 0, 0], vec![0xd5, 0, 1, 2], vec![0xc8, 0, 3, 0, 1, 2, 3]];
    for bytes in refined.into_iter().chain(plain) {
        let config = packed(with_interval(&good, &bytes));
        assert!(!validate(&provider, config.clone()).await.unwrap(), "{bytes:?}");
        let request = wire::plan_resource_change::Request {
            type_name: REDIS.to_owned(),
            proposed_new_state: Some(config.clone()),
            config: Some(config),
            ..Default::default()
        };
        let planned = provider.client.raw().plan_resource_change(request).await.unwrap().into_inner();
        assert_eq!(planned.diagnostics, [], "{bytes:?}");
        let packed = planned.planned_state.unwrap().msgpack;
        let kind = provider.resource(REDIS).object.kind();
        let state = plugin_driver::value::msgpack::decode(&packed, &kind).unwrap();
        assert!(state.get("rotation_interval").unwrap().is_unknown(), "{bytes:?}");
        // Hosts take an extension of one byte, or of the refined type; both ways are written, others never.
        for window in packed.windows(2) {
            assert!(!matches!(window, [0xd5..=0xd8, 0]), "{packed:?}");
        }
    }
    provider.end().await;
}

#[tokio::test]
async fn a_hundred_mebibytes_of_text_are_judged_in_bounded_space() {
    let provider = Provider::start().await;
    let good = good_value(&provider);
    let request = wire::validate_resource_config::Request {
        type_name: REDIS.to_owned(),
        config: Some(dynamic(&good.with("description", Value::String("x".repeat(100 * MEBIBYTE))))),
        client_capabilities: None,
    };
    let answer = provider.client.raw().validate_resource_config(request).await.unwrap().into_inner();
    assert!(has_errors(&answer.diagnostics));
    assert!(answer.diagnostics[0].detail.len() < 16 * 1024);
    let bound = 8 * 100 * MEBIBYTE;
    assert!(peak_memory(&provider) < u64::try_from(bound).unwrap(), "{} bytes", peak_memory(&provider));
    assert_alive(&provider).await;
    provider.end().await;
}

#[tokio::test]
async fn stored_states_that_are_no_states_are_refused() {
    let provider = Provider::start().await;
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let deeper = "{\"a\":".repeat(100_000);
    let huge = "{\"rotation_interval\": 1e999999999999}";
    for stored in [
        "",
        "{",
        "[]",
        "5",
        "\"x\"",
        "nul",
        "{\"name\": [5]}",
        "{\"parameters\": []}",
        "{\"name\": \"\u{1}\"",
        "{\"rotation_interval\": \"thirty\"}",
        "{\"rotation_interval\": {}}",
        &deep,
        &deeper,
        &format!("{{\"parameters\": {deep}}}"),
    ] {
        let request = |raw_state| wire::upgrade_resource_state::Request {
            type_name: REDIS.to_owned(),
            version: 0,
            raw_state: Some(raw_state),
        };
        let raw = wire::RawState { json: Bytes::copy_from_slice(stored.as_bytes()), ..Default::default() };
        let upgraded = provider.client.raw().upgrade_resource_state(request(raw.clone())).await;
        let empty = stored.is_empty();
        let outcome = upgraded.map(|it| has_errors(&it.get_ref().diagnostics) || empty);
        assert_refused(&outcome, &format!("{stored:.60}"));
        let moved = wire::move_resource_state::Request {
            source_provider_address: "registry.terraform.io/infisical/infisical".to_owned(),
            source_type_name: "infisical_secret_rotation_redis_credentials".to_owned(),
            source_state: Some(raw),
            target_type_name: REDIS.to_owned(),
            ..Default::default()
        };
        let outcome = provider.client.raw().move_resource_state(moved).await;
        assert_refused(&outcome.map(|it| has_errors(&it.get_ref().diagnostics)), &format!("{stored:.60} to be moved"));
    }
    let raw = wire::RawState { json: Bytes::from_static(huge.as_bytes()), ..Default::default() };
    let request =
        wire::upgrade_resource_state::Request { type_name: REDIS.to_owned(), version: 0, raw_state: Some(raw) };
    provider.client.raw().upgrade_resource_state(request).await.unwrap();
    assert_alive(&provider).await;
    assert!(peak_memory(&provider) < MODEST, "{} bytes", peak_memory(&provider));
    provider.end().await;
}
