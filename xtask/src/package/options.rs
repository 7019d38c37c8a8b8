//! What the command line of `package` says.

use std::path::PathBuf;

use crate::tools::{Failure, Outcome};

/// What to do, and for which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// The version that the sources must have, without `v`.
    pub(super) version: Option<String>,
    /// What to do.
    pub(super) task: Task,
}

/// What `package` can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Make everything for this platform.
    Package {
        /// Where to put it.
        out: Option<PathBuf>,
        /// Whether to build a second time and compare.
        check: bool,
        /// A program to pack instead of the release build.
        binary: Option<PathBuf>,
    },
    /// Hash the archives of several platforms that this folder holds.
    Sums(PathBuf),
}

impl Options {
    /// Reads the arguments.
    pub(super) fn parse(arguments: &[String]) -> Outcome<Self> {
        let (mut out, mut check, mut binary, mut sums, mut version) = (None, false, None, None, None);
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--check" {
                check = true;
                continue;
            }
            let mut value = |what| arguments.next().ok_or_else(|| Failure::usage(format!("{argument} needs {what}")));
            match argument.as_str() {
                "--out" => out = Some(PathBuf::from(value("a folder")?)),
                "--binary" => binary = Some(PathBuf::from(value("a program")?)),
                "--sums" => sums = Some(PathBuf::from(value("a folder")?)),
                "--version" => version = Some(value("a version")?.trim_start_matches('v').to_owned()),
                other => return Err(Failure::usage(format!("package knows no option `{other}`"))),
            }
        }
        let task = match sums {
            Some(_) if out.is_some() || check || binary.is_some() => {
                return Err(Failure::usage("--sums packs nothing: it goes with --version only".to_owned()));
            }
            Some(folder) => Task::Sums(folder),
            None if check && binary.is_some() => {
                return Err(Failure::usage("--check builds, and --binary says not to".to_owned()));
            }
            None => Task::Package { out, check, binary },
        };
        Ok(Self { version, task })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Outcome<Options> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_tag_names_a_version() {
        let options = parse("--version v1.2.3 --out dist --check").unwrap();
        assert_eq!(options.version.as_deref(), Some("1.2.3"));
        assert_eq!(options.task, Task::Package { out: Some("dist".into()), check: true, binary: None });
        assert_eq!(parse("--sums dist").unwrap().task, Task::Sums("dist".into()));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in ["--out", "dist", "--sums a --out b", "--sums a --check", "--check --binary a"] {
            assert!(parse(line).unwrap_err().is_usage(), "{line}");
        }
    }
}
