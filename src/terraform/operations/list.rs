//! Lists: judging what is asked for, and finding it.

use super::super::{Context, Diagnostic, Diagnostics, Found, ListResource, Resource, Result, Severity, Value};
use super::data::placed;
use super::existing::present;
use super::identify;

/// What to list.
#[derive(Clone, Debug)]
pub struct Listing {
    /// What the user wrote.
    pub config: Value,
    /// How many objects at most.
    pub limit: usize,
    /// Whether the attributes are wanted too, and not only the identities.
    pub with_state: bool,
}

/// One object of a list, or what is to be said where it can't be shown.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// What to call it before people.
    pub display_name: String,
    /// What identifies it; none only where it can't be shown.
    pub identity: Option<Value>,
    /// Its attributes, complete and known, where they are wanted.
    pub state: Option<Value>,
    /// Why it can't be shown. Warnings only, for the others can.
    pub warnings: Diagnostics,
}

/// Judges a configuration offline.
pub fn validate_list(list: &dyn ListResource, config: &Value) -> Diagnostics {
    placed(list.schema(), list.validate(config))
}

/// Finds the objects of `resource` that are wanted, `limit` at most.
///
/// Each comes with its identity, and with its attributes if they are wanted: hosts do not survive one without. So of an
/// object whose identity or attributes can't be told only a warning is left.
pub async fn list(
    list: &dyn ListResource,
    resource: &dyn Resource,
    context: &Context,
    listing: Listing,
) -> Result<Vec<Listed>> {
    let found = list.list(context, listing.config).await.map_err(|told| placed(list.schema(), told))?;
    let wanted = found.into_iter().take(listing.limit);
    Ok(wanted.map(|found| listed(resource, found, listing.with_state)).collect())
}

fn listed(resource: &dyn Resource, found: Found, with_state: bool) -> Listed {
    let Found { display_name, identity, state } = found;
    let (identity, mut flaws) = identify(resource, identity, None);
    let state = with_state.then_some(state).and_then(|state| match state {
        Ok(state) => {
            let (state, told) = present(resource, state);
            flaws.extend(told);
            Some(state)
        }
        Err(told) => {
            flaws.extend(told);
            None
        }
    });
    if !flaws.has_errors() {
        return Listed { display_name, identity, state, warnings: flaws };
    }
    let warning = |flaw| Diagnostic { severity: Severity::Warning, ..flaw };
    Listed { warnings: flaws.into_iter().map(warning).collect(), ..Listed::default() }
}
