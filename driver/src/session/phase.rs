//! One provider process of a command, from its start to its end.

use std::time::Duration;

use tokio::task::JoinSet;
use tonic::Streaming;

use super::CoreError;
use crate::client::{CallError, Capabilities, Client, Report};
use crate::launch::{Finished, Launch, Process, Reattach};
use crate::schema::ProviderSchema;
use crate::value::Value;

/// How long a process may take to end after Shutdown. Core kills it after two seconds; a test on a busy machine must not.
const END_LIMIT: Duration = Duration::from_secs(20);

/// Says where provider processes come from.
#[derive(Debug, Clone)]
pub enum Host {
    /// Each phase of a command starts a process of its own, as in normal use.
    Launch(Launch),
    /// All phases share one process in debug mode.
    Reattach(Reattach),
}

impl From<Launch> for Host {
    fn from(launch: Launch) -> Self {
        Self::Launch(launch)
    }
}

impl From<Reattach> for Host {
    fn from(reattach: Reattach) -> Self {
        Self::Reattach(reattach)
    }
}

/// Is a provider process with its connection.
#[derive(Debug)]
pub struct Phase {
    /// Talks to the provider.
    pub client: Client,
    process: Option<Process>,
    /// Core opens both streams at once and never uses them; a provider keeps them open.
    _streams: JoinSet<()>,
}

impl Phase {
    /// Starts a process, or attaches to the one that runs.
    pub async fn begin(host: &Host, capabilities: Capabilities) -> Result<Self, CoreError> {
        let (process, connection) = match host {
            Host::Launch(launch) => {
                let process = launch.start().await?;
                let connection = process.connect().await?;
                (Some(process), connection)
            }
            Host::Reattach(reattach) => (None, reattach.connect().await?),
        };
        let client = Client::new(&connection).with_capabilities(capabilities);
        let mut streams = JoinSet::new();
        // A provider need not answer before it has something to say, so nobody waits; Core goes on without either of them.
        let (stdio, broker) = (client.clone(), client.clone());
        streams.spawn(async move { hold(stdio.open_stdio().await).await });
        streams.spawn(async move { hold(broker.open_broker().await).await });
        Ok(Self { client, process, _streams: streams })
    }

    /// Returns the process; nothing when it is one in debug mode.
    pub fn process(&self) -> Option<&Process> {
        self.process.as_ref()
    }

    /// Validates and sets the provider's configuration, as before every walk.
    pub async fn configure(&self, schema: &ProviderSchema, config: &Value) -> Result<Report, CoreError> {
        if !schema.capabilities.get_provider_schema_optional {
            self.client.schema().await?;
        }
        let mut report = self.client.validate_provider(schema, config).await?;
        if report.is_usable() {
            report.absorb(self.client.configure(schema, config).await?);
        }
        if report.is_usable() { Ok(report) } else { Err(CoreError::Configuration(Box::new(report))) }
    }

    /// Ends the process as Core does, and returns what remains of it; nothing when it is one in debug mode, which goes on.
    pub async fn end(self) -> Result<Option<Finished>, CoreError> {
        let Self { client, process, _streams } = self;
        let Some(process) = process else { return Ok(None) };
        // Core ignores the answer too: the process may be gone before it is sent.
        let _answer = client.shutdown().await;
        process.finish(END_LIMIT).await.map(Some).map_err(CoreError::End)
    }
}

/// Keeps a stream open until the provider ends it.
async fn hold<T>(stream: Result<Streaming<T>, CallError>) {
    if let Ok(mut stream) = stream {
        while let Ok(Some(_)) = stream.message().await {}
    }
}
