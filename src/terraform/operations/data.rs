//! Data sources: judging a configuration, and reading what it names.

use super::super::{
    AttributePath, Context, DataSource, Diagnostic, Diagnostics, Reply, Result, Schema, Step, Value, conform,
};
use super::{defect, known, misfit, unless_errors};

/// Judges a configuration offline.
pub fn validate_data(source: &dyn DataSource, config: &Value) -> Diagnostics {
    placed(source.schema(), source.validate(config))
}

/// Looks up what `config` names. The answer is complete and wholly known.
pub async fn read_data(source: &dyn DataSource, context: &Context, config: Value) -> Result<Reply<Value>> {
    let schema = source.schema();
    let Reply { value, warnings } =
        source.read(context, config).await.map_err(|diagnostics| placed(schema, diagnostics))?;
    let value = found(schema, value)?;
    Ok(Reply { value, warnings: placed(schema, warnings) })
}

/// Makes an answer what hosts demand of one that has no prior: an object, complete, of the schema's types, known.
pub(super) fn found(schema: &Schema, value: Value) -> Result<Value> {
    if value.is_null() {
        return Err(defect("The provider found nothing and did not say so", "Its answer has no value.").into());
    }
    let (value, misfits) = conform::fit(schema, value);
    let (value, unknown) = known(value);
    let mut told: Diagnostics = misfits.into_iter().map(misfit).collect();
    told.extend(unknown);
    unless_errors(value, told)
}

/// The messages, without paths that lead nowhere in this schema: advice about a failed call names the arguments of a
/// resource, which not everything that calls has.
pub(super) fn placed(schema: &Schema, diagnostics: Diagnostics) -> Diagnostics {
    let leads_somewhere = |diagnostic: &Diagnostic| match diagnostic.path.steps().first() {
        Some(Step::Attribute(name)) => schema.attributes.iter().any(|attribute| attribute.name == *name),
        _ => false,
    };
    let place = |diagnostic| {
        if leads_somewhere(&diagnostic) { diagnostic } else { diagnostic.at(AttributePath::root()) }
    };
    diagnostics.into_iter().map(place).collect()
}
