//! `cargo xtask package`: a release's files for the platform of this machine, named and made as registries expect them,
//! and a mirror from which a CLI installs without any registry.
//!
//! What is packed is the same, byte for byte, wherever it is built from the same sources with the same toolchain:
//! `--check` shows it by building a second time elsewhere.

mod build;
mod checksums;
mod mirror;
mod names;
mod notices;
mod options;
mod zip;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::tools::{self, Failure, Outcome};

use build::Built;
use names::Names;
use options::{Options, Task};
use zip::Entry;

/// The version of the sources, which is also what the provider says when it is asked.
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The licences of what the program is made of.
const NOTICES: &str = "THIRD_PARTY_NOTICES.txt";
/// What registries read before they offer a release; it goes with every release under the release's name.
const MANIFEST: &str = "terraform-registry-manifest.json";

/// Packages as the arguments say.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let options = Options::parse(arguments)?;
    if let Some(wanted) = options.version.as_deref().filter(|version| *version != VERSION) {
        let what =
            format!("the sources are of version {VERSION}, not {wanted}: change Cargo.toml and CHANGELOG.md first");
        return Err(Failure::failed(what));
    }
    let names = Names::of(VERSION);
    match &options.task {
        Task::Sums(folder) => {
            let folder = absolute(folder)?;
            finish(&folder, &names)
        }
        Task::Package { out, check, binary } => {
            let out = out.as_ref().map_or_else(|| Ok(tools::target().join("dist")), |out| absolute(out))?;
            package(&out, &names, *check, binary.as_deref())
        }
    }
}

fn package(out: &Path, names: &Names, check: bool, binary: Option<&Path>) -> Outcome {
    fs::create_dir_all(out).map_err(|error| unusable(out, &error))?;
    let program = match binary {
        Some(binary) => {
            println!("==> taking {} as it is; where it was built may be read in it", binary.display());
            binary.to_owned()
        }
        None => build_here()?,
    };
    demand_version(&program)?;
    let archive = pack(&tools::root(), &program, names)?;
    if check {
        build_elsewhere(names, &archive)?;
    }

    let file = out.join(names.zip());
    write(&file, &archive)?;
    println!("    {}, {}", names.zip(), size(archive.len()));
    finish(out, names)?;

    println!("==> a mirror for {}", tools::SOURCES.join(" and "));
    let settings = mirror::write(out, &names.zip(), &archive).map_err(|error| unusable(out, &error))?;
    println!("    install from it: TF_CLI_CONFIG_FILE={} terraform init", settings.display());
    Ok(())
}

/// The release build of this workspace, beside other builds so that neither drives out the other.
fn build_here() -> Outcome<PathBuf> {
    println!("==> building the release for {} (minutes the first time)", names::platform());
    let started = Instant::now();
    let built = Built::of(&tools::root(), &tools::target().join("package"))?;
    let length = built.demand_no_paths()?;
    println!("    {}, built in {} s", size(length), started.elapsed().as_secs());
    println!("    no path of this machine is in it: searched for {}", built.searched());
    if let Some(version) = built.glibc()? {
        println!("    runs with glibc {version} or newer");
    }
    Ok(built.program)
}

/// Builds once more, from a copy of the sources in another folder, and demands the same bytes.
fn build_elsewhere(names: &Names, archive: &[u8]) -> Outcome {
    let failed = |error: io::Error| Failure::failed(format!("the sources can't be copied: {error}"));
    let place = tempfile::Builder::new().prefix("infisical-package-").tempdir().map_err(failed)?;
    let copy = place.path().canonicalize().map_err(failed)?.join("elsewhere");
    println!("==> building again in {}, to compare", copy.display());
    let started = Instant::now();
    build::copy_sources(&tools::root(), &copy)?;
    let built = Built::of(&copy, &copy.join("target"))?;
    built.demand_no_paths()?;
    let again = pack(&copy, &built.program, names)?;
    let (one, other) = (checksums::sha256(archive), checksums::sha256(&again));
    if one != other {
        return Err(Failure::failed(format!("the two builds differ: {one} here, {other} in another folder")));
    }
    println!("    the same {one}, in {} s", started.elapsed().as_secs());
    Ok(())
}

/// The zip of a program: that it is the same for the same program is why nothing in it tells when or where.
fn pack(root: &Path, program: &Path, names: &Names) -> Outcome<Vec<u8>> {
    let license = root.join("LICENSE");
    let (code, license_text) = (read(program)?, read(&license)?);
    let notices = notices::of(&build::packages(root)?)?;
    let name = names.program();
    let entries = [
        Entry { name: &name, mode: 0o755, content: &code },
        Entry { name: "LICENSE", mode: 0o644, content: &license_text },
        Entry { name: NOTICES, mode: 0o644, content: notices.as_bytes() },
    ];
    zip::archive(&entries).map_err(|error| Failure::failed(format!("the zip can't be made: {error}")))
}

/// Adds to a folder of zips what a release needs beside them: the manifest, and the hashes of exactly what is there.
fn finish(folder: &Path, names: &Names) -> Outcome {
    let manifest = read(&tools::root().join(MANIFEST))?;
    let lines = checksums::of(folder, names, &manifest)?;
    write(&folder.join(names.manifest()), &manifest)?;
    write(&folder.join(names.sums()), lines.as_bytes())?;
    println!("==> {}", folder.join(names.sums()).display());
    for line in lines.lines() {
        println!("    {line}");
    }
    Ok(())
}

/// Asks the program for its version: one that does not start or is of other sources must not be packed.
fn demand_version(program: &Path) -> Outcome {
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|error| tools::could_not_start("the packed program", &error))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let expected = format!("{} {VERSION}", names::PROGRAM);
    if said.trim() == expected {
        return Ok(());
    }
    Err(Failure::failed(format!("{} says `{}`, not `{expected}`", program.display(), said.trim())))
}

fn absolute(path: &Path) -> Outcome<PathBuf> {
    std::path::absolute(path).map_err(|error| unusable(path, &error))
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|error| unusable(path, &error))
}

fn write(path: &Path, content: &[u8]) -> Outcome {
    fs::write(path, content).map_err(|error| unusable(path, &error))
}

fn unusable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("{}: {error}", path.display()))
}

/// A number of bytes for people.
#[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
fn size(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
