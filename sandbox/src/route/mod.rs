//! What can be asked: the table of all routes, and a request that has been matched with one of them.
//!
//! Which checks a request passes before its handler is the pipeline's business, what the handler does the API's.

mod call;
mod percent;
mod table;

pub use call::{Call, Reply};
pub(crate) use percent::decode;
pub use table::{Access, Endpoint, Matched, Route, find};
