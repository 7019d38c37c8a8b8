//! The provider in debug mode: one process for many sessions, each with a client, a login and a state of its own.

use std::collections::BTreeMap;

use plugin_driver::client::Report;
use plugin_driver::launch::{Launch, Process};
use plugin_driver::session::{Address, Core, list};
use plugin_driver::value::{Value, json};
use serde_json::Value as Json;

use crate::server::{RESOURCE, Server};

/// Variables of the machine that would change what the provider does, by their beginnings.
const FOREIGN: [&str; 5] = ["INFISICAL_", "TF_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// A process, and a session with it.
pub(crate) struct Provider {
    /// The session.
    pub(crate) core: Core,
    _process: Process,
}

/// The recipe of a provider process with nothing of this machine's settings in its way.
pub(crate) fn launch() -> Launch {
    let names = std::env::vars_os().map(|(name, _)| name);
    let foreign = names.filter(|name| {
        let name = name.to_string_lossy().to_ascii_uppercase();
        FOREIGN.iter().any(|beginning| name.starts_with(beginning))
    });
    foreign.fold(Launch::new(env!("CARGO_BIN_EXE_terraform-provider-infisical")), Launch::without_environment)
}

impl Provider {
    /// Starts the process.
    pub(crate) async fn start() -> Self {
        let (process, attachments) = launch().argument("debug").start_debug().await.unwrap();
        let attachment = attachments.into_values().next().expect("an address to attach to");
        Self { core: Core::start(attachment).await.unwrap(), _process: process }
    }

    /// Begins anew: nothing in state, this provider block.
    pub(crate) fn reset(&mut self, block: &Json) {
        self.core.state_mut().clear();
        self.core.configure(block).unwrap();
    }

    /// A configuration as the session takes it.
    pub(crate) fn config(&self, config: &Json) -> Value {
        self.core.config(RESOURCE, config).unwrap()
    }

    /// Configurations of several resources, each under its rotation's name.
    pub(crate) fn configuration(&self, configs: &[Json]) -> BTreeMap<Address, Value> {
        let named = configs
            .iter()
            .map(|config| (Address::new(RESOURCE, config["name"].as_str().unwrap()), self.config(config)));
        named.collect()
    }

    /// Demands that all that is in state is at the server, and is there as it is in state.
    pub(crate) fn assert_true_to(&self, server: &Server, when: &str) {
        let rotations = server.rotations();
        for (address, instance) in self.core.state() {
            let stored = json::to_json(&instance.state);
            let remote = rotations.iter().find(|rotation| stored["id"] == rotation.id);
            let remote = remote.unwrap_or_else(|| panic!("{when}: {address} is in state and not at the server"));
            let remote = serde_json::to_value(remote).unwrap();
            for (attribute, key) in [
                ("name", "name"),
                ("rotation_interval", "rotationInterval"),
                ("active_index", "activeIndex"),
                ("rotation_status", "rotationStatus"),
                ("last_rotated_at", "lastRotatedAt"),
                ("last_rotation_attempted_at", "lastRotationAttemptedAt"),
                ("next_rotation_at", "nextRotationAt"),
            ] {
                assert_eq!(stored[attribute], remote[key], "{when}: {attribute} of {address}");
            }
        }
    }

    /// The ids in state.
    pub(crate) fn ids(&self) -> Vec<String> {
        let ids = self.core.state().values().filter_map(|instance| instance.state.get("id"));
        ids.filter_map(Value::as_text).map(str::to_owned).collect()
    }
}

/// All that a report says.
pub(crate) fn words(report: &Report) -> String {
    let texts = report.diagnostics.iter().flat_map(|told| [told.summary.as_str(), told.detail.as_str()]);
    texts.collect::<Vec<_>>().join("\n")
}

/// Demands that no rule of the protocol was broken, and nothing else.
#[track_caller]
pub(crate) fn assert_lawful(report: &Report, when: &str) {
    assert!(report.violations.is_empty(), "{when}:\n{}", list(&report.violations));
}

/// Demands success without a word.
#[track_caller]
pub(crate) fn assert_clean(report: &Report, when: &str) {
    assert!(report.diagnostics.is_empty() && !report.unreadable, "{when}: {}", words(report));
    assert_lawful(report, when);
}
