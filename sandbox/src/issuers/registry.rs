//! What the simulated third party remembers: which credentials are valid, and the latest of those that ended.

use std::collections::{BTreeMap, HashMap, VecDeque};

use ring::digest;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock::Moment;
use crate::validation;

/// How many ended credentials are remembered: enough for any test, bounded for a sandbox that runs for weeks.
const REMEMBERED: usize = 2_000;

/// One credential that the simulated third party has issued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Issued {
    /// The slug of the kind that it was issued for.
    pub kind: String,
    /// The id of the app connection through which it was issued.
    pub connection_id: String,
    /// The user, application or account that it belongs to, where it does not stand for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The parts of the credential that are not secret.
    pub public: Map<String, Value>,
    /// A digest of the whole credential, to recognise it by.
    pub fingerprint: String,
    /// When it was issued, by the sandbox's clock.
    pub issued_at: Moment,
    /// Whether it would be accepted now, or why not.
    pub standing: Standing,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Moment>,
}

/// Whether a credential is accepted, or what ended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is accepted.
    Valid,
    /// A new credential of the same principal replaced it.
    Replaced,
    /// A rotation deleted it because its slot was overwritten.
    Retired,
    /// The deletion of its rotation revoked it.
    Revoked,
}

/// All credentials, found by what they are and by whose they are.
#[derive(Debug, Default)]
pub(super) struct Registry {
    next: u64,
    valid: BTreeMap<u64, Issued>,
    ended: VecDeque<Issued>,
    by_fingerprint: HashMap<String, u64>,
    by_principal: HashMap<Owner, Vec<u64>>,
}

/// Whose credentials: the kind, the connection and the principal.
pub(super) type Owner = (String, String, String);

impl Registry {
    /// Adds a valid credential.
    pub(super) fn add(&mut self, owner: &Owner, credential: &Value, now: Moment) {
        let (kind, connection_id, principal) = owner.clone();
        self.insert(Issued {
            fingerprint: fingerprint(&kind, credential),
            public: public(&kind, credential),
            kind,
            connection_id,
            principal: Some(principal).filter(|principal| !principal.is_empty()),
            issued_at: now,
            standing: Standing::Valid,
            ended_at: None,
        });
    }

    /// Ends one credential; does nothing if it is not valid any more.
    pub(super) fn end(&mut self, kind: &str, credential: &Value, standing: Standing, now: Moment) {
        if let Some(number) = self.by_fingerprint.get(&fingerprint(kind, credential)).copied() {
            self.end_number(number, standing, now);
        }
    }

    /// Ends the oldest credentials of an owner until at most `keep` are left.
    pub(super) fn end_oldest(&mut self, owner: &Owner, keep: usize, standing: Standing, now: Moment) {
        let numbers = self.by_principal.get(owner).cloned().unwrap_or_default();
        let surplus = numbers.len().saturating_sub(keep);
        for number in numbers.into_iter().take(surplus) {
            self.end_number(number, standing, now);
        }
    }

    pub(super) fn accepts(&self, kind: &str, credential: &Value) -> bool {
        self.by_fingerprint.contains_key(&fingerprint(kind, credential))
    }

    pub(super) fn all(&self) -> Vec<Issued> {
        self.ended.iter().chain(self.valid.values()).cloned().collect()
    }

    pub(super) fn restore(&mut self, issued: Vec<Issued>) {
        *self = Self::default();
        for entry in issued {
            if entry.standing == Standing::Valid {
                self.insert(entry);
            } else {
                self.ended.push_back(entry);
            }
        }
    }

    fn insert(&mut self, entry: Issued) {
        let number = self.next;
        self.next += 1;
        self.by_fingerprint.insert(entry.fingerprint.clone(), number);
        if let Some(owner) = owner(&entry) {
            self.by_principal.entry(owner).or_default().push(number);
        }
        self.valid.insert(number, entry);
    }

    fn end_number(&mut self, number: u64, standing: Standing, now: Moment) {
        let Some(mut entry) = self.valid.remove(&number) else { return };
        self.by_fingerprint.remove(&entry.fingerprint);
        if let Some(owner) = owner(&entry)
            && let Some(numbers) = self.by_principal.get_mut(&owner)
        {
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.by_principal.remove(&owner);
            }
        }
        entry.standing = standing;
        entry.ended_at = Some(now);
        if self.ended.len() == REMEMBERED {
            self.ended.pop_front();
        }
        self.ended.push_back(entry);
    }
}

fn owner(entry: &Issued) -> Option<Owner> {
    let principal = entry.principal.clone()?;
    Some((entry.kind.clone(), entry.connection_id.clone(), principal))
}

/// The fields of a credential that may be shown.
fn public(kind: &str, credential: &Value) -> Map<String, Value> {
    let fields = validation::kinds().get(kind).map(|facts| facts.generated.as_slice()).unwrap_or_default();
    let shown = fields.iter().filter(|field| !field.is_secret);
    shown.filter_map(|field| Some((field.name.clone(), credential.get(&field.name)?.clone()))).collect()
}

fn fingerprint(kind: &str, credential: &Value) -> String {
    let fields: BTreeMap<_, _> = credential.as_object().into_iter().flatten().collect();
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(kind.as_bytes());
    for (name, value) in fields {
        context.update(format!("\n{name}={value}").as_bytes());
    }
    super::shapes::hexadecimal(&context.finish().as_ref()[..16])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KIND: &str = "stripe-api-key";
    const NOW: Moment = Moment::from_milliseconds(0);

    fn owner(principal: &str) -> Owner {
        (KIND.to_owned(), "c".to_owned(), principal.to_owned())
    }

    #[test]
    fn an_ended_credential_is_not_accepted_and_says_why() {
        let mut registry = Registry::default();
        let credential = json!({ "keyId": "1", "apiKey": "s3cret" });
        registry.add(&owner(""), &credential, NOW);
        assert!(registry.accepts(KIND, &credential));
        assert!(!registry.accepts("other", &credential));

        registry.end(KIND, &credential, Standing::Retired, NOW);
        registry.end(KIND, &credential, Standing::Revoked, NOW);
        assert!(!registry.accepts(KIND, &credential));
        let all = registry.all();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].standing, Standing::Retired);
        assert_eq!(Value::Object(all[0].public.clone()), json!({ "keyId": "1" }));
    }

    #[test]
    fn the_oldest_of_an_owner_end_first() {
        let mut registry = Registry::default();
        for password in ["a", "b", "c"] {
            registry.add(&owner("user"), &json!({ "password": password }), NOW);
        }
        registry.add(&owner("another"), &json!({ "password": "d" }), NOW);
        registry.end_oldest(&owner("user"), 1, Standing::Replaced, NOW);
        let accepted = ["a", "b", "c", "d"].map(|password| registry.accepts(KIND, &json!({ "password": password })));
        assert_eq!(accepted, [false, false, true, true]);
    }

    #[test]
    fn what_ended_is_remembered_within_bounds() {
        let mut registry = Registry::default();
        for number in 0..REMEMBERED + 5 {
            let credential = json!({ "apiKey": number });
            registry.add(&owner(""), &credential, NOW);
            registry.end(KIND, &credential, Standing::Retired, NOW);
        }
        assert_eq!(registry.all().len(), REMEMBERED);
    }

    #[test]
    fn a_restored_registry_equals_the_saved_one() {
        let mut registry = Registry::default();
        registry.add(&owner("user"), &json!({ "password": "a" }), NOW);
        registry.add(&owner("user"), &json!({ "password": "b" }), NOW);
        registry.end_oldest(&owner("user"), 1, Standing::Replaced, NOW);

        let mut restored = Registry::default();
        restored.restore(registry.all());
        assert_eq!(restored.all(), registry.all());
        restored.end_oldest(&owner("user"), 0, Standing::Revoked, NOW);
        assert!(!restored.accepts(KIND, &json!({ "password": "b" })));
    }
}
