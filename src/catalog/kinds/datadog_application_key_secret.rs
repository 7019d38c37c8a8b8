//! Application keys of a Datadog service account.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "datadog-application-key-secret",
    resource: "infisical_datadog_application_key_rotation",
    title: "Datadog Application Key",
    connections: &["datadog"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "An application key of a Datadog service account.",
        connection: "Token, or API key and application key, made for a service account that has the *Datadog Admin \
                     Role* as its base, with the scopes `user_app_keys`, `service_account_write`, `user_access_manage` \
                     and `user_access_read`.",
        prerequisites: "The service account exists, has at least the *Datadog Standard Role* and is not disabled.",
        phases: &[
            TWO_SLOTS,
            "Where the old key can't be deleted the server only logs it; one that is already gone counts as deleted.",
        ],
        on_create: "An application key named `infisical-rotation-<milliseconds>` is created; nothing is removed.",
        on_revoke: "The generated keys are deleted. Failures are only logged, so destroying succeeds even if keys stay \
                    behind.",
    },
    parameters: Object::of(&[text(
        "service_account_id",
        TEXT,
        "ID of the service account that owns the keys: in the URL of its page under *Organization Settings*, *Service \
         Accounts*, or from Datadog's API.",
    )
    .immutable()
    .example("9f3c2b1a-0d4e-4f5a-8b6c-7d8e9f0a1b2c")]),
    secrets: &[
        secret(
            "application_key_id",
            "Name of the secret that receives the application key's ID.",
            "DATADOG_APP_KEY_ID",
        ),
        secret("application_key", "Name of the secret that receives the application key.", "DATADOG_APP_KEY"),
    ],
    temporary: &[],
    credentials: &[shown("applicationKeyId"), hidden("applicationKey")],
    rules: &[],
    reconcile: false,
};
