//! Stands in until the provider itself is there.
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use terraform_provider_infisical::terraform::{Diagnostics, Provider, Resource, Schema, Value};

#[derive(Default)]
pub(crate) struct InfisicalProvider {
    schema: Schema,
    resources: BTreeMap<String, Arc<dyn Resource>>,
}

impl InfisicalProvider {
    pub(crate) fn new() -> Self {
        Self::default()
    }
}

#[async_trait]
impl Provider for InfisicalProvider {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn resources(&self) -> &BTreeMap<String, Arc<dyn Resource>> {
        &self.resources
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    fn configure(&self, _: Value) -> Diagnostics {
        Diagnostics::none()
    }

    async fn release(&self) {}
}
