// Chunks that arrive while nothing may be dispatched.
//
// Firefox reads a response without bound, whether the page reads it or not. There the client continues to read while it is paused, keeps
// the chunks here, and stops the stream when there are too many. In other engines the client stops reading, and the server has to wait.

import { wake } from '../driver/clock.ts'
import { INPUT_BUFFER_DRAINED, INPUT_BUFFER_FULL } from '../generated/session.ts'
import { BY_APPLICATION, type PauseReasons } from './pause-reasons.ts'
import type { SessionPort } from './session-port.ts'
import type { WasmParser } from './wasm-parser.ts'

/** The most bytes that are kept. */
const LIMIT = 2 ** 20

/** A `for await` loop that has not taken all events after so many milliseconds is slow. Fast ones pause for a moment at each event. */
const SLOW = 1000

export class ReadAhead {
  #session: SessionPort
  #parser: WasmParser
  #pauseReasons: PauseReasons
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** The session was told that there is too much, and may have stopped the stream. */
  #isOverflowing = false

  constructor(session: SessionPort, parser: WasmParser, pauseReasons: PauseReasons) {
    this.#session = session
    this.#parser = parser
    this.#pauseReasons = pauseReasons
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  /** Removes and returns the oldest chunk, or returns undefined. */
  take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift()
    if (chunk) this.#bytes -= chunk.length
    return chunk
  }

  clear(): void {
    this.#chunks = []
    this.#bytes = 0
  }

  /** Whether more may be read while the current chunk waits. If not, the session may stop the stream, now or later. */
  hasRoom(): boolean {
    if (!this.#isTooMuch) return true
    // An engine may deliver in one chunk all that it has read meanwhile, and a fast loop takes its events soon.
    if (this.#chunks.length > 0 || this.#pauseReasons.has(BY_APPLICATION)) this.#overflow()
    else this.#checkLater(this.#parser.chunk)
    return false
  }

  /** Dispatching resumes. */
  drained(): void {
    if (!this.#isOverflowing) return
    this.#isOverflowing = false
    this.#session.handle(INPUT_BUFFER_DRAINED)
  }

  get #isTooMuch(): boolean {
    return this.#bytes + this.#parser.unparsedBytes > LIMIT
  }

  #checkLater(chunk: Uint8Array): void {
    wake(() => {
      if (this.#parser.chunk === chunk && this.#isTooMuch) this.#overflow()
    }, SLOW)
  }

  #overflow(): void {
    // Dispatching is about to resume, and `drained()` would not be called again.
    if (!this.#pauseReasons.isPaused) return
    this.#isOverflowing = true
    this.#session.handle(INPUT_BUFFER_FULL)
  }
}
