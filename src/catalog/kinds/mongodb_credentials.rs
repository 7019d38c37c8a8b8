//! The passwords of two MongoDB users.

use crate::catalog::fragments::{
    BOTH_PASSWORDS_REPLACED, PASSWORD_REQUIREMENTS, TWO_USERS, first_user, password_requirements, second_user,
    user_password_secret, user_secret,
};
use crate::catalog::table::{Kind, Object, Phase, Prose, hidden, shown};

pub(super) static KIND: Kind = Kind {
    slug: "mongodb-credentials",
    resource: "infisical_mongodb_rotation",
    title: "MongoDB Credentials",
    connections: &["mongodb"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The passwords of two MongoDB users, used in turn.",
        connection: "User name and password of a user with the `userAdmin` role on the connection's database.",
        prerequisites: "Both users exist in the connection's database and hold the roles that the application needs, \
                        for example `readWrite`.",
        phases: &[TWO_USERS],
        on_create: BOTH_PASSWORDS_REPLACED,
        on_revoke: "",
    },
    parameters: Object::of(&[
        first_user("app_user_1"),
        second_user("app_user_2"),
        password_requirements(
            PASSWORD_REQUIREMENTS,
            "Rules for the generated passwords. Server versions are known that accept them here and generate their own \
             passwords all the same: 48 characters, among them at least one lower-case letter, one upper-case letter \
             and one digit, but no symbols.",
        ),
    ]),
    secrets: &[user_secret("MONGODB_USERNAME"), user_password_secret("MONGODB_PASSWORD")],
    temporary: &[],
    credentials: &[shown("username"), hidden("password")],
    rules: &[],
    reconcile: false,
};
