//! API keys of a Fireworks AI service account.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Form, Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "fireworks-api-key",
    resource: "infisical_fireworks_rotation",
    title: "Fireworks Secret",
    connections: &["fireworks"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An API key of a Fireworks AI service account.",
        connection: "API key and account ID. The key may create and delete API keys of the service account.",
        prerequisites: "The service account exists: Fireworks console, *Settings*, *Users & Access*, *Add*, *Service \
                        Account*.",
        phases: &[TWO_SLOTS, "Where the old key can't be deleted the server only logs it."],
        on_create: "An API key with the display name `Infisical-rotation-<milliseconds>` is created; nothing is \
                    removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[text(
        "service_account_user_id",
        TEXT.forms(&[Form::pattern("^[a-zA-Z0-9_-]+$", "letters, digits, `-` and `_` only")]),
        "ID of the service account, which is its user ID: Fireworks console, *Settings*, *Users & Access*.",
    )
    .example("orders-inference")]),
    secrets: &[secret("api_key", "Name of the secret that receives the API key.", "FIREWORKS_API_KEY")],
    temporary: &[],
    credentials: &[shown("keyId"), hidden("apiKey")],
    rules: &[],
    reconcile: false,
};
