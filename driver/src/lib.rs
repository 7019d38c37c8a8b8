//! Plays Terraform Core against a provider binary and names each of Core's rules that the provider breaks.
//!
//! It shares nothing but `proto/` with the provider: values, codecs and rules are written a second time here, so that a
//! mistake made once is found. From the outside in:
//!
//! - [`session`]: a user's story. [`session::Core`] runs `plan`, `apply`, `destroy`, `import` with the processes, the calls
//!   and the state of the real one.
//! - [`client`]: every remote call, typed, for what no command reaches; [`client::Client::raw`] for what no client sends.
//! - [`launch`]: processes, the handshake line, mutual TLS, debug mode.
//! - [`core`]: what Core proposes and accepts, as pure functions.
//! - [`rule`]: the list of rules. Each answer carries a [`client::Report`] with the ones that it breaks.
//! - [`schema`] and [`value`]: what all of them speak of.
//! - [`generate`]: configurations for property tests.
//!
//! ```ignore
//! let mut core = Core::start(Launch::new(binary).environment("API_URL", url)).await?;
//! core.configure(&json!({ "token": token }))?;
//! let config = core.config("some_resource", &json!({ "name": "nightly" }))?;
//! let applied = core.apply("some_resource", "x", &config).await?;
//! assert!(applied.report.violations.is_empty(), "{}", session::list(&applied.report.violations));
//! assert_eq!(core.plan("some_resource", "x", &config).await?.action, Some(Action::NoOp));
//! ```

pub mod client;
pub mod core;
pub mod generate;
pub mod launch;
pub mod proto;
pub mod rule;
pub mod schema;
pub mod session;
pub mod value;
