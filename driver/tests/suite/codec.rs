//! Holds the codec against bytes written down by hand, so that encoder and decoder can't share a mistake.

use plugin_driver::value::msgpack::{self, Problem};
use plugin_driver::value::refinement::Promise;
use plugin_driver::value::{Type, Value};

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn kind(json: &str) -> Type {
    Type::parse(json.as_bytes()).unwrap()
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn decode(hex: &str, json: &str) -> Result<Value, Problem> {
    msgpack::decode(&bytes(hex), &kind(json)).map_err(|error| error.problem)
}

fn malformed(hex: &str, json: &str) {
    assert!(matches!(decode(hex, json), Err(Problem::Malformed(_))), "{hex}: {:?}", decode(hex, json));
}

fn mismatched(hex: &str, json: &str) {
    assert!(matches!(decode(hex, json), Err(Problem::Mismatch(_))), "{hex}: {:?}", decode(hex, json));
}

#[test]
fn numbers_have_the_bytes_that_core_writes() {
    for (text, hex) in [
        ("0", "00"),
        ("127", "7f"),
        ("128", "cc80"),
        ("255", "ccff"),
        ("256", "cd0100"),
        ("65536", "ce00010000"),
        ("4294967296", "cf0000000100000000"),
        ("9223372036854775807", "cf7fffffffffffffff"),
        ("-1", "ff"),
        ("-32", "e0"),
        ("-33", "d0df"),
        ("-129", "d1ff7f"),
        ("-32769", "d2ffff7fff"),
        ("-2147483649", "d3ffffffff7fffffff"),
        ("-9223372036854775808", "d38000000000000000"),
        ("0.5", "cb3fe0000000000000"),
        ("-2.25", "cbc002000000000000"),
        // Neither 0.1 nor these integers are binary floats, so they travel as text.
        ("0.1", "a3 302e31"),
        ("18446744073709551615", "b4 3138343436373434303733373039353531363135"),
        ("1e30", "bf 31303030303030303030303030303030303030303030303030303030303030"),
        ("0.12345678901234567890123", "b9 302e3132333435363738393031323334353637383930313233"),
    ] {
        assert_eq!(msgpack::encode(&number(text)), bytes(hex), "{text}");
        assert_eq!(decode(hex, r#""number""#).unwrap(), number(text), "{text}");
    }
}

#[test]
fn numbers_are_read_in_every_form() {
    for (hex, text) in [
        ("cfffffffffffffffff", "18446744073709551615"),
        ("cc05", "5"),
        ("cd0005", "5"),
        ("ce00000005", "5"),
        ("d005", "5"),
        ("d10005", "5"),
        ("d200000005", "5"),
        ("d30000000000000005", "5"),
        ("cb4014000000000000", "5"),
        ("a1 35", "5"),
        ("d901 35", "5"),
        ("ca3f000000", "0.5"),
        ("cb3fb999999999999a", "0.1"),
        ("cb8000000000000000", "0"),
        ("a2 2d30", "0"),
        ("a4 31653330", "1e30"),
        ("cb46293e5939a08cea", "1000000000000000019884624838656"),
    ] {
        assert_eq!(decode(hex, r#""number""#), Ok(number(text)), "{hex}");
    }
    malformed("cb7ff0000000000000", r#""number""#);
    malformed("cb7ff8000000000000", r#""number""#);
    mismatched("a1 78", r#""number""#);
    mismatched("c3", r#""number""#);
}

#[test]
fn unknown_values_are_read_in_every_form() {
    for hex in [
        "d40000",
        "d40500",
        "c70000",
        "c70005",
        "c7010000",
        "c8000000",
        "c80001 0000",
        "c900000000 00",
        "c900000001 0000",
    ] {
        assert_eq!(decode(hex, r#""string""#), Ok(Value::unknown()), "{hex}");
    }
    assert_eq!(msgpack::encode(&Value::unknown()), bytes("d40000"));
    // A payload of more than a byte belongs to type 12 only, and there it is a map with something in it.
    for hex in ["d5000000", "c7020500 00", "d40c80", "c7000c", "d40cc0"] {
        malformed(hex, r#""string""#);
    }
    for (hex, payload) in [("c7030c 8101c2", "8101c2"), ("c80003 0c 8101c2", "8101c2"), ("d60c 8105cc02", "8105cc02")] {
        let value = decode(hex, r#""string""#).unwrap();
        let Value::Unknown(refinement) = &value else { panic!("{value:?}") };
        assert_eq!(refinement.0.as_deref(), Some(bytes(payload).as_slice()));
        assert_ne!(Promise::read(refinement), Promise::default());
        assert_eq!(msgpack::decode(&msgpack::encode(&value), &Type::String).unwrap(), value);
    }
    let long = format!("c8 0401 0c 81 01 {}", "c2".repeat(0x3ff));
    malformed(&long, r#""string""#);
}

#[test]
fn text_is_read_in_every_length_and_normalised() {
    for length in [0, 1, 31, 32, 255, 256, 65_535, 65_536] {
        let value = Value::text(&"x".repeat(length));
        assert_eq!(msgpack::decode(&msgpack::encode(&value), &Type::String).unwrap(), value, "{length}");
    }
    assert_eq!(decode("a3 65cc81", r#""string""#), Ok(Value::text("\u{e9}")));
    malformed("a1 ff", r#""string""#);
    mismatched("05", r#""string""#);
    mismatched("c401 78", r#""string""#);
}

#[test]
fn collections_follow_their_types() {
    assert_eq!(decode("92 01 c0", r#"["list","number"]"#), Ok(Value::List(vec![number("1"), Value::Null])));
    assert_eq!(decode("dc0001 01", r#"["list","number"]"#), decode("dd00000001 01", r#"["list","number"]"#));
    // Sets have neither order nor duplicates.
    assert_eq!(decode("93 02 01 02", r#"["set","number"]"#), decode("92 01 02", r#"["set","number"]"#));
    assert_eq!(decode("81 a161 01", r#"["map","number"]"#), decode("de0001 a161 01", r#"["map","number"]"#));
    assert_eq!(
        decode("92 01 a178", r#"["tuple",["number","string"]]"#),
        Ok(Value::Tuple(vec![number("1"), "x".into()]))
    );
    mismatched("91 01", r#"["tuple",["number","string"]]"#);
    mismatched("80", r#"["list","number"]"#);
    mismatched("90", r#"["map","number"]"#);
    malformed("81 01 01", r#"["map","number"]"#);
    malformed("82 a161 01 a161 02", r#"["map","number"]"#);
}

#[test]
fn objects_have_every_attribute_exactly_once() {
    let json = r#"["object",{"a":"string","b":"bool"}]"#;
    let wanted = Value::object([("a", "x".into()), ("b", true.into())]);
    assert_eq!(decode("82 a161 a178 a162 c3", json), Ok(wanted.clone()));
    assert_eq!(decode("82 a162 c3 a161 a178", json), Ok(wanted.clone()));
    assert_eq!(msgpack::encode(&wanted), bytes("82 a161 a178 a162 c3"));
    mismatched("81 a161 a178", json);
    mismatched("83 a161 a178 a162 c3 a163 c0", json);
    malformed("82 a161 a178 a161 a178", json);
}

#[test]
fn dynamic_values_are_pairs() {
    let wanted = Value::Dynamic(Box::new(Type::String), Box::new("x".into()));
    let hex = "92 c408 22737472696e6722 a178";
    assert_eq!(decode(hex, r#""dynamic""#), Ok(wanted.clone()));
    assert_eq!(msgpack::encode(&wanted), bytes(hex));
    assert_eq!(decode("c0", r#""dynamic""#), Ok(Value::Null));
    assert_eq!(decode("92 c408 22737472696e6722 c0", r#""dynamic""#), Ok(Value::Null));
    assert_eq!(decode("d40000", r#""dynamic""#), Ok(Value::unknown()));
    assert!(decode("92 c408 22737472696e6722 d40000", r#""dynamic""#).unwrap().is_unknown());
    mismatched("a178", r#""dynamic""#);
    malformed("92 a178 a178", r#""dynamic""#);
    malformed("92 c401 78 a178", r#""dynamic""#);
}

#[test]
fn broken_bytes_are_errors_and_lengths_are_not_trusted() {
    for hex in ["", "c1", "cc", "a5 78", "dbffffffff", "c6ffffffff", "c9ffffffff 00", "ddffffffff", "dfffffffff"] {
        for json in [r#""string""#, r#"["list","string"]"#, r#"["map","string"]"#, r#""dynamic""#] {
            assert!(decode(hex, json).is_err(), "{hex} as {json}");
        }
    }
    malformed("c0c0", r#""string""#);
    let deep = "91".repeat(100_000);
    assert!(decode(&deep, r#"["list","string"]"#).is_err());
}
