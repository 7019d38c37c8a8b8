//! Taking over rotations that exist, with real CLIs: all kinds at once, by what the provider exports, by what a query
//! generates, and by identity. Whatever the way, the import changes nothing and the next plan is empty.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use terraform_provider_infisical::catalog::KINDS;

use crate::cli::{Cli, PROVIDER, Ran, Workspace};
use crate::lives::{Configuration, TERRAFORM};
use crate::runner::Trial;
use crate::world::World;

/// The project of the examples.
const PROJECT: &str = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
/// The rotation of the examples.
const ROTATION: &str = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b";

/// One way to adopt, or to act on, what exists.
type Way = fn(&Cli);

/// One trial for each way and CLI.
pub(crate) fn trials(clis: &[Cli]) -> Vec<Trial> {
    let ways: [(&str, Way); 4] = [("export", export), ("query", query), ("identity", identity), ("actions", actions)];
    let each = clis.iter().flat_map(|cli| ways.map(|way| (cli.clone(), way)));
    each.map(|(cli, (name, way))| Trial::new(format!("adopts::{name} ({})", cli.version), move || way(&cli))).collect()
}

/// A world in which the example of every kind was applied, each in a folder of its own.
fn furnished(cli: &Cli) -> World {
    let world = World::new();
    world.add_project(PROJECT, "prod", "/orders");
    let mut examples = String::new();
    for (number, kind) in KINDS.iter().enumerate() {
        let (folder, connection) = (format!("/{}", kind.slug), format!("3c90c3cc-0d44-4b50-8888-{number:012}"));
        world.add_folder(PROJECT, "prod", &folder);
        world.add_connection(&connection, kind.connections[0], PROJECT);
        let example = Configuration::of(kind).with("secret_path", &folder).with("connection_id", &connection);
        examples += &example.text;
    }
    let workspace = reaching(cli, &world, TERRAFORM);
    workspace.write("main.tf", &examples);
    workspace.apply(&[]).ok();
    assert_eq!(world.rotations().len(), KINDS.len());
    world
}

/// An empty workspace that reaches the world.
pub(crate) fn reaching(cli: &Cli, world: &World, terraform: &str) -> Workspace {
    let environment = world.environment();
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let workspace = Workspace::new(cli, &environment);
    workspace.write("terraform.tf", terraform);
    workspace
}

/// Demands that the configuration imports so many rotations and changes nothing, and applies it.
pub(crate) fn assert_adopted(workspace: &Workspace, count: usize) {
    let planned = workspace.run(&["plan", "-no-color"]).ok();
    let expected = format!("Plan: {count} to import, 0 to add, 0 to change, 0 to destroy.");
    assert!(planned.text().contains(&expected), "{}", planned.stdout);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after the import");
}

/// What the provider exports of the world's project.
pub(crate) fn exported(world: &World, arguments: &[&str]) -> String {
    let mut command = Command::new(PROVIDER);
    command.env_clear().envs(world.environment()).args(["export", "--project-id", PROJECT]).args(arguments);
    Ran::of(command.output().unwrap()).ok().stdout
}

fn export(cli: &Cli) {
    if !cli.is_at_least((1, 5)) {
        println!("skipped: export with {}: it has no import blocks", cli.version);
        return;
    }
    let world = furnished(cli);
    let text = exported(&world, &[]);
    // Names and IDs of the other side are among the credentials, and no secrets: those that look like one are long.
    let secrets = world.secrets();
    let told: Vec<_> = secrets.iter().filter(|(_, value)| value.len() > 40 && text.contains(*value)).collect();
    assert!(told.is_empty() && secrets.values().any(|value| value.len() > 40), "{told:?}");
    for (terraform, text, count) in [
        (TERRAFORM.to_owned(), text, KINDS.len()),
        (TERRAFORM.replace("infisical =", "rotations ="), exported(&world, &["--provider", "rotations"]), KINDS.len()),
        (TERRAFORM.to_owned(), exported(&world, &["--kind", "redis-credentials"]), 1),
        (TERRAFORM.to_owned(), exported(&world, &["--environment=prod", "--path=/ldap-password"]), 1),
    ] {
        let workspace = reaching(cli, &world, &terraform);
        workspace.write("exported.tf", &text);
        workspace.run(&["fmt", "-check", "-diff", "-no-color"]).ok();
        assert_adopted(&workspace, count);
    }
    assert_eq!(exported(&world, &["--environment", "staging"]), "");
}

fn query(cli: &Cli) {
    if !cli.is_terraform_at_least((1, 14)) {
        println!("skipped: query with {}: it has none", cli.version);
        return;
    }
    let world = furnished(cli);
    let workspace = reaching(cli, &world, TERRAFORM);
    for kind in KINDS {
        let example = committed(&format!("list-resources/{}/list-resource.tfquery.hcl", kind.resource));
        workspace.write(&format!("{}.tfquery.hcl", kind.slug), &example);
    }
    workspace.run(&["init", "-no-color"]).ok();
    let found = workspace.run(&["query", "-no-color", "-generate-config-out=generated.tf"]).ok();
    assert!(found.stdout.contains("orders (prod, /redis-credentials)"), "{}", found.stdout);
    assert_adopted(&workspace, KINDS.len());
}

fn identity(cli: &Cli) {
    if !cli.is_at_least((1, 12)) {
        println!("skipped: identities with {}: it has none", cli.version);
        return;
    }
    let world = furnished(cli);
    let text = exported(&world, &["--kind", "redis-credentials"]);
    let id = text.split("\n  id = ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
    let resource = &text[text.find("resource ").unwrap()..];
    let example =
        committed("resources/infisical_redis_rotation/import-by-identity.tf").replace(ROTATION, id.trim_matches('"'));
    let project = example.lines().find(|line| line.trim_start().starts_with("project_id")).unwrap();
    for import in [example.clone(), example.replace(project, "")] {
        let workspace = reaching(cli, &world, TERRAFORM);
        workspace.write("main.tf", &format!("{import}{resource}"));
        assert_adopted(&workspace, 1);
    }
}

/// A committed example.
pub(crate) fn committed(path: &str) -> String {
    let file: PathBuf = [env!("CARGO_MANIFEST_DIR"), "examples", path].iter().collect();
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn actions(cli: &Cli) {
    if !cli.is_terraform_at_least((1, 14)) {
        println!("skipped: actions with {}: it has none", cli.version);
        return;
    }
    let world = furnished(cli);
    let workspace = reaching(cli, &world, TERRAFORM);
    let example = committed("actions/infisical_rotate/action-triggered.tf");
    let triggered = example.replace("\"/orders\"", "\"/redis-credentials\"");
    workspace.write("main.tf", &triggered);
    workspace.apply(&["-var=release=1"]).ok();
    let mut secrets = world.secrets();
    for arguments in [&["-var=release=2"][..], &["-var=release=2", "-invoke=action.infisical_rotate.orders"]] {
        let applied = workspace.apply(arguments).ok();
        assert!(applied.text().contains("Rotated `orders`: active index"), "{}", applied.stdout);
        let now = world.secrets();
        let changed: Vec<_> =
            now.iter().filter(|(name, value)| secrets[*name] != **value).map(|(name, _)| name).collect();
        assert_eq!(changed, ["REDIS_PASSWORD", "REDIS_USERNAME"]);
        secrets = now;
    }
}
