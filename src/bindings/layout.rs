//! The layout of the window and of the records, which TypeScript reads from wasm's memory.

use core::mem::offset_of;

use super::constants;
use crate::parser::Record;

/// What TypeScript reads after each batch: words of 32 bits. The window never moves, so TypeScript asks for its address once.
#[derive(Debug, Default)]
#[repr(C)]
pub struct Window {
    pub(super) records: u32,
    pub(super) count: u32,
    pub(super) text: u32,
    pub(super) text_bytes: u32,
    pub(super) comments: u32,
    pub(super) free: u32,
    pub(super) free_bytes: u32,
}

/// The index of a word, from its offset in bytes.
const fn word(offset: usize) -> usize {
    offset / size_of::<u32>()
}

constants! {
    /// The words of the [`Window`].
    WINDOW: usize {
        /// The address of the records.
        WINDOW_RECORDS = word(offset_of!(Window, records)),
        /// How many records there are.
        WINDOW_COUNT = word(offset_of!(Window, count)),
        /// The address of the text that the records refer to.
        WINDOW_TEXT = word(offset_of!(Window, text)),
        /// The length of that text in bytes.
        WINDOW_TEXT_BYTES = word(offset_of!(Window, text_bytes)),
        /// How many comments there were in the batch.
        WINDOW_COMMENTS = word(offset_of!(Window, comments)),
        /// The address at which the next piece may be written.
        WINDOW_FREE = word(offset_of!(Window, free)),
        /// How many bytes may be written there. `reserve` makes room for more.
        WINDOW_FREE_BYTES = word(offset_of!(Window, free_bytes)),
    }
}

constants! {
    /// The words of a [`Record`]. Starts and ends are offsets into the text. They are read as signed numbers, and a field that
    /// is absent has a start below 0.
    RECORD: usize {
        /// The number of the event type, or one of the numbers below 0 that follow.
        RECORD_SLOT = 0,
        /// Where the type starts.
        RECORD_TYPE_START = 1,
        /// Where it ends.
        RECORD_TYPE_END = 2,
        /// Where the data starts, or the text of a comment.
        RECORD_DATA_START = 3,
        /// Where it ends.
        RECORD_DATA_END = 4,
        /// Where the id starts.
        RECORD_ID_START = 5,
        /// Where it ends.
        RECORD_ID_END = 6,
        /// How many words a record has.
        RECORD_WORDS = Record::WORDS,
    }
}

constants! {
    /// What the first word of a record says.
    SLOTS: i32 {
        /// The type `message`, which every event has that does not name another.
        SLOT_MESSAGE = 0,
        /// An event of a type that has no number, because it has no listeners.
        SLOT_NONE = Record::NO_SLOT.cast_signed(),
        /// A comment.
        SLOT_COMMENT = Record::COMMENT.cast_signed(),
        /// No event, but the last event ID was set.
        SLOT_ID_ONLY = Record::ID_ONLY.cast_signed(),
    }
}

constants! {
    /// The bits that `parse` and `nextBatch` return.
    BATCH: u32 {
        /// There is another batch in the piece.
        BATCH_MORE = 1,
        /// A line or an event is beyond the limit. It follows after the records of this batch.
        BATCH_TOO_LARGE = 2,
        /// The text of the batch is that of the piece just parsed, byte for byte.
        BATCH_INTACT = 4,
        /// The stream has set the reconnection time.
        BATCH_RETRY = 8,
        /// There are records, or comments that were only counted.
        BATCH_CONTENT = 16,
    }
}
