//! A provider and a sandbox with rotations in it, and the secrets that must not be seen anywhere.

use infisical_sandbox::seed;
use infisical_sandbox::state::{
    AuthMethod, Connection, Identity, MethodKind, OrganizationRole, ProjectRole, Proof, Rule,
};
use plugin_driver::client::StateAnswer;
use plugin_driver::schema::Object;
use plugin_driver::value::{Value, json};
use serde_json::{Value as Json, json};
use terraform_provider_infisical::catalog::by_slug;

use crate::support::kinds::{Extent, example_json};
use crate::support::server::Server;
use crate::support::{Provider, assert_lawful, words};

/// The name of the rotation of `slug` that [`World::rotation`] makes for this suffix.
pub(crate) fn name(slug: &str, suffix: &str) -> String {
    format!("{slug}-{suffix}")
}

/// A configured provider before its server.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) provider: Provider,
}

impl World {
    /// Starts both; the identity may do everything.
    pub(crate) async fn new() -> Self {
        let server = Server::start();
        let provider = Provider::start().await;
        provider.configure(&server.block()).await;
        Self { server, provider }
    }

    /// Makes a rotation of this kind in the demo project and returns its state.
    pub(crate) async fn rotation(&self, slug: &str, suffix: &str, changes: &Json) -> Value {
        let kind = by_slug(slug).unwrap();
        let resource = self.provider.resource(kind.resource);
        let mut config = example_json(kind, Extent::Minimal, suffix);
        for (name, value) in changes.as_object().unwrap() {
            config[name] = value.clone();
        }
        let config = json::from_json(&config, &resource.object.kind()).unwrap();
        self.provider.change(resource, &Value::Null, &config).await
    }

    /// Reads a configuration of a data source or an ephemeral resource; what is left out is null.
    pub(crate) fn config(object: &Object, config: &Json) -> Value {
        json::from_json(config, &object.kind()).unwrap()
    }

    /// Validates a data source without complaints and reads it.
    pub(crate) async fn read(&self, name: &str, config: &Json) -> StateAnswer {
        let source = self.provider.schema.data_source(name).unwrap();
        let config = Self::config(source, config);
        let told = self.provider.client.validate_data_source(source, &config).await.unwrap();
        assert!(told.diagnostics.is_empty(), "{}", words(&told));
        let answer = self.provider.client.read_data_source(source, &config).await.unwrap();
        assert_lawful(&answer.report);
        for secret in self.secrets() {
            assert!(!format!("{answer:?}").contains(&secret), "{name} tells a secret");
        }
        answer
    }

    /// Reads a data source without complaints.
    pub(crate) async fn found(&self, name: &str, config: &Json) -> Value {
        let answer = self.read(name, config).await;
        assert!(answer.report.diagnostics.is_empty(), "{}", words(&answer.report));
        answer.state
    }

    /// Reads a data source that answers with one error, and returns its words.
    pub(crate) async fn refused(&self, name: &str, config: &Json) -> String {
        let answer = self.read(name, config).await;
        assert!(answer.report.has_errors() && answer.state.is_null(), "{config} was found");
        words(&answer.report)
    }

    /// Every value that no output may show: generated credentials, those that secrets hold, those of connections.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let texts = |values: &mut dyn Iterator<Item = &Json>| -> Vec<String> {
            values.filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let mut secrets = self.server.look(|state| {
            let sets = state.rotations.values().flat_map(|rotation| &rotation.generated_credentials);
            let generated = texts(&mut sets.filter_map(Json::as_object).flat_map(|set| set.values()));
            let stored = state.secrets.values().flatten().map(|(_, secret)| secret.value.clone());
            generated.into_iter().chain(stored).collect::<Vec<_>>()
        });
        // Short ones are user names and the like: words that occur anywhere.
        secrets.retain(|secret| secret.len() >= 16);
        secrets.sort();
        secrets.dedup();
        secrets
    }

    /// Adds an identity that has only these rights, and a provider process that is logged in as it.
    pub(crate) async fn as_identity(&self, role: OrganizationRole, rules: &[(&str, &str)]) -> Provider {
        let permission = |(subject, action): &(&str, &str)| Rule {
            subject: (*subject).to_owned(),
            actions: vec![(*action).to_owned()],
            inverted: false,
            conditions: [].into(),
        };
        let mut identity = Identity::new("limited", role);
        let id = identity.id.clone();
        let proof = Proof::client_secret(&id, "only-for-this-test");
        let role = ProjectRole::Custom(rules.iter().map(permission).collect());
        identity.projects = [(seed::PROJECT_ID.to_owned(), role)].into();
        identity.methods = [(MethodKind::Universal, AuthMethod::new(proof))].into();
        self.server.change(|state| drop(state.identities.insert(id.clone(), identity)));
        let provider = Provider::start().await;
        let mut block = self.server.block();
        block["auth"] = json!({ "universal": { "client_id": id, "client_secret": "only-for-this-test" } });
        provider.configure(&block).await;
        provider
    }

    /// Adds a connection and returns its ID.
    pub(crate) fn connection(&self, app: &str, name: &str, project: Option<&str>) -> String {
        self.server.change(|state| {
            let now = state.projects[seed::PROJECT_ID].created_at;
            let connection = Connection::new(app, name, project, json!({ "password": "of-a-connection-itself" }), now);
            let id = connection.id.clone();
            state.connections.insert(id.clone(), connection);
            id
        })
    }

    /// The paths of all calls since `sequence`, apart from logins.
    pub(crate) fn calls_since(&self, sequence: usize) -> Vec<String> {
        let requests = self.server.requests();
        let calls = requests.into_iter().skip(sequence).filter(|entry| !entry.path.contains("/auth/"));
        calls.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
    }
}

/// The text of an attribute.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_text).unwrap_or_else(|| panic!("no text `{name}`"))
}
