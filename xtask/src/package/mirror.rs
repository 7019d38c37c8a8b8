//! A folder that a CLI takes for a registry, and the settings that make it do so.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::tools::SOURCES;

/// Puts the archive into `mirror` below `out` and returns the file with the settings, which lies beside it.
///
/// The archive stays packed: so a lock file that a registry's release wrote, which holds the archive's hash, fits it too.
pub(super) fn write(out: &Path, name: &str, archive: &[u8]) -> io::Result<PathBuf> {
    let mirror = out.join("mirror");
    for source in SOURCES {
        let folder = mirror.join(source);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), archive)?;
    }
    let settings = out.join("mirror.tfrc");
    fs::write(&settings, text(&mirror))?;
    Ok(settings)
}

/// The settings: this provider comes from the mirror and never from elsewhere, all others as ever.
fn text(mirror: &Path) -> String {
    let sources = SOURCES.map(|source| format!("\"{source}\"")).join(", ");
    // The language of the settings has escapes, and Windows knows both slashes.
    let mirror = mirror.display().to_string().replace('\\', "/");
    format!(
        "\
# Written by `cargo xtask package`. A CLI reads it where TF_CLI_CONFIG_FILE names it.
provider_installation {{
  filesystem_mirror {{
    path    = \"{mirror}\"
    include = [{sources}]
  }}
  direct {{
    exclude = [{sources}]
  }}
}}
"
    )
}
