// The layout of what the parser has found, in wasm's memory.
// Written by `cargo xtask generate`; the tables are in src/session and src/bindings.

// The bits that `parse` and `nextBatch` return.
/** There is another batch in the piece. */
export const BATCH_MORE = 1
/** A line or an event is beyond the limit. It follows after the records of this batch. */
export const BATCH_TOO_LARGE = 2
/** The text of the batch is that of the piece just parsed, byte for byte. */
export const BATCH_INTACT = 4
/** The stream has set the reconnection time. */
export const BATCH_RETRY = 8
/** There are records, or comments that were only counted. */
export const BATCH_CONTENT = 16

// The window: 32-bit words that say where everything is.
/** The address of the records. */
export const WINDOW_RECORDS = 0
/** How many records there are. */
export const WINDOW_COUNT = 1
/** The address of the text that the records refer to. */
export const WINDOW_TEXT = 2
/** The length of that text in bytes. */
export const WINDOW_TEXT_BYTES = 3
/** How many comments there were in the batch. */
export const WINDOW_COMMENTS = 4
/** The address at which the next piece may be written. */
export const WINDOW_FREE = 5
/** How many bytes may be written there. `reserve` makes room for more. */
export const WINDOW_FREE_BYTES = 6

// A record: 32-bit words. A field that is absent has a start below 0.
/** The number of the event type, or one of the numbers below 0 that follow. */
export const RECORD_SLOT = 0
/** Where the type starts. */
export const RECORD_TYPE_START = 1
/** Where it ends. */
export const RECORD_TYPE_END = 2
/** Where the data starts, or the text of a comment. */
export const RECORD_DATA_START = 3
/** Where it ends. */
export const RECORD_DATA_END = 4
/** Where the id starts. */
export const RECORD_ID_START = 5
/** Where it ends. */
export const RECORD_ID_END = 6
/** How many words a record has. */
export const RECORD_WORDS = 7

// The first word of a record: the number of its event type, or one of these.
/** The type `message`, which every event has that does not name another. */
export const SLOT_MESSAGE = 0
/** An event of a type that has no number, because it has no listeners. */
export const SLOT_NONE = -1
/** A comment. */
export const SLOT_COMMENT = -2
/** No event, but the last event ID was set. */
export const SLOT_ID_ONLY = -3
