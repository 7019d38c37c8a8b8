//! Between the wire's messages and Terraform's language, in both directions.

use serde_json::Value as Json;

use super::wire::tfplugin6 as wire;
use crate::terraform::{
    Attribute, AttributePath, Attributes, Capabilities, Diagnostic, Diagnostics, IdentitySchema, Mode, Nesting, Result,
    Schema, Severity, Shape, Step, Type, Value, clean_within, json, msgpack,
};

/// The longest title and the longest text of a message; what a server sends may be longer.
const LONGEST_SUMMARY: usize = 119;
const LONGEST_DETAIL: usize = 8 * 1024;

/// Reads the value `wire`, which is the request's `part`. Absent and empty ones are null.
pub(crate) fn value(wire: Option<&wire::DynamicValue>, of: &Type, part: &str) -> Result<Value> {
    let Some(wire) = wire else { return Ok(Value::Null) };
    let decoded = if !wire.msgpack.is_empty() {
        msgpack::decode(&wire.msgpack, of)
    } else if !wire.json.is_empty() {
        json::parse(&wire.json).and_then(|json| json::decode(&json, of, json::Extras::Refused))
    } else {
        Ok(Value::Null)
    };
    decoded.map_err(|error| unreadable(part, error.path, &error.reason))
}

/// Reads a stored object as it lies in the state file. `part` says what of the request it is.
pub(crate) fn stored(wire: Option<&wire::RawState>, part: &str) -> Result<Json> {
    let root = AttributePath::root;
    let Some(wire) = wire else { return Ok(Json::Null) };
    if !wire.flatmap.is_empty() {
        return Err(unreadable(part, root(), "it has the form of Terraform 0.11 and before"));
    }
    if wire.json.is_empty() {
        return Ok(Json::Null);
    }
    json::parse(&wire.json).map_err(|error| unreadable(part, root(), &error.reason))
}

/// Writes a value of type `of`.
pub(crate) fn dynamic_value(value: &Value, of: &Type) -> Result<wire::DynamicValue> {
    match msgpack::encode(value, of) {
        Ok(msgpack) => Ok(wire::DynamicValue { msgpack, json: bytes::Bytes::new() }),
        Err(error) => Err(Diagnostic::error(
            "The provider's answer does not fit its own schema",
            format!("Its value is wrong: {error}. This is a bug in the provider; please report it."),
        )
        .at(error.path)
        .into()),
    }
}

/// Reads an identity by `schema`; null if the request has none or the type has no identity.
pub(crate) fn identity(
    wire: Option<&wire::ResourceIdentityData>,
    schema: Option<&IdentitySchema>,
) -> Result<Option<Value>> {
    let (Some(wire), Some(schema)) = (wire, schema) else { return Ok(None) };
    let value = value(wire.identity_data.as_ref(), &schema.value_type(), "identity")?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

/// Writes an identity by `schema`; none if there is none or the type has no identity, which hosts do not survive.
pub(crate) fn identity_data(
    identity: Option<&Value>,
    schema: Option<&IdentitySchema>,
) -> Result<Option<wire::ResourceIdentityData>> {
    let (Some(identity), Some(schema)) = (identity, schema) else { return Ok(None) };
    let identity_data = Some(dynamic_value(identity, &schema.value_type())?);
    Ok(Some(wire::ResourceIdentityData { identity_data }))
}

/// Reads what the client understands. What it does not say it does not understand.
pub(crate) fn capabilities(wire: Option<&wire::ClientCapabilities>) -> Capabilities {
    Capabilities { write_only_attributes: wire.is_some_and(|wire| wire.write_only_attributes_allowed) }
}

/// Writes messages: without control characters and of bounded length, for parts of them may come from a server.
pub(crate) fn diagnostics(diagnostics: Diagnostics) -> Vec<wire::Diagnostic> {
    diagnostics
        .into_iter()
        .map(|diagnostic| {
            let severity = match diagnostic.severity {
                Severity::Error => wire::diagnostic::Severity::Error,
                Severity::Warning => wire::diagnostic::Severity::Warning,
            };
            wire::Diagnostic {
                severity: severity.into(),
                summary: clean_within(&diagnostic.summary, LONGEST_SUMMARY),
                detail: clean_within(&diagnostic.detail, LONGEST_DETAIL),
                attribute: (!diagnostic.path.is_root()).then(|| path(&diagnostic.path)),
            }
        })
        .collect()
}

/// Writes a path.
pub(crate) fn path(path: &AttributePath) -> wire::AttributePath {
    use wire::attribute_path::step::Selector;
    let steps = path.steps().iter().map(|step| {
        let selector = match step {
            Step::Attribute(name) => Selector::AttributeName(name.to_string()),
            Step::Key(key) => Selector::ElementKeyString(key.to_string()),
            Step::Index(index) => Selector::ElementKeyInt(i64::try_from(*index).unwrap_or(i64::MAX)),
        };
        wire::attribute_path::Step { selector: Some(selector) }
    });
    wire::AttributePath { steps: steps.collect() }
}

/// Writes a schema.
pub(crate) fn schema(schema: &Schema) -> wire::Schema {
    let block = wire::schema::Block {
        attributes: attributes(&schema.attributes),
        description: schema.description.clone(),
        description_kind: wire::StringKind::Markdown.into(),
        deprecated: schema.deprecation.is_some(),
        deprecation_message: schema.deprecation.clone().unwrap_or_default(),
        ..Default::default()
    };
    wire::Schema { version: schema.version, block: Some(block) }
}

/// Writes an identity schema.
pub(crate) fn identity_schema(schema: &IdentitySchema) -> wire::ResourceIdentitySchema {
    let attributes = schema.attributes.iter().map(|attribute| wire::resource_identity_schema::IdentityAttribute {
        name: attribute.name.to_string(),
        r#type: attribute.of.to_json().into(),
        required_for_import: attribute.required_for_import,
        optional_for_import: !attribute.required_for_import,
        description: attribute.description.clone(),
    });
    wire::ResourceIdentitySchema { version: schema.version, identity_attributes: attributes.collect() }
}

/// Writes attributes by name, so that the answer is the same every time.
fn attributes(attributes: &Attributes) -> Vec<wire::schema::Attribute> {
    attributes.by_name().map(attribute).collect()
}

fn attribute(attribute: &Attribute) -> wire::schema::Attribute {
    // Exactly one of the two may be present: hosts refuse the whole provider otherwise.
    let (plain, nested_type) = match &attribute.shape {
        Shape::Plain(of) => (of.to_json().into(), None),
        Shape::Nested(nesting, children) => {
            let nested = wire::schema::Object {
                attributes: attributes(children),
                nesting: nesting_mode(*nesting).into(),
                ..Default::default()
            };
            (bytes::Bytes::new(), Some(nested))
        }
    };
    wire::schema::Attribute {
        name: attribute.name.to_string(),
        r#type: plain,
        nested_type,
        description: attribute.description.clone(),
        required: attribute.mode == Mode::Required,
        optional: matches!(attribute.mode, Mode::Optional | Mode::OptionalComputed),
        computed: matches!(attribute.mode, Mode::Computed | Mode::OptionalComputed),
        sensitive: attribute.sensitive,
        description_kind: wire::StringKind::Markdown.into(),
        deprecated: attribute.deprecation.is_some(),
        write_only: attribute.write_only,
        deprecation_message: attribute.deprecation.clone().unwrap_or_default(),
    }
}

fn nesting_mode(nesting: Nesting) -> wire::schema::object::NestingMode {
    use wire::schema::object::NestingMode;
    match nesting {
        Nesting::Single => NestingMode::Single,
        Nesting::List => NestingMode::List,
        Nesting::Set => NestingMode::Set,
        Nesting::Map => NestingMode::Map,
    }
}

fn unreadable(part: &str, path: AttributePath, reason: &str) -> Diagnostics {
    let place = if path.is_root() { String::new() } else { format!(" at {path}") };
    Diagnostic::error(
        "A value cannot be read",
        format!(
            "The {part} that Terraform sent does not have the expected form{place}: {reason}. If the state was edited by \
             hand, go back to the one before; else please report this."
        ),
    )
    .at(path)
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_empty_values_are_null_and_json_is_read_too() {
        let read = |wire: Option<wire::DynamicValue>| value(wire.as_ref(), &Type::list(Type::Number), "state");
        assert_eq!(read(None), Ok(Value::Null));
        assert_eq!(read(Some(wire::DynamicValue::default())), Ok(Value::Null));
        let list = Value::List(vec![Value::integer(1)]);
        let packed = dynamic_value(&list, &Type::list(Type::Number)).unwrap();
        assert_eq!(read(Some(packed)), Ok(list.clone()));
        let json = |text: &'static str| Some(wire::DynamicValue { json: text.into(), ..Default::default() });
        assert_eq!(read(json("[1]")), Ok(list));
        let message = read(json("[1,[]]")).unwrap_err();
        assert_eq!(message.iter().next().unwrap().path.to_string(), "[1]");
    }

    #[test]
    fn messages_are_printable_and_bounded() {
        let diagnostic = Diagnostic::error("s".repeat(1000), "a\u{1b}[31;1mred\u{1b}[0m\r\n\tb\u{7}\u{1b}")
            .at(AttributePath::of("list").index(2).key("k"));
        let [written] = <[_; 1]>::try_from(diagnostics(diagnostic.into())).unwrap();
        assert!(written.summary.chars().count() < 120);
        assert_eq!(written.detail, "ared\n\tb");
        assert_eq!(written.attribute.unwrap().steps.len(), 3);
        let plain = diagnostics(Diagnostic::warning("s", "d").into());
        assert_eq!((plain[0].severity, plain[0].attribute.is_none()), (2, true));
    }

    #[test]
    fn a_nested_attribute_has_no_type_of_its_own() {
        let nested = Attribute::nested("outer", Nesting::Single, vec![Attribute::new("inner", Type::Bool).computed()]);
        let plain = Attribute::new("b", Type::list(Type::String)).optional();
        let written = schema(&Schema { attributes: vec![nested, plain].into(), ..Schema::default() }).block.unwrap();
        let names: Vec<_> = written.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
        assert_eq!(names, ["b", "outer"]);
        assert_eq!(written.attributes[0].r#type, r#"["list","string"]"#);
        assert!(written.attributes[0].optional && written.attributes[0].nested_type.is_none());
        assert!(written.attributes[1].r#type.is_empty() && written.attributes[1].required);
        assert!(written.attributes[1].nested_type.as_ref().unwrap().attributes[0].computed);
    }

    #[test]
    fn old_flat_state_is_refused_and_missing_state_is_null() {
        let flat = [("id".to_owned(), "x".to_owned())].into();
        let message = stored(Some(&wire::RawState { flatmap: flat, ..Default::default() }), "state").unwrap_err();
        assert!(message.has_errors());
        assert_eq!(stored(None, "state"), Ok(Json::Null));
        let json = wire::RawState { json: "{\n  \"a\": 0.10\n}".into(), ..Default::default() };
        assert_eq!(stored(Some(&json), "state").unwrap().to_string(), r#"{"a":0.10}"#);
    }
}
