//! The list of every message and the guide to troubleshooting against the messages in the source: all of them, and no
//! others.

use std::collections::BTreeSet;
use std::fs;

use regex_lite::Regex;

use super::{blocks, root};

/// Titles in the guide that are not the provider's own.
const OF_THE_CLI: &str = "## Messages of the CLI";

#[test]
fn every_message_is_explained() {
    let guide = fs::read_to_string(root().join("docs/guides/troubleshooting.md")).unwrap();
    let of_the_cli = guide.split(OF_THE_CLI).nth(1).unwrap().split("\n## ").next().unwrap();
    let own = guide.replace(of_the_cli, "");
    let explained: BTreeSet<String> =
        own.lines().filter_map(|line| line.strip_prefix("### ")).map(str::to_owned).collect();
    let mut said = titles();
    // The one title with a variable part: "Unknown" and what is not known.
    said.insert("Unknown resource type".to_owned());
    assert!(said.len() > 30, "only {} titles were found: the search is broken", said.len());
    let missing: Vec<_> = said.difference(&explained).collect();
    let unknown: Vec<_> = explained.difference(&said).collect();
    assert!(missing.is_empty(), "the guide does not explain {missing:?}");
    assert!(unknown.is_empty(), "the guide explains what is never said: {unknown:?}");
}

#[test]
fn every_title_is_in_the_list() {
    let list = list();
    for title in titles() {
        let heading = format!("\n### {title}");
        let found = list.contains(&format!("{heading}\n")) || list.contains(&format!("{heading} (warning)\n"));
        // What a failed call tells stands under its cause there, and under its title where nothing is configured.
        assert!(found, "`{LIST}` does not show `{title}`: let `xtask/src/docs/messages` bring it about");
    }
}

#[test]
fn every_wording_is_in_the_list() {
    let list = list();
    let literal = Regex::new(r#""((?:[^"\\]|\\.)*)""#).unwrap();
    for file in ["src/catalog/checks/complaint.rs", "src/provider/failure.rs"] {
        let source = joined(file);
        let mut seen = 0;
        for found in literal.captures_iter(&source) {
            let wording = longest_fixed_part(&found[1]);
            if wording.len() > 25 {
                seen += 1;
                assert!(list.contains(&wording), "`{LIST}` does not show `{wording}` of {file}");
            }
        }
        assert!(seen > 15, "only {seen} wordings were found in {file}: the search is broken");
    }
}

#[test]
fn no_file_holds_a_conflict() {
    for file in blocks::files(&root(), &["md", "rs", "tf", "hcl", "toml", "json"]) {
        let text = fs::read_to_string(&file).unwrap();
        let marked = text.lines().find(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "));
        assert_eq!(marked, None, "{}", file.display());
    }
}

#[test]
fn every_known_refusal_is_explained() {
    let guide = fs::read_to_string(root().join("docs/guides/troubleshooting.md")).unwrap();
    let source = fs::read_to_string(root().join("src/provider/failure.rs")).unwrap();
    let table = source.split("const REFUSALS").nth(1).and_then(|rest| rest.split("];").next()).unwrap();
    let first = Regex::new(r#"\(\s*"([^"]+)",\s*"[a-z_]*","#).unwrap();
    let refusals: Vec<String> = first.captures_iter(table).map(|found| found[1].to_owned()).collect();
    assert!(refusals.len() > 8, "only {} refusals were found: the search is broken", refusals.len());
    for refusal in refusals {
        assert!(guide.contains(&refusal), "the guide does not explain `{refusal}`");
    }
}

#[test]
fn every_quoted_message_is_said() {
    let guide = fs::read_to_string(root().join("docs/guides/troubleshooting.md")).unwrap();
    let table = guide.split("| The message says |").nth(1).and_then(|rest| rest.split("\n\n").next()).unwrap();
    let continued = Regex::new(r"\\\n\s*").unwrap();
    let source: String =
        ["src/provider/failure.rs", "src/provider/session.rs", "src/infisical/error.rs", "src/infisical/auth/login.rs"]
            .map(|file| continued.replace_all(&fs::read_to_string(root().join(file)).unwrap(), "").into_owned())
            .concat();
    let quote = Regex::new("`([^`]+)`").unwrap();
    for row in table.lines().skip(2) {
        let first = row.split(" | ").next().unwrap();
        for quoted in quote.captures_iter(first) {
            assert!(source.contains(&quoted[1]), "nothing says `{}`", &quoted[1]);
        }
    }
}

/// Where every message is listed.
const LIST: &str = "tests/documentation/messages.md";

fn list() -> String {
    fs::read_to_string(root().join(LIST)).unwrap()
}

/// The code of a file without its tests, its comments and its attributes that are not messages, with texts that go on in
/// the next line joined.
fn joined(file: &str) -> String {
    let text = fs::read_to_string(root().join(file)).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let lines: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    Regex::new(r"\\\n\s*").unwrap().replace_all(&lines.join("\n"), "").into_owned()
}

/// The longest part of a format string that holds no argument, as it is printed.
fn longest_fixed_part(format: &str) -> String {
    let text = format.replace("{{", "\u{1}").replace("}}", "\u{2}").replace("\\n", "{}");
    let parts = text.split(['{', '}']).enumerate().filter(|(position, _)| position % 2 == 0).map(|(_, part)| part);
    let longest = parts.max_by_key(|part| part.len()).unwrap_or_default();
    longest.trim().replace('\u{1}', "{").replace('\u{2}', "}")
}

/// The titles of all diagnostics in the source, apart from tests and from titles with variable parts.
fn titles() -> BTreeSet<String> {
    let forms = [
        r#"Diagnostic::(?:error|warning)\(\s*"([^"{}]+)""#,
        r#"summary: "([^"{}]+)""#,
        r#"attempt\(kind, "([^"{}]+)""#,
        r#"defect\(\s*"([^"{}]+)""#,
        r#"finding\(\s*"([^"{}]+)""#,
    ]
    .map(|form| Regex::new(form).unwrap());
    let mut titles = BTreeSet::new();
    for file in blocks::files(&root().join("src"), &["rs"]) {
        if file.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for form in &forms {
            titles.extend(form.captures_iter(code).map(|found| found[1].to_owned()));
        }
        if file.ends_with("catalog/checks/complaint.rs") {
            let body = code.split("fn title(").nth(1).unwrap();
            let title = Regex::new(r#""([A-Z][^"]+)""#).unwrap();
            titles.extend(title.captures_iter(body).map(|found| found[1].to_owned()));
        }
    }
    titles
}
