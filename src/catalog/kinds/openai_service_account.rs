//! Service accounts of an OpenAI project.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "openai-service-account",
    resource: "infisical_openai_service_account_rotation",
    title: "OpenAI Service Account",
    connections: &["openai"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The API key of an OpenAI project service account; each rotation makes a new account.",
        connection: "Admin API key, made by an owner of the OpenAI organisation.",
        prerequisites: "The OpenAI project exists.",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new service account, stores its key and then deletes the account of two rotations \
             ago, and its key with it.",
        ],
        on_create: "A service account named `<name>-<milliseconds>` is created in the project; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text(
            "project_id",
            TEXT,
            "ID of the OpenAI project, not of the Infisical project: OpenAI platform settings, *Projects*.",
        )
        .immutable()
        .example("proj_abc123"),
        text("name", TEXT.max(86), "Prefix of the service accounts' names.").example("orders-backend"),
    ]),
    secrets: &[secret("api_key", "Name of the secret that receives the API key.", "OPENAI_API_KEY")],
    temporary: &[],
    credentials: &[hidden("apiKey"), shown("serviceAccountId")],
    rules: &[],
    reconcile: false,
};
