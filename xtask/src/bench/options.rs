//! What the command line of the bench says.

use std::path::PathBuf;

use crate::tools::{Failure, Outcome};

/// The sections, in the order in which they run: the one that tells the memory of this process comes before it grows.
pub(super) const SECTIONS: [&str; 5] = ["process", "sandbox", "calls", "scale", "limits"];

/// What to measure, and where to write it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Options {
    /// Where to write the figures for programs.
    pub(super) json: Option<PathBuf>,
    /// Whether small numbers will do.
    pub(super) quick: bool,
    /// The sections that were asked for; all if none were.
    pub(super) only: Vec<String>,
    /// The CLI to measure with.
    pub(super) cli: Option<PathBuf>,
    /// Another provider to measure beside this one.
    pub(super) peer: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments.
    pub(super) fn parse(arguments: &[String]) -> Outcome<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--quick" {
                options.quick = true;
                continue;
            }
            let mut value = |what| arguments.next().ok_or_else(|| Failure::usage(format!("{argument} needs {what}")));
            match argument.as_str() {
                "--json" => options.json = Some(value("a file")?.into()),
                "--cli" => options.cli = Some(value("a path")?.into()),
                "--peer" => options.peer = Some(value("a path")?.into()),
                "--only" => {
                    let name = value("the name of a section")?;
                    if !SECTIONS.contains(&name.as_str()) {
                        let known = SECTIONS.join(", ");
                        return Err(Failure::usage(format!("bench has no section `{name}`; it has {known}")));
                    }
                    options.only.push(name.clone());
                }
                other => return Err(Failure::usage(format!("bench knows no option `{other}`"))),
            }
        }
        Ok(options)
    }

    /// Whether this section is to run.
    pub(super) fn wants(&self, section: &str) -> bool {
        self.only.is_empty() || self.names(section)
    }

    /// Whether this section was asked for by its name.
    pub(super) fn names(&self, section: &str) -> bool {
        self.only.iter().any(|name| name == section)
    }

    /// One number or another, where the bench is to be quick.
    pub(super) fn pick<T>(&self, usual: T, quick: T) -> T {
        if self.quick { quick } else { usual }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Outcome<Options> {
        Options::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn everything_runs_unless_sections_are_named() {
        let all = parse("--quick --json figures.json").unwrap();
        assert!(SECTIONS.iter().all(|section| all.wants(section) && !all.names(section)));
        assert_eq!((all.pick(3, 1), all.json), (1, Some("figures.json".into())));
        let some = parse("--only limits --only calls --peer other").unwrap();
        assert!(some.wants("limits") && some.names("calls") && !some.wants("scale"));
        assert_eq!(some.pick(3, 1), 3);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for line in ["--fast", "--only", "--only speed", "--json", "peer"] {
            assert!(parse(line).unwrap_err().is_usage(), "{line}");
        }
    }
}
