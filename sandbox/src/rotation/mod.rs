//! The rotation service: what creating, changing, rotating and deleting do, apart from HTTP.

pub mod arithmetic;
mod change;
mod create;
mod delete;
mod lookup;
mod mapping;
mod rotate;
pub mod schedule;

pub use change::change;
pub use create::create;
pub use delete::{Deletion, delete};
pub use lookup::{by_id, by_name, find_folder, list, present};
pub use rotate::{reconcile, rotate_now};
