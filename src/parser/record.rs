//! The record of one event: where its fields lie in the text of the batch.

use super::event_types::Slot;
use super::span::Span;

/// One entry of the table that [`Parser::records`](super::Parser::records) returns.
///
/// A record is seven words of 32 bits, without padding, because JavaScript reads the table through one `Int32Array`:
///
/// | word | content |
/// | --- | --- |
/// | 0 | the [`Slot`] of the event type, or [`Record::NO_SLOT`], [`Record::COMMENT`], [`Record::ID_ONLY`] |
/// | 1, 2 | start and end of the type |
/// | 3, 4 | start and end of the data, or of a comment's text |
/// | 5, 6 | start and end of the id |
///
/// Starts and ends are offsets into [`Parser::text`](super::Parser::text). Both are `u32::MAX` (−1 for JavaScript) if the
/// event has no such field. An event without a type has an empty range instead, at the start of its data.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub(super) slot: u32,
    pub(super) event_type: TextRange,
    pub(super) data: TextRange,
    pub(super) id: TextRange,
}

/// A half-open range of the text of a batch, in bytes or in UTF-16 code units.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextRange {
    pub start: u32,
    pub end: u32,
}

/// What a [`Record`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event, with the slot of its type if [`Parser::listen`](super::Parser::listen) gave that type one.
    ///
    /// Types are compared as bytes, so a type that is not valid UTF-8 has no slot.
    Event(Option<Slot>),
    /// A comment: its text is the data of the record.
    Comment,
    /// A block without `data` that set the last event ID.
    IdOnly,
}

impl TextRange {
    const ABSENT: Self = Self { start: u32::MAX, end: u32::MAX };

    pub fn is_present(self) -> bool {
        self.start != u32::MAX
    }

    pub fn empty_at_start(self) -> Self {
        Self { start: self.start, end: self.start }
    }

    /// The same range in a text that begins `base` bytes later.
    #[allow(clippy::cast_possible_truncation)] // as in `From<Span>`
    pub fn relative_to(self, base: usize) -> Self {
        Self { start: self.start - base as u32, end: self.end - base as u32 }
    }
}

impl From<Span> for TextRange {
    // Offsets are smaller than the buffer, and that stays far below 4 GiB: `push` and wasm32 bound the size of a chunk.
    #[allow(clippy::cast_possible_truncation)]
    fn from(span: Span) -> Self {
        Self { start: span.start as u32, end: span.end as u32 }
    }
}

impl Record {
    /// Words per record.
    pub const WORDS: usize = size_of::<Self>() / size_of::<u32>();
    /// The slot word of an event whose type has no slot.
    pub const NO_SLOT: u32 = u32::MAX;
    /// The slot word of a comment.
    pub const COMMENT: u32 = u32::MAX - 1;
    /// The slot word of a block that only set the last event ID.
    pub const ID_ONLY: u32 = u32::MAX - 2;

    pub(super) fn event(slot: Option<Slot>, event_type: Span, data: Span, id: Option<Span>) -> Self {
        Self {
            slot: slot.map_or(Self::NO_SLOT, |slot| slot.0),
            event_type: event_type.into(),
            data: data.into(),
            id: id.map_or(TextRange::ABSENT, TextRange::from),
        }
    }

    pub(super) fn comment(text: Span) -> Self {
        Self { slot: Self::COMMENT, event_type: TextRange::ABSENT, data: text.into(), id: TextRange::ABSENT }
    }

    pub(super) fn id_only(id: Span) -> Self {
        Self { slot: Self::ID_ONLY, event_type: TextRange::ABSENT, data: TextRange::ABSENT, id: id.into() }
    }

    /// The record as JavaScript reads it: slot, then start and end of type, data and id (`u32::MAX` if absent).
    #[must_use]
    pub fn words(&self) -> [u32; Self::WORDS] {
        let Self { slot, event_type, data, id } = *self;
        [slot, event_type.start, event_type.end, data.start, data.end, id.start, id.end]
    }

    /// What this record stands for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.slot {
            Self::NO_SLOT => Kind::Event(None),
            Self::COMMENT => Kind::Comment,
            Self::ID_ONLY => Kind::IdOnly,
            slot => Kind::Event(Some(Slot(slot))),
        }
    }
}
