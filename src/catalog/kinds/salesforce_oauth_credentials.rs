//! Consumer key and secret of a Salesforce External Client App.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "salesforce-oauth-credentials",
    resource: "infisical_salesforce_rotation",
    title: "Salesforce OAuth Credentials",
    connections: &["salesforce"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The consumer key and secret of a Salesforce External Client App (of its first consumer).",
        connection: "An External Client App of its own with the client-credentials flow and the scope *Manage user \
                     data via APIs (api)*: My Domain URL, consumer key and secret. The setting that lets the REST API \
                     read consumer secrets of External Client Apps is on, and its Run-As user may read and change the \
                     rotated app's OAuth credentials.",
        prerequisites: "The rotated app exists, has the client-credentials flow with a Run-As user, and is not the \
                        connection's own.",
        phases: &[
            TWO_SLOTS,
            "A rotation stages the new pair and switches to it, deletes the staged credential of two rotations ago and \
             then stores the new pair. Salesforce itself keeps the replaced pair valid for its grace period.",
        ],
        on_create: "A new key and secret are staged and made current; the pair that was there before ends after \
                    Salesforce's grace period.",
        on_revoke: "**OAuth is disabled for the whole app**, for whoever uses it.",
    },
    parameters: Object::of(&[
        text(
            "app_id",
            TEXT,
            "ID of the External Client App, as Infisical's route `/api/v1/app-connections/salesforce/<connection \
             id>/oauth-apps` lists it.",
        )
        .example("0CiSb000000XXXXXXX"),
        text("app_name", TEXT, "Developer name of the same app, from the same list.").example("Orders_Client_App"),
    ]),
    secrets: &[
        secret("consumer_key", "Name of the secret that receives the consumer key.", "SALESFORCE_CONSUMER_KEY"),
        secret(
            "consumer_secret",
            "Name of the secret that receives the consumer secret.",
            "SALESFORCE_CONSUMER_SECRET",
        ),
    ],
    temporary: &[],
    credentials: &[shown("consumerKey"), hidden("consumerSecret"), shown("stagedCredentialUrl")],
    rules: &[],
    reconcile: false,
};
