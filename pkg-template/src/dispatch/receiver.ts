// Receives the chunks of a connection's streams, parses them, and dispatches their events, unless dispatching is paused.

import { readsAhead } from '../driver/body.ts'
import { startTimer } from '../driver/clock.ts'
import type { StreamSink } from '../driver/host.ts'
import { BATCH_MORE, BATCH_RETRY, BATCH_TOO_LARGE } from '../generated/parser.ts'
import { CODE_TOO_LARGE, INPUT_FAILED, INPUT_RECONNECTION_TIME } from '../generated/session.ts'
import { Activity } from './activity.ts'
import { type Counters, Dispatcher, type DispatchOptions } from './dispatcher.ts'
import type { History } from './history.ts'
import type { Listeners } from './listeners.ts'
import { BY_APPLICATION, PauseReasons } from './pause-reasons.ts'
import { ReadAhead } from './read-ahead.ts'
import type { ReceiverHost, SessionPort } from './session-port.ts'
import { StreamStart } from './stream-start.ts'
import { type ParserEngine, WasmParser } from './wasm-parser.ts'

export { BY_APPLICATION }

export interface ReceiverOptions extends DispatchOptions {
  maxEventBytes: number
  unfinished: 'discard' | 'deliver'
}

/** Two line feeds: they complete an unfinished line and its event. */
const COMPLETION = Uint8Array.of(10, 10)

/** The functions of a promise that waits until all received events have been dispatched. */
interface Waiting {
  dispatched: () => void
  failed: (error: unknown) => void
}

/** A `for await` loop that has not taken all events after this many milliseconds is slow. Fast loops pause only for a moment. */
const SLOW = 1000

export class Receiver implements StreamSink {
  #session: SessionPort
  #host: ReceiverHost
  #parser: WasmParser
  #dispatcher: Dispatcher
  #readAhead: ReadAhead
  /** The start of the current stream, until its first event. */
  #start: StreamStart | undefined
  #activity = new Activity()
  #pauseReasons = new PauseReasons()
  #counters: Counters = { bytes: 0, events: 0, comments: 0 }
  /** An event that the end of the stream has cut off is dispatched (the option `unfinished`). */
  #dispatchesUnfinished: boolean
  /** A pause has stopped dispatching. Chunks that arrive now have to wait. */
  #isBlocked = false
  #waiting: Waiting | undefined
  #keepsChunks: boolean | undefined

  constructor(
    engine: () => ParserEngine,
    session: SessionPort,
    host: ReceiverHost,
    listeners: Listeners,
    history: History | undefined,
    options: ReceiverOptions,
  ) {
    this.#session = session
    this.#host = host
    this.#dispatchesUnfinished = options.unfinished === 'deliver'
    const parser = new WasmParser(engine, options)
    this.#parser = parser
    this.#dispatcher = new Dispatcher(parser, this.#pauseReasons, this.#counters, session, host, listeners, history, options)
    this.#readAhead = new ReadAhead(session, parser, this.#pauseReasons)
  }

  get lastEventId(): string {
    return this.#dispatcher.position.lastEventId
  }

  /** A new request starts after this id of the application. */
  startFrom(id: string): void {
    this.#dispatcher.position.startFrom(id)
  }

  /** The origin of the stream. */
  get origin(): string {
    return this.#dispatcher.origin
  }

  /** From now on, the type of an event is what the stream contains, `''` if it contains none. */
  distinguishMessage(): void {
    this.#dispatcher.types.distinguishMessage()
  }

  get stats(): Counters & { lastByteAt?: number } {
    const { lastByteAt } = this.#activity
    return { ...this.#counters, ...(lastByteAt !== undefined && { lastByteAt }) }
  }

  /** For how many milliseconds the stream has been silent while the client was reading. */
  get idleTime(): number {
    return this.#pauseReasons.isPaused ? 0 : this.#activity.idleTime
  }

  /** How many milliseconds ago the last bytes arrived, or the stream began. */
  get timeSinceLastByte(): number {
    return this.#activity.timeSinceLastByte
  }

  // The life of a stream and of a connection.

  /** A stream from this origin begins. */
  begin(origin: string): void {
    this.#dispatcher.origin = origin
    if (this.#parser.begin()) this.#dispatcher.types.parserIsMade()
    this.#start = new StreamStart(this.#counters)
    this.#activity.begin()
  }

  /** The stream is over. Drops what was received and not dispatched. */
  discard(): void {
    this.#activity.catchUp()
    this.#dispatcher.discard()
    this.#parser.discard()
    this.#readAhead.clear()
    this.#isBlocked = false
    this.#waiting = undefined
  }

  /** The application disconnects. From now on, no listener is called for an event of the stream, not even for the current event. */
  stop(): void {
    this.#dispatcher.stop()
  }

  /** The connection is closed. Also frees the parser's memory. A new connection may follow. */
  close(): void {
    this.stop()
    this.#parser.handle?.release()
  }

  // Pauses.

  /** Dispatches nothing more, not even received events, until `resume` is called with the same reason. */
  pause(reason: unknown): void {
    this.#pauseReasons.add(reason)
  }

  resume(reason: unknown): void {
    if (!this.#pauseReasons.remove(reason)) return
    // Not at once, because the caller may be a listener that the dispatcher has called. A promise, because fake timers replace
    // `queueMicrotask`.
    if (this.#isBlocked) Promise.resolve().then(() => this.#continue())
    this.#readAhead.drained()
    this.#activity.restart()
  }

  // The body of a response.

  /** Chunks are used after `chunk` has returned. */
  get keepsChunks(): boolean {
    // Seldom asked for, and not cheap: 0.02 ms of a later chat's 0.7 (20 events, Chromium).
    return (this.#keepsChunks ??= readsAhead())
  }

  /**
   * Takes a chunk from the body's reader. If the reader must wait, it returns a promise that is fulfilled when the next chunk may
   * be read.
   */
  chunk(bytes: Uint8Array): Promise<void> | undefined {
    this.#counters.bytes += bytes.length
    this.#activity.markActivity()
    this.#receive(bytes)
    if (this.#start !== undefined && !this.#start.add(bytes)) this.#start = undefined
    if (!this.#isBlocked || (this.keepsChunks && this.#readAhead.checkLimit(false))) return undefined
    // `checkLimit()` may have closed the stream. Then nothing is left to dispatch.
    if (!this.#isBlocked) return undefined
    const dispatched = this.#allDispatched()
    if (this.keepsChunks) this.#checkLater(this.#waiting!)
    return dispatched
  }

  /**
   * After `SLOW` ms: if the chunk still waits, and too much of it, the session stops the stream. If little of it is left, the reader
   * continues. (If it waited for the rest, it would not find out that the engine has received much more.)
   */
  #checkLater(waiting: Waiting): void {
    startTimer(() => {
      if (this.#waiting !== waiting || !this.#readAhead.checkLimit(true)) return
      this.#waiting = undefined
      waiting.dispatched()
    }, SLOW)
  }

  /** The body has ended, or has failed with `error`. If some events are not dispatched yet, returns a promise for that. */
  bodyEnded(error?: unknown): Promise<void> | undefined {
    const { streamNumber } = this.#dispatcher
    if (error === undefined && this.#dispatchesUnfinished) this.#receive(COMPLETION)
    if (this.#isBlocked) return this.#allDispatched().then(() => this.#ended(streamNumber))
    this.#ended(streamNumber)
    return undefined
  }

  /** After the end of a stream that was not an event stream: its first 64 KiB as text. Otherwise undefined. */
  get nonStreamText(): string | undefined {
    return this.#start?.nonStreamText
  }

  #receive(bytes: Uint8Array): void {
    if (this.#isBlocked) this.#readAhead.add(bytes)
    else {
      this.#parser.start(bytes)
      this.#dispatch()
    }
  }

  /** Dispatches the rest of the current chunk. */
  #dispatch(): void {
    const parser = this.#parser
    const dispatcher = this.#dispatcher
    const { streamNumber } = dispatcher
    this.#isBlocked = false
    while (parser.at >= parser.end || dispatcher.dispatch(parser)) {
      if (parser.bits & BATCH_TOO_LARGE) {
        this.#tooLarge()
        return
      }
      const hasMore = parser.bits & BATCH_MORE
      if (!hasMore) {
        if (this.#pauseReasons.isPaused) break
        if (parser.isAtEnd) {
          // The next chunk may come much later, and the text of a large event would stay in memory until then.
          parser.text = ''
          return
        }
      }
      if (dispatcher.types.areOutdated) dispatcher.types.update()
      if (hasMore) parser.nextBatch()
      else parser.nextPiece()
      if (parser.bits & BATCH_RETRY) this.#session.handle(INPUT_RECONNECTION_TIME, parser.handle!.retry())
      this.#counters.comments += parser.comments
    }
    // A pause has stopped it, unless the stream is over.
    this.#isBlocked = streamNumber === dispatcher.streamNumber
  }

  /** A line or an event is larger than the limit, and everything before it has been dispatched. */
  #tooLarge(): void {
    this.#session.handleCurrent(INPUT_FAILED, CODE_TOO_LARGE)
    this.#parser.discard()
    this.#parser.begin()
  }

  /** Continues where a pause stopped. */
  #continue(): void {
    if (!this.#isBlocked || this.#pauseReasons.isPaused) return
    const { streamNumber } = this.#dispatcher
    const waiting = this.#waiting
    try {
      this.#dispatch()
      while (!this.#isBlocked) {
        const chunk = this.#readAhead.take()
        if (chunk === undefined) break
        this.#receive(chunk)
      }
    } catch (error) {
      if (!waiting) throw error
      waiting.failed(error)
    }
    if (this.#isBlocked || streamNumber !== this.#dispatcher.streamNumber) return
    this.#waiting = undefined
    waiting?.dispatched()
  }

  /** A promise that is fulfilled when all events received so far have been dispatched. */
  #allDispatched(): Promise<void> {
    return new Promise((dispatched, failed) => {
      this.#waiting = { dispatched, failed }
    })
  }

  /** Logs `debug` entries for an event that the end of the stream has cut off, and for ignored lines. */
  #ended(streamNumber: number): void {
    const { debug } = this.#host
    if (streamNumber !== this.#dispatcher.streamNumber || !debug) return
    if (this.#parser.wouldCompleteEvent(COMPLETION)) debug('unfinished', { lastEventId: this.lastEventId })
    const lines = this.#parser.handle!.ignoredLines()
    if (lines > 0) debug('ignored-lines', { lines })
  }
}
