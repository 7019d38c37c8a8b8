//! Access keys of an AWS IAM user.

use crate::catalog::fragments::TWO_SLOTS;
use crate::catalog::table::{Kind, Object, Phase, Prose, TEXT, choice, hidden, secret, shown, text};

pub(super) static KIND: Kind = Kind {
    slug: "aws-iam-user-secret",
    resource: "infisical_aws_iam_user_rotation",
    title: "AWS IAM User Secret",
    connections: &["aws"],
    phase: Phase::Dual,
    prose: Prose {
        rotated: "The access keys of one AWS IAM user.",
        connection: "An assumed role, which is advised, or an access key. It needs `iam:ListAccessKeys`, \
                     `iam:CreateAccessKey`, `iam:UpdateAccessKey` and `iam:DeleteAccessKey` on the user, and \
                     `iam:ListUsers`. A role trusts Infisical Cloud's AWS account (381492033652 for US, 345594589636 \
                     for EU) with your Infisical organisation's ID as external ID.",
        prerequisites: "The IAM user exists. AWS permits two access keys a user, and the rotation uses both places.",
        phases: &[
            TWO_SLOTS,
            "If the user already has two keys when a rotation comes, the oldest is deleted before the new one is \
             created.",
        ],
        on_create: "An access key is created. If the user already has two, **the oldest is deleted first**, whoever \
                    made it. A single foreign key survives creation but is then the oldest: the first rotation deletes \
                    it.",
        on_revoke: "The generated keys are deleted.",
    },
    parameters: Object::of(&[
        text("user_name", TEXT, "Name of the IAM user, not its ARN: AWS console, IAM, Users.")
            .example("orders-deployer"),
        choice("region", REGIONS, "AWS region in which the client works. IAM is global, so it seldom matters.")
            .optional()
            .example("eu-central-1"),
    ]),
    secrets: &[
        secret("access_key_id", "Name of the secret that receives the access key ID.", "AWS_ACCESS_KEY_ID"),
        secret("secret_access_key", "Name of the secret that receives the secret access key.", "AWS_SECRET_ACCESS_KEY"),
    ],
    temporary: &[],
    credentials: &[shown("accessKeyId"), hidden("secretAccessKey")],
    rules: &[],
    reconcile: false,
};

const REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "af-south-1",
    "ap-east-1",
    "ap-south-1",
    "ap-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-central-1",
    "eu-central-1",
    "eu-central-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-south-1",
    "eu-south-2",
    "eu-north-1",
    "me-south-1",
    "me-central-1",
    "sa-east-1",
];
