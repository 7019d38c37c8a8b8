//! Convex access keys.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "convex-access-key",
    resource: "infisical_convex_rotation",
    title: "Convex Access Key",
    connections: &["convex"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A Convex access key.",
        connection: "Personal access token. When it expires, rotations fail.",
        prerequisites: "",
        phases: &[TWO_SLOTS, "Where the old key can't be deleted the server only logs it."],
        on_create: "An access key named `<name prefix>-<milliseconds>` is created; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[text(
        "name_prefix",
        TEXT,
        "Prefix of the keys' names. A key's full name is its ID as well.",
    )
    .example("orders-backend")]),
    secrets: &[secret("access_key", "Name of the secret that receives the access key.", "CONVEX_ACCESS_KEY")],
    temporary: &[],
    credentials: &[shown("accessKeyId"), hidden("accessKey")],
    rules: &[],
    reconcile: false,
};
