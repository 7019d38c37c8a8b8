//! The file with a release's hashes. The manifest belongs into it: a registry refuses a release whose manifest it can't
//! check.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use ring::digest::{SHA256, digest};

use crate::tools::{Failure, Outcome};

use super::names::Names;
use super::{read, unusable};

/// The hash of `content` in hexadecimal digits.
pub(super) fn sha256(content: &[u8]) -> String {
    digest(&SHA256, content).as_ref().iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

/// The lines for what `folder` holds of this version, the archives of whichever platforms, and for the manifest.
pub(super) fn of(folder: &Path, names: &Names, manifest: &[u8]) -> Outcome<String> {
    let mut hashes = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| unusable(folder, &error))? {
        let path = entry.map_err(|error| unusable(folder, &error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if names.is_zip(&name) {
            hashes.insert(name, sha256(&read(&path)?));
        }
    }
    if hashes.is_empty() {
        return Err(Failure::failed(format!("{} holds no archive such as {}", folder.display(), names.zip())));
    }
    hashes.insert(names.manifest(), sha256(manifest));
    Ok(hashes.iter().fold(String::new(), |mut lines, (name, hash)| {
        let _ = writeln!(lines, "{hash}  {name}");
        lines
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_what_is_there_is_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let names = Names::of("1.2.3");
        assert!(of(folder.path(), &names, b"{}").unwrap_err().to_string().contains("holds no archive"));
        for (name, content) in [
            ("terraform-provider-infisical_1.2.3_windows_amd64.zip", ""),
            ("terraform-provider-infisical_1.2.3_darwin_arm64.zip", "abc"),
            ("terraform-provider-infisical_1.2.2_linux_arm64.zip", "of another version"),
            ("terraform-provider-infisical_1.2.3_SHA256SUMS", "of an earlier run"),
            ("terraform-provider-infisical_1.2.3_manifest.json", "of an earlier run"),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let expected = "\
ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  terraform-provider-infisical_1.2.3_darwin_arm64.zip
44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a  terraform-provider-infisical_1.2.3_manifest.json
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  terraform-provider-infisical_1.2.3_windows_amd64.zip
";
        assert_eq!(of(folder.path(), &names, b"{}").unwrap(), expected);
    }
}
