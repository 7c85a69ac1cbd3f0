// Receives the chunks of a connection's streams, parses them, and has their events dispatched, unless that is paused.

import { readsAhead } from '../driver/body.js'
import { FAILED, RECONNECTION_TIME, TOO_LARGE } from '../driver/numbers.js'
import { Activity } from './activity.js'
import { DataParser } from './data-parser.js'
import { Dispatcher } from './dispatcher.js'
import { EventTypes } from './event-types.js'
import { BY_APPLICATION, PauseReasons } from './pause-reasons.js'
import { Position } from './position.js'
import { ReadAhead } from './read-ahead.js'
import { StreamStart } from './stream-start.js'
import { WasmParser } from './wasm-parser.js'

export { BY_APPLICATION }

/** The bytes that complete an unfinished line and its event. */
const COMPLETION = Uint8Array.of(10, 10)

export class Receiver {
  #session
  #host
  #parser
  #types
  #position
  #dispatcher
  #activity = new Activity()
  #pauseReasons = new PauseReasons()
  #readAhead
  #start
  #counters = { bytes: 0, events: 0, comments: 0 }
  /** An event that the end of the stream cut off is dispatched (the option `unfinished`). */
  #dispatchesUnfinished
  /** A pause has stopped dispatching: chunks that arrive now have to wait. */
  #isBlocked = false
  /** The promise functions of the caller that waits until everything received has been dispatched. */
  #waiting
  /** Chunks may be kept after `chunk` has returned. */
  keeps = readsAhead()

  constructor({ Scanner, memory }, session, host, listeners, history, { until, parse, maxEventBytes, emptyEvents, unfinished }) {
    this.#session = session
    this.#host = host
    this.#dispatchesUnfinished = unfinished === 'deliver'
    const pauseReasons = this.#pauseReasons
    const counters = this.#counters
    const parser = (this.#parser = new WasmParser(new Scanner(maxEventBytes, emptyEvents), memory))
    const position = (this.#position = new Position(session))
    const dataParser = new DataParser(parse, emptyEvents)
    const arePlain = until === undefined && history === undefined && !dataParser.isCustom && !(parse === 'json' && emptyEvents)
    const types = (this.#types = new EventTypes(parser, listeners, arePlain))
    this.#dispatcher = new Dispatcher({ session, host, listeners, types, pauseReasons, position, counters, history, dataParser, until })
    this.#readAhead = new ReadAhead(session, parser, pauseReasons)
    this.#start = new StreamStart(counters)
  }

  get lastEventId() {
    return this.#position.lastEventId
  }

  /** A new request starts after this id, which the application gave. */
  startFrom(id) {
    this.#position.startFrom(id)
  }

  get origin() {
    return this.#dispatcher.origin
  }

  /** From now on events have the type that the stream writes: `''` if it writes none. */
  distinguishMessage() {
    this.#types.distinguishMessage()
  }

  get stats() {
    const { lastByteAt } = this.#activity
    return lastByteAt === undefined ? { ...this.#counters } : { ...this.#counters, lastByteAt }
  }

  /** For how many milliseconds there has been no activity, although the client was reading. */
  get idleTime() {
    return this.#pauseReasons.isPaused ? 0 : this.#activity.idleTime
  }

  /** How many milliseconds ago the last bytes came, or the stream began. */
  get timeSinceLastByte() {
    return this.#activity.timeSinceLastByte
  }

  // The life of a stream and of a connection.

  /** A stream from this origin begins. */
  begin(origin) {
    this.#dispatcher.origin = origin
    this.#parser.handle.reset()
    this.#start.begin()
    this.#activity.begin()
  }

  /** The stream is over: forgets what was received of it and not dispatched. */
  discard() {
    this.#dispatcher.discard()
    this.#parser.discard()
    this.#readAhead.clear()
    this.#isBlocked = false
    this.#waiting = undefined
  }

  /** The connection is over: nothing more is dispatched, even if listeners of the current event have not been called. */
  stop() {
    this.#dispatcher.stop()
  }

  /** The connection is closed: frees memory until there is another one. */
  close() {
    this.stop()
    this.#parser.handle.release()
  }

  // Pauses.

  /** Dispatches nothing more, not even of what has been received, until `resume` is called with the same reason. */
  pause(reason) {
    this.#pauseReasons.add(reason)
  }

  resume(reason) {
    if (!this.#pauseReasons.remove(reason)) return
    // Not at once: the caller may be a listener, or wasm in the middle of its work. And by a promise, since test set-ups
    // replace `queueMicrotask`.
    if (this.#isBlocked) Promise.resolve().then(this.#continue)
    this.#readAhead.drained()
    this.#activity.restart()
  }

  // The body of a response.

  /**
   * Takes a chunk from the body's reader. Nothing it calls may throw. If nothing more is to be read for now, it returns a
   * promise that is fulfilled when that is over.
   */
  chunk(bytes) {
    this.#counters.bytes += bytes.length
    this.#activity.markActivity()
    this.#receive(bytes)
    this.#start.add(bytes)
    if (!this.#isBlocked || (this.keeps && this.#readAhead.hasRoom())) return undefined
    // The stream may have been closed because too much of it had come. Then nothing is left to be dispatched.
    return this.#isBlocked ? this.#allDispatched() : undefined
  }

  /** The body has ended, or has failed with `error`. If events are still to be dispatched, returns a promise for that. */
  left(error) {
    const { stream } = this.#dispatcher
    if (error === undefined && this.#dispatchesUnfinished) this.#receive(COMPLETION)
    if (this.#isBlocked) return this.#allDispatched().then(() => this.#ended(stream))
    this.#ended(stream)
  }

  /** After the end: the first 64 KiB of a stream that has no event but other text, else undefined. */
  get foreignText() {
    return this.#start.foreignText
  }

  #receive(bytes) {
    if (this.#isBlocked) this.#readAhead.add(bytes)
    else {
      this.#parser.start(bytes)
      this.#dispatch()
    }
  }

  /** Dispatches the current chunk from where that was stopped. */
  #dispatch() {
    const parser = this.#parser
    const { stream } = this.#dispatcher
    this.#isBlocked = false
    while (this.#dispatcher.dispatch(parser)) {
      if (parser.isTooLarge) return this.#tooLarge()
      if (!parser.hasMore && this.#pauseReasons.isPaused) break
      this.#types.update()
      if (parser.hasMore) parser.nextBatch()
      else if (!parser.nextPiece()) return
      const { reconnectionTime } = parser
      if (reconnectionTime !== undefined) this.#session.handle(RECONNECTION_TIME, reconnectionTime)
      this.#counters.comments += parser.comments
    }
    this.#isBlocked = stream === this.#dispatcher.stream
  }

  /** An event is larger than the limit, and everything before it has been dispatched. */
  #tooLarge() {
    this.#session.handleCurrent(FAILED, TOO_LARGE)
    this.#parser.discard()
    this.#parser.handle.reset()
  }

  /** Continues where a pause stopped. */
  #continue = () => {
    if (!this.#isBlocked || this.#pauseReasons.isPaused) return
    const { stream } = this.#dispatcher
    const waiting = this.#waiting
    try {
      this.#dispatch()
      for (let chunk; !this.#isBlocked && (chunk = this.#readAhead.take()); ) this.#receive(chunk)
    } catch (error) {
      if (!waiting) throw error
      waiting.failed(error)
    }
    if (this.#isBlocked || stream !== this.#dispatcher.stream) return
    this.#waiting = undefined
    waiting?.dispatched()
  }

  /** A promise that is fulfilled when all events received so far have been dispatched. */
  #allDispatched() {
    return new Promise((dispatched, failed) => (this.#waiting = { dispatched, failed }))
  }

  /** Makes `debug` entries for an event that the end of the stream cut off, and for lines that were ignored. */
  #ended(stream) {
    if (stream !== this.#dispatcher.stream || !this.#host.debug) return
    if (this.#parser.wouldCompleteEvent(COMPLETION)) this.#host.debug('unfinished', { lastEventId: this.lastEventId })
    const lines = this.#parser.handle.ignoredLines()
    if (lines > 0) this.#host.debug('ignored-lines', { lines })
  }
}
