//! Renders the provider's own page: prose of its own, completed from the catalog, the environment variables and the
//! schema of the provider block.

use std::fmt::Write as _;

use terraform_provider_infisical::catalog::KINDS;
use terraform_provider_infisical::infisical::environment;
use terraform_provider_infisical::terraform::Provider;

use super::{Snippet, front_matter, reading, schema};

/// The prose; each line `{{name}}` is replaced by what is rendered for that name.
const PROSE: &str = include_str!("index.md");

/// Renders the page.
pub(super) fn page(provider: &dyn Provider, first: &Snippet, beside: &Snippet) -> String {
    let front = front_matter(
        "infisical Provider",
        None,
        "Manages every kind of Infisical secret rotation, for Terraform and OpenTofu.",
    );
    let text = PROSE
        .replace("{{example}}\n", &first.fenced())
        .replace("{{beside}}\n", &beside.fenced())
        .replace("{{rotations}}\n", &rotations())
        .replace("{{reading}}\n", &reading::table(provider))
        .replace("{{variables}}\n", &variables())
        .replace("{{schema}}\n", &schema::section(provider.schema()));
    format!("{front}\n{text}")
}

fn rotations() -> String {
    let mut table = "| Resource | What is rotated | App of the connection |\n|---|---|---|\n".to_owned();
    for kind in KINDS {
        let page = kind.resource.trim_start_matches("infisical_");
        let apps: Vec<String> = kind.connections.iter().map(|app| format!("`{app}`")).collect();
        let _ = writeln!(
            table,
            "| [`{}`](resources/{page}.md) | {} | {} |",
            kind.resource,
            kind.prose.rotated,
            apps.join(" or ")
        );
    }
    table
        + "| [`infisical_rotation`](resources/rotation.md) | Any kind that the server knows, one newer than this release \
           too. | that of the kind |\n"
}

fn variables() -> String {
    let mut table = "| Variable | Meaning |\n|---|---|\n".to_owned();
    for variable in environment::ALL {
        let _ = writeln!(table, "| `{}` | {} |", variable.name, variable.description);
    }
    table
}
