//! Where Terraform's language, the catalog and the API client meet: the provider itself.

mod actions;
mod configuration;
mod data_sources;
mod ephemeral_resources;
pub mod export;
pub mod failure;
mod filter;
mod functions;
pub mod rotation;
mod schedule;
mod selection;
mod session;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;

use crate::catalog::{KINDS, Kind, open};
use crate::infisical::Client;
use crate::infisical::environment::{Environment, ProcessEnvironment};
use crate::terraform::{
    Action, DataSource, Diagnostics, EphemeralResource, Function, ListResource, Provider, Resource, Schema, Value,
};

use configuration::Configuration;
use rotation::{AnyRotationResource, RotationList, RotationResource};
use session::{Configured, Session};

/// The provider for Infisical secret rotations.
pub struct InfisicalProvider {
    environment: Arc<dyn Environment>,
    session: Arc<Session>,
    schema: OnceLock<Schema>,
    resources: OnceLock<BTreeMap<String, Arc<dyn Resource>>>,
    data_sources: OnceLock<BTreeMap<String, Arc<dyn DataSource>>>,
    ephemeral_resources: OnceLock<BTreeMap<String, Arc<dyn EphemeralResource>>>,
    functions: OnceLock<BTreeMap<String, Arc<dyn Function>>>,
    actions: OnceLock<BTreeMap<String, Arc<dyn Action>>>,
    lists: OnceLock<BTreeMap<String, Arc<dyn ListResource>>>,
}

impl InfisicalProvider {
    /// The provider, not yet configured, in the environment of the process.
    pub fn new() -> Self {
        Self::in_environment(Arc::new(ProcessEnvironment))
    }

    /// The provider in another environment.
    pub fn in_environment(environment: Arc<dyn Environment>) -> Self {
        Self {
            environment,
            session: Arc::default(),
            schema: OnceLock::new(),
            resources: OnceLock::new(),
            data_sources: OnceLock::new(),
            ephemeral_resources: OnceLock::new(),
            functions: OnceLock::new(),
            actions: OnceLock::new(),
            lists: OnceLock::new(),
        }
    }
}

impl Default for InfisicalProvider {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Provider for InfisicalProvider {
    fn schema(&self) -> &Schema {
        self.schema.get_or_init(configuration::schema)
    }

    fn resources(&self) -> &BTreeMap<String, Arc<dyn Resource>> {
        self.resources.get_or_init(|| {
            let rotations = KINDS.iter().map(|kind| {
                let resource: Arc<dyn Resource> = Arc::new(RotationResource::new(kind, Arc::clone(&self.session)));
                (kind.resource.to_owned(), resource)
            });
            let any: Arc<dyn Resource> = Arc::new(AnyRotationResource::new(Arc::clone(&self.session)));
            rotations.chain([(open::RESOURCE.to_owned(), any)]).collect()
        })
    }

    fn data_sources(&self) -> &BTreeMap<String, Arc<dyn DataSource>> {
        self.data_sources.get_or_init(|| data_sources::all(&self.session))
    }

    fn ephemeral_resources(&self) -> &BTreeMap<String, Arc<dyn EphemeralResource>> {
        self.ephemeral_resources.get_or_init(|| ephemeral_resources::all(&self.session))
    }

    fn functions(&self) -> &BTreeMap<String, Arc<dyn Function>> {
        self.functions.get_or_init(functions::all)
    }

    fn actions(&self) -> &BTreeMap<String, Arc<dyn Action>> {
        self.actions.get_or_init(|| actions::all(&self.session))
    }

    fn lists(&self) -> &BTreeMap<String, Arc<dyn ListResource>> {
        self.lists.get_or_init(|| {
            let list = |name: &str, kind: Option<&'static Kind>| {
                let list: Arc<dyn ListResource> = Arc::new(RotationList::new(kind, Arc::clone(&self.session)));
                (name.to_owned(), list)
            };
            let lists = KINDS.iter().map(|kind| list(kind.resource, Some(kind)));
            lists.chain([list(open::RESOURCE, None)]).collect()
        })
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        configuration::validate(config)
    }

    fn configure(&self, config: Value) -> Diagnostics {
        let (settings, preflight) = match configuration::read(&config, &*self.environment) {
            Ok(Configuration::Known(settings, preflight)) => (settings, preflight),
            Ok(Configuration::Unknown(names)) => {
                self.session.configure(Configured::Unknown(names));
                return Diagnostics::none();
            }
            Err(diagnostics) => return diagnostics,
        };
        match Client::with_environment(*settings, Arc::clone(&self.environment)) {
            Ok(client) => {
                self.session.configure(Configured::Ready(Arc::new(client), preflight));
                Diagnostics::none()
            }
            Err(error) => configuration::settings_error(&error).into(),
        }
    }

    async fn release(&self) {}
}
