//! Certificates: whom the client trusts, and which one it shows.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use terraform_provider_infisical::infisical::{Client, Error, Login, Secret, Settings};
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
    let config = builder.with_single_cert(vec![certificate.der().clone()], private).unwrap();
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
