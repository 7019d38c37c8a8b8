//! The toy provider's schema: one attribute or block of each kind, and what faults do to it.

use std::collections::HashMap;

use bytes::Bytes;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::schema::ProviderSchema;
use wire::schema::nested_block::NestingMode as Blocks;
use wire::schema::object::NestingMode as Objects;

use super::Fault;

/// The resource type with everything.
pub(crate) const THING: &str = "toy_thing";
/// The resource type without identity.
pub(crate) const PLAIN: &str = "toy_plain";

/// Returns the schema without faults, as the driver reads it.
pub(crate) fn correct() -> ProviderSchema {
    ProviderSchema::read(&schema(None), &identities(None)).0
}

/// Returns the answer to `GetProviderSchema`.
pub(crate) fn schema(fault: Option<Fault>) -> wire::get_provider_schema::Response {
    let mut thing = block(thing_attributes(), thing_blocks());
    if let Some(fault) = fault {
        damage(&mut thing, fault);
    }
    let mut answer = wire::get_provider_schema::Response {
        provider: Some(versioned(block(vec![optional("endpoint", "\"string\"")], Vec::new()))),
        resource_schemas: HashMap::from([
            (
                THING.to_owned(),
                wire::Schema { version: if fault == Some(Fault::Version) { -1 } else { 0 }, block: Some(thing) },
            ),
            (
                PLAIN.to_owned(),
                versioned(block(vec![computed("id", "\"string\""), required("name", "\"string\"")], Vec::new())),
            ),
        ]),
        data_source_schemas: HashMap::from([("toy_lookup".to_owned(), versioned(lookup(fault)))]),
        functions: HashMap::from([("double".to_owned(), double(fault))]),
        ephemeral_resource_schemas: HashMap::from([(
            "toy_lease".to_owned(),
            versioned(block(vec![optional("ttl", "\"number\""), computed("token", "\"string\"")], Vec::new())),
        )]),
        list_resource_schemas: HashMap::from([(
            THING.to_owned(),
            versioned(block(vec![optional("prefix", "\"string\"")], Vec::new())),
        )]),
        action_schemas: HashMap::from([("toy_poke".to_owned(), poke(fault))]),
        server_capabilities: Some(capabilities()),
        ..wire::get_provider_schema::Response::default()
    };
    match fault {
        Some(Fault::ProviderMissing) => answer.provider = None,
        Some(Fault::TooLarge) => {
            let block = answer.provider.as_mut().and_then(|schema| schema.block.as_mut());
            if let Some(block) = block {
                block.description = "x".repeat(64 << 20);
            }
        }
        Some(Fault::ListWithoutIdentity) => {
            answer.list_resource_schemas.insert(PLAIN.to_owned(), versioned(block(Vec::new(), Vec::new())));
        }
        _ => {}
    }
    answer
}

/// Returns the answer to `GetResourceIdentitySchemas`.
pub(crate) fn identities(fault: Option<Fault>) -> wire::get_resource_identity_schemas::Response {
    let id = wire::resource_identity_schema::IdentityAttribute {
        name: "id".to_owned(),
        r#type: Bytes::from(if fault == Some(Fault::IdentityMap) { r#"["map","string"]"# } else { "\"string\"" }),
        required_for_import: fault != Some(Fault::IdentityUnflagged),
        ..wire::resource_identity_schema::IdentityAttribute::default()
    };
    let schema = wire::ResourceIdentitySchema { version: 1, identity_attributes: vec![id] };
    let mut identity_schemas = HashMap::from([(THING.to_owned(), schema.clone())]);
    if fault == Some(Fault::IdentityOrphan) {
        identity_schemas.insert("toy_nothing".to_owned(), schema);
    }
    wire::get_resource_identity_schemas::Response { identity_schemas, diagnostics: Vec::new() }
}

/// Returns the answer to `GetMetadata`.
pub(crate) fn metadata(fault: Option<Fault>) -> wire::get_metadata::Response {
    use wire::get_metadata::{
        ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata, ResourceMetadata,
    };
    let resource = |name: &str| ResourceMetadata { type_name: name.to_owned() };
    let mut resources = vec![resource(THING), resource(PLAIN)];
    resources.truncate(if fault == Some(Fault::MetadataShort) { 1 } else { 2 });
    let mut capabilities = capabilities();
    capabilities.plan_destroy = fault != Some(Fault::MetadataCapabilities);
    wire::get_metadata::Response {
        server_capabilities: Some(capabilities),
        resources,
        data_sources: vec![DataSourceMetadata { type_name: "toy_lookup".to_owned() }],
        functions: vec![FunctionMetadata { name: "double".to_owned() }],
        ephemeral_resources: vec![EphemeralMetadata { type_name: "toy_lease".to_owned() }],
        list_resources: vec![ListResourceMetadata { type_name: THING.to_owned() }],
        actions: vec![ActionMetadata { type_name: "toy_poke".to_owned() }],
        ..wire::get_metadata::Response::default()
    }
}

fn capabilities() -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        move_resource_state: true,
        generate_resource_config: true,
    }
}

fn thing_attributes() -> Vec<wire::schema::Attribute> {
    let both = |attribute| wire::schema::Attribute { computed: true, ..attribute };
    vec![
        computed("id", "\"string\""),
        required("name", "\"string\""),
        optional("size", "\"number\""),
        both(optional("note", "\"string\"")),
        wire::schema::Attribute { write_only: true, ..optional("secret", "\"string\"") },
        optional("labels", r#"["map","string"]"#),
        optional("ports", r#"["list","number"]"#),
        optional("tags", r#"["set","string"]"#),
        optional("anything", "\"dynamic\""),
        optional("region", "\"string\""),
        nested("settings", Objects::Single, vec![optional("mode", "\"string\""), computed("level", "\"number\"")]),
        nested("steps", Objects::List, vec![required("key", "\"string\""), computed("result", "\"string\"")]),
        nested("routes", Objects::Map, vec![required("target", "\"string\""), both(optional("weight", "\"number\""))]),
        nested("members", Objects::Set, vec![required("user", "\"string\""), computed("uid", "\"string\"")]),
    ]
}

fn thing_blocks() -> Vec<wire::schema::NestedBlock> {
    let mut filled = block_type("filled", Blocks::List, vec![computed("info", "\"string\"")]);
    filled.block.iter_mut().for_each(|block| block.computed = true);
    let mut zone = block_type("zone", Blocks::Set, vec![required("name", "\"string\"")]);
    zone.max_items = 9;
    vec![
        block_type("rule", Blocks::List, vec![optional("port", "\"number\""), computed("state", "\"string\"")]),
        zone,
        block_type("mapped", Blocks::Map, vec![optional("value", "\"string\"")]),
        block_type("group", Blocks::Group, vec![optional("owner", "\"string\"")]),
        block_type("single", Blocks::Single, vec![optional("text", "\"string\"")]),
        filled,
    ]
}

fn lookup(fault: Option<Fault>) -> wire::schema::Block {
    let mut name = required("name", "\"string\"");
    name.write_only = fault == Some(Fault::WriteOnlyInData);
    block(vec![name, computed("answer", "\"string\"")], Vec::new())
}

fn double(fault: Option<Fault>) -> wire::Function {
    let name = if fault == Some(Fault::FunctionParameterName) { "a number" } else { "number" };
    let parameter = wire::function::Parameter {
        name: name.to_owned(),
        r#type: Bytes::from("\"number\""),
        ..wire::function::Parameter::default()
    };
    let returns = wire::function::Return { r#type: Bytes::from("\"number\"") };
    wire::Function {
        parameters: vec![parameter],
        r#return: (fault != Some(Fault::FunctionWithoutReturn)).then_some(returns),
        ..wire::Function::default()
    }
}

fn poke(fault: Option<Fault>) -> wire::ActionSchema {
    let target = optional("target", "\"string\"");
    let secret = wire::schema::Attribute { write_only: true, ..optional("secret", "\"string\"") };
    let schema = versioned(block(vec![target, secret], Vec::new()));
    wire::ActionSchema { schema: (fault != Some(Fault::ActionWithoutSchema)).then_some(schema) }
}

fn damage(thing: &mut wire::schema::Block, fault: Fault) {
    let name = thing.attributes.iter().position(|attribute| attribute.name == "name").unwrap_or_default();
    let members = thing.attributes.iter().position(|attribute| attribute.name == "members").unwrap_or_default();
    let mut in_set = |attribute: wire::schema::Attribute| {
        let nested = thing.attributes[members].nested_type.as_mut();
        if let Some(nested) = nested {
            nested.attributes.push(attribute);
        }
    };
    match fault {
        Fault::SetDynamic => in_set(optional("anything", "\"dynamic\"")),
        Fault::SetWriteOnly => {
            in_set(wire::schema::Attribute { write_only: true, ..optional("secret", "\"string\"") });
        }
        Fault::AttributeWithoutPresence => thing.attributes[name].required = false,
        Fault::AttributeRequiredAndComputed => thing.attributes[name].computed = true,
        Fault::AttributeWithoutType => thing.attributes[name].r#type = Bytes::new(),
        Fault::AttributeWithTwoTypes => thing.attributes[members].r#type = Bytes::from("\"string\""),
        Fault::AttributeTypeBroken => thing.attributes[name].r#type = Bytes::from("string"),
        Fault::AttributeTwice => thing.attributes.push(optional("name", "\"string\"")),
        Fault::BlockLikeAttribute => thing.block_types.push(block_type("name", Blocks::List, Vec::new())),
        Fault::BlockNameBroken => thing.block_types[0].type_name = "Rule-1".into(),
        Fault::BlockNesting => thing.block_types[0].nesting = 0,
        Fault::AttributeNesting => {
            let nested = thing.attributes[members].nested_type.as_mut();
            if let Some(nested) = nested {
                nested.nesting = 0;
            }
        }
        Fault::BlockLimits => {
            (thing.block_types[0].min_items, thing.block_types[0].max_items) = (3, 2);
        }
        Fault::ComputedBlockRequired => {
            let filled = thing.block_types.iter_mut().filter(|nested| nested.type_name == "filled");
            filled.for_each(|nested| nested.min_items = 1);
        }
        Fault::DeprecationMessage => thing.attributes[name].deprecation_message = "use another".into(),
        Fault::WriteOnlyComputed => {
            let secret = thing.attributes.iter_mut().filter(|attribute| attribute.write_only);
            secret.for_each(|attribute| attribute.computed = true);
        }
        _ => {}
    }
}

fn versioned(block: wire::schema::Block) -> wire::Schema {
    wire::Schema { version: 0, block: Some(block) }
}

fn block(attributes: Vec<wire::schema::Attribute>, blocks: Vec<wire::schema::NestedBlock>) -> wire::schema::Block {
    wire::schema::Block { attributes, block_types: blocks, ..wire::schema::Block::default() }
}

fn block_type(name: &str, nesting: Blocks, attributes: Vec<wire::schema::Attribute>) -> wire::schema::NestedBlock {
    wire::schema::NestedBlock {
        type_name: name.to_owned(),
        block: Some(block(attributes, Vec::new())),
        nesting: nesting.into(),
        ..wire::schema::NestedBlock::default()
    }
}

fn attribute(name: &str, kind: &'static str) -> wire::schema::Attribute {
    let kind = Bytes::from_static(kind.as_bytes());
    wire::schema::Attribute { name: name.to_owned(), r#type: kind, ..wire::schema::Attribute::default() }
}

fn required(name: &str, kind: &'static str) -> wire::schema::Attribute {
    wire::schema::Attribute { required: true, ..attribute(name, kind) }
}

fn optional(name: &str, kind: &'static str) -> wire::schema::Attribute {
    wire::schema::Attribute { optional: true, ..attribute(name, kind) }
}

fn computed(name: &str, kind: &'static str) -> wire::schema::Attribute {
    wire::schema::Attribute { computed: true, ..attribute(name, kind) }
}

fn nested(name: &str, nesting: Objects, attributes: Vec<wire::schema::Attribute>) -> wire::schema::Attribute {
    let object = wire::schema::Object { attributes, nesting: nesting.into(), ..wire::schema::Object::default() };
    wire::schema::Attribute { nested_type: Some(object), ..optional(name, "") }
}
