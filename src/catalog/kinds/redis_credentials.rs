//! Users of a Redis server.

use crate::catalog::fragments::{PASSWORD_48, TWO_SLOTS};
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "redis-credentials",
    resource: "infisical_redis_rotation",
    title: "Redis Credentials",
    connections: &["redis"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An ACL user of a Redis server; each rotation makes a new one.",
        connection: "User name and password of a user that may run the ACL commands, at least `+acl|setuser \
                     +acl|deluser ~*`.",
        prerequisites: "Redis 6 or newer, for ACLs. No user has to exist.",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new user, deletes the one of two rotations ago and then stores the new \
             credentials. Users are made with `ACL SETUSER` alone: keeping them over a restart is up to the server's \
             setup.",
        ],
        on_create: "An ACL user with a random name of 32 characters is created. Existing users are not touched.",
        on_revoke: "The generated users are deleted one by one.",
    },
    parameters: Object::of(&[
        text(
            "permission_scope",
            TEXT,
            "ACL rules of the generated users, separated by spaces, as `ACL SETUSER` takes them; `~* +@all` permits \
             everything. Infisical passes them on unchecked.",
        )
        .example("~orders:* +@read +@write -@dangerous"),
        PASSWORD_48,
    ]),
    secrets: &[
        secret(
            "username",
            "Name of the secret that receives the generated user name, which changes with every rotation.",
            "REDIS_USERNAME",
        ),
        secret("password", "Name of the secret that receives that user's password.", "REDIS_PASSWORD"),
    ],
    temporary: &[],
    credentials: &[shown("username"), hidden("password")],
    rules: &[],
    reconcile: false,
};
