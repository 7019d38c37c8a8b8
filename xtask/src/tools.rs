//! What the commands share: the repository's root, programs on PATH, builds, and failures in words.

use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The addresses under which Terraform and OpenTofu look for the provider when a configuration names no host.
pub(crate) const SOURCES: [&str; 2] =
    ["registry.terraform.io/infisical-rotations/infisical", "registry.opentofu.org/infisical-rotations/infisical"];

/// Why a command of xtask ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line makes no sense.
    Usage(String),
    /// Something that was to be done could not be done.
    Failed(String),
}

/// The outcome of a command of xtask.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure of the command line.
    pub(crate) fn usage(what: String) -> Self {
        Self::Usage(what)
    }

    /// A failure of the work.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }

    /// Whether the command line was at fault.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, Self::Usage(_))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(what) | Self::Failed(what)) = self;
        formatter.write_str(what)
    }
}

/// A Terraform or OpenTofu program.
#[derive(Clone, Debug)]
pub(crate) struct Cli {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// What it says it is, such as `Terraform v1.11.4`.
    pub(crate) version: String,
}

/// The folder that holds the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or_else(|| manifest.clone(), Path::to_path_buf)
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from))
}

/// The program of this name on PATH, if there is one.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

/// The CLIs to work with: those named, or else whichever of terraform and tofu are on PATH.
pub(crate) fn clis(named: &[PathBuf]) -> Outcome<Vec<Cli>> {
    if named.is_empty() {
        let found = ["terraform", "tofu"].into_iter().filter_map(on_path);
        return Ok(found.filter_map(|path| version_of(&path).map(|version| Cli { path, version })).collect());
    }
    named
        .iter()
        .map(|path| {
            let path = path.canonicalize().map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
            let version = version_of(&path)
                .ok_or_else(|| Failure::failed(format!("{} is no Terraform or OpenTofu", path.display())))?;
            Ok(Cli { path, version })
        })
        .collect()
}

fn version_of(path: &Path) -> Option<String> {
    let output = Command::new(path)
        .arg("version")
        .env("CHECKPOINT_DISABLE", "1")
        .env_remove("TF_CLI_CONFIG_FILE")
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let first = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned();
    (first.starts_with("Terraform") || first.starts_with("OpenTofu")).then_some(first)
}

/// Builds the provider in the profile of tests, showing cargo's progress, and returns where the binary is.
pub(crate) fn build_provider() -> Outcome<PathBuf> {
    cargo(["build", "--workspace", "--bins"])?;
    Ok(target().join("debug").join(format!("terraform-provider-infisical{}", env::consts::EXE_SUFFIX)))
}

/// Runs cargo in the workspace with its output shown.
pub(crate) fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Outcome {
    succeed(cargo_command().args(arguments), "cargo")
}

/// Cargo in the workspace, as if started at a terminal.
pub(crate) fn cargo_command() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    // What the cargo that runs this program says about it. ring's build asks for it, and would be done anew, with all that
    // uses ring, whenever it differs from the last time.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a program with its output shown; anything but success is a failure.
pub(crate) fn succeed(command: &mut Command, name: &str) -> Outcome {
    let status = command.status().map_err(|error| could_not_start(name, &error))?;
    if status.success() { Ok(()) } else { Err(Failure::failed(format!("{name} ended with {status}"))) }
}

/// The failure to start a program.
pub(crate) fn could_not_start(name: &str, error: &io::Error) -> Failure {
    Failure::failed(format!("{name} could not be started: {error}"))
}
