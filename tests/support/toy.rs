//! A provider that does what a test tells it to: waits, panics, says what it reached. Built as an example so that tests
//! can start it as a process; the real provider has no such switches.
//!
//! `gate` is the address of a listener in the test. A call that has one connects to it when it begins, goes on when the
//! test closes that connection, and connects again when it is done.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use terraform_provider_infisical::plugin;
use terraform_provider_infisical::terraform::{
    Applied, Attribute, Context, Diagnostic, Diagnostics, Imported, Object, Plan, Provider, Reply, Resource, Result,
    Schema, Target, Type, Value,
};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

fn main() -> ExitCode {
    let served = if std::env::args().nth(1).is_some() {
        plugin::debug(Arc::new(Toy::new()))
    } else {
        plugin::serve(Arc::new(Toy::new()))
    };
    if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

struct Toy {
    schema: Schema,
    resources: BTreeMap<String, Arc<dyn Resource>>,
}

impl Toy {
    fn new() -> Self {
        let resources: [(String, Arc<dyn Resource>); 1] = [("toy_thing".to_owned(), Arc::new(Thing::new()))];
        Self { schema: Schema::default(), resources: resources.into() }
    }
}

#[async_trait]
impl Provider for Toy {
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

struct Thing {
    schema: Schema,
}

impl Thing {
    fn new() -> Self {
        let attributes = vec![
            Attribute::new("id", Type::String).computed().stable(),
            Attribute::new("gate", Type::String).optional(),
            Attribute::new("behaviour", Type::String).optional(),
        ];
        Self { schema: Schema { attributes: attributes.into(), ..Schema::default() } }
    }
}

/// Panics, if the thing is to panic here, with a text that must not be seen anywhere.
fn panic_if(value: &Value, behaviour: &str) {
    assert!(value.get("behaviour").as_str() != Some(behaviour), "canary");
}

/// Waits at the gate until the test opens it, or until the stop if the thing obeys it. False if it was stopped.
async fn pass(context: &Context, value: &Value) -> bool {
    let Some(gate) = value.get("gate").as_str() else { return true };
    let Ok(mut connection) = TcpStream::connect(gate).await else { return true };
    let obeys = value.get("behaviour").as_str() == Some("obeys");
    tokio::select! {
        _ = connection.read_u8() => true,
        () = context.stop.cancelled(), if obeys => false,
    }
}

async fn change(context: &Context, plan: Plan) -> Applied {
    panic_if(&plan.planned, "panics in apply");
    let mut state = plan.planned;
    state.set("id", "thing".into());
    context.checkpoint.reach(Object { state: state.clone(), private: plan.private.clone(), identity: None });
    panic_if(&state, "panics late");
    let mut diagnostics = Diagnostics::none();
    if !pass(context, &state).await {
        diagnostics.push(Diagnostic::error("Stopped", "The thing was stopped."));
    } else if let Some(gate) = state.get("gate").as_str() {
        let _ = TcpStream::connect(gate).await;
    }
    Applied { state, private: plan.private, identity: None, diagnostics }
}

#[async_trait]
impl Resource for Thing {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        panic_if(config, "panics in validate");
        Diagnostics::none()
    }

    async fn plan(&self, _: &Context, plan: Plan) -> Result<Reply<Plan>> {
        panic_if(&plan.planned, "panics in plan");
        Ok(plan.into())
    }

    async fn read(&self, context: &Context, object: Object) -> Result<Reply<Option<Object>>> {
        panic_if(&object.state, "panics in read");
        pass(context, &object.state).await;
        Ok(Some(object).into())
    }

    async fn create(&self, context: &Context, plan: Plan) -> Applied {
        change(context, plan).await
    }

    async fn update(&self, context: &Context, plan: Plan) -> Applied {
        change(context, plan).await
    }

    async fn delete(&self, _: &Context, object: Object) -> Applied {
        Applied { state: Value::Null, private: object.private, identity: None, diagnostics: Diagnostics::none() }
    }

    async fn import(&self, _: &Context, _: Target) -> Result<Reply<Imported>> {
        Err(Diagnostic::error("No import", "Things are not imported.").into())
    }
}
