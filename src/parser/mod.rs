//! Bytes in, events out: the event-stream grammar of the WHATWG HTML standard, sections 9.2.5 ("Parsing an event stream")
//! and 9.2.6 ("Interpreting an event stream"), and nothing else. Comments quote it as [HTML].
//!
//! # An event stream
//!
//! A stream is UTF-8 text in lines. An event is a block of fields, one per line, and a blank line ends it:
//!
//! ```text
//! : a comment, often sent as a heartbeat
//! event: notification
//! id: 7
//! data: first line
//! data: second line
//!
//! ```
//!
//! The network cuts a stream anywhere: in the middle of a line, of a character, or between a carriage return and its line
//! feed. So the parser is incremental. It keeps what is unfinished at the end of a chunk and continues there.
//!
//! # What happens to a chunk
//!
//! 1. The caller writes the chunk into the parser's own buffer, behind what the previous chunks left unfinished
//!    ([`Parser::free_space`] or [`Parser::reserve`]). Apart from what is unfinished, and from the `data` lines of step 3, no
//!    byte is moved or copied again.
//! 2. [`Parser::parse`] looks for the end of the next line, 16 bytes at a time (`scan`). If a chunk ends before the line
//!    does, the next search starts where this one ended, so no byte is searched twice.
//! 3. The first bytes of the line decide which field it is. The parser remembers where the value lies (`pending`). Further
//!    `data` lines of an event are moved directly behind the first, so that joined data is one range of bytes.
//! 4. A blank line ends the event: the parser writes one [`Record`], seven numbers that say where type, data and id lie.
//! 5. The caller gets a [`Batch`]. It decodes [`Parser::text`], the finished part of the buffer, into **one** string. If the
//!    text is not all ASCII, [`Parser::to_utf16`] converts the offsets for JavaScript. Then the caller slices all fields of all
//!    records out of the string. One decode per batch costs less than one per field, because every call of a decoder has a
//!    fixed cost and most fields are short.
//! 6. The next chunk retires the batch: what is unfinished remains, everything else is free (`buffer`).
//!
//! # Memory
//!
//! * Once the buffers have grown to the size of the traffic, the parser allocates nothing per chunk or event.
//! * A batch has at most [`BATCH_SIZE`] records. A chunk with more events comes in several batches, so the table of records
//!   does not grow with the chunk.
//! * An unfinished line or event is bounded by the limit of [`Parser::new`]. If the stream exceeds it, the parser reports
//!   [`Batch::too_large`] and frees its memory.
//!
//! # Example
//!
//! ```
//! use sse_fetch::parser::{Item, Parser};
//!
//! let mut parser = Parser::new(1 << 20);
//! let mut seen = Vec::new();
//! for chunk in [&b"event: greeting\nda"[..], b"ta: hello\nid: 7\n\n"] {
//!     parser.push(chunk, |item| {
//!         if let Item::Event(event) = item {
//!             seen.push((event.event_type.to_string(), event.data.to_string(), event.id.map(String::from)));
//!         }
//!     })?;
//! }
//! assert_eq!(seen, [("greeting".into(), "hello".into(), Some("7".into()))]);
//! # Ok::<(), sse_fetch::parser::TooLarge>(())
//! ```
//!
//! [HTML]: https://html.spec.whatwg.org/multipage/server-sent-events.html

// The parser needs `core` and `alloc` only (and `memchr`, on targets without the vectors of wasm).
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

mod batch;
mod buffer;
mod event_types;
mod item;
mod lines;
mod pending;
mod record;
mod scan;
mod span;
mod utf16;

pub use batch::{Batch, TooLarge};
pub use event_types::{MESSAGE, Slot};
pub use item::{Event, Item};
pub use record::{Kind, Record};

use alloc::vec::Vec;

use buffer::Buffer;
use event_types::EventTypes;
use lines::Position;
use pending::PendingEvent;
use span::Span;

/// The most records that one [`Batch`] holds.
pub const BATCH_SIZE: usize = 1024;

/// How many bytes [`Parser::push`] parses at a time.
const PUSH_BYTES: usize = 64 * 1024;

/// The incremental parser of one event stream. The [module documentation](self) explains how it works.
#[derive(Debug)]
pub struct Parser {
    buffer: Buffer,
    position: Position,
    /// The part of the buffer that the records of the current batch refer to.
    text: Span,
    /// The event that no blank line has ended yet.
    pending: PendingEvent,
    /// The current batch.
    records: Vec<Record>,
    /// In bytes, for a line and for an event.
    limit: usize,
    wants_comments: bool,
    empty_events: bool,
    event_types: EventTypes,
    /// The stream exceeded the limit, or there was no memory for it. Nothing more is parsed.
    too_large: bool,
    /// The last valid `retry` field that the caller has not taken.
    retry: Option<u64>,
    comments: u64,
    ignored_lines: u64,
}

impl Parser {
    /// A parser at the start of a stream.
    ///
    /// `limit` is in bytes: no line may be longer, and no event larger (its data, type and id together). Whether a stream
    /// exceeds the limit does not depend on how it is cut into chunks.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            wants_comments: false,
            empty_events: false,
            event_types: EventTypes::default(),
            buffer: Buffer::new(),
            position: Position::default(),
            pending: PendingEvent::default(),
            records: Vec::new(),
            text: Span::EMPTY,
            too_large: false,
            retry: None,
            comments: 0,
            ignored_lines: 0,
        }
    }

    /// Prepares the parser for a new stream. The slots of event types stay valid.
    pub fn reset(&mut self) {
        self.buffer.reset();
        self.position = Position::default();
        self.pending = PendingEvent::default();
        self.records.clear();
        self.text = Span::EMPTY;
        self.too_large = false;
        self.retry = None;
        self.ignored_lines = 0;
    }

    /// Prepares the parser for a new stream, and frees all memory that the last stream needed.
    pub fn release(&mut self) {
        self.reset();
        self.buffer.bytes = Vec::new();
        self.records = Vec::new();
    }

    /// Gives an event type (in UTF-8) a slot: from now on its records hold that number. The same type always gets the same slot.
    pub fn listen(&mut self, event_type: impl AsRef<[u8]>) -> Slot {
        self.event_types.slot_for(event_type.as_ref())
    }

    /// Frees the slot of an event type. The records of its events have no slot any more, and the next type may get this one.
    ///
    /// Must be called between two batches, because the records of the last batch may contain the slot.
    pub fn forget(&mut self, slot: Slot) {
        self.event_types.forget(slot);
    }

    /// Returns a slot for events whose stream says `event: message`. From now on, [`MESSAGE`] is only for events without a
    /// type. (For the standard both are the same; `@microsoft/fetch-event-source` treats them differently.)
    pub fn distinguish_explicit_message(&mut self) -> Slot {
        self.event_types.distinguish_explicit_message()
    }

    /// Whether comments get records. Otherwise they are only counted.
    pub fn want_comments(&mut self, wanted: bool) {
        self.wants_comments = wanted;
    }

    /// Whether a block with a type but without `data` is an event, with empty data.
    ///
    /// [HTML] 9.2.6, "dispatch the event": an event whose data buffer is empty is not dispatched. That is the default.
    ///
    /// [HTML]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    pub fn want_empty_events(&mut self, wanted: bool) {
        self.empty_events = wanted;
    }

    /// How many lines of this stream were ignored, because they are neither a comment nor a field that the standard knows.
    #[must_use]
    pub fn ignored_lines(&self) -> u64 {
        self.ignored_lines
    }

    /// How many comments this parser has read, in all streams.
    #[must_use]
    pub fn comments(&self) -> u64 {
        self.comments
    }

    /// Returns the reconnection time in milliseconds, if the stream has set one since the last call.
    ///
    /// [HTML] 9.2.6, field `retry`: "set the event stream's reconnection time to that integer".
    ///
    /// [HTML]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    pub fn take_retry(&mut self) -> Option<u64> {
        self.retry.take()
    }

    /// Whether the stream has set a reconnection time since the last call of [`Parser::take_retry`].
    #[must_use]
    pub fn has_retry(&self) -> bool {
        self.retry.is_some()
    }

    /// Parses the first `len` bytes of what [`Parser::reserve`] or [`Parser::free_space`] returned last.
    ///
    /// If `len` is larger than that, the bytes beyond it are ignored.
    pub fn parse(&mut self, len: usize) -> Batch {
        self.receive(len);
        self.next_batch()
    }

    /// The records of the current batch. Their offsets count bytes of [`Parser::text`], or UTF-16 code units after
    /// [`Parser::to_utf16`].
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The bytes that the current records refer to.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.text.of(&self.buffer.bytes)
    }

    /// Converts the offsets of the current records from bytes to UTF-16 code units.
    ///
    /// The text must be valid UTF-8. Must be called at most once per batch.
    pub fn to_utf16(&mut self) {
        utf16::convert(self.text.of(&self.buffer.bytes), &mut self.records);
    }

    /// Parses a chunk and calls `each` with every item that it completes, in order. Bytes that are not valid UTF-8 become
    /// U+FFFD, as the Encoding standard says.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] if a line or an event exceeds the limit. `each` was called for everything before it.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(Item<'_>)) -> Result<(), TooLarge> {
        for piece in chunk.chunks(PUSH_BYTES) {
            self.reserve(piece.len()).copy_from_slice(piece);
            let mut batch = self.parse(piece.len());
            loop {
                for record in &self.records {
                    each(Item::new(record, self.text()));
                }
                if batch.too_large {
                    self.retire();
                    return Err(TooLarge);
                }
                if !batch.more {
                    break;
                }
                batch = self.next_batch();
            }
        }
        Ok(())
    }
}
