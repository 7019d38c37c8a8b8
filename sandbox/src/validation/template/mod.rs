//! The syntax of the template language that rotation statements are written in (Handlebars 4), as far as a template
//! has to be read to know what stands at its top level and whether it is well-formed. Rendering isn't done here.

mod lexer;

use lexer::{Token, tokens};

/// A piece at the top level of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Statement {
    /// Text that is copied.
    Text,
    /// `{{name ...}}`, with the name as it is looked up.
    Insertion(String),
    /// A block, a partial, a comment, a decorator or the insertion of a literal.
    Other,
}

/// Reads a template, or says what is wrong with its syntax.
pub(super) fn parse(text: &str) -> Result<Vec<Statement>, String> {
    let mut parser = Parser { tokens: tokens(text)?, position: 0, depth: 0 };
    let statements = parser.program()?;
    match parser.next() {
        None => Ok(statements),
        Some(token) => Err(unexpected(Some(&token))),
    }
}

/// How deep blocks and calls may be nested: more than anybody writes, less than the stack holds.
const DEEPEST: usize = 100;

/// What is called or inserted: a path, or a literal.
struct Name {
    original: String,
    is_path: bool,
}

struct Parser {
    tokens: Vec<Token>,
    position: usize,
    depth: usize,
}

impl Parser {
    fn program(&mut self) -> Result<Vec<Statement>, String> {
        let mut statements = Vec::new();
        while let Some(statement) = self.statement()? {
            statements.push(statement);
        }
        Ok(statements)
    }

    fn statement(&mut self) -> Result<Option<Statement>, String> {
        let statement = match self.peek() {
            Some(Token::Content) => {
                self.position += 1;
                Statement::Text
            }
            Some(Token::Comment) => {
                self.position += 1;
                Statement::Other
            }
            Some(Token::Open { decorator }) => {
                let decorator = *decorator;
                self.insertion(&Token::Close, decorator)?
            }
            Some(Token::OpenUnescaped) => self.insertion(&Token::CloseUnescaped, false)?,
            Some(Token::OpenPartial) => {
                self.position += 1;
                self.call(true)?;
                self.expect(&Token::Close)?;
                Statement::Other
            }
            Some(Token::OpenRawBlock) => self.raw_block()?,
            Some(Token::OpenBlock | Token::OpenInverse | Token::OpenPartialBlock) => {
                self.deeper(Self::block)?;
                Statement::Other
            }
            _ => return Ok(None),
        };
        Ok(Some(statement))
    }

    fn insertion(&mut self, close: &Token, decorator: bool) -> Result<Statement, String> {
        self.position += 1;
        let name = self.call(false)?;
        self.expect(close)?;
        Ok(if name.is_path && !decorator { Statement::Insertion(name.original) } else { Statement::Other })
    }

    fn raw_block(&mut self) -> Result<Statement, String> {
        self.position += 1;
        let name = self.call(false)?;
        self.expect(&Token::CloseRawBlock)?;
        while self.take(&Token::Content) {}
        match self.next() {
            Some(Token::EndRawBlock(end)) => closes(&name, &end)?,
            other => return Err(unexpected(other.as_ref())),
        }
        Ok(Statement::Other)
    }

    fn block(&mut self) -> Result<(), String> {
        let open = self.next();
        let is_partial = open == Some(Token::OpenPartialBlock);
        let name = self.call(is_partial)?;
        if !is_partial {
            self.block_parameters()?;
        }
        self.expect(&Token::Close)?;
        self.program()?;
        if open == Some(Token::OpenBlock) {
            while self.take(&Token::OpenInverseChain) {
                self.call(false)?;
                self.block_parameters()?;
                self.expect(&Token::Close)?;
                self.program()?;
            }
        }
        if !is_partial && self.take(&Token::Inverse) {
            self.program()?;
        }
        self.expect(&Token::OpenEndBlock)?;
        let end = self.name()?;
        self.expect(&Token::Close)?;
        closes(&name, &end.original)
    }

    fn block_parameters(&mut self) -> Result<(), String> {
        if self.take(&Token::OpenBlockParameters) {
            self.identifier()?;
            while let Some(Token::Identifier { .. }) = self.peek() {
                self.position += 1;
            }
            self.expect(&Token::CloseBlockParameters)?;
        }
        Ok(())
    }

    /// Reads a name with its arguments: first those by position, then those by name.
    fn call(&mut self, by_expression: bool) -> Result<Name, String> {
        let name = if by_expression && self.peek() == Some(&Token::OpenCall) {
            self.deeper(Self::nested)?;
            Name { original: String::new(), is_path: false }
        } else {
            self.name()?
        };
        let mut named = false;
        loop {
            if let (Some(Token::Identifier { .. }), Some(Token::Equals)) =
                (self.peek(), self.tokens.get(self.position + 1))
            {
                self.position += 2;
                self.argument()?;
                named = true;
            } else if !named && self.starts_argument() {
                self.argument()?;
            } else {
                return Ok(name);
            }
        }
    }

    fn starts_argument(&self) -> bool {
        matches!(self.peek(), Some(Token::Identifier { .. } | Token::Literal(_) | Token::Data | Token::OpenCall))
    }

    fn argument(&mut self) -> Result<(), String> {
        if self.peek() == Some(&Token::OpenCall) { self.deeper(Self::nested) } else { self.name().map(drop) }
    }

    fn nested(&mut self) -> Result<(), String> {
        self.expect(&Token::OpenCall)?;
        self.call(false)?;
        self.expect(&Token::CloseCall)
    }

    fn name(&mut self) -> Result<Name, String> {
        if let Some(Token::Literal(text)) = self.peek() {
            let original = text.clone();
            self.position += 1;
            return Ok(Name { original, is_path: false });
        }
        let mut original = if self.take(&Token::Data) { "@".to_owned() } else { String::new() };
        let mut named_one = false;
        loop {
            let (part, quoted) = self.identifier()?;
            if quoted || !matches!(part.as_str(), ".." | "." | "this") {
                named_one = true;
            } else if named_one {
                return Err(format!("invalid path: {original}{part}"));
            }
            original.push_str(&part);
            match self.peek() {
                Some(Token::Separator(separator)) => {
                    original.push(*separator);
                    self.position += 1;
                }
                _ => return Ok(Name { original, is_path: true }),
            }
        }
    }

    fn identifier(&mut self) -> Result<(String, bool), String> {
        match self.next() {
            Some(Token::Identifier { name, quoted }) => Ok((name, quoted)),
            other => Err(unexpected(other.as_ref())),
        }
    }

    fn deeper(&mut self, read: fn(&mut Self) -> Result<(), String>) -> Result<(), String> {
        if self.depth == DEEPEST {
            return Err("nested too deeply".to_owned());
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.position)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.position).cloned();
        self.position += 1;
        token
    }

    fn take(&mut self, expected: &Token) -> bool {
        let found = self.peek() == Some(expected);
        self.position += usize::from(found);
        found
    }

    fn expect(&mut self, expected: &Token) -> Result<(), String> {
        if self.take(expected) { Ok(()) } else { Err(unexpected(self.peek())) }
    }
}

fn closes(name: &Name, end: &str) -> Result<(), String> {
    if name.original == end { Ok(()) } else { Err(format!("{} doesn't match {end}", name.original)) }
}

fn unexpected(token: Option<&Token>) -> String {
    token.map_or_else(|| "unexpected end".to_owned(), |token| format!("unexpected {token:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insertions(text: &str) -> Vec<String> {
        let name = |statement| match statement {
            Statement::Text => None,
            Statement::Insertion(name) => Some(name),
            Statement::Other => Some("?".to_owned()),
        };
        parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).into_iter().filter_map(name).collect()
    }

    #[test]
    fn names_are_read_as_they_are_looked_up() {
        for (text, expected) in [
            ("{{a}} {{{b}}} {{&c}} {{~d~}} {{ e }}", vec!["a", "b", "c", "d", "e"]),
            ("{{[user name]}}{{a.b/c}}{{@root}}{{./x}}{{../y}}", vec!["user name", "a.b/c", "@root", "./x", "../y"]),
            ("{{a b 'c' 1 true (d (e) f=g) h=\"i\"}}", vec!["a"]),
            ("{{\"a\"}}{{'b'}}{{1}}{{true}}{{null}}{{undefined}}{{*d}}", vec!["?"; 7]),
            ("{{nullable}} {{-1x}} {{elsewhere}}", vec!["nullable", "-1x", "elsewhere"]),
            ("{{! c }} {{!-- }} --}} {{> p}} {{>(q) r}}", vec!["?"; 4]),
            ("{{#if a}}{{b}}{{else if c}}{{d}}{{else}}{{e}}{{/if}}", vec!["?"]),
            ("{{^a}}{{b}}{{^}}{{c}}{{/a}}{{#> p}}{{/p}}{{#each a as |b c|}}{{/each}}", vec!["?"; 3]),
            ("{{{{raw a}}}} {{x}} {{{{b}}}} {{{{/b}}}} {{{{/raw}}}}", vec!["?"]),
            ("\\{{a}} \\\\{{b}} { {c} }", vec!["b"]),
            ("", vec![]),
        ] {
            assert_eq!(insertions(text), expected, "{text}");
        }
    }

    #[test]
    fn malformed_templates_are_refused() {
        let deep = "(".repeat(10_000);
        for text in [
            "{{",
            "{{a",
            "{{}}",
            "{{a}}}",
            "{{{a}}",
            "{{{a}}}}",
            "{{a {{b}}",
            "{{a/}}",
            "{{a.this}}",
            "{{a/../b}}",
            "{{#if a}}",
            "{{#a}}{{/b}}",
            "{{/a}}",
            "{{else}}",
            "{{a as |b|}}",
            "{{a b=c d}}",
            "{{a=b}}",
            "{{a (b}}",
            "{{a 'b}}",
            "{{[a}}",
            "{{a!}}",
            "{{!-- a }}",
            "{{{{a}}}} b",
            "{{{{a}}}} {{{{/b}}}}",
            "{{>}}",
            "{{a\0}}",
            &format!("{{{{a {deep}"),
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
