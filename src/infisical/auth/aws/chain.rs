//! Where AWS credentials are looked for, in the order of AWS's own tools: the environment, a web identity, the profile
//! of the shared files, the container, the instance.

use std::path::PathBuf;

use tokio_util::sync::CancellationToken;

use super::profile::{Profile, Profiles};
use super::services::{Role, Services};
use super::{Credentials, profile};
use crate::infisical::auth::elsewhere::failure;
use crate::infisical::client::Client;
use crate::infisical::environment::{self as variables, Environment};
use crate::infisical::{Error, Secret};

/// The region of AWS's global endpoint, where nothing names another.
const DEFAULT_REGION: &str = "us-east-1";

/// How many roles may be assumed one after the other.
const LONGEST_CHAIN: usize = 8;

const SHARED_FILES: &str = "the AWS profile";

/// Credentials, and the region whose endpoint they are for.
pub(super) struct Found {
    pub(super) credentials: Credentials,
    pub(super) region: String,
}

/// Looks everywhere in turn.
pub(super) async fn resolve(client: &Client, stop: &CancellationToken) -> Result<Found, Error> {
    let environment = client.environment();
    let profiles = shared_files(environment).await;
    let named = variables::AWS_PROFILE.read(environment).or_else(|| variables::AWS_DEFAULT_PROFILE.read(environment));
    let profile = profiles.get(named.as_deref().unwrap_or("default"));
    let region = variables::AWS_REGION
        .read(environment)
        .or_else(|| variables::AWS_DEFAULT_REGION.read(environment))
        .or_else(|| profile.and_then(|profile| profile.get("region")).map(str::to_owned));
    let services = Services { client, stop, region: region.as_deref().unwrap_or(DEFAULT_REGION) };

    if let Some(credentials) = from_environment(environment) {
        return Ok(found(credentials, region));
    }
    if let (Some(file), Some(arn)) =
        (variables::AWS_WEB_IDENTITY_TOKEN_FILE.read(environment), variables::AWS_ROLE_ARN.read(environment))
    {
        let role = Role { arn, session: variables::AWS_ROLE_SESSION_NAME.read(environment), external_id: None };
        return Ok(found(services.assume_with_web_identity(&role, &file).await?, region));
    }
    match (profile, &named) {
        (Some(profile), _) => {
            if let Some(credentials) = from_profile(&services, &profiles, profile).await? {
                return Ok(found(credentials, region));
            }
        }
        (None, Some(name)) => return Err(failure(SHARED_FILES, &format!("there is no profile {name:?}"))),
        (None, None) => {}
    }
    if let Some(credentials) = services.container().await? {
        return Ok(found(credentials, region));
    }
    let credentials = services.instance().await.map_err(|error| match error {
        Error::Credentials(reason) => Error::Credentials(format!(
            "no AWS credentials were found in the environment, in the shared files or from a container, and {reason}"
        )),
        error => error,
    })?;
    let region = match region {
        Some(region) => region,
        None => services.instance_region().await?,
    };
    Ok(Found { credentials, region })
}

fn found(credentials: Credentials, region: Option<String>) -> Found {
    Found { credentials, region: region.unwrap_or_else(|| DEFAULT_REGION.to_owned()) }
}

fn from_environment(environment: &dyn Environment) -> Option<Credentials> {
    Some(Credentials {
        access_key_id: variables::AWS_ACCESS_KEY_ID.read(environment)?,
        secret_access_key: Secret::new(variables::AWS_SECRET_ACCESS_KEY.read(environment)?),
        session_token: variables::AWS_SESSION_TOKEN.read(environment).map(Secret::new),
    })
}

/// What a profile gives: its own keys, or those of the roles that it leads to, the last of which is its own.
async fn from_profile(
    services: &Services<'_>,
    profiles: &Profiles,
    profile: &Profile,
) -> Result<Option<Credentials>, Error> {
    let mut roles = Vec::new();
    let mut current = profile;
    let base = loop {
        let Some(arn) = current.get("role_arn") else { break own(current)? };
        let role = Role {
            arn: arn.to_owned(),
            session: current.get("role_session_name").map(str::to_owned),
            external_id: current.get("external_id").map(str::to_owned),
        };
        if let Some(file) = current.get("web_identity_token_file") {
            break Some(services.assume_with_web_identity(&role, file).await?);
        }
        roles.push(role);
        if roles.len() > LONGEST_CHAIN {
            return Err(failure(SHARED_FILES, "its source profiles lead in a circle"));
        }
        if let Some(name) = current.get("source_profile") {
            let source = profiles
                .get(name)
                .ok_or_else(|| failure(SHARED_FILES, &format!("there is no source profile {name:?}")))?;
            // A profile that is its own source gives its keys.
            if std::ptr::eq(source, current) {
                break own(source)?;
            }
            current = source;
            continue;
        }
        break match current.get("credential_source") {
            Some("Environment") => from_environment(services.client.environment()),
            Some("EcsContainer") => services.container().await?,
            Some("Ec2InstanceMetadata") => Some(services.instance().await?),
            Some(other) => return Err(failure(SHARED_FILES, &format!("the credential source {other:?} is unknown"))),
            None => return Err(failure(SHARED_FILES, "its role has neither a source profile nor a credential source")),
        };
    };
    let Some(mut credentials) = base else {
        if roles.is_empty() {
            return Ok(None);
        }
        return Err(failure(SHARED_FILES, "the source of its role has no credentials"));
    };
    for role in roles.iter().rev() {
        credentials = services.assume(role, &credentials).await?;
    }
    Ok(Some(credentials))
}

/// The keys of a profile itself.
fn own(profile: &Profile) -> Result<Option<Credentials>, Error> {
    if let Some(credentials) = profile.credentials() {
        return Ok(Some(credentials));
    }
    for unsupported in ["sso_session", "sso_start_url", "credential_process"] {
        if profile.get(unsupported).is_some() {
            return Err(failure(
                SHARED_FILES,
                &format!(
                    "it uses {unsupported}, which isn't supported here; export its credentials into the environment \
                     first, for instance with `aws configure export-credentials --format env`"
                ),
            ));
        }
    }
    Ok(None)
}

/// The profiles of the shared files; files that don't exist hold none.
async fn shared_files(environment: &dyn Environment) -> Profiles {
    let home = variables::HOME.read(environment).or_else(|| variables::USERPROFILE.read(environment));
    let path = |given: Option<String>, name: &str| {
        given.map(PathBuf::from).or_else(|| Some(PathBuf::from(home.as_ref()?).join(".aws").join(name)))
    };
    let config = path(variables::AWS_CONFIG_FILE.read(environment), "config");
    let credentials = path(variables::AWS_SHARED_CREDENTIALS_FILE.read(environment), "credentials");
    let read = move |path: Option<PathBuf>| path.and_then(|path| std::fs::read_to_string(path).ok());
    tokio::task::spawn_blocking(move || {
        profile::Profiles::parse(&read(config).unwrap_or_default(), &read(credentials).unwrap_or_default())
    })
    .await
    .unwrap_or_default()
}
