//! What a plan may ask about the surroundings of its rotations, in few calls: each part is asked for once in a process
//! and shared by all.
//!
//! An answer serves at any age, with this client's own writes laid over it. Who needs a newer one says since when: all who
//! wait then share one repetition.

mod changes;
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use changes::Changes;
use shared::{Answer, Order, Shared};

use super::client::Client;
use super::{Connection, Error, Folder, Place, Project, Rotation, RotationOption};

pub use shared::Moment;

/// The answers so far.
#[derive(Debug, Default)]
pub(super) struct Survey {
    order: Order,
    changes: Changes,
    kinds: Shared<(), Vec<RotationOption>>,
    projects: Shared<String, Option<Project>>,
    rotations: Shared<String, BTreeMap<(Location, String), Holder>>,
    folders: Shared<Location, BTreeSet<String>>,
    folder: Shared<Location, bool>,
    secrets: Shared<Location, BTreeMap<String, Secrets>>,
    secrets_alone: Shared<Location, Secrets>,
    usable: Shared<(String, String), BTreeSet<String>>,
    connections: Shared<(String, String), Sight>,
    making: tokio::sync::Mutex<()>,
}

type Secrets = BTreeMap<String, SecretHolder>;

/// The rotation that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
}

/// What holds a secret's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHolder {
    /// The rotation that writes the secret; `None` for one that people or others write.
    pub rotation_id: Option<String>,
}

/// What a look at a single connection tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// There is none of this id.
    Missing,
    /// It is of another app.
    OtherApp,
    /// It is there, and the caller may not read it.
    Hidden,
    /// It is there.
    Seen(Connection),
}

/// A folder in one spelling.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Location {
    project_id: String,
    environment: String,
    path: String,
}

impl Location {
    fn new(project_id: &str, environment: &str, path: &str) -> Self {
        let path = path.trim().trim_end_matches('/');
        let path = if path.is_empty() { "/" } else { path };
        Self { project_id: project_id.to_owned(), environment: environment.to_owned(), path: path.to_owned() }
    }

    fn of(place: Place<'_>) -> Self {
        Self::new(place.project_id, place.environment, place.path)
    }

    fn root(&self) -> Self {
        Self { path: "/".to_owned(), ..self.clone() }
    }

    fn place(&self) -> Place<'_> {
        Place { project_id: &self.project_id, environment: &self.environment, path: &self.path }
    }
}

impl Survey {
    pub(super) fn note_written(&self, rotation: &Rotation) {
        self.changes.wrote(rotation, self.order.next());
    }

    pub(super) fn note_deleted(&self, id: &str, with_secrets: bool) {
        self.changes.deleted(id, with_secrets, self.order.next());
    }
}

impl Client {
    /// The present moment, for questions whose answers may not be older.
    pub fn moment(&self) -> Moment {
        self.survey().order.next()
    }

    /// The kinds that the server supports; they don't change while it runs.
    pub async fn supported_kinds(&self, stop: &CancellationToken) -> Result<Arc<Vec<RotationOption>>, Error> {
        let survey = self.survey();
        let ask = Box::pin(self.rotation_options(stop));
        Ok(survey.kinds.ask(stop, (), None, || survey.order.next(), ask).await?.value)
    }

    /// The project with its environments; `None` if the server says that there is none.
    pub async fn known_project(
        &self,
        stop: &CancellationToken,
        since: Option<Moment>,
        id: &str,
    ) -> Result<Arc<Option<Project>>, Error> {
        let survey = self.survey();
        let ask = Box::pin(self.project(stop, id));
        Ok(survey.projects.ask(stop, id.to_owned(), since, || survey.order.next(), ask).await?.value)
    }

    /// The rotation of any kind that has a name in a folder.
    pub async fn name_holder(
        &self,
        stop: &CancellationToken,
        since: Option<Moment>,
        place: Place<'_>,
        name: &str,
    ) -> Result<Option<Holder>, Error> {
        let survey = self.survey();
        let ask = Box::pin(async {
            let rotations = match since {
                None => self.project_rotations(stop, place.project_id).await?,
                Some(_) => self.list_rotations(stop, place.project_id).await?,
            };
            Ok(rotations.into_iter().map(named).collect())
        });
        // The list that refreshes share may be from before this question.
        let began = || if since.is_none() { Moment::BEGINNING } else { survey.order.next() };
        let Answer { began, value } =
            survey.rotations.ask(stop, place.project_id.to_owned(), since, began, ask).await?;
        let key = (Location::of(place), name.to_owned());
        Ok(survey.changes.holder(&key.0, name, value.get(&key), began))
    }

    /// Whether a folder exists.
    pub async fn folder_exists(
        &self,
        stop: &CancellationToken,
        since: Option<Moment>,
        place: Place<'_>,
    ) -> Result<bool, Error> {
        let location = Location::of(place);
        if location.path == "/" {
            return Ok(true);
        }
        let survey = self.survey();
        let began = || survey.order.next();
        let root = location.root();
        let ask = Box::pin(async { Ok(paths(&self.folders_below(stop, root.place()).await?)) });
        match survey.folders.ask(stop, root.clone(), since, began, ask).await {
            Ok(Answer { began, value }) => {
                return Ok(value.contains(&location.path) || survey.changes.has_made(&location, began));
            }
            Err(Error::Forbidden(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let ask = Box::pin(async { Ok(self.folder(stop, location.place()).await?.is_some()) });
        let Answer { began, value } = survey.folder.ask(stop, location.clone(), since, began, ask).await?;
        Ok(*value || survey.changes.has_made(&location, began))
    }

    /// The secrets of a folder by their names. Their values are not asked for.
    pub async fn secret_holders(
        &self,
        stop: &CancellationToken,
        since: Option<Moment>,
        place: Place<'_>,
    ) -> Result<BTreeMap<String, SecretHolder>, Error> {
        let survey = self.survey();
        let began = || survey.order.next();
        let location = Location::of(place);
        let root = location.root();
        let ask = Box::pin(async {
            let mut folders: BTreeMap<String, Secrets> = BTreeMap::new();
            for secret in self.secret_names_below(stop, root.place()).await? {
                // Without its folder it can't be said to be in the way.
                let Some(path) = secret.path else { continue };
                let folder = folders.entry(Location::new("", "", &path).path).or_default();
                folder.insert(secret.name, SecretHolder { rotation_id: secret.rotation_id });
            }
            Ok(folders)
        });
        match survey.secrets.ask(stop, root.clone(), since, began, ask).await {
            Ok(Answer { began, value }) => {
                let none = BTreeMap::new();
                return Ok(survey.changes.secrets(&location, value.get(&location.path).unwrap_or(&none), began));
            }
            Err(Error::Forbidden(_) | Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        let ask = Box::pin(async {
            let secrets = self.secret_names(stop, location.place()).await?.into_iter();
            Ok(secrets.map(|secret| (secret.name, SecretHolder { rotation_id: secret.rotation_id })).collect())
        });
        let Answer { began, value } = survey.secrets_alone.ask(stop, location.clone(), since, began, ask).await?;
        Ok(survey.changes.secrets(&location, &value, began))
    }

    /// The ids, in lower case, of the connections of an app that the caller may use in a project.
    pub async fn usable_connections(
        &self,
        stop: &CancellationToken,
        since: Option<Moment>,
        app: &str,
        project_id: &str,
    ) -> Result<Arc<BTreeSet<String>>, Error> {
        let survey = self.survey();
        let ask = Box::pin(async {
            let usable = self.available_connections(stop, app, project_id).await?;
            Ok(usable.into_iter().map(|connection| connection.id.to_ascii_lowercase()).collect())
        });
        let key = (app.to_owned(), project_id.to_owned());
        Ok(survey.usable.ask(stop, key, since, || survey.order.next(), ask).await?.value)
    }

    /// What can be seen of a connection, looked for among those of an app.
    pub async fn connection_sight(
        &self,
        stop: &CancellationToken,
        since: Option<Moment>,
        app: &str,
        id: &str,
    ) -> Result<Arc<Sight>, Error> {
        let survey = self.survey();
        let ask = Box::pin(async {
            match self.connection(stop, app, id).await {
                Ok(connection) => Ok(connection.map_or(Sight::Missing, Sight::Seen)),
                Err(Error::Forbidden(_)) => Ok(Sight::Hidden),
                Err(Error::BadRequest(failure)) if failure.message.contains("is not for App") => Ok(Sight::OtherApp),
                Err(error) => Err(error),
            }
        });
        let key = (app.to_owned(), id.to_owned());
        Ok(survey.connections.ask(stop, key, since, || survey.order.next(), ask).await?.value)
    }

    /// Makes the folder `place`, with all those above it, unless it exists already. One at a time: what one has made
    /// the next need not make.
    pub async fn make_folder(&self, stop: &CancellationToken, place: Place<'_>) -> Result<(), Error> {
        let survey = self.survey();
        let _turn = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Error::Stopped),
            turn = survey.making.lock() => turn,
        };
        match self.folder_exists(stop, None, place).await {
            Ok(true) => return Ok(()),
            Err(error) if error.is_stopped() => return Err(error),
            // Who may not look may be allowed to make.
            Ok(false) | Err(_) => {}
        }
        Box::pin(self.ensure_folder(stop, place)).await?;
        survey.changes.made(&Location::of(place), survey.order.next());
        Ok(())
    }
}

fn named(rotation: Rotation) -> ((Location, String), Holder) {
    let Rotation { id, kind, name, project_id, environment, folder, .. } = rotation;
    ((Location::new(&project_id, &environment.slug, &folder.path), name), Holder { id, kind })
}

/// The paths of all folders below the root. Servers tell the parents; not all of them tell the paths as well.
fn paths(folders: &[Folder]) -> BTreeSet<String> {
    let by_id: BTreeMap<&str, &Folder> = folders.iter().map(|folder| (folder.id.as_str(), folder)).collect();
    let path = |folder: &Folder| {
        let mut names = vec![folder.name.as_str()];
        let mut above = folder.parent_id.as_deref().and_then(|id| by_id.get(id));
        // More steps than folders would be a circle.
        while let Some(parent) = above.filter(|_| names.len() <= folders.len()) {
            names.push(&parent.name);
            above = parent.parent_id.as_deref().and_then(|id| by_id.get(id));
        }
        names.reverse();
        format!("/{}", names.join("/"))
    };
    folders.iter().map(path).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Folder, Location, paths};

    #[test]
    fn a_folder_has_one_spelling() {
        for path in ["/a/b", " /a/b/ ", "/a/b//"] {
            assert_eq!(Location::new("p", "e", path).path, "/a/b");
        }
        assert_eq!(Location::new("p", "e", "").path, "/");
    }

    #[test]
    fn paths_follow_from_the_parents() {
        let folders: Vec<Folder> = serde_json::from_value(json!([
            {"id": "3", "name": "c", "parentId": "2"},
            {"id": "1", "name": "a", "parentId": "the root, which is not listed"},
            {"id": "2", "name": "b", "parentId": "1"},
            {"id": "4", "name": "d"},
            {"id": "5", "name": "x", "parentId": "6"},
            {"id": "6", "name": "y", "parentId": "5"},
        ]))
        .unwrap();
        let paths = paths(&folders);
        for path in ["/a", "/a/b", "/a/b/c", "/d"] {
            assert!(paths.contains(path), "{path}: {paths:?}");
        }
    }
}
