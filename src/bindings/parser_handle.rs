//! A parser as JavaScript uses it: bytes are written into wasm's memory, and records are read from there.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::layout::{BATCH_CONTENT, BATCH_INTACT, BATCH_MORE, BATCH_RETRY, BATCH_TOO_LARGE, Window};
use crate::parser::{Batch, Parser, Slot};

/// The parser of one client's streams; not part of the package's interface. `pkg-template/src/dispatch` calls it.
pub struct ParserHandle {
    parser: Parser,
    window: Box<Window>,
    /// How many comments the parser had read before the current batch.
    comments_before: u64,
    /// Where JavaScript writes the event type it listens to.
    name: Vec<u8>,
}

impl ParserHandle {
    /// A parser for events of at most `event_limit` bytes. If `empty_events` is true, it also returns events that have a type but
    /// no data.
    #[must_use]
    pub fn new(event_limit: u32, empty_events: bool) -> Self {
        let mut parser = Parser::new(event_limit as usize);
        parser.want_empty_events(empty_events);
        Self { parser, window: Box::default(), comments_before: 0, name: Vec::new() }
    }

    /// Prepares the parser for a new stream.
    pub fn reset(&mut self) {
        self.parser.reset();
        self.present_free();
    }

    /// The same, and frees all memory that the stream needed, because a closed client may stay in memory for long.
    pub fn release(&mut self) {
        self.parser.release();
        self.present_free();
    }

    /// The address to which the UTF-8 of an event type, `length` bytes long, must be written before [`ParserHandle::listen`]. (A
    /// string as argument would need glue for strings, which would be the largest part of the glue.)
    #[must_use]
    pub fn name(&mut self, length: u32) -> u32 {
        self.name = vec![0; length as usize];
        address(self.name.as_ptr())
    }

    /// Gives the event type that was written there a slot, and returns its number.
    #[must_use]
    pub fn listen(&mut self) -> u32 {
        self.parser.listen(&self.name).0
    }

    /// Frees the number of an event type, for another type. Must be called between two batches.
    pub fn forget(&mut self, slot: u32) {
        self.parser.forget(Slot(slot));
    }

    /// How many lines of this stream are neither a comment nor a field that the standard knows.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // only shown
    pub fn ignored_lines(&self) -> f64 {
        self.parser.ignored_lines() as f64
    }

    /// Gives `event: message` a slot of its own, and returns its number.
    #[must_use]
    pub fn distinguish_explicit_message(&mut self) -> u32 {
        self.parser.distinguish_explicit_message().0
    }

    /// Whether comments get records.
    pub fn want_comments(&mut self, wanted: bool) {
        self.parser.want_comments(wanted);
    }

    /// The address of the `Window`.
    #[must_use]
    pub fn window(&self) -> u32 {
        address(&raw const *self.window)
    }

    /// The address to which a piece of `length` bytes must be written, or 0 if there is no memory for it.
    #[must_use]
    pub fn reserve(&mut self, length: u32) -> u32 {
        let free = self.parser.reserve(length as usize);
        if free.len() < length as usize { 0 } else { address(free.as_ptr()) }
    }

    /// Parses the piece that was written there. Returns the bits `BATCH_MORE`, `BATCH_TOO_LARGE`, `BATCH_INTACT` (see [`Batch`]),
    /// `BATCH_RETRY` and `BATCH_CONTENT`.
    #[must_use]
    pub fn parse(&mut self, length: u32) -> u32 {
        let batch = self.parser.parse(length as usize);
        self.present(batch)
    }

    /// The next batch of the piece, after `BATCH_MORE`.
    #[must_use]
    pub fn next_batch(&mut self) -> u32 {
        let batch = self.parser.next_batch();
        self.present(batch)
    }

    /// The reconnection time in milliseconds that the stream has set, after `BATCH_RETRY`.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // no more than a day of it counts
    pub fn retry(&mut self) -> f64 {
        self.parser.take_retry().unwrap_or_default() as f64
    }

    /// Converts the offsets of the records from bytes to UTF-16 code units.
    pub fn to_utf16(&mut self) {
        self.parser.to_utf16();
    }

    #[inline(never)]
    #[allow(clippy::cast_possible_truncation)] // lengths on wasm32
    fn present_free(&mut self) {
        let free = self.parser.free_space();
        self.window.free = address(free.as_ptr());
        self.window.free_bytes = free.len() as u32;
    }

    /// Lays out a batch for JavaScript.
    #[allow(clippy::cast_possible_truncation)] // lengths on wasm32
    fn present(&mut self, batch: Batch) -> u32 {
        let (records, text, comments) = (self.parser.records(), self.parser.text(), self.parser.comments());
        let something = !records.is_empty() || comments > self.comments_before;
        *self.window = Window {
            records: address(records.as_ptr()),
            count: records.len() as u32,
            text: address(text.as_ptr()),
            text_bytes: text.len() as u32,
            comments: (comments - self.comments_before) as u32,
            ..Window::default()
        };
        self.comments_before = comments;
        if !batch.more {
            self.present_free();
        }
        let bit = |is: bool, bit: u32| u32::from(is) * bit;
        bit(something, BATCH_CONTENT)
            | bit(batch.more, BATCH_MORE)
            | bit(batch.too_large, BATCH_TOO_LARGE)
            | bit(batch.intact, BATCH_INTACT)
            | bit(self.parser.has_retry(), BATCH_RETRY)
    }
}

/// An address in wasm's memory.
#[allow(clippy::cast_possible_truncation)] // addresses are 32 bits wide here
fn address<T>(place: *const T) -> u32 {
    place as usize as u32
}
