//! Restricted Stripe API keys.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::stripe_permissions::PERMISSIONS;
use crate::catalog::table::{Kind, List, Literal, Object, Phase, Prose, TEXT, Type, hidden, list, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "stripe-api-key",
    resource: "infisical_stripe_rotation",
    title: "Stripe API Key",
    connections: &["stripe"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A restricted Stripe API key (`rk_...`).",
        connection: "Made by installing Infisical's Stripe App, which is possible in the web UI only.",
        prerequisites: "The Stripe App is installed in the Stripe account.",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new key, expires the one of two rotations ago, which takes Stripe some minutes, \
             and then stores the new one.",
        ],
        on_create: "A restricted key named `<key name>-<milliseconds>` is created; existing keys are not touched.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        list(
            "permissions",
            List::of(&Type::Choice(PERMISSIONS)).min(1).max(158).drops_duplicates(),
            "All permissions of the key, one by one: there are no wildcards.",
        )
        .example_value(Literal::List(&[Literal::Text("charge_read"), Literal::Text("customer_read")])),
        text(
            "key_name",
            TEXT.advised_max(80),
            "Prefix of the names of the keys, `infisical-managed` without it. Newer servers speak of 80 characters at \
             most.",
        )
        .optional()
        .example("orders-billing"),
    ]),
    secrets: &[secret("api_key", "Name of the secret that receives the key.", "STRIPE_API_KEY")],
    temporary: &[],
    credentials: &[shown("keyId"), hidden("apiKey")],
    rules: &[],
    reconcile: false,
};
