//! A folder in which the real CLI works, with nothing of the user's settings in its way.

use std::fs::{self, File};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::tools::{Cli, Failure, Outcome};

use super::subject::{Subject, baseline};
use super::usage::{self, Usage};
use super::world::World;

/// A configuration of many rotations, its state, and the CLI that works on them.
pub(super) struct Workspace<'a> {
    cli: &'a Cli,
    folder: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl<'a> Workspace<'a> {
    /// A workspace with `count` rotations of a provider, which finds them in `world`.
    pub(super) fn of(cli: &'a Cli, subject: &Subject, world: &World, count: usize) -> Outcome<Self> {
        let settings = format!(
            "disable_checkpoint = true\nprovider_installation {{\n  dev_overrides {{\n    \"{}\" = \"{}\"\n  }}\n}}\n",
            subject.source,
            subject.folder().display()
        );
        Self::new(cli, world.environment().into(), &subject.configuration(count), &settings)
    }

    /// A workspace with as many resources that need no provider to do any work.
    pub(super) fn baseline(cli: &'a Cli, count: usize) -> Outcome<Self> {
        let workspace = Self::new(cli, Vec::new(), &baseline(count), "disable_checkpoint = true\n")?;
        // Only where all providers are overridden can this be left out.
        workspace.run(&["init"])?;
        Ok(workspace)
    }

    fn new(
        cli: &'a Cli,
        environment: Vec<(&'static str, String)>,
        configuration: &str,
        settings: &str,
    ) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("infisical-bench-").tempdir().map_err(unprepared)?;
        fs::write(folder.path().join("main.tf"), configuration).map_err(unprepared)?;
        fs::write(folder.path().join("cli.tfrc"), settings).map_err(unprepared)?;
        Ok(Self { cli, folder, environment })
    }

    /// Puts a state file in the place of the state.
    pub(super) fn set_state(&self, state: &str) -> Outcome {
        fs::write(self.folder.path().join("terraform.tfstate"), state).map_err(unprepared)
    }

    /// Plans what has been applied already, with further arguments; that it finds nothing to do is part of the matter.
    pub(super) fn settled_plan(&self, more: &[&str]) -> Outcome<Usage> {
        self.run(&[&["plan", "-input=false", "-detailed-exitcode"], more].concat())
    }

    /// Applies without asking.
    pub(super) fn apply(&self) -> Outcome<Usage> {
        self.run(&["apply", "-input=false", "-auto-approve"])
    }

    /// Runs the CLI to its end; anything but success is a failure that shows what the CLI said.
    fn run(&self, arguments: &[&str]) -> Outcome<Usage> {
        let said = self.folder.path().join("said.txt");
        let output = File::create(&said).map_err(unprepared)?;
        let mut command = Command::new(&self.cli.path);
        command.args(arguments).arg("-no-color").current_dir(self.folder.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["TF_", "TOFU_", "INFISICAL_"].iter().any(|prefix| text.starts_with(prefix)) {
                command.env_remove(&name);
            }
        }
        command
            .env("TF_CLI_CONFIG_FILE", self.folder.path().join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1")
            .env("HOME", self.folder.path())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stderr(output.try_clone().map_err(unprepared)?)
            .stdout(output);
        let usage = usage::watch(&mut command).map_err(|error| crate::tools::could_not_start("the CLI", &error))?;
        if usage.status.success() {
            return Ok(usage);
        }
        let said = fs::read_to_string(&said).unwrap_or_default();
        Err(Failure::failed(format!("{} ended with {}:\n{}", arguments.join(" "), usage.status, last_lines(&said))))
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn unprepared(error: std::io::Error) -> Failure {
    Failure::failed(format!("the workspace can't be prepared: {error}"))
}

/// The end of what the CLI said, where its errors are.
fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}
