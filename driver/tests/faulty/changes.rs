//! How the toy provider plans and makes changes.

use std::sync::atomic::Ordering;

use bytes::Bytes;
use plugin_driver::client::dynamic;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::value::Value;
use tonic::Status;

use super::Fault;
use super::distort::path;
use super::planning::{fill_unknown, make};
use super::provider::{PRIVATE, Toy};
use super::schema::{PLAIN, THING};
use super::wrap::{error, identity, identity_of, value};

/// Holds the three values of a plan request.
struct Request3 {
    prior: Value,
    config: Value,
    proposed: Value,
}

impl Toy {
    /// Plans a change.
    pub(super) fn plan(
        &self,
        request: &wire::plan_resource_change::Request,
    ) -> Result<wire::plan_resource_change::Response, Status> {
        let kind = self.block(&request.type_name)?.kind();
        let values = Request3 {
            prior: value(request.prior_state.as_ref(), &kind)?,
            config: value(request.config.as_ref(), &kind)?,
            proposed: value(request.proposed_new_state.as_ref(), &kind)?,
        };
        let (mut planned_private, mut requires_replace) = (request.prior_private.clone(), Vec::new());
        let mut planned_identity = if values.prior.is_null() { None } else { request.prior_identity.clone() };
        let planned = if values.proposed.is_null() {
            if self.has(Fault::DestroyPlanPrivate) {
                planned_private = Bytes::from_static(b"other");
            }
            if self.has(Fault::DestroyPlanKeeps) { values.prior.clone() } else { Value::Null }
        } else {
            if planned_private.is_empty() {
                planned_private = Bytes::from_static(PRIVATE);
            }
            let replan = !request.planned_private.is_empty();
            let capabilities = request.client_capabilities.unwrap_or_default();
            let planned = self.planned(&values, &request.type_name, !capabilities.computed_blocks_allowed)?;
            let changed = |name: &str| values.prior.get(name) != planned.get(name);
            requires_replace.extend(changed("region").then(|| path("region")));
            if self.has(Fault::ReplanReplaces) && replan {
                requires_replace.push(path("name"));
            }
            if self.has(Fault::ReplacesNothing) {
                requires_replace.push(path("nothing"));
            }
            match self.fault {
                Some(fault) if request.type_name == THING => fault.distort_plan(planned, replan),
                _ => planned,
            }
        };
        let unasked = self.has(Fault::PlanIdentityUnasked) && request.type_name == PLAIN;
        if unasked || self.has(Fault::PlanIdentityOnCreate) && request.type_name == THING {
            planned_identity = Some(identity(&Value::object([("id", Value::from("x"))])));
        }
        Ok(wire::plan_resource_change::Response {
            planned_state: Some(dynamic(&planned)),
            requires_replace,
            planned_private,
            diagnostics: Vec::new(),
            legacy_type_system: self.has(Fault::PlanLegacy),
            deferred: self.deferred(Fault::PlanDeferred),
            planned_identity,
        })
    }

    /// Makes a change.
    pub(super) fn apply(
        &self,
        request: &wire::apply_resource_change::Request,
    ) -> Result<wire::apply_resource_change::Response, Status> {
        let block = self.block(&request.type_name)?;
        let prior = value(request.prior_state.as_ref(), &block.kind())?;
        let planned = value(request.planned_state.as_ref(), &block.kind())?;
        let id_of = |state: &Value| state.get("id").and_then(Value::as_text).unwrap_or_default().to_owned();
        let name = if planned.is_null() { prior.get("name") } else { planned.get("name") };
        // A name asks for a failure: before anything is done, after the object was made, or of the destruction.
        let failure = match name.and_then(Value::as_text) {
            Some("fails early") if !planned.is_null() => Some(Value::Null),
            Some("fails late") if prior.is_null() => {
                Some(planned.without_unknown().with("id", Value::from("half-made")))
            }
            Some("stays") if planned.is_null() => Some(prior.clone()),
            _ => None,
        };
        if let Some(state) = failure {
            if planned.is_null() || !state.is_null() {
                self.objects().insert(id_of(&state), state.clone());
            }
            return Ok(wire::apply_resource_change::Response {
                new_identity: identity_of(&request.type_name, &state),
                new_state: Some(dynamic(&state)),
                private: request.planned_private.clone(),
                diagnostics: vec![error("It failed")],
                legacy_type_system: false,
            });
        }
        let (state, private) = if planned.is_null() {
            self.objects().remove(&id_of(&prior));
            (if self.has(Fault::DeleteReturns) { prior } else { Value::Null }, request.planned_private.clone())
        } else {
            let made = self.made.fetch_add(1, Ordering::Relaxed);
            let state = make(&planned, &block.kind(), &format!("made-{made}"));
            self.objects().insert(id_of(&state), state.clone());
            let private =
                if self.has(Fault::ApplyPrivateErased) { Bytes::new() } else { request.planned_private.clone() };
            let distorted = match self.fault {
                Some(fault) if request.type_name == THING => fault.distort_applied(state),
                _ => state,
            };
            (distorted, private)
        };
        let new_identity = identity_of(&request.type_name, &state).filter(|_| !self.has(Fault::ApplyIdentityMissing));
        Ok(wire::apply_resource_change::Response {
            new_state: Some(dynamic(&state)),
            private,
            diagnostics: Vec::new(),
            legacy_type_system: self.has(Fault::ApplyLegacy),
            new_identity,
        })
    }

    fn planned(&self, request: &Request3, type_name: &str, old_client: bool) -> Result<Value, Status> {
        let block = self.block(type_name)?;
        let proposed = block.without_write_only(&request.proposed);
        let mut planned = fill_unknown(block, &request.config, &proposed);
        if let (Value::Object(members), true) = (&mut planned, type_name == THING) {
            let nothing = members.get("filled").is_none_or(Value::is_null);
            if old_client && !self.has(Fault::PlanFillsBlocksForOldClients) {
                members.insert("filled".to_owned(), Value::List(Vec::new()));
            } else if nothing {
                let prior = request.prior.get("filled").filter(|prior| !prior.is_null());
                let fresh = Value::List(vec![Value::object([("info", Value::unknown())])]);
                members.insert("filled".to_owned(), prior.cloned().unwrap_or(fresh));
            }
        }
        Ok(planned)
    }
}
