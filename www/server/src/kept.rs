//! A list of entries with a limited size: when it has too many entries or takes too many bytes, its oldest entries are dropped.

use std::sync::Arc;

use bytes::Bytes;

/// The longest part of a request body that is kept, in bytes.
pub(crate) const BODY_KEPT: usize = 1024 * 1024;

/// An entry that knows about how much memory it takes.
pub(crate) trait Weight {
    /// The memory it takes, in bytes.
    fn bytes(&self) -> usize;
}

/// The newest entries, oldest first. The newest entry is always kept, however large it is.
#[derive(Debug)]
pub(crate) struct Kept<T> {
    entries: Vec<Arc<T>>,
    bytes: usize,
    most: usize,
    most_bytes: usize,
}

impl<T: Weight> Kept<T> {
    /// Keeps at most `most` entries, and at most `most_bytes` bytes.
    pub(crate) fn new(most: usize, most_bytes: usize) -> Self {
        Self { entries: Vec::new(), bytes: 0, most, most_bytes }
    }

    pub(crate) fn entries(&self) -> &[Arc<T>] {
        &self.entries
    }

    pub(crate) fn push(&mut self, entry: T) {
        self.bytes += entry.bytes();
        self.entries.push(Arc::new(entry));
        let newest = self.entries.len() - 1;
        let mut dropped = 0;
        while dropped < newest && (self.entries.len() - dropped > self.most || self.bytes > self.most_bytes) {
            self.bytes -= self.entries[dropped].bytes();
            dropped += 1;
        }
        self.entries.drain(..dropped);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }
}

/// The beginning of a body, in memory of its own: a slice would keep all of the buffer it was read into.
pub(crate) fn beginning(body: &[u8]) -> Bytes {
    Bytes::copy_from_slice(&body[..body.len().min(BODY_KEPT)])
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Weight for usize {
        fn bytes(&self) -> usize {
            *self
        }
    }

    fn kept(pushed: &[usize]) -> Vec<usize> {
        let mut kept = Kept::new(4, 100);
        for bytes in pushed {
            kept.push(*bytes);
        }
        kept.entries().iter().map(|bytes| **bytes).collect()
    }

    #[test]
    fn the_oldest_entries_make_way_when_there_are_too_many() {
        assert_eq!(kept(&[1, 2, 3, 4, 5, 6]), [3, 4, 5, 6]);
    }

    #[test]
    fn the_oldest_entries_make_way_when_they_take_too_many_bytes() {
        assert_eq!(kept(&[40, 30, 30]), [40, 30, 30]);
        assert_eq!(kept(&[40, 30, 30, 1]), [30, 30, 1]);
        assert_eq!(kept(&[40, 30, 30, 90]), [90]);
    }

    #[test]
    fn the_newest_entry_is_kept_however_large_it_is() {
        assert_eq!(kept(&[1, 200]), [200]);
        assert_eq!(kept(&[1, 200, 2]), [2]);
    }
}
