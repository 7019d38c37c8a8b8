//! How calls that change something end, where there is more than one good end.

use super::Rotation;

/// A rotation that was created.
#[derive(Clone, Debug)]
pub struct Created {
    /// What the server stores.
    pub rotation: Rotation,
    /// Whether the creation got no conclusive answer, and was found to have been done after all.
    pub adopted: bool,
}

/// How a deletion ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The rotation is deleted.
    Done,
    /// There was no such rotation.
    AlreadyGone,
}
