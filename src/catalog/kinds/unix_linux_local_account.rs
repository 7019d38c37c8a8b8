//! The password of a local account on a Unix or Linux host.

use crate::catalog::fragments::{
    ACCOUNT_NAME, ANY_PASSWORD, ONE_ACCOUNT, PASSWORD_48, TARGET_NEEDS_PASSWORD, account_password_secret,
    account_secret, local_method, present_password,
};
use crate::catalog::table::{Kind, Literal, Object, Phase, Prose, flag, hidden, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "unix-linux-local-account",
    resource: "infisical_unix_linux_rotation",
    title: "Unix/Linux Local Account",
    connections: &["ssh"],
    phase: Phase::Single,
    prose: Prose {
        rotated: "The password of a local account on a Unix or Linux host.",
        connection: "SSH with password or key. For `login-as-root` the connection's user runs `chpasswd`, as root or \
                     through sudo; for `login-as-target` the account changes its own password with `passwd`.",
        prerequisites: "The account exists, is not the connection's own, and the SSH server permits logging in with a \
                        password, for that is how the new one is checked. Older servers also refuse `root`, `admin`, \
                        `administrator` and `sudo`.",
        phases: &[
            ONE_ACCOUNT,
            "With `login-as-target` a password that has drifted can be reconciled: the connection's user then sets a \
             new one.",
        ],
        on_create: "The account's password is replaced and checked by logging in over SSH.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text(
            "username",
            ACCOUNT_NAME,
            "Name of the local account, as in `/etc/passwd`. It differs from the connection's user.",
        )
        .immutable()
        .example("orders-svc"),
        local_method(
            "With `login-as-root` the connection's user sets the password; with `login-as-target` the account logs in \
             with its own password, given in `temporary_parameters`, and changes it.",
        ),
        flag("use_sudo", "Runs the password change through sudo, for connections whose user is not root.")
            .default(Literal::Flag(false))
            .example_value(Literal::Flag(true)),
        PASSWORD_48,
    ]),
    secrets: &[account_secret("HOST_USERNAME"), account_password_secret("HOST_PASSWORD")],
    temporary: &[present_password(ANY_PASSWORD)],
    credentials: &[shown("username"), hidden("password")],
    rules: TARGET_NEEDS_PASSWORD,
    reconcile: true,
};
