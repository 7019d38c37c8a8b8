//! `cargo xtask docs`: renders the registry's pages and the examples from the catalog and the schemas.
//!
//! Guides, and the examples that show more than one record can tell, are written by hand and only read here.

mod example;
mod files;
mod hcl;

use std::path::{Path, PathBuf};

use terraform_provider_infisical::catalog::KINDS;

use crate::tools::{self, Failure, Outcome};
use files::{Difference, Files};

/// Renders everything, or with `--check` only says what is not up to date.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let check = match arguments {
        [] => false,
        [flag] if flag == "--check" => true,
        _ => return Err(Failure::usage("docs takes no argument but --check".to_owned())),
    };
    let root = tools::root();
    let broken =
        |error: std::io::Error| Failure::failed(format!("the documentation can't be read or written: {error}"));
    let rendered = render(&root).map_err(broken)?;
    let owned = owned(&root).map_err(broken)?;
    let differences = files::differences(&root, &rendered, &owned).map_err(broken)?;
    if check {
        for (path, difference) in &differences {
            println!("{} {}", path.display(), difference.describe());
        }
        if !differences.is_empty() {
            return Err(Failure::failed("the documentation is not up to date: run `cargo xtask docs` and commit"));
        }
        println!("{} files are up to date", rendered.len());
        return Ok(());
    }
    files::write(&root, &rendered, &differences).map_err(broken)?;
    for (path, difference) in &differences {
        println!("{} {}", if *difference == Difference::Orphaned { "removed" } else { "wrote" }, path.display());
    }
    println!("{} files are up to date", rendered.len());
    Ok(())
}

/// Everything that is rendered, by path below the root.
fn render(root: &Path) -> std::io::Result<Files> {
    let mut rendered = Files::new();
    let _ = root;
    for kind in KINDS {
        let folder = examples_of(kind.resource);
        for example in example::examples(kind) {
            rendered.insert(folder.join(example.file), example.text);
        }
    }
    Ok(rendered)
}

/// The existing files that only this command writes.
fn owned(root: &Path) -> std::io::Result<Vec<PathBuf>> {
    files::list(root, Path::new("docs/resources"))
}

fn examples_of(resource: &str) -> PathBuf {
    Path::new("examples/resources").join(resource)
}
