//! The faults of the matrix, by the names that the table gives them.

use std::collections::BTreeMap;

use infisical_sandbox::faults::{Call, Effect, Forbidden, Form, NotFound, Told};

use crate::server::Patience;

/// One fault, as it meets one request.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    /// What goes wrong at the server; nothing if the server can't be reached at all.
    pub(crate) effect: Option<Effect>,
    /// Whether it meets every request of the operation instead of the first.
    pub(crate) always: bool,
    /// How patient the provider is told to be.
    pub(crate) patience: Patience,
}

/// Longer than any test: whoever waits for it has lost.
const AN_HOUR: u64 = 3_600_000;

/// The time that requests are given where one is to time out.
const SHORT: u64 = 3;

/// The fault that the table calls so.
pub(crate) fn named(name: &str) -> Fault {
    // Where patience could not help, it is kept short.
    let brief =
        |effect| Fault { effect: Some(effect), always: false, patience: Patience { retry: 1, ..Patience::AMPLE } };
    let patient = |effect| Fault { patience: Patience::AMPLE, ..brief(effect) };
    let timing_out = |retry, effect| Fault { patience: Patience { request: SHORT, retry }, ..brief(effect) };
    let delay = |milliseconds, after_commit| Effect::Delay { milliseconds, after_commit };
    let limited = |seconds, told| Effect::RateLimited { seconds, told };
    let status = |status, after_commit| Effect::Status {
        status,
        message: None,
        body: None,
        headers: BTreeMap::new(),
        after_commit,
    };
    match name {
        "refused connection" => Fault { effect: None, ..brief(Effect::LockHeld) },
        "reset before commit" => brief(Effect::DropBeforeCommit),
        "reset after commit" => brief(Effect::DropAfterCommit),
        "time-out, never done" => timing_out(1, delay(AN_HOUR, false)),
        "time-out, done later" => timing_out(60, delay(SHORT * 1_000 + 300, false)),
        "time-out, done before" => timing_out(1, delay(AN_HOUR, true)),
        "slow body" => brief(Effect::Slow { bytes: 100, milliseconds: 1 }),
        "endless body" => timing_out(1, Effect::Slow { bytes: 1, milliseconds: AN_HOUR }),
        "truncated body" => brief(Effect::Truncate { bytes: None }),
        "HTML 502" => brief(Effect::Html { status: 502, after_commit: false }),
        "HTML 502, done" => brief(Effect::Html { status: 502, after_commit: true }),
        "500" => brief(status(500, false)),
        "500, done" => brief(status(500, true)),
        "503" => brief(status(503, false)),
        "503, always" => Fault { always: true, ..brief(status(503, false)) },
        "429, all headers" => patient(limited(1, Told::Everywhere)),
        "429, Retry-After" => patient(limited(1, Told::RetryAfter)),
        "429, reset header" => patient(limited(1, Told::Reset)),
        "429, message only" => patient(limited(1, Told::Message)),
        "429, nothing told" => patient(limited(1, Told::Nowhere)),
        "429, for an hour" => brief(limited(3_600, Told::Everywhere)),
        "token expired" => brief(Effect::TokenExpired),
        "token revoked" => brief(Effect::TokenRevoked),
        "token never right" => Fault { always: true, ..brief(Effect::TokenExpired) },
        "404 of the entity" => brief(Effect::NotFound(NotFound::Entity)),
        "404 of the route" => brief(Effect::NotFound(NotFound::Route)),
        "403 permission" => brief(Effect::Forbidden(Forbidden::Permission)),
        "403 membership" => brief(Effect::Forbidden(Forbidden::Membership)),
        "403 token" => brief(Effect::Forbidden(Forbidden::Token)),
        "422" => brief(Effect::Unprocessable { path: vec!["name".to_owned()], message: "Not today".to_owned() }),
        "third party refuses" => brief(third_party(Call::Issue)),
        "revocation refused" => brief(third_party(Call::Revoke)),
        "lock held" => brief(Effect::LockHeld),
        other => panic!("no fault is called {other:?}"),
    }
}

fn third_party(call: Call) -> Effect {
    Effect::ThirdParty { message: "The third party says no".to_owned(), form: Form::BadRequest, call }
}
