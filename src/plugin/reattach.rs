//! What a person needs to attach Terraform or OpenTofu to a provider that is already running, under a debugger say.

use serde_json::{Value as Json, json};

use super::address::Address;

/// The provider's address in each registry: hosts complete a short one with their own registry.
const SOURCES: [&str; 2] =
    ["registry.terraform.io/infisical-rotations/infisical", "registry.opentofu.org/infisical-rotations/infisical"];

/// The text that tells how to attach to the process `id` at `address`.
pub(crate) fn instructions(address: &Address, id: u32) -> String {
    format!(
        "The provider is running. To attach Terraform or OpenTofu to it, set in their environment:\n\n    \
         TF_REATTACH_PROVIDERS='{}'\n\nPress Ctrl-C to end it.\n",
        variable(address, id)
    )
}

/// The value of the variable: the address, as hosts want it. `Test` keeps them from ending a process they don't own.
fn variable(address: &Address, id: u32) -> String {
    let attachment = json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": id,
        "Test": true,
        "Addr": { "Network": address.network(), "String": address.to_string() },
    });
    let attachments = SOURCES.map(|source| (source.to_owned(), attachment.clone()));
    Json::Object(attachments.into_iter().collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_registries_lead_to_the_process() {
        let text = instructions(&Address::Unix("directory/socket".into()), 42);
        let value = text.split('\'').nth(1).unwrap();
        let attachment = json!({
            "Protocol": "grpc", "ProtocolVersion": 6, "Pid": 42, "Test": true,
            "Addr": { "Network": "unix", "String": "directory/socket" },
        });
        let expected = json!({
            "registry.terraform.io/infisical-rotations/infisical": attachment,
            "registry.opentofu.org/infisical-rotations/infisical": attachment,
        });
        assert_eq!(serde_json::from_str::<Json>(value).unwrap(), expected);
    }
}
