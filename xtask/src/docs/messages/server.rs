//! An API that answers as a script says, for messages that only an answer can bring about.

use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value as Json;

/// What a script makes of a method and a path: a status with a body, or nothing, and the connection is cut.
pub(super) type Script = Box<dyn Fn(&str, &str) -> Option<(u16, Json)> + Send>;

/// The server. Its thread lives as long as the process.
pub(super) struct Server {
    /// Where it listens.
    pub(super) address: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    /// Starts a server that knows nothing yet.
    pub(super) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = format!("http://{}", listener.local_addr()?);
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(|_, _| None)));
        let shared = Arc::clone(&script);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that breaks is the business of who called.
                let _ = answer(stream, &shared);
            }
        });
        Ok(Self { address, script })
    }

    /// Answers by another script from now on.
    pub(super) fn play(&self, script: impl Fn(&str, &str) -> Option<(u16, Json)> + Send + 'static) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(script);
    }
}

fn answer(stream: TcpStream, script: &Mutex<Script>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let mut words = line.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut length = 0;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = text.trim().parse().unwrap_or(0);
        }
    }
    io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
    let path = path.split('?').next().unwrap_or_default();
    let Some((status, body)) = script.lock().unwrap_or_else(PoisonError::into_inner)(&method, path) else {
        return Ok(());
    };
    let body = body.to_string();
    let mut stream = reader.into_inner();
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\nDate: Wed, 01 Jan 2020 00:00:00 GMT\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
