//! A user's session with Core: validate, plan, apply, destroy, import, with the state in between.
//!
//! ```ignore
//! let mut core = Core::start(Launch::new(binary)).await?;
//! let config = core.config("redis_rotation", json!({ "name": "nightly" }))?;
//! let planned = core.plan("redis_rotation", "x", &config).await?;
//! assert_eq!(planned.action, Some(Action::Create));
//! core.apply_planned(&planned, &config).await?;
//! ```
//!
//! Every command runs the processes and calls of the real one in their order; whatever rule the provider breaks on the
//! way is in the report of the resource.

use std::collections::BTreeMap;
use std::io;

use futures_util::stream::{self, StreamExt as _};

use crate::client::{CallError, Capabilities, Client, ImportTarget, MoveRequest, Report};
use crate::launch::{DialError, Finished, LaunchError};
use crate::rule::Violation;
use crate::schema::{Missing, ProviderSchema};
use crate::value::msgpack::DecodeError;
use crate::value::{Value, json};

mod outcome;
mod phase;
mod state;
mod steps;

pub use outcome::{Action, Applied, Planned};
pub use phase::{Host, Phase};
pub use state::{Address, Configuration, Instance, State};

use steps::Worker;

/// Is Core in one working directory: a provider, its configuration, and a state.
#[derive(Debug)]
pub struct Core {
    host: Host,
    schema: ProviderSchema,
    schema_report: Report,
    provider_config: Value,
    provider_report: Report,
    capabilities: Capabilities,
    parallelism: usize,
    create_before_destroy: bool,
    state: State,
    finished: Vec<Finished>,
}

/// Says why a command ended before it could look at resources, or what went wrong on the way.
#[derive(Debug, thiserror::Error)]
pub enum CoreError {
    /// The provider did not start.
    #[error(transparent)]
    Launch(#[from] LaunchError),
    /// The provider could not be connected to.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// A call ended with a status.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The provider has no such thing.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The provider refused its configuration.
    #[error("the provider refuses its configuration: {:?}", .0.diagnostics)]
    Configuration(Box<Report>),
    /// A configuration does not suit the schema.
    #[error("not a configuration of {name}: {error}")]
    Config {
        /// The type that it was meant for.
        name: String,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The state holds no such resource.
    #[error("{0} is not in the state")]
    NotInState(Address),
    /// The process could not be waited for.
    #[error("cannot end the provider: {0}")]
    End(#[source] io::Error),
}

impl Core {
    /// Starts a session: one process that is asked for its schema.
    pub async fn start(host: impl Into<Host>) -> Result<Self, CoreError> {
        let host = host.into();
        let phase = Phase::begin(&host, Capabilities::default()).await?;
        let (schema, schema_report) = phase.client.schema().await?;
        let finished = phase.end().await?.into_iter().collect();
        Ok(Self {
            host,
            provider_config: schema.provider.block.empty(),
            provider_report: Report::default(),
            schema,
            schema_report,
            capabilities: Capabilities::default(),
            parallelism: 10,
            create_before_destroy: false,
            state: State::new(),
            finished,
        })
    }

    /// Sets the provider's configuration, written as JSON.
    pub fn configure(&mut self, config: &serde_json::Value) -> Result<(), CoreError> {
        self.provider_config = read_config(&self.schema.provider, config)?;
        Ok(())
    }

    /// Sets the provider's configuration as a value, so that parts of it may be unknown.
    pub fn configure_value(&mut self, config: Value) {
        self.provider_config = config;
    }

    /// Says what the client can do.
    pub fn set_capabilities(&mut self, capabilities: Capabilities) {
        self.capabilities = capabilities;
    }

    /// Makes replacements create first and destroy then, as under `create_before_destroy`.
    pub fn set_create_before_destroy(&mut self, create_before_destroy: bool) {
        self.create_before_destroy = create_before_destroy;
    }

    /// Sets how many resources are worked on at once; Core's own default is 10.
    pub fn set_parallelism(&mut self, parallelism: usize) {
        self.parallelism = parallelism.max(1);
    }

    /// Returns the provider's schema.
    pub fn schema(&self) -> &ProviderSchema {
        &self.schema
    }

    /// Returns what came with the schema: diagnostics and broken rules.
    pub fn schema_report(&self) -> &Report {
        &self.schema_report
    }

    /// Returns the provider's configuration.
    pub fn provider_config(&self) -> &Value {
        &self.provider_config
    }

    /// Returns what came with the last configuration of the provider: warnings and broken rules.
    pub fn provider_report(&self) -> &Report {
        &self.provider_report
    }

    /// Returns what is stored.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Returns what is stored, to be changed as a user does who edits the state file.
    pub fn state_mut(&mut self) -> &mut State {
        &mut self.state
    }

    /// Returns the stored object of a resource.
    pub fn instance(&self, type_name: &str, name: &str) -> Result<&Instance, CoreError> {
        let address = Address::new(type_name, name);
        self.state.get(&address).ok_or(CoreError::NotInState(address))
    }

    /// Returns what remains of the processes that have ended.
    pub fn finished(&self) -> &[Finished] {
        &self.finished
    }

    /// Reads the configuration of a resource from JSON; what is left out is null.
    pub fn config(&self, type_name: &str, config: &serde_json::Value) -> Result<Value, CoreError> {
        read_config(&self.schema.resource(type_name)?.object, config)
    }

    /// Starts a process without configuring it, for calls that this session does not make.
    pub async fn phase(&self) -> Result<Phase, CoreError> {
        Phase::begin(&self.host, self.capabilities).await
    }

    /// Starts a process and configures it.
    pub async fn configured_phase(&mut self) -> Result<Phase, CoreError> {
        let phase = self.phase().await?;
        self.provider_report = phase.configure(&self.schema, &self.provider_config).await?;
        Ok(phase)
    }

    /// Validates the provider's configuration and one of a resource, as `validate` does: in a process that is never
    /// configured.
    pub async fn validate(&mut self, type_name: &str, config: &Value) -> Result<Report, CoreError> {
        let phase = self.phase().await?;
        let mut report = Report::default();
        if self.provider_config != self.schema.provider.block.empty() {
            report.absorb(phase.client.validate_provider(&self.schema, &self.provider_config).await?);
        }
        report.absorb(phase.client.validate_resource(self.schema.resource(type_name)?, config).await?);
        self.end(phase).await?;
        Ok(report)
    }

    /// Plans one resource, after a refresh; others are left alone, as under `-target`.
    pub async fn plan(&mut self, type_name: &str, name: &str, config: &Value) -> Result<Planned, CoreError> {
        let phase = self.configured_phase().await?;
        let planned = self.plan_one(&phase.client, &Address::new(type_name, name), config).await?;
        self.end(phase).await?;
        Ok(planned)
    }

    /// Plans a whole configuration, after a refresh: what is stored and not configured is destroyed.
    pub async fn plan_all(&mut self, configuration: &Configuration) -> Result<BTreeMap<Address, Planned>, CoreError> {
        let phase = self.configured_phase().await?;
        let orphans = self.state.keys().filter(|address| !configuration.contains_key(*address));
        let addresses: Vec<&Address> = configuration.keys().chain(orphans).collect();
        let planning = addresses.into_iter().map(|address| {
            let (core, client) = (&*self, &phase.client);
            async move {
                let config = configuration.get(address).unwrap_or(&Value::Null);
                core.plan_one(client, address, config).await.map(|planned| (address.clone(), planned))
            }
        });
        let planned = collect(stream::iter(planning).buffer_unordered(self.parallelism)).await?;
        self.end(phase).await?;
        Ok(planned)
    }

    /// Applies the plan of one resource, with a configuration in which everything is known by now.
    pub async fn apply_planned(
        &mut self,
        type_name: &str,
        name: &str,
        planned: &Planned,
        config: &Value,
    ) -> Result<Applied, CoreError> {
        let address = Address::new(type_name, name);
        let phase = self.configured_phase().await?;
        let applied = self.worker(&phase.client, type_name)?.apply(planned, config).await?;
        self.store(address, applied.instance.clone());
        self.end(phase).await?;
        Ok(applied)
    }

    /// Applies plans of many resources, each with its known configuration.
    pub async fn apply_all_planned(
        &mut self,
        planned: &BTreeMap<Address, Planned>,
        configuration: &Configuration,
    ) -> Result<BTreeMap<Address, Applied>, CoreError> {
        let phase = self.configured_phase().await?;
        let applying = planned.iter().map(|(address, planned)| {
            let (core, client) = (&*self, &phase.client);
            async move {
                let config = configuration.get(address).unwrap_or(&Value::Null);
                let applied = core.worker(client, &address.type_name)?.apply(planned, config).await?;
                Ok((address.clone(), applied))
            }
        });
        let applied = collect(stream::iter(applying).buffer_unordered(self.parallelism)).await?;
        for (address, applied) in &applied {
            self.store(address.clone(), applied.instance.clone());
        }
        self.end(phase).await?;
        Ok(applied)
    }

    /// Plans and applies one resource. The report is that of both.
    pub async fn apply(&mut self, type_name: &str, name: &str, config: &Value) -> Result<Applied, CoreError> {
        let planned = self.plan(type_name, name, config).await?;
        let mut applied = self.apply_planned(type_name, name, &planned, config).await?;
        let mut report = planned.report;
        report.absorb(applied.report);
        applied.report = report;
        Ok(applied)
    }

    /// Plans and applies a whole configuration. The reports are those of both.
    pub async fn apply_all(&mut self, configuration: &Configuration) -> Result<BTreeMap<Address, Applied>, CoreError> {
        let planned = self.plan_all(configuration).await?;
        let mut applied = self.apply_all_planned(&planned, configuration).await?;
        for (address, planned) in planned {
            if let Some(applied) = applied.get_mut(&address) {
                let mut report = planned.report;
                report.absorb(std::mem::take(&mut applied.report));
                applied.report = report;
            }
        }
        Ok(applied)
    }

    /// Destroys one resource: a process each to refresh, to plan and to destroy.
    pub async fn destroy(&mut self, type_name: &str, name: &str) -> Result<Applied, CoreError> {
        let mut report = self.refresh(type_name, name).await?;
        let address = Address::new(type_name, name);
        let Some(instance) = self.state.get(&address).cloned() else {
            return Ok(Applied { action: Some(Action::NoOp), instance: None, report });
        };
        let phase = self.configured_phase().await?;
        let mut upgraded = instance;
        let worker = self.worker(&phase.client, type_name)?;
        report.absorb(worker.upgrade(&mut upgraded, true).await?);
        let planned = worker.plan_destruction(&upgraded).await?;
        self.end(phase).await?;
        report.absorb(planned.report.clone());
        let mut applied = self.apply_planned(type_name, name, &planned, &Value::Null).await?;
        report.absorb(applied.report);
        applied.report = report;
        Ok(applied)
    }

    /// Reads the remote object of one resource into the state, as `apply -refresh-only` does.
    pub async fn refresh(&mut self, type_name: &str, name: &str) -> Result<Report, CoreError> {
        let address = Address::new(type_name, name);
        let mut instance = self.instance(type_name, name)?.clone();
        let phase = self.configured_phase().await?;
        let worker = self.worker(&phase.client, type_name)?;
        let mut report = worker.upgrade(&mut instance, true).await?;
        if report.is_usable() {
            let (refreshed, more) = worker.refresh(instance).await?;
            report.absorb(more);
            self.store(address, refreshed);
        }
        self.end(phase).await?;
        Ok(report)
    }

    /// Imports an object into the state and reads it.
    pub async fn import(&mut self, type_name: &str, name: &str, target: &ImportTarget) -> Result<Report, CoreError> {
        let phase = self.configured_phase().await?;
        let resource = self.schema.resource(type_name)?;
        let answer = phase.client.import(resource, target).await?;
        let mut report = answer.report;
        let imported = answer.objects.into_iter().next().filter(|_| report.is_usable());
        if let Some(imported) = imported {
            let instance = Instance {
                version: resource.object.version,
                state: imported.state,
                private: imported.private,
                identity: imported.identity,
                tainted: false,
            };
            let (refreshed, more) = self.worker(&phase.client, type_name)?.refresh(instance).await?;
            let usable = more.is_usable();
            report.absorb(more);
            if usable {
                self.store(Address::new(type_name, name), refreshed);
            }
        }
        self.end(phase).await?;
        Ok(report)
    }

    /// Takes over a state of another type, as for a `moved` block: in a process that is never configured.
    pub async fn move_state(
        &mut self,
        type_name: &str,
        name: &str,
        request: &MoveRequest,
    ) -> Result<Report, CoreError> {
        let phase = self.phase().await?;
        let resource = self.schema.resource(type_name)?;
        let answer = phase.client.move_state(resource, request).await?;
        if answer.report.is_usable() && !answer.state.is_null() {
            let version = resource.object.version;
            let (state, private, identity) = (answer.state, answer.private, answer.identity);
            let instance = Instance { version, state, private, identity, tainted: false };
            self.store(Address::new(type_name, name), Some(instance));
        }
        self.end(phase).await?;
        Ok(answer.report)
    }

    /// Ends a process that [`Core::phase`] started.
    pub async fn end(&mut self, phase: Phase) -> Result<(), CoreError> {
        self.finished.extend(phase.end().await?);
        Ok(())
    }

    async fn plan_one(&self, client: &Client, address: &Address, config: &Value) -> Result<Planned, CoreError> {
        let worker = self.worker(client, &address.type_name)?;
        let mut report = Report::default();
        let mut current = self.state.get(address).cloned();
        let stored = current.as_ref().map(|instance| instance.state.clone());
        if let Some(mut instance) = current.take() {
            report.absorb(worker.upgrade(&mut instance, true).await?);
            if report.is_usable() {
                let (refreshed, more) = worker.refresh(instance).await?;
                report.absorb(more);
                current = refreshed;
            } else {
                current = Some(instance);
            }
        }
        let mut planned = match &current {
            _ if !report.is_usable() => Planned::none(current.as_ref(), config),
            Some(instance) if config.is_null() => worker.plan_destruction(instance).await?,
            None if config.is_null() => Planned { action: Some(Action::NoOp), ..Planned::none(None, config) },
            instance => worker.plan(instance.as_ref(), config).await?,
        };
        planned.drifted = stored.as_ref() != current.as_ref().map(|instance| &instance.state);
        report.absorb(planned.report);
        planned.report = report;
        Ok(planned)
    }

    fn worker<'a>(&'a self, client: &'a Client, type_name: &str) -> Result<Worker<'a>, CoreError> {
        Ok(Worker {
            client,
            resource: self.schema.resource(type_name)?,
            plan_destroy: self.schema.capabilities.plan_destroy,
            create_before_destroy: self.create_before_destroy,
        })
    }

    fn store(&mut self, address: Address, instance: Option<Instance>) {
        match instance {
            Some(instance) => self.state.insert(address, instance),
            None => self.state.remove(&address),
        };
    }
}

/// Writes violations one below the other, for the message of a failed test.
pub fn list(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("  {violation}")).collect::<Vec<_>>().join("\n")
}

fn read_config(object: &crate::schema::Object, config: &serde_json::Value) -> Result<Value, CoreError> {
    let read = json::from_json(config, &object.kind());
    let value = read.map_err(|error| CoreError::Config { name: object.name.clone(), error })?;
    Ok(object.block.with_block_collections(&value))
}

async fn collect<S, T>(stream: S) -> Result<BTreeMap<Address, T>, CoreError>
where
    S: stream::Stream<Item = Result<(Address, T), CoreError>>,
{
    let mut stream = std::pin::pin!(stream);
    let mut all = BTreeMap::new();
    while let Some(item) = stream.next().await {
        let (address, one) = item?;
        all.insert(address, one);
    }
    Ok(all)
}
