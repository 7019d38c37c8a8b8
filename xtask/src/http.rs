//! The smallest HTTP client that can talk to the sandbox: plain HTTP/1.1 on loopback, JSON in and out.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value as Json;

use crate::tools::{Failure, Outcome};

/// An API at `http://host:port`, with the bearer token to send.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    address: String,
    token: Option<String>,
}

impl Api {
    /// The API at this URL.
    pub(crate) fn new(url: &str) -> Self {
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Self { address, token: None }
    }

    /// The same API, called with this token.
    pub(crate) fn with_token(self, token: String) -> Self {
        Self { token: Some(token), ..self }
    }

    /// GET of a path.
    pub(crate) fn get(&self, path: &str) -> Outcome<Json> {
        self.call("GET", path, None)
    }

    /// POST of a JSON body to a path.
    pub(crate) fn post(&self, path: &str, body: &Json) -> Outcome<Json> {
        self.call("POST", path, Some(body))
    }

    fn call(&self, method: &str, path: &str, body: Option<&Json>) -> Outcome<Json> {
        let failed = |what: String| Failure::failed(format!("{method} {path} on the sandbox: {what}"));
        let (status, text) = self.exchange(method, path, body).map_err(|error| failed(error.to_string()))?;
        if !(200..300).contains(&status) {
            return Err(failed(format!("status {status}: {text}")));
        }
        serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
    }

    fn exchange(&self, method: &str, path: &str, body: Option<&Json>) -> std::io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        let body = body.map(Json::to_string).unwrap_or_default();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address)?;
        if let Some(token) = &self.token {
            write!(stream, "Authorization: Bearer {token}\r\n")?;
        }
        if !body.is_empty() {
            write!(stream, "Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())?;
        }
        write!(stream, "\r\n{body}")?;
        read_answer(BufReader::new(stream))
    }
}

fn read_answer(mut reader: impl BufRead) -> std::io::Result<(u16, String)> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let mut chunked = false;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        chunked |= line.to_ascii_lowercase().starts_with("transfer-encoding: chunked");
    }
    let mut body = Vec::new();
    if chunked {
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let length = u64::from_str_radix(line.trim(), 16).unwrap_or(0);
            if length == 0 {
                break;
            }
            reader.by_ref().take(length).read_to_end(&mut body)?;
            reader.read_line(&mut line)?;
        }
    } else {
        reader.read_to_end(&mut body)?;
    }
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::read_answer;

    #[test]
    fn answers_are_read_with_and_without_chunks() {
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(read_answer(plain.as_bytes()).unwrap(), (200, "{}".to_owned()));
        let chunked =
            "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n3\r\n\":1\r\n1\r\n}\r\n0\r\n\r\n";
        assert_eq!(read_answer(chunked.as_bytes()).unwrap(), (404, "{\"a\":1}".to_owned()));
    }
}
