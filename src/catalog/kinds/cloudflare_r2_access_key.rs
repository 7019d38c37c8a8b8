//! S3-style access keys for Cloudflare R2 buckets.

use crate::catalog::fragments::{ALLOWED_IPS, DISALLOWED_IPS, TWO_SLOTS};
use crate::catalog::table::{
    Kind, List, Literal, Object, Phase, Prose, TEXT, Type, choice, hidden, list, secret, shown, text,
};

pub(super) static KIND: Kind = Kind {
    slug: "cloudflare-r2-access-key",
    resource: "infisical_cloudflare_r2_access_key_rotation",
    title: "Cloudflare R2 Access Key",
    connections: &["cloudflare"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An S3-style access key for Cloudflare R2 buckets.",
        connection: "API token and account ID. The connection's token needs *Account > API Tokens > Edit* and *Workers \
                     R2 Storage > Read*, for it lists permission groups.",
        prerequisites: "The R2 buckets exist. Their names are not checked at Cloudflare: a wrong or renamed bucket \
                        gives a key that grants nothing.",
        phases: &[
            TWO_SLOTS,
            "Keys also expire, after twice the interval plus one day and at least seven days: switching automatic \
             rotation off lets them run out.",
            "Where the old key can't be deleted the server only logs it.",
        ],
        on_create: "An account-owned API token named `<name>-<milliseconds>` is created, from which the key pair is \
                    derived; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text("name", TEXT.max(100), "Prefix of the names of the underlying tokens at Cloudflare.")
            .example("orders-media"),
        list(
            "buckets",
            List::of(&BUCKET).min(1).unique_by(&["jurisdiction", "name"]),
            "Buckets that the key may reach. No bucket may be listed twice.",
        ),
        choice(
            "access_level",
            &["object-read", "object-read-write"],
            "`object-read` reads and lists objects, `object-read-write` also writes and deletes them.",
        )
        .default(Literal::Text("object-read"))
        .example("object-read-write"),
        ALLOWED_IPS,
        DISALLOWED_IPS,
    ]),
    secrets: &[
        secret("access_key_id", "Name of the secret that receives the S3 access key ID.", "R2_ACCESS_KEY_ID"),
        secret(
            "secret_access_key",
            "Name of the secret that receives the S3 secret access key; the endpoint is `https://<account \
             id>.r2.cloudflarestorage.com`.",
            "R2_SECRET_ACCESS_KEY",
        ),
    ],
    temporary: &[],
    credentials: &[shown("accessKeyId"), hidden("secretAccessKey")],
    rules: &[],
    reconcile: false,
};

const BUCKET: Type = Type::Object(Object::of(&[
    text("name", TEXT.max(64), "The bucket's name, as in the R2 page of the Cloudflare dashboard.").example("media"),
    choice(
        "jurisdiction",
        &["default", "eu", "fedramp"],
        "Jurisdiction in which the bucket was made, found in its settings.",
    )
    .default(Literal::Text("default"))
    .example("eu"),
]));
