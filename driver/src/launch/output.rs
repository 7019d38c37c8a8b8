//! What a process writes to one of its streams, by lines, while it runs and after.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::sync::watch;

/// Collects the lines of one stream.
#[derive(Debug, Clone)]
pub struct Output(watch::Receiver<Collected>);

#[derive(Debug, Default)]
struct Collected {
    lines: Vec<Arc<str>>,
    ended: bool,
}

impl Output {
    pub(super) fn collect(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, receiver) = watch::channel(Collected::default());
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
                let text: Arc<str> = String::from_utf8_lossy(&line).trim_end_matches('\n').into();
                sender.send_modify(|collected| collected.lines.push(text));
                line.clear();
            }
            sender.send_modify(|collected| collected.ended = true);
        });
        Self(receiver)
    }

    /// Returns the lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.borrow().lines.iter().map(std::string::ToString::to_string).collect()
    }

    /// Waits for a line by its number; nothing when the stream ends before it.
    pub async fn line(&self, number: usize) -> Option<String> {
        let mut receiver = self.0.clone();
        let collected = receiver.wait_for(|collected| collected.ended || collected.lines.len() > number).await.ok()?;
        collected.lines.get(number).map(std::string::ToString::to_string)
    }

    /// Waits for a line that contains a text; nothing when the stream ends without one.
    pub async fn containing(&self, text: &str) -> Option<String> {
        let mut receiver = self.0.clone();
        let found = |collected: &Collected| collected.lines.iter().position(|line| line.contains(text));
        let collected = receiver.wait_for(|collected| collected.ended || found(collected).is_some()).await.ok()?;
        found(&collected).and_then(|number| collected.lines.get(number)).map(std::string::ToString::to_string)
    }

    /// Waits for the end of the stream and returns all lines.
    pub async fn to_end(&self) -> Vec<String> {
        let mut receiver = self.0.clone();
        match receiver.wait_for(|collected| collected.ended).await {
            Ok(collected) => collected.lines.iter().map(std::string::ToString::to_string).collect(),
            Err(_) => self.lines(),
        }
    }
}
