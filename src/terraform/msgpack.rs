//! Values as MessagePack, directed by their type: the form in which they cross the wire.
//!
//! The bytes come from another process. No length in them is believed before as many bytes are there, nothing recurses
//! beyond a fixed depth, and a message holds a bounded number of values.

mod decode;
mod encode;
mod reader;

pub use decode::decode;
pub use encode::encode;

#[cfg(test)]
mod tests;
