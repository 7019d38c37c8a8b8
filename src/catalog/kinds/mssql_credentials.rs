//! The passwords of two Microsoft SQL Server users.

use crate::catalog::fragments::{
    BOTH_PASSWORDS_REPLACED, PASSWORD_48, RANDOM_PASSWORDS, TWO_USERS, first_user, rotation_statement, second_user,
    user_password_secret, user_secret,
};
use crate::catalog::table::{Kind, Object, Phase, Prose, hidden, shown};

pub(super) static KIND: Kind = Kind {
    slug: "mssql-credentials",
    resource: "infisical_mssql_rotation",
    title: "Microsoft SQL Server Credentials",
    connections: &["mssql"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The passwords of two Microsoft SQL Server users, used in turn.",
        connection: "User name and password of a user with `ALTER ANY LOGIN` and `CONNECT SQL`. A connection with \
                     platform-managed credentials also gets its own password replaced by Infisical.",
        prerequisites: "Both users exist and may log in, with the same grants that the application needs. They are \
                        server logins with a matching user in the database. A self-hosted Infisical reaches private \
                        addresses only through a gateway or with `ALLOW_INTERNAL_IP_CONNECTIONS=true`.",
        phases: &[TWO_USERS],
        on_create: BOTH_PASSWORDS_REPLACED,
        on_revoke: RANDOM_PASSWORDS,
    },
    parameters: Object::of(&[
        first_user("app_login_1"),
        second_user("app_login_2"),
        rotation_statement(
            "SQL of your own for the password change instead of the built-in `ALTER LOGIN [{{username}}] WITH PASSWORD \
             = '{{password}}'`: a Handlebars text, split at `;` into statements that are run one by one. Servers that \
             do not know it yet drop it silently.",
            "ALTER LOGIN [{{username}}] WITH PASSWORD = '{{password}}'",
        ),
        PASSWORD_48,
    ]),
    secrets: &[user_secret("MSSQL_USERNAME"), user_password_secret("MSSQL_PASSWORD")],
    temporary: &[],
    credentials: &[shown("username"), hidden("password")],
    rules: &[],
    reconcile: false,
};
