//! Lists every message that a user can meet, as the provider words it: nothing here is typed by hand but the headings.
//!
//! `complaints` breaks configurations, `failures` makes calls fail, `driven` asks the provider for all the rest, with
//! `preflight`, `any` and `defects` for parts of it; `asking` is how. The list is for review: reading it from top to bottom
//! shows what users read.

mod any;
mod asking;
mod complaints;
mod defects;
mod driven;
mod failures;
mod preflight;
mod server;

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use terraform_provider_infisical::catalog::KINDS;
use terraform_provider_infisical::plugin;
use terraform_provider_infisical::terraform::{Diagnostic, Diagnostics, Severity};

/// The rotation of the samples.
const ID: &str = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b";

const HEAD: &str = "\
# Every message

What the provider can say, in its own words, for review. Rendered by `cargo xtask docs`, which makes the provider say each
of them; `cargo xtask docs --check` and a test fail when a message has changed. What to do about each is in
[Troubleshooting](../../docs/guides/troubleshooting.md).
";

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    severity: Severity,
    summary: String,
    path: String,
    detail: String,
}

impl From<Diagnostic> for Message {
    fn from(told: Diagnostic) -> Self {
        Self { severity: told.severity, summary: told.summary, path: told.path.to_string(), detail: told.detail }
    }
}

/// Where the list is.
pub(super) fn file() -> PathBuf {
    PathBuf::from("tests/documentation/messages.md")
}

/// Renders the list.
pub(super) fn page() -> io::Result<String> {
    let mut page = HEAD.to_owned();
    page += "\n## Refused or doubted by validation\n\nWhere not every kind of rotation tells it, those that do are named.\n";
    page += &complaints();
    for (heading, messages) in driven::all()? {
        let _ = write!(page, "\n## {heading}\n{}", listed(&messages));
    }
    page += "\n## What a failed call tells\n\nEach under the title of what was attempted; here it is the creation of a rotation.\n";
    let mut before = "";
    for (heading, messages) in failures::all() {
        if heading != before {
            let _ = write!(page, "\n### {heading}\n");
        }
        before = heading;
        for message in messages {
            page += &quoted(&message);
        }
    }
    let of_the_process: Vec<Message> = plugin::messages::samples().into_iter().flat_map(messages).collect();
    let _ = write!(page, "\n## From the process itself\n{}", listed(&of_the_process));
    Ok(page)
}

fn messages(told: Diagnostics) -> Vec<Message> {
    told.into_iter().map(Message::from).collect()
}

/// Complaints below their titles, one a line: each begins with its argument.
fn complaints() -> String {
    let mut text = String::new();
    let mut title = String::new();
    for (message, kinds) in complaints::all() {
        let heading = heading(&message);
        if heading != title {
            let _ = write!(text, "\n### {heading}\n\n");
            title = heading;
        }
        let kinds = if kinds.len() == KINDS.len() { String::new() } else { format!(" ({})", kinds.join(", ")) };
        let _ = writeln!(text, "- {}{kinds}", message.detail);
    }
    text
}

/// Messages below their titles, in the order in which they were told.
fn listed(messages: &[Message]) -> String {
    let mut text = String::new();
    let mut title = String::new();
    for message in messages {
        let heading = heading(message);
        if heading != title {
            let _ = write!(text, "\n### {heading}\n");
            title = heading;
        }
        text += &quoted(message);
    }
    text
}

fn heading(message: &Message) -> String {
    match message.severity {
        Severity::Error => message.summary.clone(),
        Severity::Warning => format!("{} (warning)", message.summary),
    }
}

fn quoted(message: &Message) -> String {
    let place = if message.path.is_empty() { String::new() } else { format!("\nAt `{}`:\n", message.path) };
    let lines = message.detail.lines().map(|line| format!("> {line}").trim_end().to_owned() + "\n");
    format!("{place}\n{}", lines.collect::<String>())
}
