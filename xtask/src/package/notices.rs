//! The licences of what is in the program: each package's terms, and each text once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value as Json;

use crate::tools::{Failure, Outcome};

use super::names::PROGRAM;
use super::unusable;

/// How the names of files begin that say under which terms a package may be passed on, in capitals.
const NAMES: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];

/// What goes between two texts.
const LINE: &str = "--------------------------------------------------------------------------------";

/// The notices for the program, from what cargo tells of the packages that it is made of.
pub(super) fn of(metadata: &Json) -> Outcome<String> {
    let (mut packages, mut texts) = (BTreeSet::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for package in linked(metadata) {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let title = format!("{} {}", text("name"), text("version"));
        let found = texts_of(package).map_err(|error| unusable(Path::new(text("manifest_path")), &error))?;
        if found.is_empty() && text("license").is_empty() {
            return Err(Failure::failed(format!("the package {title} does not say under which licence it is")));
        }
        let terms = if text("license").is_empty() { "see its text below" } else { text("license") };
        packages.insert(format!("{title} ({terms})"));
        for found in found {
            texts.entry(found).or_default().insert(title.clone());
        }
    }
    let mut notices = format!(
        "{PROGRAM} is made with the packages below and with the Rust standard library\n(MIT OR Apache-2.0). Their \
         licences follow, each text once.\n\n"
    );
    for package in &packages {
        let _ = writeln!(notices, "  {package}");
    }
    // In the order of the packages, not of the texts, so that a reader finds them.
    let mut texts: Vec<_> = texts.into_iter().map(|(text, titles)| (titles, text)).collect();
    texts.sort();
    for (titles, text) in texts {
        let titles: Vec<String> = titles.into_iter().collect();
        let _ = write!(notices, "\n{LINE}\n{}\n{LINE}\n\n{text}\n", titles.join("\n"));
    }
    Ok(notices)
}

/// The packages of others that the program depends on, directly or not; what only builds or tests it is left out.
fn linked(metadata: &Json) -> Vec<&Json> {
    let by_id = |list: &'static str, of: &'static str| -> BTreeMap<&str, &Json> {
        let values = metadata.pointer(list).and_then(Json::as_array).into_iter().flatten();
        values.filter_map(|value| Some((value[of].as_str()?, value))).collect()
    };
    let (packages, nodes) = (by_id("/packages", "id"), by_id("/resolve/nodes", "id"));
    let own = packages.iter().find(|(_, package)| package["name"] == PROGRAM && package["source"].is_null());
    let mut waiting: Vec<&str> = own.map(|(id, _)| *id).into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !seen.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).and_then(|node| node["deps"].as_array()).into_iter().flatten();
        let linked = dependencies.filter(|dependency| {
            dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
        });
        waiting.extend(linked.filter_map(|dependency| dependency["pkg"].as_str()));
    }
    seen.into_iter().filter_map(|id| packages.get(id).copied()).filter(|package| !package["source"].is_null()).collect()
}

/// What the files beside a package's manifest say, without differences that mean nothing.
fn texts_of(package: &Json) -> io::Result<BTreeSet<String>> {
    let Some(folder) = package["manifest_path"].as_str().and_then(|manifest| Path::new(manifest).parent()) else {
        return Ok(BTreeSet::new());
    };
    let named = package["license_file"].as_str().map(|name| folder.join(name));
    let mut texts = BTreeSet::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_uppercase();
        let counts = NAMES.iter().any(|begin| name.starts_with(begin)) || named.as_deref() == Some(&*path);
        if counts && path.is_file() {
            let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
            let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
            texts.insert(lines.join("\n").trim_matches('\n').to_owned());
        }
    }
    texts.remove("");
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A program that links `one` and through it `two`, and is tested with `three`.
    fn metadata(place: &Path, license: Option<&str>) -> Json {
        let package = |name: &str| {
            let manifest = place.join(name).join("Cargo.toml");
            json!({ "id": name, "name": name, "version": "1.0.0", "source": "registry", "license": license,
                "license_file": null, "manifest_path": manifest.to_str().unwrap() })
        };
        let mut packages: Vec<Json> = ["one", "two", "three"].map(package).into();
        packages.push(json!({ "id": "own", "name": PROGRAM, "version": "0.1.0", "source": null }));
        let needs = |name: &str, kind: Json| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        json!({ "packages": packages, "resolve": { "nodes": [
            { "id": "own", "deps": [needs("one", Json::Null), needs("three", json!("dev"))] },
            { "id": "one", "deps": [needs("two", Json::Null), needs("one", Json::Null)] },
        ] } })
    }

    fn place() -> tempfile::TempDir {
        let place = tempfile::tempdir().unwrap();
        for name in ["one", "two", "three"] {
            fs::create_dir(place.path().join(name)).unwrap();
        }
        place
    }

    #[test]
    fn each_linked_package_is_named_and_each_text_is_there_once() {
        let place = place();
        fs::write(place.path().join("one/LICENSE-MIT"), "The terms.  \r\n\r\n").unwrap();
        fs::write(place.path().join("two/license.md"), "\nThe terms.\n").unwrap();
        fs::write(place.path().join("two/NOTICE"), "By two.").unwrap();
        fs::write(place.path().join("three/LICENSE"), "Other terms.").unwrap();
        let notices = of(&metadata(place.path(), Some("MIT"))).unwrap();
        assert!(notices.contains("  one 1.0.0 (MIT)\n  two 1.0.0 (MIT)\n"), "{notices}");
        assert!(notices.contains(&format!("\n{LINE}\none 1.0.0\ntwo 1.0.0\n{LINE}\n\nThe terms.\n")), "{notices}");
        assert_eq!((notices.matches("The terms.").count(), notices.matches("By two.").count()), (1, 1), "{notices}");
        assert!(!notices.contains("three") && !notices.contains("Other terms."), "{notices}");
    }

    #[test]
    fn a_package_without_terms_is_not_packed() {
        let place = place();
        assert!(of(&metadata(place.path(), None)).unwrap_err().to_string().contains("under which licence"));
    }
}
