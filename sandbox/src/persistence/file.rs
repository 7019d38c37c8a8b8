//! The file: a save writes a second one beside it and renames that, so that whoever reads it, at any moment, finds a
//! whole one. A file that cannot be understood is left as it is.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Says what the file is, so that another JSON file is never taken for it.
const FORMAT: &str = "infisical-sandbox";

/// Counts the changes of the form that older versions cannot read.
const VERSION: u32 = 1;

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PersistenceError {
    /// It exists and cannot be read.
    #[error("cannot read the state file {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its content is not a state.
    #[error(
        "the state file {} is damaged or not a state of the sandbox ({reason}); it is left as it is: move it away to \
         start afresh",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer sandbox wrote it.
    #[error(
        "the state file {} has version {version}, which is newer than this sandbox understands ({VERSION}); it is \
         left as it is",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// It cannot be written.
    #[error("cannot write the state file {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    format: &'a str,
    version: u32,
    content: &'a T,
}

#[derive(Deserialize)]
struct Header {
    format: String,
    version: u32,
}

#[derive(Deserialize)]
struct Content<T> {
    content: T,
}

/// Reads what was saved; `None` if there is no such file yet.
pub(super) fn load<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, PersistenceError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == ErrorKind::InvalidData => return Err(damaged(path, error.to_string())),
        Err(source) => return Err(PersistenceError::Unreadable { path: path.to_owned(), source }),
    };
    let header: Header = serde_json::from_str(&text).map_err(|error| damaged(path, error.to_string()))?;
    if header.format != FORMAT {
        return Err(damaged(path, format!("its format is \"{}\"", header.format)));
    }
    if header.version > VERSION {
        return Err(PersistenceError::Newer { path: path.to_owned(), version: header.version });
    }
    let content: Content<T> = serde_json::from_str(&text).map_err(|error| damaged(path, error.to_string()))?;
    Ok(Some(content.content))
}

/// Replaces what was saved. Only the owner may read the file, for it holds secrets.
pub(super) fn save<T: Serialize>(path: &Path, content: &T) -> Result<(), PersistenceError> {
    write(path, content).map_err(|source| PersistenceError::Unwritable { path: path.to_owned(), source })
}

fn write<T: Serialize>(path: &Path, content: &T) -> io::Result<()> {
    let mut name = path.file_name().ok_or_else(|| io::Error::from(ErrorKind::IsADirectory))?.to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut writer = BufWriter::new(create_private(&beside)?);
        serde_json::to_writer(&mut writer, &Envelope { format: FORMAT, version: VERSION, content })?;
        writer.flush()?;
        writer.get_ref().sync_all()?;
        std::fs::rename(&beside, path)
    })();
    if written.is_err() {
        // What is left of it is of no use, and the reason that counts is the first one.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}

fn damaged(path: &Path, reason: String) -> PersistenceError {
    PersistenceError::Damaged { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_was_saved_is_loaded_and_nothing_else_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        assert!(load::<Value>(&path).unwrap().is_none());
        for round in 0..2 {
            let content = json!({ "round": round });
            save(&path, &content).unwrap();
            assert_eq!(load::<Value>(&path).unwrap(), Some(content));
        }
        let names: Vec<_> = directory.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["state.json"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        save(&path, &json!({})).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_that_cannot_be_understood_is_named_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        for (text, reason) in [
            ("", "EOF"),
            ("{\"format\":\"infisical-sandbox\",\"version\":1,\"content\":{\"cut", "EOF"),
            ("[1, 2]", "invalid type"),
            ("{\"format\":\"other\",\"version\":1,\"content\":{}}", "its format is \"other\""),
            ("{\"format\":\"infisical-sandbox\",\"version\":1,\"content\":7}", "invalid type"),
            ("{\"format\":\"infisical-sandbox\",\"version\":99,\"content\":{}}", "has version 99"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = load::<std::collections::BTreeMap<String, String>>(&path).unwrap_err().to_string();
            assert!(error.contains(reason) && error.contains(&path.display().to_string()), "{text}: {error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing").join("state.json");
        let error = save(&path, &json!({})).unwrap_err().to_string();
        assert!(error.starts_with("cannot write the state file") && error.contains("missing"), "{error}");
    }

    #[test]
    fn a_failed_save_keeps_the_former_file() {
        struct Failing;
        impl Serialize for Failing {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        save(&path, &json!(1)).unwrap();
        assert!(save(&path, &Failing).is_err());
        assert_eq!(load::<Value>(&path).unwrap(), Some(json!(1)));
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }
}
