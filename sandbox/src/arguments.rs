//! The command line: what may be said, what it means, and how a mistake is explained.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;

use serde_json::{Value, json};

/// The text of `--help`.
pub(crate) const HELP: &str = "\
A faithful local Infisical for secret rotations: for trying things out, for tests and for CI.

Usage: infisical-sandbox [OPTIONS]

Options:
  --listen ADDRESS     Where to listen [default: 127.0.0.1:8787]; port 0 takes a free one
  --seed               Make the demo project: environments, folders, an app connection for each
                       third party and an identity for each login method, under fixed ids
  --state FILE         Keep everything in this file; go on from it if it exists
  --kinds FOLDER       Know the kinds described there too, one <slug>.json each, as a newer server would
  --rate-limits        Limit requests as Infisical Cloud's free plan does
  --redis HOST:PORT    Let the demo connection \"redis\" rotate this Redis (with --seed);
                       the password of its user \"default\" is taken from REDISCLI_AUTH
  --postgres URL       Let the demo connection \"postgres\" rotate this PostgreSQL (with --seed),
                       as postgres://user@host:port/database; the password is taken from PGPASSWORD
  -h, --help           Print this
  -V, --version        Print the version

It prints the environment variables to export and serves until Ctrl-C. The control API (clock, faults, request log,
...) is under /_sandbox; see the README.
";

/// What the program was told to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    /// Serve.
    Serve(Box<Settings>),
    /// Print the help.
    Help,
    /// Print the version.
    Version,
}

/// How to serve.
#[derive(Debug, PartialEq)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) seed: bool,
    pub(crate) state: Option<PathBuf>,
    /// The folder with the documents of kinds to be added.
    pub(crate) kinds: Option<PathBuf>,
    pub(crate) rate_limits: bool,
    /// Credentials of the demo connections to real servers, by app.
    pub(crate) servers: Vec<(&'static str, Value)>,
}

/// Reads the arguments; an error is a text for people. `variable` looks an environment variable up.
pub(crate) fn parse(
    arguments: impl IntoIterator<Item = String>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Command, String> {
    let mut settings = Settings {
        listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
        seed: false,
        state: None,
        kinds: None,
        rate_limits: false,
        servers: Vec::new(),
    };
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let (flag, attached) = match argument.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag.to_owned(), Some(value.to_owned())),
            _ => (argument, None),
        };
        let takes_value = matches!(flag.as_str(), "--listen" | "--state" | "--kinds" | "--redis" | "--postgres");
        if !takes_value && attached.is_some() {
            return Err(format!("{flag} takes no value"));
        }
        let mut value = || attached.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{flag} needs a value"));
        match flag.as_str() {
            "--listen" => settings.listen = address(&value()?)?,
            "--seed" => settings.seed = true,
            "--state" => settings.state = Some(PathBuf::from(value()?)),
            "--kinds" => settings.kinds = Some(PathBuf::from(value()?)),
            "--rate-limits" => settings.rate_limits = true,
            "--redis" => settings.servers.push(("redis", redis(&value()?, variable("REDISCLI_AUTH"))?)),
            "--postgres" => settings.servers.push(("postgres", postgres(&value()?, variable("PGPASSWORD"))?)),
            "-h" | "--help" => return Ok(Command::Help),
            "-V" | "--version" => return Ok(Command::Version),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    if !settings.seed && !settings.servers.is_empty() {
        return Err("--redis and --postgres are for the demo connections: add --seed".to_owned());
    }
    Ok(Command::Serve(Box::new(settings)))
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let mistake = |reason: &str| format!("--listen {text}: {reason}; it looks like 127.0.0.1:8787");
    let mut addresses = text.to_socket_addrs().map_err(|error| mistake(&error.to_string()))?;
    addresses.next().ok_or_else(|| mistake("there is no such address"))
}

fn redis(text: &str, password: Option<String>) -> Result<Value, String> {
    let mistake = || format!("--redis {text}: it looks like 127.0.0.1:6379");
    let (host, port) = text.rsplit_once(':').ok_or_else(mistake)?;
    let port: u16 = port.parse().map_err(|_| mistake())?;
    if host.is_empty() || host.contains('/') {
        return Err(mistake());
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    Ok(json!({ "host": host, "port": port, "username": "default", "password": password.unwrap_or_default(),
               "sslEnabled": false, "sslRejectUnauthorized": false }))
}

fn postgres(text: &str, password: Option<String>) -> Result<Value, String> {
    // The text may hold a password, so it isn't repeated.
    let mistake = |reason: &str| format!("--postgres: {reason}; it looks like postgres://user@127.0.0.1:5432/database");
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return Err(mistake("this is no PostgreSQL URL"));
    }
    let url: tokio_postgres::Config = text.parse().map_err(|_| mistake("this is no PostgreSQL URL"))?;
    let [tokio_postgres::config::Host::Tcp(host)] = url.get_hosts() else { return Err(mistake("it names no host")) };
    let user = url.get_user().ok_or_else(|| mistake("it names no user"))?;
    let own = url.get_password().map(|password| String::from_utf8_lossy(password).into_owned());
    Ok(json!({ "host": host, "port": url.get_ports().first().copied().unwrap_or(5432), "username": user,
               "password": own.or(password).unwrap_or_default(), "database": url.get_dbname().unwrap_or(user),
               "sslEnabled": false, "sslRejectUnauthorized": false }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(|&argument| argument.to_owned()), |name| Some(format!("value of {name}")))
    }

    fn settings(arguments: &[&str]) -> Settings {
        match parsed(arguments) {
            Ok(Command::Serve(settings)) => *settings,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_serves_an_empty_sandbox_on_the_usual_port() {
        let settings = settings(&[]);
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8787");
        assert!(!settings.seed && !settings.rate_limits && settings.state.is_none() && settings.servers.is_empty());
    }

    #[test]
    fn values_stand_behind_or_attached() {
        let settings =
            settings(&["--listen=localhost:0", "--state", "a=b.json", "--kinds=k", "--seed", "--rate-limits"]);
        assert!(settings.listen.ip().is_loopback() && settings.listen.port() == 0);
        assert_eq!(settings.state, Some(PathBuf::from("a=b.json")));
        assert_eq!(settings.kinds, Some(PathBuf::from("k")));
        assert!(settings.seed && settings.rate_limits);
    }

    #[test]
    fn real_servers_take_their_passwords_from_the_environment() {
        let settings = settings(&["--seed", "--redis", "[::1]:7000", "--postgres", "postgres://admin@db:6000/app"]);
        let [(_, redis), (_, postgres)] = settings.servers.as_slice() else { panic!("two servers") };
        assert_eq!((&redis["host"], &redis["port"]), (&json!("::1"), &json!(7000)));
        assert_eq!(redis["password"], "value of REDISCLI_AUTH");
        assert_eq!((&postgres["host"], &postgres["port"]), (&json!("db"), &json!(6000)));
        assert_eq!((&postgres["username"], &postgres["database"]), (&json!("admin"), &json!("app")));
        assert_eq!(postgres["password"], "value of PGPASSWORD");
    }

    #[test]
    fn mistakes_are_explained() {
        for (arguments, reason) in [
            (&["--sed"][..], "unknown argument --sed"),
            (&["extra"], "unknown argument extra"),
            (&["--seed=1"], "--seed takes no value"),
            (&["--listen"], "--listen needs a value"),
            (&["--listen", "8787"], "it looks like 127.0.0.1:8787"),
            (&["--seed", "--redis", "localhost"], "it looks like 127.0.0.1:6379"),
            (&["--seed", "--redis", "redis://h:1"], "it looks like 127.0.0.1:6379"),
            (&["--seed", "--postgres", "host=x"], "no PostgreSQL URL"),
            (&["--seed", "--postgres", "postgres://h/db"], "it names no user"),
            (&["--redis", "h:1"], "add --seed"),
        ] {
            let mistake = parsed(arguments).unwrap_err();
            assert!(mistake.contains(reason), "{arguments:?}: {mistake}");
        }
        let mistake = parsed(&["--seed", "--postgres", "mysql://u:hunter2@h/db"]).unwrap_err();
        assert!(!mistake.contains("hunter2"), "{mistake}");
    }

    #[test]
    fn help_and_version_win() {
        assert_eq!(parsed(&["--seed", "-h", "--nonsense"]), Ok(Command::Help));
        assert_eq!(parsed(&["--version"]), Ok(Command::Version));
    }
}
