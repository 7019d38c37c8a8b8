//! Says rules in words, for complaints and for the documentation: one wording for both.

use super::table::{Form, List, Literal, Number, Text, Type};

impl Type {
    /// What a value of this type is called in a message.
    pub const fn noun(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Choice(_) => "a text",
            Self::Number(_) | Self::NumberChoice(_) => "a number",
            Self::Flag => "true or false",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
            Self::Any => "a value",
        }
    }

    /// Describes the values of this type beyond its name, such as "1 to 64 characters; lower-case letters and digits,
    /// in groups that single hyphens separate". Empty where there is nothing to say.
    pub fn describe(&self) -> String {
        match self {
            Self::Text(rules) => text(rules),
            Self::Choice(values) => alternatives(values),
            Self::NumberChoice(values) => number_alternatives(values),
            Self::Number(limits) => number(limits),
            Self::Flag | Self::Object(_) | Self::Any => String::new(),
            Self::List(rules) => list(rules),
        }
    }
}

impl Form {
    /// Describes texts of this form, to be read on its own or after a length.
    pub fn describe(&self) -> String {
        match self {
            Self::Slug => "lower-case letters and digits, in groups that single hyphens separate".to_owned(),
            Self::Uuid => "a UUID with hyphens".to_owned(),
            Self::FolderPath => "starts with `/`; names have ASCII letters, digits, `-` and `_` only".to_owned(),
            Self::SecretName => "without `:` and `/`".to_owned(),
            Self::EmailAddress => "an e-mail address in ASCII".to_owned(),
            Self::DirectoryName => {
                "a distinguished name such as `CN=user,DC=example,DC=com`, without spaces after the commas, escapes \
                 and multi-valued parts, or a user principal name such as `user@example.com`"
                    .to_owned()
            }
            Self::IpRange => "an IPv4 or IPv6 address, or a range such as `10.0.0.0/8`".to_owned(),
            Self::Pattern(pattern) => pattern.words.to_owned(),
            Self::NotStartingWith(characters) => format!("not starting with {}", any_of(characters)),
            Self::NotEndingWith(characters) => format!("not ending with {}", any_of(characters)),
            Self::Without(characters) => format!("without {}", any_of(characters)),
            Self::Reserved(names) => format!("not {} in any case", alternatives(names)),
            Self::Template { needed, variables, helpers } => template(needed, variables, helpers),
            Self::JsonObject { max_keys, refused } => format!(
                "blank, or the JSON text of an object with at most {max_keys} keys, none of them {}",
                alternatives(refused)
            ),
        }
    }
}

impl Literal {
    /// Writes the value as in Terraform's language, on one line.
    pub fn hcl(&self) -> String {
        match self {
            Self::Text(text) => quote(text),
            Self::Number(number) => number.to_string(),
            Self::Flag(flag) => flag.to_string(),
            Self::List(items) => format!("[{}]", joined(items.iter().map(Self::hcl), ", ")),
            Self::Object(members) => {
                let members = members.iter().map(|(name, value)| format!("{name} = {}", value.hcl()));
                format!("{{ {} }}", joined(members, ", "))
            }
        }
    }
}

/// Writes a text as a string of Terraform's language.
pub(super) fn quote(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
        .replace('\r', "\\r")
        .replace("${", "$${")
        .replace("%{", "%%{");
    format!("\"{escaped}\"")
}

/// Says what a text of a wrong form must do, to be read after "must".
pub(super) fn demand(form: &Form) -> String {
    match form {
        Form::Slug => format!("consist of {}, such as `orders-db`", form.describe()),
        Form::SecretName => "not contain `:` or `/`: no secret can be named so".to_owned(),
        Form::FolderPath => format!("be a path that {}", form.describe()),
        Form::Pattern(pattern) => format!("have {}", pattern.words),
        Form::NotStartingWith(characters) => format!("not start with {}", any_of(characters)),
        Form::NotEndingWith(characters) => format!("not end with {}", any_of(characters)),
        Form::Without(characters) => format!("not contain {}", any_of(characters)),
        Form::Reserved(names) => format!("not be {}, in any case", alternatives(names)),
        _ => format!("be {}", form.describe()),
    }
}

/// Says what a template may and must use.
pub(super) fn template(needed: &[&str], variables: &[&str], helpers: &[&str]) -> String {
    let braced = |names: &[&str]| and(&names.iter().map(|name| format!("`{{{{{name}}}}}`")).collect::<Vec<_>>());
    let also = (!variables.is_empty()).then(|| braced(variables));
    let called = (!helpers.is_empty()).then(|| {
        let helpers: Vec<_> = helpers.iter().map(|name| format!("`{name}`")).collect();
        format!("calls of {}", or(&helpers))
    });
    let more = and(&also.into_iter().chain(called).collect::<Vec<_>>());
    let more = if more.is_empty() { more } else { format!(", may also have {more}") };
    format!("a Handlebars text that has {}{more}, and has no other expressions", braced(needed))
}

/// Says a number with its noun.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// Says how many there may be.
pub(super) fn count_range(min: usize, max: Option<usize>, noun: &str) -> String {
    match (min, max) {
        (0, None) => format!("any number of {noun}s"),
        (min, None) => format!("at least {}", count(min, noun)),
        (0, Some(max)) => format!("at most {}", count(max, noun)),
        (min, Some(max)) if min == max => count(min, noun),
        (min, Some(max)) => format!("{min} to {}", count(max, noun)),
    }
}

/// Says the limits of a number.
pub(super) fn number(limits: &Number) -> String {
    let noun = if limits.whole { "a whole number" } else { "a number" };
    let low = limits.min.map(|min| (min, true)).or(limits.above.map(|above| (above, false)));
    match (low, limits.max) {
        (None, None) => noun.to_owned(),
        (Some((min, true)), None) => format!("{noun} of at least {min}"),
        (Some((above, false)), None) => format!("{noun} above {above}"),
        (None, Some(max)) => format!("{noun} of at most {max}"),
        (Some((min, true)), Some(max)) => format!("{noun} from {min} to {max}"),
        (Some((above, false)), Some(max)) => format!("{noun} above {above}, and at most {max}"),
    }
}

/// Says that a text must be one of several.
pub(super) fn alternatives(values: &[&str]) -> String {
    or(&values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>())
}

/// Says that a text must be one of several, in a message, which nobody reads to the end if it lists too many.
pub(super) fn few_alternatives(values: &[&str]) -> String {
    const MOST: usize = 12;
    if values.len() <= MOST {
        alternatives(values)
    } else {
        format!("one of the {} values that the documentation lists", values.len())
    }
}

/// Says that a number must be one of several.
pub(super) fn number_alternatives(values: &[i64]) -> String {
    or(&values.iter().map(i64::to_string).collect::<Vec<_>>())
}

fn text(rules: &Text) -> String {
    let length = match (rules.min, rules.max.or(rules.advised_max)) {
        (0, None) => None,
        // A form that a blank text had would be none.
        (1, None) if !rules.forms.is_empty() => None,
        (1, None) => Some("not blank".to_owned()),
        (min, max) => Some(count_range(min, max, "character")),
    };
    joined(length.into_iter().chain(rules.forms.iter().map(Form::describe)), "; ")
}

fn list(rules: &List) -> String {
    let length = (rules.min > 0 || rules.max.is_some()).then(|| count_range(rules.min, rules.max, "element"));
    let items = rules.item.describe();
    let items = (!items.is_empty() && !matches!(rules.item, Type::Object(_))).then(|| format!("each {items}"));
    let unique = (!rules.unique_by.is_empty()).then(|| {
        let members: Vec<_> = rules.unique_by.iter().map(|name| format!("`{name}`")).collect();
        format!("no two with the same {}", and(&members))
    });
    joined(length.into_iter().chain(items).chain(unique), "; ")
}

fn any_of(characters: &str) -> String {
    or(&characters
        .chars()
        .map(|character| match character {
            ' ' => "space".to_owned(),
            '`' => "a back-tick".to_owned(),
            other => format!("`{other}`"),
        })
        .collect::<Vec<_>>())
}

fn or(words: &[String]) -> String {
    series(words, "or")
}

fn and(words: &[String]) -> String {
    series(words, "and")
}

fn series(words: &[String], conjunction: &str) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} {conjunction} {last}", most.join(", ")),
    }
}

fn joined(words: impl Iterator<Item = String>, separator: &str) -> String {
    words.collect::<Vec<_>>().join(separator)
}
