//! OpenRouter API keys.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{
    Kind, Literal, Number, Object, Phase, Prose, TEXT, choice, flag, hidden, number, secret, shown, text,
};

pub(super) static KIND: Kind = Kind {
    slug: "open-router-api-key",
    resource: "infisical_open_router_rotation",
    title: "OpenRouter API Key",
    connections: &["open-router"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An OpenRouter API key.",
        connection: "Provisioning API key: one that can only manage keys.",
        prerequisites: "",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new key, stores it and then deletes the one of two rotations ago.",
        ],
        on_create: "A key with exactly the given name is created; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text("name", TEXT.max(100), "Name of the keys at OpenRouter, used without a suffix.").example("orders-llm"),
        number("limit", Number::ANY.above(0.0), "Spending limit of a key in US dollars. Without it there is none.")
            .optional()
            .nullable()
            .example_value(Literal::Number(25)),
        choice(
            "limit_reset",
            &["daily", "weekly", "monthly"],
            "How often the spending limit starts again. Without it, never.",
        )
        .optional()
        .nullable()
        .example("monthly"),
        flag("include_byok_in_limit", "Whether use through your own provider keys (BYOK) counts towards the limit.")
            .optional()
            .nullable()
            .example_value(Literal::Flag(false)),
    ]),
    secrets: &[secret("api_key", "Name of the secret that receives the key.", "OPENROUTER_API_KEY")],
    temporary: &[],
    credentials: &[hidden("apiKey"), shown("keyHash")],
    rules: &[],
    reconcile: false,
};
