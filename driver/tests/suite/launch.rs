//! Starts the toy provider as a process, over mutual TLS and without, and shows what the driver sees of it.

use std::time::Duration;

use plugin_driver::client::{CallError, Client};
use plugin_driver::launch::{
    Address, ClientIdentity, Dial, DialError, HandshakeError, Launch, LaunchError, ServerCertificate, TlsVersions,
};
use plugin_driver::proto::health::health_check_response::ServingStatus;
use plugin_driver::session::{Action, Core};
use serde_json::json;

const LIMIT: Duration = Duration::from_secs(60);

fn toy() -> Launch {
    Launch::new(env!("CARGO_BIN_EXE_toy-provider"))
}

fn shell(script: &str) -> Launch {
    Launch::new("/bin/sh").argument("-c").argument(script)
}

#[tokio::test]
async fn a_session_runs_over_mutual_tls() {
    let mut core = Core::start(toy()).await.unwrap();
    let config = core.config("toy_plain", &json!({"name": "x"})).unwrap();
    let applied = core.apply("toy_plain", "x", &config).await.unwrap();
    assert_eq!(applied.action, Some(Action::Create));
    assert!(applied.report.violations.is_empty(), "{:?}", applied.report);
    // The process for the schema, one for the plan, one for the apply, each ended by Shutdown after its one line.
    assert_eq!(core.finished().len(), 3);
    for finished in core.finished() {
        assert_eq!((finished.code, finished.killed, finished.stdout.len()), (Some(0), false, 1), "{finished:?}");
    }
}

#[tokio::test]
async fn both_tls_versions_carry_the_client_certificate() {
    let process = toy().start().await.unwrap();
    let certificate = process.handshake().unwrap().certificate.clone().unwrap();
    assert_eq!(ServerCertificate::parse(&certificate).unwrap().dns_names, ["localhost"]);
    for (versions, wanted) in [
        (TlsVersions::Only12, rustls::ProtocolVersion::TLSv1_2),
        (TlsVersions::Only13, rustls::ProtocolVersion::TLSv1_3),
        (TlsVersions::Both, rustls::ProtocolVersion::TLSv1_3),
    ] {
        let dial = Dial { versions, ..Dial::with(process.identity().unwrap()) };
        let connection = process.dial(&dial).await.unwrap();
        let facts = connection.tls.clone().unwrap();
        assert_eq!((facts.version, facts.protocol.as_deref()), (Some(wanted), Some(&b"h2"[..])));
        let client = Client::new(&connection);
        assert_eq!(client.health("plugin").await.unwrap(), ServingStatus::Serving);
        assert!(client.schema().await.unwrap().1.violations.is_empty());
    }
    let client = Client::new(&process.connect().await.unwrap());
    // The process may be gone before its answer is.
    let _answer = client.shutdown().await;
    assert_eq!(process.finish(LIMIT).await.unwrap().code, Some(0));
}

#[tokio::test]
async fn whoever_is_not_the_announced_client_gets_nothing() {
    let process = toy().start().await.unwrap();
    let announced = process.identity().unwrap();
    let strangers = [None, Some(ClientIdentity::generate().unwrap()), Some(announced.issue().unwrap())];
    for identity in strangers {
        for versions in [TlsVersions::Only12, TlsVersions::Only13] {
            let dial = Dial { identity: identity.clone(), versions, ..Dial::anonymous() };
            // With TLS 1.3 a client learns of its refusal only after its own part of the handshake.
            if let Ok(connection) = process.dial(&dial).await {
                let refused: Result<_, CallError> = Client::new(&connection).health("plugin").await;
                assert!(refused.is_err(), "{dial:?}");
            }
        }
    }
    let dial = Dial { protocols: vec![b"http/1.1".to_vec()], ..Dial::with(announced) };
    assert!(matches!(process.dial(&dial).await, Err(DialError::Tls(_))));
    let dial = Dial { protocols: Vec::new(), ..Dial::with(announced) };
    assert!(matches!(process.dial(&dial).await, Err(DialError::NoHttp2(None))));
}

#[tokio::test]
async fn a_server_with_another_certificate_is_not_trusted() {
    let process = toy().start().await.unwrap();
    let address = &process.handshake().unwrap().address;
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let dial = Dial::with(process.identity().unwrap());
    assert!(matches!(dial.tls(address, other.cert.der()).await, Err(DialError::Tls(_))));
}

#[tokio::test]
async fn without_tls_the_line_has_no_certificate() {
    let process = toy().without_tls().start().await.unwrap();
    assert_eq!(process.handshake().unwrap().certificate, None);
    let client = Client::new(&process.connect().await.unwrap());
    assert!(client.schema().await.is_ok());
}

#[tokio::test]
async fn started_by_hand_it_explains_itself() {
    let finished = toy().without_environment("TF_PLUGIN_MAGIC_COOKIE").run(LIMIT).await.unwrap();
    assert_eq!((finished.code, finished.stdout.len(), finished.stderr.len()), (Some(1), 0, 1));
    let launch = toy().environment("TF_PLUGIN_MAGIC_COOKIE", "wrong");
    assert!(matches!(launch.start().await, Err(LaunchError::Ended(finished)) if finished.code == Some(1)));
}

#[tokio::test]
async fn what_is_not_a_handshake_is_named() {
    let error = shell("echo hello").start().await.unwrap_err();
    assert!(matches!(error, LaunchError::Handshake(HandshakeError::Unrecognised(line)) if line == "hello"));
    let error = Launch::new("/nonexistent/provider").start().await.unwrap_err();
    assert!(matches!(error, LaunchError::Start(_)));
}

#[tokio::test]
async fn a_provider_in_debug_mode_says_how_to_attach() {
    let script = r#"[ -z "$TF_PLUGIN_MAGIC_COOKIE$PLUGIN_CLIENT_CERT" ] && echo "  TF_REATTACH_PROVIDERS='{\"a/b/c\":
        {\"Protocol\":\"grpc\",\"ProtocolVersion\":6,\"Pid\":$$,\"Test\":true,\"Addr\":{\"Network\":\"unix\",\"String\":\"/x\"}}}'""#;
    let (process, reattach) = shell(&script.replace('\n', "")).start_debug().await.unwrap();
    assert_eq!(reattach["a/b/c"].address, Address::Unix("/x".into()));
    assert!(reattach["a/b/c"].test);
    assert_eq!(process.finish(LIMIT).await.unwrap().code, Some(0));
    assert!(
        matches!(shell("exit 3").start_debug().await, Err(LaunchError::Ended(finished)) if finished.code == Some(3))
    );
}

#[tokio::test]
async fn streams_are_collected_and_standard_input_is_watched() {
    let script = "echo '1|6|unix|/nonexistent|grpc|'; echo one >&2; echo two >&2; head -c 3 >/dev/null; echo done >&2";
    let mut process = shell(script).without_tls().stdin("yes\nno\n").start().await.unwrap();
    assert_eq!(process.stderr().containing("done").await.as_deref(), Some("done"));
    assert!(process.stdin_consumed().unwrap() >= 3);
    assert!(matches!(process.connect().await, Err(DialError::Connect(_))));
    let finished = process.finish(LIMIT).await.unwrap();
    assert_eq!((finished.stderr, finished.stdout.len()), (vec!["one".into(), "two".into(), "done".into()], 1));
    let mut quiet = toy().stdin("yes\n").start().await.unwrap();
    assert_eq!(quiet.stdin_consumed().unwrap(), 0);
}

#[tokio::test]
async fn signals_reach_the_process_and_laggards_are_killed() {
    let process =
        shell("trap 'echo caught >&2' USR1; echo '1|6|unix|/x|grpc|'; while :; do read -r _ < /dev/null; done");
    let process = process.start().await.unwrap();
    process.signal("USR1").await.unwrap();
    assert_eq!(process.stderr().containing("caught").await.as_deref(), Some("caught"));
    let finished = process.finish(Duration::from_millis(1)).await.unwrap();
    assert_eq!((finished.code, finished.killed), (None, true));
}
