//! The story told by a real Terraform or OpenTofu.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::tools::{Cli, Failure, Outcome, SOURCES, could_not_start};

use super::sandbox::{self, Sandbox};
use super::{Teller, Variables};

/// A CLI in the prepared folder.
pub(super) struct Told<'a> {
    cli: &'a Cli,
    folder: &'a Path,
    sandbox: &'a Sandbox,
}

/// The CLI's settings: the provider that was just built, under the hosts of both registries.
pub(super) fn settings(provider: &Path) -> String {
    let folder = provider.parent().unwrap_or(provider).display();
    let overrides = SOURCES.map(|source| format!("    \"{source}\" = \"{folder}\"\n")).concat();
    format!("disable_checkpoint = true\n\nprovider_installation {{\n  dev_overrides {{\n{overrides}  }}\n}}\n")
}

impl<'a> Told<'a> {
    /// The CLI in this folder.
    pub(super) fn new(cli: &'a Cli, folder: &'a Path, sandbox: &'a Sandbox) -> Self {
        Self { cli, folder, sandbox }
    }

    /// Runs a command, shows what it prints about the resources, and returns its exit status.
    fn run(&self, command: &str, variables: Variables, more: &[&str]) -> Outcome<(i32, String)> {
        let shown = [command].iter().chain(more).copied().collect::<Vec<_>>().join(" ");
        println!("  $ {} {shown} -var release={} -var interval={}", self.name(), variables.release, variables.interval);
        let mut process = Command::new(&self.cli.path);
        process.arg(command).args(more).arg("-no-color").current_dir(self.folder).stdin(Stdio::null());
        process.arg(format!("-var=release={}", variables.release)).arg(format!("-var=interval={}", variables.interval));
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("TF_") || text.starts_with("INFISICAL_") {
                process.env_remove(&name);
            }
        }
        process
            .envs(self.sandbox.environment())
            .env("TF_VAR_project_id", sandbox::PROJECT_ID)
            .env("TF_VAR_connection_id", sandbox::connection_id())
            .env("TF_CLI_CONFIG_FILE", self.folder.join("cli.tfrc"))
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_IN_AUTOMATION", "1");
        let output = process.output().map_err(|error| could_not_start(self.name(), &error))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        Ok((output.status.code().unwrap_or(-1), text))
    }

    fn name(&self) -> &str {
        self.cli.path.file_name().and_then(|name| name.to_str()).unwrap_or("terraform")
    }
}

impl Teller for Told<'_> {
    fn plan(&mut self, variables: Variables) -> Outcome<bool> {
        let (status, text) = self.run("plan", variables, &["-detailed-exitcode"])?;
        show(&text);
        match status {
            0 => Ok(false),
            2 => Ok(true),
            _ => Err(failed("plan", &text)),
        }
    }

    fn apply(&mut self, variables: Variables) -> Outcome {
        let (status, text) = self.run("apply", variables, &["-auto-approve"])?;
        show(&text);
        if status == 0 { Ok(()) } else { Err(failed("apply", &text)) }
    }

    fn refused(&mut self, variables: Variables) -> Outcome {
        let (status, text) = self.run("plan", variables, &[])?;
        if status == 0 {
            return Err(Failure::failed("the plan accepted what it should refuse"));
        }
        let refusal: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("Error: ")).collect();
        if refusal.is_empty() {
            return Err(failed("plan", &text));
        }
        for line in refusal {
            println!("    {line}");
        }
        Ok(())
    }

    fn destroy(&mut self) -> Outcome {
        let (status, text) = self.run("destroy", super::SECOND, &["-auto-approve"])?;
        show(&text);
        if status == 0 { Ok(()) } else { Err(failed("destroy", &text)) }
    }
}

fn failed(command: &str, text: &str) -> Failure {
    Failure::failed(format!("{command} failed:\n{text}"))
}

/// Shows what concerns the resources: the plan's body and each step, without the CLI's notes on its settings.
fn show(text: &str) {
    let plan = text.lines().skip_while(|line| !line.starts_with("  # "));
    let body: Vec<&str> =
        plan.take_while(|line| !line.starts_with("─") && !line.starts_with("Changes to Outputs")).collect();
    let told = ["Plan:", "No changes", "Apply complete", "Destroy complete", "infisical_redis_rotation.orders:"];
    let steps = text.lines().filter(|line| told.iter().any(|word| line.starts_with(word)));
    // What only the server knows, and what a destruction takes with it, is left out: the configuration stands out.
    let destroys = body.first().is_some_and(|line| line.ends_with("will be destroyed"));
    let telling = |line: &&str| {
        let is_title = line.starts_with("  # ");
        is_title || (!destroys && line.starts_with(' ') && !line.ends_with("(known after apply)"))
    };
    for line in body.iter().copied().filter(telling).chain(steps) {
        println!("    {line}");
    }
}
