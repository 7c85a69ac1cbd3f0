//! The record of one event: where its fields lie in the text of the batch.

use super::names::Slot;
use super::pending::Span;

/// One entry of the table that [`Parser::records`](super::Parser::records) gives out.
///
/// Seven words without padding, because JavaScript reads the table through a typed array: the slot, then start and
/// end of the type, of the data, and of the id.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    pub(super) slot: u32,
    pub(super) event_type: Field,
    pub(super) data: Field,
    pub(super) id: Field,
}

/// Half-open range of offsets into the text; both ends [`Field::ABSENT`] when there is no such field.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub start: u32,
    pub end: u32,
}

/// What a [`Record`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event of a type that has a slot.
    Heard(Slot),
    /// An event of a type without a slot. (One that is not valid UTF-8 never has one: types are compared as bytes.)
    Unheard,
    /// A comment: its text is the record's data.
    Comment,
    /// A block without `data` that set the last event ID.
    IdOnly,
}

impl Field {
    const ABSENT: Self = Self { start: u32::MAX, end: u32::MAX };

    pub fn is_present(self) -> bool {
        self.start != u32::MAX
    }

    pub fn empty_at_start(self) -> Self {
        Self { start: self.start, end: self.start }
    }

    /// The same place in a text that begins `base` later.
    #[allow(clippy::cast_possible_truncation)] // as in `From<Span>`
    pub fn relative_to(self, base: usize) -> Self {
        Self { start: self.start - base as u32, end: self.end - base as u32 }
    }
}

impl From<Span> for Field {
    // Offsets are below the buffer's length, which stays far below 4 GiB: chunks are limited by `push`, or by wasm32.
    #[allow(clippy::cast_possible_truncation)]
    fn from(span: Span) -> Self {
        Self { start: span.start as u32, end: span.end as u32 }
    }
}

impl Record {
    /// Words per record.
    pub const WORDS: usize = size_of::<Self>() / size_of::<u32>();
    /// The slot word of a type nobody listens to.
    pub const UNHEARD: u32 = u32::MAX;
    /// The slot word of a comment.
    pub const COMMENT: u32 = u32::MAX - 1;
    /// The slot word of a block that only set the last event ID.
    pub const ID_ONLY: u32 = u32::MAX - 2;

    pub(super) fn event(slot: Option<Slot>, event_type: Span, data: Span, id: Option<Span>) -> Self {
        Self {
            slot: slot.map_or(Self::UNHEARD, |slot| slot.0),
            event_type: event_type.into(),
            data: data.into(),
            id: id.map_or(Field::ABSENT, Field::from),
        }
    }

    pub(super) fn comment(text: Span) -> Self {
        Self { slot: Self::COMMENT, event_type: Field::ABSENT, data: text.into(), id: Field::ABSENT }
    }

    pub(super) fn id_only(id: Span) -> Self {
        Self { slot: Self::ID_ONLY, event_type: Field::ABSENT, data: Field::ABSENT, id: id.into() }
    }

    /// The record as JavaScript reads it: slot, then start and end of type, data and id (`u32::MAX` where absent).
    #[must_use]
    pub fn words(&self) -> [u32; Self::WORDS] {
        let Self { slot, event_type, data, id } = *self;
        [slot, event_type.start, event_type.end, data.start, data.end, id.start, id.end]
    }

    /// What this record stands for.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.slot {
            Self::UNHEARD => Kind::Unheard,
            Self::COMMENT => Kind::Comment,
            Self::ID_ONLY => Kind::IdOnly,
            slot => Kind::Heard(Slot(slot)),
        }
    }
}
