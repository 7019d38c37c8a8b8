//! From the start of the process to the first call: cookie, handshake line, certificates, TLS, sockets.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use plugin_driver::client::Client;
use plugin_driver::launch::{
    Address, ClientIdentity, Connection, Dial, DialError, Launch, Process, ServerCertificate, TlsVersions,
};
use rustls::ProtocolVersion;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::support::{LIMIT, Provider, assert_orderly, launch};

/// A greeting that offers TLS 1.1 and nothing newer: two cipher suites of that time, no extensions.
const TLS_1_1_HELLO: [u8; 52] = {
    let mut hello = [7; 52];
    let head = [0x16, 3, 1, 0, 47, 1, 0, 0, 43, 3, 2];
    let tail = [0, 0, 4, 0xc0, 0x09, 0xc0, 0x13, 1, 0];
    let mut index = 0;
    while index < head.len() {
        hello[index] = head[index];
        index += 1;
    }
    index = 0;
    while index < tail.len() {
        hello[hello.len() - tail.len() + index] = tail[index];
        index += 1;
    }
    hello
};

fn socket(process: &Process) -> PathBuf {
    match &process.handshake().unwrap().address {
        Address::Unix(path) => path.clone(),
        Address::Tcp(address) => panic!("{address} instead of a socket"),
    }
}

fn certificate(process: &Process) -> Vec<u8> {
    process.handshake().unwrap().certificate.clone().unwrap()
}

/// A connection that got nowhere: it failed, or its first call did.
async fn is_refused(attempt: Result<Connection, DialError>) -> bool {
    match attempt {
        Ok(connection) => Client::new(&connection).schema().await.is_err(),
        Err(_) => true,
    }
}

async fn assert_serves(process: &Process) {
    Client::new(&process.connect().await.unwrap()).schema().await.unwrap();
}

async fn assert_does_nothing(launch: Launch) {
    let temporary = tempfile::tempdir().unwrap();
    // A socket that was there for a moment only would leave another time of change behind.
    let long_ago = SystemTime::UNIX_EPOCH;
    File::open(temporary.path()).unwrap().set_modified(long_ago).unwrap();
    let finished = launch.environment("TMPDIR", temporary.path()).run(LIMIT).await.unwrap();
    assert_eq!((finished.code, finished.killed), (Some(1), false));
    assert_eq!(finished.stdout, [""; 0]);
    let stderr = finished.stderr.join("\n");
    assert!(stderr.contains("Terraform and OpenTofu start it themselves"), "{stderr}");
    assert_eq!(fs::metadata(temporary.path()).unwrap().modified().unwrap(), long_ago, "something was made there");
}

#[tokio::test]
async fn started_by_hand_it_explains_itself_and_listens_nowhere() {
    assert_does_nothing(launch().without_environment("TF_PLUGIN_MAGIC_COOKIE")).await;
    assert_does_nothing(launch().without_environment("TF_PLUGIN_MAGIC_COOKIE").without_tls()).await;
}

#[tokio::test]
async fn a_wrong_cookie_is_no_cookie() {
    assert_does_nothing(launch().environment("TF_PLUGIN_MAGIC_COOKIE", "0".repeat(64))).await;
}

#[tokio::test]
async fn the_line_has_six_segments_and_one_certificate() {
    let provider = Provider::start().await;
    let line = provider.process.stdout().line(0).await.unwrap();
    let segments: Vec<&str> = line.split('|').collect();
    let path = socket(&provider.process).to_str().unwrap().to_owned();
    let [core, version, network, address, protocol, der] = segments.as_slice() else { panic!("{line}") };
    assert_eq!((*core, *version, *network, *address, *protocol), ("1", "6", "unix", path.as_str(), "grpc"));

    let der = STANDARD_NO_PAD.decode(der).unwrap();
    let shown = ServerCertificate::parse(&der).expect("exactly one certificate");
    assert_eq!(shown.dns_names, ["localhost"]);
    let now = SystemTime::now();
    assert!(shown.not_before <= now && now < shown.not_after, "{shown:?}");
    let host = ServerCertificate::parse(provider.process.identity().unwrap().der()).unwrap();
    assert_ne!(shown.public_key, host.public_key);

    let other = Provider::start().await;
    let other_key = ServerCertificate::parse(&certificate(&other.process)).unwrap().public_key;
    assert_ne!(shown.public_key, other_key, "each process has a key of its own");
    provider.end().await;
    other.end().await;
}

#[tokio::test]
async fn without_a_client_certificate_the_line_has_none_and_only_plaintext_works() {
    let provider = Provider::launched(&launch().without_tls()).await;
    let line = provider.process.stdout().line(0).await.unwrap();
    assert!(line.ends_with("|grpc|"), "{line}");
    assert!(is_refused(provider.process.dial(&Dial::anonymous()).await).await);
    provider.end().await;
}

#[tokio::test]
async fn a_seventh_segment_is_for_those_who_ask() {
    let provider = Provider::launched(&launch().environment("PLUGIN_MULTIPLEX_GRPC", "true")).await;
    assert_eq!(provider.process.handshake().unwrap().multiplex, Some(false));
    assert_eq!(provider.process.stdout().line(0).await.unwrap().split('|').count(), 7);
    provider.end().await;
    let silent = Provider::launched(&launch().environment("PLUGIN_MULTIPLEX_GRPC", "")).await;
    assert_eq!(silent.process.handshake().unwrap().multiplex, None);
    silent.end().await;
}

#[tokio::test]
async fn only_the_announced_certificate_opens_the_door() {
    let provider = Provider::start().await;
    let process = &provider.process;
    let announced = process.identity().unwrap();
    let strangers = [
        ("anonymous", None),
        ("another certificate", Some(ClientIdentity::generate().unwrap())),
        ("one that the announced one has signed", Some(announced.issue().unwrap())),
    ];
    for versions in [TlsVersions::Both, TlsVersions::Only12, TlsVersions::Only13] {
        for (name, identity) in &strangers {
            let dial = Dial { identity: identity.clone(), versions, ..Dial::anonymous() };
            assert!(is_refused(process.dial(&dial).await).await, "{name}, {versions:?}");
        }
        let dial = Dial { versions, ..Dial::with(announced) };
        assert!(!is_refused(process.dial(&dial).await).await, "{versions:?}");
    }
    let address = &process.handshake().unwrap().address;
    assert!(is_refused(plugin_driver::launch::plaintext(address).await).await, "plaintext");
    provider.end().await;
}

#[tokio::test]
async fn http_2_is_agreed_on_or_nothing_is_served() {
    let provider = Provider::start().await;
    let announced = provider.process.identity().unwrap();
    assert_eq!(provider.process.connect().await.unwrap().tls.unwrap().protocol.as_deref(), Some(&b"h2"[..]));
    let older = Dial { protocols: vec![b"http/1.1".to_vec()], ..Dial::with(announced) };
    assert!(is_refused(provider.process.dial(&older).await).await);
    let both = Dial { protocols: vec![b"http/1.1".to_vec(), b"h2".to_vec()], ..Dial::with(announced) };
    assert!(!is_refused(provider.process.dial(&both).await).await);
    provider.end().await;
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_and_older_ones_are_not() {
    let provider = Provider::start().await;
    let announced = provider.process.identity().unwrap();
    for (versions, agreed) in [
        (TlsVersions::Only12, ProtocolVersion::TLSv1_2),
        (TlsVersions::Only13, ProtocolVersion::TLSv1_3),
        (TlsVersions::Both, ProtocolVersion::TLSv1_3),
    ] {
        let dial = Dial { versions, ..Dial::with(announced) };
        assert_eq!(provider.process.dial(&dial).await.unwrap().tls.unwrap().version, Some(agreed));
    }
    let mut stream = UnixStream::connect(socket(&provider.process)).await.unwrap();
    stream.write_all(&TLS_1_1_HELLO).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let [0x15, _, _, 0, 2, 2, _reason] = answer.as_slice() else { panic!("no fatal alert: {answer:?}") };
    provider.end().await;
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_socket_is_where_the_host_wants_it_private_and_gone_afterwards() {
    let place = tempfile::tempdir().unwrap();
    for launch in
        [launch().environment("PLUGIN_UNIX_SOCKET_DIR", place.path()), launch().environment("TMPDIR", place.path())]
    {
        let provider = Provider::launched(&launch).await;
        let socket = socket(&provider.process);
        assert!(socket.starts_with(place.path()), "{socket:?}");
        assert_eq!((mode(socket.parent().unwrap()), mode(&socket)), (0o700, 0o600));
        provider.end().await;
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "nothing remains");
    }
}

#[tokio::test]
async fn a_group_may_be_let_in() {
    let place = tempfile::tempdir().unwrap();
    // The group of a file that was just made is one that this user may give things to.
    let group = fs::metadata(place.path()).unwrap().gid();
    let launch = launch()
        .environment("PLUGIN_UNIX_SOCKET_DIR", place.path())
        .environment("PLUGIN_UNIX_SOCKET_GROUP", group.to_string());
    let provider = Provider::launched(&launch).await;
    let socket = socket(&provider.process);
    assert_eq!((mode(socket.parent().unwrap()), mode(&socket)), (0o710, 0o660));
    assert_eq!(fs::metadata(&socket).unwrap().gid(), group);
    provider.end().await;
}

#[tokio::test]
async fn what_a_killed_process_leaves_behind_does_no_harm() {
    let place = tempfile::tempdir().unwrap();
    let launch = launch().environment("PLUGIN_UNIX_SOCKET_DIR", place.path());
    let victim = Provider::launched(&launch).await;
    let left = socket(&victim.process);
    victim.process.signal("KILL").await.unwrap();
    assert_eq!(victim.process.finish(LIMIT).await.unwrap().code, None);
    assert!(left.exists());
    let next = Provider::launched(&launch).await;
    assert_ne!(socket(&next.process), left);
    next.end().await;
}

#[tokio::test]
async fn a_long_name_of_the_place_for_temporary_files_is_no_obstacle() {
    let place = tempfile::tempdir().unwrap();
    let long = place.path().join("x".repeat(120)).join("y".repeat(120));
    fs::create_dir_all(&long).unwrap();
    let process = launch().environment("TMPDIR", &long).start().await.unwrap();
    assert_serves(&process).await;
    let directory = socket(&process).parent().unwrap().to_owned();
    assert_eq!(mode(&directory), 0o700);
    let _ = Client::new(&process.connect().await.unwrap()).shutdown().await;
    assert_orderly(&process.finish(LIMIT).await.unwrap());
    assert!(!directory.exists());
}
