//! Takes configurations apart, just far enough to keep what is ours of one that needs another provider.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;

/// The address of this provider.
pub(crate) const SOURCE: &str = "infisical-rotations/infisical";

/// What stands for a value of another provider: not known before apply, of any type.
const UNKNOWN: &str = "terraform_data.unknown.output";

/// One block at the top of a file, with the comments above it.
#[derive(Debug)]
struct Top<'a> {
    /// The words before the brace, such as `resource`, `a_type` and `a_name`.
    words: Vec<String>,
    text: &'a str,
}

/// What is ours of a configuration, able to stand without any other provider: other providers' blocks are left out, and
/// what refers to them is a placeholder.
pub(crate) fn only_ours(text: &str) -> String {
    let tops = tops(text);
    let names = local_names(text);
    let ours = names.iter().find(|(_, source)| *source == SOURCE).map_or("infisical", |(name, _)| name.as_str());
    let mut kept = format!(
        "terraform {{\n  required_providers {{\n    {ours} = {{\n      source = \"{SOURCE}\"\n    }}\n  }}\n}}\n"
    );
    let mut left_out = BTreeSet::new();
    for top in &tops {
        let words: Vec<&str> = top.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["terraform"] => {}
            ["provider", name] if *name != ours => {}
            ["resource", of, name] if !is_ours(of, top.text, ours) => drop(left_out.insert(format!("{of}.{name}"))),
            ["data" | "ephemeral", of, name] if !is_ours(of, top.text, ours) => {
                left_out.insert(format!("{}.{of}.{name}", words[0]));
            }
            ["module", name] => drop(left_out.insert(format!("module.{name}"))),
            _ => kept.push_str(top.text),
        }
    }
    for address in &left_out {
        let reference = Regex::new(&format!(r"\b{}(\.[a-z_0-9]+)*\b", address.replace('.', r"\."))).unwrap();
        kept = reference.replace_all(&kept, UNKNOWN).into_owned();
    }
    if !left_out.is_empty() {
        kept.push_str("resource \"terraform_data\" \"unknown\" {}\n");
    }
    kept
}

/// Whether a configuration says itself which providers it uses.
pub(crate) fn names_its_providers(text: &str) -> bool {
    text.contains("required_providers")
}

/// The variables that must be given.
pub(crate) fn needed_variables(text: &str) -> Vec<String> {
    let has_default = |top: &Top<'_>| top.text.lines().any(|line| line.trim_start().starts_with("default "));
    let variables = tops(text).into_iter().filter(|top| top.words[0] == "variable" && !has_default(top));
    variables.map(|top| top.words[1].clone()).collect()
}

/// Whether a configuration holds blocks that only a root module may have.
pub(crate) fn only_in_root(text: &str) -> bool {
    tops(text).iter().any(|top| top.words[0] == "import")
}

/// Whether a configuration consists of nothing but imports, so that it goes with another one.
pub(crate) fn only_imports(text: &str) -> bool {
    tops(text).iter().all(|top| top.words[0] == "import")
}

/// The resources of a configuration.
pub(crate) fn resources(text: &str) -> BTreeSet<String> {
    let resources = tops(text).into_iter().filter(|top| top.words[0] == "resource");
    resources.map(|top| top.words[1..].join(".")).collect()
}

/// Whether a resource is of this provider: by its type, and by the name of the provider where ours has another name.
fn is_ours(of: &str, text: &str, ours: &str) -> bool {
    let named = Regex::new(&format!(r"(?m)^\s*provider\s*=\s*{ours}$")).unwrap();
    of.starts_with("infisical_") && (ours == "infisical" || named.is_match(text))
}

/// The local names of the providers with their addresses.
fn local_names(text: &str) -> BTreeMap<String, String> {
    let entry = Regex::new(r#"(?s)(\w+)\s*=\s*\{[^{}]*?source\s*=\s*"([^"]+)""#).unwrap();
    entry.captures_iter(text).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
}

/// Splits a text at its top-level blocks. Knows comments and strings; heredocs do not occur in the documentation.
fn tops(text: &str) -> Vec<Top<'_>> {
    assert!(!text.contains("<<"), "a heredoc: the scanner must learn them first");
    let mut tops = Vec::new();
    let (mut depth, mut start, mut header) = (0_usize, 0, String::new());
    let mut rest = text.char_indices().peekable();
    while let Some((position, character)) = rest.next() {
        match character {
            '#' => drop(rest.by_ref().find(|(_, character)| *character == '\n')),
            '/' if text[position..].starts_with("//") => drop(rest.by_ref().find(|(_, character)| *character == '\n')),
            '"' => {
                let string = quoted(&text[position..]);
                while rest.peek().is_some_and(|(next, _)| *next < position + string.len()) {
                    rest.next();
                }
                if depth == 0 {
                    header.push_str(string);
                }
            }
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    let end = text[position..].find('\n').map_or(text.len(), |length| position + length + 1);
                    let words = header.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect();
                    tops.push(Top { words, text: &text[start..end] });
                    start = end;
                    header.clear();
                }
            }
            other if depth == 0 => header.push(other),
            _ => {}
        }
    }
    assert!(depth == 0, "a brace is not closed");
    tops
}

/// The string literal at the start of `text`, with both quotes; templates inside it may hold strings.
fn quoted(text: &str) -> &str {
    let (mut templates, mut position) = (0_usize, 1);
    while position < text.len() {
        let rest = &text[position..];
        if rest.starts_with('\\') {
            position += 1;
        } else if rest.starts_with("${") || rest.starts_with("%{") {
            templates += 1;
            position += 1;
        } else if rest.starts_with('{') && templates > 0 {
            templates += 1;
        } else if rest.starts_with('}') && templates > 0 {
            templates -= 1;
        } else if rest.starts_with('"') && templates > 0 {
            position += quoted(rest).len() - 1;
        } else if rest.starts_with('"') {
            return &text[..=position];
        }
        position += text[position..].chars().next().map_or(1, char::len_utf8);
    }
    panic!("a string is not closed: {text}")
}

#[test]
fn what_is_ours_stands_alone() {
    let text = r#"
terraform {
  required_providers {
    infisical = {
      source = "infisical/infisical"
    }
    rotations = {
      version = "~> 0.1"
      source  = "infisical-rotations/infisical"
    }
  }
}

provider "infisical" {}

provider "rotations" {}

resource "infisical_secret_folder" "orders" {
  name = "${var.a["}"]} \" {"
}

data "infisical_projects" "all" {}

data "infisical_rotation_options" "all" {
  provider = rotations
}

# Ours, with a brace that is none: {
resource "infisical_redis_rotation" "orders" {
  provider    = rotations
  secret_path = infisical_secret_folder.orders.path
}
"#;
    let ours = only_ours(text);
    assert!(ours.contains("rotations = {") && ours.contains("provider \"rotations\" {}") && ours.contains("# Ours, "));
    assert!(ours.contains("secret_path = terraform_data.unknown.output\n"), "{ours}");
    assert!(!ours.contains("infisical_projects") && ours.contains("infisical_rotation_options"), "{ours}");
    assert!(!ours.contains("secret_folder") && !ours.contains("source = \"infisical/infisical\""));
    assert_eq!(
        resources(text),
        ["infisical_redis_rotation.orders", "infisical_secret_folder.orders"].map(str::to_owned).into()
    );
}

#[test]
fn variables_without_a_default_are_needed() {
    let text = "variable \"a\" {\n  type = string\n}\nvariable \"b\" {\n  default = 1\n}\n";
    assert_eq!(needed_variables(text), ["a"]);
    assert!(only_imports("# By ID.\nimport {\n  to = a.b\n}\n") && !only_imports(text));
}
