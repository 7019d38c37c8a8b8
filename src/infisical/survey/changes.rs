//! What this client itself has done since something was asked for: it is laid over every answer that may not know of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::shared::Moment;
use super::{Holder, Location, SecretHolder};
use crate::infisical::Rotation;

/// The writes of this client, each with the moment when it was over.
#[derive(Debug, Default)]
pub(super) struct Changes {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    rotations: BTreeMap<String, Change>,
    folders: BTreeMap<Location, Moment>,
}

/// What became of one rotation.
#[derive(Clone, Debug)]
struct Change {
    at: Moment,
    fate: Fate,
    /// Where it lies, or last lay; `None` if this client never saw it.
    written: Option<Written>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Exists,
    /// Deleted, and its secrets with it.
    GoneWithSecrets,
    /// Deleted; its secrets are ordinary ones now.
    Gone,
}

#[derive(Clone, Debug)]
struct Written {
    location: Location,
    kind: String,
    name: String,
    secrets: BTreeSet<String>,
}

impl Changes {
    /// The rotation was created or changed, and now is so.
    pub(super) fn wrote(&self, rotation: &Rotation, at: Moment) {
        let secrets = rotation.secrets_mapping.as_object().into_iter().flat_map(serde_json::Map::values);
        let written = Written {
            location: Location::new(&rotation.project_id, &rotation.environment.slug, &rotation.folder.path),
            kind: rotation.kind.clone(),
            name: rotation.name.clone(),
            secrets: secrets.filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        };
        let mut known = self.known();
        known.folders.insert(written.location.clone(), at);
        known.rotations.insert(rotation.id.clone(), Change { at, fate: Fate::Exists, written: Some(written) });
    }

    /// The rotation is gone.
    pub(super) fn deleted(&self, id: &str, with_secrets: bool, at: Moment) {
        let mut known = self.known();
        let written = known.rotations.remove(id).and_then(|change| change.written);
        let fate = if with_secrets { Fate::GoneWithSecrets } else { Fate::Gone };
        known.rotations.insert(id.to_owned(), Change { at, fate, written });
    }

    /// The folder exists, and so do all above it.
    pub(super) fn made(&self, folder: &Location, at: Moment) {
        let mut known = self.known();
        let mut path = folder.path.as_str();
        while !path.is_empty() {
            known.folders.insert(Location { path: path.to_owned(), ..folder.clone() }, at);
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }

    /// Whether the folder came into being after a question was sent.
    pub(super) fn has_made(&self, folder: &Location, began: Moment) -> bool {
        self.known().folders.get(folder).is_some_and(|at| *at > began)
    }

    /// Who has the name at the location, if `listed` has it by an answer that began at `began`.
    pub(super) fn holder(
        &self,
        location: &Location,
        name: &str,
        listed: Option<&Holder>,
        began: Moment,
    ) -> Option<Holder> {
        let known = self.known();
        let is_known = |holder: &&Holder| known.rotations.get(&holder.id).is_some_and(|change| change.at > began);
        let written = known.rotations.iter().filter(|(_, change)| change.at > began).find_map(|(id, change)| {
            let written = change.written.as_ref().filter(|_| change.fate == Fate::Exists)?;
            let is_meant = written.location == *location && written.name == name;
            is_meant.then(|| Holder { id: id.clone(), kind: written.kind.clone() })
        });
        written.or_else(|| listed.filter(|holder| !is_known(holder)).cloned())
    }

    /// The secrets of the location, if `listed` are there by an answer that began at `began`.
    pub(super) fn secrets(
        &self,
        location: &Location,
        listed: &BTreeMap<String, SecretHolder>,
        began: Moment,
    ) -> BTreeMap<String, SecretHolder> {
        let known = self.known();
        let mut secrets = BTreeMap::new();
        for (name, holder) in listed {
            let change = holder.rotation_id.as_ref().and_then(|id| known.rotations.get(id));
            match change.filter(|change| change.at > began).map(|change| change.fate) {
                None => drop(secrets.insert(name.clone(), holder.clone())),
                Some(Fate::Gone) => drop(secrets.insert(name.clone(), SecretHolder { rotation_id: None })),
                // Where it exists, its secrets follow below, by the names that they have now.
                Some(Fate::Exists | Fate::GoneWithSecrets) => {}
            }
        }
        for (id, change) in known.rotations.iter().filter(|(_, change)| change.at > began) {
            let Some(written) = change.written.as_ref().filter(|written| written.location == *location) else {
                continue;
            };
            let rotation_id = match change.fate {
                Fate::Exists => Some(id.clone()),
                Fate::Gone => None,
                Fate::GoneWithSecrets => continue,
            };
            for name in &written.secrets {
                secrets.insert(name.clone(), SecretHolder { rotation_id: rotation_id.clone() });
            }
        }
        secrets
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::shared::Order;
    use super::*;

    fn rotation(id: &str, name: &str, secret: &str) -> Rotation {
        serde_json::from_value(json!({
            "id": id, "name": name, "type": "redis-credentials", "parameters": {}, "secretsMapping": {"password": secret},
            "isAutoRotationEnabled": true, "activeIndex": 0, "projectId": "p", "createdAt": "t", "updatedAt": "t",
            "rotationInterval": 30, "connection": {"app": "redis", "name": "n", "id": "c"},
            "environment": {"id": "e", "name": "Production", "slug": "prod"}, "folder": {"id": "f", "path": "/orders"},
        }))
        .unwrap()
    }

    fn orders() -> Location {
        Location::new("p", "prod", "/orders/")
    }

    fn listed(secrets: &[(&str, Option<&str>)]) -> BTreeMap<String, SecretHolder> {
        let of = |id: &str| id.to_owned();
        secrets.iter().map(|(name, id)| ((*name).to_owned(), SecretHolder { rotation_id: id.map(of) })).collect()
    }

    #[test]
    fn what_was_created_is_there_for_who_asked_before_it() {
        let (order, changes) = (Order::default(), Changes::default());
        let before = order.next();
        changes.wrote(&rotation("i", "one", "PASSWORD"), order.next());
        let after = order.next();
        assert_eq!(changes.holder(&orders(), "one", None, before).unwrap().id, "i");
        assert_eq!(changes.secrets(&orders(), &listed(&[]), before), listed(&[("PASSWORD", Some("i"))]));
        assert!(changes.has_made(&orders(), before), "its folder is there as well");
        // An answer that was asked for later knows better.
        assert_eq!(changes.holder(&orders(), "one", None, after), None);
        assert_eq!(changes.secrets(&orders(), &listed(&[]), after), listed(&[]));
        assert!(!changes.has_made(&orders(), after));
        assert_eq!(changes.holder(&Location::new("p", "prod", "/"), "one", None, before), None);
    }

    #[test]
    fn what_was_renamed_has_left_its_names() {
        let (order, changes) = (Order::default(), Changes::default());
        let before = order.next();
        changes.wrote(&rotation("i", "new", "NEW"), order.next());
        let old = Holder { id: "i".to_owned(), kind: "redis-credentials".to_owned() };
        assert_eq!(changes.holder(&orders(), "old", Some(&old), before), None);
        let secrets = changes.secrets(&orders(), &listed(&[("OLD", Some("i")), ("OTHER", Some("j"))]), before);
        assert_eq!(secrets, listed(&[("NEW", Some("i")), ("OTHER", Some("j"))]));
    }

    #[test]
    fn what_was_deleted_leaves_its_secrets_unless_they_went_with_it() {
        let (order, changes) = (Order::default(), Changes::default());
        let before = order.next();
        let there = listed(&[("PASSWORD", Some("i"))]);
        let holder = Holder { id: "i".to_owned(), kind: "redis-credentials".to_owned() };
        changes.deleted("i", false, order.next());
        assert_eq!(changes.holder(&orders(), "one", Some(&holder), before), None);
        assert_eq!(changes.secrets(&orders(), &there, before), listed(&[("PASSWORD", None)]));
        changes.deleted("i", true, order.next());
        assert_eq!(changes.secrets(&orders(), &there, before), listed(&[]));
        // Created and deleted since the answer: only what this client knows of it is left.
        changes.wrote(&rotation("j", "two", "TWO"), order.next());
        changes.deleted("j", false, order.next());
        assert_eq!(changes.holder(&orders(), "two", None, before), None);
        assert_eq!(changes.secrets(&orders(), &listed(&[]), before), listed(&[("TWO", None)]));
    }

    #[test]
    fn a_folder_comes_with_those_above_it() {
        let (order, changes) = (Order::default(), Changes::default());
        let before = order.next();
        changes.made(&Location::new("p", "prod", "/a/b/c"), order.next());
        for (path, is_made) in [("/a/b/c", true), ("/a/b", true), ("/a", true), ("/a/b/d", false), ("/b", false)] {
            assert_eq!(changes.has_made(&Location::new("p", "prod", path), before), is_made, "{path}");
        }
        assert!(!changes.has_made(&Location::new("p", "dev", "/a"), before));
    }
}
