//! What the plan of a creation says of what the server would refuse, and what a folder that can't be made leads to.

use serde_json::{Value as Json, json};
use terraform_provider_infisical::terraform::{Diagnostics, Provider as _};

use super::asking::{CONNECTION, POSTGRES, PROJECT, applied, asked, config, found, of, planned, refused, resource};
use super::server::Server;
use super::{ID, Message};

/// A part of the server that is not as a creation needs it.
type Flaw = (&'static str, u16, Json);

/// Every finding, and the folder.
pub(super) async fn all(server: &Server) -> Vec<Message> {
    let connection =
        |project: Option<&str>| json!({ "id": CONNECTION, "name": "orders", "app": "postgres", "projectId": project });
    let secret = |name: &str, rotation: Option<&str>| json!({ "id": "s", "secretKey": name, "secretPath": "/orders", "rotationId": rotation, "isRotatedSecret": rotation.is_some() });
    let available = "/api/v1/app-connections/postgres/available";
    let by_id = "/api/v1/app-connections/postgres/3c90c3cc-0d44-4b50-8888-8dd25736052a";
    let none = json!({ "appConnections": [] });
    let body = |status: u16, name: &str, message: &str| {
        refused(status, name, message).map(|(_, body)| body).unwrap_or_default()
    };
    let flaws: Vec<Vec<Flaw>> = vec![
        vec![("/api/v2/secret-rotations/options", 200, json!({ "secretRotationOptions": [] }))],
        vec![(
            "/api/v2/secret-rotations/options",
            404,
            json!({ "message": "Route not found", "error": "Not Found", "statusCode": 404 }),
        )],
        vec![(available, 200, none.clone()), (by_id, 404, body(404, "NotFound", "Could not find App Connection"))],
        vec![
            (available, 200, none.clone()),
            (by_id, 400, body(400, "BadRequest", "Connection is not for App \"postgres\"")),
        ],
        vec![
            (available, 200, none.clone()),
            (by_id, 403, body(403, "PermissionDenied", "You are not allowed to read")),
        ],
        vec![(available, 200, none), (by_id, 200, json!({ "appConnection": connection(Some("another-project")) }))],
        vec![("/api/v1/projects/9f1c2d3e-4b5a-4c6d-8e7f-0a1b2c3d4e5f", 200, project(&["dev"]))],
        vec![("/api/v2/folders", 200, json!({ "folders": [] }))],
        vec![(
            "/api/v2/secret-rotations",
            200,
            json!({ "secretRotations": [found(&json!({})).map(|(_, body)| body["secretRotation"].clone())] }),
        )],
        vec![(
            "/api/v4/secrets",
            200,
            json!({ "secrets": [secret("ORDERS_DB_USERNAME", Some(ID)), secret("ORDERS_DB_PASSWORD", None)] }),
        )],
        vec![(
            "/api/v4/secrets",
            500,
            json!({ "reqId": "req-1", "statusCode": 500, "error": "InternalServerError", "message": "Something went wrong" }),
        )],
    ];
    let mut told: Vec<Diagnostics> = Vec::new();
    for flaw in flaws {
        let usable = json!({ "appConnections": [connection(None)] });
        server.play(move |_, path| {
            let flawed =
                flaw.iter().find(|(route, ..)| *route == path).map(|(_, status, body)| (*status, body.clone()));
            flawed.or_else(|| good(path, &usable))
        });
        let provider = asked(server, "warn");
        let Some(resource) = resource(&provider, POSTGRES) else { continue };
        told.push(planned(resource.as_ref(), &Json::Null, &config(&json!({}))).await);
    }
    server.play(|method, path| match (method, path) {
        ("POST", "/api/v2/folders") => {
            refused(404, "NotFound", "Environment with slug 'prod' in project with ID 'p' not found")
        }
        _ => found(&json!({})),
    });
    let provider = asked(server, "off");
    if let Some(resource) = resource(&provider, POSTGRES) {
        told.push(applied(resource.as_ref(), &Json::Null, &config(&json!({ "create_folder": true }))).await);
    }
    let bad_mode = json!({ "preflight": "Warn" });
    told.push(provider.validate(&super::asking::value(provider.schema(), &bad_mode)));
    of(told)
}

fn project(environments: &[&str]) -> Json {
    let environments: Vec<Json> =
        environments.iter().map(|slug| json!({ "id": slug, "name": slug, "slug": slug })).collect();
    json!({ "project": { "id": PROJECT, "name": "Orders", "slug": "orders", "environments": environments } })
}

/// A server on which the creation would succeed.
fn good(path: &str, usable: &Json) -> Option<(u16, Json)> {
    let body = match path {
        "/api/v2/secret-rotations/options" => {
            json!({ "secretRotationOptions": [{ "name": "PostgreSQL", "type": "postgres-credentials", "connection": "postgres" }] })
        }
        "/api/v2/secret-rotations" => json!({ "secretRotations": [] }),
        "/api/v2/folders" => {
            json!({ "folders": [{ "id": "f", "name": "orders", "path": "/orders", "relativePath": "/orders" }] })
        }
        "/api/v4/secrets" => json!({ "secrets": [] }),
        path if path.ends_with("/available") => usable.clone(),
        path if path.contains("/projects/") => project(&["dev", "prod"]),
        _ => return None,
    };
    Some((200, body))
}
