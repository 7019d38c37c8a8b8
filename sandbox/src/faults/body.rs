//! The body of an answer on its way: whole, in pieces with pauses, or cut off.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Sleep;

use super::Delivery;

/// A body that announces its whole length and arrives as its delivery says.
#[derive(Debug)]
pub struct Delivered {
    announced: u64,
    rest: Bytes,
    piece: usize,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    is_cut: bool,
}

/// The connection was interrupted on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted by an injected fault")]
pub struct Interrupted;

impl Delivered {
    /// Makes a body that arrives at once.
    pub fn whole(content: impl Into<Bytes>) -> Self {
        Self::new(content, Delivery::Whole)
    }

    /// Makes a body that arrives as told.
    pub fn new(content: impl Into<Bytes>, delivery: Delivery) -> Self {
        let content = content.into();
        let mut body = Self {
            announced: content.len() as u64,
            piece: content.len(),
            rest: content,
            pause: Duration::ZERO,
            waiting: None,
            is_cut: false,
        };
        match delivery {
            Delivery::Truncated { bytes } => {
                body.rest.truncate(bytes.unwrap_or(body.rest.len() / 2));
                body.is_cut = true;
            }
            Delivery::Slow { bytes, pause } => {
                body.piece = bytes.max(1);
                body.pause = pause;
            }
            Delivery::Whole | Delivery::DroppedBefore | Delivery::DroppedAfter => {}
        }
        body
    }
}

impl Body for Delivered {
    type Data = Bytes;
    type Error = Interrupted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Interrupted>>> {
        if let Some(sleep) = &mut self.waiting {
            std::task::ready!(sleep.as_mut().poll(context));
            self.waiting = None;
        }
        if self.rest.is_empty() {
            return Poll::Ready(self.is_cut.then_some(Err(Interrupted)));
        }
        let length = self.piece.min(self.rest.len());
        let piece = self.rest.split_to(length);
        if self.is_cut {
            // Without a pause the error would overtake the bytes that are still in the connection's buffer.
            self.waiting = Some(Box::pin(tokio::time::sleep(Duration::from_millis(1))));
        } else if !self.rest.is_empty() {
            self.waiting = Some(Box::pin(tokio::time::sleep(self.pause)));
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.is_cut
    }

    fn size_hint(&self) -> SizeHint {
        let left = if self.is_cut { self.announced } else { self.rest.len() as u64 };
        SizeHint::with_exact(left)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use http_body_util::BodyExt as _;

    use super::*;

    #[tokio::test]
    async fn a_whole_body_arrives_in_one_piece() {
        let mut body = Delivered::whole("hello");
        assert_eq!(body.size_hint().exact(), Some(5));
        assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "hello");
        assert!(body.frame().await.is_none());
    }

    #[tokio::test]
    async fn a_cut_body_announces_more_than_it_brings() {
        for (bytes, expected) in [(None, "hel"), (Some(1), "h"), (Some(100), "hello!")] {
            let mut body = Delivered::new("hello!", Delivery::Truncated { bytes });
            assert_eq!(body.size_hint().exact(), Some(6));
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), expected);
            assert_eq!(body.frame().await.unwrap().unwrap_err(), Interrupted);
        }
    }

    #[tokio::test]
    async fn a_slow_body_comes_in_pieces() {
        let mut body = Delivered::new("hello", Delivery::Slow { bytes: 2, pause: Duration::ZERO });
        let mut pieces = Vec::new();
        while let Some(frame) = body.frame().await {
            pieces.push(frame.unwrap().into_data().unwrap());
        }
        assert_eq!(pieces, ["he", "ll", "o"]);
    }

    #[tokio::test]
    async fn a_slow_body_pauses_between_its_pieces() {
        let delivery = Delivery::Slow { bytes: 2, pause: Duration::from_secs(3600) };
        let mut body = Delivered::new("hello", delivery);
        assert!(body.frame().now_or_never().is_some(), "the first piece comes at once");
        assert!(body.frame().now_or_never().is_none(), "the second one is due in an hour");
    }
}
