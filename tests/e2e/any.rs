//! The resource for any kind, with real CLIs: the committed example from creation to the resource of its own, and a kind
//! that only the server knows, refused and adopted.

use infisical_sandbox::validation;

use crate::adopts::{assert_adopted, committed, exported, reaching};
use crate::cli::{Cli, Workspace};
use crate::lives::{self, TERRAFORM};
use crate::runner::Trial;
use crate::world::World;

/// What the example speaks of.
const PROJECT: &str = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f";
const CONNECTION: &str = "3c90c3cc-0d44-4b50-8888-8dd25736052a";

/// One test of a CLI.
type Test = fn(&Cli);

/// One trial for each test and CLI.
pub(crate) fn trials(clis: &[Cli]) -> Vec<Trial> {
    let tests: [(&str, Test); 3] = [("life", life), ("newer", newer), ("plans", plans)];
    let each = clis.iter().flat_map(|cli| tests.map(|test| (cli.clone(), test)));
    each.map(|(cli, (name, test))| Trial::new(format!("any::{name} ({})", cli.version), move || test(&cli))).collect()
}

/// Adds the kind that the provider does not know to all sandboxes of this process. Comes before the first of them.
pub(crate) fn add_kind() {
    let document = include_str!("../data/added-kinds/example-token.json");
    validation::add_kinds([("example-token".to_owned(), document.to_owned())].into()).unwrap();
}

/// A world with the project and a connection of the app, and a workspace that reaches it.
fn furnished(cli: &Cli, app: &str) -> (World, Workspace) {
    let world = World::new();
    world.add_project(PROJECT, "prod", "/orders");
    world.add_connection(CONNECTION, app, PROJECT);
    let workspace = reaching(cli, &world, TERRAFORM);
    (world, workspace)
}

fn life(cli: &Cli) {
    let (world, workspace) = furnished(cli, "redis");
    let example = committed("resources/infisical_rotation/resource.tf");
    let address = "infisical_rotation.orders";
    workspace.write("main.tf", &example);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after apply");
    let id = workspace.state_of(address)["id"].as_str().unwrap().to_owned();
    for name in [id.clone(), format!("{PROJECT}/prod/orders?path=/orders")] {
        workspace.run(&["state", "rm", address]).ok();
        workspace.run(&["import", "-no-color", address, &format!("redis-credentials/{name}")]).ok();
        workspace.assert_settled(&format!("after the import of {name}"));
    }

    let changed = example.replace("+@write ", "");
    workspace.write("main.tf", &changed);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after the change");
    let secrets = world.secrets();
    let end = changed.trim_end().strip_suffix('}').unwrap();
    workspace.write("main.tf", &format!("{end}\n  rotation_triggers = {{ reason = \"first\" }}\n}}\n"));
    workspace.apply(&[]).ok();
    workspace.assert_settled("after the rotation");
    assert_ne!(world.secrets(), secrets);

    // The kind has a resource of its own: it takes over, and nothing changes.
    if cli.is_terraform_at_least((1, 8)) || cli.is_at_least((1, 10)) {
        let own = lives::example(terraform_provider_infisical::catalog::by_slug("redis-credentials").unwrap());
        let own = own.replace("+@write ", "");
        let end = own.trim_end().strip_suffix('}').unwrap();
        let moved = "moved {\n  from = infisical_rotation.orders\n  to   = infisical_redis_rotation.orders\n}\n";
        workspace.write("main.tf", &format!("{end}\n  rotation_triggers = {{ reason = \"first\" }}\n}}\n\n{moved}"));
        let planned = workspace.run(&["plan", "-no-color"]).ok();
        assert!(planned.text().contains("Plan: 0 to add, 0 to change, 0 to destroy."), "{}", planned.text());
        workspace.apply(&[]).ok();
        workspace.assert_settled("after the move");
        assert_eq!(workspace.state_of("infisical_redis_rotation.orders")["id"], id.as_str());
    }
    workspace.destroy().ok();
    assert!(world.rotations().is_empty());
}

/// A rotation of the kind that only the server knows.
const NEWER: &str = r#"
resource "infisical_rotation" "token" {
  type          = "example-token"
  name          = "orders"
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30

  parameters = {
    accountId = "abc123"
    network   = { zone = "eu" }
    hosts     = ["a", "b"]
  }

  secrets_mapping = {
    tokenId = "EXAMPLE_TOKEN_ID"
    token   = "EXAMPLE_TOKEN"
  }
}
"#;

fn newer(cli: &Cli) {
    let (world, workspace) = furnished(cli, "stripe");
    workspace.write("main.tf", &NEWER.replace("accountId = \"abc123\"", "accountId = \"A B\""));
    let refused = workspace.run(&["plan", "-no-color"]);
    assert_ne!(refused.status, 0, "{}", refused.stdout);
    assert!(refused.text().contains("Text of a wrong form"), "{}", refused.text());
    workspace.write("main.tf", NEWER);
    workspace.apply(&[]).ok();
    workspace.assert_settled("after apply");

    let text = exported(&world, &[]);
    assert!(text.contains("id = \"example-token/"), "{text}");
    let other = reaching(cli, &world, TERRAFORM);
    other.write("exported.tf", &text);
    other.run(&["fmt", "-check", "-diff", "-no-color"]).ok();
    assert_adopted(&other, 1);

    if cli.is_terraform_at_least((1, 14)) {
        let other = reaching(cli, &world, TERRAFORM);
        other.write("all.tfquery.hcl", &committed("list-resources/infisical_rotation/list-resource.tfquery.hcl"));
        other.run(&["init", "-no-color"]).ok();
        other.run(&["query", "-no-color", "-generate-config-out=generated.tf"]).ok();
        assert_adopted(&other, 1);
    }
    workspace.destroy().ok();
}

/// What a plan finds out at the server, as the CLI shows it.
fn plans(cli: &Cli) {
    let (world, workspace) = furnished(cli, "stripe");
    let elsewhere = NEWER.replace("\"/orders\"", "\"/orders/new\"");
    workspace.write("main.tf", &elsewhere);
    let planned = workspace.run(&["plan", "-no-color"]).ok();
    assert!(planned.text().contains("The folder does not exist"), "{}", planned.text());
    workspace
        .write("main.tf", &elsewhere.replace("  rotation_interval", "  create_folder     = true\n  rotation_interval"));
    let applied = workspace.apply(&[]).ok();
    assert!(!applied.text().contains("does not exist"), "{}", applied.text());
    workspace.assert_settled("after apply");
    assert_eq!(world.rotations().len(), 1);

    let unknown =
        elsewhere.replace(CONNECTION, "3c90c3cc-0d44-4b50-8888-00000000dead").replace("\"token\"", "\"other\"");
    workspace.write("other.tf", &unknown);
    let refused = workspace.run(&["plan", "-no-color"]);
    assert_ne!(refused.status, 0, "{}", refused.stdout);
    assert!(refused.text().contains("The app connection does not exist"), "{}", refused.text());
}
