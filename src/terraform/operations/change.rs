//! Changes: what will be, and making it so.

use super::super::{
    Applied, AttributePath, Context, Diagnostics, Object, Plan, Reply, Resource, Result, Value, planner,
};
use super::{complete, defect, identify, known, unless_errors};
use crate::terraform::conform;

/// A change that the host asks about or asks for.
#[derive(Clone, Debug)]
pub struct Change {
    /// What is stored now; null for a creation.
    pub prior: Value,
    /// What the user wrote, write-only values included; null for a destruction.
    pub config: Value,
    /// What will be: to be planned, the host's merge of both; to be applied, the plan. Null for a destruction.
    pub planned: Value,
    /// The provider's own bytes: to be planned, those stored; to be applied, those of the plan.
    pub private: Vec<u8>,
    /// The stored identity, if any.
    pub identity: Option<Value>,
}

/// What will be, as the host is told.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The attributes; null for a destruction.
    pub state: Value,
    /// Attributes of which the change needs a new object.
    pub replace: Vec<AttributePath>,
    /// The provider's own bytes, for the change and to be stored with it.
    pub private: Vec<u8>,
    /// The identity, known for an update only: hosts refuse or misread it in other plans.
    pub identity: Option<Value>,
}

/// Plans a change: by the schema, then by the resource.
///
/// A destruction is shown to the resource too, for it may warn or refuse; the plan of it is always the same.
pub async fn plan(resource: &dyn Resource, context: &Context, change: Change) -> Result<Reply<Planned>> {
    let Change { prior, config, planned: proposed, private: stored, identity } = change;
    let destroys = config.is_null();
    let proposal = planner::plan(resource.schema(), &prior, &config, &proposed);
    let plan = Plan {
        prior: prior.clone(),
        config,
        planned: proposal.planned,
        replace: proposal.replace,
        private: stored.clone(),
        identity: identity.clone(),
    };
    let Reply { value: plan, warnings } = resource.plan(context, plan).await?;
    if destroys {
        let value = Planned { state: Value::Null, replace: Vec::new(), private: stored, identity: None };
        return Ok(Reply { value, warnings });
    }
    if plan.planned.is_null() {
        let text = "The configuration wants an object, and the provider plans none.";
        return Err(defect("The provider planned nothing for a configuration", text).into());
    }
    let (state, mut found) = complete(resource, plan.planned);
    let mut replace = if prior.is_null() || state == prior { Vec::new() } else { plan.replace };
    replace.sort();
    replace.dedup();
    let updates = !prior.is_null() && replace.is_empty();
    let identity = if updates && identity.is_some() {
        let (identity, flaws) = identify(resource, plan.identity, identity);
        found.extend(flaws);
        identity
    } else {
        None
    };
    // What is stored must reach the change and outlive it; a plan may add to it and never drops it.
    let private = if plan.private.is_empty() { stored } else { plan.private };
    unless_errors(Reply { value: Planned { state, replace, private, identity }, warnings }, found)
}

/// Carries out a planned change: a creation, an update or a deletion.
///
/// Whatever goes wrong, the answer says what exists remotely as well as it is known, so that nothing is lost.
pub async fn apply(resource: &dyn Resource, context: &Context, change: Change) -> Applied {
    let Change { prior, config, planned, private, identity } = change;
    // A creation may be the second half of a replacement: what identified the old object is not the new one's.
    let (stored_private, stored_identity) = (private.clone(), identity.clone().filter(|_| !prior.is_null()));
    let deletes = planned.is_null();
    let applied = if deletes {
        resource.delete(context, Object { state: prior, private, identity }).await
    } else {
        let creates = prior.is_null();
        let plan = Plan { prior, config, planned, replace: Vec::new(), private, identity };
        if creates { resource.create(context, plan).await } else { resource.update(context, plan).await }
    };
    settle(resource, applied, deletes, stored_private, stored_identity)
}

fn settle(
    resource: &dyn Resource,
    applied: Applied,
    deletes: bool,
    stored_private: Vec<u8>,
    stored_identity: Option<Value>,
) -> Applied {
    let Applied { state, private, identity, mut diagnostics } = applied;
    let failed = diagnostics.has_errors();
    let (state, flaws) = complete(resource, state);
    diagnostics.extend(flaws);
    // Of an object whose change failed half-way nothing more can be known; that is no defect.
    let (state, flaws) = if failed { (conform::nulls_for_unknowns(state), Diagnostics::none()) } else { known(state) };
    diagnostics.extend(flaws);
    if !failed && deletes != state.is_null() {
        let text = if deletes {
            "The provider said that the object is deleted, and still returned it."
        } else {
            "The provider said that the change is done, and returned no object."
        };
        diagnostics.push(defect("The provider's answer contradicts itself", text));
    }
    if state.is_null() {
        return Applied { state, private: Vec::new(), identity: None, diagnostics };
    }
    let (identity, flaws) = identify(resource, identity, stored_identity);
    diagnostics.extend(flaws);
    // The host stores these bytes even if the change failed; a resource that had no time for them must not erase them.
    let private = if failed && private.is_empty() { stored_private } else { private };
    Applied { state, private, identity, diagnostics }
}
