//! The build of a release: always with the same flags, and without a trace of the machine that it ran on.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use crate::tools::{self, Failure, Outcome};

use super::names::PROGRAM;
use super::{read, unusable};

/// A built program.
pub(super) struct Built {
    /// Where it is.
    pub(super) program: PathBuf,
    places: Places,
}

impl Built {
    /// Builds the provider of the workspace at `root`, with all intermediate files in `target`.
    pub(super) fn of(root: &Path, target: &Path) -> Outcome<Self> {
        let compiler = Compiler::ask()?;
        let places = Places::of(root, target, &compiler)?;
        let host = compiler.host;
        let mut command = tools::cargo_command();
        command
            .args(["build", "--release", "--locked", "--package", PROGRAM, "--bin", PROGRAM])
            // Named although it is the host: so the flags reach the program only, not what cargo runs to build it.
            .args(["--target", &host, "--target-dir"])
            .arg(target)
            .current_dir(root)
            .env("CARGO_ENCODED_RUSTFLAGS", places.flags());
        tools::succeed(&mut command, "cargo")?;
        let file = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
        Ok(Self { program: target.join(host).join("release").join(file), places })
    }

    /// Fails if a path of this machine can be read in the program; else returns the program's length.
    pub(super) fn demand_no_paths(&self) -> Outcome<usize> {
        let code = read(&self.program)?;
        match self.places.found_in(&code) {
            None => Ok(code.len()),
            Some(place) => Err(Failure::failed(format!("{} contains the path {place}", self.program.display()))),
        }
    }

    /// The version of glibc that the program asks for, where it links that library at all.
    pub(super) fn glibc(&self) -> Outcome<Option<String>> {
        Ok(newest_glibc(&read(&self.program)?).map(|(major, minor)| format!("{major}.{minor}")))
    }

    /// What was searched for, for people.
    pub(super) fn searched(&self) -> String {
        self.places.0.keys().cloned().collect::<Vec<_>>().join(", ")
    }
}

/// What cargo tells of the packages that a program for this machine is made of.
pub(super) fn packages(root: &Path) -> Outcome<Json> {
    metadata(root, &["--filter-platform", &Compiler::ask()?.host])
}

fn metadata(root: &Path, more: &[&str]) -> Outcome<Json> {
    let mut command = tools::cargo_command();
    command.args(["metadata", "--locked", "--format-version", "1"]).args(more).current_dir(root);
    serde_json::from_str(&output(&mut command, "cargo")?)
        .map_err(|error| Failure::failed(format!("cargo's metadata can't be read: {error}")))
}

/// Copies what git knows of or would add, as it is now, so that the copy is what a commit of it would be.
pub(super) fn copy_sources(root: &Path, copy: &Path) -> Outcome {
    let mut command = Command::new("git");
    command.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let listed = output(&mut command, "git")?;
    for name in listed.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root.join(name), copy.join(name));
        if !from.is_file() {
            continue;
        }
        let folder = to.parent().unwrap_or(copy);
        fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
        fs::copy(&from, &to).map_err(|error| unusable(&from, &error))?;
    }
    Ok(())
}

/// What the compiler says about itself.
struct Compiler {
    host: String,
    commit: String,
    sysroot: String,
}

impl Compiler {
    fn ask() -> Outcome<Self> {
        let rustc = || Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let said = output(rustc().arg("-vV"), "rustc")?;
        let value = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name));
            line.map(str::to_owned).ok_or_else(|| Failure::failed(format!("rustc -vV says nothing about `{name}`")))
        };
        let sysroot = output(rustc().args(["--print", "sysroot"]), "rustc")?.trim().to_owned();
        Ok(Self { host: value("host: ")?, commit: value("commit-hash: ")?, sysroot })
    }
}

/// Where on this machine what goes into the program comes from, each with the name that stands for it in the program.
struct Places(BTreeMap<String, Option<String>>);

impl Places {
    fn of(root: &Path, target: &Path, compiler: &Compiler) -> Outcome<Self> {
        let mut places = BTreeMap::new();
        // Searched for, though nothing of it should come in.
        let home = env::home_dir().filter(|home| home.components().count() > 1);
        places.extend(home.map(|home| (home.display().to_string(), None)));
        places.insert(compiler.sysroot.clone(), None);
        let metadata = metadata(root, &[])?;
        // One folder for each registry: its name depends on where cargo was told to find that registry.
        for package in metadata["packages"].as_array().into_iter().flatten() {
            let folder = package["manifest_path"].as_str().and_then(|manifest| Path::new(manifest).parent()?.parent());
            if let Some(folder) = folder.filter(|folder| !folder.starts_with(root) && !root.starts_with(folder)) {
                places.insert(folder.display().to_string(), Some("/dependencies".to_owned()));
            }
        }
        places.insert(root.display().to_string(), Some("/source".to_owned()));
        places.insert(target.display().to_string(), Some("/target".to_owned()));
        // As the library calls itself where its sources are not installed.
        let library = Path::new(&compiler.sysroot).join("lib").join("rustlib").join("src").join("rust");
        places.insert(library.display().to_string(), Some(format!("/rustc/{}", compiler.commit)));
        Ok(Self(places))
    }

    /// The compiler's flags, as cargo takes them from `CARGO_ENCODED_RUSTFLAGS`: of several that fit the last one counts,
    /// and in this order that is the longest.
    fn flags(&self) -> OsString {
        let renamed = self.0.iter().filter_map(|(place, name)| Some((place, name.as_ref()?)));
        let flags: Vec<String> = renamed.map(|(place, name)| format!("--remap-path-prefix={place}={name}")).collect();
        flags.join("\u{1f}").into()
    }

    /// The place that can be read in `code`, if there is one.
    fn found_in(&self, code: &[u8]) -> Option<&str> {
        self.0.keys().map(String::as_str).find(|place| {
            let place = format!("{place}{}", std::path::MAIN_SEPARATOR);
            code.windows(place.len()).any(|part| part == place.as_bytes())
        })
    }
}

/// The highest version among the names, such as `GLIBC_2.34`, that a program lists for its loader.
fn newest_glibc(code: &[u8]) -> Option<(u32, u32)> {
    const NAME: &[u8] = b"\0GLIBC_";
    let starts = code.windows(NAME.len()).enumerate().filter(|(_, part)| *part == NAME).map(|(at, _)| at + NAME.len());
    let versions = starts.filter_map(|at| {
        let version = code[at..].split(|byte| *byte == 0).next().and_then(|version| str::from_utf8(version).ok())?;
        let mut parts = version.split('.').map(str::parse);
        Some((parts.next()?.ok()?, parts.next()?.ok()?))
    });
    versions.max()
}

/// What a program prints; its errors go to the terminal.
fn output(command: &mut Command, name: &str) -> Outcome<String> {
    let output = command.stderr(std::process::Stdio::inherit()).output();
    let output = output.map_err(|error| tools::could_not_start(name, &error))?;
    if !output.status.success() {
        return Err(Failure::failed(format!("{name} ended with {}", output.status)));
    }
    String::from_utf8(output.stdout).map_err(|_| Failure::failed(format!("what {name} prints is not UTF-8")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let names = [("/home/me", None), ("/home/me/code", Some("/source")), ("/home/me/code/target", Some("/target"))];
        Places(names.map(|(place, name)| (place.to_owned(), name.map(str::to_owned))).into())
    }

    #[test]
    fn the_longest_prefix_comes_last() {
        let expected =
            "--remap-path-prefix=/home/me/code=/source\u{1f}--remap-path-prefix=/home/me/code/target=/target";
        assert_eq!(places().flags(), expected);
    }

    #[cfg(unix)]
    #[test]
    fn a_path_is_found_wherever_it_stands() {
        assert_eq!(places().found_in(b"\0/home/me/.cargo/x.rs\0"), Some("/home/me"));
        assert_eq!(places().found_in(b"\0/home/mel/x.rs/source/x.rs\0"), None);
    }

    #[test]
    fn the_newest_version_counts() {
        assert_eq!(newest_glibc(b"\0GLIBC_2.9\0GLIBC_2.34\0GLIBC_2.2.5\0GLIBC_PRIVATE\0"), Some((2, 34)));
        assert_eq!(newest_glibc(b"a program without it"), None);
    }
}
