//! The provider block: its schema, its validation, and how it becomes the client's settings, completed from the
//! environment.
//!
//! No call is made here, and a value that is not known yet is never an error.

mod login;

use std::time::Duration;

use crate::catalog::checks;
use crate::infisical::environment::{self, Environment};
use crate::infisical::{Client, Secret, Settings, SettingsError};
use crate::terraform::{Attribute, AttributePath, Diagnostic, Diagnostics, Number, Result, Schema, Type, Value};

use super::failure::sentence;
use login::login;

/// What the provider block and the environment say together.
#[derive(Debug)]
pub(super) enum Configuration {
    /// These arguments are not known yet.
    Unknown(Vec<String>),
    /// All that a client needs, and how plans are to be checked with it.
    Known(Box<Settings>, Preflight),
}

/// What becomes of what a plan finds out about the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Preflight {
    /// Nobody is asked.
    Off,
    /// What this apply itself may still put right is a warning.
    #[default]
    Warn,
    /// Everything is an error.
    Error,
}

impl Preflight {
    const NAMES: &[&str] = &["warn", "error", "off"];

    fn named(name: &str) -> Option<Self> {
        match name {
            "warn" => Some(Self::Warn),
            "error" => Some(Self::Error),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// The attributes of the provider block.
pub(super) fn schema() -> Schema {
    let text = |name: &str, description: String| Attribute::new(name, Type::String).optional().describe(description);
    let number = |name: &str, description: &str| Attribute::new(name, Type::Number).optional().describe(description);
    let limits = Settings::default();
    Schema {
        version: 0,
        description: "Manages Infisical secret rotations.".to_owned(),
        deprecation: None,
        attributes: vec![
            text("host", format!(
                "Address of the Infisical server, such as `https://eu.infisical.com`. Falls back to `{}`, then to `{}`.",
                environment::HOST.name,
                crate::infisical::DEFAULT_HOST
            )),
            login::attribute(),
            text("ca_certificate_pem", "PEM certificates of private authorities to trust besides those of the system.".to_owned()),
            text("ca_certificate_path", "File with the certificates that `ca_certificate_pem` would hold.".to_owned()),
            text("client_certificate_pem", "PEM certificate that the provider shows to the server; with `client_key_pem`.".to_owned()),
            text("client_certificate_path", "File with the certificate that `client_certificate_pem` would hold.".to_owned()),
            text("client_key_pem", "PEM private key of the client certificate.".to_owned()).sensitive(),
            text("client_key_path", "File with the key that `client_key_pem` would hold.".to_owned()),
            number("request_timeout", &format!(
                "Seconds that one request may take. A creation waits for the third party, so keep it above the server's \
                 own 100 seconds. Defaults to {}.", limits.request_timeout.as_secs()
            )),
            number("max_retry_wait", &format!(
                "Seconds that a call may wait for the rate limit or for a failing server before it gives up. Defaults to \
                 {}.", limits.max_retry_wait.as_secs()
            )),
            number("max_concurrent_requests", &format!(
                "Requests on the wire at the same time. Defaults to {}.", limits.max_concurrent_requests
            )),
            Attribute::new("batch_reads", Type::Bool).optional().describe(
                "Whether a refresh of several rotations of a project reads them with one list call. Defaults to `true`.",
            ),
            text("preflight", format!(
                "Whether the plan of a creation or a replacement asks the server what would make it fail: a connection \
                 that can't be used, a missing folder, names that are taken. With `warn`, what this apply itself may \
                 still put right is a warning; with `error` everything found is an error; with `off` nobody is asked. \
                 Falls back to `{}`, then to `warn`.",
                environment::PREFLIGHT.name
            )),
        ]
        .into(),
    }
}

/// Judges the block as written: nothing from the environment, nothing from files.
pub(super) fn validate(config: &Value) -> Diagnostics {
    let mut diagnostics = login::validate(config.get("auth"));
    // What is not known yet may turn out to be absent.
    let is_given = |name: &str| !config.get(name).is_null() && !config.get(name).is_unknown();
    for (text, path) in [
        ("ca_certificate_pem", "ca_certificate_path"),
        ("client_certificate_pem", "client_certificate_path"),
        ("client_key_pem", "client_key_path"),
    ] {
        if is_given(text) && is_given(path) {
            diagnostics
                .push(invalid(path, format!("`{text}` and `{path}` say the same thing twice: give one of them.")));
        }
    }
    for name in ["request_timeout", "max_retry_wait", "max_concurrent_requests"] {
        let number = config.get(name).as_number();
        if number.is_some_and(|number| !(1..=86_400).contains(&number.as_i64().unwrap_or(0))) {
            diagnostics.push(invalid(name, format!("`{name}` must be a whole number from 1 to 86400.")));
        }
    }
    let complaint = config.get("preflight").as_str().and_then(|name| no_preflight("`preflight`", name));
    diagnostics.extend(complaint.into_iter().collect());
    if let Some(host) = config.get("host").as_str() {
        let settings = Settings { host: Some(host.to_owned()), ..Settings::default() };
        if let Err(error @ SettingsError::Host { .. }) = Client::new(settings) {
            diagnostics.push(settings_error(&error));
        }
    }
    diagnostics
}

/// Completes the block from the environment and from the files that it names.
pub(super) fn read(config: &Value, environment: &dyn Environment) -> Result<Configuration> {
    let unknown = unknown_arguments(config, &AttributePath::root());
    if !unknown.is_empty() {
        return Ok(Configuration::Unknown(unknown));
    }
    let complaints = validate(config);
    if complaints.has_errors() {
        return Err(complaints);
    }
    let text = |name: &str| config.get(name).as_str().map(str::to_owned);
    let whole = |name: &str| config.get(name).as_number().and_then(Number::as_u64);
    let defaults = Settings::default();
    let settings = Box::new(Settings {
        host: text("host").or_else(|| environment::HOST.read(environment)),
        login: login(config.get("auth"), environment)?,
        organization_slug: login::organization_slug(config.get("auth"), environment),
        ca_certificate_pem: text_or_file(config, "ca_certificate_pem", "ca_certificate_path")?,
        client_certificate_pem: text_or_file(config, "client_certificate_pem", "client_certificate_path")?,
        client_key_pem: text_or_file(config, "client_key_pem", "client_key_path")?.map(Secret::new),
        request_timeout: whole("request_timeout").map_or(defaults.request_timeout, Duration::from_secs),
        max_retry_wait: whole("max_retry_wait").map_or(defaults.max_retry_wait, Duration::from_secs),
        max_concurrent_requests: whole("max_concurrent_requests")
            .and_then(|number| usize::try_from(number).ok())
            .unwrap_or(defaults.max_concurrent_requests),
        batch_reads: config.get("batch_reads").as_bool().unwrap_or(defaults.batch_reads),
    });
    Ok(Configuration::Known(settings, preflight(config.get("preflight").as_str(), environment)?))
}

/// The block's word, which is judged already, or else the environment's.
fn preflight(given: Option<&str>, environment: &dyn Environment) -> Result<Preflight> {
    let variable = environment::PREFLIGHT;
    let Some(name) = given.map(str::to_owned).or_else(|| variable.read(environment)) else {
        return Ok(Preflight::default());
    };
    match no_preflight(&format!("The environment variable `{}`", variable.name), &name) {
        Some(complaint) => Err(complaint.into()),
        None => Ok(Preflight::named(&name).unwrap_or_default()),
    }
}

/// What is wrong with a name that `what` gives to how plans are checked.
fn no_preflight(what: &str, name: &str) -> Option<Diagnostic> {
    let complaint = checks::choice(Preflight::NAMES, name)?.to_string();
    let end = if complaint.ends_with('?') { "" } else { "." };
    Some(invalid("preflight", format!("{what} {complaint}{end}")))
}

/// The message for settings that the client refuses.
pub(super) fn settings_error(error: &SettingsError) -> Diagnostic {
    let name = match error {
        SettingsError::Host { .. } => "host",
        SettingsError::CaCertificate(_) => "ca_certificate_pem",
        SettingsError::ClientCertificate(_) => "client_certificate_pem",
        SettingsError::Limit { name, .. } => name,
    };
    invalid(name, sentence(&error.to_string()))
}

fn invalid(name: &str, detail: String) -> Diagnostic {
    Diagnostic::error("Invalid provider configuration", detail).at(AttributePath::of(name))
}

fn text_or_file(config: &Value, text: &str, path: &str) -> Result<Option<String>> {
    match (config.get(text).as_str(), config.get(path).as_str()) {
        (Some(text), _) => Ok(Some(text.to_owned())),
        (None, Some(file)) => std::fs::read_to_string(file).map(Some).map_err(|error| {
            invalid(path, format!("The file `{file}` that `{path}` names can't be read: {error}.")).into()
        }),
        (None, None) => Ok(None),
    }
}

fn unknown_arguments(value: &Value, path: &AttributePath) -> Vec<String> {
    match value {
        Value::Unknown(_) => vec![path.to_string()],
        Value::Map(members) => {
            members.iter().flat_map(|(name, member)| unknown_arguments(member, &path.attribute(name))).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::infisical::Login;

    fn environment(variables: &[(&str, &str)]) -> impl Environment + use<> {
        let variables: BTreeMap<String, String> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        move |name: &str| variables.get(name).cloned()
    }

    fn settings(config: &Value, variables: &[(&str, &str)]) -> Settings {
        match read(config, &environment(variables)).unwrap() {
            Configuration::Known(settings, _) => *settings,
            Configuration::Unknown(names) => panic!("unknown: {names:?}"),
        }
    }

    #[test]
    fn the_block_says_how_plans_are_checked_or_else_the_environment() {
        let read = |given: Option<&str>, variable: &str| {
            let config = Value::map(given.map(|name| ("preflight", Value::from(name))));
            match read(&config, &environment(&[("INFISICAL_PREFLIGHT", variable)])) {
                Ok(Configuration::Known(_, preflight)) => Ok(preflight),
                Ok(Configuration::Unknown(names)) => panic!("unknown: {names:?}"),
                Err(told) => Err(told.iter().next().map(|told| format!("{}: {}", told.path, told.detail)).unwrap()),
            }
        };
        assert_eq!(read(None, ""), Ok(Preflight::Warn));
        assert_eq!(read(None, "off"), Ok(Preflight::Off));
        assert_eq!(read(Some("error"), "off"), Ok(Preflight::Error));
        let slip = read(Some("warns"), "").unwrap_err();
        assert_eq!(
            slip,
            "preflight: `preflight` must be `warn`, `error` or `off`, spelt exactly so; did you mean `warn`?"
        );
        let slip = read(None, "no").unwrap_err();
        assert!(slip.starts_with("preflight: The environment variable `INFISICAL_PREFLIGHT` must be `warn`"), "{slip}");
    }

    fn auth(method: &str, members: &[(&str, &str)]) -> Value {
        let members = Value::map(members.iter().map(|(name, value)| (*name, Value::from(*value))));
        Value::map([("auth", Value::map([(method, members)]))])
    }

    #[test]
    fn configuration_beats_the_environment() {
        let config = auth("universal", &[("client_id", "from-block"), ("client_secret", "s")]);
        let variables = [
            ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "from-environment"),
            ("INFISICAL_TOKEN", "token"),
            ("INFISICAL_HOST", "https://h"),
        ];
        let settings = settings(&config, &variables);
        assert!(matches!(settings.login, Some(Login::Universal { client_id, .. }) if client_id == "from-block"));
        assert_eq!(settings.host.as_deref(), Some("https://h"));
    }

    #[test]
    fn without_a_block_the_environment_chooses() {
        let login =
            |variables: &[(&str, &str)]| settings(&Value::map::<&str>([]), variables).login.map(|login| login.method());
        assert_eq!(login(&[]), None);
        assert_eq!(
            login(&[
                ("INFISICAL_TOKEN", "t"),
                ("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "i"),
                ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", "s")
            ]),
            Some("token")
        );
        assert_eq!(
            login(&[("INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "i"), ("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET", "s")]),
            Some("universal")
        );
        assert_eq!(
            login(&[
                ("INFISICAL_AUTH_METHOD", "aws_iam"),
                ("INFISICAL_MACHINE_IDENTITY_ID", "m"),
                ("INFISICAL_TOKEN", "t")
            ]),
            Some("aws_iam")
        );
    }

    #[test]
    fn a_block_is_completed_from_the_environment() {
        for name in ["INFISICAL_OIDC_AUTH_TOKEN_NAME", "INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME"] {
            let variables = [(name, "CI_TOKEN"), ("CI_TOKEN", "jwt"), ("INFISICAL_MACHINE_IDENTITY_ID", "m")];
            let settings = settings(&auth("oidc", &[]), &variables);
            let Some(Login::Oidc { identity_id, jwt }) = settings.login else { panic!("no OIDC login") };
            assert_eq!((identity_id.as_str(), jwt.expose()), ("m", "jwt"));
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_variable() {
        let error = read(&auth("universal", &[("client_id", "i")]), &environment(&[])).unwrap_err();
        let message = &error.iter().next().unwrap();
        assert_eq!(message.path.to_string(), "auth.universal.client_secret");
        assert!(message.detail.contains("INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"), "{}", message.detail);
    }

    #[test]
    fn two_logins_are_refused_and_the_choices_named() {
        let members = Value::map([("identity_id", Value::from("m"))]);
        let config = Value::map([("auth", Value::map([("azure", members.clone()), ("aws_iam", members)]))]);
        let diagnostics = validate(&config);
        let detail = &diagnostics.iter().next().unwrap().detail;
        assert!(detail.contains("`aws_iam`") && detail.contains("`azure`"), "{detail}");
    }

    #[test]
    fn unknown_values_are_no_errors() {
        let config = Value::map([("host", Value::unknown()), ("auth", Value::map([("token", Value::unknown())]))]);
        assert!(validate(&config).is_empty());
        let Configuration::Unknown(names) = read(&config, &environment(&[])).unwrap() else { panic!("known") };
        assert_eq!(names, ["auth.token", "host"]);
    }

    #[test]
    fn numbers_and_hosts_are_judged() {
        let config = Value::map([("host", Value::from("app.infisical.com")), ("request_timeout", Value::integer(0))]);
        let paths: Vec<String> = validate(&config).iter().map(|diagnostic| diagnostic.path.to_string()).collect();
        assert_eq!(paths, ["request_timeout", "host"]);
    }
}
