// The numbers by which the parser in wasm tells JavaScript what it found (scanner.rs and record.rs have the other half).

// What `parse` and `nextBatch` return: bits.
export const MORE = 1
export const TOO_LARGE = 2
export const INTACT = 4
export const RETRY = 8

// The window: what a batch holds and where it is, in words.
export const RECORDS = 0
export const COUNT = 1
export const TEXT = 2
export const TEXT_BYTES = 3
export const COMMENTS = 4
export const FREE = 5
export const FREE_BYTES = 6

// A record, in words. They are read as signed numbers, which engines handle better; a field that is absent begins below 0.
export const RECORD_WORDS = 7
export const SLOT = 0
export const TYPE_START = 1
export const TYPE_END = 2
export const DATA_START = 3
export const DATA_END = 4
export const ID_START = 5
export const ID_END = 6

// What stands in the place of a slot.
export const MESSAGE = 0
export const WITHOUT_SLOT = -1
export const COMMENT = -2
export const ID_ONLY = -3
