//! What can be wrong with a value, in words.

use crate::catalog::describe;
use crate::catalog::table::{Form, Number};

/// Something wrong with one value. As a text it continues a sentence whose subject is the attribute, without a full
/// stop. No complaint repeats the value: it may be a secret.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Complaint {
    /// It is of another type than it should be.
    #[error("must be {expected}")]
    WrongType {
        /// What it should be, with its article.
        expected: &'static str,
    },
    /// It is no member of the object that it stands in.
    #[error(
        "is not among what the server takes here, and would be ignored{}",
        meant.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
    )]
    NotDescribed {
        /// The member that was probably meant.
        meant: Option<&'static str>,
    },
    /// It has no value but needs one.
    #[error("needs a value")]
    Missing,
    /// The text has no characters, or only white space where that doesn't count.
    #[error("must not be blank")]
    Blank,
    /// The text is too short.
    #[error("must have at least {}, but has {units}", describe::count(*min, "character"))]
    TooShort {
        /// The least length.
        min: usize,
        /// The length, in UTF-16 units.
        units: usize,
    },
    /// The text is too long.
    #[error("must have at most {}, but has {units}", describe::count(*max, "character"))]
    TooLong {
        /// The greatest length.
        max: usize,
        /// The length, in UTF-16 units.
        units: usize,
    },
    /// The text may be too long: the limit is not confirmed.
    #[error("has {units} characters; servers are known that take at most {max}")]
    LongerThanAdvised {
        /// The length that is safe.
        max: usize,
        /// The length, in UTF-16 units.
        units: usize,
    },
    /// The text has not the form it should have.
    #[error("must {}", describe::demand(form))]
    Malformed {
        /// The form.
        form: Form,
    },
    /// A folder's path doesn't start at the root.
    #[error("must start with `/`: the path of a folder is given from the root")]
    NotAbsolute,
    /// A folder's path has a segment that no folder's name can be.
    #[error(
        "must be a path such as `/apps/orders`: the names of folders have ASCII letters, digits, `-` and `_` only, and \
         single slashes separate them"
    )]
    NotAFolder,
    /// A template lacks a variable.
    #[error("must contain `{{{{{name}}}}}`, spelt exactly so, without inner spaces")]
    LacksVariable {
        /// The variable.
        name: &'static str,
    },
    /// A template uses what it may not use.
    #[error("must be {}", describe::template(needed, variables, helpers))]
    ForbiddenExpression {
        /// Variables that must occur.
        needed: &'static [&'static str],
        /// Further variables.
        variables: &'static [&'static str],
        /// Helpers that may be called.
        helpers: &'static [&'static str],
    },
    /// A template can't be parsed.
    #[error("has an expression in braces that is not complete or not well-formed Handlebars")]
    BrokenTemplate,
    /// The text is no JSON object.
    #[error("must be the JSON text of an object, best written with `jsonencode({{...}})`")]
    NotAJsonObject,
    /// A JSON object has too many keys.
    #[error("must have at most {}, but has {keys}", describe::count(*max, "key"))]
    TooManyKeys {
        /// The greatest number of keys.
        max: usize,
        /// The number of keys.
        keys: usize,
    },
    /// A JSON object uses a key that it may not use.
    #[error("must not use the key `{key}`, which other parameters or Infisical itself decide")]
    RefusedKey {
        /// The key.
        key: &'static str,
    },
    /// The text is none of those allowed.
    #[error(
        "must be {}, spelt exactly so{}",
        describe::few_alternatives(values),
        meant.map(|value| format!("; did you mean `{value}`?")).unwrap_or_default()
    )]
    NotAmong {
        /// The allowed ones.
        values: &'static [&'static str],
        /// The one that was probably meant.
        meant: Option<&'static str>,
    },
    /// The number is none of those allowed.
    #[error("must be {}", describe::number_alternatives(values))]
    NotAmongNumbers {
        /// The allowed ones.
        values: &'static [i64],
    },
    /// The number is too small, too great, or has a fraction that it may not have.
    #[error("must be {}", describe::number(limits))]
    OutOfRange {
        /// The limits.
        limits: Number,
    },
    /// The list has too few or too many elements.
    #[error("must have {}, but has {elements}", describe::count_range(*min, *max, "element"))]
    ListLength {
        /// The least number.
        min: usize,
        /// The greatest number.
        max: Option<usize>,
        /// The number of elements.
        elements: usize,
    },
    /// Elements of a list are the same where they must differ.
    #[error("must not list the same thing twice: element {} repeats element {}", second + 1, first + 1)]
    Repeated {
        /// The position of the first of the two.
        first: usize,
        /// The position of the second.
        second: usize,
    },
    /// No class of characters is required.
    #[error("must require at least one character: the password is drawn from the classes in `{counts}` above 0")]
    NothingRequired {
        /// The object with the counts.
        counts: &'static str,
    },
    /// More characters are required than the password has.
    #[error("requires {required} characters in all, more than the {total} of `{field}`: lower a count or raise it")]
    DoesNotFit {
        /// The sum of the counts.
        required: f64,
        /// What they must fit into.
        total: f64,
        /// The name of the total.
        field: &'static str,
    },
    /// A list that a choice asks for has no elements.
    #[error("needs at least one element, because `{choice}` is `{value}`")]
    MustBeFilled {
        /// The choice.
        choice: &'static str,
        /// Its value.
        value: &'static str,
    },
    /// A list has elements that a choice doesn't permit.
    #[error("takes elements only where `{choice}` is `{value}`: leave it out, or change `{choice}`")]
    MustBeEmpty {
        /// The choice.
        choice: &'static str,
        /// The value that would permit elements.
        value: &'static str,
    },
    /// Two secrets have one name.
    #[error("names the same secret as `{other}`; white space at the ends doesn't count: give each its own name")]
    SameSecret {
        /// The attribute with the same value.
        other: &'static str,
    },
    /// The number is above what will work.
    #[error("should be at most {max}. {}", because.strip_suffix('.').unwrap_or(because))]
    AboveAdvised {
        /// The greatest value that works.
        max: i64,
        /// Why, as a full sentence.
        because: &'static str,
    },
    /// Creation needs a text that isn't there.
    #[error("is needed to create the rotation, because `{choice}` is `{value}`; it is used once and never stored")]
    NeededOnCreation {
        /// The choice that asks for it.
        choice: &'static str,
        /// Its value.
        value: &'static str,
    },
}

impl Complaint {
    /// Whether the server accepts the value all the same, so that the user is warned and not stopped.
    pub const fn is_warning(&self) -> bool {
        matches!(self, Self::LongerThanAdvised { .. } | Self::AboveAdvised { .. })
    }

    /// A short title without variable data, so that equal ones can be merged.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::WrongType { .. } => "Value of a wrong type",
            Self::NotDescribed { .. } => "Unknown key",
            Self::Missing | Self::NeededOnCreation { .. } => "Missing value",
            Self::Blank => "Blank value",
            Self::TooShort { .. } | Self::TooLong { .. } | Self::LongerThanAdvised { .. } => "Text of a wrong length",
            Self::Malformed { .. } => "Text of a wrong form",
            Self::NotAbsolute | Self::NotAFolder => "Not the path of a folder",
            Self::LacksVariable { .. } | Self::ForbiddenExpression { .. } | Self::BrokenTemplate => {
                "Statement that the server refuses"
            }
            Self::NotAJsonObject | Self::TooManyKeys { .. } | Self::RefusedKey { .. } => {
                "Options that the server refuses"
            }
            Self::NotAmong { .. } | Self::NotAmongNumbers { .. } => "Value that is not a choice",
            Self::OutOfRange { .. } => "Number out of range",
            Self::AboveAdvised { .. } => "Number that may be too great",
            Self::ListLength { .. } | Self::MustBeFilled { .. } | Self::MustBeEmpty { .. } => {
                "Wrong number of elements"
            }
            Self::Repeated { .. } => "Repeated element",
            Self::NothingRequired { .. } | Self::DoesNotFit { .. } => "Password requirements that no password meets",
            Self::SameSecret { .. } => "Two credentials in one secret",
        }
    }
}
