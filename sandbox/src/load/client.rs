//! One HTTP/1.1 connection that is kept for all requests of a client.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::seed;

/// A client's connection.
pub(super) struct Client {
    sender: SendRequest<Full<Bytes>>,
    authorization: String,
    host: String,
}

/// Logs in and tells the token, which all clients share.
pub(super) async fn log_in(address: SocketAddr) -> Result<String, String> {
    let mut client = Client::connect(address, "").await?;
    let body = json!({ "clientId": seed::CLIENT_ID, "clientSecret": seed::CLIENT_SECRET });
    let answer = client.call("POST", "/api/v1/auth/universal-auth/login", Some(&body)).await?;
    let token = answer.get("accessToken").and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| "the login gave no token".to_owned())
}

impl Client {
    pub(super) async fn connect(address: SocketAddr, token: &str) -> Result<Self, String> {
        let stream = TcpStream::connect(address).await.map_err(|error| format!("cannot connect: {error}"))?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| format!("cannot connect: {error}"))?;
        // What goes wrong with the connection is told to the request that needs it.
        tokio::spawn(connection);
        Ok(Self { sender, authorization: format!("Bearer {token}"), host: address.to_string() })
    }

    /// Sends a request and returns the body of its 200; every other answer is an error.
    pub(super) async fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let failed = |reason: String| format!("{method} {path}: {reason}");
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host);
        if self.authorization.len() > "Bearer ".len() {
            request = request.header(header::AUTHORIZATION, &self.authorization);
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| failed(error.to_string()))?;
        self.sender.ready().await.map_err(|error| failed(error.to_string()))?;
        let response = self.sender.send_request(request).await.map_err(|error| failed(error.to_string()))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| failed(error.to_string()))?.to_bytes();
        if status != http::StatusCode::OK {
            return Err(failed(format!("{status} {}", String::from_utf8_lossy(&body))));
        }
        serde_json::from_slice(&body).map_err(|error| failed(error.to_string()))
    }
}
