//! From chunks to events: the chunk that is being parsed, and a place in the records of the current batch.

use alloc::string::String;

use js_sys::Uint8Array;

use super::Event;
use super::stream_start::StreamStart;
use crate::parser::{Batch, Item, Parser};
use crate::session::Millis;

/// A chunk is parsed in pieces of at most this many bytes, so the parser's memory does not grow with the chunk.
const PIECE: u32 = 64 << 10;

/// What completes an unfinished line and its event.
const COMPLETION: &[u8] = b"\n\n";

pub struct Receiver {
    parser: Parser,
    start: StreamStart,
    /// The current chunk, and where its next piece begins.
    chunk: Option<Uint8Array>,
    next_piece: u32,
    /// The current batch, and its next record.
    batch: Batch,
    next_record: usize,
    /// The stream has ended. The bytes that complete its last event are not its own.
    is_complete: bool,
}

/// What comes next in the bytes that have arrived.
pub enum Received {
    Event(Event),
    /// The last event ID, without an event.
    Id(String),
    /// The stream has set its reconnection time.
    ReconnectionTime(Millis),
    /// A line or an event is larger than the limit.
    TooLarge,
    /// Everything was received.
    Nothing,
}

const NO_BATCH: Batch = Batch { more: false, too_large: false, intact: false };

impl Receiver {
    pub fn new(max_event_bytes: usize, empty_events: bool) -> Self {
        let mut parser = Parser::new(max_event_bytes);
        parser.want_empty_events(empty_events);
        let start = StreamStart::default();
        Self { parser, start, chunk: None, next_piece: 0, batch: NO_BATCH, next_record: 0, is_complete: false }
    }

    /// A stream begins.
    pub fn begin(&mut self) {
        self.discard();
        self.parser.reset();
        self.start = StreamStart::default();
        self.is_complete = false;
    }

    /// The stream is over. Drops what was received and not delivered.
    pub fn discard(&mut self) {
        self.chunk = None;
        (self.next_piece, self.next_record) = (0, usize::MAX);
        self.batch = NO_BATCH;
    }

    /// The connection is over: frees the parser's memory.
    pub fn release(&mut self) {
        self.discard();
        self.parser.release();
        self.start = StreamStart::default();
    }

    /// Takes a chunk. The last one must have been received to its end.
    pub fn take(&mut self, chunk: Uint8Array) {
        self.chunk = Some(chunk);
        self.next_piece = 0;
    }

    /// The stream has ended: what a blank line would complete is complete.
    pub fn complete(&mut self) {
        self.is_complete = true;
        self.take(Uint8Array::from(COMPLETION));
    }

    /// After the end of a stream that was not an event stream: its first 64 KiB as text.
    pub fn foreign_text(&self) -> Option<String> {
        self.start.foreign_text()
    }

    /// The next event, or whatever else comes next.
    pub fn next(&mut self) -> Received {
        loop {
            while let Some(record) = self.parser.records().get(self.next_record) {
                self.next_record += 1;
                match Item::new(record, self.parser.text()) {
                    Item::Event(event) => {
                        self.start.has_event();
                        return Received::Event(Event::new(event));
                    }
                    Item::Id(id) => return Received::Id(id.into_owned()),
                    Item::Comment(_) => {}
                }
            }
            if self.batch.too_large {
                return Received::TooLarge;
            }
            if self.batch.more {
                self.batch = self.parser.next_batch();
            } else if !self.parse_piece() {
                return Received::Nothing;
            }
            self.next_record = 0;
            if let Some(time) = self.parser.take_retry() {
                return Received::ReconnectionTime(time);
            }
        }
    }

    /// Parses the next piece of the chunk. Returns false at its end.
    fn parse_piece(&mut self) -> bool {
        let Some(chunk) = &self.chunk else { return false };
        let length = chunk.length();
        let start = self.next_piece;
        let end = length.min(start.saturating_add(PIECE));
        if start >= end {
            self.chunk = None;
            return false;
        }
        let part;
        let piece = if start == 0 && end == length {
            chunk
        } else {
            part = chunk.subarray(start, end);
            &part
        };
        let size = (end - start) as usize;
        let fits = self.parser.free_space().len() >= size;
        let room = if fits { self.parser.free_space() } else { self.parser.reserve(size) };
        // It is shorter if there is no memory. Then the parser reports that the stream is too large.
        if let Some(room) = room.get_mut(..size) {
            piece.copy_to(room);
            if !self.is_complete {
                self.start.add(room);
            }
        }
        self.next_piece = end;
        self.batch = self.parser.parse(size);
        true
    }
}
