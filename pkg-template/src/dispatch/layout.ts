// How the parser in wasm describes what it found (src/js/scanner.rs and src/parser/record.rs have the other half).

// The bits that `parse` and `nextBatch` return.
export const BATCH_MORE = 1
export const BATCH_TOO_LARGE = 2
export const BATCH_INTACT = 4
export const BATCH_RETRY = 8

// The window: 32-bit words that say where everything is.
export const WINDOW_RECORDS = 0
export const WINDOW_COUNT = 1
export const WINDOW_TEXT = 2
export const WINDOW_TEXT_BYTES = 3
export const WINDOW_COMMENTS = 4
export const WINDOW_FREE = 5
export const WINDOW_FREE_BYTES = 6

// A record: 32-bit words, read as signed numbers. A field that is absent has a start below 0.
export const RECORD_SLOT = 0
export const RECORD_TYPE_START = 1
export const RECORD_TYPE_END = 2
export const RECORD_DATA_START = 3
export const RECORD_DATA_END = 4
export const RECORD_ID_START = 5
export const RECORD_ID_END = 6
export const RECORD_WORDS = 7

// The first word of a record: the number of its event type, or one of these.
export const SLOT_MESSAGE = 0
export const SLOT_NONE = -1
export const SLOT_COMMENT = -2
export const SLOT_ID_ONLY = -3
