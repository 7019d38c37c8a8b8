//! The operations of the matrix: what comes before the fault, the request that it meets, what is done, and how it must
//! look in the end.

use plugin_driver::client::Report;
use plugin_driver::session::{Action, Core};
use plugin_driver::value::Value;
use serde_json::{Value as Json, json};

use crate::provider::{Provider, assert_clean};
use crate::relay::{Act, Plan, Point};
use crate::server::{KIND, RESOURCE, rotation};

/// What a user or a plan asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    /// The login before the first call.
    Login,
    /// A refresh of one rotation.
    Read,
    /// A refresh of several rotations of one project.
    List,
    /// A creation.
    Create,
    /// A change in place.
    Update,
    /// A destruction.
    Delete,
    /// A destruction that revokes what was issued.
    Revoke,
    /// A rotation by its triggers.
    Rotate,
    /// A look at the credentials themselves.
    Credentials,
}

/// What an operation came to.
pub(crate) struct Outcome {
    /// What was told.
    pub(crate) report: Report,
    /// What a plan made of it, where there was one.
    pub(crate) action: Option<Action>,
}

impl Operation {
    /// The operation that the table calls so.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "login" => Self::Login,
            "read" => Self::Read,
            "list" => Self::List,
            "create" => Self::Create,
            "update" => Self::Update,
            "delete" => Self::Delete,
            "revoke" => Self::Revoke,
            "rotate" => Self::Rotate,
            "credentials" => Self::Credentials,
            other => panic!("no operation is called {other:?}"),
        }
    }

    /// The method and route of the request that the fault meets.
    pub(crate) fn request(self) -> (&'static str, &'static str) {
        match self {
            Self::Login => ("POST", "/api/v1/auth/universal-auth/login"),
            Self::Read => ("GET", "/api/v2/secret-rotations/redis-credentials/{rotation}"),
            Self::List => ("GET", "/api/v2/secret-rotations"),
            Self::Create => ("POST", "/api/v2/secret-rotations/redis-credentials"),
            Self::Update => ("PATCH", "/api/v2/secret-rotations/redis-credentials/{rotation}"),
            Self::Delete | Self::Revoke => ("DELETE", "/api/v2/secret-rotations/redis-credentials/{rotation}"),
            Self::Rotate => ("POST", "/api/v2/secret-rotations/redis-credentials/{rotation}/rotate-secrets"),
            Self::Credentials => ("GET", "/api/v2/secret-rotations/redis-credentials/{rotation}/generated-credentials"),
        }
    }

    /// Where a relay leaves so that exactly this request is refused: after the answer before it. Nothing for the first
    /// request of all.
    pub(crate) fn comes_after(self) -> Option<Plan> {
        let after = |method, path| Some(Plan { method, path, number: 1, point: Point::After, act: Act::Leave });
        match self {
            Self::Login => None,
            Self::Read | Self::List | Self::Create | Self::Delete | Self::Revoke | Self::Credentials => {
                after("POST", "/login")
            }
            Self::Update | Self::Rotate => after("GET", "/redis-credentials/"),
        }
    }

    /// What exists before.
    fn before(self) -> Vec<Json> {
        match self {
            Self::Login | Self::Create => Vec::new(),
            Self::List => ["one", "two", "three"].map(rotation).into(),
            Self::Revoke => vec![with(&rotation("one"), "revoke_generated_credentials", json!(true))],
            _ => vec![rotation("one")],
        }
    }

    /// What is wanted.
    pub(crate) fn wanted(self) -> Vec<Json> {
        match self {
            Self::Login | Self::Create => vec![rotation("one")],
            Self::Update => vec![with(&rotation("one"), "rotation_interval", json!(60))],
            Self::Rotate => vec![with(&rotation("one"), "rotation_triggers", json!({ "reason": "test" }))],
            Self::Delete | Self::Revoke => Vec::new(),
            Self::Read | Self::List | Self::Credentials => self.before(),
        }
    }

    /// Whether nothing is to be left.
    pub(crate) fn destroys(self) -> bool {
        matches!(self, Self::Delete | Self::Revoke)
    }

    /// How many credentials have been issued when all is done.
    pub(crate) fn issued(self) -> usize {
        match self {
            Self::List => 3,
            Self::Rotate => 2,
            _ => 1,
        }
    }

    /// Brings about what exists before, with nothing going wrong.
    pub(crate) async fn prepare(self, provider: &mut Provider) {
        let configuration = provider.configuration(&self.before());
        for (address, applied) in provider.core.apply_all(&configuration).await.unwrap() {
            assert_clean(&applied.report, &format!("{self:?}: preparing {address}"));
        }
    }

    /// Does it, for better or worse.
    pub(crate) async fn act(self, provider: &mut Provider) -> Outcome {
        let outcome = |report, action| Outcome { report: unannounced([report]), action };
        let wanted = provider.configuration(&self.wanted());
        let core = &mut provider.core;
        match self {
            Self::Read | Self::List => {
                let mut all = Report::default();
                let mut action = None;
                for planned in core.plan_all(&wanted).await.unwrap().into_values() {
                    all.absorb(planned.report);
                    action = planned.action;
                }
                outcome(all, action)
            }
            Self::Credentials => outcome(credentials(core).await, None),
            Self::Delete | Self::Revoke => {
                let applied = core.destroy(RESOURCE, "one").await.unwrap();
                outcome(applied.report, applied.action)
            }
            _ => {
                let applied = core.apply(RESOURCE, "one", wanted.values().next().unwrap()).await.unwrap();
                outcome(applied.report, applied.action)
            }
        }
    }

    /// Does it again with nothing going wrong, as the user would. Returns what was told besides what had to be.
    pub(crate) async fn converge(self, provider: &mut Provider) -> Report {
        let wanted = provider.configuration(&self.wanted());
        let applied = provider.core.apply_all(&wanted).await.unwrap();
        unannounced(applied.into_values().map(|applied| applied.report))
    }
}

/// What reports tell besides what they tell on purpose: what a destruction does, and that a rotation failed before.
fn unannounced(reports: impl IntoIterator<Item = Report>) -> Report {
    let mut all = Report::default();
    reports.into_iter().for_each(|report| all.absorb(report));
    let announced = ["Destroying revokes the generated credentials", "The last rotation failed"];
    all.diagnostics.retain(|told| !announced.contains(&told.summary.as_str()));
    all
}

/// The same configuration with another argument.
fn with(config: &Json, name: &str, value: Json) -> Json {
    let mut config = config.clone();
    config[name] = value;
    config
}

/// Opens the credentials of what is in state.
async fn credentials(core: &mut Core) -> Report {
    let id = core.instance(RESOURCE, "one").unwrap().state.get("id").unwrap().clone();
    let phase = core.configured_phase().await.unwrap();
    let credentials = core.schema().ephemeral_resource("infisical_rotation_credentials").unwrap();
    let config = credentials.block.empty().with("id", id).with("type", Value::text(KIND));
    let opened = phase.client.open(credentials, &config).await.unwrap();
    let found = opened.result.get("credentials").is_some_and(|found| found.get("password").is_some());
    assert!(found || opened.report.has_errors());
    opened.report
}
