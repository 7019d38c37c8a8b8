//! Makes values what the host demands of them: complete, of the schema's types, without write-only values, known.
//!
//! This is the one place for it. The host refuses a whole object for one missing attribute, and stores what it should
//! not have been given; so every value that leaves passes through here.

use super::codec::Problem;
use super::{Attribute, AttributePath, Attributes, DecodeError, Name, Nesting, Schema, Shape, Step, Type, Value};

/// A place where a value is not what its schema says.
pub type Misfit = DecodeError;

/// Completes `value`: every attribute is there, null where it was not; sets are in order.
///
/// An attribute that the schema does not have and a value of another type are errors; the first one is told.
pub fn conform(schema: &Schema, value: Value) -> Result<Value, Misfit> {
    let (value, misfits) = fit(schema, value);
    match misfits.into_iter().next() {
        Some(misfit) => Err(misfit),
        None => Ok(value),
    }
}

/// Completes `value` as [`conform`] does, puts null where something does not fit and says where that was.
///
/// For what must not be lost because of one wrong attribute: an object that exists by now.
pub fn fit(schema: &Schema, value: Value) -> (Value, Vec<Misfit>) {
    fitted(|misfits| object(&schema.attributes, value, misfits))
}

/// Completes a value of type `of` in the manner of [`fit`].
pub fn fit_type(of: &Type, value: Value) -> (Value, Vec<Misfit>) {
    fitted(|misfits| plain(of, value, misfits))
}

/// The value with null for everything that is only sent, never stored.
#[must_use]
pub fn without_write_only(schema: &Schema, mut value: Value) -> Value {
    clear_write_only(&schema.attributes, &mut value);
    value
}

/// The paths of write-only attributes that have a value in `value`; unknown counts as one.
pub fn write_only_values(schema: &Schema, value: &Value) -> Vec<AttributePath> {
    let mut paths = Vec::new();
    find_write_only(&schema.attributes, value, &AttributePath::root(), &mut paths);
    paths
}

/// The value with null for everything unknown in it: what may be stored of an object whose creation failed half-way.
#[must_use]
pub fn nulls_for_unknowns(value: Value) -> Value {
    match value {
        Value::Unknown(_) => Value::Null,
        Value::List(elements) => Value::List(elements.into_iter().map(nulls_for_unknowns).collect()),
        Value::Map(entries) => {
            Value::Map(entries.into_iter().map(|(name, value)| (name, nulls_for_unknowns(value))).collect())
        }
        Value::Dynamic(mut typed) => {
            typed.1 = nulls_for_unknowns(typed.1);
            Value::Dynamic(typed)
        }
        known => known,
    }
}

fn fitted(fit: impl FnOnce(&mut Vec<Problem>) -> Value) -> (Value, Vec<Misfit>) {
    let mut misfits = Vec::new();
    let value = fit(&mut misfits);
    (value, misfits.into_iter().map(Misfit::from).collect())
}

/// Runs `fit` one level deeper: the misfits it finds get `step`.
fn deeper(misfits: &mut Vec<Problem>, step: impl Fn() -> Step, fit: impl FnOnce(&mut Vec<Problem>) -> Value) -> Value {
    let before = misfits.len();
    let value = fit(misfits);
    misfits.iter_mut().skip(before).for_each(|misfit| misfit.lies_within(step()));
    value
}

fn misfit(required: &str, value: &Value, misfits: &mut Vec<Problem>) -> Value {
    misfits.push(Problem::new(format!("{required} is required, not {}", value.noun())));
    Value::Null
}

fn object(attributes: &Attributes, value: Value, misfits: &mut Vec<Problem>) -> Value {
    members(attributes.by_name().map(|attribute| (&attribute.name, attribute)), value, misfits, nested)
}

fn nested(attribute: &Attribute, value: Value, misfits: &mut Vec<Problem>) -> Value {
    let (nesting, attributes) = match &attribute.shape {
        Shape::Plain(of) => return plain(of, value, misfits),
        Shape::Nested(nesting, attributes) => (nesting, attributes),
    };
    match nesting {
        Nesting::Single => object(attributes, value, misfits),
        Nesting::List => elements("a list", value, misfits, |_, value, misfits| object(attributes, value, misfits)),
        Nesting::Set => {
            in_order(elements("a set", value, misfits, |_, value, misfits| object(attributes, value, misfits)))
        }
        Nesting::Map => entries(value, misfits, |value, misfits| object(attributes, value, misfits)),
    }
}

fn plain(of: &Type, value: Value, misfits: &mut Vec<Problem>) -> Value {
    match (of, value) {
        (_, value @ (Value::Null | Value::Unknown(_)))
        | (Type::Bool, value @ Value::Bool(_))
        | (Type::Number, value @ Value::Number(_))
        | (Type::String, value @ Value::String(_)) => value,
        (Type::List(of), value) => elements("a list", value, misfits, |_, value, misfits| plain(of, value, misfits)),
        (Type::Set(of), value) => {
            in_order(elements("a set", value, misfits, |_, value, misfits| plain(of, value, misfits)))
        }
        (Type::Map(of), value) => entries(value, misfits, |value, misfits| plain(of, value, misfits)),
        (Type::Object(types), value) => members(types.iter(), value, misfits, plain),
        (Type::Tuple(types), Value::List(given)) if given.len() == types.len() => {
            let fit = |index: usize, value, misfits: &mut _| {
                types.get(index).map_or(Value::Null, |of| plain(of, value, misfits))
            };
            elements("a tuple", Value::List(given), misfits, fit)
        }
        (Type::Dynamic, Value::Dynamic(typed)) => {
            let (of, value) = *typed;
            let value = plain(&of, value, misfits);
            Value::Dynamic(Box::new((of, value)))
        }
        (of, value) => misfit(of.noun(), &value, misfits),
    }
}

/// Completes an object: each of `members`, which come by name, and no other.
fn members<'s, M: 's>(
    members: impl Iterator<Item = (&'s Name, M)>,
    value: Value,
    misfits: &mut Vec<Problem>,
    fit: impl Fn(M, Value, &mut Vec<Problem>) -> Value,
) -> Value {
    let mut given = match value {
        Value::Null | Value::Unknown(_) => return value,
        Value::Map(given) => given.into_iter().peekable(),
        other => return misfit("an object", &other, misfits),
    };
    let unfit = |(name, _)| Problem::new("the schema has no such attribute").within(Step::Attribute(name));
    let mut complete = Vec::with_capacity(given.len());
    for (name, member) in members {
        while let Some(extra) = given.next_if(|(next, _)| next < name) {
            misfits.push(unfit(extra));
        }
        let value = given.next_if(|(next, _)| next == name).map_or(Value::Null, |(_, value)| value);
        let value = deeper(misfits, || Step::Attribute(name.clone()), |misfits| fit(member, value, misfits));
        complete.push((name.clone(), value));
    }
    misfits.extend(given.map(unfit));
    Value::map(complete)
}

fn elements(
    required: &str,
    value: Value,
    misfits: &mut Vec<Problem>,
    fit: impl Fn(usize, Value, &mut Vec<Problem>) -> Value,
) -> Value {
    match value {
        Value::Null | Value::Unknown(_) => value,
        Value::List(elements) => {
            let fit = |(index, value)| deeper(misfits, || Step::Index(index), |misfits| fit(index, value, misfits));
            Value::List(elements.into_iter().enumerate().map(fit).collect())
        }
        other => misfit(required, &other, misfits),
    }
}

fn entries(value: Value, misfits: &mut Vec<Problem>, fit: impl Fn(Value, &mut Vec<Problem>) -> Value) -> Value {
    match value {
        Value::Null | Value::Unknown(_) => value,
        Value::Map(entries) => {
            let fit = |(key, value): (Name, Value)| {
                let value = deeper(misfits, || Step::Key(key.clone()), |misfits| fit(value, misfits));
                (key, value)
            };
            Value::Map(entries.into_iter().map(fit).collect())
        }
        other => misfit("a map", &other, misfits),
    }
}

fn in_order(set: Value) -> Value {
    match set {
        Value::List(elements) => Value::set_of(elements),
        other => other,
    }
}

fn clear_write_only(attributes: &Attributes, object: &mut Value) {
    let Value::Map(values) = object else { return };
    if !attributes.holds_write_only() {
        return;
    }
    for attribute in attributes {
        let Some(value) = values.get_mut(&attribute.name) else { continue };
        match (&attribute.shape, &mut *value) {
            _ if attribute.write_only => *value = Value::Null,
            (Shape::Nested(Nesting::Single, attributes), object) => clear_write_only(attributes, object),
            (Shape::Nested(_, attributes), Value::List(elements)) => {
                for object in elements {
                    clear_write_only(attributes, object);
                }
            }
            (Shape::Nested(_, attributes), Value::Map(entries)) => {
                for object in entries.values_mut() {
                    clear_write_only(attributes, object);
                }
            }
            _ => {}
        }
    }
}

fn find_write_only(attributes: &Attributes, object: &Value, path: &AttributePath, found: &mut Vec<AttributePath>) {
    if !attributes.holds_write_only() {
        return;
    }
    for attribute in attributes {
        let path = path.attribute(&attribute.name);
        match (&attribute.shape, object.get(&attribute.name)) {
            (_, Value::Null) => {}
            _ if attribute.write_only => found.push(path),
            (Shape::Nested(Nesting::Single, attributes), object) => find_write_only(attributes, object, &path, found),
            (Shape::Nested(_, attributes), Value::List(elements)) => {
                for (index, object) in elements.iter().enumerate() {
                    find_write_only(attributes, object, &path.index(index), found);
                }
            }
            (Shape::Nested(_, attributes), Value::Map(entries)) => {
                for (key, object) in entries {
                    find_write_only(attributes, object, &path.key(key), found);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let inner = || {
            vec![Attribute::new("size", Type::Number), Attribute::new("token", Type::String).optional().write_only()]
        };
        Schema {
            attributes: vec![
                Attribute::new("name", Type::String),
                Attribute::new("tags", Type::set(Type::String)).optional(),
                Attribute::new("shape", Type::object([("a".to_owned(), Type::Bool)])).optional(),
                Attribute::nested("one", Nesting::Single, inner()).optional(),
                Attribute::nested("some", Nesting::List, inner()).optional(),
                Attribute::nested("named", Nesting::Map, inner()).optional(),
                Attribute::nested("secret", Nesting::Single, inner()).optional().write_only(),
            ]
            .into(),
            ..Schema::default()
        }
    }

    fn sized(size: i64) -> Value {
        Value::map([("size", Value::integer(size))])
    }

    fn with_token(size: i64) -> Value {
        Value::map([("size", Value::integer(size)), ("token", "t".into())])
    }

    fn complete(size: i64) -> Value {
        Value::map([("size", Value::integer(size)), ("token", Value::Null)])
    }

    #[test]
    fn what_is_not_there_becomes_null() {
        let value = Value::map([
            ("name", "x".into()),
            ("tags", Value::List(vec!["b".into(), "a".into(), "b".into()])),
            ("shape", Value::map::<String>([])),
            ("some", Value::List(vec![sized(1), Value::Null, Value::unknown()])),
            ("named", Value::map([("k", sized(2))])),
        ]);
        let expected = Value::map([
            ("name", "x".into()),
            ("tags", Value::List(vec!["a".into(), "b".into()])),
            ("shape", Value::map([("a", Value::Null)])),
            ("one", Value::Null),
            ("some", Value::List(vec![complete(1), Value::Null, Value::unknown()])),
            ("named", Value::map([("k", complete(2))])),
            ("secret", Value::Null),
        ]);
        let conformed = conform(&schema(), value).unwrap();
        assert_eq!(conformed, expected);
        assert!(super::super::msgpack::encode(&conformed, schema().value_type()).is_ok());
        assert_eq!(conform(&schema(), Value::Null), Ok(Value::Null));
        assert_eq!(conform(&schema(), Value::unknown()), Ok(Value::unknown()));
    }

    #[test]
    fn what_does_not_fit_is_told_and_can_be_left_out() {
        let value = Value::map([
            ("name", Value::Bool(true)),
            ("shape", Value::map([("a", Value::Bool(true)), ("b", Value::Null)])),
            ("some", Value::List(vec![sized(1), Value::map([("size", "big".into())])])),
            ("named", Value::map([("k", Value::map([("colour", "red".into())]))])),
            ("extra", Value::Null),
        ]);
        let (fitting, misfits) = fit(&schema(), value.clone());
        let told: Vec<_> = misfits.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "extra: the schema has no such attribute",
                "name: a string is required, not a bool",
                "named[\"k\"].colour: the schema has no such attribute",
                "shape.b: the schema has no such attribute",
                "some[1].size: a number is required, not a string",
            ]
        );
        assert_eq!(conform(&schema(), value), Err(misfits[0].clone()));
        assert_eq!(fitting.at(&AttributePath::of("some").index(0).attribute("size")), Some(&Value::integer(1)));
        assert!(super::super::msgpack::encode(&fitting, schema().value_type()).is_ok());
        assert!(conform(&schema(), Value::Bool(true)).is_err());
    }

    #[test]
    fn write_only_values_are_found_and_cleared_at_any_depth() {
        let value = conform(
            &schema(),
            Value::map([
                ("one", with_token(1)),
                ("some", Value::List(vec![sized(1), Value::map([("token", Value::unknown())])])),
                ("named", Value::map([("k", with_token(2))])),
                ("secret", with_token(3)),
            ]),
        );
        let value = value.unwrap();
        let found: Vec<_> = write_only_values(&schema(), &value).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["one.token", "some[1].token", "named[\"k\"].token", "secret"]);

        let cleared = without_write_only(&schema(), value);
        assert_eq!(write_only_values(&schema(), &cleared), []);
        assert_eq!(cleared.get("secret"), &Value::Null);
        assert_eq!(cleared.get("one"), &complete(1));
        assert_eq!(cleared.get("named").get("k"), &complete(2));
    }

    #[test]
    fn unknowns_become_null_at_any_depth() {
        let open = |value| Value::Dynamic(Box::new((Type::list(Type::Bool), value)));
        let value = Value::List(vec![
            Value::map([("a", Value::unknown()), ("b", Value::Bool(true))]),
            open(Value::List(vec![Value::unknown()])),
        ]);
        let known = nulls_for_unknowns(value);
        assert!(known.is_wholly_known());
        assert_eq!(
            known,
            Value::List(vec![
                Value::map([("a", Value::Null), ("b", Value::Bool(true))]),
                open(Value::List(vec![Value::Null])),
            ])
        );
    }
}
