//! Bytes in, events out: the event-stream grammar of the WHATWG HTML standard (§ 9.2.5 and § 9.2.6) and nothing else.
//!
//! # How it works
//!
//! The parser owns one buffer. A chunk is copied once, behind whatever the previous chunks left unfinished
//! ([`Parser::spare`]), and is then scanned in place ([`Parser::parse`]). Nothing is copied out: for every event one
//! [`Record`] of offsets is written into a reused table, so that whoever drives the parser can turn the finished part
//! of the buffer ([`Parser::text`]) into **one** string and slice the fields out of it. Three rules keep this both
//! fast and exact:
//!
//! * **No byte is read twice.** The scan for a line's end goes on where the last chunk stopped.
//! * **Several `data` lines of one event are closed up in place.** The write position never passes the read position,
//!   so they too are decoded with the rest. Where that would overwrite something still needed (an `event` or `id` line
//!   between two `data` lines), the field is set aside for as long as the event is unfinished.
//! * **The table is bounded.** A chunk with more events than [`BATCH`] is handed out in several batches, so memory
//!   does not follow the size of the chunk.
//!
//! What an unfinished line or event may hold is bounded too ([`Parser::new`]); beyond that the parser reports
//! [`Batch::too_large`] and releases its memory.
//!
//! Once its buffers have grown to the size of the traffic, the parser allocates nothing per event or per chunk.
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

// Floor 1 stands on `core` and `alloc` alone (and on `memchr`, where there are no vectors of wasm's).
#![deny(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)]

mod item;
mod names;
mod pending;
mod record;
mod scan;
mod utf16;

pub use item::{Event, Item};
pub use names::{MESSAGE, Slot};
pub use record::{Kind, Record};

use alloc::vec::Vec;
use core::fmt;

use names::Names;
use pending::{Joined, Pending, Span};

/// The most records one [`Batch`] holds.
pub const BATCH: usize = 1024;

/// A buffer larger than this is given back when a stream ends, so that one large event does not weigh on the next stream.
const KEPT: usize = 1 << 20;

/// What the buffer holds beside the largest event: a chunk that is cut as `deliver.js` cuts it, and the names of fields.
const ROOM: usize = (256 << 10) + 64;

/// How much [`Parser::push`] takes at a time.
const PIECE: usize = 64 * 1024;

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The incremental parser of one event stream. See the [module documentation](self).
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own about the stream, not a part of one state
pub struct Parser {
    /// Every byte of it is initialised; the first `filled` hold what has been received and not yet been retired.
    buffer: Vec<u8>,
    filled: usize,
    /// Where the room ends that was given out.
    room: usize,
    /// It was given out by [`Parser::vacant`].
    follows: bool,
    /// Where the line being read begins.
    line: usize,
    /// No line ends between `line` and here.
    scanned: usize,
    /// The part of the buffer that the records of the current batch refer to.
    text: Span,
    pending: Pending,
    records: Vec<Record>,
    names: Names,
    limit: usize,
    wants_comments: bool,
    /// A block that has a type and no `data` line is an event.
    empty_events: bool,
    /// A leading byte order mark has been looked for.
    started: bool,
    /// The last line ended in a carriage return at the very end of the buffer: a line feed that follows belongs to it.
    after_cr: bool,
    /// Some `data` lines were joined in place since the chunk arrived: the buffer no longer equals the chunk.
    altered: bool,
    /// Nothing was left over when the chunk arrived.
    fresh: bool,
    too_large: bool,
    retry: Option<u64>,
    comments: u64,
    /// Lines of this stream that are neither a comment nor a field of the standard.
    ignored: u64,
}

/// What [`Parser::parse`] found, beside the records themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // as in `Parser`
pub struct Batch {
    /// There is more in the chunk: use these records, then call [`Parser::resume`].
    pub more: bool,
    /// An unfinished line or event exceeded the limit. The records before it are good; nothing will follow them.
    pub too_large: bool,
    /// [`Parser::text`] equals the chunk just parsed, byte for byte.
    pub intact: bool,
    /// The chunk held one record and nothing is left over: the next one will be read as if it began the stream, but for a
    /// byte order mark.
    pub single: bool,
}

/// The stream holds a line or an event beyond the limit given to [`Parser::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line or an event of the stream is larger than the limit")
    }
}

impl core::error::Error for TooLarge {}

/// Why the line loop stopped.
enum Stop {
    /// All complete lines are done.
    Empty,
    /// The table is full, or going on would overwrite what a record refers to.
    Full,
    TooLarge,
}

impl Parser {
    /// A parser at the start of a stream.
    ///
    /// `limit` is in bytes: no line, and no event (its data, type and id together), may be longer. It does not depend
    /// on how the stream is cut into chunks.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            filled: 0,
            room: 0,
            follows: false,
            line: 0,
            scanned: 0,
            text: Span::EMPTY,
            pending: Pending::default(),
            records: Vec::new(),
            names: Names::default(),
            limit,
            wants_comments: false,
            empty_events: false,
            started: false,
            after_cr: false,
            altered: false,
            fresh: true,
            too_large: false,
            retry: None,
            comments: 0,
            ignored: 0,
        }
    }

    /// Makes ready for a new stream. What is listened to stays.
    pub fn reset(&mut self) {
        if self.buffer.len() > KEPT {
            self.buffer = Vec::new();
        }
        self.pending = Pending::default();
        self.records.clear();
        (self.filled, self.room, self.line, self.scanned, self.text) = (0, 0, 0, 0, Span::EMPTY);
        (self.started, self.after_cr, self.altered, self.fresh, self.too_large) = (false, false, false, true, false);
        self.follows = false;
        self.retry = None;
        self.ignored = 0;
    }

    /// The same, and gives back all memory that the stream has taken.
    pub fn release(&mut self) {
        self.reset();
        self.buffer = Vec::new();
        self.records = Vec::new();
    }

    /// Gives an event type a slot, so that its records can be told apart by number. The same name gives the same slot.
    pub fn listen(&mut self, event_type: &str) -> Slot {
        self.names.slot_for(event_type.as_bytes())
    }

    /// Frees the slot of an event type. Its events get no slot any more, and the next type may get this one.
    ///
    /// Must be called between two batches, because the records of the last batch may contain the slot.
    pub fn forget(&mut self, slot: Slot) {
        self.names.forget(slot);
    }

    /// From now on events of type `message` whose type is written out have this slot, and [`MESSAGE`] only those without
    /// one. For those who have to tell what the standard holds to be the same.
    pub fn tell_message_apart(&mut self) -> Slot {
        self.names.tell_message_apart()
    }

    /// Whether comments get records (otherwise they are only counted).
    pub fn want_comments(&mut self, wanted: bool) {
        self.wants_comments = wanted;
    }

    /// Whether a block that has an `event` field with a type, but no `data` field, is an event, with empty data. The standard
    /// ignores it (§ 9.2.6, "dispatch the event", step 2).
    pub fn want_empty_events(&mut self, wanted: bool) {
        self.empty_events = wanted;
    }

    /// How many lines of this stream were ignored, because they are neither a comment nor a field of the standard.
    #[must_use]
    pub fn ignored_lines(&self) -> u64 {
        self.ignored
    }

    /// How many comments the stream has carried since the parser was made.
    #[must_use]
    pub fn comments(&self) -> u64 {
        self.comments
    }

    /// The reconnection time in milliseconds, if the stream has set one since this was last asked (§ 9.2.6, `retry`).
    pub fn take_retry(&mut self) -> Option<u64> {
        self.retry.take()
    }

    /// Whether the stream has set a reconnection time since [`Parser::take_retry`] was last called.
    #[must_use]
    pub fn has_retry(&self) -> bool {
        self.retry.is_some()
    }

    /// Room for the next chunk, `len` bytes long, behind what the previous ones left unfinished.
    ///
    /// Retires the previous batch: its records and its text are gone. Where there is no memory for the chunk, the room
    /// is empty and the stream counts as [too large](Batch::too_large).
    pub fn spare(&mut self, len: usize) -> &mut [u8] {
        self.retire();
        let end = self.filled + len;
        if self.buffer.len() < end {
            // Doubling keeps the copies of a growing event linear in its size, and powers of two fit where others were
            // before. No event grows far beyond the limit.
            let size = end.max(end.next_power_of_two().min(self.limit.saturating_add(ROOM)));
            if self.buffer.try_reserve_exact(size - self.buffer.len()).is_err() {
                self.too_large = true;
                return &mut [];
            }
            self.buffer.resize(size, 0);
        }
        (self.room, self.follows) = (end, false);
        self.buffer.get_mut(self.filled..end).unwrap_or_default()
    }

    /// The room there is without moving what the previous chunks left unfinished. A chunk that fits needs no
    /// [`Parser::spare`], which makes small ones cheap.
    ///
    /// Only when all of the last chunk has been parsed. To write here retires the previous batch: its text is gone.
    pub fn vacant(&mut self) -> &mut [u8] {
        let start = if self.is_settled() { 0 } else { self.filled };
        // The gap that closed-up lines leave would grow, and be blanked again for each chunk.
        let end = if self.pending.is_closed_up() { self.buffer.len() } else { start };
        (self.room, self.follows) = (end, true);
        self.buffer.get_mut(start..end).unwrap_or_default()
    }

    /// Nothing was left unfinished.
    fn is_settled(&self) -> bool {
        self.line == self.filled && self.pending.is_empty()
    }

    /// Parses the `len` bytes written to the start of what [`Parser::spare`] or [`Parser::vacant`] gave out last.
    ///
    /// No more than was given out is taken into account.
    pub fn parse(&mut self, len: usize) -> Batch {
        if core::mem::take(&mut self.follows) {
            self.follow();
        }
        self.filled = self.filled.saturating_add(len).min(self.room);
        self.room = self.filled;
        self.next_batch()
    }

    /// Makes ready for a chunk that was written without moving what lies before it.
    fn follow(&mut self) {
        if self.is_settled() {
            (self.filled, self.line, self.scanned) = (0, 0, 0);
        }
        self.fresh = self.filled == 0;
        self.altered = false;
        self.pending.release_record();
    }

    /// Goes on after a batch that had [`Batch::more`].
    pub fn resume(&mut self) -> Batch {
        self.next_batch()
    }

    /// The records of the current batch. Their offsets count bytes of [`Parser::text`], or UTF-16 code units after
    /// [`Parser::to_utf16`].
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The bytes the current records refer to.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.text.of(&self.buffer)
    }

    /// Turns the offsets of the current records from bytes into UTF-16 code units.
    ///
    /// Only for text that is valid UTF-8, and once per batch.
    pub fn to_utf16(&mut self) {
        utf16::convert(self.text.of(&self.buffer), &mut self.records);
    }

    /// Parses a whole chunk and hands over what it completes, in order, decoded as the Encoding standard says.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] when a line or an event exceeds the limit; what came before it has been handed over.
    pub fn push(&mut self, chunk: &[u8], mut each: impl FnMut(Item<'_>)) -> Result<(), TooLarge> {
        for piece in chunk.chunks(PIECE) {
            self.spare(piece.len()).copy_from_slice(piece);
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
                batch = self.resume();
            }
        }
        Ok(())
    }

    fn next_batch(&mut self) -> Batch {
        self.records.clear();
        let unfinished = self.pending.start();
        self.text = Span { start: unfinished.unwrap_or(self.line), end: self.line };
        let stop = if self.too_large { Stop::TooLarge } else { self.lines() };
        self.text.end = self.line.max(self.text.start);
        if unfinished.is_some() {
            self.leave_out_unfinished();
        }
        self.pending.pause(&mut self.buffer, self.text.start);
        if matches!(stop, Stop::TooLarge) {
            self.too_large = true;
        }
        let intact = self.fresh && !self.altered && self.text == Span { start: 0, end: self.filled };
        Batch {
            more: matches!(stop, Stop::Full),
            too_large: self.too_large,
            intact,
            single: intact && self.records.len() == 1 && self.is_settled() && !self.after_cr,
        }
    }

    /// The text of a batch with nothing but comments does without the event they lie in: each of the chunks and batches
    /// of a large event would decode all of it again.
    fn leave_out_unfinished(&mut self) {
        if self.records.iter().all(|record| record.kind() == Kind::Comment) {
            let all = self.text;
            self.text.start = self.records.first().map_or(all.end, |first| all.start + first.data.start as usize);
            for record in &mut self.records {
                record.data = record.data.relative_to(self.text.start - all.start);
            }
        }
    }

    #[inline]
    fn is_at(&self, place: usize, byte: u8) -> bool {
        self.buffer.get(place) == Some(&byte)
    }

    /// Reads line after line until the buffer or the table is exhausted.
    fn lines(&mut self) -> Stop {
        if !self.started && !self.skip_bom() {
            return Stop::Empty;
        }
        loop {
            if self.after_cr && self.line < self.filled {
                self.after_cr = false;
                if self.is_at(self.line, b'\n') {
                    self.line += 1;
                    self.scanned = self.line;
                }
            }
            // Only where a line begins: of one that comes in drips no byte is to be looked at twice.
            if self.scanned == self.line && !self.pending.has_data() {
                self.plain_events();
                if self.line == self.filled {
                    return Stop::Empty;
                }
            }
            let received = self.buffer.get(..self.filled).unwrap_or_default();
            let Some(end) = scan::line_end(received, self.scanned) else {
                self.scanned = self.filled;
                // A line without an end is already longer than the limit: waiting for the end would only cost memory.
                return if self.filled - self.line > self.limit { Stop::TooLarge } else { Stop::Empty };
            };
            if end - self.line > self.limit {
                return Stop::TooLarge;
            }
            if self.records.len() == BATCH {
                self.scanned = end;
                return Stop::Full;
            }
            match self.line(Span { start: self.line, end }) {
                Ok(()) => {}
                Err(stop) => {
                    self.scanned = end;
                    return stop;
                }
            }
            self.line = end + 1;
            if self.is_at(end, b'\r') {
                if self.line == self.filled {
                    self.after_cr = true;
                } else if self.is_at(self.line, b'\n') {
                    self.line += 1;
                }
            }
            self.scanned = self.line;
        }
    }

    /// Reads what nearly all streams consist of: events with one `data` line, `event` and `id` before it, and comments. It
    /// stops at the first line that is anything else, or that has not come to its end, and leaves that to [`Self::lines`].
    ///
    /// It does nothing that `lines` would not do by itself, but in local variables, and without a thought for what is rare.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as in `scan`
    fn plain_events(&mut self) {
        let Some(bytes) = self.buffer.get(..self.filled) else { return };
        let (base, limit) = (self.text.start, self.limit);
        let (mut event_type, mut id) = self.pending.take_head();
        let (mut line, mut scanned) = (self.line, self.line);
        while self.records.len() < BATCH {
            let Some((field, start)) = scan::plain_field(bytes, line) else { break };
            let Some(end) = scan::line_end(bytes, line) else {
                scanned = bytes.len();
                break;
            };
            scanned = end;
            let value = Span { start, end };
            let mut next = end + 1;
            if bytes.get(end) == Some(&b'\r') {
                if bytes.get(next) != Some(&b'\n') {
                    break;
                }
                next += 1;
            }
            // What is too large is for `lines` to tell, and what comes near it.
            if end - line + event_type.map_or(0, Span::len) + id.map_or(0, Span::len) > limit {
                break;
            }
            match field {
                scan::Field::Data => {
                    match bytes.get(next) {
                        Some(b'\n') => next += 1,
                        Some(b'\r') if bytes.get(next + 1) == Some(&b'\n') => next += 2,
                        _ => break,
                    }
                    let slot = event_type.map_or(Some(MESSAGE), |name| self.names.find(name.of(bytes)));
                    let name = event_type.unwrap_or(value.empty_at_start()).relative_to(base);
                    let record = Record::event(slot, name, value.relative_to(base), id.map(|id| id.relative_to(base)));
                    self.records.push(record);
                    (event_type, id) = (None, None);
                }
                scan::Field::Event if event_type.is_none() => event_type = Some(value),
                scan::Field::Id if id.is_none() && !scan::has_nul(bytes, value) => id = Some(value),
                scan::Field::Comment if !self.wants_comments => self.comments += 1,
                scan::Field::Blank if event_type.is_none() && id.is_none() => {}
                _ => break,
            }
            line = next;
        }
        self.pending.put_head(event_type, id);
        (self.line, self.scanned) = (line, scanned.max(line));
    }

    /// One leading U+FEFF is ignored (§ 9.2.6: the stream is decoded with "UTF-8 decode", which strips it).
    /// False: too little has arrived to tell.
    fn skip_bom(&mut self) -> bool {
        let begin = self.buffer.get(..self.filled).unwrap_or_default();
        if begin.len() < BOM.len() && BOM.starts_with(begin) {
            return false;
        }
        if begin.starts_with(BOM) {
            (self.line, self.scanned) = (BOM.len(), BOM.len());
        }
        self.started = true;
        true
    }

    /// Processes one line, given without its end (§ 9.2.6, "processing a line").
    #[inline]
    fn line(&mut self, line: Span) -> Result<(), Stop> {
        let Some((field, value)) = scan::field(&self.buffer, line) else {
            self.ignored += 1;
            return Ok(());
        };
        match field {
            scan::Field::Blank => self.dispatch(),
            scan::Field::Data => {
                // Asked before anything moves: the text of the batch may end in the middle of what would be moved.
                if self.pending.size_with_data(value) > self.limit {
                    return Err(Stop::TooLarge);
                }
                match self.pending.add_data(&mut self.buffer, value) {
                    Joined::First => {}
                    Joined::Closed => self.altered = true,
                    Joined::Blocked => return Err(Stop::Full),
                }
            }
            scan::Field::Event => {
                self.pending.set_type(value);
                return self.bounded();
            }
            scan::Field::Id => {
                // An id with a NUL is ignored: it could not be sent back in a header.
                if !scan::has_nul(&self.buffer, value) {
                    self.pending.set_id(value);
                    return self.bounded();
                }
            }
            scan::Field::Retry => {
                if let Some(time) = scan::reconnection_time(value.of(&self.buffer)) {
                    self.retry = Some(time);
                }
            }
            scan::Field::Comment => {
                self.comments += 1;
                if self.wants_comments {
                    self.records.push(Record::comment(value.relative_to(self.text.start)));
                    self.pending.guard_record();
                }
            }
        }
        Ok(())
    }

    fn bounded(&self) -> Result<(), Stop> {
        if self.pending.size() > self.limit { Err(Stop::TooLarge) } else { Ok(()) }
    }

    /// A blank line ends an event (§ 9.2.6, "dispatch the event"): without `data` nothing is dispatched unless
    /// [`Parser::want_empty_events`] was called, but an `id` counts all the same.
    fn dispatch(&mut self) {
        let Some(event) = self.pending.finish(&mut self.buffer, self.empty_events) else { return };
        let base = self.text.start;
        let id = event.id.map(|id| id.relative_to(base));
        let record = match (event.data, id) {
            (Some(data), id) => {
                let slot = self.names.find(event.event_type.of(&self.buffer));
                Record::event(slot, event.event_type.relative_to(base), data.relative_to(base), id)
            }
            (None, Some(id)) => Record::id_only(id),
            (None, None) => return,
        };
        self.records.push(record);
    }

    /// Forgets the batch that was handed out and moves what is unfinished to the front of the buffer.
    fn retire(&mut self) {
        self.records.clear();
        self.altered = false;
        self.text = Span::EMPTY;
        if self.too_large {
            self.pending = Pending::default();
            self.buffer = Vec::new();
            (self.filled, self.line, self.scanned, self.fresh) = (0, 0, 0, false);
            return;
        }
        let kept = self.pending.close_up(&mut self.buffer);
        if self.line > kept {
            Span { start: self.line, end: self.filled }.move_to(kept, &mut self.buffer);
            let shift = self.line - kept;
            (self.line, self.scanned, self.filled) = (kept, self.scanned - shift, self.filled - shift);
        }
        self.fresh = self.filled == 0;
    }
}
