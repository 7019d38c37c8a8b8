//! What is told where the provider breaks the rules of its own language: an object that answers wrongly shows it.

use async_trait::async_trait;
use terraform_provider_infisical::terraform::operations::{self, Change};
use terraform_provider_infisical::terraform::{
    Applied, Attribute, Context, DataSource, Diagnostics, IdentityAttribute, IdentitySchema, Imported, Object, Plan,
    Reply, Resource, Result, Schema, Target, Type, Value,
};

/// The messages.
pub(super) async fn all() -> Vec<Diagnostics> {
    let context = Context::default();
    let mut told = Vec::new();
    for answer in [Value::Null, config(Value::unknown()), config(Value::Bool(true))] {
        let object = Answering::new(answer);
        told.push(operations::read_data(&object, &context, config("n".into())).await.err().unwrap_or_default());
    }
    let change = |planned: Value| Change {
        prior: Value::Null,
        config: config("n".into()),
        planned,
        private: Vec::new(),
        identity: None,
    };
    let nothing = Answering::new(Value::Null);
    told.push(operations::plan(&nothing, &context, change(config("n".into()))).await.err().unwrap_or_default());
    told.push(operations::apply(&nothing, &context, change(config("n".into()))).await.diagnostics);
    let nameless = Answering::new(config("n".into()));
    let target = Target::Id("n".to_owned());
    told.push(
        operations::import(&nameless, "infisical_example_rotation", &context, target).await.err().unwrap_or_default(),
    );
    told
}

fn config(name: Value) -> Value {
    Value::map([("name", name)])
}

/// Answers everything with one value, and never says what identifies it.
struct Answering {
    schema: Schema,
    identity: IdentitySchema,
    answer: Value,
}

impl Answering {
    fn new(answer: Value) -> Self {
        let attributes = vec![Attribute::new("name", Type::String)];
        let identifying = IdentityAttribute {
            name: "id".into(),
            of: Type::String,
            description: String::new(),
            required_for_import: true,
        };
        let identity = IdentitySchema { version: 0, attributes: vec![identifying] };
        Self { schema: Schema { attributes: attributes.into(), ..Schema::default() }, identity, answer }
    }
}

#[async_trait]
impl DataSource for Answering {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    async fn read(&self, _: &Context, _: Value) -> Result<Reply<Value>> {
        Ok(self.answer.clone().into())
    }
}

#[async_trait]
impl Resource for Answering {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn identity(&self) -> Option<&IdentitySchema> {
        Some(&self.identity)
    }

    fn validate(&self, _: &Value) -> Diagnostics {
        Diagnostics::none()
    }

    async fn plan(&self, _: &Context, plan: Plan) -> Result<Reply<Plan>> {
        Ok(Plan { planned: self.answer.clone(), ..plan }.into())
    }

    async fn read(&self, _: &Context, _: Object) -> Result<Reply<Option<Object>>> {
        Ok(Some(self.object()).into())
    }

    async fn create(&self, _: &Context, _: Plan) -> Applied {
        let Object { state, private, identity } = self.object();
        Applied { state, private, identity, diagnostics: Diagnostics::none() }
    }

    async fn update(&self, context: &Context, plan: Plan) -> Applied {
        self.create(context, plan).await
    }

    async fn delete(&self, _: &Context, _: Object) -> Applied {
        Applied { state: Value::Null, private: Vec::new(), identity: None, diagnostics: Diagnostics::none() }
    }

    async fn import(&self, _: &Context, _: Target) -> Result<Reply<Imported>> {
        Ok(self.object().into())
    }
}

impl Answering {
    fn object(&self) -> Object {
        Object { state: self.answer.clone(), private: Vec::new(), identity: None }
    }
}
