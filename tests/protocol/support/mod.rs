//! What the tests share: the provider as a process, and the conditions that every process must keep.

pub(crate) mod gate;
pub(crate) mod kinds;
pub(crate) mod server;

use std::time::Duration;

use bytes::Bytes;
use plugin_driver::client::{ApplyAnswer, ApplyRequest, Client, PlanAnswer, PlanRequest, Report};
use plugin_driver::core::{check_apply, check_plan, effective_replacements, proposed_new};
use plugin_driver::launch::{Finished, Launch, Process};
use plugin_driver::schema::{ProviderSchema, Resource};
use plugin_driver::session::list;
use plugin_driver::value::{Value, json};
use serde_json::Value as Json;

/// Long enough for any machine; a test that needs it has failed.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Prefixes of variables by which the environment of a developer or a runner would change what the provider does.
const FOREIGN: [&str; 7] =
    ["INFISICAL_", "TF_LOG", "PLUGIN_UNIX_", "PLUGIN_MULTIPLEX_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
/// The longest line that hosts read as one.
const LONGEST_LINE: usize = 60 * 1024;

/// The recipe of a provider process: the host's environment, and nothing that happens to be set on this machine.
pub(crate) fn launch() -> Launch {
    let inherited = std::env::vars_os().map(|(name, _)| name);
    let foreign = inherited.filter(|name| {
        let name = name.to_string_lossy().to_ascii_uppercase();
        FOREIGN.iter().any(|prefix| name.starts_with(prefix))
    });
    foreign.fold(Launch::new(env!("CARGO_BIN_EXE_terraform-provider-infisical")), Launch::without_environment)
}

/// A provider process that is connected to, as the host does it, and has told its schema.
pub(crate) struct Provider {
    pub(crate) process: Process,
    pub(crate) client: Client,
    pub(crate) schema: ProviderSchema,
}

impl Provider {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        Self::launched(&launch()).await
    }

    /// Starts one by another recipe.
    pub(crate) async fn launched(launch: &Launch) -> Self {
        let process = launch.start().await.unwrap();
        let client = Client::new(&process.connect().await.unwrap());
        let (schema, report) = client.schema().await.unwrap();
        assert_clean(&report);
        Self { process, client, schema }
    }

    /// Finds a resource type.
    pub(crate) fn resource(&self, name: &str) -> &Resource {
        self.schema.resource(name).unwrap()
    }

    /// Reads a provider block from JSON; what is left out is null.
    pub(crate) fn block(&self, block: &Json) -> Value {
        json::from_json(block, &self.schema.provider.kind()).unwrap()
    }

    /// Configures it without complaints.
    pub(crate) async fn configure(&self, block: &Json) {
        let block = self.block(block);
        assert_clean(&self.client.validate_provider(&self.schema, &block).await.unwrap());
        assert_clean(&self.client.configure(&self.schema, &block).await.unwrap());
    }

    /// Plans as the host does, and holds the answer to the host's rules.
    pub(crate) async fn plan(&self, resource: &Resource, prior: &Value, config: &Value) -> PlanAnswer {
        let request = plan_request(resource, prior, config);
        let mut answer = self.client.plan(resource, &request).await.unwrap();
        if answer.report.is_usable() {
            let block = &resource.object.block;
            answer.report.violations.extend(check_plan(block, prior, config, &answer.state, true));
            let (_, broken) = effective_replacements(block, prior, &answer.state, &answer.requires_replace);
            answer.report.violations.extend(broken);
        }
        answer
    }

    /// Applies a plan as the host does, and holds the answer to the host's rules.
    pub(crate) async fn apply(
        &self,
        resource: &Resource,
        prior: &Value,
        config: &Value,
        planned: &PlanAnswer,
    ) -> ApplyAnswer {
        let request = apply_request(prior, config, planned);
        let mut answer = self.client.apply(resource, &request).await.unwrap();
        if answer.report.is_usable() {
            let broken = check_apply(&resource.object.block, &planned.state, &answer.state);
            answer.report.violations.extend(broken);
        }
        answer
    }

    /// Plans and applies a change; returns the new state.
    pub(crate) async fn change(&self, resource: &Resource, prior: &Value, config: &Value) -> Value {
        let planned = self.plan(resource, prior, config).await;
        assert_succeeded(&planned.report);
        let applied = self.apply(resource, prior, config, &planned).await;
        assert_succeeded(&applied.report);
        applied.state
    }

    /// Ends the process as the host does. It keeps what every process must keep.
    pub(crate) async fn end(self) -> Finished {
        let Self { mut process, client, .. } = self;
        // The answer may get lost in the end of the process; hosts do not look at it.
        let _ = client.shutdown().await;
        assert_eq!(process.stdin_consumed().unwrap(), 0, "standard input is the host's");
        let finished = process.finish(LIMIT).await.unwrap();
        assert_orderly(&finished);
        finished
    }
}

/// What the host sends to plan a change.
pub(crate) fn plan_request(resource: &Resource, prior: &Value, config: &Value) -> PlanRequest {
    PlanRequest {
        prior: prior.clone(),
        config: config.clone(),
        proposed: proposed_new(&resource.object.block, prior, config),
        prior_private: Bytes::new(),
        prior_identity: None,
        planned_private: Bytes::new(),
    }
}

/// What the host sends to apply a plan.
pub(crate) fn apply_request(prior: &Value, config: &Value, planned: &PlanAnswer) -> ApplyRequest {
    ApplyRequest {
        prior: prior.clone(),
        planned: planned.state.clone(),
        config: config.clone(),
        private: planned.private.clone(),
        identity: None,
    }
}

/// Every process ends by itself, successfully, having said one line on stdout and proper log lines on stderr.
pub(crate) fn assert_orderly(finished: &Finished) {
    assert_eq!((finished.code, finished.killed), (Some(0), false), "{finished:?}");
    assert_eq!(finished.stdout.len(), 1, "{:?}", finished.stdout);
    for line in &finished.stderr {
        assert_log_line(line);
    }
}

/// A line of the log is a JSON object of texts, in the form that hosts parse.
pub(crate) fn assert_log_line(line: &str) {
    assert!(line.len() <= LONGEST_LINE, "{} bytes: {line:.200}", line.len());
    let Ok(Json::Object(object)) = serde_json::from_str(line) else { panic!("not an object: {line}") };
    assert!(object.values().all(Json::is_string), "{line}");
    let text = |name: &str| object.get(name).and_then(Json::as_str).unwrap_or_default();
    assert!(["trace", "debug", "info", "warn", "error"].contains(&text("@level")), "{line}");
    assert!(!text("@message").is_empty(), "{line}");
    let form: String =
        text("@timestamp").chars().map(|character| if character.is_ascii_digit() { '0' } else { character }).collect();
    assert_eq!(form, "0000-00-00T00:00:00.000000Z", "{line}");
}

/// Nothing is complained of and no rule is broken.
pub(crate) fn assert_clean(report: &Report) {
    assert!(report.diagnostics.is_empty() && !report.unreadable, "{:#?}", report.diagnostics);
    assert_lawful(report);
}

/// There are warnings at most, and no rule is broken.
pub(crate) fn assert_succeeded(report: &Report) {
    assert!(report.is_usable(), "{:#?}", report.diagnostics);
    assert_lawful(report);
}

/// There is an error, and no rule is broken.
pub(crate) fn assert_failed(report: &Report) {
    assert!(report.has_errors());
    assert_lawful(report);
}

/// All that a report says, for a look at its words.
pub(crate) fn words(report: &Report) -> String {
    let texts = report.diagnostics.iter().map(|told| format!("{}\n{}\n", told.summary, told.detail));
    texts.collect()
}

/// No rule of the protocol is broken.
pub(crate) fn assert_lawful(report: &Report) {
    assert!(report.violations.is_empty(), "\n{}", list(&report.violations));
}
