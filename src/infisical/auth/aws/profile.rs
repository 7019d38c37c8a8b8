//! The shared files of AWS: profiles with their settings, from `credentials` and `config`.

use std::collections::BTreeMap;

use super::Credentials;
use crate::infisical::Secret;

/// The profiles of both files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Profiles(BTreeMap<String, Profile>);

/// The settings of one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Profile(BTreeMap<String, Secret>);

impl Profiles {
    /// Reads the text of the file `config` and then that of `credentials`, which wins.
    pub(super) fn parse(config: &str, credentials: &str) -> Self {
        let mut profiles = Self::default();
        profiles.add(config, profile_in_config);
        profiles.add(credentials, |header| Some(header));
        profiles
    }

    pub(super) fn get(&self, name: &str) -> Option<&Profile> {
        self.0.get(name)
    }

    fn add(&mut self, text: &str, profile_of: fn(&str) -> Option<&str>) {
        let mut current = None;
        for line in text.lines() {
            let trimmed = line.trim();
            // Indented lines belong to nested settings, such as those of a service, which nothing here reads.
            if trimmed.is_empty() || trimmed.starts_with(['#', ';']) || line.starts_with([' ', '\t']) {
                continue;
            }
            if let Some(header) = trimmed.strip_prefix('[') {
                let header = header.split(']').next().unwrap_or_default().trim();
                current = profile_of(header).map(str::to_owned);
                continue;
            }
            let (Some(profile), Some((name, value))) = (&current, trimmed.split_once('=')) else { continue };
            let value = value.split(" #").next().unwrap_or_default().trim();
            self.0.entry(profile.clone()).or_default().0.insert(name.trim().to_ascii_lowercase(), Secret::new(value));
        }
    }
}

impl Profile {
    /// A setting; blank counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(Secret::expose).filter(|value| !value.is_empty())
    }

    /// The keys that stand in the profile itself.
    pub(super) fn credentials(&self) -> Option<Credentials> {
        Some(Credentials {
            access_key_id: self.get("aws_access_key_id")?.to_owned(),
            secret_access_key: Secret::new(self.get("aws_secret_access_key")?),
            session_token: self.get("aws_session_token").map(Secret::new),
        })
    }
}

/// In the file `config` a profile is called so, except for the default one; other sections are of other things.
fn profile_in_config(header: &str) -> Option<&str> {
    match header {
        "default" => Some(header),
        _ => header.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t'])).map(str::trim),
    }
}

#[cfg(test)]
mod tests {
    use super::Profiles;

    const CONFIG: &str = "
[default]
region = eu-central-1
s3 =
  max_concurrent_requests = 20

# A role.
[profile  deploy]
role_arn=arn:aws:iam::1:role/deploy
source_profile = default
region = eu-west-1 # here
[sso-session x]
sso_region = us-east-1
[ignored]
region = nowhere
";
    const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIA\nAWS_SECRET_ACCESS_KEY = a#b=c\n; no\n\
                               [other]\naws_access_key_id = AKIB\n";

    #[test]
    fn profiles_are_read_from_both_files() {
        let profiles = Profiles::parse(CONFIG, CREDENTIALS);
        let default = profiles.get("default").unwrap();
        assert_eq!(default.get("region"), Some("eu-central-1"));
        let credentials = default.credentials().unwrap();
        assert_eq!((credentials.access_key_id.as_str(), credentials.secret_access_key.expose()), ("AKIA", "a#b=c"));
        let deploy = profiles.get("deploy").unwrap();
        assert_eq!(deploy.get("region"), Some("eu-west-1"));
        assert_eq!(deploy.get("source_profile"), Some("default"));
        assert_eq!(deploy.credentials(), None);
        assert!(profiles.get("other").unwrap().credentials().is_none());
        assert!(profiles.get("ignored").is_none() && profiles.get("x").is_none());
    }
}
