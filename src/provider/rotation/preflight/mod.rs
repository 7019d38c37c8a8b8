//! What the server would refuse of a planned creation, found out while it is planned.
//!
//! Two sorts of findings. What no apply can put right is an error: a connection that can't be used, a kind that the server
//! does not know. What this very apply may still put right is a warning, or an error if the user wants that: a missing
//! environment or folder, names that are taken. Neither is told from an answer that is older than this plan, for another
//! provider may have made the thing meanwhile, within the same apply. Lack of permission to look is no finding.

mod told;

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::catalog::{base, checks};
use crate::infisical::{Client, Error, Holder, Moment, Place, Project, SecretHolder, Sight};
use crate::provider::configuration::Preflight;
use crate::provider::session::Session;
use crate::terraform::{AttributePath, Context, Diagnostic, Diagnostics, Plan, Severity, Value};

use super::normalise::normalise_members;

/// The kind of rotation whose plan is checked.
pub(super) struct Checked<'a> {
    /// The kind, as the API spells it.
    pub(super) slug: &'a str,
    /// Its name for people.
    pub(super) title: &'a str,
    /// The apps whose connections serve it; none where only the server knows.
    pub(super) apps: &'a [&'a str],
    /// Where the configuration says the kind; the root if the resource type says it.
    pub(super) kind_path: AttributePath,
}

/// Checks a refined plan, if it creates or replaces.
pub(super) async fn check(checked: &Checked<'_>, session: &Session, context: &Context, plan: &Plan) -> Diagnostics {
    if plan.planned.is_null() || !plan.makes_new() {
        return Diagnostics::none();
    }
    let Some((client, mode)) = session.checks() else {
        tracing::debug!(kind = checked.slug, "the plan is not checked: this is off, or there is no login");
        return Diagnostics::none();
    };
    let look = Look {
        began: client.moment(),
        client: &client,
        stop: &context.stop,
        checked,
        session,
        mode,
        wish: Wish::of(&plan.planned),
        prior_id: plan.prior.get("id").as_str(),
    };
    let (kind, connection, around) = tokio::join!(look.kind(), look.connection(), look.surroundings());
    let [name, environment, folder] = [around.name, around.environment, around.folder].map(one);
    // The order of the attributes in the documentation.
    let outcomes = [one(kind), name, one(connection), environment, folder, around.secrets];
    if context.stop.is_cancelled() {
        return Diagnostics::none();
    }
    let mut found = Diagnostics::none();
    let mut outage = None;
    for outcome in outcomes {
        match outcome {
            Ok(told) => found.extend(told.into_iter().collect()),
            Err(error) if is_refusal(&error) || error.is_stopped() => {
                tracing::debug!(kind = checked.slug, "a part of the plan can't be checked: {error}");
            }
            Err(error) => outage = outage.or(Some(error)),
        }
    }
    if let Some(error) = outage.filter(|_| session.is_first_outage()) {
        found.extend(told::outage(&error, look.severity()));
    }
    found
}

type Outcome<T> = Result<T, Error>;

fn one(outcome: Outcome<Option<Diagnostic>>) -> Outcome<Vec<Diagnostic>> {
    outcome.map(|told| told.into_iter().collect())
}

/// Whether the server would not say: the caller may not look, or there is nowhere to look. Both read alike.
fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Forbidden(_) | Error::NotFound(_) | Error::UnknownRoute(_) | Error::InvalidIdentifier { .. })
}

/// What is known of the planned rotation, as the server would store it. What is not known is not checked.
struct Wish {
    name: Option<String>,
    project: Option<String>,
    connection: Option<String>,
    environment: Option<String>,
    path: Option<String>,
    /// Members of the mapping with the names of their secrets.
    secrets: Vec<(String, String)>,
    may_lack_folder: bool,
}

impl Wish {
    fn of(planned: &Value) -> Self {
        let stored = normalise_members(base::FIELDS, planned);
        let text = |name: &str| stored.get(name).as_str().map(str::to_owned);
        let mapping = planned.get("secrets_mapping").as_map().into_iter().flatten();
        let secrets =
            mapping.filter_map(|(member, name)| Some((member.to_string(), checks::trim(name.as_str()?).to_owned())));
        Self {
            name: text("name"),
            project: text("project_id"),
            connection: text("connection_id").map(|id| id.to_ascii_lowercase()),
            environment: text("environment"),
            path: text("secret_path"),
            secrets: secrets.collect(),
            may_lack_folder: planned.get("create_folder").as_bool() != Some(false),
        }
    }

    fn place(&self) -> Option<Place<'_>> {
        let (project_id, environment) = (self.project.as_deref()?, self.environment.as_deref()?);
        Some(Place { project_id, environment, path: self.path.as_deref()? })
    }
}

/// One look around for one plan.
struct Look<'a> {
    client: &'a Arc<Client>,
    stop: &'a CancellationToken,
    checked: &'a Checked<'a>,
    session: &'a Session,
    mode: Preflight,
    wish: Wish,
    prior_id: Option<&'a str>,
    /// When this plan began: what is told is not older.
    began: Moment,
}

/// What was found where the rotation is to lie.
struct Surroundings {
    name: Outcome<Option<Diagnostic>>,
    environment: Outcome<Option<Diagnostic>>,
    folder: Outcome<Option<Diagnostic>>,
    secrets: Outcome<Vec<Diagnostic>>,
}

/// Where the connection was looked for.
enum Listing {
    Listed,
    Unlisted,
    /// The lists can't be had.
    Refused,
}

impl Look<'_> {
    /// How bad a finding is that this apply may still put right.
    fn severity(&self) -> Severity {
        if self.mode == Preflight::Error { Severity::Error } else { Severity::Warning }
    }

    /// Whether the rotation is the one that is planned, or one that this state manages and that may make way.
    fn is_own(&self, id: &str) -> bool {
        self.prior_id == Some(id) || self.session.is_managed(id)
    }

    /// First any answer, then, before something is told, one that is not older than this plan.
    fn ages(&self) -> [Option<Moment>; 2] {
        [None, Some(self.began)]
    }

    async fn kind(&self) -> Outcome<Option<Diagnostic>> {
        match self.client.supported_kinds(self.stop).await {
            Ok(kinds) if kinds.iter().any(|kind| kind.kind == self.checked.slug) => Ok(None),
            Ok(_) => Ok(Some(told::unknown_kind(self.checked))),
            Err(Error::UnknownRoute(_)) => Ok(Some(told::no_kinds(self.checked))),
            Err(error) => Err(error),
        }
    }

    /// The apps whose connections serve the kind, the server's own choice first.
    async fn apps(&self) -> Outcome<Vec<String>> {
        let known = self.checked.apps.iter().map(|app| (*app).to_owned());
        let kinds = match self.client.supported_kinds(self.stop).await {
            Ok(kinds) => kinds,
            Err(error) if is_refusal(&error) => return Ok(known.collect()),
            Err(error) => return Err(error),
        };
        let told = kinds.iter().find(|kind| kind.kind == self.checked.slug).and_then(|kind| kind.connection.clone());
        let mut seen = BTreeSet::new();
        Ok(told.into_iter().chain(known).filter(|app| seen.insert(app.clone())).collect())
    }

    async fn connection(&self) -> Outcome<Option<Diagnostic>> {
        let Some(id) = self.wish.connection.as_deref() else { return Ok(None) };
        let apps = self.apps().await?;
        if apps.is_empty() {
            return Ok(None);
        }
        let mut listing = Listing::Refused;
        if let Some(project) = self.wish.project.as_deref() {
            for since in self.ages() {
                listing = self.listing(&apps, project, id, since).await?;
                match listing {
                    Listing::Listed => return Ok(None),
                    Listing::Unlisted => {}
                    Listing::Refused => break,
                }
            }
        }
        match listing {
            Listing::Listed => Ok(None),
            Listing::Unlisted => {
                let sight = self.sight(&apps, id, Some(self.began)).await?;
                Ok(sight.map(|sight| told::unusable(self.checked, &apps, id, self.wish.project.as_deref(), &sight)))
            }
            // One by one it can still be seen whether there is such a connection, though not whether it may be used.
            Listing::Refused => {
                for since in self.ages() {
                    let sight = self.sight(&apps, id, since).await?;
                    match sight {
                        Some(sight @ (Sight::Missing | Sight::OtherApp)) if since.is_some() => {
                            return Ok(Some(told::unusable(self.checked, &apps, id, None, &sight)));
                        }
                        Some(Sight::Missing | Sight::OtherApp) => {}
                        Some(Sight::Hidden | Sight::Seen(_)) | None => return Ok(None),
                    }
                }
                Ok(None)
            }
        }
    }

    /// Whether the connection is among those that may be used in the project.
    async fn listing(&self, apps: &[String], project: &str, id: &str, since: Option<Moment>) -> Outcome<Listing> {
        let mut listing = Listing::Unlisted;
        for app in apps {
            match self.client.usable_connections(self.stop, since, app, project).await {
                Ok(usable) if usable.contains(id) => return Ok(Listing::Listed),
                Ok(_) => {}
                // A project that does not exist is a bad request here.
                Err(error) if is_refusal(&error) || matches!(error, Error::BadRequest(_)) => {
                    tracing::debug!(app, project, "the usable connections can't be listed: {error}");
                    listing = Listing::Refused;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(listing)
    }

    /// What can be seen of the connection under any of the apps; `None` if that can't be said.
    async fn sight(&self, apps: &[String], id: &str, since: Option<Moment>) -> Outcome<Option<Sight>> {
        let mut is_complete = true;
        for app in apps {
            match self.client.connection_sight(self.stop, since, app, id).await {
                Ok(sight) if *sight == Sight::OtherApp => {}
                Ok(sight) => return Ok(Some(sight.as_ref().clone())),
                Err(error) if is_refusal(&error) || matches!(error, Error::BadRequest(_)) => {
                    tracing::debug!(app, id, "the connection can't be looked at: {error}");
                    is_complete = false;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(is_complete.then_some(Sight::OtherApp))
    }

    async fn surroundings(&self) -> Surroundings {
        let mut found =
            Surroundings { name: Ok(None), environment: Ok(None), folder: Ok(None), secrets: Ok(Vec::new()) };
        match self.environment().await {
            Ok(None) => {}
            Err(error @ Error::Forbidden(_)) => found.environment = Err(error),
            // In an environment or a project that isn't there nothing can be in the way.
            outcome => return Surroundings { environment: outcome, ..found },
        }
        if let Some(place) = self.wish.place() {
            (found.name, found.folder, found.secrets) =
                tokio::join!(self.name(place), self.folder(place), self.secrets(place));
        }
        found
    }

    async fn environment(&self) -> Outcome<Option<Diagnostic>> {
        let (Some(id), Some(environment)) = (self.wish.project.as_deref(), self.wish.environment.as_deref()) else {
            return Ok(None);
        };
        let mut told = None;
        for since in self.ages() {
            let project: Arc<Option<Project>> = self.client.known_project(self.stop, since, id).await?;
            let Some(project) = project.as_ref() else {
                tracing::debug!(project = id, "there is no such project, or it can't be seen");
                return Ok(None);
            };
            if project.environments.iter().any(|known| known.slug == environment) {
                return Ok(None);
            }
            told = Some(told::no_environment(project, environment, self.severity()));
        }
        Ok(told)
    }

    async fn name(&self, place: Place<'_>) -> Outcome<Option<Diagnostic>> {
        let Some(name) = self.wish.name.as_deref() else { return Ok(None) };
        let mut told = None;
        for since in self.ages() {
            let holder = self.client.name_holder(self.stop, since, place, name).await?;
            let Some(Holder { id, kind }) = holder.filter(|holder| !self.is_own(&holder.id)) else { return Ok(None) };
            told = Some(told::name_taken(place, name, &kind, &id, self.severity()));
        }
        Ok(told)
    }

    async fn folder(&self, place: Place<'_>) -> Outcome<Option<Diagnostic>> {
        if self.wish.may_lack_folder {
            return Ok(None);
        }
        for since in self.ages() {
            if self.client.folder_exists(self.stop, since, place).await? {
                return Ok(None);
            }
        }
        Ok(Some(told::no_folder(place, self.severity())))
    }

    async fn secrets(&self, place: Place<'_>) -> Outcome<Vec<Diagnostic>> {
        if self.wish.secrets.is_empty() {
            return Ok(Vec::new());
        }
        let mut taken: Vec<(String, String, SecretHolder)> = Vec::new();
        for since in self.ages() {
            let secrets = self.client.secret_holders(self.stop, since, place).await?;
            let in_the_way = |(member, name): &'_ (String, String)| {
                let holder = secrets.get(name)?;
                let is_own = holder.rotation_id.as_deref().is_some_and(|id| self.is_own(id));
                (!is_own).then(|| (member.clone(), name.clone(), holder.clone()))
            };
            taken = self.wish.secrets.iter().filter_map(in_the_way).collect();
            if taken.is_empty() {
                return Ok(Vec::new());
            }
        }
        Ok(told::secrets_taken(place, &taken, self.severity()))
    }
}
