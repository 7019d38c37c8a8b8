//! What each login sends, with stand-ins for the metadata services of the clouds on the same loopback server.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use terraform_provider_infisical::infisical::{Client, Error, Login, Secret, Settings};

use crate::server::{Asked, Reply, Server};
use crate::world::{KIND, answer, granted, never_stopped, not_found, rotation, settings};

const IDENTITY: &str = "machine";

/// Logs in with `login` where the environment is `variables`, in whose values `HOST` stands for the server. `cloud`
/// answers everything but the API. Returns what was asked before the first call was made.
async fn log_in(
    login: Login,
    variables: &[(&str, &str)],
    cloud: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (Result<(), Error>, Vec<Asked>) {
    let server = Server::start(move |asked| match asked.path.as_str() {
        path if path.starts_with("/api/v1/auth/") => granted("token"),
        path if path.starts_with("/api/") => answer(&rotation("a", "project")),
        _ => cloud(asked),
    })
    .await;
    let variables: BTreeMap<String, String> = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.replace("HOST", &server.address.to_string())))
        .collect();
    let environment = move |name: &str| variables.get(name).cloned();
    let settings = Settings { login: Some(login), organization_slug: Some("sub".to_owned()), ..settings(&server) };
    let client = Client::with_environment(settings, Arc::new(environment)).unwrap();
    let outcome = client.fresh_rotation(&never_stopped(), KIND, "a").await.map(|_| ());
    let mut asked = server.asked();
    if outcome.is_ok() {
        assert_eq!(asked.pop().unwrap().header("authorization"), Some("Bearer token"));
    }
    (outcome, asked)
}

/// Logs in where no cloud is asked, and returns route and body of the login.
async fn simple(login: Login) -> (String, Value) {
    let (outcome, asked) = log_in(login, &[], |_| Reply::Drop).await;
    outcome.unwrap();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("authorization"), None);
    (asked[0].path.clone(), asked[0].json())
}

fn identity() -> String {
    IDENTITY.to_owned()
}

#[tokio::test]
async fn logins_that_carry_their_proof() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, "pod-token\n").unwrap();
    let path = file.to_str().unwrap().to_owned();
    let kubernetes = |token: Option<&str>, path: Option<String>| Login::Kubernetes {
        identity_id: identity(),
        service_account_token: token.map(Secret::from),
        service_account_token_path: path,
    };
    for (login, route, proof) in [
        (
            Login::Universal { client_id: "id".to_owned(), client_secret: Secret::new("s") },
            "universal-auth",
            json!({"clientId": "id", "clientSecret": "s"}),
        ),
        (
            Login::Oidc { identity_id: identity(), jwt: Secret::new("ci-token") },
            "oidc-auth",
            json!({"identityId": IDENTITY, "jwt": "ci-token"}),
        ),
        (
            Login::Jwt { identity_id: identity(), jwt: Secret::new("own-token\n") },
            "jwt-auth",
            json!({"identityId": IDENTITY, "jwt": "own-token"}),
        ),
        (
            Login::Ldap { identity_id: identity(), username: "u".to_owned(), password: Secret::new(" p ") },
            "ldap-auth",
            json!({"identityId": IDENTITY, "username": "u", "password": " p "}),
        ),
        (
            kubernetes(Some("given"), Some(path.clone())),
            "kubernetes-auth",
            json!({"identityId": IDENTITY, "jwt": "given"}),
        ),
        (kubernetes(None, Some(path)), "kubernetes-auth", json!({"identityId": IDENTITY, "jwt": "pod-token"})),
    ] {
        let (asked, mut body) = simple(login).await;
        assert_eq!(asked, format!("/api/v1/auth/{route}/login"));
        assert_eq!(body.as_object_mut().unwrap().remove("organizationSlug"), Some(json!("sub")));
        assert_eq!(body, proof);
    }
    let (outcome, asked) = log_in(kubernetes(None, Some("/nowhere/token".to_owned())), &[], |_| Reply::Drop).await;
    let error = outcome.unwrap_err();
    assert!(error.to_string().contains("/nowhere/token"), "{error}");
    assert!(asked.is_empty());
}

#[tokio::test]
async fn google_vouches_for_its_instances() {
    let (outcome, asked) =
        log_in(Login::GcpIdToken { identity_id: identity() }, &[("GCE_METADATA_HOST", "HOST")], |asked| {
            assert_eq!(asked.path, "/computeMetadata/v1/instance/service-accounts/default/identity");
            assert_eq!(asked.query, "audience=machine&format=full");
            assert_eq!(asked.header("metadata-flavor"), Some("Google"));
            Reply::text(200, "google-token\n")
        })
        .await;
    outcome.unwrap();
    assert_eq!(asked[1].path, "/api/v1/auth/gcp-auth/login");
    assert_eq!(asked[1].json()["jwt"], "google-token");
}

#[tokio::test]
async fn a_service_accounts_key_signs_a_token() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client/service-account.json");
    let login = Login::GcpIam { identity_id: identity(), service_account_key_path: path.to_owned() };
    let (route, body) = simple(login).await;
    assert_eq!(route, "/api/v1/auth/gcp-auth/login");
    let jwt = body["jwt"].as_str().unwrap().to_owned();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let part = |index: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(signed.split('.').nth(index).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(part(0), json!({"alg": "RS256", "typ": "JWT", "kid": "key-of-the-tests"}));
    let claims = part(1);
    assert_eq!((&claims["sub"], &claims["aud"]), (&json!("robot@made-for-tests.example"), &json!(IDENTITY)));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
    let key: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let private = PrivatePkcs8KeyDer::from_pem_slice(key["private_key"].as_str().unwrap().as_bytes()).unwrap();
    let pair = RsaKeyPair::from_pkcs8(private.secret_pkcs8_der()).unwrap();
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn azure_vouches_for_its_machines() {
    for (resource, expected) in
        [(None, "https%3A%2F%2Fmanagement.azure.com%2F"), (Some("api://own"), "api%3A%2F%2Fown")]
    {
        let login = Login::Azure { identity_id: identity(), resource: resource.map(str::to_owned) };
        let variables = [("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://HOST/")];
        let (outcome, asked) = log_in(login, &variables, move |asked| {
            assert_eq!(asked.path, "/metadata/identity/oauth2/token");
            assert_eq!(asked.query, format!("api-version=2018-02-01&resource={expected}"));
            assert_eq!(asked.header("metadata"), Some("true"));
            Reply::json(200, &json!({"access_token": "azure-token", "expires_in": "86400"}))
        })
        .await;
        outcome.unwrap();
        assert_eq!(asked[1].path, "/api/v1/auth/azure-auth/login");
        assert_eq!(asked[1].json()["jwt"], "azure-token");
    }
}

#[tokio::test]
async fn a_metadata_service_that_refuses_is_named_without_its_words() {
    let login = Login::GcpIdToken { identity_id: identity() };
    let (outcome, asked) = log_in(login, &[("GCE_METADATA_HOST", "HOST")], |_| Reply::text(404, "secret words")).await;
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("Google's metadata service") && text.contains("404"), "{text}");
    assert!(!text.contains("secret words"));
    assert_eq!(asked.len(), 1);
}

/// What the AWS login sent: the key that signed, the region, and the headers.
struct Proof {
    key: String,
    region: String,
    headers: Value,
}

fn aws() -> Login {
    Login::AwsIam { identity_id: identity() }
}

async fn aws_proof(
    variables: &[(&str, &str)],
    cloud: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
) -> (Proof, Vec<Asked>) {
    let (outcome, mut asked) = log_in(aws(), variables, cloud).await;
    outcome.unwrap();
    let login = asked.pop().unwrap();
    assert_eq!(login.path, "/api/v1/auth/aws-auth/login");
    let body = login.json();
    assert_eq!((&body["identityId"], &body["iamHttpRequestMethod"]), (&json!(IDENTITY), &json!("POST")));
    let decoded = |name: &str| STANDARD.decode(body[name].as_str().unwrap()).unwrap();
    assert_eq!(decoded("iamRequestBody"), b"Action=GetCallerIdentity&Version=2011-06-15");
    let headers: Value = serde_json::from_slice(&decoded("iamRequestHeaders")).unwrap();
    let authorization = headers["Authorization"].as_str().unwrap();
    let credential = authorization.split(['=', ',']).nth(1).unwrap();
    let parts: Vec<&str> = credential.split('/').collect();
    assert_eq!((parts[3], parts[4]), ("sts", "aws4_request"));
    assert_eq!(headers["Host"], format!("sts.{}.amazonaws.com", parts[2]));
    assert_eq!((&headers["Content-Length"], parts[1]), (&json!("43"), &headers["X-Amz-Date"].as_str().unwrap()[..8]));
    (Proof { key: parts[0].to_owned(), region: parts[2].to_owned(), headers }, asked)
}

const NO_FILES: [(&str, &str); 2] = [("AWS_CONFIG_FILE", "/nowhere"), ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")];
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "secret")];

fn issued(key: &str) -> Reply {
    let body = json!({"Code": "Success", "AccessKeyId": key, "SecretAccessKey": "s", "Token": "session-token"});
    Reply::json(200, &body)
}

fn assumed(key: &str) -> Reply {
    Reply::text(
        200,
        &format!(
            "<AssumeRoleResponse><Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>session-of-{key}</SessionToken></Credentials></AssumeRoleResponse>"
        ),
    )
}

#[tokio::test]
async fn aws_keys_come_from_the_environment() {
    let (proof, asked) = aws_proof(&[&NO_FILES[..], &KEYS].concat(), |_| Reply::Drop).await;
    assert_eq!((proof.key.as_str(), proof.region.as_str()), ("AKIAENV", "us-east-1"));
    assert!(asked.is_empty());
    assert_eq!(proof.headers.get("X-Amz-Security-Token"), None);
    let more = [&NO_FILES[..], &KEYS, &[("AWS_SESSION_TOKEN", "session"), ("AWS_REGION", "eu-west-1")]].concat();
    let (proof, _) = aws_proof(&more, |_| Reply::Drop).await;
    assert_eq!(proof.region, "eu-west-1");
    assert_eq!(proof.headers["X-Amz-Security-Token"], "session");
}

/// The two shared files with this text, and the variables that name them.
fn files(config: &str, credentials: &str) -> (tempfile::TempDir, Vec<(&'static str, String)>) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name).to_str().unwrap().to_owned()
    };
    let variables = vec![
        ("AWS_CONFIG_FILE", write("config", config)),
        ("AWS_SHARED_CREDENTIALS_FILE", write("credentials", credentials)),
    ];
    (folder, variables)
}

fn borrowed<'a>(variables: &'a [(&'static str, String)], more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    variables.iter().map(|(name, value)| (*name, value.as_str())).chain(more.iter().copied()).collect()
}

const CREDENTIALS: &str = "[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = s\n\
                           [two]\naws_access_key_id = AKIATWO\naws_secret_access_key = s\n";

#[tokio::test]
async fn aws_keys_come_from_profiles() {
    let (_folder, variables) = files("[default]\nregion = eu-central-1\n", CREDENTIALS);
    let (proof, _) = aws_proof(&borrowed(&variables, &[]), |_| Reply::Drop).await;
    assert_eq!((proof.key.as_str(), proof.region.as_str()), ("AKIAFILE", "eu-central-1"));
    let (proof, _) = aws_proof(&borrowed(&variables, &[("AWS_PROFILE", "two")]), |_| Reply::Drop).await;
    assert_eq!((proof.key.as_str(), proof.region.as_str()), ("AKIATWO", "us-east-1"));
    let (proof, _) = aws_proof(&borrowed(&variables, &KEYS), |_| Reply::Drop).await;
    assert_eq!(proof.key, "AKIAENV");
    let (outcome, _) = log_in(aws(), &borrowed(&variables, &[("AWS_PROFILE", "three")]), |_| Reply::Drop).await;
    assert!(outcome.unwrap_err().to_string().contains("\"three\""));
}

#[tokio::test]
async fn aws_roles_of_profiles_are_assumed_one_after_the_other() {
    let config = "[profile outer]\nrole_arn = arn:outer\nsource_profile = inner\nexternal_id = x\nregion = eu-west-3\n\
                  [profile inner]\nrole_arn = arn:inner\nsource_profile = default\nrole_session_name = me\n";
    let (_folder, variables) = files(config, CREDENTIALS);
    let more = [("AWS_PROFILE", "outer"), ("AWS_ENDPOINT_URL_STS", "http://HOST/sts")];
    let (proof, asked) = aws_proof(&borrowed(&variables, &more), |asked| {
        let inner = asked.body.contains("RoleArn=arn%3Ainner");
        assumed(if inner { "ASIAINNER" } else { "ASIAOUTER" })
    })
    .await;
    assert_eq!((proof.key.as_str(), proof.region.as_str()), ("ASIAOUTER", "eu-west-3"));
    assert_eq!(proof.headers["X-Amz-Security-Token"], "session-of-ASIAOUTER");
    assert_eq!(asked.len(), 2);
    assert!(asked[0].body.contains("RoleSessionName=me") && !asked[0].body.contains("ExternalId"));
    assert!(asked[1].body.contains("Action=AssumeRole&") && asked[1].body.contains("ExternalId=x"));
    assert!(asked[0].header("authorization").unwrap().contains("Credential=AKIAFILE/"));
    assert!(asked[1].header("authorization").unwrap().contains("Credential=ASIAINNER/"));
    assert_eq!(asked[1].header("x-amz-security-token"), Some("session-of-ASIAINNER"));
    // What was signed is what was sent.
    let signed = asked[1].header("authorization").unwrap();
    for name in ["content-length", "content-type", "host", "x-amz-date", "x-amz-security-token"] {
        assert!(signed.contains(name) && asked[1].header(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn aws_profiles_that_lead_nowhere_are_told() {
    for (config, reason) in [
        (
            "[default]\nrole_arn = a\nsource_profile = other\n[profile other]\nrole_arn = b\nsource_profile = default\n",
            "circle",
        ),
        ("[default]\nrole_arn = a\nsource_profile = none\n", "\"none\""),
        ("[default]\nrole_arn = a\n", "neither"),
        ("[default]\nrole_arn = a\ncredential_source = Moon\n", "\"Moon\""),
        ("[default]\ncredential_process = /bin/echo\n", "credential_process"),
        ("[default]\nsso_session = s\n", "export-credentials"),
    ] {
        let (_folder, variables) = files(config, "");
        let (outcome, asked) = log_in(aws(), &borrowed(&variables, &[]), |_| Reply::Drop).await;
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(asked.is_empty());
    }
}

#[tokio::test]
async fn a_web_identity_becomes_an_aws_role() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "web-token\n").unwrap();
    let more = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
        ("AWS_ENDPOINT_URL_STS", "http://HOST/sts"),
    ];
    let (proof, asked) = aws_proof(&[&NO_FILES[..], &more].concat(), |_| assumed("ASIAWEB")).await;
    assert_eq!(proof.key, "ASIAWEB");
    assert_eq!(asked[0].line(), "POST /sts");
    assert_eq!(asked[0].header("authorization"), None);
    let mut expected = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15".to_owned();
    write!(expected, "&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr&RoleSessionName=terraform-provider-infisical")
        .unwrap();
    assert_eq!(asked[0].body, expected + "&WebIdentityToken=web-token");
}

#[tokio::test]
async fn a_container_has_aws_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "from-file\n").unwrap();
    for (name, value, expected) in [
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "given", "given"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token.to_str().unwrap(), "from-file"),
    ] {
        let more = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://HOST/task"), (name, value)];
        let (proof, asked) = aws_proof(&[&NO_FILES[..], &more].concat(), |_| issued("ASIATASK")).await;
        assert_eq!((proof.key.as_str(), &proof.headers["X-Amz-Security-Token"]), ("ASIATASK", &json!("session-token")));
        assert_eq!((asked[0].line().as_str(), asked[0].header("authorization")), ("GET /task", Some(expected)));
    }
    let open = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/task")];
    let (outcome, asked) = log_in(aws(), &[&NO_FILES[..], &open].concat(), |_| Reply::Drop).await;
    assert!(outcome.unwrap_err().to_string().contains("protected by TLS"));
    assert!(asked.is_empty());
}

#[tokio::test]
async fn an_instance_has_aws_credentials_and_a_region() {
    let more = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://HOST/")];
    let (proof, asked) = aws_proof(&[&NO_FILES[..], &more].concat(), |asked| {
        if asked.line() == "PUT /latest/api/token" {
            assert!(asked.header("x-aws-ec2-metadata-token-ttl-seconds").is_some());
            return Reply::text(200, "imds");
        }
        assert_eq!(asked.header("x-aws-ec2-metadata-token"), Some("imds"));
        match asked.path.as_str() {
            "/latest/meta-data/iam/security-credentials/" => Reply::text(200, "the-role\n"),
            "/latest/meta-data/iam/security-credentials/the-role" => issued("ASIAEC2"),
            "/latest/meta-data/placement/region" => Reply::text(200, "sa-east-1"),
            _ => not_found(),
        }
    })
    .await;
    assert_eq!((proof.key.as_str(), proof.region.as_str()), ("ASIAEC2", "sa-east-1"));
    assert_eq!(asked.len(), 5);

    let disabled = [&NO_FILES[..], &more, &[("AWS_EC2_METADATA_DISABLED", "true")]].concat();
    let (outcome, asked) = log_in(aws(), &disabled, |_| Reply::Drop).await;
    let text = outcome.unwrap_err().to_string();
    assert!(text.contains("no AWS credentials were found") && text.contains("AWS_EC2_METADATA_DISABLED"), "{text}");
    assert!(asked.is_empty());
}
