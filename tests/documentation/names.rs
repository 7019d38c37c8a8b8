//! Names that the documentation must have: of resources, logins and environment variables.

use std::fs;

use terraform_provider_infisical::catalog::{KINDS, open};
use terraform_provider_infisical::infisical::environment;
use terraform_provider_infisical::provider::InfisicalProvider;
use terraform_provider_infisical::terraform::{Attribute, Provider as _, Shape};

use super::root;

#[test]
fn every_kind_has_its_page_and_its_examples() {
    for kind in KINDS {
        let name = kind.resource.trim_start_matches("infisical_");
        let page = fs::read_to_string(root().join(format!("docs/resources/{name}.md"))).unwrap();
        let secrets = kind.secrets.iter().map(|secret| format!("`{}`", secret.name));
        for needed in secrets.chain([kind.prose.on_create.to_owned(), kind.prose.connection.to_owned()]) {
            assert!(page.contains(&needed), "{name}: {needed}");
        }
        let examples = root().join("examples/resources").join(kind.resource);
        for file in ["resource.tf", "import.sh", "import-by-string-id.tf", "import-by-identity.tf"] {
            assert!(examples.join(file).is_file(), "{}/{file}", kind.resource);
        }
        let first = fs::read_to_string(examples.join("resource.tf")).unwrap();
        assert_eq!(first.matches("resource \"").count(), 1, "{}", kind.resource);
        for word in ["variable", "provider", "delete_secrets", "rotation_triggers", "${"] {
            assert!(!first.contains(word), "the plain example of {} has `{word}`", kind.resource);
        }
    }
}

#[test]
fn every_example_belongs_to_a_kind() {
    for entry in fs::read_dir(root().join("examples/resources")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name == open::RESOURCE || KINDS.iter().any(|kind| kind.resource == name), "{name}");
    }
}

#[test]
fn every_login_has_a_section_and_every_variable_is_named() {
    let guide = fs::read_to_string(root().join("docs/guides/authentication.md")).unwrap();
    let index = fs::read_to_string(root().join("docs/index.md")).unwrap();
    let provider = InfisicalProvider::new();
    let auth = provider.schema().attributes.iter().find(|attribute| attribute.name == "auth").unwrap();
    for login in members(auth).iter().filter(|member| member.name != "organization_slug") {
        let section = guide.split(&format!("\n## {}\n", login.name)).nth(1);
        let section = section.unwrap_or_else(|| panic!("no section for `{}`", login.name));
        let block = section.split("\n## ").next().unwrap();
        assert!(block.contains(&format!("    {} = ", login.name)), "no block for `{}`", login.name);
    }
    for variable in environment::ALL {
        assert!(index.contains(&format!("| `{}` |", variable.name)), "{}", variable.name);
    }
    for variable in guide.split(|letter: char| !letter.is_ascii_uppercase() && letter != '_') {
        let known = environment::ALL.iter().any(|known| known.name == variable);
        assert!(!variable.starts_with("INFISICAL_") || known, "the guide names {variable}, which nobody reads");
    }
}

fn members(attribute: &Attribute) -> &[Attribute] {
    match &attribute.shape {
        Shape::Nested(_, members) => members,
        Shape::Plain(_) => &[],
    }
}
