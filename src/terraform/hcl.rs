//! Writes Terraform's language in the layout of `terraform fmt`.
//!
//! For configurations that people read on: examples of the documentation, and what is exported. The documentation's tests
//! hold what comes out of here against the real formatter.

use std::fmt::Write as _;

/// How long a line may get before a list is broken.
const WIDTH: usize = 100;

/// The right-hand side of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// Anything that is already written and stands on one line.
    Plain(String),
    /// A list.
    List(Vec<Expression>),
    /// An object.
    Object(Arguments),
    /// A call of a function with one argument.
    Call(&'static str, Box<Expression>),
}

/// Names with their values, in the order in which they are written.
pub type Arguments = Vec<(String, Expression)>;

/// Writes a block. Arguments that need several lines stand between blank lines, those of one line in groups.
pub fn block(header: &str, groups: &[Arguments]) -> String {
    let mut paragraphs: Vec<String> = Vec::new();
    for group in groups {
        for run in runs(group) {
            paragraphs.push(arguments(run, 1));
        }
    }
    format!("{header} {{\n{}}}\n", paragraphs.join("\n"))
}

/// Splits a group where an argument needs several lines.
fn runs(group: &Arguments) -> Vec<&[(String, Expression)]> {
    group.chunk_by(|(_, one), (_, next)| one.is_one_line(1) && next.is_one_line(1)).collect()
}

/// Writes arguments one a line, with the equals signs of neighbouring one-line arguments below each other.
fn arguments(arguments: &[(String, Expression)], depth: usize) -> String {
    let mut text = String::new();
    for run in arguments.chunk_by(|(_, one), (_, next)| one.is_one_line(depth) && next.is_one_line(depth)) {
        let width = run.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, value) in run {
            let _ = writeln!(text, "{}{name:width$} = {}", indent(depth), value.write(depth));
        }
    }
    text
}

/// The name that a resource gets in a configuration after what people call the object: an identifier of the language.
pub fn label(name: &str) -> String {
    let fitting = |character: char| if character.is_ascii_alphanumeric() { character } else { '_' };
    let label: String = name.trim_matches('/').chars().map(fitting).collect();
    if label.starts_with(|first: char| first.is_ascii_alphabetic()) { label } else { format!("_{label}") }
}

impl Expression {
    /// A text, quoted and escaped so that the language reads nothing else in it.
    pub fn text(text: &str) -> Self {
        let mut quoted = "\"".to_owned();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '"' | '\\' => quoted.extend(['\\', character]),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                '$' | '%' if rest.peek() == Some(&'{') => quoted.extend([character, character]),
                control if control.is_control() => {
                    let _ = write!(quoted, "\\u{:04x}", u32::from(control));
                }
                other => quoted.push(other),
            }
        }
        Self::Plain(quoted + "\"")
    }

    /// Whether the formatter sees one line: text is never broken, however long.
    fn is_one_line(&self, depth: usize) -> bool {
        matches!(self, Self::Plain(_)) || self.one_line().is_some_and(|line| depth * 2 + line.len() <= WIDTH)
    }

    /// The expression on one line, if it may stand so: an object only where all its members are numbers.
    fn one_line(&self) -> Option<String> {
        match self {
            Self::Plain(text) => Some(text.clone()),
            Self::List(elements) => {
                let elements: Option<Vec<_>> = elements.iter().map(Self::one_line).collect();
                Some(format!("[{}]", elements?.join(", ")))
            }
            Self::Object(members) if members.is_empty() => Some("{}".to_owned()),
            Self::Object(members) => {
                let members: Option<Vec<_>> =
                    members.iter().map(|(name, value)| Some(format!("{name} = {}", value.as_number()?))).collect();
                Some(format!("{{ {} }}", members?.join(", ")))
            }
            Self::Call(function, argument) => match &**argument {
                Self::Object(members) => {
                    let members: Option<Vec<_>> =
                        members.iter().map(|(name, value)| Some(format!("{name} = {}", value.one_line()?))).collect();
                    Some(format!("{function}({{ {} }})", members?.join(", ")))
                }
                other => Some(format!("{function}({})", other.one_line()?)),
            },
        }
    }

    fn as_number(&self) -> Option<&str> {
        match self {
            Self::Plain(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => Some(text),
            _ => None,
        }
    }

    fn write(&self, depth: usize) -> String {
        if let Some(line) = self.one_line().filter(|line| depth * 2 + line.len() <= WIDTH) {
            return line;
        }
        match self {
            Self::Plain(text) => text.clone(),
            Self::List(elements) => {
                let mut text = "[\n".to_owned();
                for element in elements {
                    let _ = writeln!(text, "{}{},", indent(depth + 1), element.write(depth + 1));
                }
                text + &indent(depth) + "]"
            }
            Self::Object(members) => format!("{{\n{}{}}}", arguments(members, depth + 1), indent(depth)),
            Self::Call(function, argument) => format!("{function}({})", argument.write(depth)),
        }
    }
}

fn indent(depth: usize) -> String {
    "  ".repeat(depth)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Expression {
        Expression::Plain(text.to_owned())
    }

    fn named(members: &[(&str, Expression)]) -> Arguments {
        members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    #[test]
    fn equals_signs_stand_below_each_other_unless_a_value_needs_several_lines() {
        let policy =
            Expression::Object(named(&[("effect", plain("\"allow\"")), ("ids", Expression::List(vec![plain("1")]))]));
        let block = block(
            "resource \"a\" \"b\"",
            &[
                named(&[("name", plain("\"n\"")), ("project_id", plain("\"p\""))]),
                named(&[("at", Expression::Object(named(&[("hours", plain("3"))])))]),
                named(&[(
                    "parameters",
                    Expression::Object(named(&[
                        ("name", plain("\"n\"")),
                        ("policies", Expression::List(vec![policy])),
                    ])),
                )]),
            ],
        );
        assert_eq!(
            block,
            "resource \"a\" \"b\" {\n  name       = \"n\"\n  project_id = \"p\"\n\n  at = { hours = 3 }\n\n  parameters = {\n    \
             name = \"n\"\n    policies = [\n      {\n        effect = \"allow\"\n        ids    = [1]\n      },\n    ]\n  }\n}\n"
        );
    }

    #[test]
    fn text_says_nothing_but_itself() {
        let text = Expression::text("a \"b\" \\ ${c} %{d} $$ 100%\n\u{7}\u{e9}");
        assert_eq!(
            text,
            plain(r#""a \"b\" \\ $${c} %%{d} $$ 100%\n\u0007\u{e9}""#.replace(r"\u{e9}", "\u{e9}").as_str())
        );
    }

    #[test]
    fn labels_are_identifiers() {
        for (name, expected) in [("orders-db", "orders_db"), ("/a/b", "a_b"), ("7-up", "_7_up"), ("/", "_")] {
            assert_eq!(label(name), expected);
        }
    }

    #[test]
    fn a_call_takes_its_object_with_it() {
        let call = Expression::Call("jsonencode", Box::new(Expression::Object(named(&[("max", plain("1"))]))));
        assert_eq!(call.write(1), "jsonencode({ max = 1 })");
        let empty = Expression::Object(Arguments::new());
        assert_eq!(empty.write(1), "{}");
    }
}
