//! The story told by the driver, where no CLI is installed: the same provider process, the same protocol, the same
//! values as in the configuration, and Core's rules checked on the way. It is not Terraform, and says so.

use std::path::Path;

use plugin_driver::client::{Report, Severity};
use plugin_driver::launch::Launch;
use plugin_driver::session::{Action, Core, Planned};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

use crate::tools::{Failure, Outcome};

use super::sandbox::{self, Sandbox};
use super::{Teller, Variables};

const TYPE: &str = "infisical_redis_rotation";
const NAME: &str = "orders";

/// The driver with a state of its own.
pub(super) struct Told {
    runtime: Runtime,
    core: Core,
}

impl Told {
    /// The driver, with the provider and the sandbox's environment.
    pub(super) fn new(provider: &Path, sandbox: &Sandbox) -> Outcome<Self> {
        let runtime = Runtime::new().map_err(|error| Failure::failed(format!("no runtime: {error}")))?;
        let mut launch = Launch::new(provider);
        for (name, value) in sandbox.environment() {
            launch = launch.environment(name, value);
        }
        let core = runtime.block_on(Core::start(launch)).map_err(failed)?;
        Ok(Self { runtime, core })
    }

    /// What `examples/quickstart/main.tf` says, with these variables.
    fn config(variables: Variables) -> Json {
        json!({
            "name": "orders-cache",
            "project_id": sandbox::PROJECT_ID,
            "connection_id": sandbox::connection_id(),
            "environment": "dev",
            "secret_path": "/",
            "rotation_interval": variables.interval,
            "rotate_at_utc": {"hours": 3, "minutes": 30},
            "rotation_triggers": {"release": variables.release},
            "parameters": {"permission_scope": "~orders:* +@read +@write +ping"},
            "secrets_mapping": {"username": "ORDERS_REDIS_USERNAME", "password": "ORDERS_REDIS_PASSWORD"},
            "delete_secrets": true,
            "revoke_generated_credentials": true,
        })
    }

    fn planned(&mut self, variables: Variables) -> Outcome<Planned> {
        println!("  driver: plan {TYPE}.{NAME} (release {}, interval {})", variables.release, variables.interval);
        let config = self.core.config(TYPE, &Self::config(variables)).map_err(failed)?;
        self.runtime.block_on(self.core.plan(TYPE, NAME, &config)).map_err(failed)
    }
}

impl Teller for Told {
    fn plan(&mut self, variables: Variables) -> Outcome<bool> {
        let planned = self.planned(variables)?;
        accept("plan", &planned.report)?;
        println!("    {}", planned.action.map_or("no plan", describe));
        Ok(planned.action != Some(Action::NoOp))
    }

    fn apply(&mut self, variables: Variables) -> Outcome {
        println!("  driver: apply {TYPE}.{NAME} (release {})", variables.release);
        let config = self.core.config(TYPE, &Self::config(variables)).map_err(failed)?;
        let applied = self.runtime.block_on(self.core.apply(TYPE, NAME, &config)).map_err(failed)?;
        accept("apply", &applied.report)?;
        println!("    {}: done", applied.action.map_or("nothing", describe));
        Ok(())
    }

    fn refused(&mut self, variables: Variables) -> Outcome {
        let planned = self.planned(variables)?;
        if !planned.report.has_errors() {
            return Err(Failure::failed("the plan accepted what it should refuse"));
        }
        for diagnostic in planned.report.diagnostics.iter().filter(|it| it.severity == Severity::Error) {
            println!("    Error: {}", diagnostic.summary);
            diagnostic.detail.lines().for_each(|line| println!("      {line}"));
        }
        Ok(())
    }

    fn destroy(&mut self) -> Outcome {
        println!("  driver: destroy {TYPE}.{NAME}");
        let applied = self.runtime.block_on(self.core.destroy(TYPE, NAME)).map_err(failed)?;
        accept("destroy", &applied.report)
    }
}

fn describe(action: Action) -> &'static str {
    match action {
        Action::NoOp => "nothing to do",
        Action::Create => "one rotation to create",
        Action::Update => "one rotation to change in place",
        Action::Replace => "one rotation to replace",
        Action::Delete => "one rotation to destroy",
    }
}

fn accept(command: &str, report: &Report) -> Outcome {
    let errors: Vec<String> = report
        .diagnostics
        .iter()
        .filter(|it| it.severity == Severity::Error)
        .map(|it| format!("{}: {}", it.summary, it.detail))
        .collect();
    if !errors.is_empty() {
        return Err(Failure::failed(format!("{command} failed: {}", errors.join("; "))));
    }
    if report.violations.is_empty() {
        return Ok(());
    }
    Err(Failure::failed(format!("{command} broke rules of Core: {}", plugin_driver::session::list(&report.violations))))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::failed(error.to_string())
}
