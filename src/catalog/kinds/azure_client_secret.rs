//! Client secrets of a Microsoft Entra app registration.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "azure-client-secret",
    resource: "infisical_azure_client_secret_rotation",
    title: "Azure Client Secret",
    connections: &["azure-client-secrets"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A client secret (password credential) of one Microsoft Entra app registration.",
        connection: "OAuth, client secret or certificate. Infisical names the Microsoft Graph permissions \
                     `Application.ReadWrite.All`, `Application.ReadWrite.OwnedBy`, `Directory.ReadWrite.All` and \
                     `User.Read` (for OAuth the delegated `Application.ReadWrite.All`).",
        prerequisites: "The app registration exists.",
        phases: &[
            TWO_SLOTS,
            "A rotation adds the new secret, removes the one of two rotations ago and then stores the new one. Azure \
             lets each secret expire after five years.",
        ],
        on_create: "A password credential named `Infisical Rotated Secret (MM-DD-YYYY)` is added. Existing credentials \
                    are left alone, now and later.",
        on_revoke: "The generated password credentials are removed one by one.",
    },
    parameters: Object::of(&[
        text(
            "object_id",
            TEXT,
            "Object ID of the app registration, on its overview page in the Azure portal: neither the client ID nor \
             the object ID of its service principal.",
        )
        .example("6f0a1c2e-3b4d-4e5f-8a9b-0c1d2e3f4a5b"),
        text("client_id", TEXT, "Application (client) ID, on the same page. It is only copied into the mapped secret.")
            .example("11112222-3333-4444-8555-666677778888"),
        text("app_name", TEXT.blank(), "The app's display name, for people to read.").optional().example("orders-api"),
    ]),
    secrets: &[
        secret("client_id", "Name of the secret that receives the client ID.", "AZURE_CLIENT_ID"),
        secret("client_secret", "Name of the secret that receives the newest client secret.", "AZURE_CLIENT_SECRET"),
    ],
    temporary: &[],
    credentials: &[shown("clientId"), hidden("clientSecret"), shown("keyId")],
    rules: &[],
    reconcile: false,
};
