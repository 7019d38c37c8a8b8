//! The password of a user account on an HPE iLO management controller.

use crate::catalog::fragments::{
    ACCOUNT_NAME, ANY_PASSWORD, ILO_PASSWORD_REQUIREMENTS, ONE_ACCOUNT, TARGET_NEEDS_PASSWORD, account_password_secret,
    account_secret, local_method, password_requirements, present_password,
};
use crate::catalog::table::{Kind, Object, Phase, Prose, hidden, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "hp-ilo-local-account",
    resource: "infisical_hp_ilo_rotation",
    title: "HP iLO Local Account",
    connections: &["ssh", "hpe-ilo"],
    phase: Phase::Single,
    prose: Prose {
        rotated: "The password of a local user account on an HPE iLO management controller.",
        connection: "SSH with password or key, or iLO's Redfish interface with an account that has the *Login* \
                     privilege. For `login-as-root` the connection's account may change other accounts' passwords. \
                     `login-as-target` works with an SSH connection only.",
        prerequisites: "The iLO account exists and is not the connection's own.",
        phases: &[
            ONE_ACCOUNT,
            "With `login-as-target` a password that has drifted can be reconciled: the connection's administrator then \
             sets a new one.",
        ],
        on_create: "The account's password is replaced and checked by logging in.",
        on_revoke: "The account gets another random password that nobody stores.",
    },
    parameters: Object::of(&[
        text(
            "username",
            ACCOUNT_NAME,
            "Login name of the iLO account, as in the user administration of iLO's web interface. It differs from the \
             connection's user.",
        )
        .immutable()
        .example("backup-operator"),
        local_method(
            "With `login-as-root` the connection's administrator sets the password; with `login-as-target` the account \
             logs in with its own password, given in `temporary_parameters`, and changes it.",
        ),
        password_requirements(
            ILO_PASSWORD_REQUIREMENTS,
            "Rules for the generated passwords. Without them a password has 39 characters, among them at least one \
             lower-case letter, one upper-case letter and one digit, but no symbols. On newer servers password rules \
             of the project come first.",
        ),
    ]),
    secrets: &[account_secret("ILO_USERNAME"), account_password_secret("ILO_PASSWORD")],
    temporary: &[present_password(ANY_PASSWORD)],
    credentials: &[shown("username"), hidden("password")],
    rules: TARGET_NEEDS_PASSWORD,
    reconcile: true,
};
