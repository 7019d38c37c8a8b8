//! What a host says through the environment, and the one line on stdout that answers it.
//!
//! Reads nothing but the environment and decides nothing about sockets or certificates.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::address::Address;

/// The variable and the value by which a host shows that it is one. It guards against mistakes, not against attackers.
const COOKIE: (&str, &str) =
    ("TF_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");
/// Version of the handshake line itself.
const CORE_PROTOCOL: u32 = 1;
/// Version of the provider protocol; its minor version is never negotiated.
const PROVIDER_PROTOCOL: u32 = 6;
/// Where to listen on TCP if the host says nothing usable.
const DEFAULT_PORTS: RangeInclusive<u16> = 10_000..=25_000;

/// What the host asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invitation {
    /// The one certificate that the host will present, as PEM; without it the connection is not encrypted.
    pub(crate) client_certificate: Option<String>,
    /// The ports to choose from where the transport is TCP.
    pub(crate) ports: RangeInclusive<u16>,
    /// Where to put the socket.
    pub(crate) socket_directory: Option<PathBuf>,
    /// The group, by name or number, that may use the socket too.
    pub(crate) socket_group: Option<String>,
    /// Whether the host wants to be told that there is no multiplexing. Hosts that don't ask may misread the answer.
    pub(crate) asks_for_multiplexing: bool,
}

/// The process was started by something else than a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This is a provider plugin. Terraform and OpenTofu start it themselves; it does nothing when run by hand.\n\
     Declare it under `required_providers` (source = \"infisical-rotations/infisical\") and run `terraform init` or \
     `tofu init`.\n\
     To attach a debugger, run it with `debug`. For all options, run it with `--help`."
)]
pub(crate) struct NotInvited;

impl Invitation {
    /// Reads the host's wishes from `variable`, which looks up the environment.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, NotInvited> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| given(name).and_then(|value| value.into_string().ok());
        let (name, value) = COOKIE;
        if text(name).as_deref() != Some(value) {
            return Err(NotInvited);
        }
        let port = |name: &str, default: &u16| text(name).and_then(|port| port.parse().ok()).unwrap_or(*default);
        Ok(Self {
            client_certificate: text("PLUGIN_CLIENT_CERT"),
            ports: port("PLUGIN_MIN_PORT", DEFAULT_PORTS.start())..=port("PLUGIN_MAX_PORT", DEFAULT_PORTS.end()),
            socket_directory: given("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            socket_group: text("PLUGIN_UNIX_SOCKET_GROUP"),
            asks_for_multiplexing: given("PLUGIN_MULTIPLEX_GRPC").is_some(),
        })
    }

    /// The wishes of nobody: what debug mode starts from.
    pub(crate) fn none() -> Self {
        Self {
            client_certificate: None,
            ports: DEFAULT_PORTS,
            socket_directory: None,
            socket_group: None,
            asks_for_multiplexing: false,
        }
    }

    /// The line that tells the host where to connect and which certificate to expect there.
    ///
    /// The versions that the host offers are not looked at: it reports a mismatch better than a plugin can.
    pub(crate) fn answer(&self, address: &Address, certificate: Option<&[u8]>) -> String {
        let network = address.network();
        let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
        let mut line = format!("{CORE_PROTOCOL}|{PROVIDER_PROTOCOL}|{network}|{address}|grpc|{certificate}");
        if self.asks_for_multiplexing {
            let _ = write!(line, "|false");
        }
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Invitation, NotInvited> {
        Invitation::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into()))
    }

    #[test]
    fn nobody_else_than_a_host_is_served() {
        assert_eq!(read(&[]), Err(NotInvited));
        assert_eq!(read(&[(COOKIE.0, "")]), Err(NotInvited));
        assert_eq!(read(&[(COOKIE.0, &COOKIE.1[1..])]), Err(NotInvited));
        assert_eq!(read(&[COOKIE]), Ok(Invitation::none()));
    }

    #[test]
    fn wishes_are_taken_and_empty_ones_are_none() {
        let invitation = read(&[
            COOKIE,
            ("PLUGIN_CLIENT_CERT", "pem"),
            ("PLUGIN_MIN_PORT", "7"),
            ("PLUGIN_MAX_PORT", "no port"),
            ("PLUGIN_UNIX_SOCKET_DIR", "sockets"),
            ("PLUGIN_UNIX_SOCKET_GROUP", ""),
            ("PLUGIN_MULTIPLEX_GRPC", "true"),
        ]);
        let expected = Invitation {
            client_certificate: Some("pem".to_owned()),
            ports: 7..=25_000,
            socket_directory: Some("sockets".into()),
            socket_group: None,
            asks_for_multiplexing: true,
        };
        assert_eq!(invitation, Ok(expected));
    }

    #[test]
    fn the_answer_has_six_segments_and_a_seventh_only_on_request() {
        let address = Address::Unix("directory/socket".into());
        let answer = Invitation::none().answer(&address, None);
        assert_eq!(answer, "1|6|unix|directory/socket|grpc|\n");
        let asked = read(&[COOKIE, ("PLUGIN_MULTIPLEX_GRPC", "1")]).unwrap();
        assert_eq!(asked.answer(&address, Some(&[0xff, 0xee])), "1|6|unix|directory/socket|grpc|/+4|false\n");
    }
}
