//! Pieces that several kinds have in common: password requirements, the two users of a database, local accounts.
//!
//! A piece is here only if the API treats it alike in all those kinds. What differs, even in one word, is in the kind.

use super::table::{
    Field, Form, List, Literal, Number, Object, Rule, TEXT, Text, Type, choice, number, object, secret, text,
};

/// How long credentials of most dual-phase kinds live.
pub(super) const TWO_SLOTS: &str = "Two credentials are used in turn: between rotations both the newest and the \
     previous one work. Each rotation replaces the one that was issued two rotations ago, so every credential lives \
     for about two intervals.";

/// How long passwords of the kinds with two database users live.
pub(super) const TWO_USERS: &str = "Two users are active in turn. A rotation sets a new password for the user that is \
     not active, logs in with it, and then points the secrets at that user; the other one keeps its password until the \
     next rotation. So both pairs work between rotations.";

/// How long the password of a single account lives.
pub(super) const ONE_ACCOUNT: &str = "There is one account with one password: the old password is invalid as soon as \
     the new one is set, so whoever still uses it fails until the secret is read again.";

/// What creating a rotation of two database users does at once.
pub(super) const BOTH_PASSWORDS_REPLACED: &str = "The passwords of **both** users are replaced and checked by logging \
     in. Right after creation `username1` is the active user.";

/// What revoking does to database users.
pub(super) const RANDOM_PASSWORDS: &str = "The users whose credentials were generated so far get random passwords that \
     nobody stores.";

const COUNT: Number = Number::ANY.min(0.0);

const REQUIRED_COUNTS: Field = object(
    "required",
    Object::of(&[
        number("digits", COUNT, "Least number of digits; 0 keeps digits out altogether.")
            .example_value(Literal::Number(2)),
        number("lowercase", COUNT, "Least number of lower-case letters; 0 keeps them out altogether.")
            .example_value(Literal::Number(2)),
        number("uppercase", COUNT, "Least number of upper-case letters; 0 keeps them out altogether.")
            .example_value(Literal::Number(2)),
        number("symbols", COUNT, "Least number of symbols; 0 keeps symbols out altogether.")
            .example_value(Literal::Number(0)),
    ]),
    "Least count of each class of characters. The remaining characters are drawn from the classes with a count above \
     0, so at least one of them needs it, and together the counts must fit into `length`.",
);

const COUNTS_FIT: &[Rule] = &[Rule::CountsFit { counts: "required", total: "length" }];

const LENGTH_LIMITS: Number = Number::ANY.min(1.0).max(250.0);

/// The length of a generated password where nothing but the API limits it.
const LENGTH: Field = number(
    "length",
    LENGTH_LIMITS,
    "Total number of characters of a generated password. Choose what the target accepts.",
)
.example_value(Literal::Number(48));

/// The symbols a password may be made of: the API asks only for one of its own symbols among them.
const SYMBOLS: Text = TEXT.untrimmed().blank().forms(&[ONE_SYMBOL]);

const ONE_SYMBOL: Form = Form::pattern(
    r#"[!@#$%^&*()_+\-=\[\]{};':"\\|,.<>/?~]"#,
    "at least one of the symbols ``!@#$%^&*()_+-=[]{};':\"\\|,.<>/?~``",
);

const ALLOWED_SYMBOLS: Field = text(
    "allowed_symbols",
    SYMBOLS,
    "The symbols to draw from where symbols are required; without it the server draws from `-_.~!*`. A double quote in \
     it is never used.",
)
.optional()
.example("-_.~!*");

/// The requirements that most password kinds share.
pub(super) const PASSWORD_REQUIREMENTS: Object =
    Object::of(&[LENGTH, REQUIRED_COUNTS, ALLOWED_SYMBOLS]).rules(COUNTS_FIT);

/// The requirements of passwords for Windows accounts: some symbols can't be passed to Windows safely.
pub(super) const WINDOWS_PASSWORD_REQUIREMENTS: Object = Object::of(&[
    LENGTH,
    REQUIRED_COUNTS,
    text(
        "allowed_symbols",
        TEXT.untrimmed().blank().forms(&[ONE_SYMBOL, Form::Without(UNSAFE_ON_WINDOWS)]),
        "The symbols to draw from where symbols are required; without it the server draws from `-_.~!*`. Quotes, \
         space, `;` and `|` can't be handed to Windows.",
    )
    .optional()
    .example("-_.~!*"),
])
.rules(COUNTS_FIT);

/// The requirements of passwords for iLO: the controller takes fewer characters than the API permits.
pub(super) const ILO_PASSWORD_REQUIREMENTS: Object = Object::of(&[
    number("length", LENGTH_LIMITS, "Total number of characters of a generated password. iLO takes at most 39.")
        .example_value(Literal::Number(39)),
    REQUIRED_COUNTS,
    ALLOWED_SYMBOLS,
])
.rules(&[
    Rule::CountsFit { counts: "required", total: "length" },
    Rule::WarnAbove {
        field: "length",
        max: 39,
        because: "Infisical accepts longer passwords, but iLO itself takes at most 39 characters, so rotations would \
                  fail.",
    },
]);

/// Characters that can't be passed to Windows in a password.
pub(super) const UNSAFE_ON_WINDOWS: &str = "; '\"`|";

/// Starts `password_requirements`. The description says what passwords look like without it.
pub(super) const fn password_requirements(rules: Object, description: &'static str) -> Field {
    object("password_requirements", rules, description).optional()
}

/// `password_requirements` where the server's own passwords have 48 characters.
pub(super) const PASSWORD_48: Field = password_requirements(
    PASSWORD_REQUIREMENTS,
    "Rules for the generated passwords. Without them a password has 48 characters, among them at least one lower-case \
     letter, one upper-case letter and one digit, but no symbols. On newer servers password rules of the project come \
     first.",
);

/// Starts the first of two database users.
pub(super) const fn first_user(example: &'static str) -> Field {
    text(
        "username1",
        TEXT,
        "The first of the two database users, and the active one right after creation, which replaces its password. A \
         name changed later counts from the next rotation; credentials already stored belong to the former user.",
    )
    .example(example)
}

/// Starts the second of two database users.
pub(super) const fn second_user(example: &'static str) -> Field {
    text(
        "username2",
        TEXT,
        "The second of the two database users, with the same grants as the first. Creation replaces its password too; \
         the first rotation makes it the active one.",
    )
    .example(example)
}

/// Starts a statement of one's own for the password change. The description names the built-in one.
pub(super) const fn rotation_statement(description: &'static str, example: &'static str) -> Field {
    text("rotation_statement", STATEMENT, description).optional().example(example)
}

const STATEMENT: Text = TEXT.forms(&[Form::Template {
    needed: &["username", "password"],
    variables: &["database"],
    helpers: &["replace", "truncate", "random", "uppercase", "lowercase"],
}]);

/// Starts the secret that receives the name of the active database user.
pub(super) const fn user_secret(example: &'static str) -> Field {
    secret("username", "Name of the secret that receives the active user's name.", example)
}

/// Starts the secret that receives the password of the active database user.
pub(super) const fn user_password_secret(example: &'static str) -> Field {
    secret("password", "Name of the secret that receives the active user's password.", example)
}

/// Names of local accounts on Unix and on iLO.
pub(super) const ACCOUNT_NAME: Text =
    TEXT.forms(&[Form::pattern("^[a-zA-Z0-9_-]+$", "letters, digits, `-` and `_` only")]);

/// Starts the secret that receives the name of a local account.
pub(super) const fn account_secret(example: &'static str) -> Field {
    secret("username", "Name of the secret that receives the account's name.", example)
}

/// Starts the secret that receives the password of a local account.
pub(super) const fn account_password_secret(example: &'static str) -> Field {
    secret("password", "Name of the secret that receives the account's password.", example)
}

/// Starts the present password of a local account.
pub(super) const fn present_password(rules: Text) -> Field {
    text(
        "password",
        rules,
        "The account's present password, needed once, at creation, when `rotation_method` is `login-as-target`. It is \
         neither stored nor returned.",
    )
    .optional()
    .sensitive()
    .example("correct-horse-battery-staple")
}

/// A present password without limits.
pub(super) const ANY_PASSWORD: Text = TEXT.untrimmed().blank();

/// The rule that a creation as the target needs the present password.
pub(super) const TARGET_NEEDS_PASSWORD: &[Rule] = &[Rule::CreationNeeds {
    field: "temporary_parameters.password",
    choice: "parameters.rotation_method",
    value: "login-as-target",
}];

/// Starts `rotation_method` of a local account. The description says who sets the password with either value.
pub(super) const fn local_method(description: &'static str) -> Field {
    choice("rotation_method", &["login-as-target", "login-as-root"], description)
        .assumed(Literal::Text("login-as-root"))
        .immutable()
        .example("login-as-root")
}

const IP_RANGE: Type = Type::Text(TEXT.blank().forms(&[Form::IpRange]));

/// Addresses from which a credential may be used.
pub(super) const ALLOWED_IPS: Field = super::table::list(
    "allowed_ips",
    List::of(&IP_RANGE),
    "Only requests from these addresses or CIDR ranges may use the credential. Any address may, if there is none.",
)
.optional()
.example_value(Literal::List(&[Literal::Text("203.0.113.0/24")]));

/// Addresses from which a credential may not be used.
pub(super) const DISALLOWED_IPS: Field = super::table::list(
    "disallowed_ips",
    List::of(&IP_RANGE),
    "Addresses or CIDR ranges that may not use the credential, even inside an allowed range.",
)
.optional()
.example_value(Literal::List(&[Literal::Text("203.0.113.7/32")]));
