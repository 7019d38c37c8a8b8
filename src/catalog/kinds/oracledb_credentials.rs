//! The passwords of two Oracle Database users.

use crate::catalog::fragments::{
    BOTH_PASSWORDS_REPLACED, PASSWORD_REQUIREMENTS, RANDOM_PASSWORDS, TWO_USERS, first_user, password_requirements,
    rotation_statement, second_user, user_password_secret, user_secret,
};
use crate::catalog::table::{Kind, Object, Phase, Prose, hidden, shown};

pub(super) static KIND: Kind = Kind {
    slug: "oracledb-credentials",
    resource: "infisical_oracledb_rotation",
    title: "OracleDB Credentials",
    connections: &["oracledb"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The passwords of two Oracle Database users, used in turn.",
        connection: "User name and password of a user with `ALTER USER` and `CREATE SESSION`. Connections of this app \
                     need the enterprise plan. A connection with platform-managed credentials also gets its own \
                     password replaced by Infisical.",
        prerequisites: "Both users exist and may log in, with the same grants that the application needs. Oracle keeps \
                        unquoted names in upper case: give them so. A self-hosted Infisical reaches private addresses \
                        only through a gateway or with `ALLOW_INTERNAL_IP_CONNECTIONS=true`.",
        phases: &[TWO_USERS],
        on_create: BOTH_PASSWORDS_REPLACED,
        on_revoke: RANDOM_PASSWORDS,
    },
    parameters: Object::of(&[
        first_user("APP_USER_1"),
        second_user("APP_USER_2"),
        rotation_statement(
            "SQL of your own for the password change instead of the built-in `ALTER USER \"{{username}}\" IDENTIFIED \
             BY \"{{password}}\"`: a Handlebars text, split at `;` into statements that are run one by one. Servers \
             that do not know it yet drop it silently.",
            "ALTER USER \"{{username}}\" IDENTIFIED BY \"{{password}}\"",
        ),
        password_requirements(
            PASSWORD_REQUIREMENTS,
            "Rules for the generated passwords. Without them a password has 30 characters, among them at least one \
             lower-case letter, one upper-case letter and one digit, but no symbols. On newer servers password rules \
             of the project come first.",
        ),
    ]),
    secrets: &[user_secret("ORACLEDB_USERNAME"), user_password_secret("ORACLEDB_PASSWORD")],
    temporary: &[],
    credentials: &[shown("username"), hidden("password")],
    rules: &[],
    reconcile: false,
};
