//! What a plan and an apply come to for one resource.

use bytes::Bytes;

use super::state::Instance;
use crate::client::{PlanAnswer, Report};
use crate::rule::Authority;
use crate::value::{Path, Value};

/// Says what a plan does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// Makes a new object.
    Create,
    /// Changes the object in place.
    Update,
    /// Destroys the object and makes a new one, or the other way round.
    Replace,
    /// Destroys the object.
    Delete,
}

/// Is the plan of one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What will be done; nothing when the plan failed before that was clear.
    pub action: Option<Action>,
    /// The configuration that was planned for; null for a destruction.
    pub config: Value,
    /// The stored object after the refresh, and so what the plan starts from.
    pub instance: Option<Instance>,
    /// Whether the refresh found something else than what was stored.
    pub drifted: bool,
    /// The planned state.
    pub planned: Value,
    /// The attributes that make a new object necessary.
    pub requires_replace: Vec<Path>,
    /// The private bytes that go with the plan.
    pub planned_private: Bytes,
    /// The planned identity.
    pub planned_identity: Option<Value>,
    /// What the provider said, and the rules that it broke.
    pub report: Report,
}

/// Is the outcome of one resource in an apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// What was planned.
    pub action: Option<Action>,
    /// What is stored now.
    pub instance: Option<Instance>,
    /// What the provider said, and the rules that it broke.
    pub report: Report,
}

impl Planned {
    pub(super) fn none(instance: Option<&Instance>, config: &Value) -> Self {
        Self {
            action: None,
            config: config.clone(),
            instance: instance.cloned(),
            drifted: false,
            planned: Value::Null,
            requires_replace: Vec::new(),
            planned_private: Bytes::new(),
            planned_identity: None,
            report: Report::default(),
        }
    }

    pub(super) fn take(&mut self, answer: PlanAnswer) {
        self.planned = answer.state;
        self.requires_replace = answer.requires_replace;
        self.planned_private = answer.private;
        self.planned_identity = answer.identity;
        self.report.absorb(answer.report);
    }

    /// Tells whether Core would go on with this plan: no errors, and no rule broken that a client checks.
    pub fn is_accepted(&self) -> bool {
        self.report.is_usable() && self.report.violations.iter().all(|it| it.rule.authority() != Authority::Client)
    }
}
