// Reading a response's body. This loop is JavaScript because it runs once per chunk: here a chunk costs one `read()` and
// one call, and no value has to cross the border only to be looked at.

import { now, wake } from './clock.js'
import { tryTo } from './report.js'

const ignore = () => {}

/**
 * How much is read at once, in bytes, where that is into memory of ours: at first, and at most, since the more a flood's
 * chunks hold the less each byte costs.
 */
const ROOM = 64 * 1024
const MOST_ROOM = 1024 * 1024

/**
 * A body is read in microtasks, so one that always has another chunk would block timers and clicks for ever. After this many
 * chunks or bytes the clock is read (reading it more often would cost more than small chunks do). If this many milliseconds
 * have passed, reading waits for one turn of the event loop. The first check comes earlier, because listeners may be slow.
 */
const FIRST_CHUNKS = 8
const CHUNKS_IN_A_ROW = 128
const BYTES_IN_A_ROW = 1024 * 1024
const TIME_IN_A_ROW = 10

// Nothing in the platform tells what follows, so engines are known by their names.
const isEngine = (name) => name.test(tryTo(() => navigator.userAgent))

/**
 * Whether this engine takes from the network what nobody reads, without bound: Firefox was seen to keep 942 MB of a body
 * within 5 s.
 */
export const readsAhead = () => isEngine(/\bFirefox\//)

/**
 * A reader that reads a response's body into memory it is given, where that is better: in Chromium, for which new memory for
 * each chunk is two thirds of what reading costs. Elsewhere less is gained.
 *
 * And not of a response that says a page has made it. Such a byte stream need not answer the read under way when it closes
 * (Streams, 4.7.3, `close()`), and then nothing would tell its end.
 */
function readerInto(response, body) {
  if (!isEngine(/Chrome\//)) return
  try {
    if (!(response instanceof Response) || response.type === 'default') return
    const reader = body.getReader({ mode: 'byob' })
    if (reader.read.length > 0) return reader
    // Somebody listens in by a `read` of their own, and would not pass on what to read into.
    reader.releaseLock()
  } catch {
    // Before 116 it cannot.
  }
}

/**
 * Hands every chunk of a response's body to `sink.chunk(bytes)`, until the body ends, fails, `chunk` returns true ("enough"),
 * or `stop()` is called. If `chunk` returns a promise, nothing is read until that is fulfilled. If the sink has
 * a method `left(error)`, it is called at the end of the body. If it returns a promise, the end is reported when that is fulfilled.
 *
 * Then the next chunk may be written over the bytes, unless the sink says that it `keeps` them.
 *
 * At the end, except after `stop()`, `over(error, isOurs)` is called once: without an error if the body is complete;
 * `isOurs` says that the body is not at fault for the error but what it consists of, or the sink.
 */
export class BodyReader {
  #reader
  /** What the next chunk is read into; undefined if the engine makes new memory for it. */
  #room
  #sink
  #over
  /** The chunks and bytes since the clock was last read, and the time of the last turn of the event loop. */
  #chunks = 0
  #bytes = 0
  #turnedAt = now()
  /** After how many chunks the clock is read. */
  #chunksInARow = FIRST_CHUNKS

  constructor(response, body, sink, over) {
    this.#reader = sink.keeps ? undefined : readerInto(response, body)
    if (this.#reader) this.#room = new Uint8Array(ROOM)
    else this.#reader = body.getReader()
    this.#sink = sink
    this.#over = over
    this.#readAll()
  }

  /** Cancels the body and releases it. Nothing is called afterwards. */
  stop() {
    this.#over = undefined
    const reader = this.#reader
    if (reader) {
      this.#reader = undefined
      try {
        // A body that is not bound to the request's signal (a `fetch` of the user's own) would go on for ever.
        Promise.resolve(reader.cancel()).catch(ignore)
        reader.releaseLock()
      } catch {
        // Only a reader that is none of the platform's throws here, and it is let go of all the same.
      }
    }
  }

  /**
   * An `await` costs less than a `then`, which makes a promise that nobody wants, and this is once per chunk. A second
   * `try`, around what the body is at fault for, would cost as well.
   */
  async #readAll() {
    let isOurs = true
    try {
      while (this.#over) {
        const reading = this.#reader.read(this.#room)
        isOurs = false
        const result = await reading
        isOurs = true
        if (!this.#over) return
        const { done, value } = result
        if (done) return this.#end()
        if (!(value instanceof Uint8Array || isBytes(value))) throw new TypeError(`the body yields ${describe(value)} where bytes are due`)
        const { length } = value
        const answer = this.#sink.chunk(value)
        if (answer === true) return this.#finish()
        // Not to read is what makes the server feel that nobody takes what it sends.
        if (answer) await answer
        if (this.#room) this.#room = roomAfter(value)
        this.#bytes += length
        if (++this.#chunks >= this.#chunksInARow || this.#bytes >= BYTES_IN_A_ROW) await this.#yieldToEventLoop()
      }
    } catch (error) {
      if (isOurs) this.#finish(error, true)
      // A stream may be errored without a reason, and that is no proper end.
      else this.#end(error ?? new TypeError('the body broke off'))
    }
  }

  async #yieldToEventLoop() {
    this.#chunks = this.#bytes = 0
    this.#chunksInARow = Math.min(2 * this.#chunksInARow, CHUNKS_IN_A_ROW)
    if (now() - this.#turnedAt < TIME_IN_A_ROW) return
    await turn()
    this.#chunksInARow = FIRST_CHUNKS
    this.#turnedAt = now()
  }

  /** What has been taken is delivered first. */
  #end(error) {
    const left = this.#over && this.#sink.left?.(error)
    if (left) left.then(() => this.#finish(error), (cause) => this.#finish(cause, true))
    else this.#finish(error)
  }

  #finish(error, isOurs = false) {
    const over = this.#over
    this.stop()
    over?.(error, isOurs)
  }
}

/** How much of an error response's body is kept for `error.body`, in bytes. */
export const PREFIX_BYTES = 64 * 1024

/** Keeps the first `limit` bytes of a body, to explain an error with. */
export class BodyPrefix {
  #bytes = new Uint8Array(0)
  #length = 0
  #limit

  constructor(limit) {
    this.#limit = limit
  }

  chunk(bytes) {
    const part = bytes.subarray(0, this.#limit - this.#length)
    const length = this.#length + part.length
    // In one buffer, because an array of small chunks would take many times their size.
    if (length > this.#bytes.length) {
      const before = this.#bytes
      this.#bytes = new Uint8Array(Math.min(this.#limit, 2 * length))
      this.#bytes.set(before)
    }
    this.#bytes.set(part, this.#length)
    this.#length = length
    return length === this.#limit
  }

  get isFull() {
    return this.#length === this.#limit
  }

  text() {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.#length))
  }
}

/**
 * Waits for one turn of the event loop. By a `MessageChannel` where there is one, because browsers slow timers down and tests
 * replace them.
 */
function turn() {
  return new Promise((resolve) => {
    if (typeof MessageChannel !== 'function') return wake(resolve, 0) ?? resolve()
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(undefined)
  })
}

/** The memory the chunk has been read into, or more of it if the chunk has filled that. */
function roomAfter({ length, buffer }) {
  const isFull = length === buffer.byteLength && length < MOST_ROOM
  return new Uint8Array(isFull ? Math.max(4 * length, ROOM) : buffer)
}

// By its name if need be: another frame's `Uint8Array` is not an instance of ours.
const isBytes = (value) => Object.prototype.toString.call(value) === '[object Uint8Array]'

const describe = (value) => (value === null ? 'null' : typeof value === 'object' ? `a ${value.constructor?.name}` : `a ${typeof value}`)
