//! The toy provider: what it answers, and how its faults distort the answers.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use plugin_driver::client::dynamic;
use plugin_driver::proto::tfplugin6 as wire;
use plugin_driver::proto::tfplugin6::provider_server::Provider;
use plugin_driver::schema::{Block, ProviderSchema};
use plugin_driver::value::{Type, Value, json};
use tokio::sync::Notify;
use tokio_stream::{Stream, StreamExt as _};
use tonic::{Request, Response, Status};

use super::Fault;
use super::schema::{self, PLAIN, THING};
use super::wrap::{bytes_value, error, from_json, identity, identity_of, renewal, value};

type Answer<T> = Result<Response<T>, Status>;
type Events<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What the provider stores beside each object.
pub(super) const PRIVATE: &[u8] = b"private";

/// Is the toy provider, with at most one fault.
#[derive(Debug)]
pub(crate) struct Toy {
    pub(super) fault: Option<Fault>,
    schema: ProviderSchema,
    objects: Mutex<BTreeMap<String, Value>>,
    pub(super) made: AtomicI64,
    stop: Arc<Notify>,
}

impl Toy {
    /// Makes one without objects.
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        let stop = Arc::new(Notify::new());
        Self { fault, schema: schema::correct(), objects: Mutex::default(), made: AtomicI64::new(0), stop }
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// Returns the objects that are there, by their ids.
    pub(crate) fn objects(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn block(&self, name: &str) -> Result<&Block, Status> {
        let resource = self.schema.resource(name).map_err(|error| Status::not_found(error.to_string()))?;
        Ok(&resource.object.block)
    }

    pub(super) fn deferred(&self, fault: Fault) -> Option<wire::Deferred> {
        self.has(fault).then(wire::Deferred::default)
    }

    fn spoil(&self, value: Value, unknown: Fault, write_only: Fault) -> Value {
        match self.fault {
            Some(fault) => fault.spoil(value, unknown, write_only),
            None => value,
        }
    }
}

#[tonic::async_trait]
impl Provider for Toy {
    async fn get_metadata(&self, _: Request<wire::get_metadata::Request>) -> Answer<wire::get_metadata::Response> {
        let mut metadata = schema::metadata(self.fault);
        if self.has(Fault::ListWithoutIdentity) {
            metadata.list_resources.clear();
        }
        Ok(Response::new(metadata))
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Answer<wire::get_provider_schema::Response> {
        Ok(Response::new(schema::schema(self.fault)))
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Answer<wire::get_resource_identity_schemas::Response> {
        Ok(Response::new(schema::identities(self.fault)))
    }

    async fn get_functions(&self, _: Request<wire::get_functions::Request>) -> Answer<wire::get_functions::Response> {
        let mut functions = schema::schema(self.fault).functions;
        if self.has(Fault::FunctionsShort) {
            functions.clear();
        }
        Ok(Response::new(wire::get_functions::Response { functions, diagnostics: Vec::new() }))
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Answer<wire::validate_provider_config::Response> {
        let config = value(request.into_inner().config.as_ref(), &self.schema.provider.kind())?;
        let refused = config.get("endpoint").and_then(Value::as_text) == Some("nowhere");
        let diagnostics = refused.then(|| error("Unusable endpoint")).into_iter().collect();
        Ok(Response::new(wire::validate_provider_config::Response { diagnostics }))
    }

    async fn configure_provider(
        &self,
        _: Request<wire::configure_provider::Request>,
    ) -> Answer<wire::configure_provider::Response> {
        Ok(Response::new(wire::configure_provider::Response::default()))
    }

    async fn validate_resource_config(
        &self,
        _: Request<wire::validate_resource_config::Request>,
    ) -> Answer<wire::validate_resource_config::Response> {
        let diagnostics = self.fault.and_then(Fault::diagnostic).into_iter().collect();
        Ok(Response::new(wire::validate_resource_config::Response { diagnostics }))
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Answer<wire::upgrade_resource_state::Response> {
        let request = request.into_inner();
        let block = self.block(&request.type_name)?;
        let state = from_json(&request.raw_state.unwrap_or_default().json, &block.kind())?;
        let state = match self.fault {
            Some(Fault::UpgradeNull) => Value::Null,
            _ => self.spoil(state, Fault::UpgradeUnknown, Fault::UpgradeWriteOnly),
        };
        let upgraded_state = Some(dynamic(&state));
        Ok(Response::new(wire::upgrade_resource_state::Response { upgraded_state, diagnostics: Vec::new() }))
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Answer<wire::upgrade_resource_identity::Response> {
        let stored = request.into_inner().raw_identity.unwrap_or_default().json;
        let kind = Type::Object(BTreeMap::from([("id".to_owned(), Type::String)]));
        let upgraded = if stored.is_empty() { Value::Null } else { from_json(&stored, &kind)? };
        let none = upgraded.is_null() || self.has(Fault::UpgradeIdentityMissing);
        let upgraded_identity = (!none).then(|| identity(&upgraded));
        Ok(Response::new(wire::upgrade_resource_identity::Response { upgraded_identity, diagnostics: Vec::new() }))
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Answer<wire::read_resource::Response> {
        let request = request.into_inner();
        let block = self.block(&request.type_name)?;
        let state = value(request.current_state.as_ref(), &block.kind())?;
        let id = state.get("id").and_then(Value::as_text).unwrap_or_default();
        let state = self.objects().get(id).cloned().unwrap_or(Value::Null);
        let mut new_identity = identity_of(&request.type_name, &state);
        match self.fault {
            Some(Fault::ReadIdentityMissing) => new_identity = None,
            Some(Fault::ReadIdentityUnasked) if request.type_name == PLAIN => {
                new_identity = Some(identity(&Value::from("x")));
            }
            Some(Fault::ReadIdentityUnknown) if new_identity.is_some() => {
                new_identity = Some(identity(&Value::object([("id", Value::unknown())])));
            }
            Some(Fault::ReadIdentityNull) if new_identity.is_some() => new_identity = Some(identity(&Value::Null)),
            Some(Fault::ReadIdentityChanged) if new_identity.is_some() => {
                new_identity = Some(identity(&Value::object([("id", Value::from("other"))])));
            }
            _ => {}
        }
        let state = self.spoil(state, Fault::ReadUnknown, Fault::ReadWriteOnly);
        let new_state = match self.fault {
            Some(Fault::ReadJson) => {
                wire::DynamicValue { msgpack: Bytes::new(), json: json::to_json(&state).to_string().into() }
            }
            Some(Fault::ReadExtension) => bytes_value(&[0xd5, 9, 0, 0]),
            Some(Fault::ReadTypeConfused) => bytes_value(&[0x93, 1, 2, 3]),
            _ => dynamic(&state),
        };
        let private = if self.has(Fault::ReadPrivateErased) { Bytes::new() } else { request.private };
        Ok(Response::new(wire::read_resource::Response {
            new_state: Some(new_state),
            diagnostics: Vec::new(),
            private,
            deferred: self.deferred(Fault::ReadDeferred),
            new_identity,
        }))
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Answer<wire::plan_resource_change::Response> {
        self.plan(&request.into_inner()).map(Response::new)
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Answer<wire::apply_resource_change::Response> {
        self.apply(&request.into_inner()).map(Response::new)
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Answer<wire::import_resource_state::Response> {
        let request = request.into_inner();
        let block = self.block(&request.type_name)?;
        let kind = Type::Object(BTreeMap::from([("id".to_owned(), Type::String)]));
        let asked = value(request.identity.as_ref().and_then(|identity| identity.identity_data.as_ref()), &kind)?;
        let id = asked.get("id").cloned().unwrap_or_else(|| Value::from(request.id.as_str()));
        let state = block.empty().with("id", id);
        let identity = identity_of(&request.type_name, &state).filter(|_| !self.has(Fault::ImportIdentityMissing));
        let state = match self.fault {
            Some(Fault::ImportNull) => Value::Null,
            _ => self.spoil(state, Fault::ImportUnknown, Fault::ImportWriteOnly),
        };
        let type_name = if self.has(Fault::ImportOtherType) { PLAIN.to_owned() } else { request.type_name };
        let private = Bytes::from_static(PRIVATE);
        let imported = wire::import_resource_state::ImportedResource {
            type_name,
            state: Some(dynamic(&state)),
            private,
            identity,
        };
        let count = match self.fault {
            Some(Fault::ImportNothing) => 0,
            Some(Fault::ImportTwo) => 2,
            _ => 1,
        };
        Ok(Response::new(wire::import_resource_state::Response {
            imported_resources: vec![imported; count],
            diagnostics: Vec::new(),
            deferred: self.deferred(Fault::ImportDeferred),
        }))
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Answer<wire::move_resource_state::Response> {
        let request = request.into_inner();
        let block = self.block(&request.target_type_name)?;
        let source: serde_json::Value = serde_json::from_slice(&request.source_state.unwrap_or_default().json)
            .map_err(|error| Status::invalid_argument(error.to_string()))?;
        let id = Value::from(source["id"].as_str().unwrap_or_default());
        let state = match self.fault {
            Some(Fault::MoveNull) => Value::Null,
            _ => self.spoil(block.empty().with("id", id), Fault::MoveUnknown, Fault::MoveWriteOnly),
        };
        Ok(Response::new(wire::move_resource_state::Response {
            target_state: Some(dynamic(&state)),
            target_identity: identity_of(&request.target_type_name, &state),
            target_private: Bytes::from_static(PRIVATE),
            ..wire::move_resource_state::Response::default()
        }))
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Answer<wire::generate_resource_config::Response> {
        let request = request.into_inner();
        let block = self.block(&request.type_name)?;
        let mut config = value(request.state.as_ref(), &block.kind())?;
        if !self.has(Fault::GenerateComputed) {
            config = config.with("id", Value::Null);
        }
        if self.has(Fault::GenerateWriteOnly) {
            config = config.with("secret", Value::from("leaked"));
        }
        let config = Some(dynamic(&config));
        Ok(Response::new(wire::generate_resource_config::Response { config, diagnostics: Vec::new() }))
    }

    async fn validate_data_resource_config(
        &self,
        _: Request<wire::validate_data_resource_config::Request>,
    ) -> Answer<wire::validate_data_resource_config::Response> {
        Ok(Response::new(wire::validate_data_resource_config::Response::default()))
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Answer<wire::read_data_source::Response> {
        let block = &self.schema.data_sources["toy_lookup"].block;
        let config = value(request.into_inner().config.as_ref(), &block.kind())?;
        let state = match self.fault {
            Some(Fault::DataNull) => Value::Null,
            Some(Fault::DataUnknown) => config.with("answer", Value::unknown()),
            Some(Fault::DataChanges) => config.with("name", Value::from("another")),
            _ => config.with("answer", Value::from("42")),
        };
        let deferred = self.deferred(Fault::DataDeferred);
        Ok(Response::new(wire::read_data_source::Response {
            state: Some(dynamic(&state)),
            diagnostics: Vec::new(),
            deferred,
        }))
    }

    async fn validate_ephemeral_resource_config(
        &self,
        _: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Answer<wire::validate_ephemeral_resource_config::Response> {
        Ok(Response::new(wire::validate_ephemeral_resource_config::Response::default()))
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Answer<wire::open_ephemeral_resource::Response> {
        let block = &self.schema.ephemeral_resources["toy_lease"].block;
        let config = value(request.into_inner().config.as_ref(), &block.kind())?;
        let result = match self.fault {
            Some(Fault::EphemeralNull) => Value::Null,
            Some(Fault::EphemeralUnknown) => config.with("token", Value::unknown()),
            Some(Fault::EphemeralChanges) => config.with("ttl", Value::from(1)),
            _ => config.with("token", Value::from("t")),
        };
        Ok(Response::new(wire::open_ephemeral_resource::Response {
            renew_at: Some(renewal(self.has(Fault::OpenRenewPast))),
            result: Some(dynamic(&result)),
            private: Some(Bytes::from_static(PRIVATE)),
            deferred: self.deferred(Fault::EphemeralDeferred),
            diagnostics: Vec::new(),
        }))
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Answer<wire::renew_ephemeral_resource::Response> {
        Ok(Response::new(wire::renew_ephemeral_resource::Response {
            renew_at: Some(renewal(self.has(Fault::RenewPast))),
            private: request.into_inner().private,
            diagnostics: Vec::new(),
        }))
    }

    async fn close_ephemeral_resource(
        &self,
        _: Request<wire::close_ephemeral_resource::Request>,
    ) -> Answer<wire::close_ephemeral_resource::Response> {
        Ok(Response::new(wire::close_ephemeral_resource::Response::default()))
    }

    async fn validate_list_resource_config(
        &self,
        _: Request<wire::validate_list_resource_config::Request>,
    ) -> Answer<wire::validate_list_resource_config::Response> {
        Ok(Response::new(wire::validate_list_resource_config::Response::default()))
    }

    async fn list_resource(
        &self,
        request: Request<wire::list_resource::Request>,
    ) -> Answer<Events<wire::list_resource::Event>> {
        let request = request.into_inner();
        let event = |(id, state): (&String, &Value)| wire::list_resource::Event {
            identity: identity_of(THING, state).filter(|_| !self.has(Fault::ListAnonymous)),
            display_name: id.clone(),
            resource_object: (request.include_resource_object && !self.has(Fault::ListWithoutObject)).then(|| {
                dynamic(&if self.has(Fault::ListUnknown) {
                    state.with("note", Value::unknown())
                } else {
                    state.clone()
                })
            }),
            diagnostic: Vec::new(),
        };
        let objects = self.objects();
        let things = objects.iter().filter(|(_, state)| state.get("region").is_some());
        let mut events: Vec<_> = things.map(event).collect();
        drop(objects);
        if !self.has(Fault::ListTooMany) {
            events.truncate(usize::try_from(request.limit).unwrap_or(usize::MAX));
        }
        Ok(Response::new(Box::pin(tokio_stream::iter(events.into_iter().map(Ok)))))
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Answer<wire::call_function::Response> {
        let request = request.into_inner();
        let argument = value(request.arguments.first(), &Type::Number)?;
        let integer = match &argument {
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        let mut result = integer.map(|integer| dynamic(&Value::from(2 * integer)));
        let mut error = None;
        match self.fault {
            Some(Fault::FunctionNeither) => result = None,
            Some(Fault::FunctionBoth) => {
                error = Some(wire::FunctionError { text: "no".to_owned(), function_argument: None });
            }
            Some(Fault::FunctionRandom) => {
                result = Some(dynamic(&Value::from(self.made.fetch_add(1, Ordering::Relaxed))));
            }
            Some(Fault::FunctionBlamesNobody) => {
                (result, error) =
                    (None, Some(wire::FunctionError { text: "no".to_owned(), function_argument: Some(7) }));
            }
            _ => {}
        }
        Ok(Response::new(wire::call_function::Response { result, error }))
    }

    async fn validate_action_config(
        &self,
        _: Request<wire::validate_action_config::Request>,
    ) -> Answer<wire::validate_action_config::Response> {
        Ok(Response::new(wire::validate_action_config::Response::default()))
    }

    async fn plan_action(&self, _: Request<wire::plan_action::Request>) -> Answer<wire::plan_action::Response> {
        let deferred = self.deferred(Fault::ActionDeferred);
        Ok(Response::new(wire::plan_action::Response { diagnostics: Vec::new(), deferred }))
    }

    async fn invoke_action(
        &self,
        request: Request<wire::invoke_action::Request>,
    ) -> Answer<Events<wire::invoke_action::Event>> {
        use wire::invoke_action::event::{Completed, Progress, Type as Kind};
        let block = &self.schema.actions["toy_poke"].block;
        let config = value(request.into_inner().config.as_ref(), &block.kind())?;
        let progress = |text: &str| Some(Kind::Progress(Progress { message: text.to_owned() }));
        let completed = || Some(Kind::Completed(Completed::default()));
        let event = |kind| Ok(wire::invoke_action::Event { r#type: kind });
        let begin = tokio_stream::iter([event(progress("begun"))]);
        if config.get("target").and_then(Value::as_text) == Some("wait") {
            let mut rest = vec![event(completed())];
            if self.has(Fault::ActionAfterStop) {
                rest.insert(0, event(progress("still here")));
            }
            let stop = Arc::clone(&self.stop);
            let (sender, receiver) = tokio::sync::mpsc::channel(4);
            tokio::spawn(async move {
                stop.notified().await;
                for event in rest {
                    if sender.send(event).await.is_err() {
                        break;
                    }
                }
            });
            let rest = tokio_stream::wrappers::ReceiverStream::new(receiver);
            return Ok(Response::new(Box::pin(begin.chain(rest))));
        }
        let rest = match self.fault {
            Some(Fault::ActionNothing) => vec![event(None), event(completed())],
            Some(Fault::ActionSilentProgress) => vec![event(progress("")), event(completed())],
            Some(Fault::ActionUncompleted) => Vec::new(),
            Some(Fault::ActionCompletedTwice) => vec![event(completed()), event(completed())],
            Some(Fault::ActionAfterCompletion) => vec![event(completed()), event(progress("late"))],
            _ => vec![event(completed())],
        };
        Ok(Response::new(Box::pin(begin.chain(tokio_stream::iter(rest)))))
    }

    async fn stop_provider(&self, _: Request<wire::stop_provider::Request>) -> Answer<wire::stop_provider::Response> {
        self.stop.notify_one();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }
}
