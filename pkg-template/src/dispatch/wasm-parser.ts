// Calls the parser in wasm, and is a cursor over the records of a batch. Only this file accesses wasm's memory.
//
// The parser writes one record of offsets for each event into wasm's memory. Here the bytes of a whole batch are decoded to one
// string, and the fields of its events are slices of that string. This is several times faster than one call into wasm and two
// decoded strings per event. And no function of the wasm is running when a listener is called.

import type { ParserHandle } from 'sse-fetch-wasm'
import * as layout from '../generated/parser.ts'
import { decode, LongText, MalformedText, type Text } from './text.ts'
import { type Views, viewsOf } from './views.ts'

/**
 * A chunk is parsed in pieces of at most this many bytes. Each field of an event is a slice of the text of its piece, so an
 * application that keeps a field keeps that text in memory.
 *
 * Measured with a stream of 114 MB of which 1,925 fields are kept (Chromium): 16 MB stay in memory, instead of 110 with pieces of
 * 256 KB. The stream takes the same time (0.58 s). Without a network (Node), parsing takes 5 to 15 % longer than with pieces of
 * 256 KB, and a quarter longer for lines of 16 KB.
 */
const PIECE = 8 * 1024

/** A text of more characters holds an event that is larger than a piece. */
const LONG = 2 * PIECE

const NOTHING: Uint8Array = new Uint8Array(0)

/** What the parser runs on. */
export interface ParserEngine {
  ParserHandle: new (eventLimit: number, emptyEvents: boolean) => ParserHandle
  memory: WebAssembly.Memory
}

export interface ParserOptions {
  maxEventBytes: number
  emptyEvents: boolean
}

/** A slot is a number that stands for an event type in the records. */
export class WasmParser {
  /** The parser in wasm, made for the first stream. Methods that take or return no addresses are called on it directly. */
  handle: ParserHandle | undefined
  #engine: () => ParserEngine
  #options: ParserOptions
  #memory: Views | undefined
  /** Where the window is, in words. */
  #window = 0
  /** The current chunk, and where its next piece begins. */
  #chunk = NOTHING
  #next = 0
  /** What the parser returned for the current batch: `BATCH` constants. */
  bits = 0
  /** The text of the current batch. */
  text: Text = ''
  /** The next record of the current batch, and where the last one ends, in words. */
  at = 0
  end = 0
  /** The number of comments in the current batch. */
  comments = 0

  constructor(engine: () => ParserEngine, options: ParserOptions) {
    this.#engine = engine
    this.#options = options
  }

  /** A stream begins. True if it is the first one, for which the parser in wasm was made. */
  begin(): boolean {
    if (this.handle) {
      this.handle.reset()
      return false
    }
    const { ParserHandle, memory } = this.#engine()
    this.handle = new ParserHandle(this.#options.maxEventBytes, this.#options.emptyEvents)
    // The window says where the first piece is to be written.
    this.handle.reset()
    this.#memory = viewsOf(memory)
    this.#window = this.handle.window() >>> 2
    return true
  }

  /** Wasm's memory in words. It may grow during a call of a listener, so the caller must get it again after that. */
  get words(): Int32Array {
    return this.#memory!.int32
  }

  /** Drops the chunk, and the records that were not dispatched. */
  discard(): void {
    this.#chunk = NOTHING
    this.#next = this.at = this.end = this.bits = 0
    this.text = ''
  }

  /** Gives a slot to an event type (`Parser::listen` in Rust). Must be called between two batches. */
  giveSlot(type: string): number {
    const name = new TextEncoder().encode(type)
    const address = this.handle!.name(name.length)
    this.#memory!.uint8.set(name, address)
    return this.handle!.listen()
  }

  /** Sets the next chunk to parse. The last one must have been parsed to its end. */
  start(chunk: Uint8Array): void {
    this.#chunk = chunk
    this.#next = 0
  }

  /** How many bytes of the chunk have not been parsed. */
  get unparsedBytes(): number {
    return this.#chunk.length - this.#next
  }

  /** All of the chunk has been parsed. */
  get isAtEnd(): boolean {
    return this.#next === this.#chunk.length
  }

  /** Parses the next piece of the chunk, which must not be at its end. */
  nextPiece(): void {
    const chunk = this.#chunk
    const start = this.#next
    const piece = chunk.length <= PIECE ? chunk : chunk.subarray(start, start + PIECE)
    const { length } = piece
    this.#next = start + length
    // In Firefox a chunk may have several megabytes. It must not stay in memory during a pause.
    if (this.#next === chunk.length) this.start(NOTHING)
    const { int32: words } = this.#memory!
    let address = words[this.#window + layout.WINDOW_FREE] >>> 0
    if (length > words[this.#window + layout.WINDOW_FREE_BYTES]) address = this.handle!.reserve(length)
    if (address === 0) {
      // There is no memory for the piece.
      this.bits = layout.BATCH_TOO_LARGE
      this.comments = 0
      return
    }
    this.#memory!.uint8.set(piece, address)
    this.#present(this.handle!.parse(length), piece)
  }

  /** After `BATCH_MORE`. */
  nextBatch(): void {
    this.#present(this.handle!.nextBatch(), NOTHING)
  }

  /**
   * Whether these bytes, after all chunks of the stream, complete an event. After this call, the stream cannot be parsed further.
   */
  wouldCompleteEvent(bytes: Uint8Array): boolean {
    this.start(bytes)
    this.nextPiece()
    // The bytes may also complete a comment. The event is the last record.
    const last = this.end - layout.RECORD_WORDS
    const isEvent = last >= this.at && this.words[last + layout.RECORD_SLOT]! > layout.SLOT_COMMENT
    this.discard()
    return isEvent
  }

  /**
   * Makes the batch that was just parsed the current one. `piece` is its piece, or empty if it is not the first batch of a piece.
   */
  #present(bits: number, piece: Uint8Array): void {
    this.bits = bits
    this.at = this.end = this.comments = 0
    // Often a piece is only a part of an event, and the parser has found nothing.
    if ((bits & ~layout.BATCH_INTACT) === 0) return
    const { int32: words } = this.#memory!
    this.comments = words[this.#window + layout.WINDOW_COMMENTS]!
    const count = words[this.#window + layout.WINDOW_COUNT]!
    if (count === 0) return
    this.text = this.#decoded(piece, words)
    this.at = words[this.#window + layout.WINDOW_RECORDS]! >>> 2
    this.end = this.at + count * layout.RECORD_WORDS
  }

  /** Decodes the text of the batch, and converts the offsets of its records to UTF-16 if necessary. */
  #decoded(piece: Uint8Array, words: Int32Array): Text {
    const length = words[this.#window + layout.WINDOW_TEXT_BYTES]
    // If the text equals the piece, the piece is decoded, because engines decode their own memory faster than wasm's.
    let bytes = piece
    if (!(this.bits & layout.BATCH_INTACT)) {
      // Beyond 2 GiB an address is negative when it is read as a signed number.
      const start = words[this.#window + layout.WINDOW_TEXT] >>> 0
      bytes = this.#memory!.uint8.subarray(start, start + length)
    }
    const text = decode(bytes)
    if (text === undefined) return new MalformedText(bytes)
    // If there are as many characters as bytes, the text is ASCII, and the offsets are right.
    if (text.length !== length) this.handle!.toUtf16()
    return text.length > LONG ? new LongText(text) : text
  }
}
