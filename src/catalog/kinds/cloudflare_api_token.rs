//! Account-owned Cloudflare API tokens.

use crate::catalog::fragments::{ALLOWED_IPS, DISALLOWED_IPS, TWO_SLOTS};
use crate::catalog::table::{
    Kind, List, Literal, Object, Phase, Prose, Rule, TEXT, Type, choice, hidden, list, secret, shown, text,
};

pub(super) static KIND: Kind = Kind {
    slug: "cloudflare-api-token",
    resource: "infisical_cloudflare_api_token_rotation",
    title: "Cloudflare API Token",
    connections: &["cloudflare"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An account-owned Cloudflare API token.",
        connection: "API token and account ID. The connection's token needs *Account > API Tokens > Edit* and *Account \
                     > Account Settings > Read*.",
        prerequisites: "Nothing to rotate needs to exist. The IDs of the permission groups and zones must be known.",
        phases: &[
            TWO_SLOTS,
            "Tokens also expire, after twice the interval plus one day and at least seven days: switching automatic \
             rotation off lets them run out.",
            "A rotation creates the new token, stores it and then deletes the one of two rotations ago. If that \
             deletion fails the rotation is reported as failed although the new value is stored.",
        ],
        on_create: "A token named `<name>-<milliseconds>` is created; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text("name", TEXT.max(100), "Prefix of the names of the tokens at Cloudflare.").example("orders-dns"),
        list(
            "policies",
            List::of(&POLICY).min(1),
            "Policies of the token: each allows or denies permission groups on a scope.",
        ),
        ALLOWED_IPS,
        DISALLOWED_IPS,
    ]),
    secrets: &[
        secret("token_id", "Name of the secret that receives the token's ID.", "CLOUDFLARE_TOKEN_ID"),
        secret("api_token", "Name of the secret that receives the token.", "CLOUDFLARE_API_TOKEN"),
    ],
    temporary: &[],
    credentials: &[shown("tokenId"), hidden("apiToken")],
    rules: &[],
    reconcile: false,
};

const POLICY: Type = Type::Object(
    Object::of(&[
        choice("effect", &["allow", "deny"], "Whether the policy grants its permission groups or withholds them.")
            .example("allow"),
        choice(
            "scope",
            &["account", "all-zones", "zones"],
            "What the policy covers: the connection's `account`, every zone of it including later ones with \
             `all-zones`, or only the `zones` listed.",
        )
        .example("zones"),
        list(
            "zone_ids",
            List::of(&ID),
            "IDs of the zones, found on each zone's overview page. Needed with the scope `zones`, not allowed with the \
             others.",
        )
        .optional()
        .example_value(Literal::List(&[Literal::Text("023e105f4ecef8ad9ca31a8372d0c353")])),
        list(
            "permission_group_ids",
            List::of(&ID).min(1),
            "IDs of Cloudflare permission groups, as Cloudflare's API lists them for the account.",
        )
        .example_value(Literal::List(&[Literal::Text("c8fed203ed3043cba015a93ad1616f1f")])),
    ])
    .rules(&[Rule::FilledOnlyWhen { list: "zone_ids", choice: "scope", value: "zones" }]),
);

// The API takes any text for an ID, even a blank one.
const ID: Type = Type::Text(TEXT.blank());
