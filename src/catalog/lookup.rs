//! Finding kinds by their names, and a kind's fields by their place in the resource.

use super::table::{Field, Kind, Object};
use super::{KINDS, base};

/// Finds a kind by its slug in the API, such as `redis-credentials`.
pub fn by_slug(slug: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.slug == slug)
}

/// Finds a kind by its Terraform resource type, such as `infisical_redis_rotation`.
pub fn by_resource(resource: &str) -> Option<&'static Kind> {
    KINDS.iter().copied().find(|kind| kind.resource == resource)
}

impl Kind {
    /// Finds the field at a path of names below the resource's root, such as `["parameters", "username"]`.
    /// Lists are passed through: `["parameters", "policies", "scope"]` is a member of each policy.
    pub fn field(&self, path: &[&str]) -> Option<&'static Field> {
        let (name, parent) = path.split_last()?;
        self.members(parent).iter().find(|field| field.name == *name)
    }

    /// The members of the object at a path of names; the attributes that all kinds share for the empty path.
    pub fn members(&self, path: &[&str]) -> &'static [Field] {
        match path {
            ["parameters", rest @ ..] => self.parameters.members(rest),
            ["secrets_mapping", rest @ ..] => self.mapping().members(rest),
            ["temporary_parameters", rest @ ..] => self.temporary_parameters().members(rest),
            _ => Object::of(base::FIELDS).members(path),
        }
    }
}
