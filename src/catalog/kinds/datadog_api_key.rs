//! API keys of a Datadog organisation.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "datadog-api-key",
    resource: "infisical_datadog_api_key_rotation",
    title: "Datadog API Key",
    connections: &["datadog"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An API key of a Datadog organisation.",
        connection: "Token, or API key and application key, made for a service account that has the *Datadog Admin \
                     Role* as its base, with the scopes `api_keys_write`, `api_keys_read` and `api_keys_delete`.",
        prerequisites: "",
        phases: &[TWO_SLOTS, "Where the old key can't be deleted the server only logs it."],
        on_create: "An API key named `<name>-<milliseconds>` is created; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text("name", TEXT.max(255), "Prefix of the names of the keys in Datadog.").example("orders-agent")
    ]),
    secrets: &[
        secret("api_key_id", "Name of the secret that receives the key's ID.", "DATADOG_API_KEY_ID"),
        secret("api_key", "Name of the secret that receives the API key.", "DATADOG_API_KEY"),
    ],
    temporary: &[],
    credentials: &[shown("apiKeyId"), hidden("apiKey")],
    rules: &[],
    reconcile: false,
};
