//! Renders the lists of the rotation kinds: that of the catalog and that of the sandbox's schema documents.
//!
//! Both are made of the files in a folder, not of the compiled catalog: so a new file is enough. They are written and
//! committed rather than made by a build script, because formatters and editors follow the modules that they can read.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::files::{self, Files};

/// The list of the catalog.
pub(super) const CATALOG: &str = "src/catalog/kinds/mod.rs";
/// The list of the sandbox.
const SANDBOX: &str = "sandbox/src/validation/kinds.rs";
/// The longest line of code.
const WIDTH: usize = 120;

/// Renders both lists.
pub(super) fn lists(root: &Path) -> io::Result<Files> {
    let records = names(root, Path::new("src/catalog/kinds"), "rs")?;
    let documents = names(root, Path::new("sandbox/schemas/kinds"), "json")?;
    Ok([(PathBuf::from(CATALOG), catalog(&records)), (PathBuf::from(SANDBOX), sandbox(&documents))].into())
}

/// The slugs of the files in a folder, sorted.
fn names(root: &Path, folder: &Path, extension: &str) -> io::Result<Vec<String>> {
    let files = files::list(root, folder)?;
    let files = files.iter().filter(|file| file.extension().is_some_and(|of| of == extension));
    let names = files.filter_map(|file| file.file_stem()?.to_str().map(|name| name.replace('_', "-")));
    let mut names: Vec<String> = names.filter(|name| name != "mod").collect();
    names.sort();
    Ok(names)
}

fn catalog(slugs: &[String]) -> String {
    let mut text = "//! The registry: one data-only file for each kind, named as its slug with underscores. Rendered by `cargo xtask \
                    docs`.\n\n"
        .to_owned();
    let modules: Vec<String> = slugs.iter().map(|slug| slug.replace('-', "_")).collect();
    for module in &modules {
        let _ = writeln!(text, "mod {module};");
    }
    text += "\nuse super::table::Kind;\n\n/// All rotation kinds, sorted by slug.\npub static KINDS: &[&Kind] = &[\n";
    for module in &modules {
        let _ = writeln!(text, "    &{module}::KIND,");
    }
    text + "];\n"
}

fn sandbox(slugs: &[String]) -> String {
    let mut text = "//! The schema documents of the rotation kinds, embedded. Rendered by `cargo xtask docs`.\n\n/// The documents \
                    by slug.\npub(super) const KINDS: &[(&str, &str)] = &[\n"
        .to_owned();
    for slug in slugs {
        let (name, document) = (format!("\"{slug}\""), format!("include_str!(\"../../schemas/kinds/{slug}.json\")"));
        let line = format!("    ({name}, {document}),");
        if line.len() <= WIDTH {
            let _ = writeln!(text, "{line}");
        } else {
            let _ = write!(text, "    (\n        {name},\n        {document},\n    ),\n");
        }
    }
    text + "];\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_kind() {
        let slugs = ["a-key", "ab-key"].map(str::to_owned);
        let text = catalog(&slugs);
        assert!(
            text.contains("\nmod a_key;\nmod ab_key;\n") && text.contains("    &a_key::KIND,\n    &ab_key::KIND,\n")
        );
        assert!(sandbox(&slugs).contains("    (\"a-key\", include_str!(\"../../schemas/kinds/a-key.json\")),\n"));
    }
}
