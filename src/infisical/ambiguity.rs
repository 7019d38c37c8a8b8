//! Calls that must not be made twice, after an attempt without a conclusive answer: what the server shows afterwards
//! tells whether it was done.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::client::{Client, Failed, Fate};
use super::look::{Look, Seen};
use super::outcome::{Created, Deleted};
use super::waiting::{self, BackOff};
use super::{Error, NewRotation, Rotation};

/// How long the server may go on with a request whose client has left.
const GOES_ON_FOR: Duration = Duration::from_secs(60);

/// How long a last look may take once the user has stopped.
const LAST_LOOK: Duration = Duration::from_millis(700);

/// By how much the server's `Date`, which counts whole seconds, and its stored times may differ.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(2);

/// What looking at the server gave in the end.
enum Settled<T> {
    /// It is certain what happened.
    Known(Result<T, Error>),
    /// The server has ended its work and shows no effect.
    NoEffect,
    /// It shows no effect so far, and may yet.
    Unknown,
}

impl Client {
    /// Decides what became of a creation that `failed`.
    pub(super) async fn settle_create(
        &self,
        stop: &CancellationToken,
        kind: &str,
        new: &NewRotation,
        begun: Instant,
        failed: Failed,
    ) -> Result<Created, Error> {
        let finished = match failed.fate {
            Fate::NotDone if may_have_stored(&failed.error) => true,
            Fate::NotDone => return Err(failed.error),
            Fate::Unknown { finished } => finished,
        };
        let look = Look::Name {
            kind,
            project_id: &new.project_id,
            environment: &new.environment,
            secret_path: &new.secret_path,
            name: new.name.trim(),
        };
        let cause = Arc::new(failed.error);
        let ambiguous = |id, difference| Error::AmbiguousCreate {
            kind: kind.to_owned(),
            name: new.name.clone(),
            id,
            difference,
            cause: cause.clone(),
        };
        let settled = self
            .settle(stop, &look, finished, |seen| {
                let seen = seen?;
                Some(match difference(new, begun, &seen) {
                    None => Ok(Created { rotation: seen.rotation, adopted: true }),
                    Some(difference) => Err(ambiguous(Some(seen.rotation.id), Some(difference.to_owned()))),
                })
            })
            .await;
        match settled {
            Settled::Known(outcome) => outcome,
            Settled::NoEffect => Err(Error::clone(&cause)),
            Settled::Unknown => Err(ambiguous(None, None)),
        }
    }

    /// Decides what became of a rotation that `failed`.
    pub(super) async fn settle_rotate(
        &self,
        stop: &CancellationToken,
        kind: &str,
        before: &Rotation,
        failed: Failed,
    ) -> Result<Rotation, Error> {
        let Fate::Unknown { finished } = failed.fate else { return Err(failed.error) };
        let cause = Arc::new(failed.error);
        let settled = self
            .settle(stop, &Look::Id { kind, id: &before.id }, finished, |seen| {
                let now = seen?.rotation;
                if now.last_rotated_at != before.last_rotated_at || now.active_index != before.active_index {
                    return Some(Ok(now));
                }
                // It was tried and failed; nothing is going on any more.
                (now.last_rotation_attempted_at != before.last_rotation_attempted_at).then(|| {
                    Err(match cause.failure() {
                        Some(_) => Error::clone(&cause),
                        None => Error::RotationFailed { id: now.id, message: now.last_rotation_message },
                    })
                })
            })
            .await;
        match settled {
            Settled::Known(outcome) => outcome,
            Settled::NoEffect => Err(Error::clone(&cause)),
            Settled::Unknown => Err(Error::AmbiguousRotate { id: before.id.clone(), cause }),
        }
    }

    /// Decides what became of a deletion with revocation that `failed`.
    pub(super) async fn settle_delete(
        &self,
        stop: &CancellationToken,
        kind: &str,
        id: &str,
        failed: Failed,
    ) -> Result<Deleted, Error> {
        let Fate::Unknown { finished } = failed.fate else { return Err(failed.error) };
        let look = Look::Id { kind, id };
        let gone = |seen: Option<Seen>| seen.is_none().then_some(Ok(Deleted::Done));
        match self.settle(stop, &look, finished, gone).await {
            Settled::Known(outcome) => outcome,
            Settled::NoEffect => Err(failed.error),
            Settled::Unknown => Err(Error::AmbiguousDelete { id: id.to_owned(), cause: Arc::new(failed.error) }),
        }
    }

    /// Looks again and again, at most for as long as the server may go on, until `judge` is certain.
    async fn settle<T>(
        &self,
        stop: &CancellationToken,
        look: &Look<'_>,
        finished: bool,
        judge: impl Fn(Option<Seen>) -> Option<Result<T, Error>>,
    ) -> Settled<T> {
        let limit = GOES_ON_FOR.min(self.settings().max_retry_wait);
        let deadline = Instant::now() + limit;
        let mut back_off = BackOff::new(limit, u32::MAX);
        loop {
            match self.look_even_if_stopped(stop, look).await {
                Ok(seen) => {
                    if let Some(outcome) = judge(seen) {
                        return Settled::Known(outcome);
                    }
                    if finished {
                        return Settled::NoEffect;
                    }
                }
                Err(error) if error.is_transient() => {}
                Err(_) => return Settled::Unknown,
            }
            let Some(wait) = back_off.next(None).filter(|_| Instant::now() < deadline) else {
                return Settled::Unknown;
            };
            waiting::tell(wait, "it isn't certain yet whether the last request was done");
            // After a stop the next look is the last one.
            if stop.is_cancelled() || waiting::wait_until(stop, Instant::now() + wait).await.is_err() {
                return match self.look_even_if_stopped(stop, look).await {
                    Ok(seen) => judge(seen).map_or(Settled::Unknown, Settled::Known),
                    Err(_) => Settled::Unknown,
                };
            }
        }
    }

    /// Looks; if the user has stopped or stops meanwhile, once more and briefly, for the truth belongs into the state.
    async fn look_even_if_stopped(&self, stop: &CancellationToken, look: &Look<'_>) -> Result<Option<Seen>, Error> {
        if !stop.is_cancelled() {
            match self.look(stop, look).await {
                Err(error) if error.is_stopped() && stop.is_cancelled() => {}
                outcome => return outcome,
            }
        }
        let own = CancellationToken::new();
        tokio::time::timeout(LAST_LOOK, self.look(&own, look)).await.unwrap_or(Err(Error::Stopped))
    }
}

/// Whether a refusal may come from work that follows the storing: the server reports that like a failed third party.
fn may_have_stored(error: &Error) -> bool {
    matches!(error, Error::BadRequest(failure) if failure.message.starts_with("Infisical encountered an issue"))
}

/// What speaks against `seen` being the rotation that was asked for by `new` since `begun`.
fn difference(new: &NewRotation, begun: Instant, seen: &Seen) -> Option<&'static str> {
    let rotation = &seen.rotation;
    if rotation.connection.id != new.connection_id {
        return Some("its connection is another one");
    }
    if !is_stored_form(&new.parameters, &rotation.parameters) {
        return Some("its parameters are others");
    }
    if !is_stored_form(&new.secrets_mapping, &rotation.secrets_mapping) {
        return Some("its secrets mapping is another one");
    }
    let Some(server_time) = seen.server_time else {
        return Some("the server doesn't tell its time, so that it may have existed before");
    };
    let ago = seen.at.saturating_duration_since(begun) + CLOCK_TOLERANCE;
    let Ok(created) = rotation.created_at.parse::<Timestamp>() else {
        return Some("it isn't known when it was created");
    };
    match server_time.checked_sub(ago) {
        Ok(earliest) if created >= earliest => None,
        _ => Some("it existed before"),
    }
}

/// Whether `stored` is what the server makes of `sent`: texts trimmed, repeated items of some arrays removed, and what
/// was left out filled in.
fn is_stored_form(sent: &Value, stored: &Value) -> bool {
    match (sent, stored) {
        (Value::String(sent), Value::String(stored)) => sent.trim() == stored.trim(),
        (Value::Number(sent), Value::Number(stored)) => sent == stored || sent.as_f64() == stored.as_f64(),
        (Value::Array(sent), Value::Array(stored)) => {
            are_stored_form(sent.iter(), stored) || are_stored_form(without_repetition(sent).into_iter(), stored)
        }
        (Value::Object(sent), Value::Object(stored)) => {
            sent.iter().all(|(key, sent)| is_stored_form(sent, stored.get(key).unwrap_or(&Value::Null)))
        }
        (sent, stored) => sent == stored,
    }
}

fn are_stored_form<'a>(sent: impl ExactSizeIterator<Item = &'a Value>, stored: &[Value]) -> bool {
    sent.len() == stored.len() && sent.zip(stored).all(|(sent, stored)| is_stored_form(sent, stored))
}

fn without_repetition(items: &[Value]) -> Vec<&Value> {
    let mut first: Vec<&Value> = Vec::new();
    for item in items {
        if !first.contains(&item) {
            first.push(item);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_stored_form;

    #[test]
    fn the_stored_form_is_recognised() {
        for (sent, stored, same) in [
            (json!({"a": " x "}), json!({"a": "x", "b": 1}), true),
            (json!({"a": null}), json!({}), true),
            (json!({"a": 1.0}), json!({"a": 1}), true),
            (json!({"a": [1, "b "]}), json!({"a": [1, "b"]}), true),
            (json!({"a": ["x", "y", "x"]}), json!({"a": ["x", "y"]}), true),
            (json!({"a": ["x", "y", "x"]}), json!({"a": ["x", "y", "x"]}), true),
            (json!({"a": [1]}), json!({"a": [1, 2]}), false),
            (json!({"a": "x"}), json!({"a": "y"}), false),
            (json!({"a": "x"}), json!({}), false),
            (json!({"a": true}), json!({"a": "true"}), false),
        ] {
            assert_eq!(is_stored_form(&sent, &stored), same, "{sent} {stored}");
        }
    }
}
