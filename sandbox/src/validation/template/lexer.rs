//! The tokens of a template.

use super::super::javascript::is_space;

/// A token, as the template language's own grammar names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    Content,
    Comment,
    Open { decorator: bool },
    OpenUnescaped,
    OpenPartial,
    OpenPartialBlock,
    OpenBlock,
    OpenInverse,
    OpenInverseChain,
    OpenEndBlock,
    OpenRawBlock,
    CloseRawBlock,
    EndRawBlock(String),
    Inverse,
    Close,
    CloseUnescaped,
    OpenCall,
    CloseCall,
    OpenBlockParameters,
    CloseBlockParameters,
    Equals,
    Separator(char),
    Data,
    Identifier { name: String, quoted: bool },
    Literal(String),
}

/// Splits a template into its tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut lexer = Lexer { rest: text, tokens: Vec::new() };
    lexer.template()?;
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    rest: &'a str,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    /// Reads texts and what stands between them. A backslash before the braces takes their meaning away; two
    /// backslashes are one that doesn't.
    fn template(&mut self) -> Result<(), String> {
        if self.rest.contains('\0') {
            return Err("a NUL character".to_owned());
        }
        while !self.rest.is_empty() {
            let Some(braces) = self.rest.find("{{") else {
                self.content(self.rest.len());
                return Ok(());
            };
            let before = &self.rest[..braces];
            let is_escaped = before.ends_with('\\') && !before.ends_with("\\\\");
            if braces > 0 {
                self.content(braces);
            }
            if is_escaped {
                self.content(escaped_length(self.rest));
            } else {
                self.tag()?;
            }
        }
        Ok(())
    }

    fn content(&mut self, length: usize) {
        self.rest = &self.rest[length..];
        self.tokens.push(Token::Content);
    }

    /// Reads from the opening braces to the closing ones.
    fn tag(&mut self) -> Result<(), String> {
        if self.opening()? {
            return Ok(());
        }
        loop {
            self.rest = self.rest.trim_start_matches(is_space);
            let token = self.inner()?;
            let ends = matches!(token, Token::Close | Token::CloseUnescaped | Token::CloseRawBlock);
            let is_raw = token == Token::CloseRawBlock;
            self.tokens.push(token);
            if is_raw {
                return self.raw();
            }
            if ends {
                return Ok(());
            }
        }
    }

    /// Reads opening braces and what belongs to them; true where nothing else follows within the tag.
    fn opening(&mut self) -> Result<bool, String> {
        if self.skip("{{{{") {
            self.tokens.push(Token::OpenRawBlock);
            return Ok(false);
        }
        self.skip("{{");
        self.skip("~");
        if let Some(length) = keyword_tag(self.rest, "^").or_else(|| keyword_tag(self.rest, "else")) {
            self.rest = &self.rest[length..];
            self.tokens.push(Token::Inverse);
            return Ok(true);
        }
        if let Some(comment) = self.rest.strip_prefix('!') {
            let end =
                if comment.starts_with("--") { comment_end(comment) } else { comment.find("}}").map(|at| at + 2) };
            self.rest = end.map(|end| &comment[end..]).ok_or("an open comment")?;
            self.tokens.push(Token::Comment);
            return Ok(true);
        }
        let token = if self.skip(">") {
            Token::OpenPartial
        } else if self.skip("#>") {
            Token::OpenPartialBlock
        } else if self.skip("#*") || self.skip("#") {
            Token::OpenBlock
        } else if self.skip("/") {
            Token::OpenEndBlock
        } else if self.skip("^") {
            Token::OpenInverse
        } else if let Some(rest) = else_chain(self.rest) {
            self.rest = rest;
            Token::OpenInverseChain
        } else if self.skip("{") {
            Token::OpenUnescaped
        } else if self.skip("&") {
            Token::Open { decorator: false }
        } else {
            Token::Open { decorator: self.skip("*") }
        };
        self.tokens.push(token);
        Ok(false)
    }

    fn inner(&mut self) -> Result<Token, String> {
        const MARKS: [(&str, Token); 13] = [
            ("(", Token::OpenCall),
            (")", Token::CloseCall),
            ("}}}}", Token::CloseRawBlock),
            ("}}}", Token::CloseUnescaped),
            ("}~}}", Token::CloseUnescaped),
            ("}}", Token::Close),
            ("~}}", Token::Close),
            ("{{&", Token::Open { decorator: false }),
            ("{{", Token::Open { decorator: false }),
            ("=", Token::Equals),
            ("@", Token::Data),
            ("|", Token::CloseBlockParameters),
            ("/", Token::Separator('/')),
        ];
        for (mark, token) in MARKS {
            if self.skip(mark) {
                return Ok(token);
            }
        }
        if self.skip("..") {
            return Ok(Token::Identifier { name: "..".to_owned(), quoted: false });
        }
        if let Some(rest) = self.rest.strip_prefix('.') {
            self.rest = rest;
            let alone = rest.starts_with(ends_identifier);
            return Ok(if alone {
                Token::Identifier { name: ".".to_owned(), quoted: false }
            } else {
                Token::Separator('.')
            });
        }
        self.word()
    }

    fn word(&mut self) -> Result<Token, String> {
        for quote in ['"', '\''] {
            if self.rest.starts_with(quote) {
                let text = self.quoted(quote)?;
                let inner = &text[1..text.len() - 1];
                return Ok(Token::Literal(inner.replace(&format!("\\{quote}"), &quote.to_string())));
            }
        }
        if self.rest.starts_with('[') {
            return Ok(bracketed(self.quoted(']')?));
        }
        if let Some(length) = literal_length(self.rest) {
            let literal = self.rest[..length].to_owned();
            self.rest = &self.rest[length..];
            return Ok(Token::Literal(literal));
        }
        if let Some(rest) = block_parameters(self.rest) {
            self.rest = rest;
            return Ok(Token::OpenBlockParameters);
        }
        let length = self.rest.find(|character| !is_identifier(character)).unwrap_or(self.rest.len());
        if length == 0 || !self.rest[length..].starts_with(ends_identifier) {
            return Err(format!("unexpected text: {}", self.rest.chars().take(20).collect::<String>()));
        }
        let name = self.rest[..length].to_owned();
        self.rest = &self.rest[length..];
        Ok(Token::Identifier { name, quoted: false })
    }

    /// Takes the text from the mark that stands here to the next closing one. A backslash before a mark takes its
    /// meaning away, unless the text would then not end at all.
    fn quoted(&mut self, close: char) -> Result<&str, String> {
        let mut marks = self.rest.match_indices(close).map(|(at, _)| at).filter(|at| *at > 0);
        let is_plain = |at: &usize| !self.rest[..*at].ends_with('\\');
        let end = marks.clone().find(is_plain).or_else(|| marks.next_back()).ok_or("an open text")?;
        let (text, rest) = self.rest.split_at(end + close.len_utf8());
        self.rest = rest;
        Ok(text)
    }

    /// Reads what a raw block holds, with the raw blocks inside it, up to its end.
    fn raw(&mut self) -> Result<(), String> {
        let mut depth = 1;
        let mut from = 0;
        loop {
            let braces = self.rest[from..].find("{{{{").ok_or("an open raw block")? + from;
            if braces > 0 {
                self.content(braces);
            }
            from = 0;
            let Some(end) = self.rest.strip_prefix("{{{{/") else {
                depth += 1;
                self.content("{{{{".len());
                continue;
            };
            let length = end.find(|character| !is_identifier(character)).unwrap_or(end.len());
            let Some(rest) = end[length..].strip_prefix("}}}}").filter(|_| length > 0) else {
                // What only begins like an end is text.
                from = 1;
                continue;
            };
            depth -= 1;
            if depth == 0 {
                self.tokens.push(Token::EndRawBlock(end[..length].to_owned()));
                self.rest = rest;
                return Ok(());
            }
            self.content(self.rest.len() - rest.len());
        }
    }

    fn skip(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }
}

/// Gives the length of the text that an escaped pair of braces begins: up to the next braces or the backslashes
/// before them.
fn escaped_length(text: &str) -> usize {
    let next = text[2..].find("{{").map_or(text.len(), |at| at + 2);
    let before = &text[2..next];
    let backslashes = before.bytes().rev().take(2).take_while(|byte| *byte == b'\\').count();
    if next == text.len() { next } else { next - backslashes }
}

/// Gives the length of `word ~}}`, with white space around the word where it is not a mark.
fn keyword_tag(text: &str, word: &str) -> Option<usize> {
    let start = if word == "^" { text } else { text.trim_start_matches(is_space) };
    let rest = start.strip_prefix(word)?.trim_start_matches(is_space);
    let rest = rest.strip_prefix('~').unwrap_or(rest).strip_prefix("}}")?;
    Some(text.len() - rest.len())
}

fn else_chain(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(is_space).strip_prefix("else")?;
    (!rest.starts_with(|character: char| character.is_ascii_alphanumeric() || character == '_')).then_some(rest)
}

/// Gives the length of a comment that two dashes open; the same two may close it.
fn comment_end(comment: &str) -> Option<usize> {
    let ends = ["--}}", "--~}}"];
    ends.iter().filter_map(|end| comment.find(end).map(|at| at + end.len())).min()
}

/// Makes a name of a text in brackets. One with a line break keeps its brackets.
fn bracketed(text: &str) -> Token {
    let mut name = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped = if character == '\\' { characters.next_if(|next| matches!(next, '\\' | ']')) } else { None };
        name.push(escaped.unwrap_or(character));
    }
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    match inner {
        Some(inner) if !inner.contains(['\n', '\r', '\u{2028}', '\u{2029}']) => {
            Token::Identifier { name: inner.to_owned(), quoted: true }
        }
        _ => Token::Identifier { name, quoted: false },
    }
}

/// Gives the length of `true`, `false`, `undefined`, `null` or a number.
fn literal_length(text: &str) -> Option<usize> {
    let ends = |length: &usize| {
        text[*length..].starts_with(|character: char| matches!(character, '~' | '}' | ')') || is_space(character))
    };
    let words =
        ["true", "false", "undefined", "null"].iter().filter(|word| text.starts_with(**word)).map(|word| word.len());
    words.chain(number_length(text)).find(ends)
}

fn number_length(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with('-'));
    let whole = digits(&text[sign..]);
    let length = sign + whole;
    let fraction = text[length..].strip_prefix('.').map_or(0, digits);
    match (whole, fraction) {
        (0, _) => None,
        (_, 0) => Some(length),
        _ => Some(length + 1 + fraction),
    }
}

fn block_parameters(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("as")?;
    let bar = rest.trim_start_matches(is_space);
    bar.strip_prefix('|').filter(|_| bar.len() < rest.len())
}

fn is_identifier(character: char) -> bool {
    !is_space(character)
        && !matches!(character, '!' | '"' | '#' | '%'..=',' | '.' | '/' | ';'..='>' | '@' | '['..='^' | '`' | '{'..='~')
}

fn ends_identifier(character: char) -> bool {
    matches!(character, '=' | '~' | '}' | '/' | '.' | ')' | '|') || is_space(character)
}
