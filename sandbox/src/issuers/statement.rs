//! The `rotationStatement` template: mustaches for the user, the password and the database, and a few text helpers.

use std::iter::Peekable;
use std::str::Chars;

use super::{ThirdPartyError, random};

/// The values that a statement may name.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) username: &'a str,
    pub(super) password: &'a str,
    pub(super) database: &'a str,
}

/// Fills a statement in. Values are inserted as they are: quoting them is up to the author of the statement.
pub(super) fn render(statement: &str, values: Values<'_>) -> Result<String, ThirdPartyError> {
    let mut rendered = String::with_capacity(statement.len() + values.password.len());
    let mut rest = statement;
    while let Some(start) = rest.find("{{") {
        rendered.push_str(&rest[..start]);
        let (open, close) = if rest[start..].starts_with("{{{") { (3, "}}}") } else { (2, "}}") };
        let inner = &rest[start + open..];
        let end = inner.find(close).ok_or_else(|| refuse("a mustache is not closed"))?;
        rendered.push_str(&evaluate(&inner[..end], values)?);
        rest = &inner[end + close.len()..];
    }
    rendered.push_str(rest);
    Ok(rendered)
}

fn evaluate(expression: &str, values: Values<'_>) -> Result<String, ThirdPartyError> {
    let words = words(expression)?;
    let Some((Word::Name(first), arguments)) = words.split_first() else {
        return Err(refuse(&format!("{{{{{expression}}}}} does not begin with a name")));
    };
    let argument = |index: usize| -> Result<String, ThirdPartyError> {
        match arguments.get(index) {
            Some(Word::Literal(text)) => Ok(text.clone()),
            Some(Word::Name(name)) => value(name, values)
                .map(ToOwned::to_owned)
                .or_else(|| name.parse::<u32>().ok().map(|_| name.clone()))
                .ok_or_else(|| refuse(&format!("{name} is not known"))),
            None => Err(refuse(&format!("{first} needs {} more argument(s)", index + 1 - arguments.len()))),
        }
    };
    let length = |index: usize| -> Result<usize, ThirdPartyError> {
        argument(index)?.parse().map_err(|_| refuse(&format!("the length for {first} is not a number")))
    };
    match first.as_str() {
        "uppercase" => Ok(argument(0)?.to_uppercase()),
        "lowercase" => Ok(argument(0)?.to_lowercase()),
        "replace" => Ok(argument(0)?.replacen(&argument(1)?, &argument(2)?, 1)),
        "truncate" => Ok(argument(0)?.chars().take(length(1)?).collect()),
        "random" => random::text(random::ALPHANUMERIC, length(0)?.min(1024)),
        name => value(name, values).map(ToOwned::to_owned).ok_or_else(|| refuse(&format!("{name} is not known"))),
    }
}

fn value<'a>(name: &str, values: Values<'a>) -> Option<&'a str> {
    match name {
        "username" => Some(values.username),
        "password" => Some(values.password),
        "database" => Some(values.database),
        _ => None,
    }
}

enum Word {
    Name(String),
    Literal(String),
}

fn words(expression: &str) -> Result<Vec<Word>, ThirdPartyError> {
    let mut words = Vec::new();
    let mut symbols = expression.chars().peekable();
    while let Some(symbol) = symbols.next() {
        match symbol {
            quote @ ('"' | '\'') => words.push(Word::Literal(literal(&mut symbols, quote)?)),
            symbol if symbol.is_whitespace() => {}
            symbol => {
                let mut name = String::from(symbol);
                while let Some(next) = symbols.next_if(|next| !next.is_whitespace() && !matches!(next, '"' | '\'')) {
                    name.push(next);
                }
                words.push(Word::Name(name));
            }
        }
    }
    Ok(words)
}

fn literal(symbols: &mut Peekable<Chars<'_>>, quote: char) -> Result<String, ThirdPartyError> {
    let mut text = String::new();
    for symbol in symbols.by_ref() {
        if symbol == quote {
            return Ok(text);
        }
        text.push(symbol);
    }
    Err(refuse("a text is not closed"))
}

fn refuse(reason: &str) -> ThirdPartyError {
    ThirdPartyError::Other(format!("the rotation statement cannot be read: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: Values<'static> = Values { username: "App_User", password: "p4$$", database: "orders" };

    fn rendered(statement: &str) -> String {
        render(statement, VALUES).unwrap()
    }

    #[test]
    fn values_are_inserted_as_they_are() {
        assert_eq!(
            rendered(r#"ALTER USER "{{username}}" WITH PASSWORD '{{password}}'"#),
            r#"ALTER USER "App_User" WITH PASSWORD 'p4$$'"#
        );
        assert_eq!(rendered("{{{username}}}/{{ database }} {x}"), "App_User/orders {x}");
    }

    #[test]
    fn helpers_work_on_values_and_texts() {
        assert_eq!(rendered("{{uppercase username}} {{lowercase username}}"), "APP_USER app_user");
        assert_eq!(rendered(r#"{{replace username "_" "-"}} {{truncate username 3}}"#), "App-User App");
        assert_eq!(rendered("{{random 12}}").len(), 12);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_the_reason() {
        for (statement, reason) in [
            ("{{username", "not closed"),
            ("{{other}}", "other is not known"),
            ("{{truncate username}}", "needs 1 more"),
            ("{{random many}}", "many is not known"),
            ("{{replace username \"a}}", "text is not closed"),
            ("{{}}", "does not begin with a name"),
        ] {
            let failure = render(statement, VALUES).unwrap_err().to_string();
            assert!(failure.contains(reason), "{statement}: {failure}");
        }
    }
}
