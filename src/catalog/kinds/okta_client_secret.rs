//! Client secrets of an Okta application.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "okta-client-secret",
    resource: "infisical_okta_rotation",
    title: "Okta Client Secret",
    connections: &["okta"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A client secret of an Okta application.",
        connection: "API token (SSWS) of an administrator who may manage the application's client secrets, with the \
                     instance URL.",
        prerequisites: "The application authenticates with a client secret and has **exactly one** of them at \
                        creation; Okta permits two.",
        phases: &[
            TWO_SLOTS,
            "A rotation first deactivates and deletes the secret that is not the active one, then creates the new \
             one.",
        ],
        on_create: "A second client secret is added and nothing is removed. The secret that was there before goes at \
                    the first rotation.",
        on_revoke: "",
    },
    parameters: Object::of(&[text(
        "client_id",
        TEXT,
        "Client ID of the application: Okta admin console, *Applications*.",
    )
    .example("0oa1b2c3d4example")]),
    secrets: &[
        secret("client_id", "Name of the secret that receives the client ID.", "OKTA_CLIENT_ID"),
        secret("client_secret", "Name of the secret that receives the newest client secret.", "OKTA_CLIENT_SECRET"),
    ],
    temporary: &[],
    credentials: &[shown("clientId"), hidden("clientSecret"), shown("secretId")],
    rules: &[],
    reconcile: false,
};
