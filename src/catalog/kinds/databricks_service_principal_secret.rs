//! OAuth secrets of a Databricks service principal.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, Rule, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "databricks-service-principal-secret",
    resource: "infisical_databricks_service_principal_rotation",
    title: "Databricks Service Principal Secret",
    connections: &["databricks"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An OAuth secret of a Databricks service principal.",
        connection: "Client ID and secret of a service principal that is in the workspace's `admins` group and has the \
                     *Manage* permission on every service principal to rotate.",
        prerequisites: "The service principal exists and has room: the server refuses to rotate while four or more \
                        secrets are left after it has removed its own old one.",
        phases: &[
            TWO_SLOTS,
            "A rotation deletes the secret of two rotations ago, creates the new one and stores it. Databricks lets \
             each secret expire after twice the interval plus three days, so the interval is limited to 363 days.",
        ],
        on_create: "An OAuth secret is added; existing ones stay.",
        on_revoke: "",
    },
    parameters: Object::of(&[
        text(
            "service_principal_id",
            TEXT,
            "Numeric ID of the service principal: workspace settings, *Identity & Access*, *Service Principals*, the \
             principal's page.",
        )
        .example("76997828332531"),
        text(
            "client_id",
            TEXT,
            "OAuth client (application) ID of the same principal. It is copied into the mapped secret.",
        )
        .example("11112222-3333-4444-8555-666677778888"),
        text("service_principal_name", TEXT.blank(), "The principal's name, for people to read.")
            .optional()
            .example("orders-etl"),
    ]),
    secrets: &[
        secret("client_id", "Name of the secret that receives the client ID.", "DATABRICKS_CLIENT_ID"),
        secret(
            "client_secret",
            "Name of the secret that receives the newest OAuth secret.",
            "DATABRICKS_CLIENT_SECRET",
        ),
    ],
    temporary: &[],
    credentials: &[shown("clientId"), hidden("clientSecret"), shown("secretId")],
    rules: &[Rule::WarnAbove {
        field: "rotation_interval",
        max: 363,
        because: "Each secret gets a lifetime of twice the interval plus three days, and the server refuses intervals \
                  above 363 days.",
    }],
    reconcile: false,
};
