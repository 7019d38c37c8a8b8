//! Functions: what can be computed without asking anybody.

mod next_rotation;
mod parse_import_id;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::terraform::Function;

/// All functions by name.
pub(super) fn all() -> BTreeMap<String, Arc<dyn Function>> {
    let functions: [(&str, Arc<dyn Function>); 2] = [
        ("next_rotation", Arc::new(next_rotation::NextRotation::new())),
        ("parse_import_id", Arc::new(parse_import_id::ParseImportId::new())),
    ];
    functions.map(|(name, function)| (name.to_owned(), function)).into()
}
