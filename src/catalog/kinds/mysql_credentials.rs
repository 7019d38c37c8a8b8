//! The passwords of two MySQL users.

use crate::catalog::fragments::{
    BOTH_PASSWORDS_REPLACED, PASSWORD_48, RANDOM_PASSWORDS, TWO_USERS, first_user, rotation_statement, second_user,
    user_password_secret, user_secret,
};
use crate::catalog::table::{Kind, Object, Phase, Prose, hidden, shown};

pub(super) static KIND: Kind = Kind {
    slug: "mysql-credentials",
    resource: "infisical_mysql_rotation",
    title: "MySQL Credentials",
    connections: &["mysql"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The passwords of two MySQL users, used in turn.",
        connection: "User name and password of a user with `CREATE USER` on `*.*`. A connection with platform-managed \
                     credentials also gets its own password replaced by Infisical.",
        prerequisites: "Both users exist and may log in, with the same grants that the application needs. The built-in \
                        statement addresses accounts as `name@%`: users made for another host part need a \
                        `rotation_statement`. A self-hosted Infisical reaches private addresses only through a gateway \
                        or with `ALLOW_INTERNAL_IP_CONNECTIONS=true`.",
        phases: &[TWO_USERS],
        on_create: BOTH_PASSWORDS_REPLACED,
        on_revoke: RANDOM_PASSWORDS,
    },
    parameters: Object::of(&[
        first_user("app_user_1"),
        second_user("app_user_2"),
        rotation_statement(
            "SQL of your own for the password change instead of the built-in `ALTER USER '{{username}}'@'%' IDENTIFIED \
             BY '{{password}}'`: a Handlebars text, split at `;` into statements that are run one by one. Servers that \
             do not know it yet drop it silently.",
            "ALTER USER '{{username}}'@'%' IDENTIFIED BY '{{password}}'",
        ),
        PASSWORD_48,
    ]),
    secrets: &[user_secret("MYSQL_USERNAME"), user_password_secret("MYSQL_PASSWORD")],
    temporary: &[],
    credentials: &[shown("username"), hidden("password")],
    rules: &[],
    reconcile: false,
};
