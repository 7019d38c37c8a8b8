//! Kinds that the catalog does not know: of a server newer than this release. Only the API knows what they take.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::table::{Kind, Object, Phase, Prose};

/// The resource that manages rotations of any kind.
pub const RESOURCE: &str = "infisical_rotation";

static SEEN: Mutex<BTreeMap<&'static str, &'static Kind>> = Mutex::new(BTreeMap::new());

/// The kind with this slug, as one that only the API knows.
///
/// Records live as long as the process; there is one for each slug that a configuration names, however often it is
/// asked for.
pub fn kind(slug: &str) -> &'static Kind {
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kind) = seen.get(slug) {
        return kind;
    }
    let slug = leaked(slug);
    let kind: &'static Kind = Box::leak(Box::new(Kind { parameters: Object::OPEN, ..bare(slug) }));
    seen.insert(slug, kind);
    kind
}

/// A text that lives as long as the process.
pub(super) fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

/// A kind of which only the slug is known.
pub(super) const fn bare(slug: &'static str) -> Kind {
    Kind {
        slug,
        resource: RESOURCE,
        title: slug,
        connections: &[],
        phase: Phase::Dual,
        prose: Prose { rotated: "", connection: "", prerequisites: "", phases: &[], on_create: "", on_revoke: "" },
        parameters: Object::of(&[]),
        secrets: &[],
        temporary: &[],
        credentials: &[],
        rules: &[],
        reconcile: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_has_one_record() {
        let kind = super::kind("brand-new-token");
        assert!(std::ptr::eq(kind, super::kind("brand-new-token")));
        assert_eq!((kind.slug, kind.title, kind.resource), ("brand-new-token", "brand-new-token", RESOURCE));
        assert!(kind.is_open() && kind.mapping().open && kind.has_temporary_parameters());
    }
}
