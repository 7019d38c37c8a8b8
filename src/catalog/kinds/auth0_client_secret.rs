//! The client secret of an Auth0 application.

use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "auth0-client-secret",
    resource: "infisical_auth0_rotation",
    title: "Auth0 Client Secret",
    connections: &["auth0"],
    phase: Phase::Single,
    prose: Prose {
        rotated: "The client secret of one Auth0 application.",
        connection: "Client credentials of a machine-to-machine application that is authorised for the Auth0 \
                     Management API with `update:client_keys` and `read:clients`.",
        prerequisites: "The Auth0 application exists and authenticates with a client secret.",
        phases: &["An application has one secret: the old one stops working the moment the new one is set, so a \
                   rotation can interrupt whoever uses it."],
        on_create: "The application's present client secret is overwritten with a random one.",
        on_revoke: "Auth0 issues a secret that nobody stores.",
    },
    parameters: Object::of(&[text(
        "client_id",
        TEXT,
        "Client ID of the application whose secret is rotated: on its settings page, or in the dashboard's list of \
         applications.",
    )
    .example("iLjR3xKq9vT2example")]),
    secrets: &[
        secret("client_id", "Name of the secret that receives the client ID.", "AUTH0_CLIENT_ID"),
        secret("client_secret", "Name of the secret that receives the current client secret.", "AUTH0_CLIENT_SECRET"),
    ],
    temporary: &[],
    credentials: &[shown("clientId"), hidden("clientSecret")],
    rules: &[],
    reconcile: false,
};
