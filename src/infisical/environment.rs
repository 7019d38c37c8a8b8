//! Every environment variable that the client and its configuration read, and the one way to read them.

/// A documented environment variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is for, as the documentation says it.
    pub description: &'static str,
}

impl Variable {
    const fn new(name: &'static str, description: &'static str) -> Self {
        Self { name, description }
    }

    /// Reads it; blank counts as absent.
    pub fn read(&self, environment: &dyn Environment) -> Option<String> {
        environment.get(self.name).filter(|value| !value.trim().is_empty())
    }
}

/// Where variables are read from: the process, or what a test says.
pub trait Environment: Send + Sync {
    /// The value of the variable `name`, if it is set and is text.
    fn get(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String> + Send + Sync> Environment for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// The environment of the process.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    fn get(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }
}

/// The address of the server.
pub const HOST: Variable = Variable::new("INFISICAL_HOST", "Address of the Infisical server.");
/// Which login is used where the configuration has none.
pub const AUTH_METHOD: Variable = Variable::new(
    "INFISICAL_AUTH_METHOD",
    "Which login to use where the configuration names none: token, universal, oidc, kubernetes, aws_iam, gcp_id_token, \
     gcp_iam, azure, jwt, ldap or tls_cert.",
);
/// The organisation of the session.
pub const ORGANIZATION_SLUG: Variable =
    Variable::new("INFISICAL_AUTH_ORGANIZATION_SLUG", "Slug of the (sub-)organization that the session is limited to.");
/// An access token.
pub const TOKEN: Variable = Variable::new("INFISICAL_TOKEN", "Access token of a machine identity.");
/// The client id of Universal Auth.
pub const UNIVERSAL_CLIENT_ID: Variable =
    Variable::new("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "Client ID of Universal Auth.");
/// The client secret of Universal Auth.
pub const UNIVERSAL_CLIENT_SECRET: Variable =
    Variable::new("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", "Client secret of Universal Auth.");
/// The machine identity of every login that names one.
pub const MACHINE_IDENTITY_ID: Variable =
    Variable::new("INFISICAL_MACHINE_IDENTITY_ID", "ID of the machine identity, for every login that asks for one.");
/// The name of the variable that holds the OIDC token.
pub const OIDC_TOKEN_NAME: Variable = Variable::new(
    "INFISICAL_OIDC_AUTH_TOKEN_NAME",
    "Name of the environment variable that holds the OIDC token; INFISICAL_AUTH_JWT if absent.",
);
/// The other spelling of [`OIDC_TOKEN_NAME`], as older documentation has it.
pub const OIDC_TOKEN_KEY_NAME: Variable = Variable::new(
    "INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME",
    "Another spelling of INFISICAL_OIDC_AUTH_TOKEN_NAME, which wins over it.",
);
/// The token of OIDC and JWT logins.
pub const AUTH_JWT: Variable = Variable::new("INFISICAL_AUTH_JWT", "Token of the OIDC and the JWT login.");
/// The token of a Kubernetes service account.
pub const KUBERNETES_TOKEN: Variable =
    Variable::new("INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN", "Token of the Kubernetes service account.");
/// The file of that token.
pub const KUBERNETES_TOKEN_PATH: Variable = Variable::new(
    "INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH",
    "File with the token of the Kubernetes service account; the place where Kubernetes mounts it if absent.",
);
/// The key file of GCP IAM Auth.
pub const GCP_SERVICE_ACCOUNT_KEY_PATH: Variable = Variable::new(
    "INFISICAL_GCP_IAM_SERVICE_ACCOUNT_KEY_FILE_PATH",
    "JSON key file of the Google service account, for the gcp_iam login.",
);
/// The user of LDAP Auth.
pub const LDAP_USERNAME: Variable = Variable::new("INFISICAL_LDAP_AUTH_USERNAME", "User name of the LDAP login.");
/// The password of LDAP Auth.
pub const LDAP_PASSWORD: Variable = Variable::new("INFISICAL_LDAP_AUTH_PASSWORD", "Password of the LDAP login.");

/// The address of Google's metadata service.
pub const GCE_METADATA_HOST: Variable = Variable::new(
    "GCE_METADATA_HOST",
    "Host and port of Google's metadata service; metadata.google.internal if absent.",
);
/// The address of Azure's metadata service.
pub const AZURE_METADATA_HOST: Variable = Variable::new(
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "Address of Azure's metadata service; http://169.254.169.254 if absent.",
);

/// All of them except those of AWS, which only its own chain of credentials reads, in the order of the documentation.
pub const ALL: &[Variable] = &[
    HOST,
    AUTH_METHOD,
    ORGANIZATION_SLUG,
    TOKEN,
    UNIVERSAL_CLIENT_ID,
    UNIVERSAL_CLIENT_SECRET,
    MACHINE_IDENTITY_ID,
    OIDC_TOKEN_NAME,
    OIDC_TOKEN_KEY_NAME,
    AUTH_JWT,
    KUBERNETES_TOKEN,
    KUBERNETES_TOKEN_PATH,
    GCP_SERVICE_ACCOUNT_KEY_PATH,
    LDAP_USERNAME,
    LDAP_PASSWORD,
    GCE_METADATA_HOST,
    AZURE_METADATA_HOST,
];
