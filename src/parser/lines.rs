//! From lines to records: [HTML] 9.2.6, "Interpreting an event stream".

use super::event_types::MESSAGE;
use super::pending::AddedData;
use super::record::Record;
use super::scan::{self, LineKind};
use super::span::Span;
use super::{BATCH_SIZE, Parser};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How far the parser has read.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// Where the current line begins.
    pub line: usize,
    /// The current line does not end before this position. The search for its end continues here.
    pub scanned: usize,
    /// The beginning of the stream was searched for a byte order mark.
    pub is_past_bom: bool,
    /// The last line ended with a carriage return, the last byte received. A line feed that follows belongs to it.
    pub after_cr: bool,
}

/// Why the parser stopped reading lines.
pub(super) enum Stop {
    /// No complete line is left.
    NoLine,
    /// The batch is full, or the next line would overwrite bytes that a record refers to.
    BatchFull,
    /// A line or an event exceeds the limit.
    TooLarge,
}

impl Parser {
    /// Reads lines until none is complete or the batch is full.
    pub(super) fn read_lines(&mut self) -> Stop {
        if !self.position.is_past_bom && !self.skip_byte_order_mark() {
            return Stop::NoLine;
        }
        loop {
            let filled = self.buffer.filled;
            if self.position.after_cr && self.position.line < filled {
                self.position.after_cr = false;
                if self.is_at(self.position.line, b'\n') {
                    self.position.line += 1;
                    self.position.scanned = self.position.line;
                }
            }
            // Only at the beginning of a line: if a long line arrives in many chunks, no byte of it is read twice.
            if self.position.scanned == self.position.line && !self.pending.has_data() {
                self.read_plain_events();
                if self.position.line == filled {
                    return Stop::NoLine;
                }
            }
            let line = self.position.line;
            let Some(end) = scan::line_end(self.buffer.received(), self.position.scanned) else {
                self.position.scanned = filled;
                // If the unfinished line exceeds the limit already, waiting for its end would only cost memory.
                return if filled - line > self.limit { Stop::TooLarge } else { Stop::NoLine };
            };
            if end - line > self.limit {
                return Stop::TooLarge;
            }
            if self.records.len() == BATCH_SIZE {
                self.position.scanned = end;
                return Stop::BatchFull;
            }
            if let Err(stop) = self.process_line(Span { start: line, end }) {
                self.position.scanned = end;
                return stop;
            }
            self.position.line = end + 1;
            if self.is_at(end, b'\r') {
                if self.position.line == filled {
                    self.position.after_cr = true;
                } else if self.is_at(self.position.line, b'\n') {
                    self.position.line += 1;
                }
            }
            self.position.scanned = self.position.line;
        }
    }

    /// Reads what most streams consist of: events with one `data` line, with `event` and `id` before it, and comments.
    /// It stops before the first line that is anything else or not complete, and leaves that line to
    /// [`Self::read_lines`].
    ///
    /// The result is what `read_lines` alone would produce. This loop is faster because it keeps its state in local
    /// variables and has no branches for rare lines.
    #[inline(always)]
    #[allow(clippy::inline_always)] // as in `scan`
    fn read_plain_events(&mut self) {
        let Some(bytes) = self.buffer.bytes.get(..self.buffer.filled) else { return };
        let (base, limit) = (self.text.start, self.limit);
        let (mut event_type, mut id) = self.pending.take_type_and_id();
        let (mut line, mut scanned) = (self.position.line, self.position.line);
        while self.records.len() < BATCH_SIZE {
            let Some((kind, start)) = scan::classify_plain(bytes, line) else { break };
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
            // `read_lines` decides whether a line or an event is too large.
            if end - line + event_type.map_or(0, Span::len) + id.map_or(0, Span::len) > limit {
                break;
            }
            match kind {
                LineKind::Data => {
                    match bytes.get(next) {
                        Some(b'\n') => next += 1,
                        Some(b'\r') if bytes.get(next + 1) == Some(&b'\n') => next += 2,
                        _ => break,
                    }
                    let slot = event_type.map_or(Some(MESSAGE), |name| self.event_types.find(name.of(bytes)));
                    let name = event_type.unwrap_or(value.empty_at_start()).relative_to(base);
                    let record = Record::event(slot, name, value.relative_to(base), id.map(|id| id.relative_to(base)));
                    self.records.push(record);
                    (event_type, id) = (None, None);
                }
                LineKind::Event if event_type.is_none() => event_type = Some(value),
                LineKind::Id if id.is_none() && !scan::has_nul(bytes, value) => id = Some(value),
                LineKind::Comment if !self.wants_comments => self.comments += 1,
                LineKind::Blank if event_type.is_none() && id.is_none() => {}
                _ => break,
            }
            line = next;
        }
        self.pending.put_type_and_id(event_type, id);
        (self.position.line, self.position.scanned) = (line, scanned.max(line));
    }

    /// [HTML] 9.2.6: the stream is decoded by "UTF-8 decode", which removes one byte order mark (U+FEFF) at its beginning.
    ///
    /// Returns false if too few bytes have arrived to decide.
    fn skip_byte_order_mark(&mut self) -> bool {
        let received = self.buffer.received();
        if received.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(received) {
            return false;
        }
        if received.starts_with(BYTE_ORDER_MARK) {
            (self.position.line, self.position.scanned) = (BYTE_ORDER_MARK.len(), BYTE_ORDER_MARK.len());
        }
        self.position.is_past_bom = true;
        true
    }

    /// Processes one line. `line` does not contain the line end.
    ///
    /// [HTML] 9.2.6: a blank line dispatches the event, a line that begins with a colon is a comment, and any other line is a
    /// field, whose name ends at the first colon.
    #[inline]
    fn process_line(&mut self, line: Span) -> Result<(), Stop> {
        let Some((kind, value)) = scan::classify(&self.buffer.bytes, line) else {
            // [HTML] 9.2.6, any other field name: "The field is ignored."
            self.ignored_lines += 1;
            return Ok(());
        };
        match kind {
            LineKind::Blank => self.dispatch(),
            LineKind::Data => {
                // Checked before any byte is moved: the text of the batch may end inside the bytes that would be moved.
                if self.pending.size_with_data(value) > self.limit {
                    return Err(Stop::TooLarge);
                }
                match self.pending.add_data(&mut self.buffer.bytes, value) {
                    AddedData::First => {}
                    AddedData::Joined => self.buffer.is_chunk = false,
                    AddedData::Blocked => return Err(Stop::BatchFull),
                }
            }
            LineKind::Event => {
                self.pending.set_type(value);
                return self.check_size();
            }
            LineKind::Id => {
                // [HTML] 9.2.6: an id counts only "if the field value does not contain U+0000 NULL".
                if !scan::has_nul(&self.buffer.bytes, value) {
                    self.pending.set_id(value);
                    return self.check_size();
                }
            }
            LineKind::Retry => {
                if let Some(time) = scan::reconnection_time(value.of(&self.buffer.bytes)) {
                    self.retry = Some(time);
                }
            }
            LineKind::Comment => {
                self.comments += 1;
                if self.wants_comments {
                    self.records.push(Record::comment(value.relative_to(self.text.start)));
                    self.pending.protect_comment();
                }
            }
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), Stop> {
        if self.pending.size() > self.limit { Err(Stop::TooLarge) } else { Ok(()) }
    }

    /// Ends the event at a blank line.
    ///
    /// [HTML] 9.2.6, "dispatch the event": the id counts in any case, but an event without `data` is not dispatched, unless
    /// [`Parser::want_empty_events`] asks for it.
    fn dispatch(&mut self) {
        let Some(event) = self.pending.finish(&mut self.buffer.bytes, self.empty_events) else { return };
        let base = self.text.start;
        let id = event.id.map(|id| id.relative_to(base));
        let record = match (event.data, id) {
            (Some(data), id) => {
                let slot = self.event_types.find(event.event_type.of(&self.buffer.bytes));
                Record::event(slot, event.event_type.relative_to(base), data.relative_to(base), id)
            }
            (None, Some(id)) => Record::id_only(id),
            (None, None) => return,
        };
        self.records.push(record);
    }

    #[inline]
    fn is_at(&self, position: usize, byte: u8) -> bool {
        self.buffer.bytes.get(position) == Some(&byte)
    }
}
