//! `cargo xtask quickstart`: the main job of the provider, end to end, for someone who has never seen it.
//!
//! A story in numbered steps, told by a real Terraform or OpenTofu where one is found, else by the driver that plays it.
//! Everything it makes lies in one temporary folder and ends with it, unless `--keep` is given.

mod cli;
mod driven;
mod redis;
mod sandbox;

use std::fs;
use std::path::{Path, PathBuf};

use crate::tools::{self, Cli, Failure, Outcome};

use redis::Redis;
use sandbox::{Credentials, Sandbox};

/// The configuration that is applied, as a person can read it in the repository.
const CONFIGURATION: &str = "examples/quickstart/main.tf";

/// The values of the configuration's variables that the story changes.
#[derive(Clone, Copy, Debug)]
struct Variables {
    release: &'static str,
    interval: i64,
}

const FIRST: Variables = Variables { release: "1", interval: 30 };
const SECOND: Variables = Variables { release: "2", interval: 30 };
const WRONG: Variables = Variables { release: "2", interval: 0 };

/// Who carries out the steps: a CLI, or the driver in its place.
trait Teller {
    /// Shows what would be done; returns whether there is anything to do.
    fn plan(&mut self, variables: Variables) -> Outcome<bool>;
    /// Does it.
    fn apply(&mut self, variables: Variables) -> Outcome;
    /// Plans what must be refused, and shows the refusal.
    fn refused(&mut self, variables: Variables) -> Outcome;
    /// Removes everything.
    fn destroy(&mut self) -> Outcome;
}

/// Runs the story as the arguments say.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (keep, named) = parse(arguments)?;
    step("Building the provider and the sandbox");
    let provider = tools::build_provider()?;
    let cli = tools::clis(&named)?.into_iter().next();

    let folder = tempfile::Builder::new()
        .prefix("infisical-quickstart-")
        .tempdir()
        .map_err(|error| Failure::failed(format!("no temporary folder: {error}")))?;
    let redis = Redis::start_if_installed(folder.path())?;
    let sandbox = Sandbox::start(&provider, redis.as_ref().map(|redis| redis.address.as_str()))?;
    step("Starting a local Infisical");
    println!("  the sandbox answers at {}, with a project, an environment and app connections", sandbox.url());
    match &redis {
        Some(redis) => println!("  a real Redis listens at {}: the credentials will log in to it", redis.address),
        None => println!(
            "  redis-server is not installed: the sandbox plays the third party, with credentials of the right shape"
        ),
    }

    prepare(folder.path(), &provider)?;
    {
        let mut teller = teller(cli.as_ref(), folder.path(), &provider, &sandbox)?;
        tell(teller.as_mut(), &sandbox, redis.as_ref(), keep)?;
    }
    if keep {
        stay(&folder.keep(), cli.as_ref(), &sandbox);
        return Ok(());
    }
    println!(
        "\nDone: everything was removed again. The configuration is {CONFIGURATION}; `--keep` lets you play with it."
    );
    Ok(())
}

fn parse(arguments: &[String]) -> Outcome<(bool, Vec<PathBuf>)> {
    let mut keep = false;
    let mut named = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--keep" => keep = true,
            "--cli" => named
                .push(PathBuf::from(arguments.next().ok_or_else(|| Failure::usage("--cli needs a path".to_owned()))?)),
            other => return Err(Failure::usage(format!("quickstart knows no option `{other}`"))),
        }
    }
    Ok((keep, named))
}

/// Lays out the folder: the configuration, and where the CLI finds the provider.
fn prepare(folder: &Path, provider: &Path) -> Outcome {
    let failed = |error: std::io::Error| Failure::failed(format!("the folder can't be prepared: {error}"));
    fs::copy(tools::root().join(CONFIGURATION), folder.join("main.tf")).map_err(failed)?;
    fs::write(folder.join("cli.tfrc"), cli::settings(provider)).map_err(failed)?;
    Ok(())
}

fn teller<'a>(
    cli: Option<&'a Cli>,
    folder: &'a Path,
    provider: &'a Path,
    sandbox: &'a Sandbox,
) -> Outcome<Box<dyn Teller + 'a>> {
    if let Some(cli) = cli {
        println!("  {} carries out the steps ({})", cli.version, cli.path.display());
        return Ok(Box::new(cli::Told::new(cli, folder, sandbox)));
    }
    println!(
        "\n  NOTE: neither terraform nor tofu was found. Install Terraform (developer.hashicorp.com/terraform/install)"
    );
    println!(
        "  or OpenTofu (opentofu.org/docs/intro/install), or name one with --cli PATH. Until then the steps are carried"
    );
    println!(
        "  out by this project's own driver, which speaks the same protocol to the same provider. This is NOT Terraform."
    );
    Ok(Box::new(driven::Told::new(provider, sandbox)?))
}

fn tell(teller: &mut dyn Teller, sandbox: &Sandbox, redis: Option<&Redis>, keep: bool) -> Outcome {
    step("Plan: one rotation is to be created");
    if !teller.plan(FIRST)? {
        return Err(Failure::failed("the plan of a new rotation was empty"));
    }

    step("Apply: Infisical issues the first credentials and stores them as two secrets");
    teller.apply(FIRST)?;
    let first = sandbox.credentials()?;
    check(sandbox, redis, &first, "the issued credentials", true)?;

    step("Plan again: nothing to do");
    if teller.plan(FIRST)? {
        return Err(Failure::failed("the second plan was not empty"));
    }
    println!("  the plan is empty, as the second plan always is");

    step("Rotate: one change of `rotation_triggers`, applied in place");
    teller.apply(SECOND)?;
    let second = sandbox.credentials()?;
    if second.username == first.username {
        return Err(Failure::failed("the rotation issued no new credentials"));
    }
    check(sandbox, redis, &second, "the new credentials", true)?;
    check(sandbox, redis, &first, "the previous ones, until the next rotation,", true)?;

    step("A mistake: `rotation_interval = 0` is refused by the plan, before anything is sent");
    teller.refused(WRONG)?;

    if keep {
        return Ok(());
    }
    step("Destroy: the secrets are deleted and the credentials revoked, as the configuration asks");
    teller.destroy()?;
    if sandbox.has_rotations()? {
        return Err(Failure::failed("the sandbox still has a rotation"));
    }
    for credentials in [&first, &second] {
        check(sandbox, redis, credentials, "the revoked credentials", false)?;
    }
    Ok(())
}

/// Tries credentials where they are used: in Redis itself, or in the sandbox's record of its simulated third party.
fn check(sandbox: &Sandbox, redis: Option<&Redis>, credentials: &Credentials, what: &str, expected: bool) -> Outcome {
    let (place, works) = match redis {
        Some(redis) => ("Redis", redis.admits(&credentials.username, &credentials.password)),
        None => ("the simulated third party", sandbox.third_party_accepts(credentials)?),
    };
    if works != expected {
        let verb = if works { "still work" } else { "do not work" };
        return Err(Failure::failed(format!("{what} {verb} in {place}")));
    }
    println!("  {what} {} in {place}: user {}", if works { "work" } else { "no longer work" }, credentials.username);
    Ok(())
}

/// Leaves everything running until the person is done with it.
fn stay(folder: &Path, cli: Option<&Cli>, sandbox: &Sandbox) {
    println!("\nEverything keeps running until you press Ctrl-C. In another terminal:\n");
    println!("  cd {}", folder.display());
    for (name, value) in sandbox.environment() {
        println!("  export {name}={value}");
    }
    println!("  export TF_CLI_CONFIG_FILE={}", folder.join("cli.tfrc").display());
    let program = cli.map_or_else(|| "terraform".to_owned(), |cli| cli.path.display().to_string());
    println!("  {program} plan -var release=3        # no init is needed");
    println!("\nThen edit main.tf. The folder stays; remove it when you are done.");
    sandbox.wait();
}

/// Announces a step, with its number.
fn step(title: &str) {
    use std::sync::atomic::{AtomicUsize, Ordering};

    static NUMBER: AtomicUsize = AtomicUsize::new(1);
    println!("\n{}. {title}", NUMBER.fetch_add(1, Ordering::Relaxed));
}
