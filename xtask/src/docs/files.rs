//! Compares what was rendered with what is committed, and writes it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Rendered files by path below the root.
pub(super) type Files = BTreeMap<PathBuf, String>;

/// How a committed file differs from what was rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// It is not there.
    Missing,
    /// It says something else.
    Stale,
    /// Nothing renders it any more.
    Orphaned,
}

impl Difference {
    /// Says the difference, to be read after the file's name.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Stale => "is stale",
            Self::Orphaned => "belongs to nothing",
        }
    }
}

/// Finds the files below `root` that differ. `owned` tells which of the existing files nobody but the renderer writes.
pub(super) fn differences(
    root: &Path,
    rendered: &Files,
    owned: &[PathBuf],
) -> io::Result<BTreeMap<PathBuf, Difference>> {
    let mut differences = BTreeMap::new();
    for (path, text) in rendered {
        match fs::read_to_string(root.join(path)) {
            Ok(committed) if committed == *text => {}
            Ok(_) => drop(differences.insert(path.clone(), Difference::Stale)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                differences.insert(path.clone(), Difference::Missing);
            }
            Err(error) => return Err(error),
        }
    }
    for path in owned.iter().filter(|path| !rendered.contains_key(*path)) {
        differences.insert(path.clone(), Difference::Orphaned);
    }
    Ok(differences)
}

/// Makes the files below `root` what was rendered; those that belong to nothing are removed.
pub(super) fn write(root: &Path, rendered: &Files, differences: &BTreeMap<PathBuf, Difference>) -> io::Result<()> {
    for (path, difference) in differences {
        let file = root.join(path);
        match (difference, rendered.get(path)) {
            (Difference::Orphaned, _) | (_, None) => fs::remove_file(file)?,
            (_, Some(text)) => {
                if let Some(folder) = file.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::write(file, text)?;
            }
        }
    }
    Ok(())
}

/// The lines in which two texts differ between their common beginning and their common end, as in a patch.
pub(super) fn changed_lines(committed: &str, rendered: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (committed.lines().collect(), rendered.lines().collect());
    let same = |(one, other): &(&&str, &&str)| one == other;
    let before = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()) - before;
    let after = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(same).count();
    let lines = |sign: &str, lines: &[&str]| lines.iter().flat_map(|line| [sign, " ", line, "\n"]).collect::<String>();
    let [gone, come] = [&old[before..old.len() - after], &new[before..new.len() - after]];
    format!("@@ line {}\n{}{}", before + 1, lines("-", gone), lines("+", come))
}

/// The files directly in a folder below `root`, sorted; none where there is no such folder.
pub(super) fn list(root: &Path, folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(root.join(folder)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in entries {
        files.push(folder.join(entry?.file_name()));
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_leave_out_what_is_the_same() {
        assert_eq!(changed_lines("a\nb\nc\n", "a\nx\ny\nc\n"), "@@ line 2\n- b\n+ x\n+ y\n");
        assert_eq!(changed_lines("a\na\n", "a\n"), "@@ line 2\n- a\n");
        assert_eq!(changed_lines("", "a\n"), "@@ line 1\n+ a\n");
    }

    #[test]
    fn every_difference_is_found_and_repaired() {
        let root = tempfile::tempdir().unwrap();
        let docs = Path::new("docs");
        fs::create_dir(root.path().join(docs)).unwrap();
        for (name, text) in [("same.md", "same"), ("stale.md", "old"), ("gone.md", "gone")] {
            fs::write(root.path().join(docs).join(name), text).unwrap();
        }
        let rendered: Files = [("same.md", "same"), ("stale.md", "new"), ("new.md", "new")]
            .map(|(name, text)| (docs.join(name), text.to_owned()))
            .into();
        let found = || differences(root.path(), &rendered, &list(root.path(), docs).unwrap()).unwrap();
        let expected =
            [("gone.md", Difference::Orphaned), ("new.md", Difference::Missing), ("stale.md", Difference::Stale)];
        assert_eq!(found(), expected.map(|(name, difference)| (docs.join(name), difference)).into());
        write(root.path(), &rendered, &found()).unwrap();
        assert!(found().is_empty());
    }
}
