//! A batch: the records that one call of the parser produced, and the text they refer to.

use core::fmt;

use super::record::Kind;
use super::span::Span;
use super::{Parser, lines};

/// What [`Parser::parse`] found, besides the records and the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// The chunk contains more. Read these records first, then call [`Parser::next_batch`].
    pub more: bool,
    /// An unfinished line or event exceeds the limit. The records of this batch are complete; no others will follow.
    pub too_large: bool,
    /// [`Parser::text`] equals the chunk, byte for byte, so the caller can decode its own copy of the chunk instead.
    pub intact: bool,
}

/// The stream has a line or an event that exceeds the limit of [`Parser::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line or an event of the stream is larger than the limit")
    }
}

impl core::error::Error for TooLarge {}

impl Parser {
    /// Continues after a batch with [`Batch::more`]: parses what is left of the chunk, up to the size of a batch.
    pub fn next_batch(&mut self) -> Batch {
        self.records.clear();
        let unfinished = self.pending.start();
        let line = self.position.line;
        self.text = Span { start: unfinished.unwrap_or(line), end: line };
        let stop = if self.too_large { lines::Stop::TooLarge } else { self.read_lines() };
        self.text.end = self.position.line.max(self.text.start);
        if unfinished.is_some() {
            self.leave_out_unfinished_event();
        }
        self.pending.blank_gap_in_text(&mut self.buffer.bytes, self.text.start);
        if matches!(stop, lines::Stop::TooLarge) {
            self.too_large = true;
        }
        Batch {
            more: matches!(stop, lines::Stop::BatchFull),
            too_large: self.too_large,
            intact: self.buffer.is_chunk && self.text == Span { start: 0, end: self.buffer.filled },
        }
    }

    /// Shortens the text of a batch that has only comments: the text must not begin with the event around them. Otherwise each
    /// batch with a heartbeat inside a large event would make the caller decode that whole event again.
    fn leave_out_unfinished_event(&mut self) {
        if self.records.iter().all(|record| record.kind() == Kind::Comment) {
            let all = self.text;
            self.text.start = self.records.first().map_or(all.end, |first| all.start + first.data.start as usize);
            for record in &mut self.records {
                record.data = record.data.relative_to(self.text.start - all.start);
            }
        }
    }
}
