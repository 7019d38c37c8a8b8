//! The calls of the rotation routes, except for what becomes of them when no answer comes.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batching::{Listed, Way};
use super::client::{Client, Failed, Fate};
use super::look::{Look, ROUTE, of_kind, route_of, route_of_one};
use super::outcome::{Created, Deleted};
use super::request::{Class, Request, texts_of};
use super::wire::{ManyOptions, ManyRotations, OneRotation};
use super::{ApiFailure, Error, GeneratedCredentials, NewRotation, Rotation, RotationChange, RotationOption, answer};

impl Client {
    /// Reads a rotation; `None` if the server says that there is none. Where its project is given, several reads may
    /// be answered by one list, which is never older than the last write of this client.
    pub async fn read_rotation(
        &self,
        stop: &CancellationToken,
        kind: &str,
        project_id: Option<&str>,
        id: &str,
    ) -> Result<Option<Rotation>, Error> {
        let Some(project_id) = project_id.filter(|project| self.settings().batch_reads && !project.is_empty()) else {
            return self.fresh_rotation(stop, kind, id).await;
        };
        let Way::ByList(list) = self.reads().way(project_id, id) else {
            return self.fresh_rotation(stop, kind, id).await;
        };
        match &list.get_or_init(|| self.listed(stop, project_id)).await.rotations {
            Ok(rotations) => match rotations.get(id) {
                Some(rotation) => of_kind(kind, rotation.clone()).map(Some),
                // The list leaves out what the caller may not read, and what is too new for it.
                None => self.fresh_rotation(stop, kind, id).await,
            },
            Err(error) if error.is_transient() => Err(error.clone()),
            Err(_) => self.fresh_rotation(stop, kind, id).await,
        }
    }

    /// Reads a rotation by a request of its own; `None` if the server says that there is none.
    pub async fn fresh_rotation(
        &self,
        stop: &CancellationToken,
        kind: &str,
        id: &str,
    ) -> Result<Option<Rotation>, Error> {
        Ok(self.look(stop, &Look::Id { kind, id }).await?.map(|seen| seen.rotation))
    }

    /// Reads a rotation by its name in its folder; `None` if the server says that there is none.
    pub async fn rotation_by_name(
        &self,
        stop: &CancellationToken,
        kind: &str,
        project_id: &str,
        environment: &str,
        secret_path: &str,
        name: &str,
    ) -> Result<Option<Rotation>, Error> {
        let look = Look::Name { kind, project_id, environment, secret_path, name };
        Ok(self.look(stop, &look).await?.map(|seen| seen.rotation))
    }

    /// All rotations of a project that the caller may read, of all kinds, by their names and ids.
    pub async fn list_rotations(&self, stop: &CancellationToken, project_id: &str) -> Result<Vec<Rotation>, Error> {
        let request = Request::new(self.base(), Method::GET, ROUTE, &[])?.query("projectId", project_id);
        let answer = self.call(stop, &request).await.map_err(|failed| failed.error)?;
        let mut rotations = answer::decode::<ManyRotations>(&request, &answer)?.secret_rotations;
        rotations.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Ok(rotations)
    }

    /// All rotations of a project as [`Client::list_rotations`] has them, shared with all who ask at about the same time.
    /// Never older than the last write of this client.
    pub async fn project_rotations(&self, stop: &CancellationToken, project_id: &str) -> Result<Vec<Rotation>, Error> {
        if !self.settings().batch_reads {
            return self.list_rotations(stop, project_id).await;
        }
        let list = self.reads().list(project_id);
        let mut rotations: Vec<Rotation> = match &list.get_or_init(|| self.listed(stop, project_id)).await.rotations {
            Ok(listed) => listed.values().cloned().collect(),
            // Whoever began the list has stopped; nobody else has to.
            Err(error) if error.is_stopped() && !stop.is_cancelled() => {
                return self.list_rotations(stop, project_id).await;
            }
            Err(error) => return Err(error.clone()),
        };
        rotations.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Ok(rotations)
    }

    /// Creates a rotation, at most once: where no conclusive answer comes, it is looked up by its name.
    pub async fn create_rotation(
        &self,
        stop: &CancellationToken,
        kind: &str,
        new: &NewRotation,
    ) -> Result<Created, Error> {
        let _writing = self.reads().writing();
        let begun = Instant::now();
        let request = Request::new(self.base(), Method::POST, route_of(kind), &[])?
            .class(Class::Once)
            .sensitive(new.temporary_parameters.iter().flat_map(texts_of))
            .json(new);
        let failed = match self.call(stop, &request).await {
            Ok(answer) => match answer::decode::<OneRotation>(&request, &answer) {
                Ok(one) => {
                    let rotation = self.written(of_kind(kind, one.secret_rotation))?;
                    return Ok(Created { rotation, adopted: false });
                }
                Err(error) => Failed { error, fate: Fate::Unknown { finished: true } },
            },
            Err(failed) => failed,
        };
        match self.settle_create(stop, kind, new, begun, failed).await {
            Err(Error::BadRequest(failure)) if says_name_taken(&failure) => {
                Err(self.name_taken(stop, new, failure).await)
            }
            outcome => {
                if let Ok(created) = &outcome {
                    self.survey().note_written(&created.rotation);
                }
                outcome
            }
        }
    }

    /// Changes a rotation and returns what the server then stores.
    pub async fn update_rotation(
        &self,
        stop: &CancellationToken,
        kind: &str,
        id: &str,
        change: &RotationChange,
    ) -> Result<Rotation, Error> {
        let _writing = self.reads().writing();
        let request = Request::new(self.base(), Method::PATCH, route_of_one(kind), &[id])?.json(change);
        let answer = self.call(stop, &request).await.map_err(|failed| failed.error)?;
        self.written(of_kind(kind, answer::decode::<OneRotation>(&request, &answer)?.secret_rotation))
    }

    /// Deletes a rotation, with the secrets that it wrote and the credentials that it issued if so asked. Each
    /// revocation reaches the third party and is therefore tried only once.
    pub async fn delete_rotation(
        &self,
        stop: &CancellationToken,
        kind: &str,
        project_id: &str,
        id: &str,
        delete_secrets: bool,
        revoke: bool,
    ) -> Result<Deleted, Error> {
        let _writing = self.reads().writing();
        tracing::debug!(kind, project_id, id, delete_secrets, revoke, "deleting a rotation");
        let request = Request::new(self.base(), Method::DELETE, route_of_one(kind), &[id])?
            .class(if revoke { Class::Once } else { Class::Idempotent })
            .query("deleteSecrets", if delete_secrets { "true" } else { "false" })
            .query("revokeGeneratedCredentials", if revoke { "true" } else { "false" });
        let outcome = match self.call(stop, &request).await {
            Ok(_) => Ok(Deleted::Done),
            Err(failed) if failed.error.is_not_found() => Ok(Deleted::AlreadyGone),
            Err(failed) if revoke => self.settle_delete(stop, kind, id, failed).await,
            Err(failed) => Err(failed.error),
        };
        if outcome.is_ok() {
            self.survey().note_deleted(id, delete_secrets);
        }
        outcome
    }

    /// Rotates the secrets now, at most once. `before` is the rotation as it was just read: where no conclusive answer
    /// comes, it tells whether the rotation was done.
    pub async fn rotate(&self, stop: &CancellationToken, kind: &str, before: &Rotation) -> Result<Rotation, Error> {
        self.act(stop, kind, before, "rotate-secrets").await
    }

    /// Sets the active credentials anew with the help of the connection's own account; only some kinds of local
    /// accounts know this. At most once, like [`Client::rotate`].
    pub async fn reconcile(&self, stop: &CancellationToken, kind: &str, before: &Rotation) -> Result<Rotation, Error> {
        self.act(stop, kind, before, "reconcile").await
    }

    /// Reads the credentials that a rotation has issued.
    pub async fn generated_credentials(
        &self,
        stop: &CancellationToken,
        kind: &str,
        id: &str,
    ) -> Result<GeneratedCredentials, Error> {
        let route = format!("{}/generated-credentials", route_of_one(kind));
        let request = Request::new(self.base(), Method::GET, route, &[id])?;
        let answer = self.call(stop, &request).await.map_err(|failed| failed.error)?;
        let credentials: GeneratedCredentials = answer::decode(&request, &answer)?;
        if credentials.kind != kind {
            return Err(Error::UnexpectedKind { asked: kind.to_owned(), got: credentials.kind, id: id.to_owned() });
        }
        Ok(credentials)
    }

    /// The kinds that the server supports.
    pub async fn rotation_options(&self, stop: &CancellationToken) -> Result<Vec<RotationOption>, Error> {
        let request = Request::new(self.base(), Method::GET, format!("{ROUTE}/options"), &[])?;
        let answer = self.call(stop, &request).await.map_err(|failed| failed.error)?;
        Ok(answer::decode::<ManyOptions>(&request, &answer)?.secret_rotation_options)
    }

    /// An action on the credentials themselves: at most once, and where no conclusive answer comes, the record tells.
    async fn act(
        &self,
        stop: &CancellationToken,
        kind: &str,
        before: &Rotation,
        action: &str,
    ) -> Result<Rotation, Error> {
        let _writing = self.reads().writing();
        let route = format!("{}/{action}", route_of_one(kind));
        let request =
            Request::new(self.base(), Method::POST, route, &[&before.id])?.class(Class::Once).json(&json!({}));
        let failed = match self.call(stop, &request).await {
            Ok(answer) => match answer::decode::<OneRotation>(&request, &answer) {
                Ok(one) => return of_kind(kind, one.secret_rotation),
                Err(error) => Failed { error, fate: Fate::Unknown { finished: true } },
            },
            Err(failed) => failed,
        };
        self.settle_rotate(stop, kind, before, failed).await
    }

    /// The refusal of a creation because of its name, with the rotation that has the name if the caller may see it.
    async fn name_taken(&self, stop: &CancellationToken, new: &NewRotation, failure: Arc<ApiFailure>) -> Error {
        // Only the list tells of all kinds, which share their names.
        let rotations = self.list_rotations(stop, &new.project_id).await.unwrap_or_default();
        let path = new.secret_path.trim().trim_end_matches('/');
        let taker = rotations.into_iter().find(|rotation| {
            rotation.name == new.name.trim()
                && rotation.environment.slug == new.environment
                && rotation.folder.path.trim_end_matches('/') == path
        });
        match taker {
            Some(taker) => Error::NameTaken { kind: taker.kind, id: taker.id, failure },
            None => Error::BadRequest(failure),
        }
    }

    /// Notes what a creation or a change has led to.
    fn written(&self, outcome: Result<Rotation, Error>) -> Result<Rotation, Error> {
        if let Ok(rotation) = &outcome {
            self.survey().note_written(rotation);
        }
        outcome
    }

    async fn listed(&self, stop: &CancellationToken, project_id: &str) -> Listed {
        let listed = self.list_rotations(stop, project_id).await;
        let by_id = |rotations: Vec<Rotation>| {
            rotations.into_iter().map(|rotation| (rotation.id.clone(), rotation)).collect::<BTreeMap<_, _>>()
        };
        Listed { rotations: listed.map(by_id), at: Instant::now() }
    }
}

/// Whether the server refuses a creation because another rotation of the folder has its name.
fn says_name_taken(failure: &ApiFailure) -> bool {
    failure.message.contains("already exists at the secret path")
}
