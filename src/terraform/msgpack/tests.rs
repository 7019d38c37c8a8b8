//! The codec against bytes written by hand, random values and hostile input.

use proptest::prelude::*;

use super::super::arbitrary::{any_type, any_typed};
use super::super::codec::MOST_VALUES;
use super::super::{Number, Refinement, Type, Value};
use super::{decode, encode};

fn number(text: &str) -> Value {
    Value::Number(text.parse().unwrap())
}

fn text_of(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[0xd9, length], text.as_bytes()].concat()
}

fn pair(of: &str, value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(of.len()).unwrap();
    [&[0x92, 0xc4, length], of.as_bytes(), value].concat()
}

fn flags(names: &[&str]) -> Type {
    Type::object(names.iter().map(|name| ((*name).to_owned(), Type::Bool)))
}

#[test]
fn each_form_of_a_number_is_read() {
    let forms: [(&[u8], &str); 17] = [
        (&[0x00], "0"),
        (&[0x7f], "127"),
        (&[0xff], "-1"),
        (&[0xe0], "-32"),
        (&[0xcc, 0xff], "255"),
        (&[0xcd, 0x01, 0x00], "256"),
        (&[0xce, 0xff, 0xff, 0xff, 0xff], "4294967295"),
        (&[0xcf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], "18446744073709551615"),
        (&[0xd0, 0x80], "-128"),
        (&[0xd1, 0x80, 0x00], "-32768"),
        (&[0xd2, 0x80, 0x00, 0x00, 0x00], "-2147483648"),
        (&[0xd3, 0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808"),
        (&[0xca, 0x3f, 0x00, 0x00, 0x00], "0.5"),
        (&[0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0], "0.5"),
        (&[0xcb, 0x80, 0, 0, 0, 0, 0, 0, 0], "0"),
        (&[0xa3, b'0', b'.', b'1'], "0.1"),
        (&[0xa5, b'1', b'e', b'+', b'3', b'0'], "1e30"),
    ];
    for (bytes, text) in forms {
        assert_eq!(decode(bytes, &Type::Number), Ok(number(text)), "{bytes:x?}");
    }
    let thirty_zeros = text_of(&format!("1{}", "0".repeat(30)));
    assert_eq!(decode(&thirty_zeros, &Type::Number), Ok(number("1e30")));
}

#[test]
fn numbers_are_written_as_decimal_text() {
    let short_text = |text: &str| [&[0xa0 | u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    for text in ["5", "-1", "0.5", "0.1", "9007199254740993", "9223372036854775807", "18446744073709551616", "-0.25"] {
        assert_eq!(encode(&number(text), &Type::Number).unwrap(), short_text(text), "{text}");
    }
    assert_eq!(encode(&number("-0"), &Type::Number).unwrap(), short_text("0"));
}

#[test]
fn infinity_and_nan_are_no_numbers() {
    for float in [f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
        let bytes = [&[0xcb][..], &float.to_be_bytes()].concat();
        assert!(decode(&bytes, &Type::Number).is_err(), "{float}");
    }
    for text in ["Inf", "NaN", "", "0x10"] {
        assert!(decode(&text_of(text), &Type::Number).is_err(), "{text}");
    }
}

#[test]
fn any_extension_is_an_unknown_value() {
    let forms: [&[u8]; 8] = [
        &[0xd4, 0x00, 0x00],
        &[0xd4, 0x05, 0x01],
        &[0xd5, 0x7f, 0x01, 0x02],
        &[0xd8, 0x00, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
        &[0xc7, 0x00, 0x00],
        &[0xc7, 0x00, 0x0c],
        &[0xc8, 0x00, 0x03, 0x05, 1, 2, 3],
        &[0xc9, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00],
    ];
    for bytes in forms {
        for of in [Type::String, Type::Number, Type::list(Type::Bool), flags(&["a"]), Type::Dynamic] {
            assert_eq!(decode(bytes, &of), Ok(Value::unknown()), "{bytes:x?} as {of:?}");
        }
    }
    assert_eq!(encode(&Value::unknown(), &Type::Number).unwrap(), [0xd4, 0x00, 0x00][..]);
}

#[test]
fn what_is_known_of_an_unknown_value_is_read_and_not_written() {
    let refined = |payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap();
        decode(&[&[0xc7, length, 12], payload].concat(), &Type::String).unwrap()
    };
    assert_eq!(refined(&[0x81, 1, 0xc2]), Value::refined(Refinement { not_null: true, ..Refinement::default() }));
    assert_eq!(
        refined(&[0x82, 1, 0xc2, 2, 0xa2, b'a', b'-']),
        Value::refined(Refinement { not_null: true, prefix: Some("a-".into()), ..Refinement::default() })
    );
    assert_eq!(
        refined(&[0x84, 3, 0x92, 1, 0xc3, 4, 0x92, 9, 0xc2, 5, 2, 6, 0xcc, 200]),
        Value::refined(Refinement { least_elements: Some(2), most_elements: Some(200), ..Refinement::default() })
    );
    // A refinement of a later version, and bytes that are none: unknown all the same.
    assert_eq!(
        refined(&[0x82, 1, 0xc2, 0x20, 0x91, 1]),
        Value::refined(Refinement { not_null: true, ..Default::default() })
    );
    assert_eq!(refined(&[0x81, 1]), Value::unknown());
    assert_eq!(refined(&[0xdf, 0xff, 0xff, 0xff, 0xff]), Value::unknown());

    let written = encode(&refined(&[0x81, 1, 0xc2]), &Type::String).unwrap();
    assert_eq!(written, [0xd4, 0x00, 0x00][..]);
}

#[test]
fn open_values_bring_their_type_both_ways() {
    let typed = |of: Type, value: Value| Value::Dynamic(Box::new((of, value)));
    let forms = [
        (pair("\"bool\"", &[0xc3]), typed(Type::Bool, Value::Bool(true))),
        (pair("\"string\"", &[0xd4, 0, 0]), typed(Type::String, Value::unknown())),
        (pair("\"number\"", &[0xc0]), typed(Type::Number, Value::Null)),
        (
            pair(r#"["tuple",["number",["list","bool"]]]"#, &[0x92, 0xa1, b'5', 0x91, 0xc2]),
            typed(
                Type::Tuple(vec![Type::Number, Type::list(Type::Bool)]),
                Value::List(vec![number("5"), Value::List(vec![Value::Bool(false)])]),
            ),
        ),
        (vec![0xc0], Value::Null),
        (vec![0xd4, 0, 0], Value::unknown()),
    ];
    for (bytes, value) in forms {
        assert_eq!(decode(&bytes, &Type::Dynamic).as_ref(), Ok(&value));
        assert_eq!(encode(&value, &Type::Dynamic).unwrap(), bytes);
    }
    assert!(encode(&Value::Bool(true), &Type::Dynamic).is_err(), "a value of open type needs a type");
    for wrong in [pair("\"text\"", &[0xc0]), pair("{", &[0xc0]), vec![0x92, 0xc0, 0xc0], vec![0x91, 0xc0]] {
        assert!(decode(&wrong, &Type::Dynamic).is_err(), "{wrong:x?}");
    }
}

#[test]
fn objects_have_exactly_their_attributes() {
    let of = flags(&["a", "b"]);
    let any_order = [0x82, 0xa1, b'b', 0xc3, 0xa1, b'a', 0xc0];
    assert_eq!(decode(&any_order, &of), Ok(Value::map([("a", Value::Null), ("b", Value::Bool(true))])));

    let error = |bytes: &[u8]| decode(bytes, &of).unwrap_err().to_string();
    assert_eq!(error(&[0x81, 0xa1, b'a', 0xc3]), "b: the attribute is missing");
    assert_eq!(error(&[0x82, 0xa1, b'a', 0xc3, 0xa1, b'a', 0xc3]), "a: the attribute is there twice");
    assert_eq!(error(&[0x82, 0xa1, b'a', 0xc3, 0xa1, b'c', 0xc3]), "there is an attribute that the type does not have");

    let missing = encode(&Value::map([("a", Value::Null)]), &of).unwrap_err();
    assert_eq!(missing.to_string(), "b: the attribute is missing");
    let extra = Value::map([("a", Value::Null), ("b", Value::Null), ("c", Value::Null)]);
    assert_eq!(encode(&extra, &of).unwrap_err().to_string(), "c: the type has no such attribute");
}

#[test]
fn a_wrong_type_is_told_with_its_path() {
    let of = Type::object([("list".to_owned(), Type::list(Type::map(Type::String)))]);
    let bytes = [0x81, 0xa4, b'l', b'i', b's', b't', 0x92, 0x80, 0x81, 0xa1, b'k', 5];
    assert_eq!(decode(&bytes, &of).unwrap_err().to_string(), "list[1][\"k\"]: a string is required, not a number");

    let value = Value::map([("list", Value::List(vec![Value::map([("k", Value::Bool(true))])]))]);
    assert_eq!(encode(&value, &of).unwrap_err().to_string(), "list[0][\"k\"]: a string is required, not a bool");

    for (bytes, of) in [
        (vec![0xc4, 1, b'x'], Type::String),
        (vec![0xc3], Type::String),
        (vec![0xa4, b't', b'r', b'u', b'e'], Type::Bool),
        (vec![0x80], Type::list(Type::Bool)),
        (vec![0x90], Type::map(Type::Bool)),
        (vec![0xa2, 0xff, 0xff], Type::String),
        (vec![0x93, 1, 1, 1], Type::Tuple(vec![Type::Number; 2])),
        (vec![0xc1], Type::Bool),
    ] {
        assert!(decode(&bytes, &of).is_err(), "{bytes:x?} as {of:?}");
    }
}

#[test]
fn sets_lose_duplicates_and_order() {
    let of = Type::set(Type::String);
    let one = [0x94, 0xa1, b'b', 0xa1, b'a', 0xa1, b'b', 0xa1, b'a'];
    let other = [0x92, 0xa1, b'a', 0xa1, b'b'];
    assert_eq!(decode(&one, &of), decode(&other, &of));
    let unsorted = Value::List(vec!["b".into(), "a".into(), "b".into()]);
    assert_eq!(encode(&unsorted, &of).unwrap(), other[..]);
    let unknowns = decode(&[0x92, 0xd4, 0, 0, 0xd4, 0, 0], &of).unwrap();
    assert_eq!(unknowns.as_list().map(<[_]>::len), Some(2), "unknown elements may turn out to differ");
}

#[test]
fn text_is_composed() {
    let decomposed = text_of("e\u{301}");
    assert_eq!(decode(&decomposed, &Type::String), Ok(Value::String("\u{e9}".to_owned())));
    assert_eq!(encode(&Value::String("e\u{301}".to_owned()), &Type::String).unwrap(), [0xa2, 0xc3, 0xa9][..]);
    let key = [&[0x81][..], &decomposed, &[0xc3]].concat();
    assert_eq!(decode(&key, &Type::map(Type::Bool)), Ok(Value::map([("\u{e9}", Value::Bool(true))])));
    let twice = [&[0x82][..], &decomposed, &[0xc3], &text_of("\u{e9}"), &[0xc3]].concat();
    assert!(decode(&twice, &Type::map(Type::Bool)).is_err());
}

#[test]
fn claimed_lengths_are_not_believed() {
    let claims = [0xdd, 0xdf, 0xdb, 0xc6, 0xc9];
    for claim in claims {
        let mut bytes = vec![claim, 0xff, 0xff, 0xff, 0xff];
        for of in [Type::list(Type::Bool), Type::set(Type::Bool), Type::map(Type::Bool), flags(&["a"]), Type::String] {
            assert!(decode(&bytes, &of).is_err(), "{claim:x} as {of:?}");
        }
        bytes.extend([0xc0; 10]);
        assert!(decode(&bytes, &Type::list(Type::Bool)).is_err(), "{claim:x}");
    }
}

#[test]
fn the_number_of_values_is_bounded() {
    let list = |length: usize| {
        let claim = u32::try_from(length).unwrap().to_be_bytes();
        [&[0xdd][..], &claim, &vec![0xc0; length]].concat()
    };
    let of = Type::list(Type::Bool);
    assert!(decode(&list(MOST_VALUES - 1), &of).is_ok());
    assert!(decode(&list(MOST_VALUES), &of).is_err());
}

#[test]
fn depth_is_bounded() {
    let open = |levels: usize| pair("\"dynamic\"", &[]).repeat(levels);
    assert!(decode(&[open(20), vec![0xc0]].concat(), &Type::Dynamic).is_ok());
    for levels in [1_000, 100_000] {
        let error = decode(&[open(levels), vec![0xc0]].concat(), &Type::Dynamic).unwrap_err();
        assert_eq!(error.reason, "nested too deeply");
        assert!(decode(&vec![0x91; levels], &Type::list(Type::String)).is_err());
        assert!(decode(&vec![0x91; levels], &Type::Dynamic).is_err());
        assert!(decode(&vec![0x81; levels], &Type::map(Type::String)).is_err());
    }
}

#[test]
fn nothing_may_follow_or_lack() {
    assert!(decode(&[0xc3, 0xc3], &Type::Bool).is_err());
    assert!(decode(&[], &Type::Bool).is_err());
}

proptest! {
    #[test]
    fn values_survive_the_wire((of, value) in any_typed(true)) {
        let bytes = encode(&value, &of).unwrap();
        prop_assert_eq!(decode(&bytes, &of), Ok(value));
    }

    #[test]
    fn truncated_messages_are_refused((of, value) in any_typed(true), cut in any::<prop::sample::Index>()) {
        let bytes = encode(&value, &of).unwrap();
        prop_assert!(decode(&bytes[..cut.index(bytes.len())], &of).is_err());
    }

    #[test]
    fn damaged_messages_never_panic((of, value) in any_typed(true), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = encode(&value, &of).unwrap().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Ok(value) = decode(&bytes, &of) {
            prop_assert!(encode(&value, &of).is_ok(), "what is read can be written");
        }
    }

    #[test]
    fn garbage_never_panics(of in any_type(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = decode(&bytes, &of);
    }

    #[test]
    fn numbers_survive_to_the_last_digit(digits in "-?[0-9]{1,60}(\\.[0-9]{1,60})?") {
        let number: Number = digits.parse().unwrap();
        let bytes = encode(&Value::Number(number.clone()), &Type::Number).unwrap();
        prop_assert_eq!(decode(&bytes, &Type::Number), Ok(Value::Number(number)));
    }
}
