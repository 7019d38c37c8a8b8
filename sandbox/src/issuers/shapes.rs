//! What a credential of each kind looks like.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::digest;
use serde_json::{Map, Value, json};

use super::password::Requirements;
use super::random::{self, ALPHANUMERIC, BASE32, DIGITS, HEX, URL_SAFE};
use super::{Job, ThirdPartyError};
use crate::validation;

/// Makes a new credential of the job's kind.
pub(super) fn credential(job: &Job<'_>) -> Result<Value, ThirdPartyError> {
    let text = random::text;
    Ok(match job.kind {
        "aws-iam-user-secret" => json!({
            "accessKeyId": format!("AKIA{}", text(BASE32, 16)?),
            "secretAccessKey": text(ALPHANUMERIC, 40)?,
        }),
        "azure-client-secret" => json!({
            "clientId": job.text("clientId"),
            "clientSecret": format!("{}8Q~{}", text(ALPHANUMERIC, 3)?, text(URL_SAFE, 34)?),
            "keyId": uuid()?,
        }),
        "cloudflare-api-token" => json!({ "tokenId": text(HEX, 32)?, "apiToken": text(URL_SAFE, 40)? }),
        "cloudflare-r2-access-key" => json!({
            "accessKeyId": text(HEX, 32)?,
            "secretAccessKey": sha256(&text(URL_SAFE, 40)?),
        }),
        "convex-access-key" => json!({
            "accessKeyId": text(DIGITS, 12)?,
            "accessKey": format!("{}-{}|{}", job.text("namePrefix"), job.now.milliseconds(), text(ALPHANUMERIC, 64)?),
        }),
        "databricks-service-principal-secret" => json!({
            "clientId": job.text("clientId"),
            "clientSecret": format!("dose{}", text(HEX, 32)?),
            "secretId": text(HEX, 32)?,
        }),
        "datadog-api-key" => json!({ "apiKeyId": uuid()?, "apiKey": text(HEX, 32)? }),
        "datadog-application-key-secret" => json!({ "applicationKeyId": uuid()?, "applicationKey": text(HEX, 40)? }),
        "dbt-service-token" => json!({
            "serviceToken": format!("dbtc_{}", text(URL_SAFE, 43)?),
            // Twelve digits: unique in practice, and exact in every JSON reader.
            "tokenId": 100_000_000_000_u64 + random::below(900_000_000_000)? as u64,
            "tokenName": job.text("tokenName"),
        }),
        "fireworks-api-key" => json!({
            "keyId": format!("key_{}", text(ALPHANUMERIC, 16)?),
            "apiKey": format!("fw_{}", text(ALPHANUMERIC, 24)?),
        }),
        "gcp-service-account-key" => service_account_key(job.text("serviceAccountEmail"))?,
        "litellm-api-key" => json!({ "apiKey": format!("sk-{}", text(URL_SAFE, 22)?) }),
        "mongodb-credentials"
        | "mssql-credentials"
        | "mysql-credentials"
        | "oracledb-credentials"
        | "postgres-credentials" => json!({ "username": turn(job), "password": password(job)? }),
        "okta-client-secret" => json!({
            "clientId": job.text("clientId"),
            "clientSecret": text(URL_SAFE, 64)?,
            "secretId": format!("ocs{}", text(ALPHANUMERIC, 17)?),
        }),
        "open-router-api-key" => {
            let key = format!("sk-or-v1-{}", text(HEX, 64)?);
            json!({ "keyHash": sha256(&key), "apiKey": key })
        }
        "openai-service-account" => json!({
            "apiKey": format!("sk-svcacct-{}", text(URL_SAFE, 156)?),
            "serviceAccountId": format!("user-{}", text(ALPHANUMERIC, 24)?),
        }),
        "redis-credentials" => json!({ "username": user_name()?, "password": password(job)? }),
        "salesforce-oauth-credentials" => json!({
            "consumerKey": format!("3MVG9{}", text(ALPHANUMERIC, 80)?),
            "consumerSecret": text("0123456789ABCDEF", 64)?,
            "stagedCredentialUrl": format!(
                "/services/data/v65.0/apps/oauth/credentials/{}/staged/{}",
                job.text("appId"),
                text(ALPHANUMERIC, 18)?
            ),
        }),
        "snowflake-user-key-pair" => key_pair(job)?,
        "stripe-api-key" => json!({
            "keyId": format!("mk_1{}", text(ALPHANUMERIC, 23)?),
            "apiKey": format!("rk_test_51{}", text(ALPHANUMERIC, 97)?),
        }),
        "supabase-api-key" => json!({
            "apiKey": format!("sb_{}_{}", job.text("keyType"), text(URL_SAFE, 31)?),
            "keyId": uuid()?,
        }),
        _ => described(job)?,
    })
}

/// Makes a credential by what the kind's schema document says of its parts: a parameter of the same name is repeated, a
/// password keeps to the requirements, and all else is random.
fn described(job: &Job<'_>) -> Result<Value, ThirdPartyError> {
    let unknown = || ThirdPartyError::Other(format!("no third party serves {}", job.kind));
    let facts = validation::kinds().get(job.kind).ok_or_else(unknown)?;
    let mut credential = Map::new();
    for field in &facts.generated {
        let value = match job.parameters.get(&field.name) {
            Some(parameter) if !field.is_secret => parameter.clone(),
            _ if field.name == "password" => password(job)?.into(),
            _ if field.is_number => (random::below(900_000_000_000)? as u64).into(),
            _ => random::text(URL_SAFE, if field.is_secret { 64 } else { 20 })?.into(),
        };
        credential.insert(field.name.clone(), value);
    }
    Ok(Value::Object(credential))
}

/// Makes a password by the requirements of the rotation.
pub(super) fn password(job: &Job<'_>) -> Result<String, ThirdPartyError> {
    Requirements::of(job.kind, job.parameters).generate()
}

/// Makes the name of a user that the rotation itself creates.
pub(super) fn user_name() -> Result<String, ThirdPartyError> {
    random::text(ALPHANUMERIC, 32)
}

/// The user whose turn it is: the first for slot 0, the second for slot 1.
pub(super) fn turn<'a>(job: &Job<'a>) -> &'a str {
    job.text(if job.slot == 0 { "username1" } else { "username2" })
}

/// Writes bytes as lower-case hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let symbols: Vec<char> = HEX.chars().collect();
    let digits = bytes.iter().flat_map(|byte| [usize::from(byte >> 4), usize::from(byte & 15)]);
    digits.filter_map(|digit| symbols.get(digit)).collect()
}

fn sha256(text: &str) -> String {
    hexadecimal(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn uuid() -> Result<String, ThirdPartyError> {
    let bytes = random::bytes(16)?;
    let bytes = <[u8; 16]>::try_from(bytes.as_slice()).unwrap_or_default();
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
}

fn service_account_key(email: &str) -> Result<Value, ThirdPartyError> {
    let key_id = random::text(HEX, 40)?;
    let project = email.split_once('@').map_or("", |(_, domain)| domain).split('.').next().unwrap_or_default();
    let [private_key, _] = rsa_key(2048)?;
    let key = json!({
        "type": "service_account",
        "project_id": project,
        "private_key_id": key_id,
        "private_key": private_key,
        "client_email": email,
        "client_id": random::text(DIGITS, 21)?,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": "https://oauth2.googleapis.com/token",
        "universe_domain": "googleapis.com",
    });
    Ok(json!({ "keyId": key_id, "serviceAccountKey": key.to_string() }))
}

fn key_pair(job: &Job<'_>) -> Result<Value, ThirdPartyError> {
    let bits = match job.parameters.get("modulusLength").and_then(Value::as_u64) {
        Some(4096) => 4096,
        _ => 2048,
    };
    let [private_key, public_key] = rsa_key(bits)?;
    Ok(json!({ "privateKey": private_key, "publicKey": public_key }))
}

/// Makes the PEM texts of an RSA key pair whose numbers have the right sizes but are random: every tool can read it,
/// nobody can sign with it. A real key would cost seconds of computing on each rotation.
fn rsa_key(bits: usize) -> Result<[String; 2], ThirdPartyError> {
    let full = bits / 8;
    let modulus = number(full)?;
    let exponent = der(0x02, &[1, 0, 1]);
    let algorithm = der(0x30, &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00]);

    let mut private = vec![der(0x02, &[0]), modulus.clone(), exponent.clone(), number(full)?];
    for _ in 0..5 {
        private.push(number(full / 2)?);
    }
    let private = der(0x04, &der(0x30, &private.concat()));
    let private = der(0x30, &[der(0x02, &[0]), algorithm.clone(), private].concat());

    let public = der(0x30, &[modulus, exponent].concat());
    let public = der(0x03, &[vec![0], public].concat());
    let public = der(0x30, &[algorithm, public].concat());
    Ok([pem("PRIVATE KEY", &private), pem("PUBLIC KEY", &public)])
}

/// A random odd DER integer of exactly this many bytes.
fn number(length: usize) -> Result<Vec<u8>, ThirdPartyError> {
    let mut bytes = random::bytes(length)?;
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    // A leading zero keeps the number positive.
    bytes.insert(0, 0);
    Ok(der(0x02, &bytes))
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut encoded = vec![tag];
    match significant.as_slice() {
        [] => encoded.push(0),
        [short @ 0..=127] => encoded.push(*short),
        long => {
            encoded.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
            encoded.extend(long);
        }
    }
    encoded.extend(content);
    encoded
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let mut pem = format!("-----BEGIN {label}-----\n");
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, next) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = next;
    }
    pem + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::clock::Moment;

    fn issue(kind: &str, parameters: &Value) -> Value {
        credential(&Job {
            kind,
            app: "",
            connection_id: "",
            connection: &Value::Null,
            parameters,
            temporary: None,
            slots: &[],
            slot: 0,
            now: Moment::from_milliseconds(0),
        })
        .unwrap()
    }

    #[test]
    fn every_kind_has_its_fields_and_no_two_credentials_are_equal() {
        let parameters = json!({
            "clientId": "client", "username": "user", "username1": "one", "username2": "two", "dn": "cn=x",
            "namePrefix": "prefix", "tokenName": "token", "keyType": "publishable", "appId": "app",
            "serviceAccountEmail": "robot@project.iam.gserviceaccount.com",
        });
        for (kind, facts) in validation::kinds() {
            let one = issue(kind, &parameters);
            let names: BTreeSet<&str> = one.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(names, facts.generated.iter().map(|field| field.name.as_str()).collect(), "{kind}");
            for field in &facts.generated {
                let value = &one[&field.name];
                let filled = value.as_str().is_some_and(|text| !text.is_empty());
                assert!(if field.is_number { value.is_number() } else { filled }, "{kind}.{}: {value}", field.name);
            }
            assert_ne!(one, issue(kind, &parameters), "{kind}");
        }
    }

    #[test]
    fn what_the_parameters_name_is_in_the_credential() {
        assert_eq!(issue("postgres-credentials", &json!({ "username1": "one" }))["username"], "one");
        let key = issue("supabase-api-key", &json!({ "keyType": "secret" }));
        assert!(key["apiKey"].as_str().unwrap().starts_with("sb_secret_"));
        let key = issue("gcp-service-account-key", &json!({ "serviceAccountEmail": "r@p1.iam.gserviceaccount.com" }));
        let text: Value = serde_json::from_str(key["serviceAccountKey"].as_str().unwrap()).unwrap();
        assert_eq!((&text["project_id"], &text["private_key_id"]), (&json!("p1"), &key["keyId"]));
    }

    #[test]
    fn a_key_pair_is_readable_as_der() {
        let pair = issue("snowflake-user-key-pair", &json!({ "modulusLength": 4096 }));
        let pem = pair["publicKey"].as_str().unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = BASE64.decode(body).unwrap();
        // SEQUENCE with a two-byte length that covers the rest, a 4096 bit modulus inside.
        assert_eq!(der[..2], [0x30, 0x82]);
        assert_eq!(usize::from(der[2]) << 8 | usize::from(der[3]), der.len() - 4);
        assert!(der.len() > 512 && der.len() < 560, "{}", der.len());
        assert!(pair["privateKey"].as_str().unwrap().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    }
}
