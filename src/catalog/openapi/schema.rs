//! One schema of an OpenAPI document, as a type of the vocabulary. Both dialects are read: 3.0 (`nullable`, a flag as
//! `exclusiveMinimum`) and 3.1 (lists of types, numbers as `exclusiveMinimum`, `const`).

use serde_json::{Map, Value as Json};

use crate::catalog::open::leaked;
use crate::catalog::table::{Field, Form, List, Literal, Number, Object, Pattern, Presence, Text, Trim, Type};

/// How many references may lead to one another: a schema that contains itself would never end.
const MOST_REFERENCES: usize = 16;

/// How deep a schema may be nested.
const MOST_DEPTH: usize = 24;

/// The words that are understood, or that say nothing about a value.
const UNDERSTOOD: [&str; 28] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "deprecated",
    "description",
    "enum",
    "example",
    "examples",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "nullable",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
];

/// Translates the schemas of one document, and notes what it can't tell.
pub(super) struct Translator<'a> {
    document: &'a Json,
    depth: usize,
    /// What is described in words that the vocabulary lacks, each with its place.
    pub(super) untold: Vec<String>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(document: &'a Json) -> Self {
        Self { document, depth: 0, untold: Vec::new() }
    }

    /// The schema itself, where it is only a reference to one.
    pub(super) fn resolved(&self, mut schema: &'a Json) -> &'a Json {
        for _ in 0..MOST_REFERENCES {
            let target = schema["$ref"].as_str().and_then(|target| target.strip_prefix('#'));
            match target.and_then(|pointer| self.document.pointer(pointer)) {
                Some(target) => schema = target,
                None => return schema,
            }
        }
        &Json::Null
    }

    /// The type that a schema describes. `path` is where it stands, for what can't be told.
    pub(super) fn shape(&mut self, schema: &'a Json, path: &str) -> Type {
        if self.depth == MOST_DEPTH {
            return self.any(path, "an object without end");
        }
        self.depth += 1;
        let shape = self.shape_of(schema, path);
        self.depth -= 1;
        shape
    }

    fn shape_of(&mut self, schema: &'a Json, path: &str) -> Type {
        let (schema, alternatives) = self.substance(schema);
        if let Some(word) = schema.as_object().and_then(|words| words.keys().find(|word| !is_understood(word))) {
            self.note(path, &format!("`{word}`"));
        }
        if let Some(alternatives) = alternatives {
            return self.union(&alternatives, path);
        }
        if let Some(choice) = choice(schema) {
            return choice;
        }
        match types(schema).as_slice() {
            ["string"] => Type::Text(self.text(schema, path)),
            ["number"] => Type::Number(self.number(schema, false, path)),
            ["integer"] => Type::Number(self.number(schema, true, path)),
            ["boolean"] => Type::Flag,
            ["array"] => self.list(schema, path),
            types @ (["object"] | []) => match schema["properties"].as_object() {
                Some(properties) => Type::Object(self.object(schema, properties, path)),
                None if types.is_empty() => self.any(path, "a value of any type"),
                None => self.any(path, "an object of any keys"),
            },
            _ => self.any(path, "one of several types"),
        }
    }

    /// A schema without the wrapping that says nothing about its values, and the alternatives if it has several.
    fn substance(&self, schema: &'a Json) -> (&'a Json, Option<Vec<&'a Json>>) {
        let mut schema = self.resolved(schema);
        for _ in 0..MOST_REFERENCES {
            let several = ["allOf", "anyOf", "oneOf"].into_iter().find_map(|word| schema[word].as_array());
            let Some(several) = several else { return (schema, None) };
            let several: Vec<&Json> =
                several.iter().map(|one| self.resolved(one)).filter(|one| !is_only_null(one)).collect();
            match several.as_slice() {
                [only] => schema = only,
                _ => return (schema, Some(several)),
            }
        }
        (schema, None)
    }

    /// Several schemas of which one must hold: told only if all of them are choices of one type.
    fn union(&mut self, schemas: &[&'a Json], path: &str) -> Type {
        let choices: Option<Vec<Type>> = schemas.iter().map(|schema| choice(schema)).collect();
        let texts = |choice: &Type| if let Type::Choice(values) = choice { Some(values.to_vec()) } else { None };
        let numbers =
            |choice: &Type| if let Type::NumberChoice(values) = choice { Some(values.to_vec()) } else { None };
        let choices = choices.unwrap_or_default();
        if choices.is_empty() {
            return self.any(path, "one of several types");
        }
        if let Some(all) = choices.iter().map(texts).collect::<Option<Vec<_>>>() {
            return Type::Choice(Vec::leak(all.concat()));
        }
        if let Some(all) = choices.iter().map(numbers).collect::<Option<Vec<_>>>() {
            return Type::NumberChoice(Vec::leak(all.concat()));
        }
        self.any(path, "one of several types")
    }

    fn object(&mut self, schema: &'a Json, properties: &'a Map<String, Json>, path: &str) -> Object {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
        let fields: Vec<Field> = properties
            .iter()
            .map(|(name, property)| self.field(name, property, required.contains(&name.as_str()), path))
            .collect();
        Object::of(Vec::leak(fields))
    }

    fn field(&mut self, name: &str, schema: &'a Json, required: bool, path: &str) -> Field {
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let shape = self.shape(schema, &path);
        let presence = match literal(&self.substance(schema).0["default"]) {
            Some(default) => Presence::Default(default),
            None if required => Presence::Required,
            None => Presence::Optional,
        };
        let name = leaked(name);
        Field {
            name,
            irregular_wire: Some(name),
            shape,
            presence,
            nullable: self.takes_null(schema),
            immutable: false,
            sensitive: false,
            description: "",
            example: None,
        }
    }

    fn takes_null(&self, schema: &'a Json) -> bool {
        let schema = self.resolved(schema);
        let among = ["anyOf", "oneOf"].into_iter().filter_map(|word| schema[word].as_array()).flatten();
        schema["nullable"] == true || all_types(schema).contains(&"null") || among.into_iter().any(is_only_null)
    }

    fn text(&mut self, schema: &Json, path: &str) -> Text {
        let mut forms = Vec::new();
        match schema["format"].as_str() {
            None => {}
            Some("uuid") => forms.push(Form::Uuid),
            Some("email") => forms.push(Form::EmailAddress),
            Some(other) => self.note(path, &format!("the format `{other}`")),
        }
        if let Some(pattern) = schema["pattern"].as_str() {
            // Expressions that look around or back are beyond this dialect.
            if regex_lite::Regex::new(pattern).is_ok() {
                let words = leaked(&format!("a match of the expression `{}`", pattern.replace('`', "'")));
                forms.push(Form::Pattern(Pattern { regex: leaked(pattern), words }));
            } else {
                self.note(path, "an expression of another dialect");
            }
        }
        // Nothing in a document tells whether the server trims.
        Text {
            trim: Trim::Unconfirmed,
            min: size(&schema["minLength"]).unwrap_or(0),
            max: size(&schema["maxLength"]),
            advised_max: None,
            forms: Vec::leak(forms),
        }
    }

    fn number(&mut self, schema: &Json, whole: bool, path: &str) -> Number {
        let minimum = schema["minimum"].as_f64();
        let (min, above) = match &schema["exclusiveMinimum"] {
            Json::Bool(true) => (None, minimum),
            exclusive => (minimum, exclusive.as_f64()),
        };
        if schema["multipleOf"].as_f64().is_some_and(|step| (step - 1.0).abs() > f64::EPSILON) {
            self.note(path, "`multipleOf`");
        }
        Number { min, above, max: schema["maximum"].as_f64(), whole: whole || schema["multipleOf"].is_number() }
    }

    fn list(&mut self, schema: &'a Json, path: &str) -> Type {
        let item = self.shape(&schema["items"], &format!("{path}[]"));
        Type::List(List {
            min: size(&schema["minItems"]).unwrap_or(0),
            max: size(&schema["maxItems"]),
            ..List::of(Box::leak(Box::new(item)))
        })
    }

    fn any(&mut self, path: &str, what: &str) -> Type {
        self.note(path, what);
        Type::Any
    }

    fn note(&mut self, path: &str, what: &str) {
        self.untold.push(format!("`{path}`: {what}"));
    }
}

fn is_understood(word: &str) -> bool {
    UNDERSTOOD.contains(&word) || word.starts_with("x-")
}

/// The choice that a schema is, if it is one: values of one type, listed.
fn choice(schema: &Json) -> Option<Type> {
    let listed = schema["enum"].as_array().cloned().or_else(|| schema.get("const").map(|only| vec![only.clone()]))?;
    let listed: Vec<&Json> = listed.iter().filter(|value| !value.is_null()).collect();
    let texts: Option<Vec<&'static str>> = listed.iter().map(|value| value.as_str().map(leaked)).collect();
    let numbers: Option<Vec<i64>> = listed.iter().map(|value| value.as_i64()).collect();
    match (texts, numbers) {
        _ if listed.is_empty() => None,
        (Some(texts), _) => Some(Type::Choice(Vec::leak(texts))),
        (None, Some(numbers)) => Some(Type::NumberChoice(Vec::leak(numbers))),
        (None, None) => None,
    }
}

fn all_types(schema: &Json) -> Vec<&str> {
    match &schema["type"] {
        Json::String(one) => vec![one],
        Json::Array(several) => several.iter().filter_map(Json::as_str).collect(),
        _ => Vec::new(),
    }
}

fn types(schema: &Json) -> Vec<&str> {
    all_types(schema).into_iter().filter(|name| *name != "null").collect()
}

fn is_only_null(schema: &Json) -> bool {
    all_types(schema) == ["null"] || schema["enum"] == Json::Array(vec![Json::Null])
}

fn size(json: &Json) -> Option<usize> {
    json.as_u64().and_then(|size| usize::try_from(size).ok())
}

fn literal(json: &Json) -> Option<Literal> {
    match json {
        Json::String(text) => Some(Literal::Text(leaked(text))),
        Json::Bool(flag) => Some(Literal::Flag(*flag)),
        Json::Number(number) => number.as_i64().map(Literal::Number),
        Json::Array(items) => {
            items.iter().map(literal).collect::<Option<Vec<_>>>().map(|items| Literal::List(Vec::leak(items)))
        }
        Json::Object(members) => {
            let members = members.iter().map(|(name, value)| Some((leaked(name), literal(value)?)));
            members.collect::<Option<Vec<_>>>().map(|members| Literal::Object(Vec::leak(members)))
        }
        Json::Null => None,
    }
}
