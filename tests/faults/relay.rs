//! A man in the middle of the provider and its server: at a chosen request it holds everything of that request back, or
//! stops listening, so that connections are refused from then on.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// At which request to act, and what to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// The method; any if empty.
    pub(crate) method: &'static str,
    /// A part of the path.
    pub(crate) path: &'static str,
    /// Which of the requests that match, from 1.
    pub(crate) number: usize,
    /// Before the server gets it, or after the server has answered and before the client knows.
    pub(crate) point: Point,
    /// What to do.
    pub(crate) act: Act,
}

/// A point in the life of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// The server does not have it yet.
    Before,
    /// The server has answered, the client has not got the answer.
    After,
}

/// What a relay does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// The request goes no further until [`Relay::release`].
    Hold,
    /// Nobody is listened to any more. The request itself goes on.
    Leave,
}

/// A relay. It closes the connection after each answer, so that each request needs a connection of its own.
pub(crate) struct Relay {
    address: SocketAddr,
    reached: UnboundedReceiver<()>,
    shared: Arc<Shared>,
}

struct Shared {
    plan: Plan,
    upstream: SocketAddr,
    address: SocketAddr,
    progress: Mutex<Progress>,
    changed: Condvar,
    reached: UnboundedSender<()>,
}

#[derive(Default)]
struct Progress {
    matched: usize,
    leaves: bool,
    has_left: bool,
    released: bool,
}

/// One message, as it came.
struct Message {
    first_line: String,
    headers: Vec<u8>,
    body: Vec<u8>,
}

impl Relay {
    /// Listens for the server at `upstream`.
    pub(crate) fn start(upstream: SocketAddr, plan: Plan) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, reached) = unbounded_channel();
        let (progress, changed) = (Mutex::default(), Condvar::new());
        let shared = Arc::new(Shared { plan, upstream, address, progress, changed, reached: sender });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.progress.lock().unwrap().leaves {
                    break;
                }
                let serving = Arc::clone(&accepting);
                thread::spawn(move || stream.ok().and_then(|stream| serving.converse(stream)));
            }
            drop(listener);
            accepting.note(|progress| progress.has_left = true);
        });
        Self { address, reached, shared }
    }

    /// The address for the provider.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until the chosen request has come to the chosen point.
    pub(crate) async fn reached(&mut self) {
        self.reached.recv().await.expect("the relay lives");
    }

    /// Like [`Relay::reached`], on a thread of its own.
    pub(crate) fn wait(&mut self) {
        self.reached.blocking_recv().expect("the relay lives");
    }

    /// Lets go what is held.
    pub(crate) fn release(&self) {
        self.shared.note(|progress| progress.released = true);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.release();
        self.shared.leave();
    }
}

impl Shared {
    fn converse(&self, mut client: TcpStream) -> Option<()> {
        let request = Message::read(&mut BufReader::new(&client))?;
        let is_meant = self.is_meant(&request);
        self.pass(is_meant, Point::Before);
        let mut server = TcpStream::connect(self.upstream).ok()?;
        request.write(&mut server, b"").ok()?;
        let answer = Message::read(&mut BufReader::new(&server))?;
        self.pass(is_meant, Point::After);
        answer.write(&mut client, b"connection: close\r\n").ok()?;
        client.shutdown(Shutdown::Both).ok()
    }

    fn is_meant(&self, request: &Message) -> bool {
        let mut words = request.first_line.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let path = path.split('?').next().unwrap_or_default();
        if !(self.plan.method.is_empty() || self.plan.method == method) || !path.contains(self.plan.path) {
            return false;
        }
        let mut progress = self.progress.lock().unwrap();
        progress.matched += 1;
        progress.matched == self.plan.number
    }

    fn pass(&self, is_meant: bool, point: Point) {
        if !is_meant || point != self.plan.point {
            return;
        }
        match self.plan.act {
            Act::Hold => {
                let _ = self.reached.send(());
                self.wait_for(|progress| progress.released);
            }
            Act::Leave => {
                self.leave();
                let _ = self.reached.send(());
            }
        }
    }

    fn leave(&self) {
        self.note(|progress| progress.leaves = true);
        // Wakes the thread that listens; it takes no further connection.
        let _ = TcpStream::connect(self.address);
        self.wait_for(|progress| progress.has_left);
    }

    fn note(&self, change: impl FnOnce(&mut Progress)) {
        change(&mut self.progress.lock().unwrap());
        self.changed.notify_all();
    }

    fn wait_for(&self, is_reached: impl Fn(&Progress) -> bool) {
        let progress = self.progress.lock().unwrap();
        drop(self.changed.wait_while(progress, |progress| !is_reached(progress)).unwrap());
    }
}

impl Message {
    /// Reads a whole message; nothing if the other side closes before its end.
    fn read(stream: &mut impl BufRead) -> Option<Self> {
        let mut first_line = String::new();
        stream.read_line(&mut first_line).ok().filter(|length| *length > 0)?;
        let (mut headers, mut length) = (Vec::new(), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().ok()?;
            }
            headers.extend_from_slice(line.as_bytes());
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).ok()?;
        Some(Self { first_line, headers, body })
    }

    fn write(&self, stream: &mut impl Write, more_headers: &[u8]) -> std::io::Result<()> {
        stream.write_all(&[self.first_line.as_bytes(), &self.headers, more_headers, b"\r\n", &self.body].concat())
    }
}
