//! The providers that are measured, and the rotation that all of them know: the one of MySQL credentials.

use std::fs;
use std::path::{Path, PathBuf};

use infisical_sandbox::seed;
use plugin_driver::client::Capabilities;
use plugin_driver::launch::Launch;
use plugin_driver::session::{Host, Phase};
use serde_json::{Value as Json, json};

use crate::tools::{Failure, Outcome};

/// The resources of providers that rotate MySQL credentials, and the addresses by which the providers are known.
const KNOWN: [(&str, &str); 2] = [
    ("infisical_mysql_rotation", "registry.terraform.io/infisical-rotations/infisical"),
    ("infisical_secret_rotation_mysql_credentials", "registry.terraform.io/infisical/infisical"),
];

/// A provider that is measured.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// What it is called in the report.
    pub(super) name: &'static str,
    /// The program, alone in a folder.
    pub(super) program: PathBuf,
    /// The address that configurations name it by.
    pub(super) source: &'static str,
    /// Its resource for MySQL credentials.
    pub(super) resource: &'static str,
}

impl Subject {
    /// Copies the provider's program into a folder below `place` and asks it what it has.
    pub(super) async fn adopt(name: &'static str, program: &Path, place: &Path) -> Outcome<Self> {
        let broken = |error: std::io::Error| Failure::failed(format!("{}: {error}", program.display()));
        let folder = place.join(name.replace(' ', "-"));
        fs::create_dir_all(&folder).map_err(broken)?;
        let copy = folder.join(format!("terraform-provider-infisical{}", std::env::consts::EXE_SUFFIX));
        fs::copy(program, &copy).map_err(broken)?;

        let failed = |error: String| Failure::failed(format!("{} as a provider: {error}", program.display()));
        let host = Host::Launch(Launch::new(&copy));
        let phase = Phase::begin(&host, Capabilities::default()).await.map_err(|error| failed(error.to_string()))?;
        let (schema, _) = phase.client.schema().await.map_err(|error| failed(error.to_string()))?;
        phase.end().await.map_err(|error| failed(error.to_string()))?;
        let known = KNOWN.into_iter().find(|(resource, _)| schema.resources.contains_key(*resource));
        let (resource, source) = known.ok_or_else(|| failed("it has no rotation of MySQL credentials".to_owned()))?;
        Ok(Self { name, program: copy, source, resource })
    }

    /// The folder that holds the program and nothing else.
    pub(super) fn folder(&self) -> &Path {
        self.program.parent().unwrap_or(&self.program)
    }

    /// The configuration of `count` rotations.
    pub(super) fn configuration(&self, count: usize) -> String {
        let rotation = rotation("${count.index}");
        format!(
            "terraform {{\n  required_providers {{\n    infisical = {{\n      source = \"{source}\"\n    }}\n  }}\n}}\n\n\
             resource \"{resource}\" \"fleet\" {{\n  count = {count}\n{arguments}}}\n",
            source = self.source,
            resource = self.resource,
            arguments = arguments(&rotation, "  "),
        )
    }
}

/// The configuration of `count` resources that hold what the rotations hold, and need no provider to do any work.
pub(super) fn baseline(count: usize) -> String {
    let arguments = arguments(&rotation("${count.index}"), "    ");
    format!("resource \"terraform_data\" \"fleet\" {{\n  count = {count}\n  input = {{\n{arguments}  }}\n}}\n")
}

/// What the configuration says about the rotation with this number.
pub(super) fn rotation(number: &str) -> Json {
    json!({
        "name": format!("fleet-{number}"),
        "project_id": seed::PROJECT_ID,
        "connection_id": seed::connection_id("mysql"),
        "environment": "dev",
        "secret_path": "/app",
        "rotation_interval": 30,
        "parameters": { "username1": "app_a", "username2": "app_b" },
        "secrets_mapping": { "username": format!("MYSQL_USERNAME_{number}"), "password": format!("MYSQL_PASSWORD_{number}") },
    })
}

/// The arguments as lines of a configuration: JSON is a subset of that language's expressions.
fn arguments(rotation: &Json, indent: &str) -> String {
    let members = rotation.as_object().into_iter().flatten();
    members.fold(String::new(), |lines, (name, value)| lines + indent + name + " = " + &value.to_string() + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baseline_holds_what_the_rotations_hold() {
        let subject = Subject { name: "this", program: PathBuf::new(), source: KNOWN[0].1, resource: KNOWN[0].0 };
        let (configuration, baseline) = (subject.configuration(7), baseline(7));
        for text in ["count = 7\n", "name = \"fleet-${count.index}\"\n", "rotation_interval = 30\n"] {
            assert!(configuration.contains(text), "{configuration}");
            assert!(baseline.contains(text), "{baseline}");
        }
    }

    #[test]
    fn each_rotation_has_names_of_its_own() {
        let (one, other) = (rotation("1"), rotation("2"));
        assert_ne!(one["name"], other["name"]);
        assert_ne!(one["secrets_mapping"]["password"], other["secrets_mapping"]["password"]);
    }
}
