//! Reading with real CLIs: the committed examples of data sources, against what they speak of.

use std::fs;
use std::path::PathBuf;

use crate::cli::{Cli, Workspace};
use crate::lives::TERRAFORM;
use crate::runner::Trial;
use crate::world::World;

/// What the examples speak of.
const PROJECT: &str = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
const CONNECTION: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";
const ROTATION: &str = "b2f1a9c4-6d3e-4f70-9a8b-5c4d3e2f1a0b";

/// One test of a CLI.
type Test = fn(&Cli);

/// One trial for each test and CLI.
pub(crate) fn trials(clis: &[Cli]) -> Vec<Trial> {
    let tests: [(&str, Test); 1] = [("data sources", data_sources)];
    let each = clis.iter().flat_map(|cli| tests.map(|test| (cli.clone(), test)));
    each.map(|(cli, (name, test))| Trial::new(format!("reads::{name} ({})", cli.version), move || test(&cli))).collect()
}

/// A committed example.
fn example(path: &str) -> String {
    let file: PathBuf = [env!("CARGO_MANIFEST_DIR"), "examples", path].iter().collect();
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A world with the project and the connection that the examples name, and a workspace that reaches it.
fn furnished(cli: &Cli) -> (World, Workspace) {
    let world = World::new();
    world.add_project(PROJECT, "prod", "/orders");
    world.add_connection(CONNECTION, "postgres", PROJECT);
    world.change(|state| {
        "shop".clone_into(&mut state.projects.get_mut(PROJECT).unwrap().slug);
        "orders-database".clone_into(&mut state.connections.get_mut(CONNECTION).unwrap().name);
    });
    let environment = world.environment();
    let environment: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let workspace = Workspace::new(cli, &environment);
    workspace.write("terraform.tf", TERRAFORM);
    (world, workspace)
}

fn data_sources(cli: &Cli) {
    let (world, workspace) = furnished(cli);
    // A rotation that finds its connection by name; a plan that knows it settles.
    workspace.write("connection.tf", &example("data-sources/infisical_app_connection/data-source.tf"));
    workspace.apply(&[]).ok();
    workspace.assert_settled("after apply");
    let [id] = <[String; 1]>::try_from(world.rotations()).unwrap();
    assert_eq!(workspace.state_of("infisical_postgres_rotation.orders")["connection_id"], CONNECTION);

    for name in ["rotation", "rotations", "project", "rotation_options"] {
        let text = example(&format!("data-sources/infisical_{name}/data-source.tf"));
        workspace.write(&format!("{name}.tf"), &text.replace(ROTATION, &id));
    }
    let applied = workspace.apply(&[]).ok();
    assert!(!applied.text().contains("Check block"), "{}", applied.text());
    workspace.assert_settled("after reading");
    let named = workspace.state_of("data.infisical_rotation.orders");
    assert_eq!(named, workspace.state_of("data.infisical_rotation.billing"));
    assert_eq!(named["id"], id.as_str());
    assert_eq!(named["secrets_mapping"]["password"], "POSTGRES_PASSWORD");
    assert_eq!(workspace.state_of("data.infisical_project.shop")["environments"][0]["slug"], "prod");
    assert_eq!(workspace.state_of("data.infisical_rotations.production")["rotations"][0]["id"], id.as_str());

    // What goes wrong on the server is told by the check of the example.
    world.change(|state| {
        state
            .rotations
            .values_mut()
            .for_each(|rotation| rotation.rotation_status = infisical_sandbox::state::Status::Failed);
    });
    let planned = workspace.run(&["plan", "-no-color"]).ok();
    assert!(planned.text().contains("Not everything was rotated"), "{}", planned.text());

    let state = fs::read_to_string(workspace.path().join("terraform.tfstate")).unwrap();
    let secrets = world.secrets();
    assert!(
        !secrets.is_empty()
            && secrets.values().filter(|secret| secret.len() > 12).all(|secret| !state.contains(secret))
    );
}
