//! Debug mode: one process that hosts attach to, again and again.

use std::collections::BTreeMap;
use std::process::Stdio;

use plugin_driver::client::Client;
use plugin_driver::client::ImportTarget;
use plugin_driver::launch::{Address, Reattach};
use plugin_driver::session::Core;
use plugin_driver::value::Value;
use terraform_provider_infisical::catalog::by_slug;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::support::kinds::{Extent, example, example_json};
use crate::support::server::Server;
use crate::support::{LIMIT, Provider, assert_clean, assert_failed, assert_succeeded};

struct Debugged {
    process: Child,
    attachments: BTreeMap<String, Reattach>,
}

impl Debugged {
    async fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_terraform-provider-infisical"))
            .arg("debug")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let value = loop {
            let line = lines.next_line().await.unwrap().expect("the variable to set");
            if let Some(value) = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='") {
                break value.strip_suffix('\'').unwrap().to_owned();
            }
        };
        Self { process, attachments: Reattach::parse(&value).unwrap() }
    }

    fn attachment(&self) -> &Reattach {
        self.attachments.values().next().unwrap()
    }

    async fn interrupt(mut self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().await.unwrap().success());
        let status = tokio::time::timeout(LIMIT, self.process.wait()).await.unwrap().unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test]
async fn what_it_prints_leads_hosts_of_both_registries_to_it() {
    let debugged = Debugged::start().await;
    let sources: Vec<&str> = debugged.attachments.keys().map(String::as_str).collect();
    let source = "infisical-rotations/infisical";
    assert_eq!(sources, [format!("registry.opentofu.org/{source}"), format!("registry.terraform.io/{source}")]);
    for attachment in debugged.attachments.values() {
        assert!(attachment.test && Some(attachment.id) == debugged.process.id());
        // One connection after another, as hosts probe before they attach.
        drop(attachment.connect().await.unwrap());
        let client = Client::new(&attachment.connect().await.unwrap());
        assert_clean(&client.schema().await.unwrap().1);
    }
    let Address::Unix(socket) = &debugged.attachment().address else { panic!("no socket") };
    let socket = socket.clone();
    debugged.interrupt().await;
    assert!(!socket.exists());
}

#[tokio::test]
async fn the_latest_configuration_counts() {
    let debugged = Debugged::start().await;
    let (one, other) = (Server::start(), Server::start());
    let mut core = Core::start(debugged.attachment().clone()).await.unwrap();
    let kind = by_slug("redis-credentials").unwrap();
    let config = core.config(kind.resource, &example_json(kind, Extent::Full, "x")).unwrap();
    core.configure(&one.block()).unwrap();
    let applied = core.apply(kind.resource, "x", &config).await.unwrap();
    assert_succeeded(&applied.report);
    let id = applied.instance.unwrap().state.get("id").and_then(Value::as_text).unwrap().to_owned();
    assert_eq!((one.count("POST"), other.count("POST")), (1, 0));

    core.configure(&other.block()).unwrap();
    let missing = core.import(kind.resource, "y", &ImportTarget::Id(id.clone())).await.unwrap();
    assert_failed(&missing);
    core.configure(&one.block()).unwrap();
    let found = core.import(kind.resource, "y", &ImportTarget::Id(id)).await.unwrap();
    assert_succeeded(&found);
    debugged.interrupt().await;
}

#[tokio::test]
async fn two_processes_share_nothing() {
    let (one, other) = (Server::start(), Server::start());
    let (first, second) = (Provider::start().await, Provider::start().await);
    first.configure(&one.block()).await;
    second.configure(&other.block()).await;
    let kind = by_slug("redis-credentials").unwrap();
    let resource = &first.resource(kind.resource).clone();
    let config = example(resource, kind, Extent::Full, "x");
    let (state, twin) =
        tokio::join!(first.change(resource, &Value::Null, &config), second.change(resource, &Value::Null, &config));
    assert_ne!(state.get("id"), twin.get("id"));
    assert_eq!((one.count("POST"), other.count("POST")), (1, 1));
    first.end().await;
    // What the first left behind does not trouble the second.
    let read = second.client.read(resource, &twin, &[].as_slice().into(), None).await.unwrap();
    assert_clean(&read.report);
    second.end().await;
}
