//! What all kinds share: the attributes of every rotation, in the same vocabulary as the kinds' own.
//!
//! `parameters`, `secrets_mapping` and `temporary_parameters` are the kinds' business and are not listed here; neither
//! is what only Terraform knows (triggers, what destroy does) nor what only the server tells (ids, dates).

use super::table::{Field, Form, Literal, Number, Object, Rule, TEXT, flag, number, object, text};

/// The attributes of every rotation, in the order of the documentation.
pub static FIELDS: &[Field] = &[
    text(
        "name",
        TEXT.max(64).forms(&[Form::Slug]),
        "Names the rotation within its folder, where no two rotations of any kind may share a name. Renaming keeps the \
         rotation.",
    )
    .example("orders"),
    text(
        "description",
        TEXT.blank().max(256),
        "Tells people what uses these credentials. Taking it out of the configuration clears it.",
    )
    .optional()
    .nullable()
    .example("Used by the orders service."),
    text(
        "project_id",
        TEXT,
        "The Infisical project that holds the secrets: the ID on the project's settings page, not its slug.",
    )
    .immutable()
    .example("9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f"),
    text(
        "connection_id",
        // Neither trimmed nor limited: the form alone decides.
        TEXT.untrimmed().blank().forms(&[Form::Uuid]),
        "The app connection through which Infisical reaches the third party. It must be of an app that serves this \
         kind, and belong to the project or to its organisation.",
    )
    .immutable()
    .example("3c90c3cc-0d44-4b50-8888-8dd25736052a"),
    text(
        "environment",
        TEXT.max(64).forms(&[Form::Slug]),
        "Slug of the environment that receives the secrets, such as `prod`. It must exist.",
    )
    .immutable()
    .example("prod"),
    text(
        "secret_path",
        TEXT.forms(&[Form::FolderPath]),
        "Folder that receives the secrets, `/` for the root. It must exist, unless `create_folder` is `true`.",
    )
    .immutable()
    .example("/orders"),
    // The API asks whether rotation "is enabled"; the attribute keeps the name that the official provider gave it.
    flag(
        "auto_rotation_enabled",
        "Whether the server rotates on schedule. When it is `false`, only `rotation_triggers` or a person rotates.",
    )
    .wire_as("isAutoRotationEnabled")
    .default(Literal::Flag(true))
    .example_value(Literal::Flag(true)),
    number(
        "rotation_interval",
        Number::ANY.min(1.0).max(2_147_483_647.0).whole(),
        "Days from one scheduled rotation to the next.",
    )
    .example_value(Literal::Number(30)),
    object(
        "rotate_at_utc",
        Object::of(&[
            number("hours", Number::ANY.min(0.0).max(23.0).whole(), "Hour of the day, UTC.")
                .example_value(Literal::Number(3)),
            number("minutes", Number::ANY.min(0.0).max(59.0).whole(), "Minute of that hour.")
                .example_value(Literal::Number(30)),
        ]),
        "Time of day of scheduled rotations.",
    )
    .default(Literal::Object(&[("hours", Literal::Number(0)), ("minutes", Literal::Number(0))])),
];

/// The rules that hold for every kind.
pub static RULES: &[Rule] = &[Rule::MembersDiffer { object: "secrets_mapping" }];
