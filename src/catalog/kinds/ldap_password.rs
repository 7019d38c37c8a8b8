//! The password of a directory user.

use crate::catalog::fragments::{ONE_ACCOUNT, PASSWORD_48};
use crate::catalog::table::{
    Form, Kind, Literal, Object, Phase, Prose, Rule, TEXT, choice, hidden, secret, shown, text,
};

pub(super) static KIND: Kind = Kind {
    slug: "ldap-password",
    resource: "infisical_ldap_rotation",
    title: "LDAP Password",
    connections: &["ldap"],
    phase: Phase::Single,
    prose: Prose {
        rotated: "The password of a user in Active Directory.",
        connection: "Simple bind over `ldaps://`, which is required, with the provider Active Directory. For \
                     `connection-principal` the bind user must be allowed to reset other users' passwords; for \
                     `target-principal` the user must be allowed to change its own.",
        prerequisites: "The user exists. If it is the connection's own bind user, the connection's stored password is \
                        updated as well.",
        phases: &[ONE_ACCOUNT],
        on_create: "The user's password is replaced and checked by a bind.",
        on_revoke: "The password is changed once more, to one that nobody stores.",
    },
    parameters: Object::of(&[
        text(
            "dn",
            TEXT.forms(&[Form::DirectoryName]),
            "Distinguished name of the user (attribute `distinguishedName`), without spaces after the commas, or its \
             user principal name, which is then looked up.",
        )
        .immutable()
        .example("CN=orders,OU=Services,DC=example,DC=com"),
        choice(
            "rotation_method",
            &["connection-principal", "target-principal"],
            "With `connection-principal` the connection's bind user resets the password; with `target-principal` the \
             user binds with its own present password, given in `temporary_parameters`, and changes it.",
        )
        .assumed(Literal::Text("connection-principal"))
        .immutable()
        .example("connection-principal"),
        PASSWORD_48,
    ]),
    secrets: &[
        secret("dn", "Name of the secret that receives the distinguished name or user principal name.", "LDAP_DN"),
        secret("password", "Name of the secret that receives the password.", "LDAP_PASSWORD"),
    ],
    // The one kind whose present password must be there, and not empty, as soon as the object is.
    temporary: &[text(
        "password",
        TEXT.untrimmed(),
        "The user's present password, needed once, at creation, when `rotation_method` is `target-principal`. It is \
         neither stored nor returned.",
    )
    .sensitive()
    .example("correct-horse-battery-staple")],
    credentials: &[shown("dn"), hidden("password")],
    rules: &[Rule::CreationNeeds {
        field: "temporary_parameters.password",
        choice: "parameters.rotation_method",
        value: "target-principal",
    }],
    reconcile: false,
};
