//! Links between the project's pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use regex_lite::Regex;

use super::{blocks, root};

#[test]
fn every_link_leads_somewhere() {
    let root = root();
    let link = Regex::new(r"\]\(([^)\s]+)\)").unwrap();
    let mut broken = Vec::new();
    let mut seen = 0;
    for page in blocks::pages(&root) {
        let text = fs::read_to_string(&page).unwrap();
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.starts_with("https://") {
                continue;
            }
            seen += 1;
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            if !file.exists() || (!anchor.is_empty() && !anchors(&file).contains(anchor)) {
                broken.push(format!("{}: {target}", page.strip_prefix(&root).unwrap().display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
    assert!(seen > 100, "only {seen} links were found: the search is broken");
}

#[test]
fn every_page_says_what_it_is() {
    let root = root();
    for page in blocks::files(&root.join("docs"), &["md"]) {
        let text = fs::read_to_string(&page).unwrap();
        let front = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
        let (front, rest) = front.unwrap_or_else(|| panic!("{} has no front matter", page.display()));
        assert!(front.contains("page_title: \"") && front.contains("description: |-\n  "), "{}", page.display());
        assert!(rest.starts_with("\n# "), "{} has no title", page.display());
        assert!(text.len() < 500_000, "the registry would cut {}", page.display());
    }
}

/// The places in a page that can be linked to: its headings and its anchors.
fn anchors(page: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        title
            .chars()
            .filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter))
            .collect::<String>()
            .replace(' ', "-")
    });
    let anchor = Regex::new(r#"<a id="([^"]+)">"#).unwrap();
    headings.chain(anchor.captures_iter(&text).map(|found| found[1].to_owned())).collect()
}
