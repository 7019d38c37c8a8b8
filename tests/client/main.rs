//! The client against a server on loopback that misbehaves on demand.

mod ambiguity;
mod classes;
mod limits;
mod logins;
mod logs;
mod neighbours;
mod reads;
mod server;
mod tls;
mod tokens;
mod world;
