//! The calls besides those of the rotations: projects with their environments, folders, app connections, secrets, and
//! the server's description of itself. Only what rotations need of each is decoded.

use reqwest::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::client::Client;
use super::request::{RateClass, Request};
use super::{Error, Secret, answer};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    /// The project's id.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The slug.
    pub slug: String,
    /// What it is for, such as `secret-manager`.
    #[serde(rename = "type", default)]
    pub purpose: Option<String>,
    /// Its environments.
    #[serde(default)]
    pub environments: Vec<ProjectEnvironment>,
}

/// An environment of a [`Project`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ProjectEnvironment {
    /// The environment's id.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The slug.
    pub slug: String,
}

/// A folder of secrets.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Folder {
    /// The folder's id.
    pub id: String,
    /// The last part of its path.
    pub name: String,
    /// The id of the folder that it is in.
    #[serde(default)]
    pub parent_id: Option<String>,
}

/// An app connection, as far as everybody who may use it sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// The connection's id.
    pub id: String,
    /// The name, unique within its scope.
    pub name: String,
    /// The app, such as `redis`.
    pub app: String,
    /// The project that it belongs to; `None` for one of the organisation.
    #[serde(default)]
    pub project_id: Option<String>,
}

/// The name of a secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretName {
    /// The secret's id.
    pub id: String,
    /// The name.
    #[serde(rename = "secretKey")]
    pub name: String,
    /// The folder that it is in.
    #[serde(rename = "secretPath", default)]
    pub path: Option<String>,
    /// Whether a rotation writes it.
    #[serde(default)]
    pub is_rotated_secret: bool,
    /// Which rotation writes it.
    #[serde(default)]
    pub rotation_id: Option<String>,
}

/// A secret with its value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretValue {
    /// The name.
    #[serde(rename = "secretKey")]
    pub name: String,
    /// How often it was written.
    #[serde(default)]
    pub version: i64,
    /// The value.
    #[serde(rename = "secretValue", default)]
    pub value: Secret,
    /// Whether the caller may know that the secret exists, but not its value.
    #[serde(rename = "secretValueHidden", default)]
    pub is_hidden: bool,
    /// Which rotation writes it.
    #[serde(default)]
    pub rotation_id: Option<String>,
}

/// A folder, named as the routes name it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The project's id.
    pub project_id: &'a str,
    /// The slug of the environment.
    pub environment: &'a str,
    /// The path, with a leading slash.
    pub path: &'a str,
}

#[derive(Deserialize)]
struct Projects {
    projects: Vec<Project>,
}

#[derive(Deserialize)]
struct OneProject {
    project: Project,
}

#[derive(Deserialize)]
struct Folders {
    folders: Vec<Folder>,
}

#[derive(Deserialize)]
struct OneFolder {
    folder: Folder,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Connections {
    app_connections: Vec<Connection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OneConnection {
    app_connection: Connection,
}

#[derive(Deserialize)]
struct SecretNames {
    secrets: Vec<SecretName>,
}

#[derive(Deserialize)]
struct OneSecret {
    secret: SecretValue,
}

impl Client {
    /// The projects for secrets that the caller is a member of.
    pub async fn projects(&self, stop: &CancellationToken) -> Result<Vec<Project>, Error> {
        let request = Request::new(self.base(), Method::GET, "/api/v1/projects", &[])?.query("type", "secret-manager");
        Ok(self.ask::<Projects>(stop, &request).await?.projects)
    }

    /// The project with this id; `None` if the server says that there is none.
    pub async fn project(&self, stop: &CancellationToken, id: &str) -> Result<Option<Project>, Error> {
        let request = Request::new(self.base(), Method::GET, "/api/v1/projects/:project", &[id])?;
        Ok(found(self.ask::<OneProject>(stop, &request).await)?.map(|one| one.project))
    }

    /// The project with this slug; `None` if the server says that there is none.
    pub async fn project_by_slug(&self, stop: &CancellationToken, slug: &str) -> Result<Option<Project>, Error> {
        let request = Request::new(self.base(), Method::GET, "/api/v1/projects/slug/:slug", &[slug])?;
        found(self.ask::<Project>(stop, &request).await)
    }

    /// The folders directly inside `place`. None where `place` doesn't exist: the server doesn't tell these apart.
    pub async fn folders(&self, stop: &CancellationToken, place: Place<'_>) -> Result<Vec<Folder>, Error> {
        let request = self.folders_of(place)?;
        Ok(self.ask::<Folders>(stop, &request).await?.folders)
    }

    /// The folders inside `place`, and those inside them, at any depth.
    pub async fn folders_below(&self, stop: &CancellationToken, place: Place<'_>) -> Result<Vec<Folder>, Error> {
        let request = self.folders_of(place)?.query("recursive", "true");
        Ok(self.ask::<Folders>(stop, &request).await?.folders)
    }

    /// The folder `place` itself; `None` if there is none, and for the root, which is always there.
    pub async fn folder(&self, stop: &CancellationToken, place: Place<'_>) -> Result<Option<Folder>, Error> {
        let Some((parent, name)) = parent_and_name(place.path) else { return Ok(None) };
        let folders = self.folders(stop, Place { path: parent, ..place }).await?;
        Ok(folders.into_iter().find(|folder| folder.name == name))
    }

    /// Makes sure that the folder `place` exists, with all those above it. The root always does.
    pub async fn ensure_folder(&self, stop: &CancellationToken, place: Place<'_>) -> Result<Option<Folder>, Error> {
        let Some((parent, name)) = parent_and_name(place.path) else { return Ok(None) };
        let request = Request::new(self.base(), Method::POST, "/api/v2/folders", &[])?.rate(RateClass::Secret).json(
            &json!({"projectId": place.project_id, "environment": place.environment, "path": parent, "name": name}),
        );
        match self.ask::<OneFolder>(stop, &request).await {
            Ok(one) => Ok(Some(one.folder)),
            // Some versions answer with the folder that is there, others complain.
            Err(Error::BadRequest(failure)) if failure.message.contains("already exists") => {
                self.folder(stop, place).await
            }
            Err(error) => Err(error),
        }
    }

    /// The connections of an app that the caller may read: those of the project, or of the organisation without one.
    pub async fn connections(
        &self,
        stop: &CancellationToken,
        app: &str,
        project_id: Option<&str>,
    ) -> Result<Vec<Connection>, Error> {
        let request = Request::new(self.base(), Method::GET, format!("/api/v1/app-connections/{app}"), &[])?;
        let request = project_id.into_iter().fold(request, |request, id| request.query("projectId", id));
        Ok(self.ask::<Connections>(stop, &request).await?.app_connections)
    }

    /// The connections of an app that the caller may use in the project, the organisation's among them. This is all
    /// that an identity sees which may connect but not read.
    pub async fn available_connections(
        &self,
        stop: &CancellationToken,
        app: &str,
        project_id: &str,
    ) -> Result<Vec<Connection>, Error> {
        let request = Request::new(self.base(), Method::GET, format!("/api/v1/app-connections/{app}/available"), &[])?
            .query("projectId", project_id);
        Ok(self.ask::<Connections>(stop, &request).await?.app_connections)
    }

    /// The connection with this id; `None` if the server says that there is none.
    pub async fn connection(&self, stop: &CancellationToken, app: &str, id: &str) -> Result<Option<Connection>, Error> {
        let route = format!("/api/v1/app-connections/{app}/:connection");
        let request = Request::new(self.base(), Method::GET, route, &[id])?;
        Ok(found(self.ask::<OneConnection>(stop, &request).await)?.map(|one| one.app_connection))
    }

    /// The connection that a name means in a project: the project's own one, or else the organisation's. Where the
    /// caller may not read connections, those that it may use are searched.
    pub async fn connection_by_name(
        &self,
        stop: &CancellationToken,
        app: &str,
        project_id: &str,
        name: &str,
    ) -> Result<Option<Connection>, Error> {
        let route = format!("/api/v1/app-connections/{app}/connection-name/:name");
        for scope in [Some(project_id), None] {
            let request = Request::new(self.base(), Method::GET, route.as_str(), &[name])?;
            let request = scope.into_iter().fold(request, |request, id| request.query("projectId", id));
            match self.ask::<OneConnection>(stop, &request).await {
                Ok(one) => return Ok(Some(one.app_connection)),
                Err(Error::NotFound(_)) => {}
                Err(Error::Forbidden(_)) => {
                    let mut usable = self.available_connections(stop, app, project_id).await?;
                    usable.retain(|connection| connection.name == name);
                    usable.sort_by_key(|connection| connection.project_id.is_none());
                    return Ok(usable.into_iter().next());
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The names of the secrets directly inside `place`. The values are not asked for.
    pub async fn secret_names(&self, stop: &CancellationToken, place: Place<'_>) -> Result<Vec<SecretName>, Error> {
        let request = self.secrets_of(place)?;
        Ok(self.ask::<SecretNames>(stop, &request).await?.secrets)
    }

    /// The names of the secrets inside `place` and in the folders below it. The values are not asked for.
    pub async fn secret_names_below(
        &self,
        stop: &CancellationToken,
        place: Place<'_>,
    ) -> Result<Vec<SecretName>, Error> {
        let request = self.secrets_of(place)?.query("recursive", "true");
        Ok(self.ask::<SecretNames>(stop, &request).await?.secrets)
    }

    /// A secret with its value; `None` if the server says that there is none.
    pub async fn secret(
        &self,
        stop: &CancellationToken,
        place: Place<'_>,
        name: &str,
    ) -> Result<Option<SecretValue>, Error> {
        let request = Request::new(self.base(), Method::GET, "/api/v4/secrets/:secret", &[name])?
            .rate(RateClass::Secret)
            .query("projectId", place.project_id)
            .query("environment", place.environment)
            .query("secretPath", place.path)
            .query("type", "shared")
            .query("viewSecretValue", "true");
        Ok(found(self.ask::<OneSecret>(stop, &request).await)?.map(|one| one.secret))
    }

    /// The part of the server's API description that is about rotations. Asked for without a token: it is public.
    pub async fn openapi(&self, stop: &CancellationToken) -> Result<Value, Error> {
        let request =
            Request::new(self.base(), Method::GET, "/api/docs/json", &[])?.query("tag", "secret-rotations").anonymous();
        self.ask(stop, &request).await
    }

    fn folders_of(&self, place: Place<'_>) -> Result<Request, Error> {
        Ok(Request::new(self.base(), Method::GET, "/api/v2/folders", &[])?
            .query("projectId", place.project_id)
            .query("environment", place.environment)
            .query("path", place.path))
    }

    fn secrets_of(&self, place: Place<'_>) -> Result<Request, Error> {
        Ok(Request::new(self.base(), Method::GET, "/api/v4/secrets", &[])?
            .rate(RateClass::Secret)
            .query("projectId", place.project_id)
            .query("environment", place.environment)
            .query("secretPath", place.path)
            .query("viewSecretValue", "false"))
    }

    async fn ask<T: DeserializeOwned>(&self, stop: &CancellationToken, request: &Request) -> Result<T, Error> {
        let answer = self.call(stop, request).await.map_err(|failed| failed.error)?;
        answer::decode(request, &answer)
    }
}

fn found<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Err(Error::NotFound(_)) => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// The folder above `path`, and the last part of it; `None` for the root.
fn parent_and_name(path: &str) -> Option<(&str, &str)> {
    let path = path.trim().trim_end_matches('/');
    let (parent, name) = path.rsplit_once('/')?;
    if name.is_empty() {
        return None;
    }
    Some((if parent.is_empty() { "/" } else { parent }, name))
}

#[cfg(test)]
mod tests {
    use super::parent_and_name;

    #[test]
    fn a_path_has_a_parent_and_a_name() {
        assert_eq!(parent_and_name("/"), None);
        assert_eq!(parent_and_name("/a"), Some(("/", "a")));
        assert_eq!(parent_and_name(" /a/b/ "), Some(("/a", "b")));
    }
}
