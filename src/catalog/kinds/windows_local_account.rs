//! The password of a local account on a Windows host.

use crate::catalog::fragments::{
    ANY_PASSWORD, ONE_ACCOUNT, TARGET_NEEDS_PASSWORD, UNSAFE_ON_WINDOWS, WINDOWS_PASSWORD_REQUIREMENTS,
    account_password_secret, account_secret, local_method, password_requirements, present_password,
};
use crate::catalog::table::{Form, Kind, Object, Phase, Prose, TEXT, Text, hidden, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "windows-local-account",
    resource: "infisical_windows_rotation",
    title: "Windows Local Account",
    connections: &["smb"],
    phase: Phase::Single,
    prose: Prose {
        rotated: "The password of a local account on a Windows host.",
        connection: "SMB 3 as an administrator of the host: Windows Server 2012 or newer, port 445 reachable.",
        prerequisites: "The account exists, is local (no domain) and not the connection's own. Generated passwords \
                        satisfy the host's password policy.",
        phases: &[
            ONE_ACCOUNT,
            "With `login-as-target` a password that has drifted can be reconciled: the connection's administrator then \
             sets a new one.",
        ],
        on_create: "The account's password is replaced and checked by logging in over SMB.",
        on_revoke: "The account gets another random password that nobody stores.",
    },
    parameters: Object::of(&[
        text(
            "username",
            ACCOUNT_NAME_ON_WINDOWS,
            "Name of the local account, as in *Local Users and Groups*. It differs from the connection's user.",
        )
        .immutable()
        .example("orders-svc"),
        local_method(
            "With `login-as-root` the connection's administrator sets the password; with `login-as-target` the account \
             changes its own, given in `temporary_parameters`.",
        ),
        password_requirements(
            WINDOWS_PASSWORD_REQUIREMENTS,
            "Rules for the generated passwords, within the host's password policy. Without them a password has 48 \
             characters, among them at least one lower-case letter, one upper-case letter and one digit, but no \
             symbols. On newer servers password rules of the project come first.",
        ),
    ]),
    secrets: &[account_secret("WINDOWS_USERNAME"), account_password_secret("WINDOWS_PASSWORD")],
    temporary: &[present_password(PASSWORD_ON_WINDOWS)],
    credentials: &[shown("username"), hidden("password")],
    rules: TARGET_NEEDS_PASSWORD,
    reconcile: true,
};

const ACCOUNT_NAME_ON_WINDOWS: Text = TEXT.max(20).forms(&[
    Form::pattern("^[a-zA-Z0-9_.-]+$", "letters, digits, `-`, `_` and `.` only"),
    Form::NotStartingWith("-."),
    Form::NotEndingWith("."),
    Form::Reserved(&["administrator", "system", "guest", "defaultaccount"]),
]);

const PASSWORD_ON_WINDOWS: Text = ANY_PASSWORD.forms(&[Form::Without(UNSAFE_ON_WINDOWS)]);
