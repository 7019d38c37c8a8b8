//! `cargo xtask drift`: compares the catalog with the OpenAPI document of a server, from a file or from the server
//! itself, and prints what is new and what has changed.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;
use terraform_provider_infisical::catalog::openapi::{drift, slugs};
use terraform_provider_infisical::infisical::{Client, Settings};
use tokio_util::sync::CancellationToken;

use crate::tools::{Failure, Outcome};

/// Compares, and fails where something differs.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let document = match arguments {
        [flag, file] if flag == "--file" => read(Path::new(file))?,
        [flag, url] if flag == "--url" => ask(url)?,
        _ => return Err(Failure::usage("drift takes --file FILE or --url URL".to_owned())),
    };
    let described = slugs(&document).len();
    if described == 0 {
        return Err(Failure::failed("this is no OpenAPI document of an Infisical server: it describes no rotation"));
    }
    let differences = drift(&document);
    for difference in &differences {
        println!("{difference}");
    }
    println!("{described} kinds are described, {} differences", differences.len());
    if differences.is_empty() { Ok(()) } else { Err(Failure::failed("the catalog and the document differ")) }
}

fn read(file: &Path) -> Outcome<Json> {
    let unreadable = |error: String| Failure::failed(format!("{} can't be read: {error}", file.display()));
    let text = fs::read(file).map_err(|error| unreadable(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))
}

/// The document that a server gives away, at the address that `host` of the provider block would have.
fn ask(url: &str) -> Outcome<Json> {
    println!("asking {url} for its description");
    let host = url.trim_end_matches('/').trim_end_matches("/api/docs/json");
    let client = Client::new(Settings { host: Some(host.to_owned()), ..Settings::default() })
        .map_err(|error| Failure::usage(format!("--url {url}: {error}")))?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| Failure::failed(error.to_string()))?;
    runtime.block_on(client.openapi(&CancellationToken::new())).map_err(|error| Failure::failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use infisical_sandbox::validation::openapi;
    use serde_json::json;
    use terraform_provider_infisical::catalog::openapi::Difference;

    use super::*;

    const REDIS: &str =
        "/paths/~1api~1v2~1secret-rotations~1redis-credentials/post/requestBody/content/application~1json/schema";

    fn document() -> Json {
        openapi("http://localhost:8080")
    }

    /// The sandbox's schemas were written apart from the catalog, so this compares two readings of the API.
    #[test]
    fn a_server_of_today_has_not_drifted() {
        assert_eq!(drift(&document()), []);
    }

    #[test]
    fn each_change_is_told_in_the_names_of_the_api() {
        let told = |pointer: &str, value: Json| {
            let mut document = document();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            document.pointer_mut(&format!("{REDIS}{parent}")).unwrap()[key] = value;
            let told: Vec<String> = drift(&document).iter().map(Difference::to_string).collect();
            told.join("\n")
        };
        let text = json!({ "type": "string" });
        for (pointer, value, words) in [
            (
                "/properties/name/maxLength",
                json!(100),
                "`name`: the catalog has at least 1 and at most 64 characters, the document at least 1 and at most 100",
            ),
            (
                "/properties/parameters/properties/permissionScope/type",
                json!("number"),
                "`parameters.permissionScope`: the catalog has a text, the document a number",
            ),
            (
                "/properties/parameters/properties/extra",
                text,
                "`parameters.extra`: the catalog has no such member, the document an optional member, a text",
            ),
            (
                "/properties/parameters/required",
                json!([]),
                "the catalog has a required member, the document an optional member",
            ),
            (
                "/properties/rotationInterval/minimum",
                json!(7),
                "`rotationInterval`: the catalog has a number of at least 1, the document a number of at least 7",
            ),
            (
                "/properties/isAutoRotationEnabled/default",
                json!(false),
                "an optional member, `true` by default, the document an optional member, `false` by default",
            ),
            ("/properties/secretPath/pattern", json!("^/[a-z]*$"), "`secretPath`"),
            (
                "/properties/parameters/properties/permissionScope/not",
                json!({}),
                "which the catalog's words can't tell",
            ),
        ] {
            let told = told(pointer, value);
            assert!(told.contains(words) && told.contains("redis-credentials"), "{pointer}: {told}");
        }
    }
}
