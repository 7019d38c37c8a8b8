//! API keys of a Supabase project.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, choice, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "supabase-api-key",
    resource: "infisical_supabase_rotation",
    title: "Supabase API Key",
    connections: &["supabase"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An API key of a Supabase project.",
        connection: "Personal access token of a user who may manage the project's API keys.",
        prerequisites: "The Supabase project exists.",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new key, stores it and then deletes the one of two rotations ago. If that deletion \
             fails the rotation is reported as failed although the new value is stored.",
        ],
        on_create: "A key named `infisical_rotated_<key type>_<milliseconds>` is created; nothing is removed.",
        on_revoke: "The generated keys are deleted; one that is already gone counts as deleted.",
    },
    parameters: Object::of(&[
        text("project_ref", TEXT, "Reference ID of the Supabase project, found in its settings and in its URL.")
            .immutable()
            .example("abcdefghijklmnopqrst"),
        choice(
            "key_type",
            &["publishable", "secret"],
            "A `publishable` key may be handed to clients, row level security applies to it; a `secret` key is for \
             servers only and bypasses row level security.",
        )
        .immutable()
        .example("secret"),
    ]),
    secrets: &[secret("api_key", "Name of the secret that receives the key.", "SUPABASE_API_KEY")],
    temporary: &[],
    credentials: &[hidden("apiKey"), shown("keyId")],
    rules: &[],
    reconcile: false,
};
