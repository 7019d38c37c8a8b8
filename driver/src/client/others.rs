//! The calls about ephemeral resources, lists and actions.

use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::reading::Expect::Known;
use super::{CallError, Client, Path, Report, Resource, Rule, Value, dynamic, wire};
use crate::schema::Object;

/// Is the answer of opening an ephemeral resource.
#[derive(Debug, Clone, PartialEq)]
pub struct EphemeralAnswer {
    /// What was opened.
    pub result: Value,
    /// The bytes to renew and close it with.
    pub private: Option<Bytes>,
    /// When to renew it.
    pub renew_at: Option<SystemTime>,
    /// What came with it.
    pub report: Report,
}

/// Is the answer of renewing an ephemeral resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewAnswer {
    /// The bytes to renew it with the next time.
    pub private: Option<Bytes>,
    /// When to renew it the next time.
    pub renew_at: Option<SystemTime>,
    /// What came with it.
    pub report: Report,
}

/// Says what to list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The configuration of the list.
    pub config: Value,
    /// Whether whole objects are wanted, not only identities.
    pub include_objects: bool,
    /// How many at most.
    pub limit: i64,
}

/// Is one listed object.
#[derive(Debug, Clone, PartialEq)]
pub struct ListEvent {
    /// What identifies it.
    pub identity: Option<Value>,
    /// What to call it before users.
    pub display_name: String,
    /// Its state, where asked for.
    pub object: Option<Value>,
    /// What came with it.
    pub report: Report,
}

/// Is one event of a running action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionEvent {
    /// Tells how far it is.
    Progress(String),
    /// Tells that it is over.
    Completed,
}

/// Is what an action did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvokeAnswer {
    /// The events in order.
    pub events: Vec<ActionEvent>,
    /// What came with them.
    pub report: Report,
}

impl Client {
    /// Lets the provider validate the configuration of an ephemeral resource.
    pub async fn validate_ephemeral(&self, ephemeral: &Object, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ValidateEphemeralResourceConfig";
        let request = wire::validate_ephemeral_resource_config::Request {
            type_name: ephemeral.name.clone(),
            config: Some(dynamic(config)),
        };
        let answer = self.raw().validate_ephemeral_resource_config(request).await;
        let answer = answer.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&ephemeral.block)))
    }

    /// Opens an ephemeral resource.
    pub async fn open(&self, ephemeral: &Object, config: &Value) -> Result<EphemeralAnswer, CallError> {
        const CALL: &str = "OpenEphemeralResource";
        let request = wire::open_ephemeral_resource::Request {
            type_name: ephemeral.name.clone(),
            config: Some(dynamic(config)),
            // Terraform sets none of them here.
            client_capabilities: Some(wire::ClientCapabilities::default()),
        };
        let answer = self.raw().open_ephemeral_resource(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, Some(&ephemeral.block));
        report.not_deferred(CALL, answer.deferred.as_ref());
        let result = report.object(CALL, answer.result.as_ref(), &ephemeral.block, Known);
        report.not_null(CALL, &result);
        for path in crate::core::unechoed(&ephemeral.block, config, &result) {
            report.violate(Rule::EphemeralConfigChanged, CALL, &path, "not as configured");
        }
        let renew_at = report.renewal(CALL, answer.renew_at);
        Ok(EphemeralAnswer { result, private: answer.private, renew_at, report })
    }

    /// Renews an ephemeral resource.
    pub async fn renew(&self, ephemeral: &Object, private: Option<Bytes>) -> Result<RenewAnswer, CallError> {
        const CALL: &str = "RenewEphemeralResource";
        let request = wire::renew_ephemeral_resource::Request { type_name: ephemeral.name.clone(), private };
        let answer = self.raw().renew_ephemeral_resource(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, None);
        let renew_at = report.renewal(CALL, answer.renew_at);
        Ok(RenewAnswer { private: answer.private, renew_at, report })
    }

    /// Closes an ephemeral resource.
    pub async fn close(&self, ephemeral: &Object, private: Option<Bytes>) -> Result<Report, CallError> {
        const CALL: &str = "CloseEphemeralResource";
        let request = wire::close_ephemeral_resource::Request { type_name: ephemeral.name.clone(), private };
        let answer = self.raw().close_ephemeral_resource(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, None))
    }

    /// Lets the provider validate the configuration of a list.
    pub async fn validate_list(&self, list: &Object, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ValidateListResourceConfig";
        let request = wire::validate_list_resource_config::Request {
            type_name: list.name.clone(),
            config: Some(dynamic(config)),
            // Terraform never sends these two.
            include_resource_object: None,
            limit: None,
        };
        let answer =
            self.raw().validate_list_resource_config(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&list.block)))
    }

    /// Lists objects of a resource type. Stops reading one event after the limit, as a sign that there were too many.
    pub async fn list(
        &self,
        list: &Object,
        resource: &Resource,
        listing: &Listing,
    ) -> Result<Vec<ListEvent>, CallError> {
        const CALL: &str = "ListResource";
        let request = wire::list_resource::Request {
            type_name: list.name.clone(),
            config: Some(dynamic(&listing.config)),
            include_resource_object: listing.include_objects,
            limit: listing.limit,
        };
        let mut stream = self.raw().list_resource(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut events = Vec::new();
        let mut found = 0;
        while let Some(event) = stream.message().await.map_err(CallError::from(CALL))? {
            let mut report = Report::new(CALL, &event.diagnostic, None);
            let identity = report.identity(CALL, event.identity.as_ref(), resource);
            let object = event.resource_object.as_ref();
            let object = object.map(|object| report.object(CALL, Some(object), &resource.object.block, Known));
            if identity.is_none() && report.diagnostics.is_empty() {
                report.violate(Rule::ListIdentityMissing, CALL, &Path::root(), "an event without identity");
            }
            if listing.include_objects && identity.is_some() && object.as_ref().is_none_or(Value::is_null) {
                report.violate(Rule::ListObjectMissing, CALL, &Path::root(), "an event without object");
            }
            found += i64::from(identity.is_some());
            if found > listing.limit {
                report.violate(Rule::ListOverLimit, CALL, &Path::root(), format!("more than {}", listing.limit));
            }
            let over = found > listing.limit;
            events.push(ListEvent { identity, display_name: event.display_name, object, report });
            if over {
                break;
            }
        }
        Ok(events)
    }

    /// Lets the provider validate the configuration of an action.
    pub async fn validate_action(&self, action: &Object, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ValidateActionConfig";
        let request =
            wire::validate_action_config::Request { type_name: action.name.clone(), config: Some(dynamic(config)) };
        let answer = self.raw().validate_action_config(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&action.block)))
    }

    /// Asks whether an action can run.
    pub async fn plan_action(&self, action: &Object, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "PlanAction";
        let request = wire::plan_action::Request {
            action_type: action.name.clone(),
            config: Some(dynamic(config)),
            client_capabilities: Some(self.capabilities.wire()),
        };
        let answer = self.raw().plan_action(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, Some(&action.block));
        report.not_deferred(CALL, answer.deferred.as_ref());
        Ok(report)
    }

    /// Runs an action to its end.
    pub async fn invoke(&self, action: &Object, config: &Value) -> Result<InvokeAnswer, CallError> {
        self.invoke_and_stop(action, config, usize::MAX).await
    }

    /// Runs an action and asks the provider to stop after a number of events; only its completion may follow.
    pub async fn invoke_and_stop(
        &self,
        action: &Object,
        config: &Value,
        stop_after: usize,
    ) -> Result<InvokeAnswer, CallError> {
        const CALL: &str = "InvokeAction";
        let request = wire::invoke_action::Request {
            action_type: action.name.clone(),
            config: Some(dynamic(config)),
            client_capabilities: Some(self.capabilities.wire()),
        };
        let mut stream = self.raw().invoke_action(request).await.map_err(CallError::from(CALL))?.into_inner();
        let mut answer = InvokeAnswer { events: Vec::new(), report: Report::default() };
        let mut after_stop = 0;
        let mut stopped = false;
        loop {
            if !stopped && answer.events.len() >= stop_after {
                self.stop().await?;
                stopped = true;
            }
            let Some(event) = stream.message().await.map_err(CallError::from(CALL))? else { break };
            after_stop += usize::from(stopped);
            if let Some(event) = answer.report.event(CALL, event.r#type, &action.block) {
                answer.events.push(event);
            }
        }
        let completions = answer.events.iter().filter(|event| **event == ActionEvent::Completed).count();
        if completions != 1 || answer.events.last() != Some(&ActionEvent::Completed) {
            answer.report.violate(Rule::ActionCompletion, CALL, &Path::root(), format!("{completions} completions"));
        }
        if after_stop > 1 {
            answer.report.violate(Rule::ActionAfterStop, CALL, &Path::root(), format!("{after_stop} events"));
        }
        Ok(answer)
    }
}

impl Report {
    fn renewal(&mut self, call: &'static str, renew_at: Option<prost_types::Timestamp>) -> Option<SystemTime> {
        let moment = renew_at.map(|at| SystemTime::try_from(at).unwrap_or(SystemTime::UNIX_EPOCH))?;
        // A second or two are as good as the past: the answer has been under way.
        if moment < SystemTime::now() + Duration::from_secs(1) {
            self.violate(Rule::RenewInPast, call, &Path::root(), "renew_at is not ahead");
        }
        Some(moment)
    }

    fn event(
        &mut self,
        call: &'static str,
        event: Option<wire::invoke_action::event::Type>,
        block: &crate::schema::Block,
    ) -> Option<ActionEvent> {
        use wire::invoke_action::event::Type;
        match event {
            None => {
                self.violate(Rule::ActionEventEmpty, call, &Path::root(), "an event that is nothing");
                None
            }
            Some(Type::Progress(progress)) => {
                if progress.message.is_empty() {
                    self.violate(Rule::ActionEventEmpty, call, &Path::root(), "a progress that says nothing");
                }
                Some(ActionEvent::Progress(progress.message))
            }
            Some(Type::Completed(completed)) => {
                self.absorb(Self::new(call, &completed.diagnostics, Some(block)));
                Some(ActionEvent::Completed)
            }
        }
    }
}
