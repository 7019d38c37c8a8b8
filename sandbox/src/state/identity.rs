//! Machine identities: what they may do, how they log in, and the tokens that they were given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock::Moment;
use crate::identifiers;

/// A machine identity.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// UUID.
    pub id: String,
    /// Display name.
    pub name: String,
    /// What it may do in the organisation; `None` when it is no member.
    pub organization_role: Option<OrganizationRole>,
    /// What it may do in each project of which it is a member.
    pub projects: BTreeMap<String, ProjectRole>,
    /// How it may log in.
    pub methods: BTreeMap<MethodKind, AuthMethod>,
}

/// A built-in role of the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrganizationRole {
    /// May do everything.
    Admin,
    /// May use connections, not see them.
    Member,
    /// May do nothing.
    NoAccess,
}

/// A role in a project.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProjectRole {
    /// May do everything.
    Admin,
    /// The developer: reads rotations, uses connections, owns secrets and folders.
    Member,
    /// Reads.
    Viewer,
    /// Is a member that may do nothing.
    NoAccess,
    /// May do what its rules say; the last rule that matches decides.
    Custom(Vec<Rule>),
}

/// One rule of a custom role.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// `secret-rotation`, `app-connections`, `secrets`, `secret-folders`, `environments`.
    pub subject: String,
    /// The subject's actions.
    pub actions: Vec<String>,
    /// Forbids instead of permitting.
    #[serde(default)]
    pub inverted: bool,
    /// Field to a text or to `{"$eq" | "$ne" | "$in" | "$glob": ...}`; all must hold.
    #[serde(default)]
    pub conditions: BTreeMap<String, Value>,
}

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodKind {
    /// Client id and client secret.
    Universal,
    /// A token made in advance.
    Token,
    /// A JWT of an OIDC provider.
    Oidc,
    /// A service-account token.
    Kubernetes,
    /// A signed `GetCallerIdentity` request.
    Aws,
    /// A Google id token or a JWT signed by IAM.
    Gcp,
    /// An Entra token.
    Azure,
    /// Any JWT.
    Jwt,
    /// User name and password of a directory.
    Ldap,
    /// A client certificate.
    TlsCert,
}

/// One login method of an identity and the life of the tokens that it gives.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthMethod {
    /// What the login has to show.
    pub proof: Proof,
    /// Life of a token in seconds; 0 for no configured expiry.
    pub access_token_ttl: u64,
    /// Life of a token in seconds with all its renewals.
    pub access_token_max_ttl: u64,
    /// How many requests a token serves; 0 for any number.
    pub access_token_num_uses_limit: u64,
    /// Seconds that each renewal of a periodic token gives; 0 for ordinary tokens.
    pub access_token_period: u64,
    /// Failed attempts, where the method locks after three of them.
    #[serde(default)]
    pub failures: Failures,
}

/// What a login has to show. Every comparison is exact.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum Proof {
    /// The client id and one of its secrets.
    ClientSecret {
        /// The id.
        client_id: String,
        /// Its secrets.
        secrets: Vec<ClientSecret>,
    },
    /// Exactly this JWT (OIDC, Kubernetes, GCP, Azure, JWT).
    Jwt {
        /// The text.
        jwt: String,
    },
    /// A `GetCallerIdentity` request that carries a `SigV4` Authorization header of this access key.
    SignedRequest {
        /// The access key id that must have signed; `None` accepts any.
        access_key_id: Option<String>,
    },
    /// User name and password.
    Directory {
        /// The user.
        username: String,
        /// Its password.
        password: String,
    },
    /// Exactly this certificate, in the header in which a proxy hands it on.
    Certificate {
        /// PEM text.
        pem: String,
    },
    /// Tokens of this method are made by whoever set the sandbox up.
    Given,
}

/// A secret of a client id.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientSecret {
    /// The secret.
    pub secret: String,
    /// When it stops working.
    pub expires_at: Option<Moment>,
    /// How many logins it serves; 0 for any number.
    pub num_uses_limit: u64,
    /// How many it has served.
    pub num_uses: u64,
}

/// Failed logins of late.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failures {
    /// When they happened, within the last half minute.
    pub at: Vec<Moment>,
    /// Until when the method is locked.
    pub locked_until: Option<Moment>,
}

/// An access token that was issued.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessToken {
    /// UUID; survives renewal.
    pub id: String,
    /// Whose it is.
    pub identity_id: String,
    /// How it was obtained.
    pub method: MethodKind,
    /// When it was first issued.
    pub created_at: Moment,
    /// When it was last issued or renewed.
    pub renewed_at: Moment,
    /// Life in seconds of each issue.
    pub ttl: u64,
    /// Life in seconds with all renewals.
    pub max_ttl: u64,
    /// Seconds that each renewal of a periodic token gives; 0 for ordinary tokens.
    pub period: u64,
    /// How many requests it has served, where they are limited.
    pub num_uses: u64,
    /// How many it serves; 0 for any number.
    pub num_uses_limit: u64,
    /// Whether it was revoked.
    pub revoked: bool,
}

impl Identity {
    /// Makes an identity that cannot log in yet.
    pub fn new(name: &str, role: OrganizationRole) -> Self {
        Self {
            id: identifiers::uuid(),
            name: name.to_owned(),
            organization_role: Some(role),
            projects: BTreeMap::new(),
            methods: BTreeMap::new(),
        }
    }
}

impl AuthMethod {
    /// Makes a method with the server's defaults: tokens of 30 days for any number of requests.
    pub fn new(proof: Proof) -> Self {
        Self {
            proof,
            access_token_ttl: 2_592_000,
            access_token_max_ttl: 2_592_000,
            access_token_num_uses_limit: 0,
            access_token_period: 0,
            failures: Failures::default(),
        }
    }
}

impl Proof {
    /// Makes the proof of a client id with one lasting secret.
    pub fn client_secret(client_id: &str, secret: &str) -> Self {
        let secret = ClientSecret { secret: secret.to_owned(), expires_at: None, num_uses_limit: 0, num_uses: 0 };
        Self::ClientSecret { client_id: client_id.to_owned(), secrets: vec![secret] }
    }
}
