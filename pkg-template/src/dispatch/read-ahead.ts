// Chunks that arrive while nothing may be dispatched.
//
// Firefox receives a response without limit, even if the page does not read it. So in Firefox the client continues to read while
// it is paused, keeps the chunks here, and stops the stream when there are too many. In other engines it stops reading, and the
// server has to wait.

import { INPUT_BUFFER_DRAINED, INPUT_BUFFER_FULL } from '../generated/session.ts'
import { BY_APPLICATION, type PauseReasons } from './pause-reasons.ts'
import type { SessionPort } from './session-port.ts'
import type { WasmParser } from './wasm-parser.ts'

/** How many bytes are kept at most. */
const LIMIT = 2 ** 20

export class ReadAhead {
  #session: SessionPort
  #parser: WasmParser
  #pauseReasons: PauseReasons
  #chunks: Uint8Array[] = []
  #bytes = 0
  /** `INPUT_BUFFER_FULL` was reported, so the session may have stopped the stream. */
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

  /**
   * Returns whether more may be read while the current chunk waits. If not, it makes the session stop the stream, unless a fast loop
   * may still take the events soon: `isSlow` says that it has not.
   */
  checkLimit(isSlow: boolean): boolean {
    if (this.#bytes + this.#parser.unparsedBytes <= LIMIT) return true
    // A single chunk may contain everything that the engine has received in the meantime, and a fast loop takes its events soon.
    if (isSlow || this.#chunks.length > 0 || this.#pauseReasons.has(BY_APPLICATION)) this.#overflow()
    return false
  }

  /** Dispatching resumes. */
  drained(): void {
    if (!this.#isOverflowing) return
    this.#isOverflowing = false
    this.#session.handle(INPUT_BUFFER_DRAINED)
  }

  #overflow(): void {
    // Without a pause, `drained()` would not be called.
    if (!this.#pauseReasons.isPaused) return
    this.#isOverflowing = true
    this.#session.handle(INPUT_BUFFER_FULL)
  }
}
