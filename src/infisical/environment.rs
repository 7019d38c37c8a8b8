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
/// How a plan is checked against the server.
pub const PREFLIGHT: Variable = Variable::new(
    "INFISICAL_PREFLIGHT",
    "Whether plans are checked against the server, where the configuration doesn't say: warn, error or off.",
);
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

/// The region of AWS.
pub const AWS_REGION: Variable = Variable::new("AWS_REGION", "Region whose AWS token service the login is signed for.");
/// The region of AWS, second choice.
pub const AWS_DEFAULT_REGION: Variable = Variable::new("AWS_DEFAULT_REGION", "The same, read after AWS_REGION.");
/// An access key of AWS.
pub const AWS_ACCESS_KEY_ID: Variable = Variable::new("AWS_ACCESS_KEY_ID", "AWS access key of the aws_iam login.");
/// The secret of [`AWS_ACCESS_KEY_ID`].
pub const AWS_SECRET_ACCESS_KEY: Variable = Variable::new("AWS_SECRET_ACCESS_KEY", "Secret of that access key.");
/// The session token of [`AWS_ACCESS_KEY_ID`].
pub const AWS_SESSION_TOKEN: Variable =
    Variable::new("AWS_SESSION_TOKEN", "Session token of that access key, where it is a temporary one.");
/// The profile of the shared files of AWS.
pub const AWS_PROFILE: Variable = Variable::new("AWS_PROFILE", "Profile of the shared AWS files; default if absent.");
/// The profile, second choice.
pub const AWS_DEFAULT_PROFILE: Variable = Variable::new("AWS_DEFAULT_PROFILE", "The same, read after AWS_PROFILE.");
/// The shared credentials file of AWS.
pub const AWS_SHARED_CREDENTIALS_FILE: Variable = Variable::new(
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS credentials file; .aws/credentials in the home directory if absent.",
);
/// The shared configuration file of AWS.
pub const AWS_CONFIG_FILE: Variable =
    Variable::new("AWS_CONFIG_FILE", "AWS configuration file; .aws/config in the home directory if absent.");
/// The role of the web identity.
pub const AWS_ROLE_ARN: Variable = Variable::new("AWS_ROLE_ARN", "Role that the web identity assumes.");
/// The name of that role's session.
pub const AWS_ROLE_SESSION_NAME: Variable = Variable::new("AWS_ROLE_SESSION_NAME", "Name of that role's session.");
/// The file of the web identity's token.
pub const AWS_WEB_IDENTITY_TOKEN_FILE: Variable =
    Variable::new("AWS_WEB_IDENTITY_TOKEN_FILE", "File with the token of the web identity.");
/// The container's endpoint, as a path.
pub const AWS_CONTAINER_RELATIVE_URI: Variable = Variable::new(
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "Path of the container's credentials at the address that ECS uses.",
);
/// The container's endpoint, as an address.
pub const AWS_CONTAINER_FULL_URI: Variable =
    Variable::new("AWS_CONTAINER_CREDENTIALS_FULL_URI", "Address of the container's credentials.");
/// The authorization for the container's endpoint.
pub const AWS_CONTAINER_TOKEN: Variable =
    Variable::new("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Authorization that the container's endpoint wants.");
/// The file of that authorization.
pub const AWS_CONTAINER_TOKEN_FILE: Variable =
    Variable::new("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "File with that authorization.");
/// Whether the instance's metadata may not be asked for.
pub const AWS_EC2_METADATA_DISABLED: Variable =
    Variable::new("AWS_EC2_METADATA_DISABLED", "Whether the metadata service of the EC2 instance must not be asked.");
/// The address of the instance's metadata.
pub const AWS_EC2_METADATA_ENDPOINT: Variable = Variable::new(
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "Address of the metadata service of the EC2 instance; http://169.254.169.254 if absent.",
);
/// The address of AWS's token service.
pub const AWS_ENDPOINT_URL_STS: Variable =
    Variable::new("AWS_ENDPOINT_URL_STS", "Address of AWS's token service, where a role has to be assumed.");
/// The address of all services of AWS.
pub const AWS_ENDPOINT_URL: Variable = Variable::new("AWS_ENDPOINT_URL", "The same, read after AWS_ENDPOINT_URL_STS.");
/// The home directory.
pub const HOME: Variable = Variable::new("HOME", "Home directory, for the shared AWS files.");
/// The home directory on Windows.
pub const USERPROFILE: Variable = Variable::new("USERPROFILE", "Home directory on Windows.");

/// All of them, in the order of the documentation.
pub const ALL: &[Variable] = &[
    HOST,
    AUTH_METHOD,
    ORGANIZATION_SLUG,
    PREFLIGHT,
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
    AWS_REGION,
    AWS_DEFAULT_REGION,
    AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY,
    AWS_SESSION_TOKEN,
    AWS_PROFILE,
    AWS_DEFAULT_PROFILE,
    AWS_SHARED_CREDENTIALS_FILE,
    AWS_CONFIG_FILE,
    AWS_ROLE_ARN,
    AWS_ROLE_SESSION_NAME,
    AWS_WEB_IDENTITY_TOKEN_FILE,
    AWS_CONTAINER_RELATIVE_URI,
    AWS_CONTAINER_FULL_URI,
    AWS_CONTAINER_TOKEN,
    AWS_CONTAINER_TOKEN_FILE,
    AWS_EC2_METADATA_DISABLED,
    AWS_EC2_METADATA_ENDPOINT,
    AWS_ENDPOINT_URL_STS,
    AWS_ENDPOINT_URL,
    HOME,
    USERPROFILE,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{ALL, Environment, HOST};

    #[test]
    fn each_variable_is_listed_once_and_described() {
        let names: BTreeSet<_> = ALL.iter().map(|variable| variable.name).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|variable| variable.description.ends_with('.')));
        // Each constant of this file is in the list.
        assert_eq!(include_str!("environment.rs").matches("\npub const ").count(), ALL.len() + 1);
    }

    #[test]
    fn blank_is_absent() {
        let blank = |name: &str| (name == HOST.name).then(|| " ".to_owned());
        let environment: &dyn Environment = &blank;
        assert_eq!(HOST.read(environment), None);
    }
}
