//! The command `export`: its arguments, and what becomes of its outcome. What is written is `provider::export`'s.

use std::ffi::OsString;
use std::process::ExitCode;

use terraform_provider_infisical::provider::InfisicalProvider;
use terraform_provider_infisical::provider::export::ExportRequest;
use terraform_provider_infisical::terraform::Diagnostics;

use crate::{complain, print};

/// How it is called.
pub(crate) const USAGE: &str =
    "export --project-id ID [--environment SLUG] [--path FOLDER] [--kind KIND] [--provider NAME]";

/// Writes the configuration of the rotations of a project to the standard output.
pub(crate) fn run(arguments: &[OsString]) -> ExitCode {
    let request = match read(arguments) {
        Ok(request) => request,
        Err(why) => {
            complain(&format!("{why}. Usage: terraform-provider-infisical {USAGE}"));
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("The runtime can't be started: {error}."));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(InfisicalProvider::new().export(&request)) {
        Ok(exported) => {
            for why in &exported.left_out {
                complain(&format!("Warning: {why}"));
            }
            print(&exported.text)
        }
        Err(diagnostics) => {
            tell(&diagnostics);
            ExitCode::FAILURE
        }
    }
}

fn tell(diagnostics: &Diagnostics) {
    for told in diagnostics {
        complain(&format!("{}\n\n{}\n", told.summary, told.detail));
    }
}

fn read(arguments: &[OsString]) -> Result<ExportRequest, String> {
    let mut request = ExportRequest::default();
    let mut project_id = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let argument = argument.to_str().ok_or("An argument is not text")?;
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument, None),
        };
        let place = match name {
            "--project-id" => &mut project_id,
            "--environment" => &mut request.environment,
            "--path" => &mut request.secret_path,
            "--kind" => &mut request.kind,
            "--provider" => &mut request.provider,
            _ => return Err(format!("`{name}` is not known")),
        };
        let value = value.or_else(|| arguments.next()?.to_str()).filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| format!("`{name}` needs a value"))?;
        if place.replace(value.to_owned()).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    if request.provider.as_deref().is_some_and(|name| !is_provider(name)) {
        return Err("`--provider` is a name such as `rotations` or, with an alias, `rotations.eu`".to_owned());
    }
    request.project_id = project_id.ok_or("`--project-id` is missing")?;
    Ok(request)
}

/// Whether a text can stand after `provider =`.
fn is_provider(name: &str) -> bool {
    let is_identifier = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character))
    };
    let (name, alias) = name.split_once('.').unwrap_or((name, "default"));
    is_identifier(name) && is_identifier(alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<ExportRequest, String> {
        read(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_read_in_both_spellings() {
        let request = parsed("--project-id p --environment=prod --path /a --kind=k --provider rotations.eu").unwrap();
        assert_eq!(request.project_id, "p");
        assert_eq!(request.environment.as_deref(), Some("prod"));
        assert_eq!(request.secret_path.as_deref(), Some("/a"));
        assert_eq!(request.kind.as_deref(), Some("k"));
        assert_eq!(request.provider.as_deref(), Some("rotations.eu"));
        assert_eq!(parsed("--project-id=p").unwrap().provider, None);
    }

    #[test]
    fn other_arguments_are_refused_with_the_reason() {
        for (line, reason) in [
            ("", "`--project-id` is missing"),
            ("--project-id", "`--project-id` needs a value"),
            ("--project-id=", "`--project-id` needs a value"),
            ("--project-id p --project-id q", "given twice"),
            ("--project-id p --folder /a", "`--folder` is not known"),
            ("--project-id p extra", "`extra` is not known"),
            ("--project-id p --provider a\"b", "`--provider` is a name"),
            ("--project-id p --provider a.b.c", "`--provider` is a name"),
        ] {
            let why = parsed(line).unwrap_err();
            assert!(why.contains(reason), "{line}: {why}");
        }
    }
}
