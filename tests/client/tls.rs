//! Certificates: whom the client trusts, and which one it shows.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use terraform_provider_infisical::infisical::{Client, Error, Login, Secret, Settings};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::server::Server;
use crate::world::{KIND, answer, granted, never_stopped, rotation, settings};

/// An authority, and what it has signed for the server and for the client.
struct Certificates {
    authority: String,
    client: (String, Secret),
    acceptor: TlsAcceptor,
}

fn certificates(asks_for_certificate: bool) -> Certificates {
    certificates_with(asks_for_certificate, &[])
}

fn certificates_with(asks_for_certificate: bool, protocols: &[&[u8]]) -> Certificates {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let signed = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        (certificate, key)
    };
    let (certificate, key) = signed("127.0.0.1");
    let provider = Arc::new(ring::default_provider());
    let builder =
        rustls::ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let builder = if asks_for_certificate {
        let mut store = RootCertStore::empty();
        store.add(authority.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(store.into(), provider).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = builder.with_single_cert(vec![certificate.der().clone()], private).unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let (own, own_key) = signed("client");
    Certificates {
        authority: authority.pem(),
        client: (own.pem(), Secret::new(own_key.serialize_pem())),
        acceptor: TlsAcceptor::from(Arc::new(config)),
    }
}

fn over_tls(server: &Server) -> Settings {
    Settings { host: Some(format!("https://{}", server.address)), ..settings(server) }
}

#[tokio::test]
async fn a_private_authority_is_trusted_once_it_is_named() {
    let certificates = certificates(false);
    let server = Server::start_on(Some(certificates.acceptor), |_| answer(&rotation("a", "project"))).await;
    let trusting = Settings { ca_certificate_pem: Some(certificates.authority), ..over_tls(&server) };
    let client = Client::new(trusting).unwrap();
    client.fresh_rotation(&never_stopped(), KIND, "a").await.unwrap().unwrap();

    let error = Client::new(over_tls(&server)).unwrap().fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable { permanent: true, .. }) && !error.is_transient(), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let certificates = certificates_with(false, &[b"h2", b"http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        host: Some(format!("https://{}", listener.local_addr().unwrap())),
        login: Some(Login::Token(Secret::new("token"))),
        ca_certificate_pem: Some(certificates.authority),
        ..Settings::default()
    };
    let (client, stop) = (Client::new(settings).unwrap(), never_stopped());
    let heard = async {
        let mut stream = certificates.acceptor.accept(listener.accept().await.unwrap().0).await.unwrap();
        let mut beginning = [0; 14];
        stream.read_exact(&mut beginning).await.unwrap();
        stop.cancel();
        beginning
    };
    let (beginning, read) = tokio::join!(heard, client.fresh_rotation(&stop, KIND, "a"));
    assert_eq!(&beginning, b"PRI * HTTP/2.0");
    assert!(read.unwrap_err().is_stopped());
}

#[tokio::test]
async fn a_certificate_logs_in() {
    let certificates = certificates(true);
    let server = Server::start_on(Some(certificates.acceptor), |asked| {
        if asked.path.ends_with("/login") { granted("token") } else { answer(&rotation("a", "project")) }
    })
    .await;
    let login = Login::TlsCert { identity_id: "machine".to_owned() };
    let trusting =
        Settings { login: Some(login), ca_certificate_pem: Some(certificates.authority), ..over_tls(&server) };
    let error = Client::new(trusting.clone()).unwrap().fresh_rotation(&never_stopped(), KIND, "a").await.unwrap_err();
    assert!(error.to_string().contains("needs a client certificate"), "{error}");
    let (certificate, key) = certificates.client;
    let showing = Settings { client_certificate_pem: Some(certificate), client_key_pem: Some(key), ..trusting };
    Client::new(showing).unwrap().fresh_rotation(&never_stopped(), KIND, "a").await.unwrap().unwrap();
    assert_eq!(server.asked()[0].line(), "POST /api/v1/auth/tls-cert-auth/login");
    assert_eq!(server.asked()[0].json(), serde_json::json!({"identityId": "machine"}));
    assert_eq!(server.asked().len(), 2);
}
