//! Core's own part in a plan and an apply: what it proposes, and what it accepts.
//!
//! Pure functions over schemas and values. They know no calls; [`crate::session`] runs them at the right moments.

mod checks;
mod outcome;
mod plan;
mod proposed;

pub use outcome::{check_apply, check_final_plan};
pub use plan::{check_plan, effective_replacements};
pub use proposed::proposed_new;

use crate::schema::Block;
use crate::value::{Path, Value};

/// Returns the configured attributes of a block that an answer does not repeat as they are.
pub fn unechoed(block: &Block, config: &Value, answer: &Value) -> Vec<Path> {
    if answer.is_null() {
        return Vec::new();
    }
    let names = block.attributes.keys().chain(block.blocks.keys());
    let changed = names.filter(|name| {
        let configured = config.get(name).filter(|value| !value.is_null() && value.is_wholly_known());
        configured.is_some() && configured != answer.get(name)
    });
    changed.map(|name| Path::root().attribute(name)).collect()
}
