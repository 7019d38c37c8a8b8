//! The whole life of a rotation of each kind, as a user lives it with the real CLI: the committed example, applied,
//! settled, imported, changed, rotated, replaced and destroyed.

use std::fs;
use std::path::PathBuf;

use terraform_provider_infisical::catalog::{KINDS, Kind};

use crate::cli::{Cli, Workspace};
use crate::runner::Trial;
use crate::world::World;

/// One trial for each kind and CLI.
pub(crate) fn trials(clis: &[Cli]) -> Vec<Trial> {
    let each = clis.iter().flat_map(|cli| KINDS.iter().map(move |kind| (cli.clone(), *kind)));
    each.map(|(cli, kind)| Trial::new(format!("lives::{} ({})", kind.resource, cli.version), move || live(&cli, kind)))
        .collect()
}

/// The committed example of a kind: the first of its files.
pub(crate) fn example(kind: &Kind) -> String {
    let file: PathBuf =
        [env!("CARGO_MANIFEST_DIR"), "examples/resources", kind.resource, "resource.tf"].iter().collect();
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The example of a resource, with lines that a step adds.
pub(crate) struct Configuration {
    /// All of it.
    pub(crate) text: String,
}

impl Configuration {
    /// The example of a kind.
    pub(crate) fn of(kind: &Kind) -> Self {
        Self { text: example(kind) }
    }

    /// The literal that the example gives the argument `name`.
    fn literal(&self, name: &str) -> &str {
        let line = self.text.lines().find(|line| line.trim_start().starts_with(&format!("{name} ")));
        let value = line.and_then(|line| line.split_once('=')).map(|(_, value)| value.trim().trim_matches('"'));
        value.unwrap_or_else(|| panic!("the example has no {name}"))
    }

    /// The resource's name in the configuration.
    fn name(&self) -> &str {
        self.text.split('"').nth(3).expect("a resource block")
    }

    /// The same with one argument's value replaced.
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let given = self.literal(name);
        let line = self.text.lines().find(|line| line.trim_start().starts_with(&format!("{name} "))).unwrap();
        let changed = line.replace(given, value);
        Self { text: self.text.replace(line, &changed) }
    }

    /// The same with further arguments.
    fn and(&self, lines: &str) -> Self {
        let body = self.text.trim_end().strip_suffix('}').expect("one resource block, closed at the end");
        Self { text: format!("{body}\n{lines}\n}}\n") }
    }
}

/// Says where this provider is from.
pub(crate) const TERRAFORM: &str = "\
terraform {
  required_providers {
    infisical = {
      source = \"infisical-rotations/infisical\"
    }
  }
}
";

fn live(cli: &Cli, kind: &'static Kind) {
    let example = Configuration::of(kind);
    let address = format!("{}.{}", kind.resource, example.name());
    let place = Place {
        project: example.literal("project_id").to_owned(),
        environment: example.literal("environment").to_owned(),
        path: example.literal("secret_path").to_owned(),
        name: example.literal("name").to_owned(),
    };
    let world = World::new();
    world.add_project(&place.project, &place.environment, &place.path);
    world.add_connection(example.literal("connection_id"), kind.connections[0], &place.project);
    let other_connection = "5d5e1f6a-0b0c-4d0d-8e0e-0f0f0f0f0f0f";
    world.add_connection(other_connection, kind.connections[0], &place.project);

    let environment = world.environment();
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let workspace = Workspace::new(cli, &environment);
    workspace.write("terraform.tf", TERRAFORM);
    let write = |configuration: &Configuration| workspace.write("main.tf", &configuration.text);

    // Created, and settled at once.
    write(&example);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after apply");
    let created = workspace.state_of(&address);
    let id = created["id"].as_str().unwrap().to_owned();
    assert_eq!(created["type"], kind.slug);
    let secrets = world.secrets();
    assert_eq!(secrets.len(), kind.secrets.len(), "one secret for each part of the credentials");

    // Imported by ID and by name, and settled at once.
    for name in [id.clone(), format!("{}/{}/{}?path={}", place.project, place.environment, place.name, place.path)] {
        workspace.run(&["state", "rm", &address]).ok();
        workspace.run(&["import", "-no-color", &address, &name]).ok();
        workspace.assert_settled(&format!("after the import of {name}"));
        assert_eq!(workspace.state_of(&address)["id"], id.as_str());
    }

    // A replacement that would end without a rotation is refused, and nothing is lost.
    write(&example.with("connection_id", other_connection));
    let refused = workspace.run(&["plan", "-no-color"]);
    assert_ne!(refused.status, 0, "{}", refused.stdout);
    assert!(refused.text().contains("Replacement would lose the rotation"), "{}", refused.text());

    // Changed in place: the same rotation, the same credentials.
    let interval: i64 = example.literal("rotation_interval").parse().unwrap();
    let changed = example
        .with("rotation_interval", &(interval + 1).to_string())
        .with("name", &format!("{}-renamed", place.name))
        .and("  delete_secrets = true");
    write(&changed);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after the change");
    assert_eq!(workspace.state_of(&address)["id"], id.as_str(), "an update keeps the rotation");
    assert_eq!(world.secrets(), secrets, "an update does not rotate");

    // Rotated by its triggers: the same rotation, other credentials.
    let rotated = changed.and("  rotation_triggers = { reason = \"first\" }");
    write(&rotated);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after the rotation");
    let after = workspace.state_of(&address);
    assert_eq!(after["id"], id.as_str(), "a rotation keeps the rotation");
    assert_eq!(after["active_index"], 1);
    assert_ne!(world.secrets(), secrets, "a rotation changes the secrets");
    assert_eq!(world.rotations().len(), 1);

    // Replaced, now that the old secrets go with the old rotation.
    write(&rotated.with("connection_id", other_connection));
    workspace.apply(&[]).ok();
    workspace.assert_settled("after the replacement");
    assert_ne!(workspace.state_of(&address)["id"], id.as_str(), "another connection needs another rotation");
    assert_eq!(world.rotations().len(), 1);

    workspace.destroy().ok();
    assert!(world.rotations().is_empty() && world.secrets().is_empty(), "nothing is left");
}

/// Where an example's rotation lies.
struct Place {
    project: String,
    environment: String,
    path: String,
    name: String,
}
