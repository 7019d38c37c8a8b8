//! Ephemeral resources: what may be used in a run and is stored nowhere.

mod mapped;
mod rotation_credentials;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::terraform::EphemeralResource;

use super::session::Session;

/// All ephemeral resources by name, calling through `session`.
pub(super) fn all(session: &Arc<Session>) -> BTreeMap<String, Arc<dyn EphemeralResource>> {
    let credentials = rotation_credentials::RotationCredentials::new(Arc::clone(session));
    let resources: [(&str, Arc<dyn EphemeralResource>); 1] =
        [("infisical_rotation_credentials", Arc::new(credentials))];
    resources.map(|(name, resource)| (name.to_owned(), resource)).into()
}
