//! The value that the server stores for a value that is configured.
//!
//! Two values that are the same after normalisation are no change: the plan keeps the spelling that state has.

use crate::catalog::checks;
use crate::catalog::table::{Field, Form, List, Literal, Object, Presence, Text, Trim, Type};
use crate::terraform::{Number, Value};

/// The value that the server stores for a value of this type. Unknown values stay unknown, and so do those inside.
pub fn normalise(shape: &Type, value: &Value) -> Value {
    Normaliser { assume: false }.value(shape, value)
}

/// The value that the server stores for a field, its default included: null only where nothing is stored.
pub fn normalise_field(field: &Field, value: &Value) -> Value {
    Normaliser { assume: false }.field(field, value)
}

/// The object that the server stores for an object with these members.
pub fn normalise_members(fields: &[Field], value: &Value) -> Value {
    Normaliser { assume: false }.members(fields, value)
}

/// Tells whether the server treats two values of a field alike. Besides normalisation, an absent value equals the one
/// that the server assumes, UUIDs have no case, and
/// white space at the ends of a text counts only where the server is known to keep it.
///
/// An unknown value is like nothing else, not even like itself.
pub fn equivalent(field: &Field, one: &Value, other: &Value) -> bool {
    // Most often they are the very same, and then so are the stored ones.
    if one == other {
        return one.is_wholly_known();
    }
    let normaliser = Normaliser { assume: true };
    let one = normaliser.field(field, one);
    one.is_wholly_known() && one == normaliser.field(field, other)
}

/// A constant of the catalog as a value.
pub fn literal(literal: &Literal) -> Value {
    match literal {
        Literal::Text(text) => Value::string(*text),
        Literal::Number(number) => Value::integer(*number),
        Literal::Flag(flag) => Value::Bool(*flag),
        Literal::List(elements) => Value::List(elements.iter().map(self::literal).collect()),
        Literal::Object(members) => Value::map(members.iter().map(|(name, value)| (*name, self::literal(value)))),
    }
}

/// Brings values into the form in which they are stored or, where it assumes, in which they are compared.
#[derive(Clone, Copy)]
struct Normaliser {
    assume: bool,
}

impl Normaliser {
    fn field(self, field: &Field, value: &Value) -> Value {
        match (value, field.presence) {
            (Value::Null, Presence::Default(default)) => literal(&default),
            (Value::Null, Presence::Assumed(assumed)) if self.assume => literal(&assumed),
            _ => self.value(&field.shape, value),
        }
    }

    fn value(self, shape: &Type, value: &Value) -> Value {
        match (shape, value) {
            (Type::Text(rules), Value::String(text)) => Value::string(self.text(rules, text)),
            (Type::Number(_), Value::Number(number)) => Value::Number(stored_number(number)),
            (Type::List(rules), Value::List(elements)) => self.list(rules, elements),
            (Type::Object(Object { fields, .. }), Value::Map(_)) => self.members(fields, value),
            _ => value.clone(),
        }
    }

    fn text(self, rules: &Text, text: &str) -> String {
        let stored = checks::stored_text(rules, text);
        if self.assume && rules.forms.contains(&Form::Uuid) {
            stored.to_ascii_lowercase()
        } else if self.assume && rules.trim == Trim::Unconfirmed {
            checks::trim(stored).to_owned()
        } else {
            stored.to_owned()
        }
    }

    fn list(self, rules: &List, elements: &[Value]) -> Value {
        let mut stored: Vec<Value> = Vec::with_capacity(elements.len());
        for element in elements {
            let element = self.value(rules.item, element);
            // An unknown element may turn out to be a repetition or not: it is kept.
            if !(rules.drops_duplicates && element.is_wholly_known() && stored.contains(&element)) {
                stored.push(element);
            }
        }
        Value::List(stored)
    }

    fn members(self, fields: &[Field], value: &Value) -> Value {
        if value.as_map().is_none() {
            return value.clone();
        }
        Value::map(fields.iter().map(|field| (field.name, self.field(field, value.get(field.name)))))
    }
}

/// The server keeps 64-bit floats and answers with the shortest decimal text that stands for one.
fn stored_number(number: &Number) -> Number {
    if number.is_short_integer() {
        return number.clone();
    }
    format!("{:e}", number.to_f64()).parse().unwrap_or_else(|_| number.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::by_slug;

    fn same(slug: &str, path: &[&str], one: impl Into<Value>, other: impl Into<Value>) -> bool {
        let field = by_slug(slug).unwrap().field(path).unwrap();
        equivalent(field, &one.into(), &other.into())
    }

    #[test]
    fn what_the_server_stores_alike_is_alike() {
        let redis = "redis-credentials";
        assert!(same(redis, &["secret_path"], " /a/ ", "/a"));
        assert!(same(redis, &["name"], "\u{feff}orders\u{a0}", "orders"));
        assert!(!same(redis, &["name"], "\u{200b}orders", "orders"));
        assert!(same(redis, &["auto_rotation_enabled"], Value::Null, true));
        assert!(!same(redis, &["description"], Value::Null, ""), "null clears it, a blank is kept");
        let uuid = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
        assert!(same(redis, &["connection_id"], uuid, uuid.to_uppercase()));
        assert!(!same("supabase-api-key", &["parameters", "key_type"], "secret", " secret"), "choices are not trimmed");
    }

    #[test]
    fn an_absent_value_is_like_the_one_that_the_server_assumes() {
        let (ldap, method) = ("ldap-password", ["parameters", "rotation_method"]);
        assert!(same(ldap, &method, Value::Null, "connection-principal"));
        assert!(!same(ldap, &method, Value::Null, "target-principal"));
        let field = by_slug(ldap).unwrap().field(&method).unwrap();
        assert_eq!(normalise_field(field, &Value::Null), Value::Null, "nothing is stored");
    }

    #[test]
    fn white_space_that_may_be_stripped_or_not_is_no_difference_but_is_stored() {
        let (dbt, name) = ("dbt-service-token", ["parameters", "token_name"]);
        assert!(same(dbt, &name, " ci ", "ci"));
        let field = by_slug(dbt).unwrap().field(&name).unwrap();
        assert_eq!(normalise_field(field, &" ci ".into()), " ci ".into());
    }

    #[test]
    fn lists_keep_their_order_and_drop_what_the_server_drops() {
        let list = |items: &[&str]| Value::List(items.iter().map(|item| Value::from(*item)).collect());
        let permissions = ["parameters", "permissions"];
        assert!(same("stripe-api-key", &permissions, list(&["b", "a", "b"]), list(&["b", "a"])));
        assert!(!same("stripe-api-key", &permissions, list(&["a", "b"]), list(&["b", "a"])));
        assert!(!same("litellm-api-key", &["parameters", "models"], list(&["a", "a"]), list(&["a"])));
        let bucket = |jurisdiction: Value| {
            Value::List(vec![Value::map([("name", Value::from(" media")), ("jurisdiction", jurisdiction)])])
        };
        let buckets = ["parameters", "buckets"];
        assert!(same("cloudflare-r2-access-key", &buckets, bucket(Value::Null), bucket("default".into())));
        assert!(!same("cloudflare-r2-access-key", &buckets, bucket(Value::Null), bucket("eu".into())));
    }

    #[test]
    fn the_unknown_is_like_nothing() {
        let redis = "redis-credentials";
        assert!(!same(redis, &["name"], Value::unknown(), Value::unknown()));
        assert!(!same(redis, &["name"], Value::unknown(), "orders"));
        let field = by_slug(redis).unwrap().field(&["name"]).unwrap();
        assert!(normalise_field(field, &Value::unknown()).is_unknown());
    }
}
