//! Runs a real Terraform or OpenTofu in a folder of its own, with nothing of the user's settings in its way.

#![allow(dead_code, reason = "several test programs share this; each uses its part")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;
use tempfile::TempDir;

/// The provider under test, built by cargo for this test.
pub(crate) const PROVIDER: &str = env!("CARGO_BIN_EXE_terraform-provider-infisical");

/// A Terraform or OpenTofu program.
#[derive(Clone, Debug)]
pub(crate) struct Cli {
    path: PathBuf,
    /// What it says it is, such as `Terraform v1.11.4`.
    pub(crate) version: String,
}

impl Cli {
    /// The CLIs to test with: those that `cargo xtask test` names, else whichever are on PATH.
    pub(crate) fn all() -> Vec<Self> {
        let named = env::var_os("INFISICAL_TEST_CLIS").filter(|paths| !paths.is_empty());
        let paths: Vec<PathBuf> = if let Some(paths) = &named {
            env::split_paths(paths).collect()
        } else {
            let folders: Vec<PathBuf> = env::var_os("PATH").iter().flat_map(env::split_paths).collect();
            let on_path = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
            ["terraform", "tofu"].into_iter().filter_map(on_path).collect()
        };
        paths.into_iter().filter_map(Self::at).collect()
    }

    /// Whether its version, as major and minor number, is this or a later one.
    pub(crate) fn is_at_least(&self, version: (u32, u32)) -> bool {
        let number = self.version.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('v');
        let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= version
    }

    /// Whether it is a Terraform of this or a later version: what it can and no OpenTofu.
    pub(crate) fn is_terraform_at_least(&self, version: (u32, u32)) -> bool {
        self.version.starts_with("Terraform") && self.is_at_least(version)
    }

    fn at(path: PathBuf) -> Option<Self> {
        let output = Command::new(&path)
            .arg("version")
            .env("CHECKPOINT_DISABLE", "1")
            .env_remove("TF_CLI_CONFIG_FILE")
            .output()
            .ok()?;
        let version = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned();
        (version.starts_with("Terraform") || version.starts_with("OpenTofu")).then_some(Self { path, version })
    }
}

/// A folder with a configuration, the provider under `dev_overrides`, and an environment that is only ours.
pub(crate) struct Workspace {
    folder: TempDir,
    cli: Cli,
    environment: BTreeMap<String, String>,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status; 2 of a plan with `-detailed-exitcode` means changes.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ran {
    /// What is left of a process.
    pub(crate) fn of(Output { status, stdout, stderr }: Output) -> Self {
        Self {
            status: status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Demands success.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.status, 0, "the command failed:\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// All that was printed, with the boxes' borders and line breaks smoothed, for searching sentences.
    pub(crate) fn text(&self) -> String {
        let all = format!("{}\n{}", self.stdout, self.stderr);
        let words = all.lines().map(|line| line.trim_start_matches(['│', '╷', '╵', ' ']).trim());
        words.collect::<Vec<_>>().join(" ")
    }

    /// The messages of a `-json` run, one object a line.
    pub(crate) fn messages(&self) -> Vec<Json> {
        self.stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}

impl Workspace {
    /// A workspace for `cli`, with these variables in the environment of every command.
    pub(crate) fn new(cli: &Cli, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let binary_folder = Path::new(PROVIDER).parent().unwrap().display().to_string();
        let overrides = ["registry.terraform.io", "registry.opentofu.org"]
            .map(|host| format!("    \"{host}/infisical-rotations/infisical\" = \"{binary_folder}\"\n"))
            .concat();
        fs::write(
            folder.path().join("cli.tfrc"),
            format!("disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n{overrides}  }}\n}}\n"),
        )
        .unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { folder, cli: cli.clone(), environment }
    }

    /// Where the configuration lies.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of the configuration, replacing what was there.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }

    /// Runs the CLI with these arguments to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// The command that [`Workspace::run`] runs, for tests that watch it.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.cli.path);
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("TF_") || text.starts_with("INFISICAL_") || text.starts_with("TOFU_") {
                command.env_remove(&name);
            }
        }
        command
            .env("TF_CLI_CONFIG_FILE", self.path().join("cli.tfrc"))
            .env("TF_DATA_DIR", self.path().join(".terraform"))
            .env("TF_IN_AUTOMATION", "1")
            .env("TF_INPUT", "0")
            .env("CHECKPOINT_DISABLE", "1")
            .env("HOME", self.path())
            .env("NO_COLOR", "1")
            .envs(&self.environment);
        command
    }

    /// Applies without asking.
    pub(crate) fn apply(&self, more: &[&str]) -> Ran {
        self.run(&[&["apply", "-auto-approve", "-no-color"], more].concat())
    }

    /// Destroys without asking.
    pub(crate) fn destroy(&self) -> Ran {
        self.run(&["destroy", "-auto-approve", "-no-color"])
    }

    /// Demands that a plan finds nothing to do, and that a refresh alone finds no drift.
    ///
    /// Terraform 1.15 ends a refresh with 2 wherever a resource depends on a data source, of a provider of its own too
    /// (`terraform_data` and `terraform_remote_state` do); there its words count.
    #[track_caller]
    pub(crate) fn assert_settled(&self, when: &str) {
        for arguments in [
            &["plan", "-no-color", "-detailed-exitcode"][..],
            &["plan", "-no-color", "-detailed-exitcode", "-refresh-only"],
        ] {
            let ran = self.run(arguments);
            let is_misjudged = self.cli.is_terraform_at_least((1, 15)) && ran.stdout.contains("data.");
            if is_misjudged && ran.status == 2 && ran.stdout.contains("still matches the configuration") {
                continue;
            }
            assert_eq!(ran.status, 0, "{when}: {arguments:?} is not empty:\n{}\n{}", ran.stdout, ran.stderr);
        }
    }

    /// The attributes in state of the one resource at `address`.
    #[track_caller]
    pub(crate) fn state_of(&self, address: &str) -> Json {
        let state: Json = serde_json::from_str(&self.run(&["show", "-json"]).ok().stdout).unwrap();
        let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
        let found = resources.into_iter().find(|resource| resource["address"] == address);
        found.unwrap_or_else(|| panic!("{address} is not in state"))["values"].clone()
    }
}
