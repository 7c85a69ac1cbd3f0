// Reads the body of a response: one `read()` and one call for each chunk.

import { now, startTimer } from './clock.ts'
import type { BodySink } from './host.ts'
import { tryTo } from './report.ts'

const ignore = () => {}

/** A reader of either kind: a BYOB reader reads into `room`, and a default reader ignores it. */
interface Reader {
  read(room?: Uint8Array<ArrayBuffer>): Promise<ReadableStreamReadResult<Uint8Array>>
  cancel(): Promise<void>
  releaseLock(): void
}

/** Called at the end of a body. */
export type OnEnd = (error?: unknown, isSinkError?: boolean) => void

/** After a chunk of so many bytes, the body is read into memory of the reader's own. For the small chunks of a chat that costs more. */
const LARGE = 16 * 1024

/** The size of that memory in bytes: at first, and at most. With larger chunks, each byte costs less. */
const ROOM = 64 * 1024
const MOST_ROOM = 1024 * 1024

/**
 * A body is read in microtasks. A body that always has another chunk would block timers and clicks for ever. So after this many
 * chunks or bytes the clock is read. (If it is read more often, that costs more than small chunks do.) If this many milliseconds
 * have passed, reading waits for one turn of the event loop. The first check is earlier, because listeners may be slow.
 *
 * If the last chunk before the check took a millisecond to come from the network, the event loop has turned meanwhile. Without this
 * rule, a chat of 300 chunks in a fresh page spends 3 ms of 70 on turns (Chromium). It does not hold for a body that the page has
 * created: while that computes a chunk, the event loop may stand still.
 */
const FIRST_CHUNKS = 8
const CHUNKS_IN_A_ROW = 128
const BYTES_IN_A_ROW = 1024 * 1024
const TIME_IN_A_ROW = 10
const WAIT = 1

// Engines are recognised by their names, because the platform has no feature test for the differences below.
const isEngine = (name: RegExp) => name.test(String(tryTo(() => navigator.userAgent)))

/** Whether this engine receives a body without limit while the page does not read it. Firefox received 942 MB in 5 s. */
export const readsAhead = () => isEngine(/\bFirefox\//)

/** Whether a response comes from the network. The page has created the others, or they do not say. */
const isFromNetwork = ({ type }: Response) => type !== undefined && type !== 'default'

/**
 * Whether a BYOB reader is faster: in Chromium, where new memory for each chunk is two thirds of the cost of reading. In other engines
 * it gains less.
 *
 * Returns undefined for a response that the page has created: when such a byte stream closes, it need not settle the current read
 * (Streams, 4.7.3, `close()`), so the end of the body would not be noticed.
 */
const isReadInto = (response: Response) =>
  isEngine(/Chrome\//) && tryTo(() => response instanceof Response && isFromNetwork(response)) === true

/** A reader that reads into memory it is given, if the engine has one. */
function readerInto(body: ReadableStream<Uint8Array>): Reader | undefined {
  try {
    const reader = body.getReader({ mode: 'byob' })
    if (reader.read.length > 0) return reader as Reader
    // The page has replaced `read` by a function without parameters, which cannot pass on the memory.
    reader.releaseLock()
  } catch {
    // Chromium before 116 has no BYOB reader for bodies.
  }
  return undefined
}

/**
 * Passes every chunk of a response's body to its sink, until the body ends or fails, the sink wants no more, or `stop()` is called.
 *
 * At the end, except after `stop()`, it calls `ended(error, isSinkError)` once. There is no error if the body is complete.
 * `isSinkError` is true if the error comes from the sink, or if the body does not consist of bytes. Otherwise the connection broke.
 */
export class BodyReader {
  #response: Response
  #isFromNetwork: boolean
  #body: ReadableStream<Uint8Array>
  #reader: Reader | undefined
  /** What the next chunk is read into; undefined if the engine makes new memory for it. */
  #room: Uint8Array<ArrayBuffer> | undefined
  /** No large chunk has come. */
  #areSmall = true
  #sink: BodySink
  #ended: OnEnd | undefined
  /** The chunks and bytes since the clock was last read, and the time of the last turn of the event loop. */
  #chunks = 0
  #bytes = 0
  #turnedAt = now()
  /** After how many chunks the clock is read. */
  #chunksInARow = FIRST_CHUNKS

  constructor(response: Response, body: ReadableStream<Uint8Array>, sink: BodySink, ended: OnEnd) {
    this.#response = response
    this.#isFromNetwork = tryTo(() => isFromNetwork(response)) === true
    this.#body = body
    this.#reader = body.getReader() as Reader
    this.#sink = sink
    this.#ended = ended
    this.#readAll()
  }

  /** Cancels the body and releases it. Nothing is called afterwards. */
  stop(): void {
    this.#ended = undefined
    const reader = this.#reader
    if (reader) {
      this.#reader = undefined
      try {
        // The body that a `fetch` of the application returned may ignore the request's signal.
        Promise.resolve(reader.cancel()).catch(ignore)
        reader.releaseLock()
      } catch {
        // Only a reader that the application has created throws here.
      }
    }
  }

  /**
   * Uses `await`, which costs less for each chunk than `then`, because `then` creates another promise. A second `try` around the
   * read would cost time too, so `isSinkError` says where an exception comes from.
   */
  async #readAll(): Promise<void> {
    let isSinkError = true
    try {
      while (this.#ended) {
        const isLast = this.#chunks + 1 >= this.#chunksInARow
        const askedAt = isLast ? now() : 0
        const reading = this.#reader!.read(this.#room)
        isSinkError = false
        const result = await reading
        isSinkError = true
        if (isLast && this.#isFromNetwork) this.#waited(askedAt)
        if (!this.#ended) return
        const { done, value } = result
        if (done) return this.#complete()
        if (!(value instanceof Uint8Array || isBytes(value)))
          throw new TypeError(`the body contains ${chunkKind(value)} instead of bytes`)
        const { length } = value
        const answer = this.#sink.chunk(value)
        if (answer === true) return this.#finish()
        // While the client does not read, the server has to wait.
        if (answer) await answer
        if (this.#room) this.#room = roomAfter(value as Uint8Array<ArrayBuffer>)
        else if (this.#areSmall && length >= LARGE && this.#reader) this.#takeRoom()
        this.#bytes += length
        if (++this.#chunks >= this.#chunksInARow || this.#bytes >= BYTES_IN_A_ROW) await this.#yieldToEventLoop()
      }
    } catch (error) {
      if (isSinkError) this.#finish(error, true)
      // A stream may fail without a reason.
      else this.#complete(error ?? new TypeError('reading the body failed'))
    }
  }

  /** From now on reads into memory of ours, if that is faster in this engine. */
  #takeRoom(): void {
    this.#areSmall = false
    if (this.#sink.keepsChunks || !isReadInto(this.#response)) return
    this.#reader!.releaseLock()
    const reader = readerInto(this.#body)
    if (reader) this.#room = new Uint8Array(ROOM)
    this.#reader = reader ?? (this.#body.getReader() as Reader)
  }

  /** A chunk of the network has come that was asked for at this time. */
  #waited(askedAt: number): void {
    const time = now()
    if (time - askedAt >= WAIT) this.#turnedAt = time
  }

  async #yieldToEventLoop(): Promise<void> {
    this.#chunks = this.#bytes = 0
    this.#chunksInARow = Math.min(2 * this.#chunksInARow, CHUNKS_IN_A_ROW)
    if (now() - this.#turnedAt < TIME_IN_A_ROW) return
    await turn()
    this.#chunksInARow = FIRST_CHUNKS
    this.#turnedAt = now()
  }

  /** The body has ended or failed. The sink first delivers what it has received. */
  #complete(error?: unknown): void {
    const delivered = this.#ended && this.#sink.bodyEnded?.(error)
    if (delivered)
      delivered.then(
        () => this.#finish(error),
        (cause) => this.#finish(cause, true),
      )
    else this.#finish(error)
  }

  #finish(error?: unknown, isSinkError = false): void {
    const ended = this.#ended
    this.stop()
    ended?.(error, isSinkError)
  }
}

/** How many bytes of an error response's body are kept for `error.body`. */
export const PREFIX_BYTES = 64 * 1024

/** Keeps the first `limit` bytes of a body, which explain an error. */
export class BodyPrefix implements BodySink {
  #bytes = new Uint8Array(0)
  #length = 0
  #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  chunk(bytes: Uint8Array): boolean {
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

  get isFull(): boolean {
    return this.#length === this.#limit
  }

  text(): string {
    return new TextDecoder().decode(this.#bytes.subarray(0, this.#length))
  }
}

/**
 * Waits for one turn of the event loop, with a `MessageChannel` if there is one, because browsers slow timers down and tests
 * replace them.
 */
function turn(): Promise<unknown> {
  return new Promise<unknown>((resolve) => {
    if (typeof MessageChannel !== 'function') return startTimer(() => resolve(undefined), 0) ?? resolve(undefined)
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve(undefined)
    }
    port2.postMessage(undefined)
  })
}

/** The memory for the next chunk: that of the last chunk, or more if the last chunk has filled it. */
function roomAfter({ length, buffer }: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const isFull = length === buffer.byteLength && length < MOST_ROOM
  return isFull ? new Uint8Array(Math.max(4 * length, ROOM)) : new Uint8Array(buffer)
}

// Compares the name, because the `Uint8Array` of another frame is not an instance of ours.
const isBytes = (value: unknown) => Object.prototype.toString.call(value) === '[object Uint8Array]'

const chunkKind = (value: unknown) =>
  value === null ? 'null' : typeof value === 'object' ? `a ${value.constructor?.name}` : `a ${typeof value}`
