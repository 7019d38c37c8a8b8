//! The routes of the control API.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode, Uri};
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::find_project;
use super::{Document, PREFIX, Refusal, read, show};
use crate::clock::Moment;
use crate::core::Core;
use crate::faults::Fault;
use crate::rate_limit::RateLimits;
use crate::rotation::schedule;
use crate::state::{AuthMethod, Identity, MethodKind, OrganizationRole, ProjectRole, Proof, State};
use crate::{seed, token};

/// What `GET /_sandbox` lists.
const ROUTES: [(&str, &str); 22] = [
    ("GET", "/health"),
    ("GET", "/state"),
    ("PUT", "/state"),
    ("DELETE", "/state"),
    ("POST", "/seed"),
    ("GET", "/demo"),
    ("POST", "/demo"),
    ("GET", "/clock"),
    ("POST", "/clock"),
    ("GET", "/requests"),
    ("DELETE", "/requests"),
    ("GET", "/faults"),
    ("POST", "/faults"),
    ("DELETE", "/faults"),
    ("DELETE", "/faults/{id}"),
    ("GET", "/third-party"),
    ("POST", "/third-party/check"),
    ("GET", "/switches"),
    ("POST", "/switches"),
    ("POST", "/tokens"),
    ("DELETE", "/tokens"),
    ("GET", ""),
];

pub(super) async fn route(core: &Arc<Core>, method: &Method, uri: &Uri, body: &[u8]) -> Result<Value, Refusal> {
    let path = uri.path().strip_prefix(PREFIX).unwrap_or_default().trim_end_matches('/');
    match (method.as_str(), path) {
        ("GET", "") => Ok(json!({ "routes": ROUTES.map(|(method, path)| format!("{method} {PREFIX}{path}")) })),
        ("GET", "/health") => Ok(health(core)),
        ("GET", "/state") => core.read(show),
        ("PUT", "/state") => Ok(replace_state(core, read(body)?)),
        ("DELETE", "/state") => Ok(replace_state(core, State::default())),
        ("POST", "/seed") => plant(core, read(body)?),
        ("GET", "/demo") => Ok(seed::facts()),
        ("POST", "/demo") => Ok(demo(core)),
        ("GET", "/clock") => Ok(clock(core)),
        ("POST", "/clock") => move_clock(core, &read(body)?).await,
        ("GET", "/requests") => requests(core, uri.query().unwrap_or_default()),
        ("DELETE", "/requests") => {
            core.requests.clear();
            Ok(json!({}))
        }
        ("GET", "/faults") => Ok(json!({ "faults": show(&core.faults.list())? })),
        ("POST", "/faults") => Ok(json!({ "id": core.faults.add(read::<Fault>(body)?) })),
        ("DELETE", "/faults") => {
            core.faults.clear();
            Ok(json!({}))
        }
        ("GET", "/third-party") => Ok(json!({ "issued": show(&core.third_parties.issued())? })),
        ("POST", "/third-party/check") => Ok(check(core, &read(body)?)),
        ("GET", "/switches") => switches(core),
        ("POST", "/switches") => switch(core, read(body)?),
        ("POST", "/tokens") => mint(core, &read(body)?),
        ("DELETE", "/tokens") => Ok(revoke_tokens(core)),
        ("DELETE", path) if path.starts_with("/faults/") => remove_fault(core, path),
        (method, path) => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            format!("there is no {method} {PREFIX}{path}; GET {PREFIX} lists the routes"),
        )),
    }
}

fn health(core: &Core) -> Value {
    json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "url": core.url,
        "now": core.clock.now(),
        "requests": core.requests.last(),
        "rotations": core.read(|state| state.rotations.len()),
    })
}

fn replace_state(core: &Core, replacement: State) -> Value {
    core.third_parties.restore(Vec::new());
    core.write(|state| *state = replacement);
    core.schedule_changed.notify_one();
    json!({})
}

fn plant(core: &Core, document: Document) -> Result<Value, Refusal> {
    let now = core.clock.now();
    show(&core.write(|state| document.plant(state, now))?)
}

fn demo(core: &Core) -> Value {
    let now = core.clock.now();
    core.write(|state| seed::plant(state, now));
    seed::facts()
}

fn clock(core: &Core) -> Value {
    json!({ "now": core.clock.now(), "isHeld": core.clock.is_held() })
}

/// A movement of the clock.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Movement {
    set: Option<Moment>,
    advance_seconds: u64,
    is_held: Option<bool>,
}

async fn move_clock(core: &Arc<Core>, movement: &Movement) -> Result<Value, Refusal> {
    let attempts = |core: &Core| -> BTreeMap<String, Moment> {
        core.read(|state| {
            let rotations = state.rotations.values();
            rotations.map(|rotation| (rotation.id.clone(), rotation.last_rotation_attempted_at)).collect()
        })
    };
    let before = attempts(core);
    let target = movement.set.unwrap_or_else(|| core.clock.now());
    let target = target.plus(Duration::from_secs(movement.advance_seconds));
    match movement.is_held {
        Some(true) => core.clock.hold(target),
        Some(false) => core.clock.run_from(target),
        None => core.clock.set(target),
    }
    schedule::run_due(core).await;
    let mut answer = clock(core);
    let after = attempts(core);
    let rotated = after.iter().filter(|(id, at)| before.get(*id).is_some_and(|earlier| earlier != *at));
    answer["rotated"] = rotated.map(|(id, _)| id.as_str()).collect();
    Ok(answer)
}

fn requests(core: &Core, query: &str) -> Result<Value, Refusal> {
    let since = match query.split('&').find_map(|pair| pair.strip_prefix("since=")) {
        Some(text) => text.parse().map_err(|_| Refusal::bad_request("since is not a number"))?,
        None => 0,
    };
    Ok(json!({ "requests": show(&core.requests.since(since))?, "last": core.requests.last() }))
}

fn remove_fault(core: &Core, path: &str) -> Result<Value, Refusal> {
    let id = path.rsplit('/').next().and_then(|id| id.parse().ok());
    if id.is_some_and(|id| core.faults.remove(id)) {
        Ok(json!({}))
    } else {
        Err(Refusal::new(StatusCode::NOT_FOUND, "there is no such fault (any more)"))
    }
}

/// A credential to try at the simulated third party.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Trial {
    kind: String,
    credential: Value,
}

fn check(core: &Core, trial: &Trial) -> Value {
    json!({ "isAccepted": core.third_parties.accepts(&trial.kind, &trial.credential) })
}

/// Changes of switches; what is absent stays as it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
struct Switches {
    secret_rotation: Option<bool>,
    enterprise_app_connections: Option<bool>,
    rate_limits: Option<Limits>,
    /// Identity to project (id or slug) to role; `null` ends the membership.
    roles: BTreeMap<String, BTreeMap<String, Option<ProjectRole>>>,
    /// Identity to role; `null` ends the membership.
    organization_roles: BTreeMap<String, Option<OrganizationRole>>,
}

/// Rate limits, in short or in full.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
enum Limits {
    /// Those of Cloud's free plan, or none.
    Usual(bool),
    /// These.
    These(RateLimits),
}

fn switch(core: &Core, wanted: Switches) -> Result<Value, Refusal> {
    core.write(|state| {
        let mut changed = state.clone();
        if let Some(allowed) = wanted.secret_rotation {
            changed.plan.secret_rotation = allowed;
        }
        if let Some(allowed) = wanted.enterprise_app_connections {
            changed.plan.enterprise_app_connections = allowed;
        }
        for (identity, roles) in wanted.roles {
            for (project, role) in roles {
                let project = find_project(&changed, &project)?;
                let projects = &mut find_identity(&mut changed, &identity)?.projects;
                match role {
                    Some(role) => projects.insert(project, role),
                    None => projects.remove(&project),
                };
            }
        }
        for (identity, role) in wanted.organization_roles {
            find_identity(&mut changed, &identity)?.organization_role = role;
        }
        *state = changed;
        Ok(())
    })?;
    match wanted.rate_limits {
        Some(Limits::Usual(on)) => core.limits.set(on.then(RateLimits::default)),
        Some(Limits::These(limits)) => core.limits.set(Some(limits)),
        None => {}
    }
    switches(core)
}

fn find_identity<'a>(state: &'a mut State, id: &str) -> Result<&'a mut Identity, Refusal> {
    state.identities.get_mut(id).ok_or_else(|| Refusal::bad_request(format!("there is no identity {id}")))
}

fn switches(core: &Core) -> Result<Value, Refusal> {
    let mut shown = core.read(|state| {
        let identities = state.identities.values();
        json!({
            "secretRotation": state.plan.secret_rotation,
            "enterpriseAppConnections": state.plan.enterprise_app_connections,
            "roles": identities.clone().map(|one| (one.id.clone(), json!(one.projects))).collect::<BTreeMap<_, _>>(),
            "organizationRoles":
                identities.map(|one| (one.id.clone(), json!(one.organization_role))).collect::<BTreeMap<_, _>>(),
        })
    });
    shown["rateLimits"] = show(&core.limits.limits())?;
    Ok(shown)
}

/// A token to be made.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Minting {
    identity_id: String,
    /// Life in seconds, instead of what the identity's token method says.
    ttl: Option<u64>,
}

/// Makes a token without a login, as the "token auth" of an identity does.
fn mint(core: &Core, minting: &Minting) -> Result<Value, Refusal> {
    let now = core.clock.now();
    core.write(|state| {
        let identity = find_identity(state, &minting.identity_id)?;
        let usual = identity.methods.get(&MethodKind::Token).cloned();
        let mut settings = usual.unwrap_or_else(|| AuthMethod::new(Proof::Given));
        if let Some(ttl) = minting.ttl {
            settings.access_token_ttl = ttl;
        }
        Ok(token::issue(state, &minting.identity_id, MethodKind::Token, &settings, now))
    })
}

fn revoke_tokens(core: &Core) -> Value {
    let revoked = core.write(|state| {
        let valid = state.tokens.values_mut().filter(|token| !token.revoked);
        valid.map(|token| token.revoked = true).count()
    });
    json!({ "revoked": revoked })
}
