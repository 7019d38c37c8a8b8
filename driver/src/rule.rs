//! The rules that a provider must keep: the list of them, and how a broken one is reported.

use std::fmt;

use crate::value::Path;

/// Is a rule of the protocol. What each says is in [`Rule::says`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table below says what each rule demands")]
pub enum Rule {
    SchemaProviderMissing,
    SchemaTooLarge,
    SchemaPresence,
    SchemaOneType,
    SchemaTypeConstraint,
    SchemaDuplicateName,
    SchemaBlockName,
    SchemaNestingMode,
    SchemaBlockLimits,
    SchemaSetContents,
    SchemaComputedBlock,
    SchemaVersion,
    SchemaDeprecation,
    SchemaWriteOnlyPlace,
    SchemaFunctionName,
    SchemaFunctionReturn,
    SchemaActionBlock,
    SchemaIdentityFlag,
    SchemaIdentityType,
    SchemaIdentityOrphan,
    SchemaListIdentity,
    MetadataDiffers,
    FunctionsDiffer,
    ValueEncoding,
    ValueConforms,
    BlockCollectionNull,
    UnknownReturned,
    WriteOnlyReturned,
    NullReturned,
    LegacyTypeSystem,
    Deferred,
    PrivateErased,
    PlanNullness,
    PlanNonComputed,
    PlanMatchesConfig,
    PlanUnknown,
    PlanNestedWhole,
    PlanNestedElements,
    PlanBlockCount,
    PlanBlockUnknown,
    ReplacePathMissing,
    DestroyPlanPrivate,
    FinalPlanAction,
    FinalPlanValue,
    ApplyRootAbsent,
    ApplyValueChanged,
    ApplyElements,
    ApplySetElements,
    ApplyRefinement,
    ApplyBlockCount,
    DeleteReturnedObject,
    IdentityUnexpected,
    IdentityMissing,
    IdentityUnknown,
    IdentityOnCreatePlan,
    IdentityChanged,
    ImportCount,
    ImportTypeName,
    DataConfigChanged,
    EphemeralConfigChanged,
    RenewInPast,
    ActionEventEmpty,
    ActionCompletion,
    ActionAfterStop,
    ListIdentityMissing,
    ListObjectMissing,
    ListOverLimit,
    FunctionAnswer,
    FunctionImpure,
    FunctionArgumentIndex,
    GeneratedNotConfigurable,
    DiagnosticSeverity,
    DiagnosticSummary,
    DiagnosticPath,
    DiagnosticText,
}

/// Says who minds when a rule is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authority {
    /// Some released client fails, crashes or loses data.
    Client,
    /// No client checks it; users of the provider suffer instead.
    Practice,
}

use Authority::{Client, Practice};

/// Holds one line per rule, in the order of the enum.
const TABLE: &[(Rule, &str, Authority, &str)] = &[
    (
        Rule::SchemaProviderMissing,
        "schema-provider-missing",
        Client,
        "the provider's own schema is present, even if empty",
    ),
    (Rule::SchemaTooLarge, "schema-too-large", Client, "the schema answer is at most 64 MiB"),
    (
        Rule::SchemaPresence,
        "schema-presence",
        Client,
        "an attribute is required, optional or computed; required excludes the others",
    ),
    (Rule::SchemaOneType, "schema-one-type", Client, "an attribute has either a type or a nested type"),
    (Rule::SchemaTypeConstraint, "schema-type-constraint", Client, "a type is the JSON of a type constraint"),
    (Rule::SchemaDuplicateName, "schema-duplicate-name", Client, "a name stands for one attribute or block"),
    (Rule::SchemaBlockName, "schema-block-name", Client, "names consist of lower-case letters, digits and underscores"),
    (Rule::SchemaNestingMode, "schema-nesting-mode", Client, "a nesting mode is set and known"),
    (Rule::SchemaBlockLimits, "schema-block-limits", Client, "min_items and max_items suit the nesting mode"),
    (Rule::SchemaSetContents, "schema-set-contents", Client, "sets hold nothing dynamic and nothing write-only"),
    (
        Rule::SchemaComputedBlock,
        "schema-computed-block",
        Client,
        "a computed block has computed attributes only, min_items 0, and is no group",
    ),
    (Rule::SchemaVersion, "schema-version", Client, "schema versions are not negative"),
    (Rule::SchemaDeprecation, "schema-deprecation", Client, "a deprecation message comes with deprecated"),
    (
        Rule::SchemaWriteOnlyPlace,
        "schema-write-only-place",
        Client,
        "write-only attributes are configurable, not computed, and in resources or actions",
    ),
    (
        Rule::SchemaFunctionName,
        "schema-function-name",
        Client,
        "functions and their parameters have distinct identifiers as names",
    ),
    (Rule::SchemaFunctionReturn, "schema-function-return", Client, "a function says what it returns"),
    (Rule::SchemaActionBlock, "schema-action-block", Client, "an action has a schema with a block"),
    (
        Rule::SchemaIdentityFlag,
        "schema-identity-flag",
        Client,
        "an identity attribute is either required or optional for import",
    ),
    (Rule::SchemaIdentityType, "schema-identity-type", Client, "an identity attribute is primitive or a list"),
    (Rule::SchemaIdentityOrphan, "schema-identity-orphan", Client, "an identity belongs to a resource type"),
    (
        Rule::SchemaListIdentity,
        "schema-list-identity",
        Client,
        "a list resource has a resource type of its name with identity",
    ),
    (Rule::MetadataDiffers, "metadata-differs", Practice, "GetMetadata names what the schema names"),
    (Rule::FunctionsDiffer, "functions-differ", Client, "GetFunctions answers the functions of the schema"),
    (Rule::ValueEncoding, "value-encoding", Client, "values are the MessagePack that all clients read"),
    (Rule::ValueConforms, "value-conforms", Client, "values have the type of the schema"),
    (
        Rule::BlockCollectionNull,
        "block-collection-null",
        Client,
        "no blocks are an empty collection, never null; a group is never null",
    ),
    (Rule::UnknownReturned, "unknown-returned", Client, "what is stored is wholly known"),
    (Rule::WriteOnlyReturned, "write-only-returned", Client, "write-only attributes are null in every answer"),
    (Rule::NullReturned, "null-returned", Client, "the answer without errors is an object"),
    (Rule::LegacyTypeSystem, "legacy-type-system", Practice, "legacy_type_system is never set"),
    (Rule::Deferred, "deferred", Client, "nothing is deferred"),
    (Rule::PrivateErased, "private-erased", Practice, "stored private bytes are not dropped"),
    (Rule::PlanNullness, "plan-nullness", Client, "a plan is null exactly where the configuration is"),
    (
        Rule::PlanNonComputed,
        "plan-non-computed",
        Client,
        "attributes that are not computed stay null where not configured",
    ),
    (
        Rule::PlanMatchesConfig,
        "plan-matches-config",
        Client,
        "configured attributes are planned as configured, or keep their prior value",
    ),
    (Rule::PlanUnknown, "plan-unknown", Client, "known configured values are planned known"),
    (
        Rule::PlanNestedWhole,
        "plan-nested-whole",
        Client,
        "a configured nested attribute is neither null nor wholly unknown",
    ),
    (
        Rule::PlanNestedElements,
        "plan-nested-elements",
        Client,
        "nested attributes keep the number and the keys of the configuration",
    ),
    (Rule::PlanBlockCount, "plan-block-count", Client, "blocks keep the number and the keys of the configuration"),
    (Rule::PlanBlockUnknown, "plan-block-unknown", Client, "blocks are unknown exactly where the configuration is"),
    (Rule::ReplacePathMissing, "replace-path-missing", Client, "requires_replace names attributes that exist"),
    (Rule::DestroyPlanPrivate, "destroy-plan-private", Practice, "the plan of a destruction keeps the private bytes"),
    (Rule::FinalPlanAction, "final-plan-action", Client, "planning again with all values known gives the same action"),
    (Rule::FinalPlanValue, "final-plan-value", Client, "planning again with all values known keeps what was known"),
    (
        Rule::ApplyRootAbsent,
        "apply-root-absent",
        Client,
        "apply without errors returns an object exactly where one was planned",
    ),
    (Rule::ApplyValueChanged, "apply-value-changed", Client, "known planned values are applied as planned"),
    (Rule::ApplyElements, "apply-elements", Client, "lists, maps and tuples keep their planned elements"),
    (
        Rule::ApplySetElements,
        "apply-set-elements",
        Client,
        "elements of sets correspond to planned ones and don't grow in number",
    ),
    (Rule::ApplyRefinement, "apply-refinement", Client, "what becomes known keeps what was promised about it"),
    (Rule::ApplyBlockCount, "apply-block-count", Client, "blocks keep their planned number and keys"),
    (Rule::DeleteReturnedObject, "delete-returned-object", Client, "a deletion without errors returns null"),
    (Rule::IdentityUnexpected, "identity-unexpected", Client, "types without identity schema return no identity"),
    (Rule::IdentityMissing, "identity-missing", Client, "types with identity schema return identity with every object"),
    (Rule::IdentityUnknown, "identity-unknown", Client, "identities are objects and wholly known"),
    (Rule::IdentityOnCreatePlan, "identity-on-create-plan", Client, "the plan of a creation has no identity"),
    (Rule::IdentityChanged, "identity-changed", Practice, "an object keeps its identity"),
    (Rule::ImportCount, "import-count", Client, "an import gives exactly one object"),
    (Rule::ImportTypeName, "import-type-name", Client, "an import gives an object of the type asked for"),
    (Rule::DataConfigChanged, "data-config-changed", Practice, "a data source echoes its configuration"),
    (
        Rule::EphemeralConfigChanged,
        "ephemeral-config-changed",
        Client,
        "an ephemeral resource echoes its configuration",
    ),
    (Rule::RenewInPast, "renew-in-past", Client, "renew_at is some seconds ahead"),
    (Rule::ActionEventEmpty, "action-event-empty", Client, "an event of an action is a progress or a completion"),
    (Rule::ActionCompletion, "action-completion", Client, "an action completes exactly once, and last"),
    (Rule::ActionAfterStop, "action-after-stop", Client, "after StopProvider an action sends its completion only"),
    (
        Rule::ListIdentityMissing,
        "list-identity-missing",
        Client,
        "an event of a list has an identity unless it is a mere warning",
    ),
    (Rule::ListObjectMissing, "list-object-missing", Client, "an event of a list has the object where asked for"),
    (Rule::ListOverLimit, "list-over-limit", Practice, "a list ends at its limit"),
    (Rule::FunctionAnswer, "function-answer", Client, "a function answers either a result or an error"),
    (Rule::FunctionImpure, "function-impure", Client, "a function gives the same answer to the same arguments"),
    (
        Rule::FunctionArgumentIndex,
        "function-argument-index",
        Client,
        "a function's error names an argument that was given",
    ),
    (
        Rule::GeneratedNotConfigurable,
        "generated-not-configurable",
        Client,
        "generated configuration leaves out what can't be configured",
    ),
    (Rule::DiagnosticSeverity, "diagnostic-severity", Client, "a diagnostic is an error or a warning"),
    (Rule::DiagnosticSummary, "diagnostic-summary", Practice, "a diagnostic has a summary of at most 120 characters"),
    (Rule::DiagnosticPath, "diagnostic-path", Practice, "a diagnostic's path exists in the schema"),
    (Rule::DiagnosticText, "diagnostic-text", Practice, "diagnostics hold no control characters"),
];

impl Rule {
    /// Returns all rules.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// Returns who minds.
    pub fn authority(self) -> Authority {
        TABLE[self as usize].2
    }

    /// Says what the rule demands.
    pub fn says(self) -> &'static str {
        TABLE[self as usize].3
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Is one broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The remote call in whose answer it was broken.
    pub call: &'static str,
    /// Where in the value or in the schema.
    pub path: Path,
    /// What was found there.
    pub detail: String,
}

impl Violation {
    /// Reports a rule as broken.
    pub fn new(rule: Rule, call: &'static str, path: &Path, detail: impl Into<String>) -> Self {
        Self { rule, call, path: path.clone(), detail: detail.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} in {} at \"{}\": {}", self.rule, self.call, self.path, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_follows_the_enum() {
        for (number, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, number, "{}", row.1);
        }
        assert_eq!(Rule::DiagnosticText as usize + 1, TABLE.len());
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = Rule::all().map(Rule::name).collect();
        assert_eq!(names.len(), TABLE.len());
    }
}
