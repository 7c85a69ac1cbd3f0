// Reading a response's body. This loop is JavaScript because it runs once per chunk: here a chunk costs one `read()` and
// one call, and no value has to cross the border only to be looked at.

const ignore = () => {}

/** How much is read at once, in bytes, where the engine reads into memory of ours. */
const ROOM = 256 * 1024

/**
 * Whether this engine takes from the network what nobody reads, without bound: Firefox was seen to keep 942 MB of a body
 * within 5 s. Nothing in the platform tells, so it is known by its name.
 */
export const readsAhead = () => /\bFirefox\//.test(globalThis.navigator?.userAgent)

/**
 * Hands every chunk of `body` to `sink.chunk(bytes)`, until the body ends, fails, `chunk` returns true ("enough"), or
 * `stop()` is called. If `chunk` returns a promise, nothing is read until that is fulfilled. If there is a `left()` that
 * returns one, the end waits for that.
 *
 * The next chunk is written over the bytes, unless `chunk` returns false ("kept").
 *
 * At the end, except after `stop()`, `over(error, isOurs)` is called once: without an error if the body is complete;
 * `isOurs` says that the body is not at fault for the error but what it consists of, or the sink.
 */
export class Pump {
  #reader
  /** What the next chunk is to be read into; undefined if the engine has to make its own memory for it. */
  #room
  #sink
  #over
  #isReading = false

  constructor(body, sink, over) {
    this.#sink = sink
    this.#over = over
    try {
      // New memory for each chunk costs Chromium twice as much as all the rest of reading. Chromium 116 and Firefox 102 can
      // do without, and bodies of an application's own that are byte streams.
      this.#reader = body.getReader({ mode: 'byob' })
      this.#room = new Uint8Array(ROOM)
      this.#reader.closed?.then().then(this.#isClosed, ignore)
    } catch {
      this.#reader = body.getReader()
    }
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
    try {
      while (this.#over) {
        const reading = this.#reader.read(this.#room)
        this.#isReading = true
        const result = await reading
        this.#isReading = false
        if (!this.#over) return
        const { done, value } = result
        if (done) return this.#end()
        if (!(value instanceof Uint8Array || isBytes(value))) throw new TypeError(`the body yields ${describe(value)} where bytes are due`)
        const answer = this.#sink.chunk(value)
        if (answer === true) return this.#finish()
        // Not to read is what makes the server feel that nobody takes what it sends.
        if (answer) await answer
        if (this.#room) this.#room = new Uint8Array(answer === false ? ROOM : value.buffer)
      }
    } catch (error) {
      if (!this.#isReading) this.#finish(error, true)
      // A stream may be errored without a reason, and that is no proper end.
      else this.#end(error ?? new TypeError('the body broke off'))
    }
  }

  /**
   * A byte stream need not answer the read under way when it closes (Streams, 4.7.3, `close()`), and one of an application's
   * own easily does not. What was read before has been handed over by now.
   */
  #isClosed = () => {
    if (this.#isReading) this.#end()
  }

  /** What has been taken is delivered first. */
  #end(error) {
    const left = this.#over && this.#sink.left?.()
    if (left) left.then(() => this.#finish(error), (cause) => this.#finish(cause, true))
    else this.#finish(error)
  }

  #finish(error, isOurs = false) {
    const over = this.#over
    this.stop()
    over?.(error, isOurs)
  }
}

/** Keeps the first `limit` bytes of a body, to explain an error with. */
export class Beginning {
  #parts = []
  #room

  constructor(limit) {
    this.#room = limit
  }

  chunk(bytes) {
    const part = bytes.slice(0, this.#room)
    this.#parts.push(part)
    this.#room -= part.length
    return this.#room === 0
  }

  text() {
    const decoder = new TextDecoder()
    return this.#parts.map((part) => decoder.decode(part, { stream: true })).join('') + decoder.decode()
  }
}

// By its name if need be: another frame's `Uint8Array` is not an instance of ours.
const isBytes = (value) => Object.prototype.toString.call(value) === '[object Uint8Array]'

const describe = (value) => (value === null ? 'null' : typeof value === 'object' ? `a ${value.constructor?.name}` : `a ${typeof value}`)
