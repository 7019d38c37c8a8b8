//! A door between the provider and the sandbox, at which an answer can be made to wait.
//!
//! Bytes pass both ways. Once a request is to be held, the connection on which it comes gets no answer until the test
//! opens the door: the server has done the work by then and the provider does not know it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Stands at an address of its own in front of a server.
pub(crate) struct Gate {
    url: String,
    wanted: Arc<Mutex<Option<Wanted>>>,
    heard: Arc<Mutex<Vec<u8>>>,
}

/// A request whose answer waits, or will.
pub(crate) struct Held {
    answered: Option<oneshot::Receiver<()>>,
    open: Option<oneshot::Sender<()>>,
}

struct Wanted {
    request: &'static str,
    door: Door,
}

struct Door {
    answered: oneshot::Sender<()>,
    open: oneshot::Receiver<()>,
}

impl Gate {
    /// Sets one up in front of a server.
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let wanted = Arc::new(Mutex::new(None));
        let heard = Arc::default();
        let (seen, noted) = (Arc::clone(&wanted), Arc::clone(&heard));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(server).await.unwrap();
                tokio::spawn(pass(client, server, Arc::clone(&seen), Arc::clone(&noted)));
            }
        });
        Self { url, wanted, heard }
    }

    /// How often a text was in what the provider has sent so far.
    pub(crate) fn heard(&self, text: &str) -> usize {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).matches(text).count()
    }

    /// Where it stands.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Holds the answer to the next request that begins like this, such as `POST /api`.
    pub(crate) fn hold(&self, request: &'static str) -> Held {
        let ((answer, answered), (opener, open)) = (oneshot::channel(), oneshot::channel());
        let door = Door { answered: answer, open };
        *self.wanted.lock().unwrap() = Some(Wanted { request, door });
        Held { answered: Some(answered), open: Some(opener) }
    }
}

impl Held {
    /// Waits until the server has answered: its work is done, and the answer stands at the door.
    pub(crate) async fn answered(&mut self) {
        self.answered.take().expect("asked once").await.unwrap();
    }

    /// Lets the answer pass.
    pub(crate) fn open(mut self) {
        // The provider may have left.
        let _ = self.open.take().expect("opened once").send(());
    }
}

/// Passes bytes on. HTTP/1.1 without pipelining: an answer belongs to the last request.
async fn pass(client: TcpStream, server: TcpStream, wanted: Arc<Mutex<Option<Wanted>>>, heard: Arc<Mutex<Vec<u8>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let door: Arc<Mutex<Option<Door>>> = Arc::default();
    let shut = Arc::clone(&door);
    let asking = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            let bytes = &buffer[..length];
            heard.lock().unwrap().extend_from_slice(bytes);
            if let Some(door) = door_for(&wanted, bytes) {
                *shut.lock().unwrap() = Some(door);
            }
            if to_server.write_all(bytes).await.is_err() {
                break;
            }
        }
    };
    let answering = async move {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            let door = door.lock().unwrap().take();
            if let Some(Door { answered, open }) = door {
                let _ = answered.send(());
                // A test that forgets the door has ended.
                let _ = open.await;
            }
            if to_client.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
    };
    tokio::select! {
        () = asking => {}
        () = answering => {}
    }
}

/// The door that a request shall wait at, if it is the one that is wanted.
fn door_for(wanted: &Mutex<Option<Wanted>>, request: &[u8]) -> Option<Door> {
    let mut wanted = wanted.lock().unwrap();
    wanted.take_if(|wanted| request.starts_with(wanted.request.as_bytes())).map(|wanted| wanted.door)
}
