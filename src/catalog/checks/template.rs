//! Reads Handlebars texts as far as the server judges them: plain expressions, each starting with a known name.
//!
//! Arguments must be well-formed, because the server fails on a syntax error; what they mean is not looked at.

use super::Complaint;

/// Judges a template.
pub(super) fn judge(
    text: &str,
    needed: &'static [&'static str],
    variables: &'static [&'static str],
    helpers: &'static [&'static str],
) -> Result<(), Complaint> {
    if let Some(name) = needed.iter().find(|name| !text.contains(&format!("{{{{{name}}}}}"))) {
        return Err(Complaint::LacksVariable { name });
    }
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let (content, mustache) = rest.split_at(start);
        if content.ends_with('\\') && !content.ends_with("\\\\") {
            // An escaped opening is plain text.
            rest = &mustache[2..];
            continue;
        }
        let mut expression = Expression::open(mustache).map_err(|fault| fault.complaint(needed, variables, helpers))?;
        let name = expression.read().map_err(|fault| fault.complaint(needed, variables, helpers))?;
        if ![needed, variables, helpers].iter().any(|known| known.contains(&name)) {
            return Err(Fault::Forbidden.complaint(needed, variables, helpers));
        }
        rest = expression.rest;
    }
    Ok(())
}

/// Why an expression is refused.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// It is well-formed, or may be, but it is more than a known name with arguments.
    Forbidden,
    /// It is not well-formed.
    Broken,
}

impl Fault {
    fn complaint(
        self,
        needed: &'static [&'static str],
        variables: &'static [&'static str],
        helpers: &'static [&'static str],
    ) -> Complaint {
        match self {
            Self::Forbidden => Complaint::ForbiddenExpression { needed, variables, helpers },
            Self::Broken => Complaint::BrokenTemplate,
        }
    }
}

/// One expression between braces: what is left to read, and how it has to be closed.
struct Expression<'a> {
    rest: &'a str,
    unescaped: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'a> {
    Name(&'a str),
    /// A name between square brackets: never one of the path words `.`, `..` and `this`.
    Bracketed(&'a str),
    Separator,
    Equals,
    Data,
    Text,
    OpenParenthesis,
    CloseParenthesis,
    Close,
    CloseUnescaped,
}

/// What has been read of one call: the expression itself or a part of it in parentheses.
#[derive(Clone, Copy, Default)]
struct Call {
    has_name: bool,
    has_named_arguments: bool,
    awaits_value: bool,
}

impl Call {
    fn take_value(&mut self) -> Result<(), Fault> {
        if self.has_named_arguments && !self.awaits_value {
            return Err(Fault::Broken);
        }
        self.awaits_value = false;
        self.has_name = true;
        Ok(())
    }
}

impl<'a> Expression<'a> {
    /// Starts behind the opening braces; anything but a plain or an unescaped expression is forbidden.
    fn open(mustache: &'a str) -> Result<Self, Fault> {
        let inner = mustache.strip_prefix("{{").unwrap_or(mustache);
        if inner.starts_with("{{") {
            return Err(Fault::Forbidden);
        }
        let inner = inner.strip_prefix('~').unwrap_or(inner);
        if inner.starts_with(['>', '#', '/', '^', '!', '*']) {
            return Err(Fault::Forbidden);
        }
        if let Some(rest) = inner.strip_prefix('{') {
            return Ok(Self { rest, unescaped: true });
        }
        Ok(Self { rest: inner.strip_prefix('&').unwrap_or(inner), unescaped: false })
    }

    /// Reads to the closing braces and returns the name that the expression starts with.
    fn read(&mut self) -> Result<&'a str, Fault> {
        let name = match self.token()? {
            Token::Name(name) | Token::Bracketed(name) => name,
            Token::Separator | Token::Equals | Token::CloseParenthesis | Token::Close | Token::CloseUnescaped => {
                return Err(Fault::Broken);
            }
            Token::Data | Token::Text | Token::OpenParenthesis => return Err(Fault::Forbidden),
        };
        // A call in parentheses may hold calls: the open ones are kept here and not on the call stack.
        let mut calls = vec![Call { has_name: true, ..Call::default() }];
        loop {
            let token = self.token()?;
            let depth = calls.len();
            let call = calls.last_mut().ok_or(Fault::Broken)?;
            match token {
                Token::Name(_) | Token::Bracketed(_) => self.argument(token, call)?,
                Token::Data => {
                    let first = self.token()?;
                    self.path(first)?;
                    call.take_value()?;
                }
                Token::Text => call.take_value()?,
                Token::OpenParenthesis if call.has_name => {
                    call.take_value()?;
                    calls.push(Call::default());
                }
                Token::CloseParenthesis if depth > 1 && call.has_name && !call.awaits_value => {
                    calls.pop();
                }
                Token::Close | Token::CloseUnescaped => {
                    let matches = (token == Token::CloseUnescaped) == self.unescaped;
                    let complete = depth == 1 && !call.awaits_value;
                    return if matches && complete { Ok(name) } else { Err(Fault::Broken) };
                }
                // `username.length` and its like: a path is not one of the plain names.
                Token::Separator if depth == 1 => return Err(Fault::Forbidden),
                _ => return Err(Fault::Broken),
            }
        }
    }

    /// Reads a path, or the name of a named argument.
    fn argument(&mut self, first: Token<'a>, call: &mut Call) -> Result<(), Fault> {
        let mut ahead = Self { rest: self.rest, unescaped: self.unescaped };
        if call.has_name && ahead.token()? == Token::Equals {
            if call.awaits_value {
                return Err(Fault::Broken);
            }
            self.rest = ahead.rest;
            (call.has_named_arguments, call.awaits_value) = (true, true);
            return Ok(());
        }
        self.path(first)?;
        call.take_value()
    }

    /// Reads the rest of a path such as `../a.b`; `.`, `..` and `this` stand only at its beginning.
    fn path(&mut self, first: Token<'a>) -> Result<(), Fault> {
        let mut segment = first;
        let mut has_names = false;
        loop {
            match segment {
                Token::Name("." | ".." | "this") if has_names => return Err(Fault::Broken),
                Token::Name("." | ".." | "this") => {}
                Token::Name(_) | Token::Bracketed(_) => has_names = true,
                _ => return Err(Fault::Broken),
            }
            let mut ahead = Self { rest: self.rest, unescaped: self.unescaped };
            if ahead.token()? != Token::Separator {
                return Ok(());
            }
            segment = ahead.token()?;
            self.rest = ahead.rest;
        }
    }

    fn token(&mut self) -> Result<Token<'a>, Fault> {
        self.rest = self.rest.trim_start_matches(is_space);
        let rest = self.rest;
        if rest.starts_with("}}}}") {
            return Err(Fault::Broken);
        }
        let fixed = [
            ("}}}", Token::CloseUnescaped),
            ("}~}}", Token::CloseUnescaped),
            ("}}", Token::Close),
            ("~}}", Token::Close),
            ("(", Token::OpenParenthesis),
            (")", Token::CloseParenthesis),
            ("=", Token::Equals),
            ("@", Token::Data),
            ("..", Token::Name("..")),
        ];
        if let Some((text, token)) = fixed.into_iter().find(|(text, _)| rest.starts_with(text)) {
            self.rest = &rest[text.len()..];
            return Ok(token);
        }
        let mut characters = rest.chars();
        let (token, length) = match characters.next().ok_or(Fault::Broken)? {
            '.' if characters.next().is_some_and(ends_name) => (Token::Name("."), 1),
            '.' | '/' => (Token::Separator, 1),
            quote @ ('"' | '\'') => (Token::Text, quoted_length(rest, quote).ok_or(Fault::Broken)?),
            '[' => {
                let length = quoted_length(rest, ']').ok_or(Fault::Broken)?;
                (Token::Bracketed(&rest[1..length - 1]), length)
            }
            _ => {
                let length = rest.find(|character| !is_name_character(character)).ok_or(Fault::Broken)?;
                if length == 0 || !rest[length..].starts_with(ends_name) {
                    return Err(Fault::Broken);
                }
                literal_or_name(rest, length)
            }
        };
        self.rest = &rest[length..];
        Ok(token)
    }
}

/// The length of a quoted part from its first character to its closing one; a backslash escapes the latter.
fn quoted_length(text: &str, closing: char) -> Option<usize> {
    let mut escaped = false;
    for (position, character) in text.char_indices().skip(1) {
        if character == closing && !escaped {
            return Some(position + 1);
        }
        escaped = character == '\\' && !escaped;
    }
    None
}

/// Tells the literal words and numbers from names: they are names where a path or an assignment goes on behind them.
fn literal_or_name(rest: &str, length: usize) -> (Token<'_>, usize) {
    let word = ["true", "false", "null", "undefined"].into_iter().find(|word| *word == &rest[..length]);
    let literal = word.map(str::len).or_else(|| number_length(rest)).unwrap_or(0);
    let ends = rest[literal..].starts_with(|next: char| is_space(next) || "~})]".contains(next));
    if literal > 0 && ends { (Token::Text, literal) } else { (Token::Name(&rest[..length]), length) }
}

/// The length of the decimal number that the text starts with, if it does.
fn number_length(text: &str) -> Option<usize> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with('-'));
    let whole = sign + digits(sign);
    if whole == sign {
        return None;
    }
    let fraction = if text[whole..].starts_with('.') { digits(whole + 1) } else { 0 };
    Some(if fraction > 0 { whole + 1 + fraction } else { whole })
}

/// White space as JavaScript sees it.
fn is_space(character: char) -> bool {
    character == '\u{feff}' || (character.is_whitespace() && character != '\u{85}')
}

fn is_name_character(character: char) -> bool {
    !is_space(character) && !"!\"#%&'()*+,./;<=>@[\\]^`{|}~".contains(character)
}

fn ends_name(character: char) -> bool {
    is_space(character) || "=~}/.)]|".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(text: &str) -> Result<(), Complaint> {
        judge(text, &["username", "password"], &["database"], &["replace", "uppercase", "lowercase", "truncate"])
    }

    #[test]
    fn plain_expressions_with_known_names_pass() {
        for text in [
            "ALTER USER \"{{username}}\" WITH PASSWORD '{{password}}'",
            "{{{username}}} {{{password}}}",
            "{{username}} {{password}} {{database}} { } }} {",
            "{{username}}{{password}}{{ ~uppercase username~}}".replace(" ~", "~").as_str(),
            "{{username}}{{password}}{{uppercase (lowercase username) x=../a.b y=(replace \"}}\" 'a' 1.5 true)}}",
            "{{username}}{{password}}{{&username}}{{username evil}}{{replace @root.x this.y .}}",
            "\\{{username}} \\{{password}} \\{{#anything}}",
            "{{username}}{{password}}{{[username]}}{{username\n}}",
        ] {
            assert_eq!(judged(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn variables_are_needed_literally() {
        for (text, name) in [
            ("", "username"),
            ("{{ username }} {{password}}", "username"),
            ("{{username}} {{~password~}}", "password"),
            ("{username} {password}", "username"),
        ] {
            assert_eq!(judged(text), Err(Complaint::LacksVariable { name }), "{text}");
        }
    }

    #[test]
    fn everything_else_is_forbidden() {
        for expression in [
            "{{other}}",
            "{{Uppercase x}}",
            "{{#if x}}y{{/if}}",
            "{{^x}}{{/x}}",
            "{{> x}}",
            "{{! x }}",
            "{{*x}}",
            "{{{{raw}}}}{{{{/raw}}}}",
            "{{@root}}",
            "{{\"username\"}}",
            "{{1}}",
            "{{true}}",
            "{{username.length}}",
            "{{username/x}}",
            "{{./username}}",
            "{{this}}",
            "{{this.username}}",
            "{{../username}}",
            "\\\\{{other}}",
            "{{else}}",
        ] {
            let text = format!("{{{{username}}}}{{{{password}}}} {expression}");
            assert!(matches!(judged(&text), Err(Complaint::ForbiddenExpression { .. })), "{text}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_broken() {
        for expression in [
            "{{",
            "{{}}",
            "{{username",
            "{{username}",
            "{{{username}}",
            "{{username}}}",
            "{{username}}}}",
            "{{username {{database}}}}",
            "{{username (x}}",
            "{{username x)}}",
            "{{username ()}}",
            "{{username a=}}",
            "{{username a=1 b}}",
            "{{username a.b=1}}",
            "{{username \"x}}",
            "{{username a/../b}}",
            "{{username |x|}}",
            "{{username #}}",
        ] {
            let text = format!("{{{{username}}}}{{{{password}}}} {expression}");
            assert_eq!(judged(&text), Err(Complaint::BrokenTemplate), "{text}");
        }
    }

    #[test]
    fn depth_is_no_limit() {
        let depth = 100_000;
        let text =
            format!("{{{{username}}}}{{{{password}}}}{{{{uppercase {}x{}}}}}", "(x ".repeat(depth), ")".repeat(depth));
        assert_eq!(judged(&text), Ok(()));
    }
}
