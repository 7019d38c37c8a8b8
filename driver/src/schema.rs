//! The schema of a provider: what the types are that its resources, data sources and all the rest take and give.
//!
//! [`ProviderSchema::read`] makes it from the wire and reports each of Core's rules that the wire form breaks.

use std::collections::{BTreeMap, BTreeSet};

use crate::proto::tfplugin6 as wire;
use crate::value::{Path, Step, Type, Value};

mod read;

/// Is everything that a provider offers.
#[derive(Debug, Clone, Default)]
pub struct ProviderSchema {
    /// The provider's own configuration.
    pub provider: Object,
    /// What modules may tell the provider about themselves, where it wants to know.
    pub provider_meta: Option<Object>,
    /// The managed resource types.
    pub resources: BTreeMap<String, Resource>,
    /// The data sources.
    pub data_sources: BTreeMap<String, Object>,
    /// The ephemeral resource types.
    pub ephemeral_resources: BTreeMap<String, Object>,
    /// The list resources.
    pub list_resources: BTreeMap<String, Object>,
    /// The actions.
    pub actions: BTreeMap<String, Object>,
    /// The state stores.
    pub state_stores: BTreeMap<String, Object>,
    /// The functions.
    pub functions: BTreeMap<String, Function>,
    /// What the provider says that it can do.
    pub capabilities: wire::ServerCapabilities,
}

/// Says that the provider has no such thing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the provider has no {kind} {name:?}")]
pub struct Missing {
    /// What was asked for.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

/// Is the schema of one object: a resource, a data source, a configuration.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Object {
    /// The type's name; empty for the provider's own configuration.
    pub name: String,
    /// The version of its stored form.
    pub version: i64,
    /// What it consists of.
    pub block: Block,
}

/// Is the schema of a managed resource type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// What it consists of.
    pub object: Object,
    /// What identifies a remote object, where the type says so.
    pub identity: Option<Identity>,
}

/// Is the identity schema of a resource type.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Identity {
    /// The version of its stored form.
    pub version: i64,
    /// The attributes: their types, and whether an import must name them.
    pub attributes: BTreeMap<String, (Type, bool)>,
}

/// Is a body of attributes and nested blocks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Block {
    /// The attributes by name.
    pub attributes: BTreeMap<String, Attribute>,
    /// The nested blocks by name.
    pub blocks: BTreeMap<String, NestedBlock>,
    /// Whether the provider fills the block in.
    pub computed: bool,
    /// What it is for.
    pub description: String,
}

/// Is one attribute.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "the wire has these five flags")]
pub struct Attribute {
    /// What it holds.
    pub shape: Shape,
    /// Whether it must be configured.
    pub required: bool,
    /// Whether it may be configured.
    pub optional: bool,
    /// Whether the provider may fill it in.
    pub computed: bool,
    /// Whether it is hidden from displays.
    pub sensitive: bool,
    /// Whether it is never stored.
    pub write_only: bool,
    /// What it is for.
    pub description: String,
}

/// Is what an attribute holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// A value of a type.
    Plain(Type),
    /// Objects whose attributes have flags of their own.
    Nested(Nesting, BTreeMap<String, Attribute>),
}

/// Is a kind of nested block.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedBlock {
    /// How many there are, and how they are told apart.
    pub nesting: Nesting,
    /// What each consists of.
    pub block: Block,
    /// The least number of them.
    pub min_items: i64,
    /// The greatest number of them; 0 for no limit.
    pub max_items: i64,
}

/// Says how many nested objects there are, and how they are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nesting {
    /// One or none.
    Single,
    /// Always one.
    Group,
    /// Many, by index.
    List,
    /// Many, by their contents.
    Set,
    /// Many, by key.
    Map,
}

/// Is a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// The parameters in order.
    pub parameters: Vec<Parameter>,
    /// The parameter that takes all further arguments.
    pub variadic: Option<Parameter>,
    /// The type of the result.
    pub returns: Type,
}

/// Is a parameter of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// The type of the argument.
    pub kind: Type,
    /// Whether the function is called with null.
    pub allow_null: bool,
    /// Whether the function is called with unknown values.
    pub allow_unknown: bool,
}

impl ProviderSchema {
    /// Finds a resource type.
    pub fn resource(&self, name: &str) -> Result<&Resource, Missing> {
        find(&self.resources, "resource", name)
    }

    /// Finds a data source.
    pub fn data_source(&self, name: &str) -> Result<&Object, Missing> {
        find(&self.data_sources, "data source", name)
    }

    /// Finds an ephemeral resource type.
    pub fn ephemeral_resource(&self, name: &str) -> Result<&Object, Missing> {
        find(&self.ephemeral_resources, "ephemeral resource", name)
    }

    /// Finds a list resource.
    pub fn list_resource(&self, name: &str) -> Result<&Object, Missing> {
        find(&self.list_resources, "list resource", name)
    }

    /// Finds an action.
    pub fn action(&self, name: &str) -> Result<&Object, Missing> {
        find(&self.actions, "action", name)
    }

    /// Finds a function.
    pub fn function(&self, name: &str) -> Result<&Function, Missing> {
        find(&self.functions, "function", name)
    }
}

fn find<'a, T>(all: &'a BTreeMap<String, T>, kind: &'static str, name: &str) -> Result<&'a T, Missing> {
    all.get(name).ok_or_else(|| Missing { kind, name: name.to_owned() })
}

impl Object {
    /// Returns the type of its values.
    pub fn kind(&self) -> Type {
        self.block.kind()
    }
}

impl Identity {
    /// Returns the type of identities.
    pub fn kind(&self) -> Type {
        Type::Object(self.attributes.iter().map(|(name, (kind, _))| (name.clone(), kind.clone())).collect())
    }
}

impl Block {
    /// Returns the type of values of this block.
    pub fn kind(&self) -> Type {
        let attributes = self.attributes.iter().map(|(name, attribute)| (name.clone(), attribute.kind()));
        let blocks = self.blocks.iter().map(|(name, nested)| (name.clone(), nested.nesting.of(nested.block.kind())));
        Type::Object(attributes.chain(blocks).collect())
    }

    /// Returns what an empty configuration means: all attributes null, no blocks.
    pub fn empty(&self) -> Value {
        let attributes = self.attributes.keys().map(|name| (name.clone(), Value::Null));
        let blocks = self.blocks.iter().map(|(name, nested)| (name.clone(), nested.empty()));
        Value::Object(attributes.chain(blocks).collect())
    }

    /// Returns a value with empty collections in place of null ones wherever a collection of blocks stands.
    #[must_use]
    pub fn with_block_collections(&self, value: &Value) -> Value {
        let Value::Object(members) = value else { return value.clone() };
        let mut members = members.clone();
        for (name, nested) in &self.blocks {
            if let Some(member) = members.get_mut(name) {
                *member = if member.is_null() {
                    nested.empty()
                } else {
                    map_elements(member, nested.nesting, &|element| nested.block.with_block_collections(element))
                };
            }
        }
        Value::Object(members)
    }

    /// Returns the attribute that a path leads to, or the innermost one around it; nothing if there is none.
    pub fn attribute_at(&self, path: &Path) -> Option<&Attribute> {
        let mut steps = path.0.iter().filter_map(|step| match step {
            Step::Attribute(name) => Some(name),
            Step::Key(_) | Step::Index(_) | Step::Element => None,
        });
        let mut block = self;
        let mut name = steps.next()?;
        while let Some(nested) = block.blocks.get(name) {
            block = &nested.block;
            name = steps.next()?;
        }
        let mut attribute = block.attributes.get(name)?;
        for name in steps {
            match &attribute.shape {
                Shape::Nested(_, attributes) => attribute = attributes.get(name)?,
                Shape::Plain(_) => break,
            }
        }
        Some(attribute)
    }

    /// Returns the paths of all write-only attributes that hold something other than null in a value.
    pub fn write_only_values(&self, value: &Value) -> Vec<Path> {
        let mut found = Vec::new();
        write_only_in_block(self, value, &Path::root(), &mut found);
        found
    }

    /// Returns the value with null for each write-only attribute.
    #[must_use]
    pub fn without_write_only(&self, value: &Value) -> Value {
        self.write_only_values(value)
            .into_iter()
            .fold(value.clone(), |value, path| value.with(Path(path.0), Value::Null))
    }

    /// Returns the paths where a collection of blocks, or a group, is null in a value.
    pub fn null_blocks(&self, value: &Value) -> Vec<Path> {
        let mut found = Vec::new();
        null_blocks(self, value, &Path::root(), &mut found);
        found
    }
}

impl NestedBlock {
    /// Returns what it means that there are no such blocks.
    pub fn empty(&self) -> Value {
        match self.nesting {
            Nesting::Single => Value::Null,
            Nesting::Group => self.block.empty(),
            Nesting::List if self.block.kind().has_dynamic() => Value::Tuple(Vec::new()),
            Nesting::List => Value::List(Vec::new()),
            Nesting::Set => Value::Set(BTreeSet::new()),
            Nesting::Map => Value::Map(BTreeMap::new()),
        }
    }
}

impl Attribute {
    /// Returns the type of the attribute's values.
    pub fn kind(&self) -> Type {
        match &self.shape {
            Shape::Plain(kind) => kind.clone(),
            Shape::Nested(nesting, attributes) => {
                let attributes = attributes.iter().map(|(name, attribute)| (name.clone(), attribute.kind()));
                nesting.of(Type::Object(attributes.collect()))
            }
        }
    }
}

impl Nesting {
    /// Returns the type of a collection of objects. Lists and maps of objects with something dynamic inside have no
    /// common element type and are dynamic as a whole.
    pub fn of(self, object: Type) -> Type {
        match self {
            Self::Single | Self::Group => object,
            Self::List | Self::Map if object.has_dynamic() => Type::Dynamic,
            Self::List => Type::List(Box::new(object)),
            Self::Set => Type::Set(Box::new(object)),
            Self::Map => Type::Map(Box::new(object)),
        }
    }

    /// Returns the nested objects in a value, with the steps that lead to them; nothing for null and unknown.
    pub fn objects(self, value: &Value) -> Vec<(Path, &Value)> {
        match (self, value) {
            (_, Value::Null | Value::Unknown(_)) => Vec::new(),
            (Self::Single | Self::Group, object) => vec![(Path::root(), object)],
            (_, collection) => collection.parts().into_iter().map(|(step, part)| (Path(vec![step]), part)).collect(),
        }
    }
}

fn map_elements(value: &Value, nesting: Nesting, change: &dyn Fn(&Value) -> Value) -> Value {
    match (nesting, value) {
        (_, Value::Null | Value::Unknown(_)) => value.clone(),
        (Nesting::Single | Nesting::Group, object) => change(object),
        (_, Value::List(elements)) => Value::List(elements.iter().map(change).collect()),
        (_, Value::Set(elements)) => Value::Set(elements.iter().map(change).collect()),
        (_, Value::Map(elements)) => {
            Value::Map(elements.iter().map(|(key, element)| (key.clone(), change(element))).collect())
        }
        (_, other) => other.clone(),
    }
}

fn join(path: &Path, more: &Path) -> Path {
    Path(path.0.iter().chain(&more.0).cloned().collect())
}

fn write_only_in_block(block: &Block, value: &Value, path: &Path, found: &mut Vec<Path>) {
    write_only_in_attributes(&block.attributes, value, path, found);
    for (name, nested) in &block.blocks {
        let path = path.attribute(name);
        for (steps, object) in value.get(name).map(|value| nested.nesting.objects(value)).unwrap_or_default() {
            write_only_in_block(&nested.block, object, &join(&path, &steps), found);
        }
    }
}

fn write_only_in_attributes(
    attributes: &BTreeMap<String, Attribute>,
    value: &Value,
    path: &Path,
    found: &mut Vec<Path>,
) {
    for (name, attribute) in attributes {
        let path = path.attribute(name);
        let Some(value) = value.get(name) else { continue };
        if attribute.write_only {
            if !value.is_null() {
                found.push(path);
            }
        } else if let Shape::Nested(nesting, attributes) = &attribute.shape {
            for (steps, object) in nesting.objects(value) {
                write_only_in_attributes(attributes, object, &join(&path, &steps), found);
            }
        }
    }
}

fn null_blocks(block: &Block, value: &Value, path: &Path, found: &mut Vec<Path>) {
    for (name, nested) in &block.blocks {
        let path = path.attribute(name);
        let Some(value) = value.get(name) else { continue };
        if value.is_null() && nested.nesting != Nesting::Single {
            found.push(path.clone());
        }
        for (steps, object) in nested.nesting.objects(value) {
            null_blocks(&nested.block, object, &join(&path, &steps), found);
        }
    }
}
