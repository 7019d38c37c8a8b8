//! Random types and values of them, for the property tests of the codecs.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::{Number, Type, Value};

/// Any type, at most four levels deep.
pub(super) fn any_type() -> impl Strategy<Value = Type> {
    let leaf =
        prop_oneof![4 => Just(Type::String), 2 => Just(Type::Bool), 3 => Just(Type::Number), 1 => Just(Type::Dynamic)];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            closed(inner.clone()).prop_map(Type::list),
            closed(inner.clone()).prop_map(Type::set),
            closed(inner.clone()).prop_map(Type::map),
            btree_map("[a-z_]{1,6}", inner.clone(), 0..4).prop_map(Type::object),
            vec(inner, 0..4).prop_map(Type::Tuple),
        ]
    })
}

/// Types of elements: the host does not allow open ones there.
fn closed(of: impl Strategy<Value = Type>) -> impl Strategy<Value = Type> {
    of.prop_map(|of| if of.to_json().contains("dynamic") { Type::String } else { of })
}

/// A type and a value of it; `unknowns` says whether parts of it may be unknown.
pub(super) fn any_typed(unknowns: bool) -> impl Strategy<Value = (Type, Value)> {
    any_type().prop_flat_map(move |of| {
        let value = any_value(&of, unknowns);
        (Just(of), value)
    })
}

/// Any value of type `of`.
pub(super) fn any_value(of: &Type, unknowns: bool) -> BoxedStrategy<Value> {
    let inner = |of: &Type| any_value(of, unknowns);
    let known = match of {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Number => any_number().prop_map(Value::Number).boxed(),
        Type::String => any_text().prop_map(Value::string).boxed(),
        Type::Dynamic => any_concrete(unknowns).boxed(),
        Type::List(of) => vec(inner(of), 0..4).prop_map(Value::List).boxed(),
        Type::Set(of) => vec(inner(of), 0..4).prop_map(Value::set_of).boxed(),
        Type::Map(of) => btree_map(any_text().prop_map(nfc), inner(of), 0..4).prop_map(Value::map).boxed(),
        Type::Object(attributes) => attributes
            .iter()
            .map(|(name, of)| (Just(name.clone()), inner(of)))
            .collect::<Vec<_>>()
            .prop_map(Value::map)
            .boxed(),
        Type::Tuple(types) => types.iter().map(inner).collect::<Vec<_>>().prop_map(Value::List).boxed(),
    };
    prop_oneof![8 => known, 1 => Just(Value::Null), u32::from(unknowns) => Just(Value::unknown())].boxed()
}

fn any_concrete(unknowns: bool) -> impl Strategy<Value = Value> {
    let of = prop_oneof![
        Just(Type::Bool),
        Just(Type::Number),
        Just(Type::list(Type::String)),
        Just(Type::Tuple(vec![Type::Number, Type::object([("a".to_owned(), Type::String)])])),
    ];
    of.prop_flat_map(move |of| {
        let value = any_value(&of, unknowns);
        (Just(of), value).prop_map(|typed| Value::Dynamic(Box::new(typed)))
    })
}

/// Texts of every kind: empty, plain, decomposed, outside of the first plane, long enough for each length form.
pub(super) fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-zA-Z0-9_/-]{0,12}",
        2 => "\\PC{0,8}",
        1 => Just("e\u{301}".to_owned()),
        1 => "[a-z]{30,40}",
        1 => (200usize..400).prop_map(|length| "x".repeat(length)),
    ]
}

fn nfc(text: String) -> String {
    Value::string(text).as_str().unwrap_or_default().to_owned()
}

/// Numbers of every kind: small and large whole ones, binary fractions, decimal ones beyond any binary type.
pub(super) fn any_number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-200i64..70_000).prop_map(Number::from),
        (any::<i32>(), 0i32..40)
            .prop_map(|(whole, shift)| { Number::from_f64(f64::from(whole) / 2f64.powi(shift)).unwrap() }),
        "-?[0-9]{1,40}(\\.[0-9]{1,40})?(e-?[0-9]{1,2})?".prop_map(|text| text.parse().unwrap()),
    ]
}
