//! The calls about the provider itself: its schema and its configuration.

use super::{CallError, Client, Path, ProviderSchema, Report, Rule, Value, dynamic, wire};

impl Client {
    /// Asks for the schema and the identity schemas, and reports the rules that they break.
    ///
    /// A provider that does not implement identity schemas has none.
    pub async fn schema(&self) -> Result<(ProviderSchema, Report), CallError> {
        const CALL: &str = "GetProviderSchema";
        let schema = self.raw().get_provider_schema(wire::get_provider_schema::Request {}).await;
        let schema = schema.map_err(CallError::from(CALL))?.into_inner();
        let identities =
            self.raw().get_resource_identity_schemas(wire::get_resource_identity_schemas::Request {}).await;
        let identities = match identities {
            Ok(answer) => answer.into_inner(),
            Err(status) if status.code() == tonic::Code::Unimplemented => {
                wire::get_resource_identity_schemas::Response::default()
            }
            Err(status) => return Err(CallError::from("GetResourceIdentitySchemas")(status)),
        };
        let mut report = Report::new(CALL, &schema.diagnostics, None);
        report.absorb(Report::new("GetResourceIdentitySchemas", &identities.diagnostics, None));
        let (read, violations) = ProviderSchema::read(&schema, &identities);
        report.violations.extend(violations);
        Ok((read, report))
    }

    /// Asks for the metadata and reports where it differs from a schema.
    pub async fn metadata(&self, schema: &ProviderSchema) -> Result<Report, CallError> {
        const CALL: &str = "GetMetadata";
        let answer = self.raw().get_metadata(wire::get_metadata::Request {}).await;
        let answer = answer.map_err(CallError::from(CALL))?.into_inner();
        let mut report = Report::new(CALL, &answer.diagnostics, None);
        let named = [
            ("resources", sorted(answer.resources.iter().map(|it| &it.type_name)), sorted(schema.resources.keys())),
            (
                "data_sources",
                sorted(answer.data_sources.iter().map(|it| &it.type_name)),
                sorted(schema.data_sources.keys()),
            ),
            (
                "ephemeral_resources",
                sorted(answer.ephemeral_resources.iter().map(|it| &it.type_name)),
                sorted(schema.ephemeral_resources.keys()),
            ),
            (
                "list_resources",
                sorted(answer.list_resources.iter().map(|it| &it.type_name)),
                sorted(schema.list_resources.keys()),
            ),
            ("actions", sorted(answer.actions.iter().map(|it| &it.type_name)), sorted(schema.actions.keys())),
            (
                "state_stores",
                sorted(answer.state_stores.iter().map(|it| &it.type_name)),
                sorted(schema.state_stores.keys()),
            ),
            ("functions", sorted(answer.functions.iter().map(|it| &it.name)), sorted(schema.functions.keys())),
        ];
        for (kind, named, known) in named {
            if named != known {
                report.violate(Rule::MetadataDiffers, CALL, &Path::from(kind), format!("{named:?} and not {known:?}"));
            }
        }
        if answer.server_capabilities.unwrap_or_default() != schema.capabilities {
            let detail = format!("{:?}", answer.server_capabilities);
            report.violate(Rule::MetadataDiffers, CALL, &Path::from("server_capabilities"), detail);
        }
        Ok(report)
    }

    /// Lets the provider validate its configuration.
    pub async fn validate_provider(&self, schema: &ProviderSchema, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ValidateProviderConfig";
        let request = wire::validate_provider_config::Request { config: Some(dynamic(config)) };
        let answer = self.raw().validate_provider_config(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&schema.provider.block)))
    }

    /// Configures the provider.
    pub async fn configure(&self, schema: &ProviderSchema, config: &Value) -> Result<Report, CallError> {
        const CALL: &str = "ConfigureProvider";
        let request = wire::configure_provider::Request {
            // What OpenTofu says whatever its version; no provider may conclude anything from it.
            terraform_version: "1.13.0".to_owned(),
            config: Some(dynamic(config)),
            client_capabilities: Some(self.capabilities.wire()),
        };
        let answer = self.raw().configure_provider(request).await.map_err(CallError::from(CALL))?.into_inner();
        Ok(Report::new(CALL, &answer.diagnostics, Some(&schema.provider.block)))
    }
}

fn sorted<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}
