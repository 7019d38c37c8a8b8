//! A server on loopback that answers as a test tells it to, and remembers what it was asked.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::Instant;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Method and path, as tests name requests.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// Closes the connection without a word.
    Drop,
    /// Promises more than it sends.
    Truncated(String),
    /// Answers once the door is opened.
    Held(watch::Receiver<bool>, Box<Reply>),
    /// Never answers.
    Never,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::Answer { status, headers: vec![], body: body.to_string() }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Answer { status, headers: vec![], body: body.to_owned() }
    }

    /// A refusal as the API writes it.
    pub(crate) fn refusal(status: u16, error: &str, message: &str) -> Self {
        let body = serde_json::json!({"reqId": "req-test", "statusCode": status, "error": error, "message": message});
        Self::json(status, &body)
    }

    pub(crate) fn with(self, name: &str, value: impl Display) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name.to_owned(), value.to_string()));
                Self::Answer { status, headers, body }
            }
            other => other,
        }
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; it ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    arrived: watch::Receiver<usize>,
}

impl Server {
    pub(crate) async fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_on(None, script).await
    }

    /// Like [`Server::start`], behind TLS.
    pub(crate) async fn start_on(
        tls: Option<tokio_rustls::TlsAcceptor>,
        script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (arrivals, arrived) = watch::channel(0);
        let (script, log): (Arc<Script>, _) = (Arc::new(script), asked.clone());
        let arrivals = Arc::new(arrivals);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log, arrivals, tls) = (script.clone(), log.clone(), arrivals.clone(), tls.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &*script, &log, &arrivals).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                serve(stream, &*script, &log, &arrivals).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, asked, arrived }
    }

    pub(crate) fn host(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was asked so far, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often a method and path that begin so were asked.
    pub(crate) fn count(&self, line: &str) -> usize {
        self.asked().iter().filter(|asked| asked.line().starts_with(line)).count()
    }

    /// Waits until `number` requests have arrived.
    pub(crate) async fn arrived(&self, number: usize) {
        self.arrived.clone().wait_for(|arrived| *arrived >= number).await.unwrap();
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    script: &Script,
    log: &Mutex<Vec<Asked>>,
    arrivals: &watch::Sender<usize>,
) {
    while let Some(asked) = read(&mut stream).await {
        log.lock().unwrap().push(asked.clone());
        let mut reply = script(&asked);
        arrivals.send_modify(|number| *number += 1);
        loop {
            match reply {
                Reply::Held(mut door, then) => {
                    let _ = door.wait_for(|open| *open).await;
                    reply = *then;
                }
                Reply::Never => std::future::pending().await,
                Reply::Drop => return,
                Reply::Truncated(body) => {
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len() + 10);
                    let _ = stream.write_all((head + &body).as_bytes()).await;
                    return;
                }
                Reply::Answer { status, headers, body } => {
                    let lines: Vec<String> =
                        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                    let head =
                        format!("HTTP/1.1 {status} -\r\ncontent-length: {}\r\n{}\r\n", body.len(), lines.concat());
                    if stream.write_all((head + &body).as_bytes()).await.is_err() {
                        return;
                    }
                    break;
                }
            }
        }
    }
}

async fn read(stream: &mut (impl AsyncRead + Unpin)) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length =
        headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
    while bytes.len() < head + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8(bytes[head + 4..].to_vec()).unwrap();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    Some(Asked { method, path: path.to_owned(), query: query.to_owned(), headers, body, at: Instant::now() })
}
