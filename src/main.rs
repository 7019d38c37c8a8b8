//! The provider's process: Terraform and OpenTofu start it without arguments; people have a few to choose from.

mod export;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use terraform_provider_infisical::plugin;
use terraform_provider_infisical::provider::InfisicalProvider;

const HELP: &str = "\
Terraform and OpenTofu provider for Infisical secret rotations.

Terraform and OpenTofu start this program themselves. Started by hand it takes one of:

    export       write the configuration of the rotations of a project, with blocks that import them, to stdout:
                 export --project-id ID [--environment SLUG] [--path FOLDER] [--kind KIND] [--provider NAME]
                 Host and login are read from the environment, as by the provider.
    debug        serve until Ctrl-C, and print what attaches Terraform or OpenTofu to this process
    --version    print the version
    --help       print this text

TF_LOG_PROVIDER_INFISICAL, TF_LOG_PROVIDER or TF_LOG set to ERROR, WARN, INFO, DEBUG or TRACE turns on its log.
";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let Some((first, rest)) = arguments.split_first()
        && first == "export"
    {
        return export::run(rest);
    }
    let arguments: Vec<_> = arguments.iter().map(|argument| argument.to_str()).collect();
    let served = match arguments.as_slice() {
        [] => plugin::serve(Arc::new(InfisicalProvider::new())),
        [Some("debug" | "-debug" | "--debug")] => plugin::debug(Arc::new(InfisicalProvider::new())),
        [Some("version" | "-version" | "--version")] => {
            return print(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        [Some("help" | "-help" | "--help" | "-h")] => return print(HELP),
        _ => {
            complain("These arguments are not known. Run with --help to see which are.");
            return ExitCode::from(2);
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Tells the person at the terminal. There is nobody else to tell if that fails.
fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}
