//! The planner by example, and against the host's rules for random schemas, states and configurations.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::arbitrary::any_value;
use super::super::{Attribute, AttributePath, Mode, Nesting, Schema, Shape, Type, Value, conform};
use super::oracle::{keeps_promise, plan_valid, proposed_new};
use super::{Proposal, plan};

fn schema(attributes: Vec<Attribute>) -> Schema {
    Schema { attributes: attributes.into(), ..Schema::default() }
}

/// Plans as the host would ask for it; both values are completed first.
fn planned(schema: &Schema, prior: Value, config: Value) -> Proposal {
    let (prior, config) = (conform::conform(schema, prior).unwrap(), conform::conform(schema, config).unwrap());
    let proposed = proposed_new(&schema.attributes, &prior, &config);
    let proposal = plan(schema, &prior, &config, &proposed);
    plan_valid(&schema.attributes, &prior, &config, &proposal.planned).unwrap();
    proposal
}

/// Compares without regard to case, and insists on what the planner promises: both values are known and not null.
fn same_text(one: &Value, other: &Value) -> bool {
    assert!(one.is_wholly_known() && other.is_wholly_known() && !one.is_null() && !other.is_null());
    ignoring_case(one, other)
}

fn ignoring_case(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::String(one), Value::String(other)) => one.eq_ignore_ascii_case(other),
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| ignoring_case(one, other))
        }
        (one, other) => one == other,
    }
}

fn example() -> Schema {
    schema(vec![
        Attribute::new("id", Type::String).computed().stable(),
        Attribute::new("status", Type::String).computed(),
        Attribute::new("name", Type::String).same_if(same_text),
        Attribute::new("place", Type::String).replaces().same_if(same_text),
        Attribute::new("note", Type::String).optional(),
        Attribute::new("active", Type::Bool).default(true.into()),
        Attribute::nested(
            "rules",
            Nesting::List,
            vec![
                Attribute::new("port", Type::Number).replaces(),
                Attribute::new("label", Type::String).default("none".into()),
                Attribute::new("handle", Type::String).computed().stable(),
                Attribute::new("token", Type::String).optional().write_only(),
            ],
        )
        .optional(),
    ])
}

fn config() -> Value {
    Value::map([("name", "x".into()), ("place", "here".into())])
}

fn with(mut value: Value, name: &str, new: impl Into<Value>) -> Value {
    value.set(name, new.into());
    value
}

fn stored() -> Value {
    let state = [("id", "1".into()), ("status", "good".into()), ("active", Value::Bool(true))];
    state.into_iter().fold(config(), |value, (name, new)| with(value, name, new))
}

fn rule(port: i64) -> Value {
    Value::map([("port", Value::integer(port))])
}

fn paths(proposal: &Proposal) -> Vec<String> {
    proposal.replace.iter().map(ToString::to_string).collect()
}

#[test]
fn a_creation_plans_defaults_and_leaves_the_rest_to_the_provider() {
    let rules = Value::List(vec![Value::map([("port", Value::integer(1)), ("token", "t".into())])]);
    let Proposal { planned, replace } = planned(&example(), Value::Null, with(config(), "rules", rules));
    let rule = Value::map([
        ("port", Value::integer(1)),
        ("label", "none".into()),
        ("handle", Value::unknown()),
        ("token", Value::Null),
    ]);
    let expected = Value::map([
        ("id", Value::unknown()),
        ("status", Value::unknown()),
        ("name", "x".into()),
        ("place", "here".into()),
        ("note", Value::Null),
        ("active", Value::Bool(true)),
        ("rules", Value::List(vec![rule])),
    ]);
    assert_eq!(planned, expected);
    assert_eq!(replace, []);
}

#[test]
fn nothing_changes_where_nothing_was_changed() {
    let prior = conform::conform(&example(), stored()).unwrap();
    assert_eq!(planned(&example(), stored(), config()), Proposal { planned: prior.clone(), replace: vec![] });
    let respelled = with(with(config(), "name", "X"), "place", "HERE");
    assert_eq!(planned(&example(), stored(), respelled), Proposal { planned: prior, replace: vec![] });
}

#[test]
fn a_change_unsettles_what_is_computed_and_not_stable() {
    let proposal = planned(&example(), stored(), with(with(config(), "note", "new"), "name", "X"));
    assert_eq!(proposal.planned.get("id"), &"1".into());
    assert_eq!(proposal.planned.get("status"), &Value::unknown());
    assert_eq!(proposal.planned.get("name"), &"x".into(), "the prior spelling stays");
    assert_eq!(paths(&proposal), [""; 0]);
}

#[test]
fn what_configuration_no_longer_sets_becomes_null_or_its_default() {
    let prior = with(with(stored(), "note", "old"), "active", false);
    let proposal = planned(&example(), prior, config());
    assert_eq!(proposal.planned.get("note"), &Value::Null);
    assert_eq!(proposal.planned.get("active"), &Value::Bool(true));
}

#[test]
fn replacement_is_by_meaning_and_an_unknown_value_is_a_change() {
    let place = |place: Value| planned(&example(), stored(), with(config(), "place", place));
    assert_eq!(paths(&place("there".into())), ["place"]);
    assert_eq!(paths(&place(Value::unknown())), ["place"]);
    assert_eq!(paths(&place("Here".into())), [""; 0]);

    let two = with(stored(), "rules", Value::List(vec![rule(1), rule(2)]));
    let rules = |rules: Value| paths(&planned(&example(), two.clone(), with(config(), "rules", rules)));
    let label = with(rule(1), "label", "new");
    assert_eq!(rules(Value::List(vec![label, rule(2)])), [""; 0]);
    assert_eq!(rules(Value::List(vec![rule(1), rule(3), rule(4)])), ["rules[1].port", "rules[2].port"]);
    assert_eq!(rules(Value::List(vec![rule(1)])), ["rules[1].port"]);
    assert_eq!(rules(Value::List(vec![Value::unknown(), rule(2)])), ["rules[0]"]);
    assert_eq!(rules(Value::Null), ["rules[0].port", "rules[1].port"]);
    assert_eq!(rules(Value::unknown()), ["rules"]);
}

#[test]
fn computed_children_stay_with_their_place() {
    let stored_rule = Value::map([
        ("port", Value::integer(1)),
        ("label", "none".into()),
        ("handle", "h".into()),
        ("token", Value::Null),
    ]);
    let prior = with(stored(), "rules", Value::List(vec![stored_rule.clone()]));
    let same = planned(&example(), prior.clone(), with(config(), "rules", Value::List(vec![rule(1)])));
    assert_eq!(same.planned.get("rules"), &Value::List(vec![stored_rule.clone()]));
    let more = planned(&example(), prior, with(config(), "rules", Value::List(vec![rule(1), rule(2)])));
    assert_eq!(more.planned.at(&AttributePath::of("rules").index(0)), Some(&stored_rule));
    assert_eq!(more.planned.at(&AttributePath::of("rules").index(1).attribute("handle")), Some(&Value::unknown()));
}

#[test]
fn a_list_that_is_compared_as_a_whole_is_kept_as_a_whole() {
    let schema = schema(vec![Attribute::new("names", Type::list(Type::String)).same_if(same_text)]);
    let names =
        |names: &[&str]| Value::map([("names", Value::List(names.iter().map(|name| (*name).into()).collect()))]);
    assert_eq!(planned(&schema, names(&["a", "b"]), names(&["A", "B"])).planned, names(&["a", "b"]));
    assert_eq!(planned(&schema, names(&["a", "b"]), names(&["A", "c"])).planned, names(&["A", "c"]));
    let open = Value::map([("names", Value::List(vec!["A".into(), Value::unknown()]))]);
    assert_eq!(planned(&schema, names(&["a", "b"]), open.clone()).planned, open);
}

#[test]
fn elements_of_sets_keep_what_the_host_paired() {
    let schema = schema(vec![Attribute::nested(
        "rules",
        Nesting::Set,
        vec![Attribute::new("port", Type::Number), Attribute::new("handle", Type::String).computed()],
    )]);
    let rules = |rules: Vec<Value>| Value::map([("rules", Value::List(rules))]);
    let with_handle = |port: i64| with(rule(port), "handle", "h");
    let prior = rules(vec![with_handle(1), with_handle(2)]);
    assert_eq!(planned(&schema, prior.clone(), rules(vec![rule(2), rule(1)])).planned, prior);
    let changed = planned(&schema, prior, rules(vec![rule(2), rule(3)])).planned;
    let unsettled = |port: i64| with(rule(port), "handle", Value::unknown());
    assert_eq!(changed, rules(vec![unsettled(2), unsettled(3)]));
}

#[test]
fn a_destruction_plans_nothing() {
    let proposal = plan(&example(), &stored(), &Value::Null, &Value::Null);
    assert_eq!(proposal, Proposal { planned: Value::Null, replace: vec![] });
}

/// A random schema; `Attribute` has no `Debug` of its closures, so failures print the shape only.
fn any_schema() -> impl Strategy<Value = Schema> {
    any_attributes(2, Place::Addressable).prop_map(schema)
}

/// Where an attribute stands. In the elements of a set the host allows none that is write-only, and cannot pair elements
/// with stored ones for certain where some of their attributes are computed.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Addressable,
    InSet,
}

fn any_attributes(depth: usize, place: Place) -> BoxedStrategy<Vec<Attribute>> {
    vec(any_attribute(depth, place), 1..5)
        .prop_map(|attributes| {
            let named =
                |(index, attribute): (usize, Attribute)| Attribute { name: format!("a{index}").into(), ..attribute };
            attributes.into_iter().enumerate().map(named).collect()
        })
        .boxed()
}

fn any_attribute(depth: usize, place: Place) -> BoxedStrategy<Attribute> {
    let of = prop_oneof![
        3 => Just(Type::String),
        1 => Just(Type::Number),
        1 => Just(Type::list(Type::String)),
        1 => Just(Type::set(Type::String)),
        1 => Just(Type::map(Type::Bool)),
    ];
    let plain = of.prop_map(Shape::Plain).boxed();
    let nesting = prop_oneof![Just(Nesting::Single), Just(Nesting::List), Just(Nesting::Map), Just(Nesting::Set)];
    let shape = match depth.checked_sub(1) {
        Some(depth) => {
            let nested = nesting.prop_flat_map(move |nesting| {
                let place = if nesting == Nesting::Set { Place::InSet } else { place };
                any_attributes(depth, place).prop_map(move |attributes| Shape::Nested(nesting, attributes.into()))
            });
            prop_oneof![2 => plain, 1 => nested].boxed()
        }
        None => plain,
    };
    let computed = u32::from(place == Place::Addressable);
    let mode = prop_oneof![
        1 => Just(Mode::Required),
        1 => Just(Mode::Optional),
        computed => Just(Mode::Computed),
        computed => Just(Mode::OptionalComputed)
    ];
    (shape, mode, any::<[bool; 4]>(), prop::bool::weighted(0.2))
        .prop_flat_map(move |(shape, mode, [replaces, stable, forgiving, defaulted], secret)| {
            let attribute = Attribute { shape, mode, replaces, stable, ..Attribute::new("", Type::Bool) };
            let is_plain = matches!(attribute.shape, Shape::Plain(_));
            let default = if defaulted && is_plain && mode == Mode::OptionalComputed {
                any_value(&attribute.value_type(), false).prop_map(|value| (!value.is_null()).then_some(value)).boxed()
            } else {
                Just(None).boxed()
            };
            let attribute = if forgiving && is_plain { attribute.same_if(same_text) } else { attribute };
            let settable = matches!(mode, Mode::Required | Mode::Optional);
            let attribute = Attribute { write_only: place == Place::Addressable && settable && secret, ..attribute };
            default.prop_map(move |default| Attribute { default, ..attribute.clone() })
        })
        .boxed()
}

/// Which values of a schema to make up.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Config { unknowns: bool },
    State,
}

fn any_object(attributes: &[Attribute], role: Role) -> BoxedStrategy<Value> {
    let members: Vec<_> =
        attributes.iter().map(|attribute| (Just(attribute.name.clone()), any_member(attribute, role))).collect();
    members.prop_map(Value::map).boxed()
}

fn any_member(attribute: &Attribute, role: Role) -> BoxedStrategy<Value> {
    let absent = match role {
        Role::Config { .. } => attribute.mode == Mode::Computed,
        Role::State => attribute.write_only,
    };
    if absent {
        return Just(Value::Null).boxed();
    }
    let unknowns = role == Role::Config { unknowns: true };
    let value = match &attribute.shape {
        Shape::Plain(of) => any_value(of, unknowns),
        Shape::Nested(nesting, attributes) => {
            let object = any_object(attributes, role);
            match nesting {
                Nesting::Single => object,
                Nesting::List => vec(object, 0..3).prop_map(Value::List).boxed(),
                Nesting::Set => vec(object, 0..3).prop_map(Value::set_of).boxed(),
                Nesting::Map => prop::collection::btree_map("[ab]", object, 0..3).prop_map(Value::map).boxed(),
            }
        }
    };
    let null = u32::from(attribute.mode != Mode::Required) * 2;
    let unknown = u32::from(unknowns);
    prop_oneof![6 => value, null => Just(Value::Null), unknown => Just(Value::unknown())]
        .prop_map({
            let required = attribute.mode == Mode::Required;
            let of = attribute.value_type();
            move |value| if required && value.is_null() { filled(&of) } else { value }
        })
        .boxed()
}

/// Some known value, for what a provider would find out or a user must write.
fn filled(of: &Type) -> Value {
    match of {
        Type::Bool => Value::Bool(false),
        Type::Number => Value::integer(7),
        Type::String => "filled".into(),
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => Value::List(vec![]),
        Type::Map(_) => Value::map::<String>([]),
        Type::Object(attributes) => Value::map(attributes.iter().map(|(name, of)| (name, filled(of)))),
        Type::Dynamic => Value::Null,
    }
}

/// A plan carried out: what was unknown is known, nested objects turn out absent.
fn applied(attributes: &[Attribute], planned: &Value) -> Value {
    let Value::Map(values) = planned else { return planned.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = match (&attribute.shape, values.get(&attribute.name).unwrap()) {
            (Shape::Plain(of), Value::Unknown(_)) => filled(of),
            (Shape::Nested(..), Value::Unknown(_)) => Value::Null,
            (Shape::Nested(Nesting::Single, attributes), object) => applied(attributes, object),
            (Shape::Nested(Nesting::Set, attributes), Value::List(objects)) => {
                Value::set_of(objects.iter().map(|object| applied(attributes, object)).collect())
            }
            (Shape::Nested(_, attributes), Value::List(objects)) => {
                Value::List(objects.iter().map(|object| applied(attributes, object)).collect())
            }
            (Shape::Nested(_, attributes), Value::Map(objects)) => {
                Value::map(objects.iter().map(|(key, object)| (key, applied(attributes, object))))
            }
            (_, known) => known.clone(),
        };
        (attribute.name.clone(), value)
    }))
}

/// The configuration in another spelling, wherever an attribute says that it means the same.
fn respelled(attributes: &[Attribute], config: &Value) -> Value {
    fn shout(value: &Value) -> Value {
        match value {
            Value::String(text) => Value::string(text.to_ascii_uppercase()),
            Value::List(elements) => Value::List(elements.iter().map(shout).collect()),
            other => other.clone(),
        }
    }
    let Value::Map(values) = config else { return config.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = match (&attribute.shape, values.get(&attribute.name).unwrap()) {
            (Shape::Plain(Type::String | Type::List(_)), value) if attribute.equivalence.is_some() => shout(value),
            (Shape::Nested(Nesting::Single, attributes), object) => respelled(attributes, object),
            (Shape::Nested(Nesting::List, attributes), Value::List(objects)) => {
                Value::List(objects.iter().map(|object| respelled(attributes, object)).collect())
            }
            (_, value) => value.clone(),
        };
        (attribute.name.clone(), value)
    }))
}

/// The configuration with whole attributes unknown, as `hidden` says in turn.
fn masked(attributes: &[Attribute], config: &Value, hidden: &mut impl Iterator<Item = bool>) -> Value {
    let Value::Map(values) = config else { return config.clone() };
    Value::map(attributes.iter().map(|attribute| {
        let value = match (&attribute.shape, values.get(&attribute.name).unwrap()) {
            (_, value) if attribute.mode == Mode::Computed => value.clone(),
            _ if hidden.next() == Some(true) => Value::unknown(),
            (Shape::Nested(Nesting::Single, attributes), object) => masked(attributes, object, hidden),
            (Shape::Nested(Nesting::List, attributes), Value::List(objects)) => {
                Value::List(objects.iter().map(|object| masked(attributes, object, hidden)).collect())
            }
            (_, value) => value.clone(),
        };
        (attribute.name.clone(), value)
    }))
}

fn any_case(role: Role) -> impl Strategy<Value = (Schema, Value, Value)> {
    any_schema().prop_flat_map(move |schema| {
        let prior = prop_oneof![1 => Just(Value::Null), 3 => any_object(&schema.attributes, Role::State)];
        let config = any_object(&schema.attributes, role);
        (Just(schema), prior, config)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 500, ..ProptestConfig::default() })]

    #[test]
    fn the_host_accepts_every_plan((schema, prior, config) in any_case(Role::Config { unknowns: true })) {
        let proposal = planned(&schema, prior.clone(), config);
        prop_assert!(prior.is_null() || proposal.planned != prior || proposal.replace.is_empty());
        for path in &proposal.replace {
            let (before, after) = (prior.at(path), proposal.planned.at(path));
            prop_assert!(before.is_some() || after.is_some(), "{path} does not exist");
            prop_assert_ne!(before, after);
        }
        let encoded = super::super::msgpack::encode(&proposal.planned, schema.value_type());
        prop_assert!(encoded.is_ok());
    }

    #[test]
    fn what_was_applied_is_not_planned_again((schema, prior, config) in any_case(Role::Config { unknowns: false })) {
        let first = planned(&schema, prior, config.clone());
        let state = applied(&schema.attributes, &first.planned);
        let second = planned(&schema, state.clone(), config.clone());
        prop_assert_eq!(&second, &Proposal { planned: state.clone(), replace: vec![] });
        let third = planned(&schema, state.clone(), respelled(&schema.attributes, &config));
        prop_assert_eq!(&third, &Proposal { planned: state, replace: vec![] });
    }

    #[test]
    fn a_plan_holds_when_more_is_known(
        (schema, prior, config) in any_case(Role::Config { unknowns: false }),
        hidden in vec(prop::bool::weighted(0.3), 1..40),
    ) {
        let open = masked(&schema.attributes, &config, &mut hidden.into_iter().cycle());
        let first = planned(&schema, prior.clone(), open);
        let last = planned(&schema, prior, config);
        prop_assert_eq!(keeps_promise(&schema.attributes, &first.planned, &last.planned), Ok(()));
    }
}
