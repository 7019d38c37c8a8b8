//! Providers that run already: what `TF_REATTACH_PROVIDERS` says about them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::connection::{Connection, DialError, plaintext};
use super::handshake::Address;

/// The environment variable that Core reads.
pub(super) const VARIABLE: &str = "TF_REATTACH_PROVIDERS";

/// Is one provider in debug mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reattach {
    /// Where it listens, in plaintext.
    pub address: Address,
    /// Its process number.
    pub id: u32,
    /// Whether Core must leave the process alone when it is done.
    pub test: bool,
}

/// Says why a text is not a value of `TF_REATTACH_PROVIDERS`.
#[derive(Debug, thiserror::Error)]
pub enum ReattachError {
    /// The text is not the JSON object that Core reads.
    #[error("not a reattach object: {0}")]
    Json(#[from] serde_json::Error),
    /// The provider speaks something else than gRPC with protocol 6.
    #[error("protocol {0:?} version {1} is not grpc version 6")]
    Protocol(String, u32),
    /// The address is of an unknown kind.
    #[error("unknown address type {0:?}")]
    Network(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    protocol: String,
    #[serde(default)]
    protocol_version: u32,
    pid: u32,
    #[serde(default)]
    test: bool,
    addr: EntryAddress,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EntryAddress {
    network: String,
    string: String,
}

impl Reattach {
    /// Reads the value of `TF_REATTACH_PROVIDERS`, or the whole assignment as a shell takes it: providers by their source
    /// address.
    pub fn parse(text: &str) -> Result<BTreeMap<String, Self>, ReattachError> {
        let value = text.split_once(VARIABLE).map_or(text, |(_, rest)| rest.trim_start_matches('='));
        let json = value.trim().trim_matches('\'');
        let entries: BTreeMap<String, Entry> = serde_json::from_str(json)?;
        let read = |entry: Entry| {
            if entry.protocol != "grpc" || entry.protocol_version != 6 {
                return Err(ReattachError::Protocol(entry.protocol, entry.protocol_version));
            }
            let address = match entry.addr.network.as_str() {
                "unix" => Address::Unix(PathBuf::from(entry.addr.string)),
                "tcp" => Address::Tcp(entry.addr.string),
                _ => return Err(ReattachError::Network(entry.addr.network)),
            };
            Ok(Self { address, id: entry.pid, test: entry.test })
        };
        entries.into_iter().map(|(source, entry)| Ok((source, read(entry)?))).collect()
    }

    /// Attaches to a provider at an address, without a process that could be ended.
    pub fn at(address: Address) -> Self {
        Self { address, id: 0, test: true }
    }

    /// Connects to it.
    pub async fn connect(&self) -> Result<Connection, DialError> {
        plaintext(&self.address).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read() {
        let json = r#"{"registry.example/a/b":{"Protocol":"grpc","ProtocolVersion":6,"Pid":7,"Test":true,
            "Addr":{"Network":"unix","String":"/run/x"}}}"#;
        let read = Reattach::parse(json).unwrap();
        let wanted = Reattach { address: Address::Unix(PathBuf::from("/run/x")), id: 7, test: true };
        assert_eq!(read.get("registry.example/a/b"), Some(&wanted));
        assert_eq!(Reattach::parse(&format!("  export TF_REATTACH_PROVIDERS='{json}'\n")).unwrap(), read);
    }

    #[test]
    fn a_version_that_is_left_out_means_five() {
        let json = r#"{"a":{"Protocol":"grpc","Pid":7,"Addr":{"Network":"unix","String":"/run/x"}}}"#;
        assert!(matches!(Reattach::parse(json), Err(ReattachError::Protocol(_, 0))));
    }
}
