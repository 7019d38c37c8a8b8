//! Objects that exist: reading, importing, upgrading and taking them over.

use serde_json::Value as Json;

use super::super::{
    Context, Diagnostic, Diagnostics, MoveSource, Object, Reply, Resource, Result, Target, Value, conform, json,
};
use super::{complete, defect, identify, known, unless_errors};

/// Reads the remote object; `None` if it is gone, or if nothing is stored that could be read.
pub async fn read(resource: &dyn Resource, context: &Context, stored: Object) -> Result<Reply<Option<Object>>> {
    if stored.state.is_null() {
        return Ok(None.into());
    }
    let identity = stored.identity.clone();
    resource.notice(&stored.state);
    let Reply { value, warnings } = resource.read(context, stored).await?;
    let value = value.map(|object| settled(resource, object, identity)).transpose()?;
    Ok(Reply { value, warnings })
}

/// Finds the object that the user names.
pub async fn import(
    resource: &dyn Resource,
    type_name: &str,
    context: &Context,
    target: Target,
) -> Result<Reply<Object>> {
    if let Target::Identity(identity) = &target {
        importable(resource, type_name, identity)?;
    }
    let Reply { value, warnings } = resource.import(context, target).await?;
    Ok(Reply { value: settled(resource, value, None)?, warnings })
}

/// Brings stored attributes into today's shape. Works offline and unconfigured.
pub fn upgrade(resource: &dyn Resource, type_name: &str, version: i64, stored: Json) -> Result<Value> {
    let schema = resource.schema();
    let id = stored.get("id").and_then(Json::as_str).map(|id| format!(" with the ID {id:?}")).unwrap_or_default();
    let refused = |why: String| {
        let text = format!(
            "The stored state of the `{type_name}`{id} can't be brought into today's shape: {why}. Use at least the version \
             of the provider that last applied this configuration; if the state was edited by hand, go back to the one \
             before."
        );
        Diagnostic::error("Could not upgrade the stored state", text)
    };
    if version > schema.version {
        let known = schema.version;
        return Err(
            refused(format!("its version is {version}, and this provider knows no later one than {known}")).into()
        );
    }
    let current = if version < schema.version { resource.upgrade(version, stored)? } else { stored };
    let state = json::decode(&current, schema.value_type(), json::Extras::Dropped);
    let state = state.map_err(|error| refused(error.to_string()))?;
    resource.notice(&state);
    Ok(conform::without_write_only(schema, state))
}

/// Takes over an object of another type or provider. Works unconfigured.
///
/// The same type under another address is an upgrade: some hosts ask in this way after a provider has moved.
pub fn move_state(
    resource: &dyn Resource,
    type_name: &str,
    source: MoveSource,
    source_private: Vec<u8>,
) -> Result<Reply<Object>> {
    if let Some(Reply { value: object, warnings }) = resource.move_from(&source)? {
        let (state, mut found) = present(resource, object.state);
        let identity = match object.identity {
            Some(identity) => {
                let (identity, flaws) = identify(resource, Some(identity), None);
                found.extend(flaws);
                identity
            }
            // The read that follows a move fills it in.
            None => None,
        };
        let value = Object { state, private: object.private, identity };
        return unless_errors(Reply { value, warnings }, found);
    }
    if source.type_name == type_name {
        let state = upgrade(resource, type_name, source.schema_version, source.state)?;
        return Ok(Object { state, private: source_private, identity: None }.into());
    }
    let text = format!(
        "The resource type `{}` of the provider {} can't become the type `{type_name}`. Remove the `moved` block, take the old \
         resource out of state with a `removed` block and import the object instead.",
        source.type_name, source.provider
    );
    Err(Diagnostic::error("Could not move the object", text).into())
}

/// Refuses an identity that does not say what an import needs.
fn importable(resource: &dyn Resource, type_name: &str, identity: &Value) -> Result<()> {
    let refused = |why: &str| {
        let text = format!("The type `{type_name}` can't be imported by this identity: {why}.");
        Diagnostic::error("Could not import by identity", text)
    };
    let Some(schema) = resource.identity() else {
        return Err(refused("this type has none; import it by its ID").into());
    };
    let missing = |name: &str| identity.get(name).is_null() || !identity.get(name).is_wholly_known();
    let missing: Diagnostics = schema
        .attributes
        .iter()
        .filter(|attribute| attribute.required_for_import && missing(&attribute.name))
        .map(|attribute| refused(&format!("it has no `{}`; give it one, or import by `id`", attribute.name)))
        .collect();
    unless_errors((), missing)
}

/// Makes an object that exists what the host demands of one.
fn settled(resource: &dyn Resource, object: Object, stored_identity: Option<Value>) -> Result<Object> {
    let (state, mut found) = present(resource, object.state);
    let (identity, flaws) = identify(resource, object.identity, stored_identity);
    found.extend(flaws);
    unless_errors(Object { state, private: object.private, identity }, found)
}

/// Makes the attributes of an object that exists what the host demands, and says what did not fit.
pub(super) fn present(resource: &dyn Resource, state: Value) -> (Value, Diagnostics) {
    if state.is_null() {
        let text = "It said that there is an object, and returned none.";
        return (state, defect("The provider's answer contradicts itself", text).into());
    }
    let (state, mut found) = complete(resource, state);
    let (state, flaws) = known(state);
    found.extend(flaws);
    (state, found)
}
