//! Small things between values and the wire.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use plugin_driver::client::dynamic;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::{Type, Value, json, msgpack};
use tonic::Status;

use super::schema::THING;

/// Returns the identity of an object, where its type has one.
pub(super) fn identity_of(type_name: &str, state: &Value) -> Option<wire::ResourceIdentityData> {
    let id = state.get("id").filter(|_| type_name == THING)?;
    Some(identity(&Value::object([("id", id.clone())])))
}

/// Makes an error.
pub(super) fn error(summary: &str) -> wire::Diagnostic {
    let mut diagnostic = wire::Diagnostic { summary: summary.to_owned(), ..wire::Diagnostic::default() };
    diagnostic.set_severity(wire::diagnostic::Severity::Error);
    diagnostic
}

/// Wraps an identity.
pub(super) fn identity(identity: &Value) -> wire::ResourceIdentityData {
    wire::ResourceIdentityData { identity_data: Some(dynamic(identity)) }
}

/// Wraps bytes that are no value.
pub(super) fn bytes_value(bytes: &'static [u8]) -> wire::DynamicValue {
    wire::DynamicValue { msgpack: Bytes::from_static(bytes), json: Bytes::new() }
}

/// Returns a moment an hour ahead or past.
pub(super) fn renewal(past: bool) -> prost_types::Timestamp {
    let (now, hour) = (SystemTime::now(), Duration::from_secs(3600));
    prost_types::Timestamp::from(if past { now - hour } else { now + hour })
}

/// Reads a value; an absent one is null.
pub(super) fn value(wire: Option<&wire::DynamicValue>, kind: &Type) -> Result<Value, Status> {
    let Some(wire) = wire.filter(|wire| !wire.msgpack.is_empty()) else { return Ok(Value::Null) };
    msgpack::decode(&wire.msgpack, kind).map_err(|error| Status::invalid_argument(error.to_string()))
}

/// Reads a stored value.
pub(super) fn from_json(bytes: &[u8], kind: &Type) -> Result<Value, Status> {
    let json = serde_json::from_slice(bytes).map_err(|error| Status::invalid_argument(error.to_string()))?;
    json::from_json(&json, kind).map_err(|error| Status::invalid_argument(error.to_string()))
}
