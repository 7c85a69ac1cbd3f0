// From a record to calls of listeners. If the type of an event has a single plain listener, the event takes a short route
// (`#callSoleListeners`). All others take the long one: `#dispatchRecord`, `#dispatchEvent`, `#deliver`, `#call`.

import { isError } from '../driver/kind.ts'
import { report } from '../driver/report.ts'
import * as layout from '../generated/parser.ts'
import { INPUT_DONE, INPUT_UNTIL_ERROR } from '../generated/session.ts'
import { DataParser, type ParseOption } from './data-parser.ts'
import { ownEvent, SSEEvent } from './event.ts'
import { EventTypes } from './event-types.ts'
import type { History } from './history.ts'
import type { Listener, ListenerEntry, Listeners } from './listeners.ts'
import type { PauseReasons } from './pause-reasons.ts'
import { Position } from './position.ts'
import type { ReceiverHost, SessionPort } from './session-port.ts'
import { MalformedText } from './text.ts'
import type { WasmParser } from './wasm-parser.ts'

/**
 * The decision of `until`: true if the stream ends with this event, 'deliver' to deliver the event first, or the error it ends
 * with.
 */
type UntilDecision = unknown

export type UntilOption = string | ((event: SSEEvent) => UntilDecision)

/** The options that affect events. */
export interface DispatchOptions {
  parse: ParseOption
  emptyEvents: boolean
  until?: UntilOption | undefined
}

/** The counts for `stats()`. */
export interface Counters {
  bytes: number
  events: number
  comments: number
}

export class Dispatcher {
  #session: SessionPort
  #host: ReceiverHost
  #listeners: Listeners
  #history: History | undefined
  #pauseReasons: PauseReasons
  #counters: Counters
  #dataParser: DataParser
  #until: UntilOption | undefined
  readonly types: EventTypes
  readonly position: Position
  origin = ''
  /** The number of streams so far. If it changes during a dispatch, the records belong to a stream that is over. */
  streamNumber = 0
  /**
   * The number of connections that were stopped. If it changes during a dispatch, no more listeners may be called for the event.
   */
  #stops = 0

  constructor(
    parser: WasmParser,
    pauseReasons: PauseReasons,
    counters: Counters,
    session: SessionPort,
    host: ReceiverHost,
    listeners: Listeners,
    history: History | undefined,
    { parse, emptyEvents, until }: DispatchOptions,
  ) {
    this.#session = session
    this.#host = host
    this.#listeners = listeners
    this.#history = history
    this.#pauseReasons = pauseReasons
    this.#counters = counters
    this.#dataParser = new DataParser(parse, emptyEvents)
    this.#until = typeof until === 'string' ? until.trim() : until
    this.types = new EventTypes(parser, listeners, !this.#wantsAll && this.#dataParser.needsTextOnly)
    this.position = new Position(session)
  }

  /** Whether events without listeners are needed, for `until` or for the history. */
  get #wantsAll(): boolean {
    return this.#until !== undefined || this.#history !== undefined
  }

  /** The stream is over. Its events are no longer dispatched. */
  discard(): void {
    this.streamNumber++
  }

  /** The connection is over. No more listeners are called for the current event. */
  stop(): void {
    this.#stops++
  }

  /**
   * Dispatches the rest of the current batch. Returns false if a pause or the end of the stream stopped it before the last
   * record.
   */
  dispatch(batch: WasmParser): boolean {
    const { streamNumber } = this
    while (batch.at < batch.end && !this.#pauseReasons.isPaused) {
      const { words } = batch
      const slot = words[batch.at + layout.RECORD_SLOT]!
      if (slot >= 0 && this.types.soleListener[slot] !== undefined) this.#callSoleListeners(batch, words)
      else if (slot === layout.SLOT_COMMENT) this.#comment(batch)
      else this.#dispatchRecord(batch, slot)
    }
    this.position.settle()
    return streamNumber === this.streamNumber && batch.at >= batch.end
  }

  /**
   * Dispatches events until one comes whose type has more than a single listener, or a pause begins.
   *
   * Nearly all events have a single one, so this loop does only what every event needs. Without it (all events by
   * `#dispatchRecord`), a page that was just opened needs 12 % more CPU time for 200,000 events (Chromium: 66 ms instead of 59). And
   * if it ends where the type of the events changes, a stream of three types takes 9 % longer.
   */
  #callSoleListeners(batch: WasmParser, words: Int32Array): void {
    const { text } = batch
    const { parseText } = this.#dataParser
    const { origin, types, position } = this
    const { soleListener } = types
    const counters = this.#counters
    const pauseReasons = this.#pauseReasons
    let slot: number = layout.SLOT_ID_ONLY
    let listener: Listener | undefined
    let type = ''
    // A listener may add or remove others, pause, close the stream (then `at` is `end`), or let the memory of the parser grow. If wasm's
    // memory grows, `words` is empty, so there is no slot. In the build without WebAssembly `words` keeps its content, which is still
    // right: the records of a batch do not change while listeners are called.
    for (let { at } = batch; at < batch.end && !pauseReasons.isPaused && types.soleListener === soleListener; at = batch.at) {
      if (words[at + layout.RECORD_SLOT] !== slot) {
        slot = words[at + layout.RECORD_SLOT]!
        listener = slot >= 0 ? soleListener[slot] : undefined
        if (listener === undefined) return
        type = types.names[slot]!
      }
      batch.at = at + layout.RECORD_WORDS
      const raw = text.slice(words[at + layout.RECORD_DATA_START]!, words[at + layout.RECORD_DATA_END]!)
      const idStart = words[at + layout.RECORD_ID_START]!
      let id = ''
      if (idStart >= 0) {
        id = text.slice(idStart, words[at + layout.RECORD_ID_END]!)
        position.advance(id)
      }
      counters.events++
      const event = new SSEEvent(type, raw, id, position.lastEventId, origin)
      let data: unknown = raw
      if (parseText !== undefined) {
        try {
          data = parseText(raw)
        } catch (cause) {
          if (!this.#dataParser.isBlankJson(raw)) this.#host.parseFailed(cause)
          return
        }
      }
      try {
        listener!(data, event)
      } catch (error) {
        report(error)
      }
    }
  }

  /** Dispatches an event, or an id without an event. */
  #dispatchRecord(batch: WasmParser, slot: number): void {
    // All numbers are read first, because the functions that are called below may make wasm's memory grow.
    const { text, words, at } = batch
    const typeStart = words[at + layout.RECORD_TYPE_START]!
    const typeEnd = words[at + layout.RECORD_TYPE_END]!
    const dataStart = words[at + layout.RECORD_DATA_START]!
    const dataEnd = words[at + layout.RECORD_DATA_END]!
    const idStart = words[at + layout.RECORD_ID_START]!
    batch.at = at + layout.RECORD_WORDS
    let id = ''
    if (idStart >= 0) {
      id = text.slice(idStart, words[at + layout.RECORD_ID_END]!)
      this.position.advance(id)
    }
    if (slot === layout.SLOT_ID_ONLY) return
    this.#counters.events++
    let type: string | undefined
    let listeners: readonly ListenerEntry[]
    if (slot >= 0) {
      type = this.types.names[slot]!
      listeners = this.types.listenersOf(slot)
    } else if (this.types.areOutdated || text instanceof MalformedText) {
      // The type had no listeners when the batch was parsed, but it may have some now. And after decoding, a type that is not valid
      // UTF-8 may equal a type that has listeners.
      type = text.slice(typeStart, typeEnd)
      listeners = this.#listeners.ofServer(type)
    } else listeners = this.#listeners.ofAll()
    // Nothing needs the event, so its strings are not created.
    if (listeners.length === 0 && !this.#wantsAll) return
    type ??= text.slice(typeStart, typeEnd)
    this.#dispatchEvent(new SSEEvent(type, text.slice(dataStart, dataEnd), id, this.position.lastEventId, this.origin), listeners)
  }

  /** Calls the listeners of `comment`. */
  #comment(batch: WasmParser): void {
    const { words, at } = batch
    const text = batch.text.slice(words[at + layout.RECORD_DATA_START]!, words[at + layout.RECORD_DATA_END]!)
    batch.at = at + layout.RECORD_WORDS
    const event = new SSEEvent('comment', text, '', this.position.lastEventId, this.origin)
    this.#call(this.#listeners.ofLifecycle('comment'), text, event, this.#stops)
  }

  /** Calls `until` with an event, delivers the event, and ends the stream if `until` has decided that. */
  #dispatchEvent(given: SSEEvent, listeners: readonly ListenerEntry[]): void {
    const event = this.#history ? ownEvent(given) : given
    const stops = this.#stops
    const { streamNumber } = this
    const decision = this.#until === undefined ? false : this.#decide(this.#until, event)
    // The application's function `until` may have disconnected.
    if (stops !== this.#stops) return
    if (!decision || decision === 'deliver') this.#deliver(event, listeners, stops)
    // If a listener has opened another stream, this event does not end that one.
    if (!decision || streamNumber !== this.streamNumber) return
    if (isError(decision)) this.#host.stoppedBy(decision)
    this.#session.handleCurrent(isError(decision) ? INPUT_UNTIL_ERROR : INPUT_DONE)
  }

  #decide(until: UntilOption, event: SSEEvent): UntilDecision {
    if (typeof until === 'string') return event.data.trim() === until
    try {
      return until(event)
    } catch (error) {
      if (isError(error)) return error
      report(error)
      return false
    }
  }

  /** Adds an event to the history, parses its data, and calls its listeners. */
  #deliver(event: SSEEvent, listeners: readonly ListenerEntry[], stops: number): void {
    if (this.#dataParser.skips(event)) return
    this.#history?.add(event)
    if (listeners.length === 0) return
    let data: unknown
    try {
      data = this.#dataParser.parse(event)
    } catch (cause) {
      if (stops === this.#stops) this.#host.parseFailed(cause)
      return
    }
    this.#call(listeners, data, event, stops)
  }

  /**
   * Calls the listeners, until one of them disconnects. If one reconnects, the others are still called, because the server does not
   * send this event again.
   */
  #call(listeners: readonly ListenerEntry[], data: unknown, event: SSEEvent, stops: number): void {
    for (const listener of listeners) {
      if (stops !== this.#stops) return
      if (listener.live) this.#listeners.call(listener, data, event)
    }
  }
}
