//! What the files of a release are called. Registries and mirrors find them by these names alone.

use std::env::consts;

/// The provider's program, and the first part of every name.
pub(super) const PROGRAM: &str = "terraform-provider-infisical";

/// The names of the files of one version.
#[derive(Clone, Debug)]
pub(super) struct Names {
    version: String,
}

impl Names {
    /// The names of this version's files.
    pub(super) fn of(version: &str) -> Self {
        Self { version: version.to_owned() }
    }

    /// The archive for the platform of this machine.
    pub(super) fn zip(&self) -> String {
        format!("{PROGRAM}_{}_{}.zip", self.version, platform())
    }

    /// The program within the archive.
    pub(super) fn program(&self) -> String {
        format!("{PROGRAM}_v{}{}", self.version, consts::EXE_SUFFIX)
    }

    /// What tells registries the protocol.
    pub(super) fn manifest(&self) -> String {
        format!("{PROGRAM}_{}_manifest.json", self.version)
    }

    /// The hashes of the archives and of the manifest.
    pub(super) fn sums(&self) -> String {
        format!("{PROGRAM}_{}_SHA256SUMS", self.version)
    }

    /// Whether this is the name of an archive of this version, for whichever platform.
    pub(super) fn is_zip(&self, name: &str) -> bool {
        name.strip_prefix(&format!("{PROGRAM}_{}_", self.version)).is_some_and(|rest| {
            rest.strip_suffix(".zip")
                .is_some_and(|platform| platform.split('_').filter(|part| !part.is_empty()).count() == 2)
        })
    }
}

/// The platform of this machine in the words of the CLIs, such as `linux_amd64`.
pub(super) fn platform() -> String {
    let system = match consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let architecture = match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    format!("{system}_{architecture}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_told_from_other_files() {
        let names = Names::of("1.2.3");
        assert!(names.is_zip(&names.zip()));
        assert!(names.is_zip("terraform-provider-infisical_1.2.3_windows_amd64.zip"));
        for other in [
            "terraform-provider-infisical_1.2.4_linux_amd64.zip",
            "terraform-provider-infisical_1.2.3_linux.zip",
            "terraform-provider-infisical_1.2.3_manifest.json",
            "terraform-provider-other_1.2.3_linux_amd64.zip",
        ] {
            assert!(!names.is_zip(other), "{other}");
        }
    }
}
