//! What `cargo xtask package` makes, in the hands of those who take it: registries by names and hashes, CLIs by `init`.
//!
//! The program under test is packed, not a release build, which takes minutes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

#[path = "e2e/cli.rs"]
mod cli;

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};

use cli::{Cli, PROVIDER, Ran, Workspace};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const NAME: &str = concat!("terraform-provider-infisical_", env!("CARGO_PKG_VERSION"));

const CONFIGURATION: &str = r#"terraform {
  required_providers {
    infisical = {
      source = "infisical-rotations/infisical"
    }
  }
}

resource "infisical_redis_rotation" "cache" {
  name              = "orders-cache"
  project_id        = "9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"
  connection_id     = "3c90c3cc-0d44-4b50-8888-8dd25736052a"
  environment       = "prod"
  secret_path       = "/orders"
  rotation_interval = 30
  parameters        = { permission_scope = "~orders:* +@read" }
  secrets_mapping   = { username = "REDIS_USERNAME", password = "REDIS_PASSWORD" }
}
"#;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn xtask(arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "xtask", "--", "package"]).args(arguments).current_dir(root());
    // What cargo tells this test about its package would make the inner cargo build ring anew.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "OUT_DIR" {
            command.env_remove(&name);
        }
    }
    Ran::of(command.output().unwrap())
}

/// The one archive among a release's files, and the platform that its name tells.
fn archive(folder: &Path) -> (PathBuf, String) {
    let names = names(folder);
    let platform = |name: &str| Some(name.strip_prefix(&format!("{NAME}_"))?.strip_suffix(".zip")?.to_owned());
    let zips: Vec<(PathBuf, String)> =
        names.iter().filter_map(|name| Some((folder.join(name), platform(name)?))).collect();
    let [zip] = zips.as_slice() else { panic!("not one archive: {names:?}") };
    zip.clone()
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn sha256(file: &Path) -> String {
    let hash = digest(&SHA256, &fs::read(file).unwrap());
    hash.as_ref().iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

#[test]
fn a_release_is_packed_and_installed() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("one");
    xtask(&["--binary", PROVIDER, "--out", out.to_str().unwrap()]).ok();
    let (zip, platform) = archive(&out);
    let [zip_name, manifest, sums] =
        [format!("{NAME}_{platform}.zip"), format!("{NAME}_manifest.json"), format!("{NAME}_SHA256SUMS")];
    let expected = [&zip_name, &manifest, &sums, "mirror", "mirror.tfrc"].map(str::to_owned);
    assert_eq!(names(&out), expected.into());

    let lines = [&zip_name, &manifest].map(|name| format!("{}  {name}\n", sha256(&out.join(name))));
    assert_eq!(fs::read_to_string(out.join(&sums)).unwrap(), lines.concat());
    let told: Json = serde_json::from_slice(&fs::read(out.join(&manifest)).unwrap()).unwrap();
    assert_eq!(told, json!({ "version": 1, "metadata": { "protocol_versions": ["6.0"] } }));

    let again = place.path().join("two");
    xtask(&["--binary", PROVIDER, "--out", again.to_str().unwrap(), "--version", VERSION]).ok();
    assert_eq!(sha256(&archive(&again).0), sha256(&zip), "the same program, packed twice");

    let clis = Cli::all();
    if clis.is_empty() {
        println!("skipped: package: installing from the mirror: neither terraform nor tofu is on PATH");
    }
    for cli in &clis {
        installs(cli, &out, &zip, &platform);
    }
}

/// Lets a CLI install from the mirror, and hold what it got against lock files: its own, and that of a registry's users.
fn installs(cli: &Cli, out: &Path, zip: &Path, platform: &str) {
    let workspace = Workspace::new(cli, &[]);
    workspace.write("main.tf", CONFIGURATION);
    workspace.write("cli.tfrc", &fs::read_to_string(out.join("mirror.tfrc")).unwrap());
    workspace.run(&["init", "-no-color"]).ok();
    let lock = workspace.path().join(".terraform.lock.hcl");
    let locked = fs::read_to_string(&lock).unwrap();
    assert!(locked.contains(&format!("\"{VERSION}\"")) && locked.contains("\"h1:"), "{locked}");
    workspace.run(&["init", "-lockfile=readonly", "-no-color"]).ok();
    assert_eq!(fs::read_to_string(&lock).unwrap(), locked);
    workspace.run(&["validate", "-no-color"]).ok();

    let host = if cli.version.starts_with("Terraform") { "registry.terraform.io" } else { "registry.opentofu.org" };
    let address = format!("{host}/infisical-rotations/infisical");
    let installed = workspace.path().join(".terraform/providers").join(&address).join(VERSION).join(platform);
    let program = format!("terraform-provider-infisical_v{VERSION}{}", env::consts::EXE_SUFFIX);
    let notices = "THIRD_PARTY_NOTICES.txt";
    assert_eq!(names(&installed), ["LICENSE", notices, program.as_str()].map(str::to_owned).into());
    let told = fs::read_to_string(installed.join(notices)).unwrap();
    for expected in ["\n  tonic 0.14.", "(MIT OR Apache-2.0)", "Permission is hereby granted"] {
        assert!(told.contains(expected), "{expected}");
    }
    assert!(!told.contains("\n  proptest "), "what only tests the program is not in it");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (name, mode) in [(program.as_str(), 0o755), ("LICENSE", 0o644), (notices, 0o644)] {
            let permissions = fs::metadata(installed.join(name)).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, mode, "{name}");
        }
    }

    let init_with_hash = |hash: &str| {
        let lock_file =
            format!("provider \"{address}\" {{\n  version = \"{VERSION}\"\n  hashes  = [\"zh:{hash}\"]\n}}\n");
        fs::remove_dir_all(workspace.path().join(".terraform")).unwrap();
        workspace.write(".terraform.lock.hcl", &lock_file);
        workspace.run(&["init", "-lockfile=readonly", "-no-color"])
    };
    init_with_hash(&sha256(zip)).ok();
    let refused = init_with_hash(&"0".repeat(64));
    assert!(refused.status == 1 && refused.text().contains("checksums"), "{refused:?}");
}

#[test]
fn a_release_of_other_sources_is_refused() {
    let out = tempfile::tempdir().unwrap();
    let ran = xtask(&["--binary", PROVIDER, "--out", out.path().to_str().unwrap(), "--version", "v999.0.0"]);
    assert!(ran.status == 1 && ran.stderr.contains("not 999.0.0"), "{ran:?}");
    assert_eq!(names(out.path()), BTreeSet::new());
}

#[test]
fn the_readme_names_the_clis_that_the_tests_run_with() {
    let workflow = fs::read_to_string(root().join(".github/workflows/test.yml")).unwrap();
    let versions = |cli: &str| -> Vec<&str> {
        let start = format!("- {{ cli: {cli}, version: ");
        let lines = workflow.lines().filter_map(|line| line.trim().strip_prefix(start.as_str())?.strip_suffix(" }"));
        lines.map(|version| version.strip_prefix('~').and_then(|it| it.strip_suffix(".0")).unwrap_or(version)).collect()
    };
    let listed = |cli: &str| {
        let versions = versions(cli);
        let (last, others) = versions.split_last().unwrap_or_else(|| panic!("{cli} is not in the matrix"));
        format!("{} and the {last}", others.join(", "))
    };
    let readme = fs::read_to_string(root().join("README.md")).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    for sentence in [format!("Terraform {}", listed("terraform")), format!("OpenTofu {}", listed("tofu"))] {
        assert!(readme.contains(&sentence), "README.md does not say `{sentence}`");
    }
}
