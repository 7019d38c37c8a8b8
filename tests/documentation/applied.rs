//! What the documentation shows beyond the plain examples, applied to a sandbox: the variants of the examples, and the
//! example of a module with its test. (The plain examples live their whole lives in `tests/e2e`.)

use std::fmt::Write as _;
use std::fs;

use infisical_sandbox::seed;
use terraform_provider_infisical::catalog::{KINDS, Kind};

use super::cli::{Cli, Workspace};
use super::world::World;
use super::{Need, blocks, clis, complete, copy, is_new_enough, root};

#[test]
fn every_variant_of_an_example_settles_and_goes() {
    for cli in clis() {
        let world = World::new();
        let environment = world.environment();
        let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let workspace = Workspace::new(&cli, &environment);
        let mut main =
            "variable \"present_password\" {\n  type      = string\n  ephemeral = true\n  default   = null\n}\n"
                .to_owned();
        let mut count = 0;
        for kind in KINDS {
            for (module, text, has_password) in variants(&cli, kind) {
                fs::create_dir(workspace.path().join(&module)).unwrap();
                workspace.write(&format!("{module}/main.tf"), &complete(&text));
                let password = if has_password { "  present_password = var.present_password\n" } else { "" };
                let _ = write!(main, "module \"{module}\" {{\n  source = \"./{module}\"\n{password}}}\n");
                count += 1;
            }
        }
        if !main.contains("= var.present_password") {
            main = main.split_once("}\n").unwrap().1.to_owned();
        }
        workspace.write("main.tf", &main);
        workspace.run(&["get", "-no-color"]).ok();
        let variable: &[&str] = if main.contains("variable") { &["-var=present_password=Present-Pass-1"] } else { &[] };
        workspace.apply(variable).ok();
        assert_eq!(world.rotations().len(), count, "{}", cli.version);
        // The present password is needed once: without it nothing is planned.
        let plan = workspace.run(&["plan", "-no-color", "-detailed-exitcode"]);
        assert_eq!(plan.status, 0, "{}: not settled:\n{}{}", cli.version, plan.stdout, plan.stderr);
        workspace.destroy().ok();
        assert!(world.rotations().is_empty());
        println!("figure: documentation: {count} variants of examples applied by {}", cli.version);
    }
}

#[test]
fn the_first_guide_leads_to_a_rotation_in_the_sandbox() {
    let page = root().join("docs/guides/getting-started.md");
    let first = blocks::fenced(&root(), &page).into_iter().find(|block| block.text.contains("resource \"")).unwrap();
    // The variables that the guide's section on the sandbox exports, but for the address: a test has its own.
    let guide = fs::read_to_string(&page).unwrap();
    let section = guide.split("\n## With the sandbox\n").nth(1).unwrap();
    let exported = section.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
    let exported: Vec<(&str, &str)> =
        exported.filter(|(name, _)| !["INFISICAL_HOST", "TF_CLI_CONFIG_FILE"].contains(name)).collect();
    assert_eq!(exported.len(), 4, "{exported:?}");
    for cli in clis() {
        let world = World::new();
        let mut environment = world.environment();
        environment.extend(exported.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let workspace = Workspace::new(&cli, &environment);
        workspace.write("main.tf", &first.text);
        let applied = workspace.apply(&[]).ok();
        assert!(applied.stdout.contains("next_rotation_at = \"20"), "{}", applied.stdout);
        let plan = workspace.run(&["plan", "-no-color", "-detailed-exitcode"]);
        assert_eq!(plan.status, 0, "{}: not settled:\n{}{}", cli.version, plan.stdout, plan.stderr);
        assert_eq!(world.rotations().len(), 1);
    }
}

#[test]
fn the_example_of_a_module_passes_its_own_test() {
    for cli in clis() {
        if !is_new_enough(&cli, &[Need::Cli { terraform: (1, 6), tofu: (1, 6) }]) {
            println!("skipped: the example of a module test with {}: it has no command `test`", cli.version);
            continue;
        }
        let world = World::new();
        let environment = world.environment();
        let environment: Vec<_> = environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let workspace = Workspace::new(&cli, &environment);
        copy(&root().join("examples/terraform-test"), workspace.path());
        let ran = workspace.run(&["test", "-no-color"]).ok();
        assert!(ran.stdout.contains("3 passed, 0 failed"), "{}", ran.stdout);
        assert!(world.rotations().is_empty(), "the test leaves something behind");
    }
}

/// The variants of a kind's example that this CLI can apply without another provider, furnished for the demo project:
/// a name for the module, its text, and whether it asks for the present password.
fn variants(cli: &Cli, kind: &Kind) -> Vec<(String, String, bool)> {
    let examples = root().join("examples/resources").join(kind.resource);
    let files = blocks::files(&examples, &["tf"])
        .into_iter()
        .filter(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("resource-")));
    let mut variants = Vec::new();
    for file in files {
        let block = blocks::example(&root(), &file);
        if block.needs_other_provider() || !is_new_enough(cli, &block.needs) {
            continue;
        }
        let variant = file.file_stem().unwrap().to_string_lossy().replace("resource-", "");
        let has_password = block.text.contains("variable \"present_password\"");
        // One folder holds one set of secrets; names are unique in a folder.
        let folder = match variant.as_str() {
            "all-parameters" => "/app",
            "temporary-password" => "/ci",
            _ => "/app/database",
        };
        let connection = seed::connection_id(kind.connections[0]).unwrap();
        let text = block
            .text
            .replace("9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f", seed::PROJECT_ID)
            .replace("3c90c3cc-0d44-4b50-8888-8dd25736052a", connection)
            .replace("= \"/orders\"", &format!("= \"{folder}\""))
            .replace("name          = \"orders\"", &format!("name = \"{}\"", kind.slug));
        variants.push((format!("{}-{variant}", kind.slug), text, has_password));
    }
    variants
}
