//! A Redis server of the quickstart's own, and logging in to it with the credentials that Infisical issued.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::tools::{Failure, Outcome, could_not_start, on_path};

/// A running Redis server; it ends with this value.
pub(crate) struct Redis {
    process: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Redis {
    /// Starts a server in `folder` if one is installed.
    pub(crate) fn start_if_installed(folder: &Path) -> Outcome<Option<Self>> {
        let Some(program) = on_path("redis-server") else { return Ok(None) };
        let port = free_port().map_err(|error| Failure::failed(format!("no port is free: {error}")))?;
        let process = Command::new(program)
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
            .arg(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| could_not_start("redis-server", &error))?;
        let server = Self { process, address: format!("127.0.0.1:{port}") };
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.command(&[&["PING"]]).is_err() {
            if Instant::now() > deadline {
                return Err(Failure::failed("redis-server did not become ready within 20 seconds"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Some(server))
    }

    /// Whether this user may log in and be answered.
    pub(crate) fn admits(&self, username: &str, password: &str) -> bool {
        self.command(&[&["AUTH", username, password], &["PING"]]).is_ok_and(|answer| answer == "+PONG")
    }

    /// Sends commands over one connection and returns the last answer; an error answer of any is an error.
    fn command(&self, commands: &[&[&str]]) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut answer = String::new();
        for words in commands {
            write!(stream, "*{}\r\n", words.len())?;
            for word in *words {
                write!(stream, "${}\r\n{word}\r\n", word.len())?;
            }
            answer.clear();
            reader.read_line(&mut answer)?;
            if !answer.starts_with('+') {
                return Err(std::io::Error::other(answer.trim().to_owned()));
            }
        }
        Ok(answer.trim().to_owned())
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // Ending it may fail only if it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
