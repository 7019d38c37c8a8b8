//! Reading with real CLIs: the committed examples of data sources, ephemeral resources and functions, against what they speak of,
//! and credentials handed on without being stored.

use std::fs;
use std::path::PathBuf;

use infisical_sandbox::seed;
use infisical_sandbox::state::{ClientSecret, MethodKind, Proof};

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
    let tests: [(&str, Test); 3] =
        [("data sources", data_sources), ("credentials", credentials), ("functions", functions)];
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

/// A rotation's password, handed to a write-only argument and to a login: it arrives, and is stored nowhere.
const HAND_OVER: &str = r#"
provider "infisical" {
  alias = "second"

  auth = {
    universal = {
      client_id     = "5eed0000-0000-4000-8000-000000000021"
      client_secret = ephemeral.infisical_rotation_credentials.orders.credentials["password"]
    }
  }
}

data "infisical_project" "seen_with_the_credentials" {
  provider = infisical.second
  slug     = "shop"
}

resource "infisical_windows_rotation" "reset" {
  name          = "reset"
  project_id    = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id = "5d5e1f6a-0b0c-4d0d-8e0e-0f0f0f0f0f0f"
  environment   = "prod"
  secret_path   = "/orders"

  rotation_interval = 30

  parameters = {
    username        = "app"
    rotation_method = "login-as-target"
  }

  secrets_mapping = {
    username = "WINDOWS_USERNAME"
    password = "WINDOWS_PASSWORD"
  }

  temporary_parameters = {
    password = ephemeral.infisical_rotation_credentials.both.credentials["password"]
  }
}

output "version" {
  value = parseint(formatdate("YYYYMMDDhhmmss", infisical_postgres_rotation.orders.last_rotated_at), 10)
}
"#;

fn credentials(cli: &Cli) {
    if !cli.is_at_least((1, 11)) {
        println!("skipped: ephemeral resources with {}: it has none", cli.version);
        return;
    }
    let (world, workspace) = furnished(cli);
    world.add_connection("5d5e1f6a-0b0c-4d0d-8e0e-0f0f0f0f0f0f", "smb", PROJECT);
    workspace.write("rotation.tf", &example("data-sources/infisical_app_connection/data-source.tf"));
    workspace.apply(&[]).ok();
    // The rotated password becomes the one secret that logs the identity in under the alias.
    let password = world.secrets()["POSTGRES_PASSWORD"].clone();
    world.change(|state| {
        let identity = state.identities.get_mut(seed::IDENTITY_ID).unwrap();
        let method = identity.methods.get_mut(&MethodKind::Universal).unwrap();
        let Proof::ClientSecret { secrets, .. } = &mut method.proof else { panic!("another login") };
        let known = secrets[0].clone();
        secrets.push(ClientSecret { secret: password.clone(), ..known });
    });

    let folder = "ephemeral-resources/infisical_rotation_credentials";
    workspace.write("credentials.tf", &example(&format!("{folder}/ephemeral-resource.tf")));
    workspace.write("hand-over.tf", HAND_OVER);
    let planned = workspace.command(&["plan", "-no-color", "-out=plan"]).env("TF_LOG", "TRACE").output().unwrap();
    assert!(planned.status.success(), "{}", String::from_utf8_lossy(&planned.stderr));
    let shown = workspace.run(&["show", "-json", "plan"]).ok();
    let applied = workspace.command(&["apply", "-no-color", "plan"]).env("TF_LOG", "TRACE").output().unwrap();
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    // No `-refresh-only` here: the CLI itself finds a change whenever a resource depends on an ephemeral one, and shows
    // none.
    let settled = workspace.run(&["plan", "-no-color", "-detailed-exitcode"]);
    assert_eq!(settled.status, 0, "{}", settled.stdout);
    assert_eq!(workspace.state_of("data.infisical_project.seen_with_the_credentials")["id"], PROJECT);
    assert_eq!(world.rotations().len(), 2);

    let state = fs::read(workspace.path().join("terraform.tfstate")).unwrap();
    let plan = fs::read(workspace.path().join("plan")).unwrap();
    for told in [&planned.stdout, &planned.stderr, &applied.stdout, &applied.stderr, &state, &plan] {
        assert!(!contains(told, &password), "the password was told");
    }
    assert!(!shown.stdout.contains(&password));
    // The search itself finds what is there.
    assert!(contains(&state, "POSTGRES_PASSWORD") && contains(&planned.stderr, "infisical_rotation_credentials"));
}

fn functions(cli: &Cli) {
    if !cli.is_at_least((1, 8)) {
        println!("skipped: functions with {}: providers have none", cli.version);
        return;
    }
    let (world, workspace) = furnished(cli);
    workspace.write("rotation.tf", &example("data-sources/infisical_app_connection/data-source.tf"));
    workspace.apply(&[]).ok();
    for name in ["next_rotation", "parse_import_id"] {
        workspace.write(&format!("{name}.tf"), &example(&format!("functions/{name}/function.tf")));
    }
    // The server and the function agree.
    let same = "output \"as_the_server_says\" {\n  value = provider::infisical::next_rotation(\n    \
                data.infisical_rotation.orders.last_rotated_at, 30, 0, 0, true\n  ) == \
                data.infisical_rotation.orders.next_rotation_at\n}\n";
    workspace.write("same.tf", same);
    workspace.apply(&[]).ok();
    workspace.assert_settled("with functions");
    let outputs: serde_json::Value = serde_json::from_str(&workspace.run(&["output", "-json"]).ok().stdout).unwrap();
    assert_eq!(outputs["next_rotation_if_weekly"]["value"], "2026-03-17T03:30:00.000Z");
    assert_eq!(outputs["as_the_server_says"]["value"], true);
    assert_eq!(workspace.state_of("data.infisical_rotation.orders")["id"], world.rotations()[0].as_str());

    workspace.write(
        "same.tf",
        "output \"no\" {\n  value = provider::infisical::next_rotation(\"2026-03-10T00:00:00Z\", 1, 24, 0, false)\n}\n",
    );
    let refused = workspace.run(&["plan", "-no-color"]);
    assert_ne!(refused.status, 0);
    let text = refused.text();
    assert!(
        text.contains("Invalid value for \"hours\" parameter: `hours` must be a whole number from 0 to 23"),
        "{text}"
    );
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
