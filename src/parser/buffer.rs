//! The memory that chunks are written to.
//!
//! ```text
//! bytes     ┌──────────────────┬───────────────────┬───────────────┐
//!           │ unfinished event │ the next chunk    │ not used yet  │
//!           └──────────────────┴───────────────────┴───────────────┘
//!                              ^ filled            ^ reserved_end
//! ```
//!
//! The caller asks where to write in one of two ways. [`Parser::free_space`] is cheap and enough for most chunks: it returns
//! what is free without moving anything. [`Parser::reserve`] moves unfinished bytes to the front and grows the buffer.

use alloc::vec::Vec;

use super::Parser;
use super::pending::PendingEvent;
use super::span::Span;

/// A buffer larger than this is freed when a stream ends. Otherwise one large event would cost memory for ever.
const KEPT_BYTES: usize = 1 << 20;

/// How much larger than the largest event the buffer may become by doubling: enough for the names of fields and for a large
/// chunk.
const MARGIN: usize = (256 << 10) + 64;

#[derive(Debug, Default)]
pub(super) struct Buffer {
    /// All bytes are initialised. The first `filled` were received and are not retired yet.
    pub bytes: Vec<u8>,
    pub filled: usize,
    /// Where the memory ends that was returned last, for the next chunk.
    reserved_end: usize,
    /// That memory was returned by [`Parser::free_space`], so the previous batch is not retired yet.
    reserved_in_place: bool,
    /// The received bytes are the last chunk and nothing else, and no `data` line was moved in them.
    pub is_chunk: bool,
}

impl Buffer {
    pub fn new() -> Self {
        Self { is_chunk: true, ..Self::default() }
    }

    pub fn received(&self) -> &[u8] {
        self.bytes.get(..self.filled).unwrap_or_default()
    }

    /// Empties the buffer for a new stream.
    pub fn reset(&mut self) {
        if self.bytes.len() > KEPT_BYTES {
            self.bytes = Vec::new();
        }
        (self.filled, self.reserved_end) = (0, 0);
        (self.reserved_in_place, self.is_chunk) = (false, true);
    }
}

impl Parser {
    /// Returns `len` bytes for the next chunk, behind what the previous chunks left unfinished.
    ///
    /// This retires the previous batch: its records and its text are gone. If there is no memory for the chunk, the result
    /// is empty and the stream counts as [too large](super::Batch::too_large).
    pub fn reserve(&mut self, len: usize) -> &mut [u8] {
        self.retire();
        let start = self.buffer.filled;
        let end = start + len;
        if self.buffer.bytes.len() < end {
            // Doubling keeps the copies of a growing event linear in its size, and an allocator finds space for powers of
            // two where others were freed. No event becomes much larger than the limit.
            let size = end.max(end.next_power_of_two().min(self.limit.saturating_add(MARGIN)));
            if self.buffer.bytes.try_reserve_exact(size - self.buffer.bytes.len()).is_err() {
                self.too_large = true;
                return &mut [];
            }
            self.buffer.bytes.resize(size, 0);
        }
        (self.buffer.reserved_end, self.buffer.reserved_in_place) = (end, false);
        self.buffer.bytes.get_mut(start..end).unwrap_or_default()
    }

    /// Returns the part of the buffer that is free without moving any bytes. A chunk that fits there needs no
    /// [`Parser::reserve`], which makes small chunks cheap.
    ///
    /// Must be called only when the last chunk is parsed completely. Writing to this memory retires the previous batch: its
    /// text is gone.
    pub fn free_space(&mut self) -> &mut [u8] {
        let start = if self.is_settled() { 0 } else { self.buffer.filled };
        // Behind joined `data` lines nothing is free: their gap would grow, and be filled with spaces again for each chunk.
        let end = if self.pending.has_gap() { start } else { self.buffer.bytes.len() };
        (self.buffer.reserved_end, self.buffer.reserved_in_place) = (end, true);
        self.buffer.bytes.get_mut(start..end).unwrap_or_default()
    }

    /// Counts the `len` bytes that were written as received. Bytes beyond the memory that was returned do not count.
    pub(super) fn receive(&mut self, len: usize) {
        if core::mem::take(&mut self.buffer.reserved_in_place) {
            self.retire_in_place();
        }
        self.buffer.filled = self.buffer.filled.saturating_add(len).min(self.buffer.reserved_end);
        self.buffer.reserved_end = self.buffer.filled;
    }

    /// Whether no line and no event is unfinished.
    pub(super) fn is_settled(&self) -> bool {
        self.position.line == self.buffer.filled && self.pending.is_empty()
    }

    /// Drops the batch that was returned, and moves unfinished bytes to the front of the buffer.
    pub(super) fn retire(&mut self) {
        self.records.clear();
        self.text = Span::EMPTY;
        if self.too_large {
            self.pending = PendingEvent::default();
            self.buffer.bytes = Vec::new();
            self.buffer.filled = 0;
            (self.position.line, self.position.scanned) = (0, 0);
            self.buffer.is_chunk = false;
            return;
        }
        let kept = self.pending.move_to_front(&mut self.buffer.bytes);
        let line = self.position.line;
        if line > kept {
            Span { start: line, end: self.buffer.filled }.move_to(kept, &mut self.buffer.bytes);
            let shift = line - kept;
            self.position.line = kept;
            self.position.scanned -= shift;
            self.buffer.filled -= shift;
        }
        self.buffer.is_chunk = self.buffer.filled == 0;
    }

    /// Retires the batch when the next chunk was written to [`Parser::free_space`]: nothing is moved.
    fn retire_in_place(&mut self) {
        if self.is_settled() {
            self.buffer.filled = 0;
            (self.position.line, self.position.scanned) = (0, 0);
        }
        self.buffer.is_chunk = self.buffer.filled == 0;
        self.pending.release_comments();
    }
}
