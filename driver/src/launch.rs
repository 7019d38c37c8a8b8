//! Starts provider processes as Core does, and ends them.
//!
//! A [`Launch`] is a recipe: program, environment, certificate. [`Launch::start`] runs it up to the handshake line and
//! gives a [`Process`] that can be dialed. [`Reattach`] is the other way in: a provider that runs in debug mode already.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Seek as _, Write as _};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

mod certificate;
mod connection;
mod der;
mod handshake;
mod output;
mod p521;
mod reattach;

pub use certificate::{ClientIdentity, NoRandomness, ServerCertificate};
pub use connection::{Connection, Dial, DialError, TlsFacts, TlsVersions, plaintext};
pub use handshake::{Address, Handshake, HandshakeError};
pub use output::Output;
pub use reattach::{Reattach, ReattachError};

/// The value of `TF_PLUGIN_MAGIC_COOKIE`: a guard against starting a provider by hand, not a secret.
pub const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// How long Core waits for the handshake line.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(60);

/// Says how to start a provider; the defaults are Core's.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: BTreeMap<OsString, Option<OsString>>,
    mutual_tls: bool,
    stdin: Vec<u8>,
}

/// Says why a provider did not get as far as its handshake.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    /// The program could not be started, or its files not be made.
    #[error("cannot start the provider: {0}")]
    Start(#[source] io::Error),
    /// The process ended without a handshake line.
    #[error("the provider ended without a handshake ({0:?})")]
    Ended(Box<Finished>),
    /// No line came in a minute.
    #[error("no handshake line in {HANDSHAKE_LIMIT:?}")]
    Timeout,
    /// The line is not one that Core takes.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// The provider in debug mode did not say how to attach to it.
    #[error(transparent)]
    Reattach(#[from] ReattachError),
    /// The system gave no randomness for the certificate.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
}

/// Is what remains of a process that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The exit code; nothing when a signal ended it.
    pub code: Option<i32>,
    /// Everything that it wrote to standard output, by lines; the handshake line included.
    pub stdout: Vec<String>,
    /// Everything that it wrote to standard error, by lines.
    pub stderr: Vec<String>,
    /// Whether it had to be killed because it did not end in time.
    pub killed: bool,
}

impl Launch {
    /// Starts the program with Core's environment and mutual TLS.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        let mut environment = BTreeMap::new();
        for (name, value) in [
            ("TF_PLUGIN_MAGIC_COOKIE", COOKIE),
            ("PLUGIN_PROTOCOL_VERSIONS", "5,6"),
            ("PLUGIN_MIN_PORT", "10000"),
            ("PLUGIN_MAX_PORT", "25000"),
        ] {
            environment.insert(OsString::from(name), Some(OsString::from(value)));
        }
        Self { program: program.into(), arguments: Vec::new(), environment, mutual_tls: true, stdin: Vec::new() }
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets a variable, in place of Core's own value where it has one.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), Some(value.into()));
        self
    }

    /// Takes a variable away, Core's own and inherited ones alike.
    #[must_use]
    pub fn without_environment(mut self, name: impl Into<OsString>) -> Self {
        self.environment.insert(name.into(), None);
        self
    }

    /// Offers no certificate, as under `TF_DISABLE_PLUGIN_TLS`: the provider listens in plaintext.
    #[must_use]
    pub fn without_tls(mut self) -> Self {
        self.mutual_tls = false;
        self
    }

    /// Feeds bytes to standard input, which a provider must leave alone: they are for Core.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = bytes.into();
        self
    }

    /// Starts the provider and reads its handshake line.
    pub async fn start(&self) -> Result<Process, LaunchError> {
        let identity = if self.mutual_tls { Some(ClientIdentity::generate()?) } else { None };
        let begin = Instant::now();
        let mut process = self.spawn(identity).map_err(LaunchError::Start)?;
        let Ok(line) = tokio::time::timeout(HANDSHAKE_LIMIT, process.stdout.line(0)).await else {
            return Err(LaunchError::Timeout);
        };
        process.started_in = begin.elapsed();
        let Some(line) = line else {
            let finished = process.finish(HANDSHAKE_LIMIT).await.map_err(LaunchError::Start)?;
            return Err(LaunchError::Ended(Box::new(finished)));
        };
        let multiplex = self.environment.get(&OsString::from("PLUGIN_MULTIPLEX_GRPC"));
        let multiplex_asked = multiplex.is_some_and(|value| value.as_ref().is_some_and(|value| !value.is_empty()));
        process.handshake = Some(Handshake::parse(&line, multiplex_asked)?);
        Ok(process)
    }

    /// Starts the provider in debug mode, by the arguments that it has for it: without the cookie and without TLS. Returns
    /// what it prints for `TF_REATTACH_PROVIDERS` beside the process.
    pub async fn start_debug(&self) -> Result<(Process, BTreeMap<String, Reattach>), LaunchError> {
        let launch = self.clone().without_environment("TF_PLUGIN_MAGIC_COOKIE");
        let process = launch.spawn(None).map_err(LaunchError::Start)?;
        let line = tokio::time::timeout(HANDSHAKE_LIMIT, process.stdout.containing(reattach::VARIABLE)).await;
        match line {
            Err(_) => Err(LaunchError::Timeout),
            Ok(Some(line)) => Ok((process, Reattach::parse(&line)?)),
            Ok(None) => {
                let finished = process.finish(HANDSHAKE_LIMIT).await.map_err(LaunchError::Start)?;
                Err(LaunchError::Ended(Box::new(finished)))
            }
        }
    }

    /// Runs the program to its end, for calls that are no handshake: `--version`, or a start without the cookie.
    pub async fn run(&self, limit: Duration) -> Result<Finished, LaunchError> {
        let identity = if self.mutual_tls { Some(ClientIdentity::generate()?) } else { None };
        self.spawn(identity).map_err(LaunchError::Start)?.finish(limit).await.map_err(LaunchError::Start)
    }

    fn spawn(&self, identity: Option<ClientIdentity>) -> io::Result<Process> {
        let mut stdin = tempfile::tempfile()?;
        stdin.write_all(&self.stdin)?;
        stdin.rewind()?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::from(stdin.try_clone()?))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.kill_on_drop(true).env_remove("PLUGIN_CLIENT_CERT");
        if let Some(identity) = &identity {
            command.env("PLUGIN_CLIENT_CERT", identity.pem());
        }
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.spawn()?;
        let missing = || io::Error::other("a pipe of the child is missing");
        let stdout = Output::collect(child.stdout.take().ok_or_else(missing)?);
        let stderr = Output::collect(child.stderr.take().ok_or_else(missing)?);
        let started_in = Duration::ZERO;
        Ok(Process { child, identity, handshake: None, stdin, stdout, stderr, started_in })
    }
}

/// Is a running provider. Dropping it kills the process.
#[derive(Debug)]
pub struct Process {
    child: Child,
    identity: Option<ClientIdentity>,
    handshake: Option<Handshake>,
    stdin: std::fs::File,
    stdout: Output,
    stderr: Output,
    started_in: Duration,
}

impl Process {
    /// Returns what the handshake line said. (There is one as soon as [`Launch::start`] has returned.)
    pub fn handshake(&self) -> Option<&Handshake> {
        self.handshake.as_ref()
    }

    /// Returns the certificate that was announced to the provider.
    pub fn identity(&self) -> Option<&ClientIdentity> {
        self.identity.as_ref()
    }

    /// Returns how long the process took from its start to the handshake line.
    pub fn started_in(&self) -> Duration {
        self.started_in
    }

    /// Returns the process number; nothing once it has ended.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Returns what it has written to standard output.
    pub fn stdout(&self) -> &Output {
        &self.stdout
    }

    /// Returns what it has written to standard error.
    pub fn stderr(&self) -> &Output {
        &self.stderr
    }

    /// Returns how many bytes of standard input the process has read; it must be none.
    pub fn stdin_consumed(&mut self) -> io::Result<u64> {
        // Both processes share one open file and so its position.
        self.stdin.stream_position()
    }

    /// Connects as Core does: with the announced certificate, or in plaintext where none was.
    pub async fn connect(&self) -> Result<Connection, DialError> {
        match &self.identity {
            Some(identity) => self.dial(&Dial::with(identity)).await,
            None => plaintext(self.address()?).await,
        }
    }

    /// Connects over TLS in some other way.
    pub async fn dial(&self, dial: &Dial) -> Result<Connection, DialError> {
        let certificate = self.handshake.as_ref().and_then(|handshake| handshake.certificate.as_deref());
        dial.tls(self.address()?, certificate.unwrap_or_default()).await
    }

    /// Sends a signal by its name, as in `kill -INT`.
    pub async fn signal(&self, name: &str) -> io::Result<()> {
        let id = self.id().ok_or(io::ErrorKind::NotFound)?;
        let status = Command::new("kill").arg(format!("-{name}")).arg(id.to_string()).status().await?;
        if status.success() { Ok(()) } else { Err(io::Error::other(format!("kill -{name}: {status}"))) }
    }

    /// Waits for the process to end; kills it when it has not ended within the limit.
    pub async fn finish(mut self, limit: Duration) -> io::Result<Finished> {
        let (status, killed) = match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => (status?, false),
            Err(_) => (self.kill().await?, true),
        };
        let Self { stdout, stderr, .. } = self;
        Ok(Finished { code: status.code(), stdout: stdout.to_end().await, stderr: stderr.to_end().await, killed })
    }

    async fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill().await?;
        self.child.wait().await
    }

    fn address(&self) -> Result<&Address, DialError> {
        let handshake = self.handshake.as_ref();
        handshake
            .map(|handshake| &handshake.address)
            .ok_or_else(|| DialError::Connect(io::ErrorKind::NotConnected.into()))
    }
}
