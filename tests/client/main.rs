//! The client against a server on loopback that misbehaves on demand.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]

mod ambiguity;
mod classes;
mod limits;
mod logins;
mod logs;
mod neighbours;
mod reads;
mod sandbox;
mod server;
mod tls;
mod tokens;
mod world;
