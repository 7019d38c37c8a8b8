//! Virtual keys of a LiteLLM proxy.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Form, Kind, List, Literal, Object, Phase, Prose, TEXT, Type, hidden, list, secret, text};

pub(super) static KIND: Kind = Kind {
    slug: "litellm-api-key",
    resource: "infisical_litellm_rotation",
    title: "LiteLLM API Key",
    connections: &["litellm"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A virtual key of a LiteLLM proxy.",
        connection: "Instance URL and a management key: the master key, or a `proxy_admin` key with the routes \
                     `/key/generate`, `/key/delete`, `/key/info` and `/health/readiness`.",
        prerequisites: "The user and the team, where given, exist in LiteLLM.",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new key, stores it and then deletes the one of two rotations ago; one that is \
             already gone counts as deleted.",
        ],
        on_create: "A key with the alias `<name>-<milliseconds>` is created; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text("name", TEXT.max(100), "Prefix of the keys' aliases.").example("orders-llm"),
        list(
            "models",
            List::of(&MODEL),
            "Models that the key may call, as LiteLLM's `/models` names them. All of them, if there is none.",
        )
        .optional()
        .example_value(Literal::List(&[Literal::Text("gpt-4o")])),
        text("user_id", TEXT.blank(), "LiteLLM user who owns the key, as in the admin UI or `/user/list`.")
            .optional()
            .example("user-42"),
        text(
            "team_id",
            TEXT.blank(),
            "LiteLLM team to which the key belongs, as in the admin UI or `/v2/team/list`; the user is in it.",
        )
        .optional()
        .example("team-7"),
        text(
            "additional_options",
            TEXT.blank().forms(&[OPTIONS]),
            "Further options of LiteLLM's key generation, such as budgets, limits and metadata, as JSON: \
             `jsonencode({...})`. What the other parameters or Infisical set itself is refused.",
        )
        .optional()
        .example(r#"{"max_budget":100}"#),
    ]),
    secrets: &[secret("api_key", "Name of the secret that receives the key.", "LITELLM_API_KEY")],
    temporary: &[],
    credentials: &[hidden("apiKey")],
    rules: &[],
    reconcile: false,
};

const MODEL: Type = Type::Text(TEXT.blank());

const OPTIONS: Form = Form::JsonObject {
    max_keys: 55,
    refused: &[
        "allowed_routes",
        "permission",
        "object_permission",
        "key_alias",
        "auto_rotate",
        "rotation_interval",
        "duration",
        "send_invite_email",
        "key_type",
        "user_id",
        "team_id",
        "models",
    ],
};
