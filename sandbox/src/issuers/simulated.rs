//! The simulated third party: issues plausible, unique credentials and keeps to the rules by which each kind's
//! credentials live and die. It has room for everything and knows every user: limits and missing objects at a third
//! party are injected as faults.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::registry::{Issued, Owner, Registry, Standing};
use super::{Job, Retirement, ThirdPartyError, shapes};
use crate::validation;

/// How the credentials of a kind live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// One principal with one password or secret: a new one ends the old one at once.
    OneSecret,
    /// Two existing users that take turns: creation sets both passwords, a rotation that of the inactive user.
    TwoUsers,
    /// A user with room for two keys: where both places are taken the oldest key goes first, whoever made it.
    TwoKeys,
    /// Keys of their own, of which the newest two are kept.
    Slots(Retirement),
}

/// Says how the credentials of a kind live; `None` for a kind that does not exist.
///
/// What is not named here follows from the kind's schema document: one secret where there is one phase, else keys of which
/// the overwritten one is deleted before the new one is stored.
pub(super) fn life(kind: &str) -> Option<Life> {
    Some(match kind {
        "mongodb-credentials"
        | "mssql-credentials"
        | "mysql-credentials"
        | "oracledb-credentials"
        | "postgres-credentials" => Life::TwoUsers,
        "aws-iam-user-secret" => Life::TwoKeys,
        "cloudflare-api-token"
        | "litellm-api-key"
        | "open-router-api-key"
        | "openai-service-account"
        | "supabase-api-key" => Life::Slots(Retirement::AfterStore),
        "cloudflare-r2-access-key"
        | "convex-access-key"
        | "datadog-api-key"
        | "datadog-application-key-secret"
        | "fireworks-api-key" => Life::Slots(Retirement::AfterStoreUnreported),
        _ if validation::kinds().get(kind)?.dual_phase => Life::Slots(Retirement::BeforeStore),
        _ => Life::OneSecret,
    })
}

/// The simulated third party and its memory.
#[derive(Debug, Default)]
pub(super) struct Simulated {
    registry: Mutex<Registry>,
}

impl Simulated {
    pub(super) fn issue(&self, job: &Job<'_>) -> Result<Value, ThirdPartyError> {
        let life = life(job.kind).ok_or_else(|| unknown(job.kind))?;
        let credential = shapes::credential(job)?;
        let whose = owner(job, principal(job.kind, &credential));
        let mut registry = self.registry();
        match life {
            Life::OneSecret => registry.end_oldest(&whose, 0, Standing::Replaced, job.now),
            Life::TwoUsers => {
                registry.end_oldest(&whose, 0, Standing::Replaced, job.now);
                if job.is_create() {
                    let second = owner(job, Some(job.text("username2")));
                    registry.end_oldest(&second, 0, Standing::Replaced, job.now);
                }
            }
            Life::TwoKeys => registry.end_oldest(&whose, 1, Standing::Retired, job.now),
            Life::Slots(Retirement::BeforeStore) => {
                if let Some(overwritten) = job.overwritten() {
                    registry.end(job.kind, overwritten, Standing::Retired, job.now);
                }
            }
            Life::Slots(_) => {}
        }
        registry.add(&whose, &credential, job.now);
        Ok(credential)
    }

    pub(super) fn retire(&self, job: &Job<'_>, credential: &Value) {
        if matches!(life(job.kind), Some(Life::Slots(_))) {
            self.registry().end(job.kind, credential, Standing::Retired, job.now);
        }
    }

    pub(super) fn revoke(&self, job: &Job<'_>, credentials: &[Value]) -> Result<(), ThirdPartyError> {
        let life = life(job.kind).ok_or_else(|| unknown(job.kind))?;
        let mut registry = self.registry();
        for credential in credentials {
            match life {
                // A random password that nobody stores takes the place of whatever the principal has.
                Life::OneSecret | Life::TwoUsers => {
                    let whose = owner(job, principal(job.kind, credential));
                    registry.end_oldest(&whose, 0, Standing::Revoked, job.now);
                }
                Life::TwoKeys | Life::Slots(_) => registry.end(job.kind, credential, Standing::Revoked, job.now),
            }
        }
        Ok(())
    }

    pub(super) fn issued(&self) -> Vec<Issued> {
        self.registry().all()
    }

    pub(super) fn accepts(&self, kind: &str, credential: &Value) -> bool {
        self.registry().accepts(kind, credential)
    }

    pub(super) fn restore(&self, issued: Vec<Issued>) {
        self.registry().restore(issued);
    }

    fn registry(&self) -> MutexGuard<'_, Registry> {
        // Every change of the registry is complete by itself, so a panic elsewhere leaves nothing half-done.
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose credential this is, for the kinds whose credentials belong to a user, an application or an account.
fn principal<'a>(kind: &str, credential: &'a Value) -> Option<&'a str> {
    let field = match kind {
        "auth0-client-secret" => "clientId",
        "ldap-password" => "dn",
        _ => "username",
    };
    match life(kind)? {
        Life::OneSecret | Life::TwoUsers => credential.get(field)?.as_str(),
        Life::TwoKeys | Life::Slots(_) => None,
    }
}

fn owner(job: &Job<'_>, principal: Option<&str>) -> Owner {
    // The key pair of an AWS user doesn't name the user; the parameters do.
    let principal = principal.unwrap_or_else(|| job.text("userName"));
    (job.kind.to_owned(), job.connection_id.to_owned(), principal.to_owned())
}

fn unknown(kind: &str) -> ThirdPartyError {
    ThirdPartyError::Other(format!("no third party serves {kind}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Moment;

    /// Plays the server: keeps the slots of one rotation and turns them.
    struct Rotation<'a> {
        third_party: &'a Simulated,
        kind: &'a str,
        parameters: Value,
        slots: Vec<Value>,
        active: usize,
    }

    impl<'a> Rotation<'a> {
        fn create(third_party: &'a Simulated, kind: &'a str, parameters: Value) -> Self {
            let mut rotation = Self { third_party, kind, parameters, slots: Vec::new(), active: 0 };
            let first = third_party.issue(&rotation.job(0)).unwrap();
            rotation.slots.push(first);
            rotation
        }

        fn job(&self, slot: usize) -> Job<'_> {
            Job {
                kind: self.kind,
                app: "app",
                connection_id: "connection",
                connection: &Value::Null,
                parameters: &self.parameters,
                temporary: None,
                slots: &self.slots,
                slot,
                now: Moment::from_milliseconds(0),
            }
        }

        fn rotate(&mut self) {
            let slot = (self.active + 1) % 2;
            let new = self.third_party.issue(&self.job(slot)).unwrap();
            let old = self.slots.get(slot).cloned();
            if let Some(old) = &old {
                self.third_party.retire(&self.job(slot), old);
            }
            if old.is_some() {
                self.slots[slot] = new;
            } else {
                self.slots.push(new);
            }
            self.active = slot;
        }

        fn accepted(&self, credential: &Value) -> bool {
            self.third_party.accepts(self.kind, credential)
        }
    }

    fn parameters() -> Value {
        json!({ "username1": "a", "username2": "b", "username": "u", "dn": "cn=x", "clientId": "c", "userName": "iam",
                "serviceAccountEmail": "s@p.iam.gserviceaccount.com", "keyType": "secret", "tokenName": "t" })
    }

    #[test]
    fn keys_live_for_two_rotations() {
        for kind in
            ["redis-credentials", "supabase-api-key", "datadog-api-key", "aws-iam-user-secret", "postgres-credentials"]
        {
            let third_party = Simulated::default();
            let mut rotation = Rotation::create(&third_party, kind, parameters());
            let mut history = vec![rotation.slots[0].clone()];
            for _ in 0..4 {
                rotation.rotate();
                history.push(rotation.slots[rotation.active].clone());
                let accepted: Vec<bool> = history.iter().map(|credential| rotation.accepted(credential)).collect();
                let expected: Vec<bool> = (0..history.len()).map(|age| age + 2 >= history.len()).collect();
                assert_eq!(accepted, expected, "{kind}");
            }
        }
    }

    #[test]
    fn a_single_secret_ends_with_its_successor() {
        for kind in ["auth0-client-secret", "ldap-password", "unix-linux-local-account"] {
            let third_party = Simulated::default();
            let mut rotation = Rotation::create(&third_party, kind, parameters());
            rotation.rotate();
            assert!(!rotation.accepted(&rotation.slots[0]), "{kind}");
            assert!(rotation.accepted(&rotation.slots[1]), "{kind}");
        }
    }

    #[test]
    fn two_users_take_turns_and_a_second_rotation_of_them_fights() {
        let third_party = Simulated::default();
        let mut first = Rotation::create(&third_party, "mysql-credentials", parameters());
        first.rotate();
        let users: Vec<_> = first.slots.iter().map(|slot| slot["username"].clone()).collect();
        assert_eq!(users, [json!("a"), json!("b")]);

        let second = Rotation::create(&third_party, "mysql-credentials", parameters());
        assert!(first.slots.iter().all(|slot| !first.accepted(slot)), "creation sets both passwords");
        assert!(second.accepted(&second.slots[0]));
    }

    #[test]
    fn revocation_ends_all_that_the_rotation_has() {
        for kind in ["redis-credentials", "postgres-credentials", "ldap-password", "aws-iam-user-secret"] {
            let third_party = Simulated::default();
            let mut rotation = Rotation::create(&third_party, kind, parameters());
            rotation.rotate();
            third_party.revoke(&rotation.job(0), &rotation.slots).unwrap();
            assert!(third_party.issued().iter().all(|entry| entry.standing != Standing::Valid), "{kind}");
        }
    }

    #[test]
    fn every_kind_lives_in_the_phases_that_it_should() {
        for (kind, facts) in validation::kinds() {
            let has_one_secret = life(kind) == Some(Life::OneSecret);
            assert!(life(kind).is_some() && has_one_secret != facts.dual_phase, "{kind}");
        }
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        let third_party = Simulated::default();
        let rotation =
            Rotation { third_party: &third_party, kind: "x", parameters: json!({}), slots: vec![], active: 0 };
        assert!(third_party.issue(&rotation.job(0)).is_err());
    }
}
