//! The documentation, read as its users read it: each configuration in it is handed to the real CLI, each message is
//! explained, each link leads somewhere.
//!
//! Whether the rendered files are up to date is the business of `cargo xtask docs --check`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod applied;
mod blocks;
#[path = "../e2e/cli.rs"]
mod cli;
mod kinds;
mod language;
mod links;
mod messages;
mod names;
#[path = "../e2e/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use blocks::{Block, Need, Sort};
use cli::{Cli, Workspace};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The CLIs to run, or a line that says why there is none.
fn clis() -> Vec<Cli> {
    let clis = Cli::all();
    if clis.is_empty() {
        println!("skipped: the documentation's configurations: neither terraform nor tofu is on PATH");
    }
    clis
}

#[test]
fn every_configuration_is_formatted() {
    let Some(cli) = clis().into_iter().next() else { return };
    let mut blocks = blocks::all(&root());
    // Settings of the CLI are of an older language that the formatter does not know.
    blocks.retain(|block| block.sort != Sort::CliSettings);
    let workspace = Workspace::new(&cli, &[]);
    for (number, block) in blocks.iter().enumerate() {
        let extension = if block.sort == Sort::Test { "tftest.hcl" } else { "tf" };
        workspace.write(&format!("b{number:03}.{extension}"), &block.text);
    }
    let ran = workspace.run(&["fmt", "-check", "-diff", "-no-color"]);
    let wrong: Vec<&str> = blocks
        .iter()
        .enumerate()
        .filter(|(number, _)| format!("{}{}", ran.stdout, ran.stderr).contains(&format!("b{number:03}.")))
        .map(|(_, block)| block.place.as_str())
        .collect();
    assert!(ran.status == 0 && wrong.is_empty(), "not as fmt would have it: {wrong:?}\n{}\n{}", ran.stdout, ran.stderr);
    println!("figure: documentation: {} configurations parse and are formatted", blocks.len());
}

#[test]
fn every_configuration_is_valid() {
    let root = root();
    let all = blocks::all(&root);
    for cli in clis() {
        let (able, unable): (Vec<_>, Vec<_>) = all.iter().partition(|block| is_new_enough(&cli, &block.needs));
        if !unable.is_empty() {
            println!(
                "skipped: documentation: {} configurations say that they need a newer CLI than {}",
                unable.len(),
                cli.version
            );
        }
        let modules = modules(&able);
        let (at_root, children): (Vec<_>, Vec<_>) = modules.iter().partition(|module| module.is_for_root());
        validate_children(&cli, &children);
        for batch in batches(&at_root) {
            validate_together(&cli, &batch);
        }
        println!("figure: documentation: {} configurations are valid for {}", modules.len(), cli.version);
    }
}

#[test]
fn every_whole_module_is_valid() {
    for cli in clis() {
        for entry in fs::read_dir(root().join("examples")).unwrap() {
            let folder = entry.unwrap().path();
            if folder.join("main.tf").is_file() {
                let workspace = Workspace::new(&cli, &[]);
                copy(&folder, workspace.path());
                workspace.run(&["validate", "-no-color"]).ok();
            }
        }
    }
}

#[test]
fn settings_of_the_cli_are_understood() {
    let all = blocks::all(&root());
    let settings: Vec<&Block> = all.iter().filter(|block| block.sort == Sort::CliSettings).collect();
    for cli in clis() {
        for block in &settings {
            let workspace = Workspace::new(&cli, &[]);
            workspace.write("cli.tfrc", &block.text);
            let ran = workspace.run(&["version"]).ok();
            assert!(ran.stderr.is_empty() && !ran.stdout.contains("Warning"), "{}: {ran:?}", block.place);
        }
    }
}

/// A configuration that stands for itself, made of one block, or of one and the imports that go with it.
struct Module {
    places: Vec<String>,
    text: String,
}

impl Module {
    /// Whether it may not be called by another module.
    fn is_for_root(&self) -> bool {
        language::only_in_root(&self.text)
    }
}

/// Makes modules of blocks: what is ours of those that need other providers, and imports together with the first
/// configuration of their page or folder that has what they import into.
fn modules(blocks: &[&Block]) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut seen = BTreeSet::new();
    let relevant = blocks.iter().filter(|block| block.sort == Sort::Module && !is_whole_module(block));
    let (imports, others): (Vec<&Block>, Vec<&Block>) = relevant.partition(|block| language::only_imports(&block.text));
    for block in others {
        if seen.insert(&block.text) {
            let text = if block.needs_other_provider() { language::only_ours(&block.text) } else { block.text.clone() };
            modules.push(Module { places: vec![block.place.clone()], text });
        }
    }
    for block in imports {
        if seen.insert(&block.text) {
            let home = blocks.iter().find(|other| other.home == block.home && !language::only_imports(&other.text));
            let home = home.unwrap_or_else(|| panic!("{}: nothing to import into", block.place));
            let text = format!("{}{}", home.text, block.text);
            modules.push(Module { places: vec![block.place.clone(), home.place.clone()], text });
        }
    }
    modules
}

/// Whether a block is a file of a module of several files, which is validated as a whole.
fn is_whole_module(block: &Block) -> bool {
    root().join(&block.home).join("main.tf").is_file()
}

/// Validates many modules at once, as children of one.
fn validate_children(cli: &Cli, modules: &[&Module]) {
    let workspace = Workspace::new(cli, &[]);
    let mut main = String::new();
    for (number, module) in modules.iter().enumerate() {
        let folder = format!("m{number:03}");
        fs::create_dir(workspace.path().join(&folder)).unwrap();
        workspace.write(&format!("{folder}/main.tf"), &complete(&module.text));
        let _ = writeln!(main, "module \"{folder}\" {{\n  source = \"./{folder}\"");
        for variable in language::needed_variables(&module.text) {
            let _ = writeln!(main, "  {variable} = null");
        }
        main.push_str("}\n");
    }
    workspace.write("main.tf", &main);
    workspace.run(&["get", "-no-color"]).ok();
    let ran = workspace.run(&["validate", "-no-color"]);
    let places: Vec<String> = modules
        .iter()
        .enumerate()
        .map(|(number, module)| format!("m{number:03} is {}", module.places.join(" with ")))
        .collect();
    assert_eq!(ran.status, 0, "{}\n{}\n{}", ran.stdout, ran.stderr, places.join("\n"));
}

/// Puts modules that must be roots into as few as possible: those whose resources have different addresses.
fn batches<'a>(modules: &[&'a Module]) -> Vec<Vec<&'a Module>> {
    let mut batches: Vec<(BTreeSet<String>, Vec<&Module>)> = Vec::new();
    for module in modules {
        let resources = language::resources(&module.text);
        match batches.iter_mut().find(|(taken, _)| taken.is_disjoint(&resources)) {
            Some((taken, batch)) => {
                taken.extend(resources);
                batch.push(module);
            }
            None => batches.push((resources, vec![module])),
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

fn validate_together(cli: &Cli, modules: &[&Module]) {
    let workspace = Workspace::new(cli, &[]);
    workspace.write("versions.tf", &complete(""));
    for (number, module) in modules.iter().enumerate() {
        assert!(!language::names_its_providers(&module.text), "{:?} can't stand beside others", module.places);
        workspace.write(&format!("m{number:03}.tf"), &module.text);
    }
    let ran = workspace.run(&["validate", "-no-color"]);
    let places: Vec<&String> = modules.iter().flat_map(|module| &module.places).collect();
    assert_eq!(ran.status, 0, "one of {places:?}:\n{}\n{}", ran.stdout, ran.stderr);
}

/// The text with the provider's address, where it does not say it itself.
fn complete(text: &str) -> String {
    if language::names_its_providers(text) {
        return text.to_owned();
    }
    let source = language::SOURCE;
    format!(
        "terraform {{\n  required_providers {{\n    infisical = {{\n      source = \"{source}\"\n    }}\n  }}\n}}\n{text}"
    )
}

fn is_new_enough(cli: &Cli, needs: &[Need]) -> bool {
    let is_tofu = cli.version.starts_with("OpenTofu");
    let number = cli.version.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('v');
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    let version: (u32, u32) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    needs.iter().all(|need| match need {
        Need::Cli { terraform, tofu } => version >= if is_tofu { *tofu } else { *terraform },
        Need::Provider(_) => true,
    })
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&path, &target);
        } else if path.extension().is_some_and(|extension| extension == "tf" || extension == "hcl") {
            fs::copy(&path, &target).unwrap();
        }
    }
}
