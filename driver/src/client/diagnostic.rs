//! Diagnostics, and the report that comes with every answer.

use crate::proto::tfplugin6 as wire;
use crate::rule::{Rule, Violation};
use crate::schema::Block;
use crate::value::{Path, Step};

/// The longest summary that displays well.
const LONGEST_SUMMARY: usize = 120;

/// Is what a provider tells the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The title.
    pub summary: String,
    /// The explanation.
    pub detail: String,
    /// The attribute that it is about.
    pub path: Option<Path>,
}

/// Says how bad a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The call failed.
    Error,
    /// The call succeeded all the same.
    Warning,
}

/// Is what comes with every answer besides its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What the provider tells the user.
    pub diagnostics: Vec<Diagnostic>,
    /// The rules that the answer breaks.
    pub violations: Vec<Violation>,
    /// Whether a value in the answer could not be read; it is null here then.
    pub unreadable: bool,
}

impl Report {
    /// Tells whether the provider reported an error.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Tells whether Core goes on after this answer: neither an error nor something that it can't read.
    pub fn is_usable(&self) -> bool {
        !self.has_errors() && !self.unreadable
    }

    /// Returns the errors.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Returns the warnings.
    pub fn warnings(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning)
    }

    /// Takes in what another answer reported.
    pub fn absorb(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
        self.violations.extend(other.violations);
        self.unreadable |= other.unreadable;
    }

    /// Notes a broken rule.
    pub fn violate(&mut self, rule: Rule, call: &'static str, path: &Path, detail: impl Into<String>) {
        self.violations.push(Violation::new(rule, call, path, detail));
    }

    /// Starts the report of an answer with its diagnostics, which must keep their own rules. The schema, where there is
    /// one, says which paths exist.
    pub(super) fn new(call: &'static str, diagnostics: &[wire::Diagnostic], block: Option<&Block>) -> Self {
        let mut report = Self::default();
        for diagnostic in diagnostics {
            report.take(call, diagnostic, block);
        }
        report
    }

    fn take(&mut self, call: &'static str, diagnostic: &wire::Diagnostic, block: Option<&Block>) {
        let path = diagnostic.attribute.as_ref().map(path_of);
        let place = path.clone().unwrap_or_default();
        let severity = match diagnostic.severity() {
            wire::diagnostic::Severity::Error => Severity::Error,
            wire::diagnostic::Severity::Warning => Severity::Warning,
            wire::diagnostic::Severity::Invalid => {
                self.violate(Rule::DiagnosticSeverity, call, &place, diagnostic.summary.clone());
                Severity::Error
            }
        };
        let length = diagnostic.summary.chars().count();
        if length == 0 || length > LONGEST_SUMMARY {
            self.violate(
                Rule::DiagnosticSummary,
                call,
                &place,
                format!("{length} characters: {:?}", diagnostic.summary),
            );
        }
        let hidden = |text: &str| text.chars().any(|character| character.is_control() && character != '\n');
        if hidden(&diagnostic.summary) || hidden(&diagnostic.detail) {
            self.violate(Rule::DiagnosticText, call, &place, format!("{:?}", diagnostic.detail));
        }
        if let (Some(path), Some(block)) = (&path, block) {
            let names_block = matches!(path.0.first(), Some(Step::Attribute(name)) if block.blocks.contains_key(name));
            if path.0.is_empty() || !names_block && block.attribute_at(path).is_none() {
                self.violate(Rule::DiagnosticPath, call, path, diagnostic.summary.clone());
            }
        }
        let (summary, detail) = (diagnostic.summary.clone(), diagnostic.detail.clone());
        self.diagnostics.push(Diagnostic { severity, summary, detail, path });
    }
}

/// Reads a path from the wire.
pub(super) fn path_of(path: &wire::AttributePath) -> Path {
    use wire::attribute_path::step::Selector;
    let steps = path.steps.iter().filter_map(|step| match step.selector.as_ref()? {
        Selector::AttributeName(name) => Some(Step::Attribute(name.clone())),
        Selector::ElementKeyString(key) => Some(Step::Key(key.clone())),
        Selector::ElementKeyInt(index) => Some(Step::Index(usize::try_from(*index).unwrap_or(usize::MAX))),
    });
    Path(steps.collect())
}
