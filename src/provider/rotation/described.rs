//! How the server itself describes the kinds: its OpenAPI document, asked for once, in the catalog's vocabulary.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value as Json;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::catalog::{Kind, openapi};
use crate::infisical::Client;

/// The descriptions of the servers that this process has asked. A failure to ask serves like an answer, so that an
/// outage doesn't cost each resource its own patience.
#[derive(Default)]
pub(super) struct Descriptions {
    servers: Mutex<BTreeMap<String, Arc<Server>>>,
}

#[derive(Default)]
struct Server {
    document: OnceCell<Option<Json>>,
    kinds: Mutex<BTreeMap<String, Option<&'static Kind>>>,
}

impl Descriptions {
    /// The kind as the server of `client` describes it; `None` where it does not, or can't be asked.
    pub(super) async fn of(&self, client: &Client, stop: &CancellationToken, slug: &str) -> Option<&'static Kind> {
        let server = {
            let mut servers = self.servers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(servers.entry(client.host().to_owned()).or_default())
        };
        let document = server.document.get_or_init(|| document(client, stop)).await.as_ref()?;
        let mut kinds = server.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        *kinds.entry(slug.to_owned()).or_insert_with(|| translated(document, slug))
    }
}

async fn document(client: &Client, stop: &CancellationToken) -> Option<Json> {
    match client.openapi(stop).await {
        Ok(document) => Some(document),
        Err(error) => {
            tracing::info!("the server's description of its API can't be had, so the API judges at apply: {error}");
            None
        }
    }
}

fn translated(document: &Json, slug: &str) -> Option<&'static Kind> {
    let Some(described) = openapi::describe(document, slug) else {
        tracing::info!(kind = slug, "the server's description of its API does not have this kind");
        return None;
    };
    for untold in &described.untold {
        tracing::debug!(kind = slug, "left to the API to judge: {untold}");
    }
    Some(described.kind)
}
