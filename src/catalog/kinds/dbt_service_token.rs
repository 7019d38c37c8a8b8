//! Service tokens of dbt Cloud.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{
    Kind, List, Literal, Number, Object, Phase, Prose, TEXT, Type, choice, hidden, list, number, secret, shown, text,
};

pub(super) static KIND: Kind = Kind {
    slug: "dbt-service-token",
    resource: "infisical_dbt_rotation",
    title: "DBT Service Token",
    connections: &["dbt"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A dbt Cloud service token.",
        connection: "Personal access token of a user with *Owner* or *Security Admin* rights, who may make and revoke \
                     service tokens, with the instance URL and account ID.",
        prerequisites: "For grants on one project, that project exists.",
        phases: &[
            TWO_SLOTS,
            "A rotation revokes the token of two rotations ago first, then creates the new one and stores it.",
        ],
        on_create: "A service token with exactly the given name is created; nothing is removed.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text(
            "token_name",
            TEXT.trim_unconfirmed().max(255),
            "Name of the service tokens in dbt. It is used as it is, so the current and the previous token carry the \
             same one.",
        )
        .example("orders-ci"),
        list(
            "permission_grants",
            List::of(&GRANT).min(1),
            "What the token may do: permission sets, each on one project or on all of them.",
        ),
    ]),
    secrets: &[secret("service_token", "Name of the secret that receives the service token.", "DBT_SERVICE_TOKEN")],
    temporary: &[],
    credentials: &[hidden("serviceToken"), shown("tokenId").numeric(), shown("tokenName")],
    rules: &[],
    reconcile: false,
};

const GRANT: Type = Type::Object(Object::of(&[
    choice(
        "permission_set",
        PERMISSION_SETS,
        "The dbt permission set; dbt's page on service token permissions says what each one includes.",
    )
    .example("job_runner"),
    number(
        "project_id",
        Number::ANY,
        "Numeric ID of the dbt project, found in the project's URL. Without it the grant covers all projects.",
    )
    .optional()
    .example_value(Literal::Number(12345)),
]));

const PERMISSION_SETS: &[&str] = &[
    "account_admin",
    "account_viewer",
    "admin",
    "analyst",
    "billing_admin",
    "cost_insights_admin",
    "cost_insights_viewer",
    "cost_management_admin",
    "cost_management_viewer",
    "database_admin",
    "developer",
    "fusion_admin",
    "git_admin",
    "job_admin",
    "job_runner",
    "job_viewer",
    "manage_marketplace_apps",
    "member",
    "metadata_only",
    "owner",
    "project_creator",
    "readonly",
    "scim_only",
    "security_admin",
    "semantic_layer_only",
    "stakeholder",
    "team_admin",
    "webhooks_only",
];
