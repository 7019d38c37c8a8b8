//! JSON keys of a Google Cloud service account.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Form, Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "gcp-service-account-key",
    resource: "infisical_gcp_service_account_rotation",
    title: "GCP Service Account Key",
    connections: &["gcp"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "A JSON key of a Google Cloud service account.",
        connection: "Service account impersonation. The connection's service account, whose ID ends with the first two \
                     sections of the Infisical organisation's ID, lets Infisical's own account create tokens for it, \
                     and has `roles/iam.serviceAccountKeyAdmin` on the rotated one. The IAM API is enabled in its \
                     project.",
        prerequisites: "The service account exists, the organisation policy `iam.disableServiceAccountKeyCreation` \
                        does not forbid keys, and there is room for a third key during a rotation (Google permits \
                        ten). Where `iam.serviceAccountKeyExpiryHours` is set, keep the interval at half of it or \
                        less.",
        phases: &[
            TWO_SLOTS,
            "A rotation creates the new key, deletes the one of two rotations ago and then stores the new one; if the \
             deletion fails the new key is cleaned up. A new key may take about a minute to become usable.",
        ],
        on_create: "A user-managed JSON key is created; other keys are not touched.",
        on_revoke: "",
    },
    parameters: Object::of(&[text(
        "service_account_email",
        TEXT.max(254).forms(&[Form::EmailAddress]),
        "E-mail address of the service account: Google Cloud console, *IAM & Admin*, *Service Accounts*.",
    )
    .immutable()
    .example("orders@example-project.iam.gserviceaccount.com")]),
    secrets: &[secret(
        "service_account_key",
        "Name of the secret that receives the text of the JSON key file.",
        "GCP_SERVICE_ACCOUNT_KEY",
    )],
    temporary: &[],
    credentials: &[shown("keyId"), hidden("serviceAccountKey")],
    rules: &[],
    reconcile: false,
};
