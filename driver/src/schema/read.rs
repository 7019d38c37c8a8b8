//! Reads schemas from the wire and reports the rules that they break.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message as _;

use super::{
    Attribute, Block, Function, Identity, NestedBlock, Nesting, Object, Parameter, ProviderSchema, Resource, Shape,
};
use crate::proto::tfplugin6 as wire;
use crate::rule::{Rule, Violation};
use crate::value::{Path, Type};

const SCHEMA_CALL: &str = "GetProviderSchema";
const IDENTITY_CALL: &str = "GetResourceIdentitySchemas";
/// What clients read of this one answer at most.
const LARGEST_SCHEMA: usize = 64 << 20;

impl ProviderSchema {
    /// Reads what the two schema calls answered, and reports the rules that are broken.
    pub fn read(
        schema: &wire::get_provider_schema::Response,
        identities: &wire::get_resource_identity_schemas::Response,
    ) -> (Self, Vec<Violation>) {
        let mut reader = Reader { violations: Vec::new() };
        let read = reader.provider(schema, identities);
        (read, reader.violations)
    }
}

/// Where a block belongs, for what is allowed in it depends on that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    /// Resources and actions: write-only attributes are welcome.
    Stored,
    /// All other places.
    Elsewhere,
    /// Inside a set.
    Set,
}

struct Reader {
    violations: Vec<Violation>,
}

impl Reader {
    fn report(&mut self, rule: Rule, path: &Path, detail: impl Into<String>) {
        self.violations.push(Violation::new(rule, SCHEMA_CALL, path, detail));
    }

    fn provider(
        &mut self,
        schema: &wire::get_provider_schema::Response,
        identities: &wire::get_resource_identity_schemas::Response,
    ) -> ProviderSchema {
        let size = schema.encoded_len();
        if size > LARGEST_SCHEMA {
            self.report(Rule::SchemaTooLarge, &Path::root(), format!("{size} bytes"));
        }
        if schema.provider.is_none() {
            self.report(Rule::SchemaProviderMissing, &Path::root(), "provider is absent");
        }
        let mut objects = |kind: &str, all: &std::collections::HashMap<String, wire::Schema>, home: Home| {
            let sorted: BTreeMap<_, _> = all.iter().collect();
            let read = sorted.into_iter().map(|(name, schema)| {
                let path = Path::root().attribute(kind).attribute(name);
                (name.clone(), self.object(name, Some(schema), &path, home))
            });
            read.collect::<BTreeMap<_, _>>()
        };
        let resources = objects("resources", &schema.resource_schemas, Home::Stored);
        let data_sources = objects("data_sources", &schema.data_source_schemas, Home::Elsewhere);
        let ephemeral_resources = objects("ephemeral_resources", &schema.ephemeral_resource_schemas, Home::Elsewhere);
        let list_resources = objects("list_resources", &schema.list_resource_schemas, Home::Elsewhere);
        let state_stores = objects("state_stores", &schema.state_store_schemas, Home::Elsewhere);
        let mut read = ProviderSchema {
            provider: self.object("", schema.provider.as_ref(), &Path::from("provider"), Home::Elsewhere),
            provider_meta: schema
                .provider_meta
                .as_ref()
                .map(|meta| self.object("", Some(meta), &Path::from("provider_meta"), Home::Elsewhere)),
            resources: resources
                .into_iter()
                .map(|(name, object)| (name, Resource { object, identity: None }))
                .collect(),
            data_sources,
            ephemeral_resources,
            list_resources,
            actions: self.actions(&schema.action_schemas),
            state_stores,
            functions: self.functions(&schema.functions),
            capabilities: schema.server_capabilities.unwrap_or_default(),
        };
        self.identities(&mut read, identities);
        for name in read.list_resources.keys() {
            if read.resources.get(name).is_none_or(|resource| resource.identity.is_none()) {
                let path = Path::from("list_resources").attribute(name);
                self.report(Rule::SchemaListIdentity, &path, "no resource type of this name has an identity");
            }
        }
        read
    }

    fn object(&mut self, name: &str, schema: Option<&wire::Schema>, path: &Path, home: Home) -> Object {
        let Some(schema) = schema else { return Object { name: name.to_owned(), ..Object::default() } };
        if schema.version < 0 {
            self.report(Rule::SchemaVersion, path, schema.version.to_string());
        }
        let block = schema.block.as_ref().map(|block| self.block(block, path, home)).unwrap_or_default();
        Object { name: name.to_owned(), version: schema.version, block }
    }

    fn actions(&mut self, all: &std::collections::HashMap<String, wire::ActionSchema>) -> BTreeMap<String, Object> {
        let sorted: BTreeMap<_, _> = all.iter().collect();
        let mut actions = BTreeMap::new();
        for (name, action) in sorted {
            let path = Path::from("actions").attribute(name);
            if action.schema.as_ref().is_none_or(|schema| schema.block.is_none()) {
                self.report(Rule::SchemaActionBlock, &path, "the schema or its block is absent");
            }
            actions.insert(name.clone(), self.object(name, action.schema.as_ref(), &path, Home::Stored));
        }
        actions
    }

    fn block(&mut self, block: &wire::schema::Block, path: &Path, home: Home) -> Block {
        if !block.deprecated && !block.deprecation_message.is_empty() {
            self.report(Rule::SchemaDeprecation, path, "a message without deprecated");
        }
        let attributes = self.attributes(&block.attributes, path, home);
        let mut blocks = BTreeMap::new();
        for nested in &block.block_types {
            let path = path.attribute(&nested.type_name);
            self.name(&nested.type_name, &path);
            if attributes.contains_key(&nested.type_name) || blocks.contains_key(&nested.type_name) {
                self.report(Rule::SchemaDuplicateName, &path, "an attribute or another block has this name");
            }
            let read = self.nested_block(nested, &path, home);
            blocks.insert(nested.type_name.clone(), read);
        }
        Block { attributes, blocks, computed: block.computed, description: block.description.clone() }
    }

    fn nested_block(&mut self, nested: &wire::schema::NestedBlock, path: &Path, home: Home) -> NestedBlock {
        use wire::schema::nested_block::NestingMode;
        let nesting = match nested.nesting() {
            NestingMode::Single => Nesting::Single,
            NestingMode::List => Nesting::List,
            NestingMode::Set => Nesting::Set,
            NestingMode::Map => Nesting::Map,
            NestingMode::Group => Nesting::Group,
            NestingMode::Invalid => {
                self.report(Rule::SchemaNestingMode, path, format!("mode {}", nested.nesting));
                Nesting::Single
            }
        };
        let (min, max) = (nested.min_items, nested.max_items);
        let suits = match nesting {
            Nesting::Single => min == max && (0..=1).contains(&min),
            Nesting::List | Nesting::Set => min >= 0 && max >= 0 && (max == 0 || min <= max),
            Nesting::Map | Nesting::Group => min == 0 && max == 0,
        };
        if !suits {
            self.report(Rule::SchemaBlockLimits, path, format!("min {min}, max {max} for {nesting:?}"));
        }
        let home = if nesting == Nesting::Set { Home::Set } else { home };
        let block = nested.block.as_ref().map(|block| self.block(block, path, home)).unwrap_or_default();
        if nesting == Nesting::Set && block.kind().has_dynamic() {
            self.report(Rule::SchemaSetContents, path, "something dynamic in a set");
        }
        let all_computed = block.attributes.values().all(|attribute| attribute.computed)
            && block.blocks.values().all(|nested| nested.block.computed);
        if block.computed && (!all_computed || min > 0 || nesting == Nesting::Group) {
            self.report(Rule::SchemaComputedBlock, path, "not everything in it is computed, or some must be there");
        }
        NestedBlock { nesting, block, min_items: min, max_items: max }
    }

    fn attributes(&mut self, all: &[wire::schema::Attribute], path: &Path, home: Home) -> BTreeMap<String, Attribute> {
        let mut read = BTreeMap::new();
        for attribute in all {
            let path = path.attribute(&attribute.name);
            self.name(&attribute.name, &path);
            if read.contains_key(&attribute.name) {
                self.report(Rule::SchemaDuplicateName, &path, "another attribute has this name");
            }
            let shape = self.shape(attribute, &path, home);
            self.flags(attribute, &path, home);
            let attribute_read = Attribute {
                shape,
                required: attribute.required,
                optional: attribute.optional,
                computed: attribute.computed,
                sensitive: attribute.sensitive,
                write_only: attribute.write_only,
                description: attribute.description.clone(),
            };
            read.insert(attribute.name.clone(), attribute_read);
        }
        read
    }

    fn flags(&mut self, attribute: &wire::schema::Attribute, path: &Path, home: Home) {
        let (required, optional, computed) = (attribute.required, attribute.optional, attribute.computed);
        if !(required || optional || computed) || required && (optional || computed) {
            let detail = format!("required {required}, optional {optional}, computed {computed}");
            self.report(Rule::SchemaPresence, path, detail);
        }
        if !attribute.deprecated && !attribute.deprecation_message.is_empty() {
            self.report(Rule::SchemaDeprecation, path, "a message without deprecated");
        }
        if attribute.write_only {
            if home == Home::Set {
                self.report(Rule::SchemaSetContents, path, "something write-only in a set");
            } else if computed || home == Home::Elsewhere {
                self.report(Rule::SchemaWriteOnlyPlace, path, "computed, or outside resources and actions");
            }
        }
    }

    fn shape(&mut self, attribute: &wire::schema::Attribute, path: &Path, home: Home) -> Shape {
        use wire::schema::object::NestingMode;
        let Some(nested) = &attribute.nested_type else {
            if attribute.r#type.is_empty() {
                self.report(Rule::SchemaOneType, path, "neither a type nor a nested type");
                return Shape::Plain(Type::Dynamic);
            }
            return Shape::Plain(self.kind(&attribute.r#type, path, SCHEMA_CALL));
        };
        if !attribute.r#type.is_empty() {
            self.report(Rule::SchemaOneType, path, "both a type and a nested type");
        }
        let nesting = match nested.nesting() {
            NestingMode::Single => Nesting::Single,
            NestingMode::List => Nesting::List,
            NestingMode::Set => Nesting::Set,
            NestingMode::Map => Nesting::Map,
            NestingMode::Invalid => {
                self.report(Rule::SchemaNestingMode, path, format!("mode {}", nested.nesting));
                Nesting::Single
            }
        };
        let home = if nesting == Nesting::Set { Home::Set } else { home };
        let attributes = self.attributes(&nested.attributes, path, home);
        if nesting == Nesting::Set && attributes.values().any(|attribute| attribute.kind().has_dynamic()) {
            self.report(Rule::SchemaSetContents, path, "something dynamic in a set");
        }
        Shape::Nested(nesting, attributes)
    }

    fn kind(&mut self, json: &[u8], path: &Path, call: &'static str) -> Type {
        Type::parse(json).unwrap_or_else(|error| {
            self.violations.push(Violation::new(Rule::SchemaTypeConstraint, call, path, error.to_string()));
            Type::Dynamic
        })
    }

    fn name(&mut self, name: &str, path: &Path) {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if name.is_empty() || !name.bytes().all(allowed) {
            self.report(Rule::SchemaBlockName, path, format!("{name:?}"));
        }
    }

    fn functions(&mut self, all: &std::collections::HashMap<String, wire::Function>) -> BTreeMap<String, Function> {
        let sorted: BTreeMap<_, _> = all.iter().collect();
        let mut functions = BTreeMap::new();
        for (name, function) in sorted {
            let path = Path::from("functions").attribute(name);
            if !is_identifier(name) {
                self.report(Rule::SchemaFunctionName, &path, format!("{name:?}"));
            }
            let returns = function.r#return.as_ref().map(|returns| self.kind(&returns.r#type, &path, SCHEMA_CALL));
            if returns.is_none() {
                self.report(Rule::SchemaFunctionReturn, &path, "return is absent");
            }
            let mut names = BTreeSet::new();
            let mut parameter = |parameter: &wire::function::Parameter| {
                let path = path.attribute(&parameter.name);
                if !is_identifier(&parameter.name) || !names.insert(parameter.name.clone()) {
                    self.report(Rule::SchemaFunctionName, &path, "not an identifier, or there twice");
                }
                Parameter {
                    name: parameter.name.clone(),
                    kind: self.kind(&parameter.r#type, &path, SCHEMA_CALL),
                    allow_null: parameter.allow_null_value,
                    allow_unknown: parameter.allow_unknown_values,
                }
            };
            let read = Function {
                parameters: function.parameters.iter().map(&mut parameter).collect(),
                variadic: function.variadic_parameter.as_ref().map(&mut parameter),
                returns: returns.unwrap_or(Type::Dynamic),
            };
            functions.insert(name.clone(), read);
        }
        functions
    }

    fn identities(&mut self, read: &mut ProviderSchema, answer: &wire::get_resource_identity_schemas::Response) {
        let sorted: BTreeMap<_, _> = answer.identity_schemas.iter().collect();
        for (name, schema) in sorted {
            let path = Path::from("identities").attribute(name);
            let mut attributes = BTreeMap::new();
            for attribute in &schema.identity_attributes {
                let path = path.attribute(&attribute.name);
                let kind = self.kind(&attribute.r#type, &path, IDENTITY_CALL);
                let mut report = |rule, detail: String| {
                    self.violations.push(Violation::new(rule, IDENTITY_CALL, &path, detail));
                };
                if attribute.required_for_import == attribute.optional_for_import {
                    report(Rule::SchemaIdentityFlag, "both flags or none".to_owned());
                }
                let primitive = |kind: &Type| matches!(kind, Type::String | Type::Number | Type::Bool);
                if !matches!(&kind, Type::List(element) if primitive(element)) && !primitive(&kind) {
                    report(Rule::SchemaIdentityType, kind.to_json());
                }
                attributes.insert(attribute.name.clone(), (kind, attribute.required_for_import));
            }
            match read.resources.get_mut(name) {
                Some(resource) => resource.identity = Some(Identity { version: schema.version, attributes }),
                None => self.violations.push(Violation::new(
                    Rule::SchemaIdentityOrphan,
                    IDENTITY_CALL,
                    &path,
                    "there is no such resource type",
                )),
            }
        }
    }
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|character| character.is_alphanumeric() || character == '_' || character == '-')
}
