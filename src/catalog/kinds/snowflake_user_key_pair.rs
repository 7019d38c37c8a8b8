//! RSA key pairs of a Snowflake user.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Literal, Object, Phase, Prose, TEXT, hidden, number_choice, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "snowflake-user-key-pair",
    resource: "infisical_snowflake_rotation",
    title: "Snowflake User Key Pair",
    connections: &["snowflake"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The RSA key pair with which a Snowflake user logs in.",
        connection: "Account, user name and programmatic access token. Its role needs `OWNERSHIP` of the rotated user, \
                     and `CREATE USER ON ACCOUNT` where that user is to be made; a network policy must permit the \
                     token.",
        prerequisites: "The user does not exist yet (it is then created as `TYPE=SERVICE`), or neither \
                        `RSA_PUBLIC_KEY` nor `RSA_PUBLIC_KEY_2` is set. It is not the connection's own user.",
        phases: &[
            TWO_SLOTS,
            "The two places are the user's two public key properties; a rotation overwrites the one that is not \
             active.",
        ],
        on_create: "The user is created where it is missing, and its `RSA_PUBLIC_KEY` is set.",
        on_revoke: "The public keys that Infisical has set are unset; the user stays.",
    },
    parameters: Object::of(&[
        text("username", TEXT, "Name of the Snowflake user, handled in upper case.").immutable().example("ORDERS_SVC"),
        number_choice("modulus_length", &[2048, 4096], "Size of the RSA keys in bits.")
            .default(Literal::Number(2048))
            .example_value(Literal::Number(4096)),
    ]),
    secrets: &[
        secret(
            "private_key",
            "Name of the secret that receives the private key, in PKCS#8 PEM.",
            "SNOWFLAKE_PRIVATE_KEY",
        ),
        secret("public_key", "Name of the secret that receives the public key, in SPKI PEM.", "SNOWFLAKE_PUBLIC_KEY"),
    ],
    temporary: &[],
    credentials: &[hidden("privateKey"), shown("publicKey")],
    rules: &[],
    reconcile: false,
};
