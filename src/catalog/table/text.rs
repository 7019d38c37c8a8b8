//! What a text may look like: length, trimming and named forms.

/// The rules of a text value.
///
/// Lengths count UTF-16 units, as the server does, and are measured after trimming.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// What the server does with white space at both ends.
    pub trim: Trim,
    /// The least length; 0 where a blank is a value like any other.
    pub min: usize,
    /// The greatest length, if there is one.
    pub max: Option<usize>,
    /// A length above which the server may refuse the text: told as a warning.
    pub advised_max: Option<usize>,
    /// The forms that the text must have, all of them.
    pub forms: &'static [Form],
}

/// What the server does with white space at both ends of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// It is stripped before the value is judged and stored.
    Stripped,
    /// It is part of the value.
    Kept,
    /// Nobody could find out. Both readings of a value are accepted, and they count as the same; limits are no more
    /// than advice where the two differ.
    Unconfirmed,
}

/// A trimmed text of at least one character: what most parameters are.
pub const TEXT: Text = Text { trim: Trim::Stripped, min: 1, max: None, advised_max: None, forms: &[] };

impl Text {
    /// Limits the length, in UTF-16 units after trimming.
    pub const fn max(self, max: usize) -> Self {
        Self { max: Some(max), ..self }
    }

    /// Warns of a greater length. For limits that are not confirmed, and only for those.
    pub const fn advised_max(self, max: usize) -> Self {
        Self { advised_max: Some(max), ..self }
    }

    /// Allows a blank text.
    pub const fn blank(self) -> Self {
        Self { min: 0, ..self }
    }

    /// Keeps white space: the server stores what is written.
    pub const fn untrimmed(self) -> Self {
        Self { trim: Trim::Kept, ..self }
    }

    /// Accepts both readings of white space at the ends, because it is not known what the server does with it.
    pub const fn trim_unconfirmed(self) -> Self {
        Self { trim: Trim::Unconfirmed, ..self }
    }

    /// Demands named forms. Where no named form fits and a regular expression says it, use [`Form::Pattern`].
    pub const fn forms(self, forms: &'static [Form]) -> Self {
        Self { forms, ..self }
    }
}

/// A rule about the characters of a text that is worth a name.
///
/// Each form describes itself in words for error messages and for the documentation (`catalog::checks`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lower-case letters and digits in groups that single hyphens separate.
    Slug,
    /// A UUID in the form with hyphens, any version, any case.
    Uuid,
    /// The path of a folder: starts with `/`, segments of letters, digits, dashes and underscores. The server drops
    /// one trailing slash.
    FolderPath,
    /// The name of an Infisical secret: neither `:` nor `/`.
    SecretName,
    /// An e-mail address as the server accepts it.
    EmailAddress,
    /// An LDAP distinguished name, or a user principal name such as `user@example.com`.
    DirectoryName,
    /// An IPv4 or IPv6 address, or a CIDR range.
    IpRange,
    /// A regular expression that matches somewhere in the text unless it is anchored.
    Pattern(Pattern),
    /// A character that must not be the first one, any of those given.
    NotStartingWith(&'static str),
    /// A character that must not be the last one, any of those given.
    NotEndingWith(&'static str),
    /// Characters that must not occur.
    Without(&'static str),
    /// Names that are taken, in lower case; upper and lower case are the same here.
    Reserved(&'static [&'static str]),
    /// A Handlebars text that uses only the given variables and helpers, and uses each of `needed` literally.
    Template {
        /// Variables that must occur as `{{name}}`, without inner spaces.
        needed: &'static [&'static str],
        /// Further variables that may be used.
        variables: &'static [&'static str],
        /// Helpers that may be called; their arguments are not looked at.
        helpers: &'static [&'static str],
    },
    /// Blank, or the text of a JSON object.
    JsonObject {
        /// The greatest number of keys at the top level.
        max_keys: usize,
        /// Keys that may not be used at the top level.
        refused: &'static [&'static str],
    },
}

/// A regular expression with its meaning in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The expression, in the dialect of `regex-lite`.
    pub regex: &'static str,
    /// What it demands, to be read after "must have" or "with", such as "letters, digits, `-` and `_` only".
    pub words: &'static str,
}

impl Form {
    /// Demands a match of a regular expression, and says in words what that means.
    pub const fn pattern(regex: &'static str, words: &'static str) -> Self {
        Self::Pattern(Pattern { regex, words })
    }
}
