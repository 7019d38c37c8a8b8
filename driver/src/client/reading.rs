//! Reads the values of answers, with the rules that every answer of a kind must keep.

use bytes::Bytes;

use super::{Report, Resource, Rule, wire};
use crate::schema::Block;
use crate::value::msgpack::{self, Problem};
use crate::value::{Path, Type, Value, json};

/// Says what kind of value an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// A plan: unknown values are fine.
    Planned,
    /// Something that is stored or used as it is: wholly known.
    Known,
}

impl Report {
    /// Reads an object of a schema and checks what can be seen in it alone.
    pub(super) fn object(
        &mut self,
        call: &'static str,
        wire: Option<&wire::DynamicValue>,
        block: &Block,
        expect: Expect,
    ) -> Value {
        let value = self.value(call, wire, &block.kind());
        if self.unreadable {
            return value;
        }
        for path in block.null_blocks(&value) {
            self.violate(Rule::BlockCollectionNull, call, &path, "null");
        }
        for path in block.write_only_values(&value) {
            self.violate(Rule::WriteOnlyReturned, call, &path, "a value");
        }
        if expect == Expect::Known
            && let Some(path) = value.first_unknown()
        {
            self.violate(Rule::UnknownReturned, call, &path, "unknown");
        }
        value
    }

    /// Reads a value of a type. An absent one is null.
    pub(super) fn value(&mut self, call: &'static str, wire: Option<&wire::DynamicValue>, kind: &Type) -> Value {
        let Some(wire) = wire else { return Value::Null };
        let decoded = if !wire.json.is_empty() {
            self.violate(Rule::ValueEncoding, call, &Path::root(), "JSON, which not all clients read here");
            match serde_json::from_slice(&wire.json) {
                Ok(json) => json::from_json(&json, kind),
                Err(error) => {
                    let problem = Problem::Malformed(error.to_string());
                    Err(msgpack::DecodeError { path: Path::root(), problem })
                }
            }
        } else if wire.msgpack.is_empty() {
            return Value::Null;
        } else {
            msgpack::decode(&wire.msgpack, kind)
        };
        decoded.unwrap_or_else(|error| {
            let rule = match error.problem {
                Problem::Malformed(_) => Rule::ValueEncoding,
                Problem::Mismatch(_) => Rule::ValueConforms,
            };
            self.violate(rule, call, &error.path, error.problem.to_string());
            self.unreadable = true;
            Value::Null
        })
    }

    /// Reads an identity. A type without identity schema must not have one.
    pub(super) fn identity(
        &mut self,
        call: &'static str,
        wire: Option<&wire::ResourceIdentityData>,
        resource: &Resource,
    ) -> Option<Value> {
        let data = wire?.identity_data.as_ref().filter(|data| !data.msgpack.is_empty() || !data.json.is_empty());
        let Some(schema) = &resource.identity else {
            self.violate(Rule::IdentityUnexpected, call, &Path::root(), "the type has no identity schema");
            return None;
        };
        let value = self.value(call, data, &schema.kind());
        if value.is_null() {
            self.violate(Rule::IdentityUnknown, call, &Path::root(), "null");
            return None;
        }
        if let Some(path) = value.first_unknown() {
            self.violate(Rule::IdentityUnknown, call, &path, "unknown");
        }
        Some(value)
    }

    pub(super) fn not_deferred(&mut self, call: &'static str, deferred: Option<&wire::Deferred>) {
        if let Some(deferred) = deferred {
            self.violate(Rule::Deferred, call, &Path::root(), format!("{:?}", deferred.reason()));
        }
    }

    pub(super) fn not_legacy(&mut self, call: &'static str, legacy: bool) {
        if legacy {
            self.violate(Rule::LegacyTypeSystem, call, &Path::root(), "set");
        }
    }

    pub(super) fn not_null(&mut self, call: &'static str, value: &Value) {
        if value.is_null() && self.is_usable() {
            self.violate(Rule::NullReturned, call, &Path::root(), "null without an error");
        }
    }

    /// Stored private bytes must come back, for the answer replaces them.
    pub(super) fn private_kept(&mut self, call: &'static str, stored: &Bytes, answered: &Bytes, state: &Value) {
        if !stored.is_empty() && answered.is_empty() && !state.is_null() {
            self.violate(Rule::PrivateErased, call, &Path::root(), format!("{} bytes became none", stored.len()));
        }
    }
}
