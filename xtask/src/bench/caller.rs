//! One configured provider process, called as Core calls it but one call at a time, and what it stores as a state file.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use plugin_driver::client::{ApplyRequest, Capabilities, ObjectAnswer, PlanAnswer, PlanRequest, Report};
use plugin_driver::core::proposed_new;
use plugin_driver::launch::Launch;
use plugin_driver::schema::{ProviderSchema, Resource};
use plugin_driver::session::{Host, Phase};
use plugin_driver::value::{Value, json};
use serde_json::json;
use tokio::task::JoinSet;

use crate::tools::{Failure, Outcome};

use super::subject::{Subject, rotation};
use super::world::World;

/// How many calls Core makes at the same time unless told otherwise.
pub(super) const AT_ONCE: usize = 10;

/// A provider process that is ready for calls.
pub(super) struct Caller {
    phase: Phase,
    schema: ProviderSchema,
    subject: Subject,
}

impl Caller {
    /// Starts a process of the provider and configures it for the sandbox.
    pub(super) async fn start(subject: &Subject, world: &World) -> Outcome<Self> {
        let launch = world
            .environment()
            .into_iter()
            .fold(Launch::new(&subject.program), |launch, (name, value)| launch.environment(name, value));
        let phase = Phase::begin(&Host::Launch(launch), Capabilities::default()).await.map_err(failed)?;
        let (schema, _) = phase.client.schema().await.map_err(failed)?;
        phase.configure(&schema, &schema.provider.block.empty()).await.map_err(failed)?;
        Ok(Self { phase, schema, subject: subject.clone() })
    }

    /// The number of the process.
    pub(super) fn id(&self) -> Option<u32> {
        self.phase.process()?.id()
    }

    /// The configuration of the rotation with this number.
    pub(super) fn config(&self, number: usize) -> Outcome<Value> {
        let block = &self.resource()?.object.block;
        let read = json::from_json(&rotation(&number.to_string()), &block.kind()).map_err(failed)?;
        Ok(block.with_block_collections(&read))
    }

    /// Validates a configuration.
    pub(super) async fn validate(&self, config: &Value) -> Outcome {
        let report = self.phase.client.validate_resource(self.resource()?, config).await.map_err(failed)?;
        accept(&report)
    }

    /// Plans the creation of what a configuration says.
    pub(super) async fn plan(&self, config: &Value) -> Outcome<PlanAnswer> {
        let resource = self.resource()?;
        let request = PlanRequest {
            prior: Value::Null,
            config: config.clone(),
            proposed: proposed_new(&resource.object.block, &Value::Null, config),
            prior_private: Bytes::new(),
            prior_identity: None,
            planned_private: Bytes::new(),
        };
        let answer = self.phase.client.plan(resource, &request).await.map_err(failed)?;
        accept(&answer.report)?;
        Ok(answer)
    }

    /// Creates what was planned.
    pub(super) async fn create(&self, config: &Value, planned: &PlanAnswer) -> Outcome<ObjectAnswer> {
        let request = ApplyRequest {
            prior: Value::Null,
            planned: planned.state.clone(),
            config: config.clone(),
            private: planned.private.clone(),
            identity: planned.identity.clone(),
        };
        let answer = self.phase.client.apply(self.resource()?, &request).await.map_err(failed)?;
        accept(&answer.report)?;
        Ok(answer)
    }

    /// Reads what was created.
    pub(super) async fn read(&self, object: &ObjectAnswer) -> Outcome {
        let identity = object.identity.as_ref();
        let answer = self.phase.client.read(self.resource()?, &object.state, &object.private, identity).await;
        let answer = answer.map_err(failed)?;
        accept(&answer.report)?;
        if answer.state.is_null() { Err(Failure::failed("a rotation that exists was read as gone")) } else { Ok(()) }
    }

    /// The state file that holds these objects as the instances of one resource.
    pub(super) fn state_file(&self, objects: &[ObjectAnswer]) -> Outcome<String> {
        let version = self.resource()?.object.version;
        let instances: Vec<_> = objects
            .iter()
            .enumerate()
            .map(|(number, object)| {
                let mut instance = json!({
                    "index_key": number,
                    "schema_version": version,
                    "attributes": json::to_json(&object.state),
                    "sensitive_attributes": [],
                });
                if !object.private.is_empty() {
                    instance["private"] = STANDARD.encode(&object.private).into();
                }
                instance
            })
            .collect();
        let state = json!({
            "version": 4,
            "terraform_version": "1.11.0",
            "serial": 1,
            "lineage": "bench",
            "outputs": {},
            "resources": [{
                "mode": "managed",
                "type": self.subject.resource,
                "name": "fleet",
                "provider": format!("provider[\"{}\"]", self.subject.source),
                "instances": instances,
            }],
            "check_results": null,
        });
        Ok(state.to_string())
    }

    /// Ends the process as Core does.
    pub(super) async fn end(self) -> Outcome {
        self.phase.end().await.map(drop).map_err(failed)
    }

    fn resource(&self) -> Outcome<&Resource> {
        self.schema.resource(self.subject.resource).map_err(failed)
    }
}

/// Creates rotations by ten workers and returns them in order.
pub(super) async fn create_fleet(caller: &Arc<Caller>, count: usize) -> Outcome<Vec<ObjectAnswer>> {
    let caller = Arc::clone(caller);
    ten_at_once(count, move |number| {
        let caller = Arc::clone(&caller);
        async move {
            let config = caller.config(number)?;
            let planned = caller.plan(&config).await?;
            caller.create(&config, &planned).await
        }
    })
    .await
}

/// Does work for the numbers below `count` by ten workers, and returns its results in the order of the numbers.
pub(super) async fn ten_at_once<T, F>(
    count: usize,
    work: impl Fn(usize) -> F + Send + Sync + 'static,
) -> Outcome<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = Outcome<T>> + Send,
{
    let (work, next) = (Arc::new(work), Arc::new(AtomicUsize::new(0)));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (work, next) = (Arc::clone(&work), Arc::clone(&next));
        workers.spawn(async move {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return Outcome::Ok(done);
                }
                done.push((number, work(number).await?));
            }
        });
    }
    let mut all = Vec::with_capacity(count);
    while let Some(done) = workers.join_next().await {
        all.extend(done.map_err(failed)??);
    }
    all.sort_unstable_by_key(|(number, _)| *number);
    Ok(all.into_iter().map(|(_, result)| result).collect())
}

/// Why what was to be measured did not work.
pub(super) fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::failed(error.to_string())
}

fn accept(report: &Report) -> Outcome {
    let errors: Vec<String> = report.errors().map(|it| format!("{}: {}", it.summary, it.detail)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Failure::failed(errors.join("; "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn results_come_in_order_and_a_failure_ends_all() {
        let doubled = ten_at_once(25, |number| async move { Ok(number * 2) }).await.unwrap();
        assert_eq!(doubled, (0..25).map(|number| number * 2).collect::<Vec<_>>());
        let outcome =
            ten_at_once(25, |number| async move { if number == 7 { Err(Failure::failed("seven")) } else { Ok(()) } });
        assert_eq!(outcome.await.unwrap_err().to_string(), "seven");
    }
}
