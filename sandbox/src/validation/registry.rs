//! The schema documents put together: what a create, an update and an app connection have to look like, and what
//! there is to know about a kind.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::checks::Check;
use super::documents;
use super::schema::{Kind, Schema};

/// What the service knows about a rotation kind besides its schemas.
#[derive(Debug, Clone)]
pub struct KindFacts {
    /// The kind's name in routes, such as `redis-credentials`.
    pub slug: &'static str,
    /// The kind's name in messages, such as `Redis Credentials`.
    pub title: String,
    /// The apps whose connections the kind works through; the first is the one that the options name.
    pub apps: Vec<String>,
    /// Whether the credentials before the newest ones stay valid.
    pub dual_phase: bool,
    /// The parameters that can't be changed after creation.
    pub immutable: Vec<String>,
    /// What the service answers (400) when they are.
    pub immutable_text: Option<String>,
    /// Whether the kind has a reconcile route.
    pub reconcile: bool,
    /// The kind's entry in the list of options.
    pub template: Value,
    /// What a set of generated credentials consists of, in order.
    pub generated: Vec<CredentialField>,
    /// Whether creation takes temporary parameters.
    pub temporary: bool,
}

/// One field of a set of generated credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialField {
    /// The field's name; a key of the same name in the mapping receives it.
    pub name: String,
    /// Whether the value is a number, not a text.
    pub is_number: bool,
    /// Whether the value is a secret.
    pub is_secret: bool,
}

/// The schemas of a kind, ready to judge and to describe.
pub(super) struct KindSchemas {
    pub(super) create: Schema,
    pub(super) update: Schema,
    pub(super) rotation: Schema,
    pub(super) credentials: Schema,
}

/// All that the documents say.
#[derive(Default)]
pub(super) struct Registry {
    pub(super) facts: BTreeMap<String, KindFacts>,
    pub(super) schemas: BTreeMap<String, KindSchemas>,
    pub(super) connections: BTreeMap<String, Schema>,
    /// What is wrong with the documents. They are part of the program, so that a test can show that nothing is; a
    /// document that can't be read leaves its kind out.
    pub(super) faults: Vec<String>,
}

static REGISTRY: OnceLock<Registry> = OnceLock::new();

/// Gives the documents, put together once.
pub(super) fn registry() -> &'static Registry {
    REGISTRY.get_or_init(|| Registry::load(&BTreeMap::new()))
}

/// Adds kinds of one's own to those that every server of this process knows: their documents by slug, in the words of
/// `schemas/`. It comes before anything is served; the same kinds may be added again.
pub fn add_kinds(documents: BTreeMap<String, String>) -> Result<(), String> {
    // Slugs are constants everywhere: added ones live as long as the process.
    let leaked: BTreeMap<&'static str, String> =
        documents.into_iter().map(|(slug, text)| (&*Box::leak(slug.into_boxed_str()), text)).collect();
    let registry = Registry::load(&leaked);
    if !registry.faults.is_empty() {
        return Err(registry.faults.join("; "));
    }
    let wanted: Vec<String> = registry.facts.keys().cloned().collect();
    let served = REGISTRY.get_or_init(|| registry);
    if wanted.iter().all(|slug| served.facts.contains_key(slug)) {
        Ok(())
    } else {
        Err("kinds can only be added before anything is served".to_owned())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BaseDocument {
    create: Schema,
    update: Vec<String>,
    rotation: Schema,
    connection: Schema,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct KindDocument {
    title: String,
    /// The name in the list of options, where it is another one.
    options_name: Option<String>,
    connections: Vec<String>,
    phase: Phase,
    immutable: Option<Immutable>,
    #[serde(default)]
    reconcile: bool,
    template: Map<String, Value>,
    /// Entries of the template that repeat the options of a fragment.
    #[serde(default)]
    template_choices: BTreeMap<String, String>,
    parameters: Schema,
    secrets_mapping: Schema,
    temporary_parameters: Option<Schema>,
    /// Rules between the parts of a create body.
    #[serde(default)]
    body_checks: Vec<Check>,
    generated_credentials: Schema,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Single,
    Dual,
}

#[derive(Deserialize)]
struct Immutable {
    parameters: Vec<String>,
    message: String,
}

impl Registry {
    fn load(added: &BTreeMap<&'static str, String>) -> Self {
        let mut registry = Self::default();
        let mut fragments = BTreeMap::new();
        for (name, text) in documents::FRAGMENTS {
            // A fragment may name those that come before it.
            if let Some(fragment) = registry.read_schema(name, text, &fragments) {
                fragments.insert(name.to_owned(), fragment);
            }
        }
        let base: BaseDocument = match serde_json::from_str(documents::BASE) {
            Ok(base) => base,
            Err(error) => {
                registry.faults.push(format!("base: {error}"));
                return registry;
            }
        };
        for (app, text) in documents::CONNECTIONS {
            if let Some(schema) = registry.read_schema(app, text, &fragments) {
                registry
                    .connections
                    .insert(app.to_owned(), extended(&base.connection, &schema.properties.0, &schema.required));
            }
        }
        let added = added.iter().map(|(slug, text)| (*slug, text.as_str()));
        for (slug, text) in documents::KINDS.iter().copied().chain(added) {
            if let Err(error) = registry.add_kind(slug, text, &base, &fragments) {
                registry.faults.push(format!("{slug}: {error}"));
            }
        }
        registry
    }

    fn read_schema(&mut self, name: &str, text: &str, fragments: &BTreeMap<String, Schema>) -> Option<Schema> {
        let read = serde_json::from_str(text).map_err(|error| error.to_string()).and_then(|mut schema: Schema| {
            schema.resolve(fragments)?;
            Ok(schema)
        });
        read.map_err(|error| self.faults.push(format!("{name}: {error}"))).ok()
    }

    fn add_kind(
        &mut self,
        slug: &'static str,
        text: &str,
        base: &BaseDocument,
        fragments: &BTreeMap<String, Schema>,
    ) -> Result<(), String> {
        let mut document: KindDocument = serde_json::from_str(text).map_err(|error| error.to_string())?;
        document.parameters.resolve(fragments)?;
        document.secrets_mapping.resolve(fragments)?;
        for (entry, fragment) in &document.template_choices {
            let options = fragments.get(fragment).map(|fragment| fragment.options.clone());
            document.template.insert(entry.clone(), options.ok_or("an unknown choice in the template")?.into());
        }
        self.schemas.insert(slug.to_owned(), document.schemas(slug, base));
        self.facts.insert(slug.to_owned(), document.facts(slug));
        Ok(())
    }
}

impl KindDocument {
    fn schemas(&self, slug: &str, base: &BaseDocument) -> KindSchemas {
        let own = [
            ("parameters".to_owned(), self.parameters.clone()),
            ("secretsMapping".to_owned(), self.secrets_mapping.clone()),
        ];
        let own_keys = own.each_ref().map(|(key, _)| key.clone());
        let mut create = extended(&base.create, &own, &own_keys);
        let mut update = create.clone();
        update.required.clear();
        update.properties.0.retain(|(key, _)| base.update.contains(key));
        for (_, property) in &mut update.properties.0 {
            property.default = None;
            property.service_default = None;
        }
        if let Some(temporary) = &self.temporary_parameters {
            create.properties.0.push(("temporaryParameters".to_owned(), temporary.clone()));
        }
        create.checks.clone_from(&self.body_checks);
        let kind = [("type".to_owned(), choice([slug]))];
        let mut rotation = extended(&base.rotation, &kind, &["type".to_owned()]);
        rotation = extended(&rotation, &own, &own_keys);
        let connection = rotation.properties.0.iter_mut().find(|(key, _)| key == "connection");
        if let Some((_, app)) = connection.and_then(|(_, connection)| connection.properties.0.first_mut()) {
            *app = choice(self.connections.iter().map(String::as_str));
        }
        KindSchemas { create, update, rotation, credentials: self.generated_credentials.clone() }
    }

    fn facts(self, slug: &'static str) -> KindFacts {
        let mut template = json!({
            "name": self.options_name.as_ref().unwrap_or(&self.title),
            "type": slug,
            "connection": self.connections.first(),
            "template": self.template,
        });
        if self.connections.len() > 1 {
            template["additionalConnections"] = json!(self.connections[1..]);
        }
        let field = |(name, schema): (String, Schema)| CredentialField {
            name,
            is_number: schema.kind == Some(Kind::Number),
            is_secret: schema.secret,
        };
        let (immutable, immutable_text) =
            self.immutable.map_or((Vec::new(), None), |immutable| (immutable.parameters, Some(immutable.message)));
        KindFacts {
            slug,
            title: self.title,
            apps: self.connections,
            dual_phase: self.phase == Phase::Dual,
            immutable,
            immutable_text,
            reconcile: self.reconcile,
            template,
            generated: self.generated_credentials.properties.0.into_iter().map(field).collect(),
            temporary: self.temporary_parameters.is_some(),
        }
    }
}

/// Adds keys to an object's schema; a key that is already there is replaced.
fn extended(base: &Schema, properties: &[(String, Schema)], required: &[String]) -> Schema {
    let mut schema = base.clone();
    schema.properties.0.retain(|(key, _)| !properties.iter().any(|(other, _)| other == key));
    schema.properties.0.extend_from_slice(properties);
    schema.required.extend_from_slice(required);
    schema
}

fn choice<'a>(options: impl IntoIterator<Item = &'a str>) -> Schema {
    let options = options.into_iter().map(Value::from).collect();
    Schema { kind: Some(Kind::String), options, ..Schema::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property<'a>(schema: &'a Schema, key: &str) -> Option<&'a Schema> {
        schema.properties.0.iter().find(|(name, _)| name == key).map(|(_, property)| property)
    }

    #[test]
    fn all_documents_are_read() {
        let registry = registry();
        assert_eq!(registry.faults, Vec::<String>::new());
        assert_eq!(registry.facts.len(), documents::KINDS.len());
        assert_eq!(registry.schemas.len(), documents::KINDS.len());
        assert_eq!(registry.connections.len(), documents::CONNECTIONS.len());
    }

    #[test]
    fn mapped_keys_are_generated_and_required_keys_are_listed() {
        fn check(schema: &Schema, place: &str) {
            for key in &schema.required {
                assert!(property(schema, key).is_some(), "{place} requires {key}");
            }
            for (key, property) in &schema.properties.0 {
                check(property, &format!("{place}.{key}"));
            }
            for part in schema.items.as_deref().into_iter().chain(&schema.any_of) {
                check(part, place);
            }
        }
        for (slug, schemas) in &registry().schemas {
            for schema in [&schemas.create, &schemas.update, &schemas.rotation, &schemas.credentials] {
                check(schema, slug);
            }
            let facts = &registry().facts[slug];
            let mapping = property(&schemas.create, "secretsMapping").unwrap();
            for (key, _) in &mapping.properties.0 {
                assert!(facts.generated.iter().any(|field| field.name == *key), "{slug} maps {key}");
                assert!(
                    facts.template["template"]["secretsMapping"][key].is_string(),
                    "{slug} has no template for {key}"
                );
            }
            let parameters = property(&schemas.create, "parameters").unwrap();
            for key in &facts.immutable {
                assert!(property(parameters, key).is_some(), "{slug} has no parameter {key}");
            }
            assert!(facts.generated.iter().any(|field| field.is_secret), "{slug} generates no secret");
        }
    }

    #[test]
    fn words_outside_the_vocabulary_are_refused() {
        for document in [r#"{"type":"string","x-trimm":true}"#, r#"{"x-check":["nothing"]}"#, r#"{"pattern":"("}"#] {
            assert!(serde_json::from_str::<Schema>(document).is_err(), "{document}");
        }
        let mut unresolved: Schema = serde_json::from_str(r#"{"$ref":"nothing"}"#).unwrap();
        assert!(unresolved.resolve(&BTreeMap::new()).is_err());
    }
}
