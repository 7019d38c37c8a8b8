//! What a walk does with one resource: refresh, plan, apply.

use bytes::Bytes;

use super::state::Instance;
use super::{Action, Applied, CoreError, Planned};
use crate::client::{ApplyRequest, Client, ObjectAnswer, PlanAnswer, PlanRequest, Report};
use crate::core::{check_apply, check_final_plan, check_plan, effective_replacements, proposed_new};
use crate::rule::{Authority, Rule};
use crate::schema::Resource;
use crate::value::{Path, Value, json};

/// Works on one resource over one connection.
pub(super) struct Worker<'a> {
    pub(super) client: &'a Client,
    pub(super) resource: &'a Resource,
    pub(super) plan_destroy: bool,
    pub(super) create_before_destroy: bool,
}

impl Worker<'_> {
    /// Brings a stored object to the current schema version, as before everything else that is done with it.
    pub(super) async fn upgrade(&self, instance: &mut Instance, identity_too: bool) -> Result<Report, CoreError> {
        // State files are pretty-printed, and so is what Core cuts out of them.
        let stored = format!("{:#}", json::to_json(&instance.state));
        let answer = self.client.upgrade_state(self.resource, instance.version, stored.as_bytes()).await?;
        let mut report = answer.report;
        if report.is_usable() && !answer.state.is_null() {
            instance.state = answer.state;
            instance.version = self.resource.object.version;
        }
        let version = self.resource.identity.as_ref().map_or(0, |identity| identity.version);
        if identity_too && instance.identity.is_none() && version > 0 {
            let (identity, more) = self.client.upgrade_identity(self.resource, version, None).await?;
            report.absorb(more);
            instance.identity = identity;
        }
        Ok(report)
    }

    /// Reads the remote object; nothing when it is gone.
    pub(super) async fn refresh(&self, instance: Instance) -> Result<(Option<Instance>, Report), CoreError> {
        let Instance { state, private, identity, .. } = &instance;
        let ObjectAnswer { state, private, identity, report } =
            self.client.read(self.resource, state, private, identity.as_ref()).await?;
        if !report.is_usable() {
            return Ok((Some(instance), report));
        }
        let refreshed = (!state.is_null()).then_some(Instance { state, private, identity, ..instance });
        Ok((refreshed, report))
    }

    /// Plans what leads from a stored object to a configuration.
    pub(super) async fn plan(&self, instance: Option<&Instance>, config: &Value) -> Result<Planned, CoreError> {
        let mut planned = Planned::none(instance, config);
        planned.report = self.client.validate_resource(self.resource, config).await?;
        if planned.report.is_usable() {
            self.plan_change(&mut planned, Bytes::new()).await?;
        }
        Ok(planned)
    }

    /// Plans the destruction of a stored object.
    pub(super) async fn plan_destruction(&self, instance: &Instance) -> Result<Planned, CoreError> {
        let mut planned = Planned::none(Some(instance), &Value::Null);
        planned.action = Some(Action::Delete);
        planned.planned_private.clone_from(&instance.private);
        if !self.plan_destroy {
            return Ok(planned);
        }
        let answer = self.ask(&planned, &instance.state, instance.private.clone(), Bytes::new()).await?;
        let mut report = answer.report;
        report.violations.extend(check_plan(
            &self.resource.object.block,
            &instance.state,
            &Value::Null,
            &answer.state,
            true,
        ));
        if answer.private != instance.private {
            report.violate(Rule::DestroyPlanPrivate, "PlanResourceChange", &Path::root(), "other private bytes");
        }
        planned.planned_private = answer.private;
        planned.planned_identity = answer.identity;
        planned.report = report;
        Ok(planned)
    }

    /// Applies a plan with a configuration that is wholly known by now.
    pub(super) async fn apply(&self, planned: &Planned, config: &Value) -> Result<Applied, CoreError> {
        let mut applied =
            Applied { action: planned.action, instance: planned.instance.clone(), report: Report::default() };
        if !planned.is_accepted() {
            return Ok(applied);
        }
        match (planned.action, &planned.instance) {
            (None | Some(Action::NoOp), _) => {}
            (Some(Action::Delete), Some(instance)) => {
                let mut instance = instance.clone();
                applied.report.absorb(self.upgrade(&mut instance, false).await?);
                self.delete(&mut applied, &instance, planned.planned_private.clone()).await?;
            }
            (Some(Action::Replace), Some(instance)) if self.create_before_destroy => {
                applied.instance = None;
                self.create_or_update(&mut applied, planned, None, config).await?;
                let created = applied.instance.take();
                let mut deposed = instance.clone();
                applied.report.absorb(self.upgrade(&mut deposed, false).await?);
                let destruction = self.plan_destruction(&deposed).await?;
                applied.report.absorb(destruction.report);
                self.delete(&mut applied, &deposed, destruction.planned_private).await?;
                applied.instance = created;
            }
            (Some(Action::Replace), Some(instance)) => {
                // The destruction gets the private bytes of the plan that creates the successor.
                self.delete(&mut applied, instance, planned.planned_private.clone()).await?;
                if applied.instance.is_none() {
                    self.create_or_update(&mut applied, planned, None, config).await?;
                }
            }
            (Some(_), instance) => {
                let mut instance = instance.clone();
                if let Some(instance) = &mut instance {
                    applied.report.absorb(self.upgrade(instance, false).await?);
                }
                self.create_or_update(&mut applied, planned, instance.as_ref(), config).await?;
            }
        }
        Ok(applied)
    }

    async fn plan_change(&self, planned: &mut Planned, planned_private: Bytes) -> Result<(), CoreError> {
        let block = &self.resource.object.block;
        // A tainted object is planned as if there were none, its private bytes are not passed on.
        let living = planned.instance.as_ref().filter(|instance| !instance.tainted).cloned();
        let (prior, prior_private) = match &living {
            Some(instance) => (instance.state.clone(), instance.private.clone()),
            None => (Value::Null, Bytes::new()),
        };
        let answer = self.ask(planned, &prior, prior_private, planned_private.clone()).await?;
        let readable = answer.report.is_usable();
        planned.take(answer);
        if !readable {
            return Ok(());
        }
        let computed_blocks = self.client.capabilities().computed_blocks;
        let violations = check_plan(block, &prior, &planned.config, &planned.planned, computed_blocks);
        planned.report.violations.extend(violations);
        let (replacements, violations) =
            effective_replacements(block, &prior, &planned.planned, &planned.requires_replace);
        planned.report.violations.extend(violations);
        planned.requires_replace = replacements;
        planned.action = Some(match &living {
            None if planned.instance.is_some() => Action::Replace,
            None => Action::Create,
            Some(_) if planned.planned == prior => Action::NoOp,
            Some(_) if planned.requires_replace.is_empty() => Action::Update,
            Some(_) => Action::Replace,
        });
        if planned.action == Some(Action::Replace) && living.is_some() {
            let first_private = planned.planned_private.clone();
            let answer = self.ask(planned, &Value::Null, first_private, planned_private).await?;
            let requires_replace = planned.requires_replace.clone();
            planned.take(answer);
            planned.requires_replace = requires_replace;
        }
        Ok(())
    }

    async fn ask(
        &self,
        planned: &Planned,
        prior: &Value,
        prior_private: Bytes,
        planned_private: Bytes,
    ) -> Result<PlanAnswer, CoreError> {
        let block = &self.resource.object.block;
        let request = PlanRequest {
            prior: prior.clone(),
            config: planned.config.clone(),
            proposed: proposed_new(block, prior, &planned.config),
            prior_private,
            // In the second plan of a replacement Terraform sends the old object's identity beside a null prior state.
            prior_identity: planned.instance.as_ref().and_then(|instance| instance.identity.clone()),
            planned_private,
        };
        Ok(self.client.plan(self.resource, &request).await?)
    }

    async fn create_or_update(
        &self,
        applied: &mut Applied,
        planned: &Planned,
        instance: Option<&Instance>,
        config: &Value,
    ) -> Result<(), CoreError> {
        let validation = self.client.validate_resource(self.resource, config).await?;
        let valid = validation.is_usable();
        applied.report.absorb(validation);
        if !valid {
            return Ok(());
        }
        let mut last = Planned::none(instance, config);
        self.plan_change(&mut last, planned.planned_private.clone()).await?;
        let wanted = if instance.is_none() { Some(Action::Create) } else { planned.action };
        if last.report.is_usable() {
            let violations = check_final_plan(&self.resource.object.block, &planned.planned, &last.planned);
            last.report.violations.extend(violations);
            let became_nothing = wanted == Some(Action::Update) && last.action == Some(Action::NoOp);
            if last.action != wanted && !became_nothing {
                let detail = format!("{wanted:?} became {:?}", last.action);
                last.report.violate(Rule::FinalPlanAction, "PlanResourceChange", &Path::root(), detail);
            }
        }
        let accepted = last.is_accepted();
        applied.report.absorb(std::mem::take(&mut last.report));
        if !accepted || last.action == Some(Action::NoOp) {
            return Ok(());
        }
        let request = ApplyRequest {
            prior: instance.map_or(Value::Null, |instance| instance.state.clone()),
            planned: last.planned.clone(),
            config: config.clone(),
            private: last.planned_private,
            identity: last.planned_identity.or_else(|| instance.and_then(|instance| instance.identity.clone())),
        };
        let ObjectAnswer { state, private, identity, mut report } = self.client.apply(self.resource, &request).await?;
        if report.is_usable() {
            report.violations.extend(check_apply(&self.resource.object.block, &last.planned, &state));
        }
        let failed = !report.is_usable() || report.violations.iter().any(|it| it.rule.authority() == Authority::Client);
        let leaked = report.violations.iter().any(|violation| violation.rule == Rule::WriteOnlyReturned);
        if !state.is_null() && !leaked {
            // What is still unknown is stored as null.
            let state = state.without_unknown();
            let tainted = failed && instance.is_none();
            let version = self.resource.object.version;
            applied.instance = Some(Instance { version, state, private, identity, tainted });
        }
        applied.report.absorb(report);
        Ok(())
    }

    async fn delete(&self, applied: &mut Applied, instance: &Instance, private: Bytes) -> Result<(), CoreError> {
        let request = ApplyRequest {
            prior: instance.state.clone(),
            planned: Value::Null,
            config: Value::Null,
            private,
            identity: instance.identity.clone(),
        };
        let ObjectAnswer { state, private, identity, mut report } = self.client.apply(self.resource, &request).await?;
        let failed = !report.is_usable();
        if !failed && !state.is_null() {
            report.violate(Rule::DeleteReturnedObject, "ApplyResourceChange", &Path::root(), "an object");
        }
        applied.report.absorb(report);
        applied.instance = match (failed, state.is_null()) {
            (false, true) => None,
            (true, true) => Some(instance.clone()),
            (_, false) => Some(Instance { state, private, identity, ..instance.clone() }),
        };
        Ok(())
    }
}
