//! A body that repeats itself, generated while it is sent. A test that has the flood sees how much was sent and whether the
//! client has stopped reading.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;

/// How long a write has to be pending for the flood to be called blocked: a client that reads, however slowly,
/// takes something within this time.
pub(super) const BLOCKED_AFTER: Duration = Duration::from_millis(300);

/// As much as is written at once, about; what is written at once is one chunk.
const BLOCK: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    written: u64,
    blocked: bool,
}

/// Some bytes again and again. Clones are the same flood; a flood that serves several requests adds up what they took.
///
/// ```
/// use demo_server::faulty::{Flood, Reply};
///
/// let flood = Flood::of_events(1 << 30);
/// let reply = Reply::event_stream().flood(&flood);
/// # let _ = reply;
/// // after the page paused:  let written = flood.wait_blocked().await;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Flood {
    block: Bytes,
    total: u64,
    pause: Duration,
    progress: Arc<watch::Sender<Progress>>,
}

impl Flood {
    /// Repeats `pattern` until so many bytes are sent; the last one may be sent in part.
    ///
    /// # Panics
    /// The pattern is empty.
    pub fn new(pattern: &[u8], total: u64) -> Self {
        assert!(!pattern.is_empty(), "nothing, repeated, is no flood");
        let block = pattern.repeat((BLOCK / pattern.len()).max(1)).into();
        Self { block, total, pause: Duration::ZERO, progress: Arc::default() }
    }

    /// Events of 1 KiB each, so many bytes altogether.
    pub fn of_events(total: u64) -> Self {
        Self::new(format!("data: {}\n\n", "x".repeat(1024 - 8)).as_bytes(), total)
    }

    /// Repeats `pattern` without end.
    ///
    /// # Panics
    /// The pattern is empty.
    pub fn endless(pattern: &[u8]) -> Self {
        Self::new(pattern, u64::MAX)
    }

    /// Pauses between any two blocks of about 64 KiB, so that a page has time for other things.
    pub fn with_pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// How many bytes the system took so far, framing not counted.
    pub fn written(&self) -> u64 {
        self.progress.borrow().written
    }

    /// Whether nothing could be written for 300 ms and still cannot.
    pub fn is_blocked(&self) -> bool {
        self.progress.borrow().blocked
    }

    /// Waits until the flood is blocked; returns how many bytes were written.
    pub async fn wait_blocked(&self) -> u64 {
        self.wait_for(|progress| progress.blocked).await
    }

    /// Waits until so many bytes are written; returns how many it were.
    pub async fn wait_written(&self, bytes: u64) -> u64 {
        self.wait_for(|progress| progress.written >= bytes).await
    }

    async fn wait_for(&self, mut done: impl FnMut(&Progress) -> bool) -> u64 {
        // The sender is `self`, so the channel cannot be closed while we wait.
        let progress = self.progress.subscribe().wait_for(|progress| done(progress)).await.map(|progress| *progress);
        progress.map_or_else(|_| self.written(), |progress| progress.written)
    }

    /// The blocks to write, the last one cut to size.
    pub(super) fn blocks(&self) -> impl Iterator<Item = Bytes> {
        let block = self.block.clone();
        let mut left = self.total;
        std::iter::from_fn(move || {
            let size = usize::try_from(left).unwrap_or(usize::MAX).min(block.len());
            left -= size as u64;
            (size > 0).then(|| block.slice(..size))
        })
    }

    pub(super) fn pause(&self) -> Duration {
        self.pause
    }

    pub(super) fn wrote(&self, bytes: usize) {
        self.progress.send_modify(|progress| {
            progress.written += bytes as u64;
            progress.blocked = false;
        });
    }

    pub(super) fn blocked(&self) {
        self.progress.send_modify(|progress| progress.blocked = true);
    }

    /// The client has left, so the flood is no longer blocked by it.
    pub(super) fn released(&self) {
        self.progress.send_modify(|progress| progress.blocked = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_as_long_as_it_says() {
        let flood = Flood::new(b"abc", 200_000);
        assert_eq!(flood.blocks().map(|block| block.len()).sum::<usize>(), 200_000);
        assert_eq!(Flood::new(b"abc", 7).blocks().next().as_deref(), Some(&b"abcabca"[..]));
    }

    #[test]
    fn an_event_of_a_flood_is_one_kibibyte() {
        let flood = Flood::of_events(4096);
        let text: Vec<u8> = flood.blocks().flatten().collect();
        assert_eq!(text.chunks(1024).filter(|event| event.ends_with(b"x\n\n")).count(), 4);
    }
}
